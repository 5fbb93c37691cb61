"""What is asked comes first and alone; what the session has said is not said again; what stands is told."""

import pytest

from assistant.agent.references import focus
from assistant.domain.finding import Presence
from assistant.domain.turn import Status
from assistant.language.phrasing import Language
from tests.agent.plays import desk_of
from tests.agent.shelf import Lesion
from tests.agent.worlds import Desk, FakeShelf
from tests.builders import build_admission, build_facts, build_finding, build_session, build_tool_call, build_turn

_CLEAR_EYE = {"eye": (0.04, 0.03, 0.02)}
_ONE_KIND = (Lesion(kinds=(("meningioma", 0.93), ("glioma", 0.05), ("pituitary tumour", 0.02))),)


def test_scope_and_scale_of_a_finding_are_said_once_and_the_place_again() -> None:
    desk = Desk()
    first = desk.say("what do you see?").reply
    again = desk.say("where exactly?").reply
    assert first.count("one slice") == 1, "one look, one scope"
    assert "calibrated where" in first
    assert "calibrated where" not in again
    assert "One region was boxed, in the" in again
    assert "image halves" not in again
    assert "image halves" in desk.say("which side?").reply, "asked for a side, the reader is told whose side it is"


def test_an_answer_of_nothing_but_what_was_said_is_said_again() -> None:
    desk = Desk()
    said = [desk.say("where is it?").reply for _ in range(2)]
    assert all("One region was boxed" in reply for reply in said)


def test_the_scope_of_a_negative_is_said_every_time() -> None:
    desk = Desk(kinds=("fundus",), shelf=FakeShelf(eye=(0.04, 0.03, 0.02)))
    for _ in range(2):
        assert "nothing else was looked for" in desk.say("what do you see?").reply


@pytest.mark.parametrize(
    ("language", "asked", "named", "others"),
    [
        ("en", "is there glaucoma?", "glaucoma", ("cataract (", "retinopathy (")),
        ("vi", "có glôcôm không?", "glôcôm", ("thuỷ tinh thể (", "đái tháo đường (")),
    ],
)
def test_a_disease_that_is_named_is_answered_alone(
    language: Language, asked: str, named: str, others: tuple[str, ...]
) -> None:
    del language
    answer = Desk(kinds=("fundus",), shelf=FakeShelf(eye=(0.04, 0.03, 0.02))).say(asked)
    first = answer.sentences[0].text
    assert named in first
    assert not any(other in answer.reply for other in others)
    assert len(answer.findings) == 3, "the look was at all three"


def test_a_present_disease_is_told_whichever_was_named() -> None:
    desk = Desk(kinds=("fundus",), shelf=FakeShelf(eye=(0.04, 0.03, 0.9)))
    present = next(f for f in desk.say("is there glaucoma?").findings if f.presence is Presence.PRESENT)
    asked = "glaucoma" if present.concept != "glaucoma" else "cataract"
    reply = desk.say(f"is there {asked}?").reply
    assert present.concept in reply
    assert asked in reply


@pytest.mark.parametrize("asked", ["which type is it?", "đây là loại u gì?"])
def test_a_type_that_is_asked_for_comes_first_and_the_read_is_not_repeated(asked: str) -> None:
    desk = Desk(shelf=FakeShelf(lesions=_ONE_KIND))
    desk.say("what do you see?" if asked.isascii() else "bạn thấy gì trong ảnh?")
    reply = desk.say(asked).reply
    assert reply.split(".")[0].count("meningioma" if asked.isascii() else "u màng não") == 1
    assert "pattern is" not in reply
    assert "hình ảnh khối u" not in reply


