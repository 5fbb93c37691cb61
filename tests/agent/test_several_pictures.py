"""Which picture is meant where a session holds several, and the finding of a picture that a decision names."""

import pytest

from assistant.agent.understanding import Plan, understand
from assistant.domain.geometry import Box
from assistant.domain.session import Session
from tests.agent.phrases import LOOKS_FOR, session_in
from tests.builders import build_admission, build_facts, build_finding


def three() -> Session:
    """A brain slice that was read and boxed (F1, F2), a fundus photograph and another slice that were not."""
    read = session_in("after_read")
    more = (
        build_facts(handle="img2", admission=build_admission(kind="fundus")),
        build_facts(handle="img3", admission=build_admission(kind="brain_mri")),
    )
    return read.model_copy(update={"images": (*read.images, *more)})


def plan(text: str, session: Session | None = None) -> Plan:
    return understand(text, session or three(), (), LOOKS_FOR, lambda handle: handle != "img2")


def called(found: Plan) -> list[tuple[str, object]]:
    return [(s.tool.name, s.arguments.get("image")) for s in found.steps]


def reviews(found: Plan) -> list[tuple[object, object, object]]:
    return [
        (s.arguments["finding"], s.arguments["action"], s.arguments["text"])
        for s in found.steps
        if s.tool.name == "review_finding"
    ]


@pytest.mark.parametrize(
    ("text", "image"),
    [
        ("and the eye?", "img2"),
        ("no, I meant the third one", "img3"),
        ("à nhầm, tôi hỏi tấm đầu", "img1"),
        ("không phải ảnh hai, ảnh một ấy", "img1"),
        ("ý tôi là tấm mắt đó", "img2"),
    ],
)
def test_a_picture_alone_asks_the_same_of_it(text: str, image: str) -> None:
    found = plan(text)
    assert {handle for _, handle in called(found)} == {image}
    assert "classify_image" in [name for name, _ in called(found)]


def test_the_middle_one_of_three() -> None:
    assert called(plan("explain the middle one")) == [("explain_finding", "img2")]


def test_vessels_are_drawn_in_the_eye_where_which_sounds_like_brain() -> None:
    assert called(plan("vẽ mạch máu ra xem nào")) == [("segment_structures", "img2")]


def test_a_picture_that_is_left_out_is_spared() -> None:
    assert {image for _, image in called(plan("skip the first, read the other two"))} == {"img2", "img3"}


def test_it_is_of_the_picture_that_is_named_later() -> None:
    assert called(plan("box it and tell me how big it is in the third image")) == [
        ("detect_lesions", "img3"),
        ("measure_finding", "img3"),
    ]


def test_only_what_is_asked_for_runs_behind_a_refusal() -> None:
    assert called(plan("do not classify anything just box img1")) == [("detect_lesions", "img1")]


def test_two_decisions_in_one_sentence_are_two() -> None:
    found = plan("accept what you found in the first, chuck the box on image 1, that's just csf")
    assert reviews(found) == [("F1", "accept", ""), ("F2", "reject", "that's just csf")]


def test_a_decision_on_a_picture_is_on_its_finding() -> None:
    session = three()
    other = build_finding(handle="F3", tracking_uid="2.25.2003", image="img3")
    boxed = build_finding(handle="F4", tracking_uid="2.25.2004", image="img3", region=Box(x0=1, y0=1, x1=4, y1=4))
    session = session.model_copy(update={"findings": (*session.findings, other, boxed)})
    assert reviews(plan("actually the third is right as well", session))[0][:2] == ("F3", "accept")
    assert reviews(plan("reject the box on image 3", session))[0][:2] == ("F4", "reject")


@pytest.mark.parametrize(
    "text", ["reject the outline on image 1", "actually the second is right as well", "note on the eye: not my patient"]
)
def test_a_decision_on_a_picture_without_such_a_finding_asks(text: str) -> None:
    found = plan(text)
    assert not found.steps
    assert found.clarify is not None


def test_a_decision_where_nothing_was_found_is_not_lost() -> None:
    assert reviews(plan("reject the second image", session_in("two_brains")))[0][1] == "reject"


def test_what_is_not_to_be_kept_is_no_tool_left_out() -> None:
    assert "delete" in plan("please don't save anything about her").talk


