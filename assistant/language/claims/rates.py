"""How often a model is right, as its card measured it: sensitivity, specificity, misses, false alarms, and what an
answer is worth where some share of the pictures show the finding. Every number of such a sentence must be the card's.
"""

from collections.abc import Iterable, Sequence

from assistant.domain.session import Session
from assistant.language.claims.atom import Atom, Quantity
from assistant.language.claims.facts import CardWords, Rates
from assistant.language.claims.reading import quantities_of
from assistant.language.claims.vocabulary import Item, word_set
from assistant.language.claims.weighing import is_share, near

__all__ = ["rates_hold"]

_WHERE = word_set("where")
_INTERVAL = 0.95


def rates_hold(items: Sequence[Item], session: Session, cards: Iterable[CardWords]) -> bool | None:
    """Whether every number is the card's; None where a sentence says nothing of how often a model is right."""
    atom = Atom(tuple(i for i in items if i.tag != "sign"))
    answers = atom.has("correct") and atom.has("present", "absent")
    evaluated = atom.has("evaluated")
    if not answers and not evaluated and not atom.has("sensitivity", "specificity", "missed", "false_alarm"):
        return None
    quantities = quantities_of(atom)
    if not quantities:
        return None
    rates = _rates(atom, session, cards)
    if len(rates) != 1 or atom.has("box", "mask"):
        return False
    measured = rates[0]
    counts = [q for q in quantities if not is_share(q) and q.number.value > 1]
    if any(q.unit or q.number.value != measured.pictures for q in counts):
        return False
    shares = [q for q in quantities if q not in counts]
    if not shares:
        return bool(counts)
    if answers:
        return _answers(atom, shares, measured)
    right = _figure(atom, measured)
    return right is not None and _told(shares, right, atom)


def _rates(atom: Atom, session: Session, cards: Iterable[CardWords]) -> list[Rates]:
    """Of the models that ran here, for the concept that is named; of all where none is."""
    named, ran = atom.values("concept"), {f.model for f in session.findings}
    found: list[Rates] = []
    for card in cards:
        if card.name in ran:
            found += [r for c, r in card.rates.items() if not named or c in named]
    return found


def _figure(atom: Atom, measured: Rates) -> tuple[float, float, float] | None:
    """The figure that is named; None where two are, or none."""
    named = [t for t in ("sensitivity", "specificity", "missed", "false_alarm") if atom.has(t)]
    if named == ["sensitivity"]:
        return measured.sensitivity
    if named == ["specificity"]:
        return measured.specificity
    if named in (["missed"], ["false_alarm"]):
        value, low, high = measured.sensitivity if named == ["missed"] else measured.specificity
        return 1 - value, 1 - high, 1 - low
    return None


def _told(shares: Sequence[Quantity], right: tuple[float, float, float], atom: Atom) -> bool:
    """The figure, its interval, or both, in the order in which they are said."""
    value, low, high = right
    forms = [[value], [low, high], [value, low, high]]
    ahead = {b.text for a, b in zip(atom.items[1:], atom.items, strict=False) if a.text == "95"}
    if atom.has("interval") or "khoang" in ahead:
        forms += [[value, _INTERVAL, low, high]]
    if atom.has("interval"):
        forms += [[_INTERVAL, low, high]]
    return any(_fits(shares, form) for form in forms)


def _answers(atom: Atom, shares: Sequence[Quantity], measured: Rates) -> bool:
    """ "Where 10 % show it, a positive answer is right 59 % of the time"."""
    if len(shares) != 2 or atom.has("present") is atom.has("absent"):
        return False
    first = atom.items.index(next(i for i in atom.items if i.number is shares[0].number))
    ahead = {i.text for i in atom.items[:first]}
    behind = [i.tag for i in atom.items[first : first + 4]]
    share, said = shares if ahead & _WHERE or "calibrated" in behind else reversed(shares)
    p = share.number.value * (0.01 if share.unit == "percent" else 1.0)
    if not 0 < p < 1 or share.how not in ("", "approx"):
        return False
    sensitivity, specificity = measured.sensitivity[0], measured.specificity[0]
    positive = sensitivity * p / (sensitivity * p + (1 - specificity) * (1 - p))
    negative = specificity * (1 - p) / (specificity * (1 - p) + (1 - sensitivity) * p)
    return _fits([said], [positive if atom.has("present") else negative])


def _fits(shares: Sequence[Quantity], values: Sequence[float]) -> bool:
    return len(shares) == len(values) and all(
        near(q, v, 0.01 if q.unit == "percent" else 1.0) for q, v in zip(shares, values, strict=True)
    )
