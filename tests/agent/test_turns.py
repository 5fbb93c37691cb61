"""Turns with the planner: gate, kept results, reviews, refusals, errors, events."""

import logging

import pytest

from assistant.agent.build import Limits
from assistant.agent.stream import Said, ToolFinished, ToolStarted
from assistant.domain.finding import Presence, ReviewState
from assistant.domain.turn import Shown, Status
from assistant.errors import ModelError
from assistant.tools.context import Outcome, ToolContext
from tests.agent.worlds import Desk, FakeShelf, world


def state(desk: Desk, handle: str = "F1") -> ReviewState:
    found = desk.session.finding(handle)
    assert found is not None
    return found.review.state


def test_a_read_says_how_likely_of_what_and_how_far_it_goes() -> None:
    answer = world("l1").say("what do you see?")
    assert answer.status is Status.ANSWERED
    assert "very likely" in answer.reply
    assert "A brain tumour pattern is very likely in this slice: 94 %" in answer.reply
    assert "calibrated where 61 %" in answer.reply
    assert all(s.findings == ("F1",) for s in answer.sentences)
    assert [f.handle for f in answer.findings] == ["F1"]


@pytest.mark.parametrize("presence", [Presence.ABSENT, Presence.INDETERMINATE])
def test_no_reply_says_normal_and_a_negative_carries_its_scope(presence: Presence) -> None:
    answer = Desk(shelf=FakeShelf(probability=0.06, presence=presence)).say("is this normal?")
    assert "normal" not in answer.reply.lower()
    if presence is Presence.ABSENT:
        assert "one slice; tumours alone" in answer.reply
        assert "looks for nothing else" in answer.reply


def test_an_answer_from_a_kept_result_runs_no_model_again() -> None:
    desk = Desk()
    desk.say("what do you see?")
    answer = desk.say("is there a tumour?")
    assert (desk.shelf.reads, desk.shelf.looks) == (1, 1)
    assert [c.name for c in answer.tools] == ["classify_image"]
    assert answer.tools[0].ok


def test_a_refused_image_is_declined_with_reason_and_remedy_and_no_call() -> None:
    desk = world("x")
    answer = desk.say("is there a tumour?")
    assert (answer.status, answer.tools) == (Status.DECLINED, ())
    assert "ordinary photograph" in answer.reply
    assert "Add a brain MRI slice." in answer.reply
    again = desk.say("just guess")
    assert (again.status, again.tools) == (Status.DECLINED, ())
    assert "would look like a finding" in again.reply
    assert desk.shelf.reads == 0


def test_a_refused_image_can_still_be_inspected() -> None:
    answer = world("x").say("how sharp is it?")
    assert (answer.status, [c.name for c in answer.tools]) == (Status.ANSWERED, ["inspect_image"])


@pytest.mark.parametrize("text", ["is there a tumour?", "where is it?", "how sure are you?", "pdf", "accept F1"])
def test_with_nothing_uploaded_no_tool_runs(text: str) -> None:
    answer = world("0").say(text)
    assert (answer.status, answer.tools) == (Status.NEEDS_IMAGE, ())


def test_the_heat_map_becomes_an_overlay_and_no_location() -> None:
    answer = world("1r").say("why?")
    assert [(v.finding, v.kind) for v in answer.overlays] == [("F1", "saliency")]
    assert "not an outline" in answer.reply


def test_a_question_for_the_place_is_refused_without_a_detector_with_what_there_is_instead() -> None:
    answer = world("l1r").say("where is it?")
    assert [(c.name, c.ok) for c in answer.tools] == [("detect_lesions", False)]
    assert answer.status is Status.DECLINED
    assert "Show where the model looked" in answer.chips


def test_a_review_acts_at_once_is_echoed_and_can_be_undone() -> None:
    desk = world("1r")
    answer = desk.say("reject F1, it's a vessel")
    assert state(desk) is ReviewState.REJECTED
    assert '"it\'s a vessel"' in answer.reply
    assert answer.buttons == ("undo:F1",)
    desk.say("undo")
    assert state(desk) is ReviewState.UNREVIEWED


