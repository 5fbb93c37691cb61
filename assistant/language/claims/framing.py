"""A sentence as one of a few frames: what it speaks of, its numbers, and words that say nothing more in that frame.

Single words may be known to no list: "nine slipped past it" is read as a rate because each of its words is at home in
talk of rates (`prompts/ledger_frames.toml`). A frame with one word from elsewhere is no frame: it then says nothing,
and the sentence is weighed word by word. No finding is looked at here.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise
from typing import Any

from assistant.language.claims.atom import Atom, Quantity
from assistant.language.claims.facts import Holds
from assistant.language.claims.reading import quantities_of
from assistant.language.claims.vocabulary import Item
from assistant.language.phrasing import PROMPTS

__all__ = ["Amount", "Frame", "Said", "fits", "frames", "said_in", "shared_words"]

_SLOTS = frozenset({"number", "unit", "concept", "kind", "handle", "img", "picture", "sign"})
_HUNDRED = frozenset({"hundred", "100", "tram", "one hundred", "mot tram"})
_MADE_OF = frozenset({"in", "of", "tren", "trong", "out"})


@dataclass(frozen=True, slots=True)
class Amount:
    """A number as it is meant. `unit`: "share" (0 to 1), "px", "mm", "mm2", "" (a count). `how`: as `Quantity`."""

    value: float
    unit: str
    how: str = ""
    step: float = 0.0
    tight: bool = False
    at: int = 0


@dataclass(frozen=True)
class Frame:
    """`cues`: one must stand there; `words`: what may stand there beside slots and glue; `tags`: word classes that may.
    `loose`: any word that no list knows may, as what is said states nothing whatever it is about."""

    name: str
    cues: re.Pattern[str]
    words: frozenset[str]
    tags: frozenset[str]
    marks: Mapping[str, re.Pattern[str]]
    loose: bool = False
    own: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Said:
    """A sentence that a frame covers."""

    items: tuple[Item, ...]
    frame: Frame
    vietnamese: bool = False

    @cached_property
    def flat(self) -> str:
        return " ".join(i.text for i in self.items)

    def mark(self, name: str) -> bool:
        """Whether a word of that name stands in it."""
        found = self.frame.marks.get(name)
        if found is None:
            return False
        return found.search(self.flat) is not None or ('"' in self.flat and found.search(self.unquoted) is not None)

    @cached_property
    def unquoted(self) -> str:
        return self.flat.replace('" ', "").replace(' "', "")

    def has(self, tag: str) -> bool:
        return any(i.tag == tag for i in self.items)

    def values(self, tag: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(i.value for i in self.items if i.tag == tag))

    @cached_property
    def amounts(self) -> tuple[Amount, ...]:
        return _amounts(self.items)

    @property
    def shares(self) -> tuple[Amount, ...]:
        return tuple(a for a in self.amounts if a.unit == "share")

    @property
    def counts(self) -> tuple[Amount, ...]:
        """Whole numbers without a unit; "one" in words counts nothing by itself."""
        return tuple(a for a in self.amounts if not a.unit and a.value != 1)


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads((PROMPTS / "ledger_frames.toml").read_text("utf-8"))


def _pattern(phrases: Sequence[str]) -> re.Pattern[str]:
    told = "|".join(re.escape(p).replace(r"\*", r"\w*") for p in sorted(phrases, key=len, reverse=True))
    return re.compile(rf"(?<![\w])(?:{told or '(?!)'})(?![\w])")


@cache
def frames() -> tuple[Frame, ...]:
    """Every frame of the table, in its order."""
    table = _table()
    shared = dict(table["marks"])
    common = shared_words()
    return tuple(
        Frame(
            name=name,
            cues=_pattern(row["cues"]),
            words=common | frozenset(" ".join((row["words"], *row["cues"], *_marked(row))).replace("*", "").split()),
            own=frozenset(" ".join((row["words"], *row["cues"])).replace("*", "").split()),
            loose=row.get("loose", False),
            tags=frozenset(table["common"]["tags"].split()) | frozenset(row["tags"].split()),
            marks={m: _pattern(p) for m, p in (shared | row.get("marks", {})).items()},
        )
        for name, row in table["frames"].items()
    )


@cache
def shared_words() -> frozenset[str]:
    """Words that are at home in every frame, as they say nothing by themselves."""
    table, more = _table(), _table()["common_more"]
    return frozenset(" ".join((table["common"]["words"], more["en"], more["vi"])).split()) - _turning()


def _marked(row: Mapping[str, Any]) -> list[str]:
    return [phrase for phrases in row.get("marks", {}).values() for phrase in phrases]


@cache
def _turning() -> frozenset[str]:
    return frozenset(_table()["turning"]["words"].split())


def said_in(items: Sequence[Item], frame: Frame, vietnamese: bool = False) -> Said | None:
    """The sentence in that frame; None where a cue is missing or a word is not at home there."""
    if not all(_at_home(i, frame) for i in items):
        return None
    said = Said(tuple(items), frame, vietnamese)
    return said if frame.cues.search(said.flat) else None


def _at_home(item: Item, frame: Frame) -> bool:
    if item.tag in _SLOTS:
        return True
    if frame.loose:
        return item.tag in ("unknown", "glue", *frame.tags) or all(w in frame.words for w in item.text.split())
    if item.tag in ("glue", *frame.tags) and item.text not in _turning():
        return True
    if item.tag == "certain":
        return False
    if item.tag.startswith("foreign"):
        return all(w in frame.own for w in item.text.split())
    return all(w in frame.words or w in _SAYS_NOTHING for w in item.text.split())


_SAYS_NOTHING = frozenset({"s", "hundred", "tram"})


def _amounts(items: Sequence[Item]) -> tuple[Amount, ...]:
    """Numbers with their unit; "nine in a hundred", "one chance in four" and "two to one" are shares."""
    plain = [i for i in items if i.tag != "sign"]
    found: list[Amount] = []
    quantities = quantities_of(Atom(tuple(plain)))
    places = [n for n, i in enumerate(plain) if i.number is not None]
    hundreds = [n for n, i in enumerate(plain) if i.text in _HUNDRED]
    for at, q in zip(places, quantities, strict=True):
        found.append(_amount(q, plain, at))
    found = _with_stray_units(found, plain)
    found += [Amount(0.5, "share", _how(plain, n), 0.03, _tight(plain, n), n) for n in _halves(plain)]
    found += [Amount(_SMALL[i.text], "", "", 0.5, False, n) for n, i in enumerate(plain) if _is_small(plain, n)]
    found.sort(key=lambda a: a.at)
    found = [_chance(a, plain) for a in found]
    for n in hundreds:
        ones = [i.text for i in plain[max(0, n - 4) : n]]
        if plain[n].number is None and "one" in ones and not any(n - 5 <= a.at < n for a in found):
            found.append(Amount(0.01, "share", _how(plain, n - 3), 0.001, _tight(plain, n - 3), n - 1))
            found.sort(key=lambda a: a.at)
            hundreds = []
    if hundreds:
        bare = [a for a in found if not a.unit and a.value <= 100 and a.at not in hundreds]
        if len(bare) == 1:
            of = bare[0]
            share = Amount(of.value / 100, "share", of.how, 0.01, of.tight, of.at)
            found = [share if a is of else a for a in found if a.at not in hundreds]
    bare = [a for a in found if not a.unit]
    if len(bare) == 2 and 0 < bare[0].value < bare[1].value <= 20:
        between = {i.text for i in plain[bare[0].at + 1 : bare[1].at]}
        if between & _MADE_OF:
            whole = Amount(bare[0].value / bare[1].value, "share", bare[0].how, 0.03, bare[0].tight, bare[0].at)
            found = [whole if a is bare[0] else a for a in found if a is not bare[1]]
    return tuple(found)


_SMALL = {"mot": 1.0, "hai": 2.0, "ba": 3.0, "bon": 4.0}


def _is_small(plain: Sequence[Item], at: int) -> bool:
    item, behind = plain[at], plain[at + 1 : at + 2]
    tags = ("region", "box", "mask") if item.text == "mot" else ("finding", "concept", "region", "box", "mask")
    return item.number is None and item.text in _SMALL and bool(behind) and behind[0].tag in tags


def _halves(plain: Sequence[Item]) -> list[int]:
    """Where "half" is a share and no side of a picture."""
    sides = ("left", "right", "upper", "lower", "middle", "sides_named")
    return [
        n
        for n, i in enumerate(plain)
        if i.tag == "half"
        and i.text in ("half", "nua", "phan nua")
        and not any(b.tag in sides for b in plain[max(0, n - 2) : n + 3])
    ]


def _chance(amount: Amount, plain: Sequence[Item]) -> Amount:
    """ "one chance in four", "two to one": the share that is meant."""
    if amount.unit:
        return amount
    ahead, behind = [i.text for i in plain[max(0, amount.at - 4) : amount.at]], [i.text for i in plain[amount.at + 1 :]]
    if behind[:2] == ["to", "one"]:
        value, how = amount.value / (amount.value + 1), amount.how or "approx"
        return Amount(value, "share", how, 0.03, amount.tight, amount.at)
    if 2 <= amount.value <= 20 and len(ahead) > 2 and ahead[-1] in ("in", "of", "every") and "one" in ahead:
        tight = _tight(plain, max(0, amount.at - 3))
        return Amount(1 / amount.value, "share", _how(plain, amount.at - 3), 0.01, tight, amount.at)
    return amount


def _how(plain: Sequence[Item], at: int) -> str:
    return next(
        (i.tag for i in reversed(plain[max(0, at - 4) : max(0, at)]) if i.tag in ("approx", "above", "below")), ""
    )


def _tight(plain: Sequence[Item], at: int) -> bool:
    return bool(_TIGHT & {w for i in plain[max(0, at - 5) : max(0, at)] for w in i.text.split()})


def _with_stray_units(found: list[Amount], plain: Sequence[Item]) -> list[Amount]:
    """ "In square centimetres it comes to 3.1", "from 49 to 52 %": a unit that stands apart from its number."""
    stray = [
        i.value
        for n, i in enumerate(plain)
        if i.tag == "unit" and i.value in _MOVED and (n == 0 or plain[n - 1].number is None)
    ]
    if len(stray) == 1 and found and not any(a.unit for a in found):
        unit, scale = _UNITS.get(stray[0], (stray[0], 1.0))
        return [Amount(a.value * scale, unit, a.how, a.step * scale, a.tight, a.at) for a in found]
    carried = list(found)
    for n, (one, other) in enumerate(pairwise(found)):
        between = {i.text for i in plain[one.at + 1 : other.at]}
        if not one.unit and other.unit == "share" and between and between <= _ONWARD and one.value > 1:
            carried[n] = Amount(one.value / 100, "share", one.how, one.step / 100, one.tight, one.at)
    return carried


_MOVED = frozenset({"percent", "px", "mm", "cm", "mm2", "cm2"})
_ONWARD = frozenset({"to", "up", "down", "len", "den", "xuong", "con", "and", "va", "toi"})
_UNITS = {"percent": ("share", 0.01), "cm": ("mm", 10.0), "cm2": ("mm2", 100.0)}
_TIGHT = frozenset({"just", "bit", "little", "shade", "slightly", "hair", "touch", "chut", "nhinh", "suyt", "mere"})


def _amount(q: Quantity, plain: Sequence[Item], at: int) -> Amount:
    tight = _tight(plain, at)
    number, value, unit = q.number, q.number.value, q.unit
    if unit == "percent":
        rough = 0.02 if number.in_words and number.value % 5 == 0 and not number.decimals and q.how == "approx" else 0.0
        return Amount(value / 100, "share", q.how, max(rough, 0.5 * 10.0 ** -(number.decimals + 2)), tight, at)
    if number.ratio or (not unit and number.decimals and value <= 1) or (value == 0.5 and not unit):
        return Amount(value, "share", q.how, 0.03 if number.ratio else 0.5 * 10.0**-number.decimals, tight, at)
    unit, scale = _UNITS.get(unit, (unit, 1.0))
    return Amount(value * scale, unit, q.how, 0.5 * 10.0**-number.decimals * scale, tight, at)


def fits(said: Amount, value: float) -> bool:
    """Whether a stored value is what is said: to its last digit, about, or a little above or below it."""
    share = said.unit == "share"
    wide = 0.02 if share else 0.05 * abs(value)
    if said.how == "above":
        return value >= said.value - 1e-9 and (not said.tight or value - said.value <= 2.5 * wide)
    if said.how == "below":
        return value <= said.value + 1e-9 and (not said.tight or said.value - value <= 2.5 * wide)
    return abs(value - said.value) <= (max(wide, said.step) if said.how == "approx" else said.step) + 1e-6


def as_holds(fits_: bool) -> Holds:
    """YES or NO."""
    return Holds.YES if fits_ else Holds.NO
