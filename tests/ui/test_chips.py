"""What is offered next fits what is there: images, findings, decisions, signature."""

from assistant.domain.finding import ReviewState
from assistant.domain.report import digest_of
from tests.builders import build_facts, build_finding, build_review, build_session, build_signature, build_turn
from ui.chips import buttons_of, chips_of

OFFERED = {
    "chips": ("How sure are you?", "Accept F1", "Show where the model looked"),
    "buttons": ("accept:F1", "undo:F1", "open:x"),
}


def test_before_an_image_only_what_needs_none_is_offered() -> None:
    assert chips_of(build_session(images=(), findings=(), turns=()), "en") == ("What can you do?",)
    said = build_turn(chips=("What do you see?", "How sure are you?", "What can you do?"))
    assert chips_of(build_session(images=(), turns=(said,)), "en") == ("What can you do?",)


def test_an_unread_image_is_offered_a_read_in_the_language_of_page_or_question() -> None:
    session = build_session(images=(build_facts(handle="img1"),), findings=(), turns=())
    assert chips_of(session, "en") == ("What do you see?", "How good is this image?")
    assert chips_of(session, "vi")[0] == "Bạn thấy gì trong ảnh?"
    asked = build_turn(user="ảnh này có nét không?")
    assert chips_of(session.with_turn(asked), "en")[0] == "Bạn thấy gì trong ảnh?"


def test_a_decision_takes_its_offer_away_and_brings_undo_and_then_the_signature() -> None:
    open_finding = build_finding(handle="F1")
    session = build_session(
        images=(build_facts(handle="img1"),), findings=(open_finding,), turns=(build_turn(**OFFERED),), signatures=()
    )
    assert buttons_of(session) == ("accept:F1", "open:x")
    assert "Accept F1" in chips_of(session, "en")
    note = build_review(ReviewState.UNREVIEWED, text="seen twice")
    noted = session.with_finding(open_finding.model_copy(update={"review": note}))
    assert buttons_of(noted) == ("accept:F1", "undo:F1", "open:x")
    decided = session.with_finding(open_finding.model_copy(update={"review": build_review(ReviewState.REJECTED)}))
    assert buttons_of(decided) == ("undo:F1", "open:x", "sign")
    assert "Accept F1" not in chips_of(decided, "en")
    signature = build_signature(digest=digest_of(decided))
    assert buttons_of(decided.model_copy(update={"signatures": (signature,)}))[-1] == "download:pdf"


def test_what_was_just_asked_or_shown_is_not_offered_again() -> None:
    turn = build_turn(user="How sure are you?", **OFFERED)
    session = build_session(images=(build_facts(handle="img1"),), findings=(build_finding(handle="F1"),), turns=(turn,))
    assert "How sure are you?" not in chips_of(session, "en")
