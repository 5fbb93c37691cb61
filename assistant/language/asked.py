"""What a message asks about, as far as an answer is ordered by it: names of concepts and kinds, sides, types, errors.

It chooses no tool and reads no model: the same findings are told, what was asked first. Its words are data
(`prompts/asked.toml`).
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import Literal

from assistant.language.knowledge import term_cards
from assistant.language.normal import folded, has_any, tokens
from assistant.language.phrasing import PROMPTS

__all__ = [
    "Topic",
    "as_typed",
    "asks_for",
    "named_in",
    "names_of",
    "sizes_presumed",
]

_TOO_WIDE = frozenset({"tumour", "tumor", "disease", "u"})
_HEAVY = re.compile(r"\bnặng\b")
"""With its accents alone: without them it is the word for a cyst."""
_SIZE = re.compile(r"(?<![\d.,])\d+(?:[.,]\d+)?\s?(?:mm|cm)\b")
Topic = Literal[
    "errors", "side", "grade", "health", "severity", "eye", "unverified", "opinion", "said", "lobe", "change", "kind"
]


@cache
def _words(topic: str) -> tuple[str, ...]:
    rows = tomllib.loads((PROMPTS / "asked.toml").read_text("utf-8"))[topic]
    return tuple(folded(word) for words in rows.values() for word in words)


def asks_for(topic: Topic, text: str) -> bool:
    """Whether a message asks for something that is then said first, as "Could you be wrong?" asks for errors."""
    if topic == "severity" and _HEAVY.search(unicodedata.normalize("NFC", text.lower())):
        return True
    return has_any(folded(text), _words(topic))


def as_typed(folded_words: str, text: str) -> str:
    """The words of `text` that `folded_words` stand for, with their accents; those words where it has none such."""
    typed = re.findall(r"[^\W_]+(?:'[^\W_]+)?", text)
    wanted = tokens(folded(folded_words))
    for start in range(len(typed) - len(wanted) + 1):
        if wanted and [folded(w) for w in typed[start : start + len(wanted)]] == wanted:
            return " ".join(typed[start : start + len(wanted)])
    return folded_words


def sizes_presumed(text: str) -> tuple[str, ...]:
    """Sizes that a question takes for granted ("did the 3 cm mass bleed?"), as they were typed."""
    if "?" not in text or has_any(folded(text), _words("compared_size")):
        return ()
    return tuple(dict.fromkeys(_SIZE.findall(text)))


def named_in(text: str, concepts: Iterable[str]) -> tuple[str, ...]:
    """Those of the concepts (or kinds) that a text names, in either language and by any name of their cards."""
    flat = folded(text)
    return tuple(c for c in dict.fromkeys(concepts) if has_any(flat, names_of(c)))


@cache
def names_of(concept: str) -> tuple[str, ...]:
    """What a concept is called, in both languages, and its last word; folded."""
    said = " ".join(tokens(folded(concept)))
    cards = ({" ".join(tokens(folded(n))) for n in (card.name, *card.names)} for card in term_cards())
    names = next((names for names in cards if said in names), set())
    return tuple(sorted({said, said.split()[-1], *names} - _TOO_WIDE))
