"""Requests inside stories, in a row without a comma, counted in words, joined by "with", and decisions left open."""

import pytest

from assistant.agent.clauses import atoms_of, negated
from assistant.agent.dictation import plainly
from assistant.agent.talk import matcher
from assistant.agent.understanding import Plan, understand
from assistant.domain.session import Session
from tests.agent.phrases import LOOKS_FOR, Phrase, plan_of, session_in, status_of, tools_of
from tests.agent.worlds import world
from tests.builders import build_admission, build_facts


def plan(text: str, state: str = "after_read") -> Plan:
    return plan_of(Phrase("", "", text, (), "", state))


def tools(text: str, state: str = "after_read") -> set[str]:
    return set(tools_of(plan(text, state)))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("The ward clerk is waiting here and the coffee is cold. She wants the PDF.", {"export_report"}),
        (
            "I'd only believe a sharp picture, so check the quality and show the heat map",
            {"inspect_image", "explain_finding"},
        ),
        ("The outline is all I'm after, thanks. Please hurry up.", {"segment_structures"}),
    ],
)
def test_a_sure_request_in_a_story_is_one(text: str, wanted: set[str]) -> None:
    assert tools(text) == wanted


def test_an_emergency_told_beside_a_request_is_heard() -> None:
    assert "urgent" in plan("he has just stopped breathing here. help me out").talk


@pytest.mark.parametrize(
    ("text", "state", "wanted"),
    [
        ("how large how sure", "after_read", {"measure_finding", "list_findings"}),
        ("draw the outline", "after_read", {"segment_structures"}),
        ("explain the heat map", "after_read", {"explain_finding"}),
    ],
)
def test_two_requests_in_a_row_are_two(text: str, state: str, wanted: set[str]) -> None:
    assert tools(text, state) == wanted


@pytest.mark.parametrize(
    ("message", "items"),
    [
        ("first the size, second the heat map", "the size,\nthe heat map"),
        ("Hai việc: một là đo, hai là xuất pdf", "Hai việc:\nđo,\nxuất pdf"),
        ("first image, second image", "first image, second image"),
        ("one of the two", "one of the two"),
    ],
)
def test_items_counted_in_words_stand_apart(message: str, items: str) -> None:
    assert plainly(message) == items


def test_joined_by_with_in_vietnamese() -> None:
    assert [a.text for a in atoms_of("đo diện tích kèm bản đồ nhiệt")] == ["đo diện tích", "bản đồ nhiệt"]
    assert [a.text for a in atoms_of("so ảnh 1 với 2")] == ["so ảnh 1 với 2"]


def test_courtesy_is_no_piece() -> None:
    assert [a.text for a in atoms_of("Outline it, please. Thanks")] == ["Outline it", "Thanks"]
    assert tools("may I have the outline, please?") == {"segment_structures"}


@pytest.mark.parametrize(
    ("clause", "left"),
    [
        ("no report whatsoever", "report"),
        ("certainly not a comparison", "comparison"),
        ("nothing about the size", "the size"),
        ("I didn't ask for the heat map", "the heat map"),
        ("pdf thì thôi", "pdf"),
        ("em không nhờ đo", "do"),
        ("đừng kèm bản đồ nhiệt", "kem ban do nhiet"),
    ],
)
def test_ways_to_leave_something_out(clause: str, left: str) -> None:
    assert negated(clause, matcher()) == left


@pytest.mark.parametrize("clause", ["show me the heat map so that I can decide on it later", "no tumour there?"])
def test_what_leaves_nothing_out(clause: str) -> None:
    assert negated(clause, matcher()) is None


@pytest.mark.parametrize("text", ["accept one of them", "reject either of those", "accept one and reject the other"])
def test_a_decision_on_one_of_several_asks_which(text: str) -> None:
    found = plan(text, "fundus_read")
    assert status_of(found) == "clarify"
    assert not tools_of(found)


def test_a_reason_is_kept_and_a_request_behind_a_decision_runs() -> None:
    (step,) = [s for s in plan("reject F1, please, reason: a vessel").steps if s.tool.name == "review_finding"]
    assert step.arguments["text"] == "a vessel"
    assert tools("reject F1, then give me the pdf") == {"review_finding", "export_report"}


@pytest.mark.parametrize("text", ["tumour yes/no", "glioma yes or no?"])
def test_yes_or_no_is_no_decision(text: str) -> None:
    assert "review_finding" not in tools(text, "brain")


def test_what_was_just_found_in_the_archive_is_what_is_downloaded() -> None:
    assert tools("look for his old MRI in the archive, then download it") == {"search_archive", "fetch_study"}


def test_a_look_is_known_although_two_intents_share_it() -> None:
    """A read and a question after a disease run the same model: half of each is a whole."""
    match = matcher().match("is something wrong with this eye of mine")
    assert match.intent in ("read", "classify_image")
    assert match.score == pytest.approx(sum(p for n, p in match.intents if n in ("read", "classify_image")))


def _of_two(findings_of: str, *more: str) -> Session:
    """A session that was read, with further pictures of other kinds behind the first."""
    read = session_in(findings_of)
    added = [build_facts(handle=f"img{i}", admission=build_admission(kind=k)) for i, k in enumerate(more, 2)]
    return read.model_copy(update={"images": (*read.images, *added)})


def test_a_picture_that_comes_along_is_looked_at_although_another_was_read() -> None:
    session = _of_two("after_read", "fundus")
    text = "đây là ảnh đáy mắt của ông ấy, bạn thấy gì?"
    found = understand(text, session, ("img2",), LOOKS_FOR, lambda handle: False)
    assert [s.tool.name for s in found.steps] == ["classify_image"]
    assert found.talk == []


def test_what_is_seen_in_one_of_several_that_nobody_has_read_is_a_read_of_it() -> None:
    found = understand("ảnh thứ hai thấy gì?", _of_two("after_read", "fundus", "mouth"), (), LOOKS_FOR)
    assert [(s.tool.name, s.image) for s in found.steps] == [("classify_image", "img2")]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("accept one of them", "Which finding do you mean: F1 or F2? Name it by its handle."),
        ("duyệt một trong hai cái", "Bạn muốn nói phát hiện nào: F1 hoặc F2? Hãy gọi theo mã của nó."),
    ],
)
def test_the_question_which_finding_names_them(asked: str, told: str) -> None:
    desk = world("1")
    desk.say("what do you see?")
    answer = desk.say(asked)
    assert answer.status == "clarify"
    assert answer.reply == told
