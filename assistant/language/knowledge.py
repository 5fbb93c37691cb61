"""Short curated cards: what a condition, a term or a figure is, and how two of them differ; it sees no finding.

Read once from the files of `prompts/cards/`, a table a card; `differences.toml` holds the differences of two cards.
Each names its source: a publication, or in words "textbook" (common knowledge, written here) and "house" (our own
definition). A name of a card stands in one file only.
"""

import tomllib
from difflib import get_close_matches
from functools import cache

from assistant.domain.base import Frozen
from assistant.language.normal import folded, tokens
from assistant.language.phrasing import PROMPTS, Language, say

__all__ = [
    "Difference",
    "TermCard",
    "card_texts",
    "difference_text",
    "differences",
    "find_terms",
    "nearest_term",
    "term_cards",
    "term_text",
]

_DIFFERENCES = "differences.toml"
_IN_WORDS = ("textbook", "house")


class TermCard(Frozen):
    """One term: the names that people use for it, what it is in both languages, who says so, and its file."""

    name: str
    subject: str = ""
    names: tuple[str, ...]
    en: str
    vi: str
    source: str


class Difference(Frozen):
    """What tells two terms apart; `of` names their cards."""

    name: str
    of: tuple[str, str]
    en: str
    vi: str
    source: str


@cache
def term_cards() -> tuple[TermCard, ...]:
    """Every card; raises ValueError where two files hold one name."""
    cards: dict[str, TermCard] = {}
    for file in sorted((PROMPTS / "cards").glob("*.toml")):
        if file.name == _DIFFERENCES:
            continue
        rows = tomllib.loads(file.read_text("utf-8"))
        if twice := sorted(cards.keys() & rows.keys()):
            raise ValueError(f"two files of cards hold {', '.join(twice)}")
        cards |= {name: TermCard(name=name, subject=file.stem, **row) for name, row in rows.items()}
    return tuple(cards.values())


@cache
def differences() -> tuple[Difference, ...]:
    rows = tomllib.loads((PROMPTS / "cards" / _DIFFERENCES).read_text("utf-8"))
    return tuple(Difference(name=name, **row) for name, row in rows.items())


@cache
def _by_words() -> dict[tuple[str, ...], str]:
    """The words of each name, folded, and its plural -> the card."""
    found: dict[tuple[str, ...], str] = {}
    for card in term_cards():
        for name in card.names:
            words = tuple(tokens(folded(name)))
            found[words] = card.name
            if name.isascii() and not words[-1].endswith("s"):
                found.setdefault((*words[:-1], f"{words[-1]}s"), card.name)
    return found


@cache
def _longest() -> int:
    return max(len(words) for words in _by_words())


def find_terms(words: str) -> tuple[str, ...]:
    """Names of the cards that a folded text mentions, in the order of mention; the longest name wins."""
    said, known = tokens(words), _by_words()
    found: list[str] = []
    start = 0
    while start < len(said):
        for length in range(min(_longest(), len(said) - start), 0, -1):
            name = known.get(tuple(said[start : start + length]))
            if name:
                found.append(name)
                start += length - 1
                break
        start += 1
    return tuple(dict.fromkeys(found))


def nearest_term(words: str) -> tuple[str, str] | None:
    """A card whose name is nearly spelt in the text, with that name; for mistypings of longer words alone."""
    known = {" ".join(w): name for w, name in _by_words().items() if len(" ".join(w)) > 5}
    said = tokens(words)
    spans = [" ".join(said[i : i + n]) for n in (3, 2, 1) for i in range(len(said) - n + 1)]
    for span in spans:
        if len(span) > 5 and (close := get_close_matches(span, known, n=1, cutoff=0.86)):
            return known[close[0]], close[0]
    return None


def term_text(name: str, language: Language) -> str:
    """The card's words, with its source."""
    card = next(c for c in term_cards() if c.name == name)
    return _text(card, language)


def difference_text(first: str, second: str, language: Language) -> str | None:
    """What tells two cards apart, with the source; None where no card says so."""
    found = next((d for d in differences() if set(d.of) == {first, second}), None)
    return None if found is None else _text(found, language)


def card_texts(language: Language) -> frozenset[str]:
    """Every text that a card can give: what is general knowledge here."""
    terms = (_text(c, language) for c in term_cards())
    return frozenset({*terms, *(_text(d, language) for d in differences())})


def _text(card: TermCard | Difference, language: Language) -> str:
    source = say(f"source_{card.source}", language) if card.source in _IN_WORDS else card.source
    return f"{card.vi if language == 'vi' else card.en} ({source})"
