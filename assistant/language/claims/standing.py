"""Text that needs no finding: what the house wrote itself (cards, limits, fixed wordings), and what this session said.

A fixed wording is general only where its key stands in `general.keys` of `prompts/ledger.toml`; what a wording has in
its braces must be known words or the person's own.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from assistant.domain.session import Session
from assistant.domain.turn import Sentence
from assistant.language.claims.facts import CardWords
from assistant.language.claims.splitting import sentences_of
from assistant.language.claims.vocabulary import known_words, words_of
from assistant.language.concepts import concept_table, in_language, plain_about
from assistant.language.knowledge import card_texts, term_cards
from assistant.language.phrasing import PROMPTS, Language, wordings
from assistant.language.report_words import GENERAL_LIMITS

__all__ = ["House", "flat", "house_of", "house_words", "said_before", "shares_limit", "wordings_of"]

_LANGUAGES: tuple[Language, ...] = ("en", "vi")
_AND = re.compile(r",\s*|\s+(?:and|và)\s+")


def flat(text: str) -> str:
    """A sentence as it is compared: folded words and signs, without markup and handles in brackets."""
    return " ".join(words_of(re.sub(r"\[[F\d, img]*\]", " ", text))).strip()


@cache
def _house() -> frozenset[str]:
    """Sentences of cards, talk and general limits, word for word."""
    texts = [w for c in term_cards() for w in (c.en, c.vi) if w]
    texts += [t for language in _LANGUAGES for t in card_texts(language)]
    texts += [t for language in _LANGUAGES for c in concept_table().concepts if (t := plain_about(c, language))]
    talk = tomllib.loads((PROMPTS / "talk.toml").read_text("utf-8"))
    texts += [reply for row in talk.values() for reply in row.get("reply", {}).values()]
    texts += GENERAL_LIMITS
    return frozenset(flat(s) for t in texts for s in sentences_of(t))


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Wordings that state nothing of a session: their longest fixed part, and a pattern over flat text."""
    table = tomllib.loads((PROMPTS / "ledger.toml").read_text("utf-8"))["general"]
    keys = [k for k in wordings() if k in table["keys"] or k.startswith(tuple(table["prefixes"]))]
    found = []
    for key in keys:
        for template in wordings()[key].values():
            slots = re.split(r"\{[^}]*\}", template)
            for sentence in sentences_of("\x00".join(slots).replace("\x00", " qqslotqq ")):
                parts = [flat(p) for p in sentence.split("qqslotqq")]
                pattern = re.compile(r"\s?(.{1,160}?)\s?".join(re.escape(p) for p in parts))
                found.append((max(parts, key=len), pattern))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class House:
    """What stands whatever a session holds. `sentences`: said word for word; `words`: those of its cards, that may be
    named where a limit is stated; `titles`: of its models, folded -> (tag, value) as the vocabulary takes them."""

    sentences: frozenset[str]
    words: frozenset[str]
    titles: Mapping[str, tuple[str, str]]


@lru_cache(maxsize=8)
def house_of(cards: tuple[CardWords, ...]) -> House:
    """Everything that the house says word for word, with what its models' cards say."""
    said = {flat(s) for c in cards for t in (*c.texts, *c.sentences) for s in sentences_of(t)}
    return House(
        sentences=_house() | said,
        words=known_words(t for c in cards for t in (*c.texts, *c.look_alikes, c.title)),
        titles={" ".join(words_of(c.title)): ("glue", c.name) for c in cards if words_of(c.title)},
    )


def shares_limit(sentence: str, cards: Sequence[CardWords]) -> bool:
    """ "A and B: it sees one slice": a limit told once of several models, each of whose cards holds it."""
    names, _, limit = sentence.partition(": ")
    named, told = [flat(n) for n in _AND.split(names)], flat(limit)
    if not told or len(named) < 2:
        return False
    having = [c for c in cards if any(flat(in_language(t, to)) == told for t in c.texts for to in _LANGUAGES)]
    return set(named) <= {flat(in_language(c.title, to)) for c in having for to in _LANGUAGES}


def wordings_of(text: str) -> Iterator[tuple[str, ...]]:
    """What stands in the braces of each general wording that a text may be."""
    said = flat(text)
    for fixed, pattern in _patterns():
        if fixed in said and (match := pattern.fullmatch(said)):
            yield tuple(match.groups())


@cache
def house_words() -> frozenset[str]:
    """Words that a brace of a general wording may hold whatever the session is: forms of files, kinds of picture,
    what is done to a copy."""
    words = wordings()
    said = [t for k, row in words.items() if k.startswith("op_") for t in row.values()]
    said += [t for p in concept_table().pictures.values() for t in (p.vi,)]
    said += [w for name, c in concept_table().concepts.items() for w in (name, c.vi)]
    table = tomllib.loads((PROMPTS / "ledger.toml").read_text("utf-8"))["general"]
    return known_words((*said, *table["words"]))


def said_before(session: Session) -> dict[str, Sentence]:
    """Sentences that this session has shown, by their flat text, with what they rest on."""
    shown: dict[str, Sentence] = {}
    for turn in session.turns:
        for claim in turn.claims:
            for sentence in sentences_of(claim.text):
                shown[flat(sentence)] = claim
    return shown
