"""What a whole sentence claims beyond any finding, by how its words stand together: a cause, a scope, an equality,
a reading of other slices, a look-over that is not needed. Its single words may all be known."""

from collections.abc import Callable, Sequence
from itertools import pairwise

from assistant.language.claims.vocabulary import Item, word_set

__all__ = ["PARTS", "beyond"]

_NAMES = frozenset({"concept", "kind"})
_OPEN_TO = frozenset({"neg", "cannot", "limit", "possible", "hypothetical", "offer", "indeterminate"})
_OTHERS = ("other ", "khac", "any other")
_SIZED = frozenset({"long", "short"})
_LOOK = word_set("look_again")
_BIG = word_set("sized")
_ASSENT = word_set("assent")
_ASKED_OF_YOU = word_set("asked_of_you")
_READERS = word_set("reader")
_PERSONS = _READERS | {"you", "person", "ban"}
_DOES = frozenset({"box", "mask", "drawn", "region"})
_DONE_BY = word_set("done_by")
PARTS = word_set("pictured")
"""What pictures are of: named alone, they say of no image what it is."""
_REVIEWS = frozenset({"accepted", "rejected", "edited", "reviewed", "unreviewed", "confirmed", "signed", "unsigned"})
_ERRS = word_set("errs")
_NEVER = word_set("never")
_BODY = word_set("body")
_EVERY = word_set("every")


def beyond(items: Sequence[Item]) -> tuple[str, str] | None:
    """The reason's key and the words; None where a sentence claims nothing of the kind."""
    tags = frozenset(i.tag for i in items)
    return next((found for rule in _RULES if (found := rule(items, tags))), None)


_Found = tuple[str, str] | None


def _cause(items: Sequence[Item], tags: frozenset[str]) -> _Found:
    """ "X because of Y": two things that were found, one made by the other."""
    if items[-1].tag == "cause":
        return "why_word", items[-1].text
    if "cause" not in tags or sum(i.tag in _NAMES for i in items) < 2:
        return None
    at = next(n for n, i in enumerate(items) if i.tag == "cause")
    behind = [i for i in items[at + 1 : at + 5] if i.tag in _NAMES]
    return ("why_word", items[at].text) if behind else None


def _whole(items: Sequence[Item], tags: frozenset[str]) -> _Found:
    """ "The whole brain was read": only "not the whole brain" holds."""
    at = next((n for n, i in enumerate(items) if i.tag == "whole"), None)
    if at is None or "limit" in tags:
        return None
    ahead = [i for i in items[:at] if i.tag != "glue"]
    if ahead and ahead[-1].tag in ("neg", "cannot"):
        return None
    return "why_normal", items[at].text


def _same(items: Sequence[Item], tags: frozenset[str]) -> _Found:
    return ("why_order", _text(items, "same")) if "same" in tags else None


def _matched(items: Sequence[Item], tags: frozenset[str]) -> _Found:
    """ "measured against each other": no two images ever were."""
    if "matched" in tags and not tags & _OPEN_TO:
        return "why_change", _text(items, "matched")
    return None


def _elsewhere(items: Sequence[Item], tags: frozenset[str]) -> _Found:
    """Other slices and other diseases may be spoken of as not looked at; nothing was read there."""
    other = next((i for i in items if i.tag == "remark" and any(w in i.text for w in _OTHERS)), None)
    return ("why_word", other.text) if other is not None and not tags & _OPEN_TO else None


def _everything(items: Sequence[Item], tags: frozenset[str]) -> _Found:
    """ "The model looks for every disease": no card says so."""
    if "asked" not in tags or tags & (_OPEN_TO | {"alone", "nothing_else"}):
        return None
    every = next((n for n, i in enumerate(items) if i.text in _EVERY), None)
    if every is None or not any(i.tag in ("finding", "lesion", "glue") for i in items[every : every + 3]):
        return None
    return None if tags & _NAMES else ("why_concept", items[every].text)


def _needless(items: Sequence[Item], tags: frozenset[str]) -> _Found:
    """ "You need not look at it again"."""
    look = next((n for n, i in enumerate(items) if i.text in _LOOK), None)
    if look is None or not any(i.tag in ("neg", "cannot") for i in items[max(0, look - 4) : look]):
        return None
    return "why_recommendation", items[look].text


def _unsized(items: Sequence[Item], tags: frozenset[str]) -> _Found:
    """Long, wide, across: with no size in the sentence they say how something is shaped or lies."""
    if tags & (_OPEN_TO | {"number", "spacing", "asked"}):
        return None
    named = bool(tags & {"concept", "kind", "region", "lesion"})
    return next(
        (
            ("why_word", i.text)
            for i in items
            if i.tag in _SIZED
            or (named and (i.text in _BIG or i.tag in ("contrast", "sharpness")))
            or (i.tag == "area" and i.text not in ("area", "dien tich") and tags & {"concept", "kind"})
        ),
        None,
    )