@pytest.mark.parametrize(
    "text", ["he keeps vomiting and is very sleepy since tonight, should I worry?", "mẹ tôi nôn nhiều rồi lơ mơ"]
)
def test_vomiting_and_drowsiness_are_an_emergency(text: str) -> None:
    assert "urgent" in plan(text).talk


@pytest.mark.parametrize("text", ["doc ca ba tam", "cả ba tấm có gì không", "read all three"])
def test_all_three_are_read(text: str) -> None:
    assert {image for _, image in called(plan(text))} == {"img1", "img2", "img3"}


def test_how_sure_of_all_three() -> None:
    assert called(plan("look at all three and tell me how sure"))[-1] == ("list_findings", "all")


def test_the_other_two_are_read_though_the_first_was() -> None:
    assert {image for _, image in called(plan("is there anything in the other two"))} == {"img2", "img3"}


def test_two_pictures_named_in_a_row_are_compared() -> None:
    (step,) = plan("compare the sizes of the first and third").steps
    assert step.arguments["images"] == ["img1", "img3"]


def test_pictures_named_before_one_that_is_not_meant() -> None:
    assert {image for _, image in called(plan("tell me about img2 and img3 but not img1"))} == {"img2", "img3"}


@pytest.mark.parametrize(
    ("text", "decisions"),
    [
        ("reject the box", [("F2", "reject")]),
        ("bỏ cái khung", [("F2", "reject")]),
        ("accept the box, reject the classification", [("F2", "accept"), ("F1", "reject")]),
        ("note on the box: too wide", [("F2", "note")]),
    ],
)
def test_a_decision_names_the_sort_of_finding(text: str, decisions: list[tuple[str, str]]) -> None:
    assert [(finding, action) for finding, action, _ in reviews(plan(text))] == decisions


def test_a_decision_on_an_outline_that_is_not_there_asks_which() -> None:
    found = plan("reject the outline")
    assert not found.steps
    assert found.which_finding == "reject"


@pytest.mark.parametrize(
    "text",
    [
        "accept F1 if the box is right",
        "reject F1 unless the surgeon says otherwise",
        "nếu đúng thì duyệt F1",
        "export once F1 is accepted",
    ],
)
def test_a_decision_that_depends_on_something_is_not_recorded(text: str) -> None:
    found = plan(text)
    assert not reviews(found)
    assert "depends" in found.talk


def test_a_decision_said_as_an_opinion_is_one() -> None:
    assert reviews(plan("reject F1, it's a vein if you ask me"))[0][:2] == ("F1", "reject")


def test_a_correction_that_names_a_picture_keeps_what_is_asked() -> None:
    assert called(plan("denoise the first, sorry, second image")) == [("enhance_image", "img2")]
    assert ("classify_image", "img2") in called(
        plan("xem ảnh 1 có u không, ủa nhầm, ảnh 2 mới phải", session_in("two_brains"))
    )


def test_a_number_of_bits_is_no_picture() -> None:
    assert set(called(plan("ảnh 8 bit hay 16 bit, kích thước ma trận?"))) == {("inspect_image", "img1")}


def test_a_study_to_be_fetched_needs_no_picture_here() -> None:
    assert [name for name, _ in called(plan("load accession 77310 as the fifth"))] == ["fetch_study"]


def test_what_needs_no_picture_is_answered_where_there_is_none() -> None:
    found = plan("what is a glioma, and is there one in my scan?", session_in("nothing"))
    assert [name for name, _ in called(found)] == ["look_up_term"]
    assert found.needs_image


@pytest.mark.parametrize(
    ("text", "tool"),
    [
        (
            "My husband trusts nothing without a percentage, so he asked me to type this. What's the probability?",
            "list",
        ),
        ("I'm only a GP and this landed on my desk without a report - anything on it?", "classify"),
    ],
)
def test_a_story_that_lacks_something_leaves_nothing_out(text: str, tool: str) -> None:
    assert any(name.startswith(tool) for name, _ in called(plan(text)))


def test_a_decision_that_names_no_finding_is_asked_about_beside_one_that_does() -> None:
    found = plan("accept F1, reject the outline")
    assert reviews(found)[0][:2] == ("F1", "accept")
    assert found.which_finding == "reject"
