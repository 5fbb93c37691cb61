"""Diseases and signs that a message names: what the models here look for, and what none of them does. No model runs."""

import tomllib
from collections.abc import Iterable
from functools import cache

from assistant.agent.examples import READ
from assistant.agent.matcher import Match
from assistant.agent.plans import READING
from assistant.agent.references import sign_elsewhere
from assistant.agent.talk import matcher
from assistant.language.asked import as_typed
from assistant.language.concepts import concept_name
from assistant.language.knowledge import term_cards
from assistant.language.normal import folded, has_any, tokens
from assistant.language.phrasing import PROMPTS
from assistant.tools.card_sentences import concepts_of
from assistant.vision.manifest import ModelCard

__all__ = ["looked_for_by", "sign_named", "sign_of_elsewhere", "unlooked"]

_PERHAPS = 0.02
"""A share of an intent below which a clause has nothing to do with it."""

_SUBJECTS = frozenset({"brain", "eye", "mouth"})
_NO_SIGNS = frozenset(
    {"retina", "retinal vessels", "optic disc", "macula", "fovea", "gingiva", "enamel", "benign", "who grade", "tumour"}
)
"""Cards of the body and of grades: nobody looks for them as for a sign."""


def looked_for_by(cards: Iterable[ModelCard]) -> str:
    """What models look for, in lower-case words that a question may hold, in both languages."""
    return " ".join(_looked_for(c) for c in cards).lower()


def _looked_for(card: ModelCard) -> str:
    named = (folded(concept_name(concept, "vi")) for concept in concepts_of(card))
    return " ".join((*concepts_of(card), *named, card.looks_for, *card.labels))


def unlooked(text: str, looks_for: str) -> tuple[str, ...]:
    """Signs that a message names and no model looks for, as they were typed and in that order.

    A name that is a part of a longer one, or of one that is looked for, does not count."""
    flat = " ".join(tokens(folded(text)))
    known, open_ones = _names(looks_for)
    named = {n for n in open_ones if has_any(flat, (n,))}
    longer = named | {n for n in known if has_any(flat, (n,))}
    named = {n for n in named if not any(n != other and f" {n} " in f" {other} " for other in longer)}
    typed = (as_typed(n, text) for n in sorted(named, key=flat.find))
    return tuple(t for t in typed if text.isascii() or t.lower() in _written())


@cache
def _written() -> frozenset[str]:
    """Every name with its accents: a text that is typed with accents names nothing by others."""
    return frozenset(n.lower() for names in (*_cards().values(), _sign_words()) for n in names)


@cache
def _sign_words() -> tuple[str, ...]:
    table = tomllib.loads((PROMPTS / "lexicon.toml").read_text("utf-8"))
    return tuple(table["same"]["sign_word"])


@cache
def _cards() -> dict[str, tuple[str, ...]]:
    return {c.name: c.names for c in term_cards() if c.subject in _SUBJECTS}


@cache
def _names(looks_for: str) -> tuple[frozenset[str], frozenset[str]]:
    """Folded names of what is looked for, and of what is not."""
    groups = [*_cards().values(), *((word,) for word in _sign_words())]
    flat = [{" ".join(tokens(folded(n))) for n in names} for names in groups]
    known = {n for names in flat if any(n in looks_for for n in names) for n in names}
    return frozenset(known), frozenset({n for names in flat if not _NO_SIGNS & names for n in names} - known)


def sign_named(match: Match) -> str:
    """The sign that a clause asks after, whether a model here looks for it or not; "" where there is none."""
    words = match.words
    if "sign_word" not in words.concepts or "define" in words.concepts or "lesion" in words.concepts:
        return ""
    likely = {name for name, share in match.intents[:2] if share >= _PERHAPS}
    if not likely & {
        READ,
        READING,
        "describe_abilities",
        "detect_lesions",
        "measure_finding",
        "inspect_image",
    } or match.intent in (
        "context",
        "treatment",
        "urgent",
    ):
        return ""
    lexicon = matcher().lexicon
    for length in (3, 2, 1):
        for i in range(len(words.words) - length + 1):
            phrase = words.words[i : i + length]
            if "sign_word" in lexicon.phrases.get(phrase, frozenset()):
                return " ".join(phrase)
    return ""


def sign_of_elsewhere(match: Match, clause: str) -> str:
    """What is asked to be seen in a picture of a kind in which no model here looks for it."""
    return sign_elsewhere(clause) if match.intent in (READ, READING, "detect_lesions", "describe_abilities") else ""
