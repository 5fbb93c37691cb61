"""The smallest piece of a sentence that states something: what it is about, what it says of presence, its numbers."""

from dataclasses import dataclass, field
from enum import StrEnum

from assistant.language.claims.numerals import Numeral
from assistant.language.claims.vocabulary import Item

__all__ = ["TOPICS", "Atom", "Polarity", "Quantity"]

TOPICS = frozenset({"concept", "kind", "handle", "img", "picture"})
_SILENT = frozenset(
    {
        "glue",
        "sign",
        "it",
        "image",
        "classifier",
        "finding",
        "soft",
        "alone",
        "both",
        "half",
        "approx",
        "share",
        "filler",
        "model",
    }
)
_NAMES_AT_MOST = _SILENT | TOPICS
_MARKED = frozenset({"marked", "flagged", "danh dau"})
"""Said of what was found, whatever number stands beside it."""
_SIDES = ("left", "right", "upper", "lower", "middle")


class Polarity(StrEnum):
    """What is said of the presence of a concept."""

    NOTHING = "nothing"
    PRESENT = "present"
    ABSENT = "absent"
    INDETERMINATE = "indeterminate"
    NOT_EXCLUDED = "not excluded"
    EXCLUDED = "excluded"
    NOT_PRESENT = "not present"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit and how it is held: exactly, about, above, below. `noun`: what is counted."""

    number: Numeral
    unit: str
    how: str = ""
    noun: str = ""
    role: str = ""
    text: str = ""


@dataclass(slots=True)
class Atom:
    """One piece of a sentence. `cited`: handles in brackets behind it.

    The ledger asks an atom some hundred times what it says, so that is worked out once for the same items.
    """

    items: tuple[Item, ...]
    cited: tuple[str, ...] = ()
    quantities: list[Quantity] = field(default_factory=list)
    _of: tuple[Item, ...] | None = field(default=None, init=False, repr=False, compare=False)
    _tags: frozenset[str] = field(default=frozenset(), init=False, repr=False, compare=False)
    _polarity: Polarity | None = field(default=None, init=False, repr=False, compare=False)

    def _settled(self) -> None:
        if self._of is not self.items:
            self._of, self._polarity = self.items, None
            self._tags = frozenset(i.tag for i in self.items)

    def has(self, *tags: str) -> bool:
        self._settled()
        return not self._tags.isdisjoint(tags)

    def values(self, tag: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(i.value for i in self.items if i.tag == tag))

    def first(self, tag: str) -> int:
        return next((n for n, i in enumerate(self.items) if i.tag == tag), len(self.items))

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(w for i in self.items for w in i.text.split())

    @property
    def names_something(self) -> bool:
        return self.has(*TOPICS)

    @property
    def says_something(self) -> bool:
        self._settled()
        return not self._tags <= _NAMES_AT_MOST

    @property
    def offers(self) -> bool:
        """ "I can outline the vessels" states nothing of them; "I can see ..." does."""
        return (
            self.has("offer") and not {"see", "find", "detect", "thay"} & set(self.words) and not self.has("confirmed")
        )

    @property
    def sides(self) -> tuple[str, ...]:
        return tuple(s for s in _SIDES if self.has(s))

    @property
    def polarity(self) -> Polarity:
        self._settled()
        if self._polarity is None:
            self._polarity = self._read_polarity()
        return self._polarity

    def _read_polarity(self) -> Polarity:
        negations = sum(i.tag == "neg" for i in self.items)
        if self.has("indeterminate"):
            ahead = self.items[: self.first("indeterminate")]
            return Polarity.SETTLED if any(i.tag == "neg" for i in ahead[-4:]) else Polarity.INDETERMINATE
        if self.has("not_excluded") or (self.has("excluded") and negations):
            return Polarity.NOT_EXCLUDED
        if self.has("excluded"):
            return Polarity.EXCLUDED
        if negations and self.has("present"):
            return Polarity.INDETERMINATE if self.has("absent") else Polarity.NOT_PRESENT
        if self.has("absent"):
            return Polarity.NOT_EXCLUDED if negations else Polarity.ABSENT
        if self.has("limit") and not self.has("present", "absent"):
            return Polarity.NOTHING
        if self.has("asked") and negations and not self.has("present", "absent"):
            return Polarity.NOTHING
        if self.has("hypothetical") or self.words[:1] in (("what",), ("whatever",), ("nhung",)):
            return Polarity.NOTHING
        if negations % 2 and (self.has("concept", "seen", "region", "finding", "box", "kind", "lesion")):
            return Polarity.ABSENT
        if negations:
            return Polarity.NOTHING
        if self.offers or (self.has("asked", "probability", "set", "calibrated", "cannot") and not self.has("present")):
            return Polarity.NOTHING
        if self.has("lowest") and not self.has("present", "seen"):
            return Polarity.NOTHING
        if self.has("number") and not negations and any(i.text in _MARKED for i in self.items):
            return Polarity.PRESENT
        if self.has("unit", "number") and not self.has("present", "seen", "soft", "half", "region"):
            return Polarity.NOTHING
        if self.has("present"):
            return Polarity.PRESENT
        if self.has("concept", "kind", "lesion"):
            return Polarity.PRESENT
        return Polarity.NOTHING
