"""Clauses, corrections, negation, reviews and references, each by itself; nothing is run."""

import pytest

from assistant.agent.clauses import atoms_of, corrected
from assistant.agent.references import findings_in, image_of_topic, images_in
from assistant.agent.reviews import decisions_in
from assistant.agent.talk import matcher
from tests.agent.phrases import Phrase, plan_of, session_in, tools_of
from tests.builders import build_admission, build_facts, build_session

BOTH = {"classify_image", "detect_lesions"}


def tools(text: str, state: str = "after_read") -> set[str]:
    return set(tools_of(plan_of(Phrase("", "", text, (), "", state))))


def decided(text: str) -> list[tuple[str, tuple[str, ...], str]]:
    found, _ = decisions_in(corrected(atoms_of(text)), session_in("after_read"), matcher())
    return [(d.action, d.findings, d.text) for d in found]


@pytest.mark.parametrize("text", ["read this", "what do you see?", "đọc phim này", "doc phim nay"])
def test_a_read_of_a_brain_slice_boxes_as_well(text: str) -> None:
    assert tools(text, "brain") == BOTH


@pytest.mark.parametrize(
    "text", ["is there a tumour?", "any glioma in there?", "có khối u không?", "which disease is it"]
)
def test_a_disease_question_does_not(text: str) -> None:
    assert tools(text, "brain") == {"classify_image"}


def test_a_read_of_a_mouth_classifies_alone() -> None:
    assert tools("have a look at this", "mouth") == {"classify_image"}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("the heat map. no wait, the size", {"measure_finding"}),
        ("pdf, I mean the wording of the impression", {"write_report"}),
        ("invert it, scratch that, sharpen it and box the lesion", {"enhance_image", "detect_lesions"}),
        ("bản đồ nhiệt, à không, đo kích thước", {"measure_finding"}),
        ("xuat pdf, y toi la tom tat", {"list_findings"}),
    ],
)
def test_what_is_taken_back_does_not_run(text: str, wanted: set[str]) -> None:
    assert tools(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("leave the heat map out, just the size", {"measure_finding"}),
        ("I don't want the pdf yet, only the wording of the impression", {"write_report"}),
        ("no boxes please, how sure are you", {"list_findings"}),
        ("đừng xuất pdf, tóm tắt thôi", {"list_findings"}),
    ],
)
def test_what_is_left_out_does_not_run(text: str, wanted: set[str]) -> None:
    assert tools(text) == wanted


@pytest.mark.parametrize(
    "text", ["don't accept F1", "do not reject F2", "I'd rather not accept F2", "đừng chấp nhận F1"]
)
def test_a_decision_that_is_negated_is_none(text: str) -> None:
    assert decided(text) == []
    assert "review_finding" not in tools(text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("accept F2. sorry, I meant F1", [("accept", ("F1",), "")]),
        ("loại F1, nhầm, loại F2", [("reject", ("F2",), "")]),
        ("F2 is just a flow void, reject", [("reject", ("F2",), "just a flow void")]),
        ("reject F2 because it is motion", [("reject", ("F2",), "it is motion")]),
        ("drop the one you boxed", [("reject", ("F2",), "")]),
        ("sửa F2 thành “u màng não”", [("edit", ("F2",), "u màng não")]),
        ("put in the notes that I doubted it", [("note", (), "I doubted it")]),
        ("ghi chú vào hồ sơ: đã hội chẩn", [("note", (), "đã hội chẩn")]),
        ("take back my rejection", [("undo", (), "")]),
        ("show me what I accepted", []),
        ("should I accept F1?", []),
    ],
)
def test_a_decision_keeps_finding_and_words(text: str, wanted: list[tuple[str, tuple[str, ...], str]]) -> None:
    assert decided(text) == wanted


@pytest.mark.parametrize("text", ["0.45 mm per pixel", "mỗi điểm ảnh 0,5 mm", "one pixel is 0.3 mm"])
def test_a_scale_is_a_measurement_and_names_no_image(text: str) -> None:
    assert tools(text) == {"measure_finding"}
    assert images_in(text, session_in("two_brains"), "img1").missing == ""


def test_a_finding_is_meant_by_its_box() -> None:
    assert findings_in("measure the bigger one", session_in("after_read")).handles == ("F2",)


def test_an_image_is_meant_by_its_kind_and_by_its_place() -> None:
    seen = [build_admission(kind=k) for k in ("brain_mri", "fundus")]
    images = tuple(build_facts(handle=f"img{i + 1}", admission=a) for i, a in enumerate(seen))
    session = build_session(images=images)
    assert images_in("outline the vessels of the eye", session, None).handles == ("img2",)
    assert images_in("đọc tấm sau", session, None).handles == ("img2",)
    assert images_in("read the earlier one", session, None).handles == ("img1",)
    assert images_in("sharpen number two", session, None).handles == ("img2",)
    assert image_of_topic("outline the vessels", session).handles == ("img2",)
    assert image_of_topic("any glioma?", session).handles == ("img1",)


def test_a_finding_is_meant_by_its_concept() -> None:
    session = session_in("fundus_read")
    assert findings_in("why glaucoma?", session).handles == ("F3",)
    assert findings_in("how sure about the retinopathy", session).handles == ("F2",)
    assert findings_in("edit it to cataract", session, by_concept=False).handles == ()
    assert [s.arguments["finding"] for s in plan_of(Phrase("", "", "why glaucoma?", (), "", "fundus_read")).steps] == [
        "F3"
    ]


def test_a_comparison_with_one_picture_asks_for_the_second() -> None:
    plan = plan_of(Phrase("", "", "compare with the previous one", (), "", "brain"))
    assert plan.needs_image
    assert plan.needs_second
    assert plan.steps == []


@pytest.mark.parametrize("text", ["explain glaucoma as a concept", "cataract versus glaucoma, what separates them"])
def test_a_term_needs_no_image(text: str) -> None:
    assert tools(text, "nothing") == {"look_up_term"}


@pytest.mark.parametrize("text", ["glioma?", "cos khoois u khoong"])
def test_a_disease_in_a_word_or_with_typing_letters_left_is_classified(text: str) -> None:
    assert tools(text, "brain") == {"classify_image"}


def test_a_vague_request_is_asked_back() -> None:
    plan = plan_of(Phrase("", "", "do the thing", (), "", "brain"))
    assert plan.clarify is not None
    assert plan.steps == []
