"""Captions, alternative texts and the kinds in titles are held at run time: a false one does not reach the page."""

import copy
import logging

import pytest

from assistant.domain.finding import Presence
from assistant.domain.session import Session
from assistant.language import phrasing
from assistant.language.claims import Ledger
from assistant.language.claims.beside import held_beside, kind_held
from assistant.language.phrasing import Language
from assistant.tools.card_words import card_words
from tests.agent.plays import desk_of
from tests.agent.worlds import manifest
from ui.wire import PageFinding, page_session
from ui.words import kind_words

LANGUAGES: tuple[Language, ...] = ("en", "vi")
PLAYS = ("brain", "brain, clear", "brain, disagreement", "brain, two boxes", "two kinds", "eye, hazy", "mouth")
ASKED = ("what do you see?", "where is it?", "outline it", "outline the vessels", "accept F1", "reject F2")


def session_of(play: str) -> Session:
    desk = desk_of(play)
    for text in ("read both images", *ASKED) if play.startswith("two") else ASKED:
        desk.say(text)
    return desk.session


def rows(session: Session, language: Language = "en") -> tuple[PageFinding, ...]:
    return page_session(session, running=False, language=language, cards=card_words(manifest())).findings


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("play", PLAYS)
def test_every_text_that_the_page_writes_beside_a_picture_holds(play: str, language: Language) -> None:
    session = session_of(play)
    ledger = Ledger(session, card_words(manifest()), remembers=False)
    shown = rows(session, language)
    assert shown
    for row in shown:
        assert row.alt != row.handle
        assert all(h.passes for h in ledger.check(row.alt)), row.alt
        for picture in row.evidence:
            assert "picture of" not in picture.caption
            assert "hình của" not in picture.caption
            assert all(h.passes for h in ledger.check(f"{row.handle}: {picture.caption}")), picture.caption


def test_alternative_texts_say_presence_in_the_order_of_the_language() -> None:
    session = session_of("brain")
    assert rows(session)[0].alt == "F1 brain tumour present 94 % (accepted)"
    assert rows(session, "vi")[0].alt == "F1 có khối u não 94 % (đã chấp nhận)"


@pytest.mark.parametrize(
    ("play", "text"),
    [
        ("brain", "F1 glioma present 94 % (accepted)"),
        ("brain", "F2: box of the detector around a pituitary tumour"),
        ("brain", "F2: box of the detector in the left half"),
        ("brain", "F1 brain tumour present 12 % (accepted)"),
        ("brain", "F3: outline of a stroke"),
        ("brain", "F9: outline of brain tumour"),
        ("brain, clear", "F1 brain tumour present 4 % (not reviewed)"),
        ("brain, clear", "F2: khung của mô hình quanh khối u não"),
        ("eye, hazy", "F2 có glôcôm 3 % (chưa duyệt)"),
    ],
)
def test_a_false_text_is_replaced_by_the_plain_one_and_noted(
    play: str, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    ledger = Ledger(session_of(play), card_words(manifest()), remembers=False)
    with caplog.at_level(logging.ERROR):
        shown, notes = held_beside(ledger, text, "plain")
    assert shown == "plain"
    assert notes
    assert text not in caplog.text, "what was held back stands in no log"
    assert "does not hold" in caplog.text


WRONG = {
    "page_alt_finding": "{handle} {seen}{p} ({review}), in the left half",
    "page_seen_absent": "{concept} present",
    "caption_box": "box of the detector around a pituitary tumour",
    "caption_outline": "outline of an abscess",
    "caption_heat": "the tumour lies here",
}


@pytest.mark.parametrize("key", WRONG)
def test_a_wrong_renderer_does_not_reach_the_page(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = copy.deepcopy(phrasing.wordings())
    changed[key] = {"en": WRONG[key]}
    session = session_of("brain, clear" if key in ("page_seen_absent", "caption_heat") else "brain")
    monkeypatch.setattr(phrasing, "wordings", lambda: changed)
    shown = rows(session)
    texts = [t for row in shown for t in (row.alt, *(e.caption for e in row.evidence))]
    assert not any(word in t for t in texts for word in ("left half", "pituitary", "abscess", "lies here")), texts
    absent = [row for row in shown if row.presence is Presence.ABSENT]
    assert not any("present" in row.alt for row in absent)
    assert any(row.alt == row.handle for row in shown) or any("picture of F" in t for t in texts)


def test_a_wrong_caption_of_a_tool_does_not_leave_with_the_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = copy.deepcopy(phrasing.wordings())
    changed["caption_box"] = {"en": "box of the detector around a pituitary tumour on the left"}
    desk = desk_of("brain")
    monkeypatch.setattr(phrasing, "wordings", lambda: changed)
    answer = desk.say("where is it?")
    captions = [e.caption for f in answer.findings for e in f.evidence]
    assert "picture of F1" in captions
    assert any("pituitary" in note for note in answer.record)


def test_a_title_calls_a_picture_by_a_known_kind_or_by_nothing_that_a_finding_says() -> None:
    known = frozenset({"brain MRI slice"})
    assert kind_held("brain MRI slice", known) == "brain MRI slice"
    assert kind_held("ordinary photograph", frozenset({"ordinary photograph"})) == "ordinary photograph"
    for false in (
        "brain with glioma",
        "eye without glaucoma",
        "tumour, 3 cm",
        "normal brain",
        "stroke of the left side",
    ):
        assert kind_held(false, known) == "picture"
        assert kind_words(false, "en") == "picture"