@pytest.mark.parametrize(
    ("text", "wanted", "words"),
    [
        ("accept F1", ReviewState.ACCEPTED, ""),
        ("F1 is wrong", ReviewState.REJECTED, ""),
        ("reject F1 because it is a flow void.", ReviewState.REJECTED, "it is a flow void"),
        ('change F1 to "Possible meningioma, 2 cm"', ReviewState.EDITED, "Possible meningioma, 2 cm"),
        ("F1 should read: extra-axial mass", ReviewState.EDITED, "extra-axial mass"),
        ("sửa F1 thành u màng não", ReviewState.EDITED, "u màng não"),
        ("chấp nhận F1", ReviewState.ACCEPTED, ""),
        ("add a note: discussed with Dr Ha", ReviewState.UNREVIEWED, "discussed with Dr Ha"),
    ],
)
def test_a_review_keeps_the_readers_own_words(text: str, wanted: ReviewState, words: str) -> None:
    desk = world("1r")
    desk.say(text)
    found = desk.session.finding("F1")
    assert found is not None
    assert (found.review.state, found.review.text) == (wanted, words)


@pytest.mark.parametrize("text", ["should I accept F1?", "is F1 wrong?", "could that be a false positive?", "why F1?"])
def test_a_question_about_a_finding_reviews_nothing(text: str) -> None:
    desk = world("1r")
    desk.say(text)
    assert state(desk) is ReviewState.UNREVIEWED


def test_a_finding_that_is_not_there_is_refused_by_name() -> None:
    answer = world("1r").say("accept F7")
    assert [(c.name, c.ok) for c in answer.tools] == [("review_finding", False)]
    assert answer.status is Status.DECLINED
    assert "F7" in answer.reply


@pytest.mark.parametrize(("text", "button"), [("sign it", "sign"), ("delete this session", "delete")])
def test_signing_and_deleting_show_a_button_and_call_no_tool(text: str, button: str) -> None:
    answer = world("1r").say(text)
    assert (answer.status, answer.tools, answer.buttons) == (Status.ANSWERED, (), (button,))


def test_a_form_of_report_that_is_not_built_is_called_and_refused() -> None:
    answer = world("1r").say("export it as dicom sr")
    assert [(c.name, c.arguments["format"], c.ok) for c in answer.tools] == [("export_report", "dicom_sr", False)]
    assert answer.status is Status.DECLINED
    assert "pdf, json, txt" in answer.reply


def test_an_error_on_purpose_is_told_and_the_session_goes_on() -> None:
    desk = Desk(shelf=FakeShelf(fails=ModelError("The weights of this model are damaged; run make install again.")))
    answer = desk.say("read it")
    assert answer.status is Status.FAILED
    assert "damaged" in answer.reply
    assert desk.say("hello").status is Status.ANSWERED


def test_a_bug_is_logged_and_the_person_gets_a_reference(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    answer = Desk(shelf=FakeShelf(fails=ZeroDivisionError("secret detail"))).say("read it")
    assert answer.status is Status.FAILED
    assert "secret detail" not in answer.reply
    assert "logged under" in answer.reply


def test_events_come_in_the_order_in_which_things_happen() -> None:
    desk = Desk()
    desk.say("read it and show the heat map")
    kinds = [type(e) for e in desk.events]
    assert kinds[:3] == [ToolStarted, ToolFinished, Said]
    assert kinds.count(ToolStarted) == kinds.count(ToolFinished) == 3


def test_claims_name_only_findings_of_the_turn() -> None:
    desk = Desk(images=2)
    for text in ("read both images", "summarise", "why?", "accept F2", "draft the report"):
        answer = desk.say(text)
        there = {f.handle for f in answer.findings}
        assert all(set(s.findings) <= there for s in answer.sentences)


def test_a_turn_that_wants_too_much_stops_and_says_so() -> None:
    answer = Desk().say("check the quality, read it, show the heat map and give me a pdf", limits=Limits(tool_calls=2))
    assert len(answer.tools) == 2
    assert "stopped after 2" in answer.reply


def test_urgent_words_get_a_humane_answer() -> None:
    answer = world("1r").say("The patient is seizing right now!")
    assert answer.status is Status.DECLINED
    assert "escalate by your local path" in answer.reply


@pytest.mark.parametrize(("text", "told"), [("what do you see?", "picture of img1"), ("bạn thấy gì?", "hình của img1")])
def test_a_false_chip_and_a_false_name_of_a_picture_are_held_back(
    text: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = ToolContext.tell

    def planted(self: ToolContext, outcome: Outcome) -> str:
        picture = Shown(kind="enhanced", images=("img1",), artifact="a.png", caption="img1: a malignant glioma, 6 cm")
        chips = ("The tumour is benign", *outcome.chips)
        return real(self, outcome.model_copy(update={"chips": chips, "pictures": (picture,)}))

    monkeypatch.setattr(ToolContext, "tell", planted)
    answer = world("l1").say(text)
    assert {p.caption for p in answer.pictures} == {told}
    assert answer.chips
    assert "The tumour is benign" not in answer.chips
    assert sum(r.startswith("Held back, beside the answer") for r in answer.record) >= 2
