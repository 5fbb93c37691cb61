"""Questions: what they take for granted is a claim, what they ask is none. "Did the 3 cm mass bleed?" claims 3 cm."""

import re
from collections.abc import Sequence

from assistant.language.claims.vocabulary import Item, word_set
from assistant.language.normal import folded
from assistant.language.phrasing import Language

__all__ = ["asks"]

_YES_NO = re.compile(
    r"^(?:and |so |but |or )?(?:is|are|was|were|do|does|did|has|have|had|can|could|shall|should|would|will|may|might)\b"
    r"(?!n't)"
)
_OPEN = re.compile(r"^(?:and |so |but )?(?:what|which|where|who|whose|when|why|how|anything|any)\b")
_TAGGED = re.compile(
    r",\s*(?:right|correct|no|yes|(?:isn't|is|doesn't|does|wasn't|hasn't|aren't) (?:it|there|they|that))\s*\?$"
)
_VIETNAMESE = re.compile(
    r"\b(?:khong|chua|gi|dau|nao|sao|ai|a|may|bao nhieu|the nao|ra sao|hay khong|duoc khong|nhe)\s*\?$"
    r"|^(?:ban co|co phai|co|tai sao|vi sao|bao gio|khi nao|ai|o dau)\b"
)
_YES_NO_VI = re.compile(r"\b(?:khong|chua|nhe|a)\s*\?$|^(?:co phai|co)\b")
_DEFINITE = frozenset({"the", "this", "that", "these", "those", "its", "their", "your", "his", "her"})
_EARLIER = word_set("earlier")
_NOUNS = frozenset({"concept", "kind", "finding", "region", "box", "mask", "lesion"})


def asks(sentence: str, items: Sequence[Item], language: Language) -> list[Item] | None:
    """None where it is no question; [] where it takes nothing for granted; else the words that state something."""
    if "?" not in sentence[-4:]:
        return [] if language == "vi" and _is_request(sentence, items) else None
    flat = folded(sentence).strip(" \"'")
    if _TAGGED.search(flat):
        return None
    if language == "vi":
        if not _VIETNAMESE.search(flat):
            return None
        if not _YES_NO_VI.search(flat) and any(_is_open(i) for i in items):
            return list(items)
        return _granted(items) if _numbers(items) else []
    open_question = _OPEN.match(flat)
    if not open_question and not _YES_NO.match(flat):
        return None
    if open_question and any(_is_open(i) for i in items):
        return list(items)
    if any(i.text in _EARLIER for i in items):
        return list(items)
    return _granted(items)


def _is_request(sentence: str, items: Sequence[Item]) -> bool:
    """ "ảnh thứ hai đã thấy gì": a question without its mark, of known words, no number and no "no"."""
    asked = folded(sentence).rstrip(" .!").endswith(" gi")
    return asked and not any(_is_open(i) or i.tag in ("neg", "number", "nothing_else") for i in items)


def _granted(items: Sequence[Item]) -> list[Item]:
    """Numbers with what they measure, and "the ... mass": what stands between article and noun is taken for granted."""
    kept: list[Item] = []
    phrase: list[Item] | None = None
    for item in items:
        if item.text in _DEFINITE:
            phrase = []
        elif item.tag == "sign":
            phrase = None
        elif phrase is not None:
            phrase.append(item)
            if item.tag in _NOUNS or _is_open(item):
                kept += phrase
                phrase = None
    if _numbers(items):
        kept += [i for i in items if (i.tag in ("number", "unit") or i.text in ("x", "by")) and i not in kept]
    return kept


def _is_open(item: Item) -> bool:
    return item.tag == "unknown" or item.tag.startswith("foreign")


def _numbers(items: Sequence[Item]) -> bool:
    return any(i.tag == "number" for i in items)
