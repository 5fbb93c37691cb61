"""What is said of two things together: "X is more likely than Y", "twice as high as", "the most likely one"."""

from collections.abc import Sequence

from assistant.domain.finding import Finding
from assistant.language.claims.atom import Atom
from assistant.language.claims.facts import Holds
from assistant.language.claims.vocabulary import Item, word_set

_HIGHEST = Item("likeliest", "likeliest", "highest")

__all__ = ["compared", "highest", "ranked"]

_MORE = word_set("more")
_LESS = word_set("less")
_LIKELIER = word_set("likelier")
_WEAK = word_set("compares_names_alone")
"""Words that compare only where something is named on both sides."""
_NAMES = frozenset({"concept", "kind", "handle", "img", "box", "mask", "classifier", "region"})
_SHARES = frozenset({"number", "unit", "approx", "share"})


def compared(atom: Atom, pool: Sequence[Finding], tasks: dict[str, str], before: Sequence[Finding]) -> Holds | None:
    """Whether the first thing stands to the second as is said; None where nothing is compared. `before`: what the
    sentence before spoke of, where "it" is compared."""
    at = next((n for n, i in enumerate(atom.items) if _compares(atom, n)), None)
    if at is None:
        return None
    word = atom.items[at]
    one, other = Atom(atom.items[:at]), Atom(atom.items[at + 1 :])
    if word.text in _WEAK and not (one.has(*_NAMES) and other.has(*_NAMES)):
        return None
    if not other.has(*_NAMES):
        return _above_all(atom, one, other, pool, tasks)
    first = highest(one, pool, tasks) if one.has(*_NAMES) else _top(before)
    second = highest(other, pool, tasks)
    if first is None or second is None:
        return Holds.UNKNOWN
    if word.tag == "twice":
        nearly = any(i.tag == "approx" for i in atom.items[max(0, at - 1) : at])
        ratio = first / second if second else 0.0
        return Holds.YES if (1.75 if nearly else 1.9) <= ratio <= (2.25 if nearly else 2.1) else Holds.NO
    more = word.tag == "than" or word.text in _MORE | _LIKELIER
    return Holds.YES if (first > second if more else first < second) else Holds.NO


def _above_all(atom: Atom, one: Atom, other: Atom, pool: Sequence[Finding], tasks: dict[str, str]) -> Holds | None:
    """ "Gingivitis is higher": than every other one; with words behind that name nothing it can't be told."""
    if atom.has("than", "less_than"):
        return None
    if not one.has(*_NAMES) or any(i.tag not in ("glue", "probability") for i in other.items):
        return Holds.UNKNOWN
    if any(i.text in ("less likely", "less probable", "kha nang thap hon") or i.text in _LESS for i in atom.items):
        return Holds.UNKNOWN
    return ranked(Atom((*one.items, _HIGHEST)), highest(one, pool, tasks), pool, False)


def _compares(atom: Atom, at: int) -> bool:
    item = atom.items[at]
    if item.tag in ("than", "less_than", "twice", "more"):
        return True
    if item.tag not in ("above", "below") or item.text not in _MORE | _LESS:
        return False
    return not any(i.tag in _SHARES for i in atom.items[at + 1 : at + 4])


def highest(atom: Atom, pool: Sequence[Finding], tasks: dict[str, str]) -> float | None:
    """The highest probability of what an atom names: of a kind, of an image, of the detector."""
    handles, images = atom.values("handle"), atom.values("img")
    concepts, kinds = atom.values("concept"), atom.values("kind")
    wanted = (
        "segment" if atom.has("mask") else "detect" if atom.has("box") else "classify" if atom.has("classifier") else ""
    )
    found = [
        f
        for f in pool
        if (not handles or f.handle in handles)
        and (not images or f.image in images)
        and (not concepts or f.concept in concepts)
        and (not wanted or _task(f, tasks) == wanted)
    ]
    if kinds:
        named = [k.probability for f in found for k in f.kinds if k.name in kinds]
        return max(named, default=None)
    return _top(found)


def _task(finding: Finding, tasks: dict[str, str]) -> str:
    drawn = "segment" if hasattr(finding.region, "area_px") else "detect" if finding.region else "classify"
    return tasks.get(finding.model, drawn)


def _top(found: Sequence[Finding]) -> float | None:
    return max((f.probability for f in found if f.probability is not None), default=None)


def ranked(atom: Atom, mine: float | None, pool: Sequence[Finding], second: bool) -> Holds | None:
    """Whether "second", "the highest", "the lowest" is so; `mine`: the probability of what the atom is about."""
    every = [f.probability or 0.0 for f in pool]
    if second:
        return Holds.YES if mine in sorted(every, reverse=True)[1:2] else Holds.NO
    best = {"likeliest": max, "lowest": min}.get(next((t for t in ("likeliest", "lowest") if atom.has(t)), ""))
    if best is None or not every:
        return None
    return Holds.YES if mine is not None and mine == best(every) else Holds.NO