def _needed(items: Sequence[Item], tags: frozenset[str]) -> _Found:
    """ "A second look is needed", "cần ...": what should be done is no finding."""
    at = next((n for n, i in enumerate(items) if i.tag == "need"), None)
    if at is None or tags & {"hypothetical", "offer", "attributed"}:
        return None
    behind = items[at + 1 : at + 4]
    if "neg" in tags:
        looked = any(i.tag in ("remark", "reviewed", "accepted") or i.text == "review" for i in behind)
        return ("why_recommendation", items[at].text) if looked else None
    if any(i.tag in ("remark", "reviewed", "unreviewed", "spacing") or i.text in _ASKED_OF_YOU for i in behind):
        return None
    return "why_recommendation", items[at].text


def _by_person(items: Sequence[Item], tags: frozenset[str]) -> _Found:
    """ "boxed by the reader": persons review here; what is drawn, measured and found is a model's."""
    if tags & (_OPEN_TO | {"attributed", "asked", "spacing"}):
        return None
    for at, item in enumerate(items):
        if item.text not in _PERSONS:
            continue
        near = [*items[max(0, at - 3) : at - 1]] if _passive(items, at) else [*items[at + 1 : at + 3]]
        did = next((i for i in near if i.tag in _DOES or i.text in _DONE_BY), None)
        if did is not None:
            return "why_word", did.text
    return None


def _passive(items: Sequence[Item], at: int) -> bool:
    return any(i.text == "by" for i in items[max(0, at - 2) : at])


def _of_parts(items: Sequence[Item], tags: frozenset[str]) -> _Found:
    """ "41 % of the gums": a probability is no share of what the picture is of."""
    for at, item in enumerate(items):
        if item.tag == "unit" and item.value == "percent":
            behind = [i for i in items[at + 1 : at + 4] if i.text not in ("of", "the", "all", "mat", "so", "cac")]
            if behind and behind[0].text.split()[0] in _BODY and behind[0].tag in ("picture", "concept"):
                return "why_no_number", f"% {behind[0].text}"
    return None


def _clear_part(items: Sequence[Item], tags: frozenset[str]) -> _Found:
    """ "This brain is free of tumours": a negative covers its picture, not what the picture is of."""
    if not tags & {"absent", "neg"} or tags & {"limit", "asked", "cannot", "image", "img", "indeterminate"}:
        return None
    part = next((i for i in items if i.tag == "picture" and i.text in PARTS), None)
    return None if part is None else ("why_normal", part.text)


def _disagree(items: Sequence[Item], tags: frozenset[str]) -> _Found:
    return ("why_word", _text(items, "disagree")) if "disagree" in tags and not tags & _OPEN_TO else None


def _done(items: Sequence[Item], tags: frozenset[str]) -> _Found:
    """ "The report was sent": no turn says that it was."""
    if "done" not in tags or tags & (_OPEN_TO | {"asked", "unsigned"}):
        return None
    return "why_word", _text(items, "done")


def _decided(items: Sequence[Item], tags: frozenset[str]) -> _Found:
    """What a reader did to counted findings, in no word of review that is known."""
    if not {"number", "finding"} <= tags or tags & (_REVIEWS | _OPEN_TO | {"remark", "attributed", "asked"}):
        return None
    person = next((i.text for i in items if i.text in _READERS), None)
    return None if person is None else ("why_word", person)


def _no_slice(items: Sequence[Item], tags: frozenset[str]) -> _Found:
    """ "No slice of the scan ...": a slice that was read is one, and says nothing of the others."""
    for one, other in pairwise(items):
        if one.text in ("no", "khong", "chang") and other.tag == "image" and tags & _NAMES and "img" not in tags:
            return None if tags & {"asked", "limit", "calibrated", "correct"} else ("why_normal", other.text)
    return None


def _all_well(items: Sequence[Item], tags: frozenset[str]) -> _Found:
    """ "Everything is okay": a word of assent that opens no sentence."""
    at = next((n for n, i in enumerate(items) if i.text in _ASSENT), 0)
    return ("why_normal", items[at].text) if at and items[at].text in _ASSENT else None


def _flawless(items: Sequence[Item], tags: frozenset[str]) -> _Found:
    """ "It doesn't miss tumours": no model is without misses or false alarms."""
    for at, item in enumerate(items):
        ahead = items[max(0, at - 3) : at]
        errs = item.tag in ("missed", "false_alarm") or item.text in _ERRS
        if errs and any(i.tag in ("neg", "cannot") or i.text in _NEVER for i in ahead):
            return None if tags & {"number", "hypothetical", "mask", "remark"} else ("why_certain", item.text)
    return None


_RULES: tuple[Callable[[Sequence[Item], frozenset[str]], _Found], ...] = (
    _cause, _whole, _same, _matched, _elsewhere, _everything, _needless, _unsized, _needed, _done, _all_well,
    _by_person, _of_parts, _clear_part, _disagree, _decided, _no_slice, _flawless,
)  # fmt: skip


def _text(items: Sequence[Item], tag: str) -> str:
    return next(i.text for i in items if i.tag == tag)
