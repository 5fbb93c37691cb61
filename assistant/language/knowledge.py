"""Short curated cards: what a condition, a term or a figure is. From `prompts/cards.toml`; it sees no finding."""

import tomllib
from functools import cache

from assistant.domain.base import Frozen
from assistant.language.normal import folded, has_any, tokens
from assistant.language.phrasing import PROMPTS, Language

__all__ = ["TermCard", "find_terms", "term_cards", "term_text"]


class TermCard(Frozen):
    """One term: the names that people use for it, what it is in both languages, and who says so."""

    name: str
    names: tuple[str, ...]
    en: str
    vi: str = ""
    source: str


@cache
def term_cards() -> tuple[TermCard, ...]:
    rows = tomllib.loads((PROMPTS / "cards.toml").read_text("utf-8"))
    return tuple(TermCard(name=name, **row) for name, row in rows.items())


@cache
def _names() -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((c.name, tuple(" ".join(tokens(folded(n))) for n in c.names)) for c in term_cards())


def find_terms(words: str) -> tuple[str, ...]:
    """Names of the cards that a folded text mentions, in the order of mention."""
    padded = f" {' '.join(tokens(words))} "
    hits = []
    for name, names in _names():
        places = [(padded.find(f" {n} "), -len(n)) for n in names if has_any(padded, (n,))]
        if places:
            hits.append((*min(places), name))
    return tuple(h[2] for h in sorted(hits))


def term_text(name: str, language: Language) -> str:
    """The card's words, with its source."""
    card = next(c for c in term_cards() if c.name == name)
    text = card.vi if language == "vi" and card.vi else card.en
    return f"{text} ({card.source})"
