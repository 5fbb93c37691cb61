"""A llm's own words: shown where the ledger holds them, told to it once where not, then written by rule."""

import itertools
import re
import sys
from collections import defaultdict

import pytest
from langchain_core.messages import AIMessage

from assistant.agent.build import Limits
from assistant.agent.phrasing import Phrased, left_over, phrased
from assistant.agent.scrubbing import Scrubber
from assistant.domain.finding import Presence
from assistant.domain.turn import Sentence, Status
from assistant.language.claims import Ledger
from assistant.language.claims.splitting import sentences_of
from assistant.tools.card_words import card_words
from assistant.tools.context import Outcome
from tests.agent.plays import desk_of
from tests.agent.test_llm import Scripted, broken, call, llm
from tests.agent.worlds import Desk, FakeShelf, manifest, world
from tests.language.lies import lies_of

READ = call("classify_image", image="img1")


def says(*texts: str) -> Scripted:
    """A llm that reads img1 and then writes these drafts."""
    return llm(READ, *(AIMessage(t) for t in texts))


def test_words_that_hold_are_shown_with_the_findings_that_hold_them() -> None:
    text = "A brain tumour pattern is very likely here, with a probability of 94 % [F1]. It has not been reviewed yet."
    answer = Desk().say("please have a look", says(text))
    assert answer.reply == text
    assert [s.findings for s in answer.sentences] == [("F1",), ("F1",)]
    assert answer.phrased_by == "fake:llm"
    assert not answer.record


def test_a_sentence_that_does_not_hold_is_told_to_the_llm_once() -> None:
    model = says("A tumour measures 6 cm.", "A brain tumour is very likely: 94 % [F1].")
    answer = Desk().say("please have a look", model)
    assert answer.reply == "A brain tumour is very likely: 94 % [F1]."
    assert any("6 cm" in r for r in answer.record)
    assert any("do not hold" in s and "6 cm" in s for s in model.shown)


def test_a_llm_that_lies_twice_is_replaced_by_the_sentence_written_by_rule() -> None:
    by_rule = world("l1").say("what do you see?").reply
    answer = world("l1").say("please have a look", says("There is a glioblastoma.", "There is a 3 cm glioblastoma."))
    assert answer.reply == by_rule
    assert sum("glioblastoma" in r for r in answer.record) == 2


def test_a_true_sentence_beside_a_lie_stays() -> None:
    answer = Desk().say(
        "please have a look", says("The probability is 94 % [F1]. It is malignant.", "It is malignant.")
    )
    assert answer.reply.startswith("The probability is 94 % [F1].")
    assert "malignant" not in answer.reply
    assert "very likely" in answer.reply


@pytest.mark.parametrize(
    "text",
    ["The tools found a brain tumour pattern, and nothing else.", "A brain tumour is likely [F1], nothing more."],
)
def test_nothing_else_at_the_end_of_a_sentence_denies_everything_and_is_held_back(text: str) -> None:
    answer = Desk().say("please have a look", says(text, text))
    assert "nothing" not in answer.reply.split(" This looked")[0]
    assert any("nothing" in r for r in answer.record)


@pytest.mark.parametrize("presence", [Presence.PRESENT, Presence.INDETERMINATE])
def test_a_finding_that_the_words_pass_over_is_said_by_rule(presence: Presence) -> None:
    desk = Desk(shelf=FakeShelf(probability=0.7 if presence is Presence.PRESENT else 0.41, presence=presence))
    answer = desk.say("please have a look", says("img1 is a brain MRI slice."))
    assert any(s.findings == ("F1",) for s in answer.sentences)


def test_a_negative_in_other_words_still_carries_its_scope() -> None:
    desk = Desk(shelf=FakeShelf(probability=0.04, presence=Presence.ABSENT))
    answer = desk.say("please have a look", says("No brain tumour pattern was found [F1]."))
    assert answer.reply.startswith("No brain tumour pattern was found [F1].")
    assert "looks for nothing else" in answer.reply


