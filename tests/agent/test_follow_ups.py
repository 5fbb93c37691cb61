"""Short requests in a dialogue: one image, one finding, its type, a picture that comes with "and this one?"."""

import pytest

from assistant.agent.understanding import understand
from assistant.domain.finding import ReviewState
from tests.agent.worlds import Desk


@pytest.fixture(scope="module")
def desk() -> Desk:
    read = Desk(kinds=("brain_mri", "fundus"))
    read.say("what do you see in both images?")
    return read


def _detects(image: str) -> bool:
    return image == "img1"


def calls(desk: Desk, text: str, *new_images: str) -> list[tuple[str, dict[str, object]]]:
    return [
        (s.tool.name, dict(s.arguments)) for s in understand(text, desk.session, new_images, detects=_detects).steps
    ]


@pytest.mark.parametrize(
    ("text", "narrowed"),
    [
        ("what did you find in the second image?", {"image": "img2"}),
        ("only the first image, please: a summary", {"image": "img1"}),
        ("what did you find about the tumour?", {"image": "img1"}),
        ("summarise F2", {"image": "img2", "finding": "F2"}),
        ("what did you find in F9?", {"image": "all", "finding": "F9"}),
        ("chỉ ảnh thứ hai", {"image": "img2"}),
        ("về khối u thì đã thấy gì?", {"image": "img1"}),
    ],
)
def test_what_was_found_is_asked_of_one_image_or_one_finding(desk: Desk, text: str, narrowed: dict[str, str]) -> None:
    assert calls(desk, text) == [("list_findings", {"about": "summary", **narrowed})]


@pytest.mark.parametrize("text", ["which type is it?", "đây là loại u gì?"])
def test_the_type_is_asked_of_what_was_boxed_too(desk: Desk, text: str) -> None:
    assert {"classify_image", "detect_lesions"} == {name for name, _ in calls(desk, text)}


@pytest.mark.parametrize("text", ["and this one?", "còn ảnh này thì sao?"])
def test_a_picture_that_comes_with_and_this_one_is_read(desk: Desk, text: str) -> None:
    assert ("classify_image", {"image": "img2"}) in calls(desk, text, "img2")


@pytest.mark.parametrize("text", ["so it is a meningioma, yes?", "vậy là u màng não phải không?"])
def test_a_tag_at_the_end_of_a_question_does_not_cut_it(desk: Desk, text: str) -> None:
    assert understand(text, desk.session).talk == ["certainty"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("reject F2, the box is too wide", "the box is too wide"),
        ("bác bỏ F2, khung quá rộng", "khung quá rộng"),
    ],
)
def test_what_is_said_behind_a_rejection_is_its_reason(desk: Desk, text: str, reason: str) -> None:
    assert calls(desk, text) == [("review_finding", {"finding": "F2", "action": "reject", "text": reason})]


@pytest.mark.parametrize("text", ["where is it?", "nó nằm ở đâu?"])
def test_a_box_is_asked_of_the_picture_that_a_detector_reads(text: str) -> None:
    read = Desk(kinds=("fundus", "brain_mri"))
    read.say("what do you see in both images?")
    steps = understand(text, read.session, detects=lambda image: image == "img2").steps
    assert [(s.tool.name, s.arguments["image"]) for s in steps] == [("detect_lesions", "img2")]


@pytest.mark.parametrize("text", ["and here?", "what about here", "còn đây thì sao?"])
def test_a_picture_that_comes_with_and_here_is_a_request_for_it(desk: Desk, text: str) -> None:
    assert "img2" in [arguments.get("image") for _, arguments in calls(desk, text, "img2")]


@pytest.mark.parametrize(
    "text", ["are these from the same patient?", "is it one person in both pictures?", "hai ảnh này cùng một người hả?"]
)
def test_whether_two_pictures_are_of_one_person_is_not_known(desk: Desk, text: str) -> None:
    plan = understand(text, desk.session)
    assert plan.talk == ["identity"]
    assert not plan.steps


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("is there a tumour in this eye?", "tumour in this eye"),
        ("any caries on the brain scan?", "caries on the brain"),
        ("có khối u trong mắt này không?", "khoi u trong mat nay"),
    ],
)
def test_a_sign_of_another_kind_of_picture_is_not_looked_for(desk: Desk, text: str, topic: str) -> None:
    assert calls(desk, text) == [("describe_abilities", {"topic": topic})]


@pytest.mark.parametrize("text", ["ảnh có bình thường không?", "anh co binh thuong khong?"])
def test_whether_a_picture_is_normal_is_an_open_read(text: str) -> None:
    steps = understand(text, Desk().session, ("img1",), detects=lambda image: True).steps
    assert [s.tool.name for s in steps] == ["classify_image", "detect_lesions"]


@pytest.mark.parametrize(
    ("text", "spacing"),
    [
        ("one pixel is 0.5 mm. how big is it?", 0.5),
        ("how big is it? the spacing is 0.4 mm", 0.4),
        ("pixel size 0.5 mm, measure F1", 0.5),
        ("một điểm ảnh là 0,5 mm. nó to cỡ nào?", 0.5),
    ],
)
def test_a_scale_that_is_told_with_the_question_is_used_once(text: str, spacing: float) -> None:
    read = Desk()
    read.say("what do you see?")
    ((name, arguments),) = calls(read, text)
    assert (name, arguments["spacing_mm"]) == ("measure_finding", spacing)
    told = read.say(text).reply
    assert "mm" in told
    assert f"{spacing} is" not in told
    assert "Nothing measured" not in told
    assert "Không có số đo" not in told


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("note: blurred vision on both sides", "blurred vision on both sides"),
        ("ghi chú: bệnh nhân mờ mắt hai bên", "bệnh nhân mờ mắt hai bên"),
        ("note to F1: the second eye is blind", "the second eye is blind"),
    ],
)
def test_a_note_on_a_finding_that_nobody_reviewed_is_kept_and_leaves_it_open(text: str, note: str) -> None:
    read = Desk()
    read.say("what do you see?")
    read.say(text)
    found = read.session.finding("F1")
    assert found is not None
    assert (found.review.state, found.review.text) == (ReviewState.UNREVIEWED, note)
    assert [f.handle for f in read.session.findings if f.review.text] == ["F1"]
    assert note in read.say("list the findings").reply


def test_whether_one_image_is_healthy_is_answered_of_that_image(desk: Desk) -> None:
    told = desk.say("so the second one is healthy?")
    assert "No model here calls a picture normal" in told.reply
    assert {f.image for f in told.findings} == {"img2"}


@pytest.mark.parametrize(
    ("text", "tools"),
    [
        ("don't explain, don't measure, don't export: write it up", {"write_report"}),
        ("skip the box and the outline - how sure are you?", {"list_findings"}),
        ("skip the box and outline it", {"segment_structures"}),
        ("not the report, the pdf", {"export_report"}),
        ("without a heat map, tell me why", {"explain_finding"}),
        ("measure it. actually don't measure it", set()),
        ("đừng giải thích, đừng đo, chỉ viết báo cáo", {"write_report"}),
    ],
)
def test_what_is_left_out_does_not_run_and_what_is_asked_for_does(text: str, tools: set[str]) -> None:
    read = Desk()
    read.say("what do you see?")
    assert {name for name, _ in calls(read, text)} == tools
