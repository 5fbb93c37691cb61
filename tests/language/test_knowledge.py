"""Cards: every one in both languages, short, found by its names, with a source; differences; mistypings."""

import re
import tomllib
from collections import Counter

import pytest

from assistant.language.concepts import concept_table
from assistant.language.knowledge import (
    Difference,
    TermCard,
    card_texts,
    difference_text,
    differences,
    find_terms,
    nearest_term,
    term_cards,
    term_text,
)
from assistant.language.normal import folded, tokens
from assistant.language.phrasing import PROMPTS

LONGEST = 260
VIETNAMESE = re.compile(r"[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệịỉĩọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹàáãèéìíòóõùúý]", re.IGNORECASE)
KNOWN_SOURCES = re.compile(
    r"^(textbook|house)$|arXiv:\d{4}\.\d{5}|^WHO|^AAO Preferred Practice Pattern|^World Workshop"
    r"|^DICOM PS3\.|^HL7 FHIR$|\b(18|19|20)\d\d\b"
)


def test_there_are_at_least_ninety_cards() -> None:
    assert len(term_cards()) >= 90


def test_no_card_and_no_name_stands_twice() -> None:
    files = [f for f in (PROMPTS / "cards").glob("*.toml") if f.name != "differences.toml"]
    cards = Counter(name for f in files for name in tomllib.loads(f.read_text("utf-8")))
    assert [c for c, n in cards.items() if n > 1] == []
    owners: dict[str, set[str]] = {}
    for card in term_cards():
        for name in card.names:
            owners.setdefault(" ".join(tokens(folded(name))), set()).add(card.name)
    assert {n: o for n, o in owners.items() if len(o) > 1} == {}


@pytest.mark.parametrize("card", [*term_cards(), *differences()], ids=lambda c: c.name)
def test_a_card_is_short_in_both_languages_and_names_its_source(card: TermCard | Difference) -> None:
    for text in (card.en, card.vi):
        assert 20 < len(text) <= LONGEST
        assert text.endswith(".")
        assert len(re.findall(r"[.!?](?:\s|$)", text)) <= 2
        assert not re.search(r"\bnormal\b", text.lower())
    assert VIETNAMESE.search(card.vi)
    assert card.vi != card.en
    assert KNOWN_SOURCES.search(card.source), card.source


@pytest.mark.parametrize("card", term_cards(), ids=lambda c: c.name)
def test_a_card_is_found_by_each_of_its_names(card: TermCard) -> None:
    for name in card.names:
        assert find_terms(folded(f"what is {name}?")) == (card.name,), name


def test_a_plural_is_found_and_the_longest_name_wins() -> None:
    assert find_terms("what are meningiomas") == ("meningioma",)
    assert find_terms("what is a brain tumour") == ("brain_tumour",)
    assert find_terms("age related macular degeneration or macula") == ("macular_degeneration", "macula")


def test_every_concept_and_kind_that_a_finding_can_carry_has_a_card() -> None:
    for name in [*concept_table().concepts, *concept_table().kinds]:
        assert find_terms(folded(name)), name


def test_no_card_says_that_nothing_looks_for_what_the_models_are_for() -> None:
    known = {c for name in [*concept_table().concepts, *concept_table().kinds] for c in find_terms(folded(name))}
    for card in term_cards():
        if card.name in known:
            assert "No model here" not in card.en


def test_a_difference_is_of_two_cards_and_of_either_order() -> None:
    names = {c.name for c in term_cards()}
    for difference in differences():
        assert set(difference.of) <= names
        assert len(set(difference.of)) == 2
    assert difference_text("iou", "dice", "en") == difference_text("dice", "iou", "en")
    assert difference_text("dice", "macula", "en") is None


@pytest.mark.parametrize(
    ("typed", "card"), [("meningoma", "meningioma"), ("glaucomma", "glaucoma"), ("gingivits", "gingivitis")]
)
def test_a_mistyped_term_is_nearest_to_its_card(typed: str, card: str) -> None:
    found = nearest_term(f"what is {typed}")
    assert found is not None
    assert found[0] == card


def test_words_that_are_no_term_are_nearest_to_none() -> None:
    assert nearest_term("what is the capital of mongolia") is None


def test_a_text_names_its_source_in_the_language_of_the_turn() -> None:
    assert term_text("tumour", "en").endswith("(textbook knowledge, written by the house)")
    assert term_text("tumour", "vi").endswith("(kiến thức giáo khoa, do dự án viết)")
    assert term_text("grad_cam", "vi").endswith("(Selvaraju 2017, arXiv:1610.02391)")
    assert term_text("dice", "en") in card_texts("en")