def test_a_llm_that_dies_after_its_tools_leaves_their_results() -> None:
    answer = Desk().say("please have a look", llm(READ, broken))
    assert answer.status is Status.ANSWERED
    assert "very likely" in answer.reply
    assert [c.name for c in answer.tools] == ["classify_image"]


def test_markup_of_a_llm_never_reaches_the_page() -> None:
    text = "**A brain tumour** is <img src=x onerror=alert(1)> [very likely](javascript:alert(1)): 94 % [F1]."
    answer = Desk().say("please have a look", says(text))
    assert not re.search(r"[<>*]|javascript|onerror|\]\(", answer.reply)


def test_half_a_tool_call_leaves_the_turn_to_the_planner() -> None:
    half = AIMessage(
        content="",
        invalid_tool_calls=[
            {"name": "classify_image", "args": '{"image": "im', "id": "c1", "error": "cut", "type": "invalid_tool_call"}
        ],
    )
    answer = Desk().say("is there a tumour?", llm(half))
    assert answer.status is Status.ANSWERED
    assert answer.phrased_by == "planner"
    assert "very likely" in answer.reply


def test_a_llm_is_asked_a_limited_number_of_times() -> None:
    model = llm(*(call("inspect_image", f"c{i}", image="img1", about=a) for i, a in enumerate(["size", "date"] * 9)))
    answer = Desk().say("is there a tumour?", model, Limits(llm_calls=3))
    assert answer.status is Status.ANSWERED
    assert any("too often" in r for r in answer.record)


def test_every_text_that_left_is_kept_and_holds_no_identity() -> None:
    desk = Desk()
    desk.session = desk.session.model_copy(update={"label": "Knee of Bartholomew"})
    asked = (
        "Is there a tumour? Patient name: John Carter, MRN 4471-882, born 3.4.1961, mail j.carter@clinic.org, "
        "file /home/ward/scans/carter.dcm; Bartholomew is worried"
    )
    answer = desk.say(asked, says("A tumour is very likely [F1]."))
    left = "\n".join(answer.left_machine)
    assert "Is there a tumour?" in left
    assert "F1 on img1: brain tumour present" in left or "classify_image" in left
    for private in ("Carter", "4471", "1961", "clinic.org", "/home", ".dcm", "Bartholomew"):
        assert private not in left
    assert answer.left_machine[0].startswith("system: You work inside MedVision")


def test_without_a_llm_nothing_leaves() -> None:
    assert Desk().say("what do you see?").left_machine == ()


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("bệnh nhân Nguyễn Thị Hoa 62 tuổi, có u không?", "Hoa"),
        ("Bệnh nhân tên Trần Văn Bình, mã bệnh nhân BN-20391", "20391"),
        ("see C:\\scans\\smith\\a.dcm", "smith"),
        ("DOE^JANE has a headache", "DOE"),
        ("call 0912 345 678 please", "345"),
        ("1.2.840.113619.2.55.3.604688 is the study", "113619"),
    ],
)
def test_the_scrubber_takes_identities_out_in_both_languages(text: str, gone: str) -> None:
    assert gone not in Scrubber().text(text)


@pytest.mark.parametrize("text", ["Is there a tumour in img1?", "F1: 94 %, 0.94, 320 x 320 px", "Có khối u không?"])
def test_the_scrubber_leaves_findings_and_questions_alone(text: str) -> None:
    assert Scrubber().text(text) == text


TRUE_PARTS = frozenset(
    {
        "not reviewed",
        "finding, presence, probability",
        "F1, brain tumour",
        "The model looked for brain tumour.",
        "There is brain tumour.",
    }
)
"""What a lie in several sentences also says that is true."""


def liars() -> list[tuple[str, str]]:
    """At least 300 lies about one read, a fair share of each class."""
    desk = world("1r")
    by_class: dict[str, list[str]] = defaultdict(list)
    for kind, lie in dict.fromkeys(lies_of(desk.session)):
        by_class[kind].append(lie)
    rounds = itertools.zip_longest(*([(k, t) for t in lies] for k, lies in sorted(by_class.items())))
    return [pair for some in rounds for pair in some if pair][:320]