@pytest.mark.parametrize(
    ("read", "asked", "kind"),
    [
        ("what do you see?", "so it is a meningioma, yes?", "meningioma (93 %)"),
        ("bạn thấy gì trong ảnh?", "vậy là u màng não phải không?", "u màng não (93 %)"),
    ],
)
def test_certainty_is_refused_with_what_the_findings_hold_of_it(read: str, asked: str, kind: str) -> None:
    desk = Desk(shelf=FakeShelf(lesions=_ONE_KIND))
    desk.say(read)
    answer = desk.say(asked)
    assert answer.status is Status.DECLINED
    assert kind in answer.reply
    assert [f for s in answer.sentences for f in s.findings], "it rests on a finding"


def test_a_guess_is_asked_of_the_image_that_was_just_refused() -> None:
    desk = Desk(refused=True)
    desk.say("what is this?")
    answer = desk.say("just guess")
    assert answer.status is Status.DECLINED
    assert answer.reply.count("No: a guess") == 1


def test_the_image_that_was_just_refused_stays_under_discussion_while_the_next_turn_runs() -> None:
    read = build_facts(handle="img1", admission=build_admission())
    refused = build_facts(handle="img2", admission=build_admission(admitted=False, reason="a cat", remedy="a scan"))
    first = build_turn(number=1, tools=(build_tool_call(),), images=("img1",), findings=(build_finding(handle="F1"),))
    second = build_turn(number=2, user="and this one?", status=Status.DECLINED, images=("img2",))
    third = build_turn(number=3, user="just guess", reply="", status=Status.RUNNING)
    session = build_session(
        images=(read, refused), findings=(build_finding(handle="F1"),), turns=(first, second, third)
    )
    assert focus(session, ()) == "img2"


def test_a_list_of_one_image_names_it_once() -> None:
    desk = desk_of("two kinds")
    desk.say("read both images")
    reply = desk.say("what did you find in the second image?").reply
    assert reply.count("img2") == 1
    assert "none reviewed yet" in reply
    assert "not reviewed" not in reply


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("did the 3 cm mass bleed?", "Nothing measured here is 3 cm."),
        ("khối u 3 cm đó có chảy máu không?", "Không có số đo nào ở đây là 3 cm."),
        ("so it is benign then?", "No model here tells benign from malignant"),
        ("is the tumour in the right frontal lobe?", "I can't name a lobe"),
    ],
)
def test_what_a_question_takes_for_granted_is_set_right_first(asked: str, told: str) -> None:
    desk = Desk()
    desk.say("what do you see?" if asked.isascii() else "bạn thấy gì trong ảnh?")
    assert desk.say(asked).reply.startswith(told)


@pytest.mark.parametrize(
    "asked", ["how big is it in cm?", "0.5 mm per pixel", "is it bigger than 3 cm?", "where is it?"]
)
def test_a_size_that_is_asked_or_stated_is_not_taken_for_a_presumed_one(asked: str) -> None:
    desk = Desk()
    desk.say("what do you see?")
    assert "Nothing measured here" not in desk.say(asked).reply


def test_a_clear_image_is_not_asked_where_and_how_big() -> None:
    answer = desk_of("brain, clear").say("is there a tumour?")
    assert not {"Show me where", "How big is it?"} & set(answer.chips)


def test_a_sign_that_no_model_looks_for_is_named_as_it_was_typed_and_nothing_else_is_told() -> None:
    reply = Desk().say("có đột quỵ không?").reply
    assert "đột quỵ" in reply
    assert reply.count(".") == 1


def test_what_is_rejected_is_counted_as_such() -> None:
    desk = Desk()
    desk.say("what do you see?")
    desk.say("reject F1")
    assert desk.say("summarise the findings").reply.startswith("2 findings on 1 image: 1 present and 1 rejected; 1 not")


def test_a_greeting_or_unclear_words_with_an_image_name_the_image() -> None:
    reply = Desk().say("hello").reply
    assert "img1" in reply


@pytest.mark.parametrize("asked", ["could you have missed something?", "could you be wrong?"])
def test_a_question_about_errors_is_answered_with_yes_first(asked: str) -> None:
    desk = Desk()
    desk.say("what do you see?")
    assert desk.say(asked).reply.startswith("Yes, it can be wrong")