def test_a_lying_llm_puts_no_false_sentence_on_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    by_rule = {s.text for s in Desk().say("what do you see?").sentences}
    false: list[str] = []
    lies = liars()
    for batch in (lies[i : i + 10] for i in range(0, len(lies), 10)):
        draft = "\n".join(lie for _, lie in batch)
        answer = Desk().say("please have a look", says(draft, draft))
        assert answer.status is Status.ANSWERED
        told = {s for _, lie in batch for s in sentences_of(lie)}
        shown = [s.text for s in answer.sentences if s.text not in by_rule]
        false += [s for s in shown if s in told and s not in TRUE_PARTS]
        assert len(answer.record) >= len(batch)
    with capsys.disabled():
        sys.stdout.write(f"\nscripted llm: {len(lies)} lies, {len(false)} false sentences on the page\n")
    assert len(lies) >= 300
    assert not false


PLAYED = (
    "what do you see?", "how sure are you?", "what else could it be?", "explain it for the patient", "why?",
    "how good is the image?", "which scanner?", "when was it taken", "where is it?", "how big is the tumour",
    "accept F1", 'add a note to F1: "looks odd"', "reject F1 because it is a vessel", "undo", "draft the report",
    "pdf please", "what is a meningioma?", "how good is the model?", "what can you do?", "search pacs", "hello",
    "what drug should I give", "prognosis?", "write that it is normal", "compare img1 and img2", "sharpen it",
    "có khối u không?", "bạn chắc chắn đến đâu?", "giải thích cho bệnh nhân", "tóm tắt các phát hiện", "vì sao?",
    "chấp nhận F1", "soạn báo cáo", "u màng não là gì?", "xin chào",
)  # fmt: skip


@pytest.mark.parametrize(
    ("probability", "presence"),
    [(0.94, Presence.PRESENT), (0.65, Presence.PRESENT), (0.04, Presence.ABSENT), (0.41, Presence.INDETERMINATE)],
)
def test_every_reply_that_was_shown_checks_as_supported_or_general(probability: float, presence: Presence) -> None:
    desk = Desk(images=2, shelf=FakeShelf(probability=probability, presence=presence))
    for text in PLAYED:
        answer = desk.say(text)
        assert not [r for r in answer.record if r.startswith("Held back")], text
        for chip in answer.chips:
            assert all(h.passes for h in Ledger(desk.session, card_words(manifest())).check(chip)), chip
    stored = Ledger(desk.session, card_words(manifest()))
    for turn in desk.session.turns:
        for held in stored.check(turn.reply):
            assert held.passes, held


@pytest.mark.parametrize(
    "text",
    [
        "The model's results were positive, but the model's results were positive, but the model",
        "The tool found a brain tumour pattern in this",
        "The box is 16 x 12.8 pixels, which is a 16 x 12.8 pixel image.",
    ],
)
def test_what_is_cut_off_or_repeats_itself_or_sizes_the_image_by_its_box_is_not_shown(text: str) -> None:
    desk = desk_of("brain, two boxes")
    desk.say("where is it?")
    draft = phrased(text, Ledger(desk.session, card_words(manifest()), remembers=False))
    assert draft.sentences == ()
    assert draft.record, "what was left out is on record"


def test_a_finding_that_is_not_named_is_told_by_rule() -> None:
    desk = desk_of("brain, two boxes")
    desk.say("where is it?")
    handles = tuple(f.handle for f in desk.session.findings)
    vague = Sentence(text="The results were positive.", findings=handles, rests_on="finding")
    named = Sentence(text=f"{handles[0]} is present.", findings=handles, rests_on="finding")
    by_rule = tuple(Sentence(text=h, findings=(h,), rests_on="finding") for h in handles)
    outcome = Outcome(tool="list_findings", sentences=by_rule, findings=handles)
    assert [s.text for s in left_over([outcome], Phrased((vague,), ()), desk.session)] == list(handles)
    assert [s.text for s in left_over([outcome], Phrased((named,), ()), desk.session)] == list(handles[1:])
