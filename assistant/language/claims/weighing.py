"""One atom against findings: each thing that it states becomes a fact that a finding holds, denies or does not know."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from assistant.domain.finding import Finding, Kind, Presence, ReviewState
from assistant.domain.geometry import Box, Mask
from assistant.domain.image import ImageFacts
from assistant.language.claims.atom import Atom, Polarity, Quantity
from assistant.language.claims.facts import Holds, bands_of, patient_side, region_side, shares_of, sizes_of

__all__ = ["Fact", "facts_of", "is_share", "near", "only_drawn", "says_drawn"]

Check = Callable[[Finding], Holds]
_EPSILON = 1e-9
_DRAWN: dict[str, type[Box] | type[Mask]] = {
    "boxed": Box, "outlined": Mask, "khoanh": Box, "dong khung": Box, "ve vien": Mask, "duoc ve vien": Mask,
}  # fmt: skip
_SIZES = frozenset({"mm", "cm", "mm2", "cm2", "px"})
_FACTOR = {"mm": 1.0, "cm": 10.0, "mm2": 1.0, "cm2": 100.0, "px": 1.0}
_FOR = frozenset({"possible", "likely", "very_likely"})
_NOBODY = frozenset({"nobody", "no one", "none"})
_CERTAINTY = ("very_likely", "likely", "possible", "very_unlikely", "unlikely")


@dataclass(frozen=True, slots=True)
class Fact:
    """Something stated; `why` is the wording's key where it does not hold, `what` its words."""

    check: Check
    why: str
    what: str = ""


def is_share(q: Quantity) -> bool:
    """Whether a number says a share: 94 %, 0.94, two thirds."""
    return q.unit == "percent" or q.number.ratio or (not q.unit and q.number.decimals > 0 and q.number.value <= 1)


def near(q: Quantity, value: float, scale: float = 1.0) -> bool:
    """Whether a stored value is what is said: to its last digit, within "about", above or below."""
    said = q.number.value * scale
    if q.how == "above":
        return value >= said - _EPSILON
    if q.how == "below":
        return value <= said + _EPSILON
    if is_share(q):
        exact = 0.5 * 10.0**-q.number.decimals * scale
        return abs(said - value) <= (0.02 if q.how == "approx" or q.number.ratio else exact) + 1e-6
    if q.how == "approx":
        return abs(said - value) <= 0.05 * abs(value) + _EPSILON
    return abs(said - value) <= 0.5 * 10.0**-q.number.decimals * scale + 1e-6


def facts_of(
    atom: Atom, kind: str, quantities: Sequence[Quantity], image: Callable[[str], ImageFacts | None]
) -> list[Fact]:
    """Everything that the atom states of one finding, `kind` being the kind of the concept that is spoken of."""
    facts: list[Fact] = []
    if kind:
        facts += _of_kind(atom, kind, any(is_share(q) for q in quantities))
    else:
        facts += _presence(atom)
        facts += _certainty(atom)
    facts += [f for q in quantities if (f := _quantity(atom, kind, q, image))]
    facts += _sides(atom, image)
    facts += _review(atom)
    if not atom.has("neg", "cannot", "hypothetical", "offer") and (drawn := _drawn(atom)):
        facts.append(drawn)
    return facts


def only_drawn(atom: Atom) -> bool:
    """ "F3: ..., boxed, ...": a word for how a region was drawn and nothing else."""
    return all(i.text in _DRAWN or i.tag == "glue" for i in atom.items) and any(i.text in _DRAWN for i in atom.items)


def says_drawn(atom: Atom) -> bool:
    """ "..., outlined in the left half": how the region of what was named before was drawn."""
    return any(i.text in _DRAWN for i in atom.items) and not atom.has("concept", "kind", "handle")


def _drawn(atom: Atom) -> Fact | None:
    """Whether what is named was boxed or outlined."""
    said = {_DRAWN[i.text] for i in atom.items if i.text in _DRAWN}
    if len(said) != 1 or not (atom.has("concept", "handle", "half", "region") or only_drawn(atom)):
        return None
    (shape,) = said

    def is_drawn(finding: Finding) -> Holds:
        return Holds.YES if isinstance(finding.region, shape) else Holds.NO

    return Fact(is_drawn, "why_count", " ".join(atom.words))


def _presence(atom: Atom) -> list[Fact]:
    polarity = atom.polarity
    if atom.has("remark") and not atom.has("concept", "kind"):
        return []
    if polarity is Polarity.NOTHING or (polarity is Polarity.PRESENT and atom.has(*_CERTAINTY)):
        return []
    if polarity is Polarity.ABSENT and atom.has("accepted", "rejected", "reviewed", "edited", "signed", "confirmed"):
        return []

    def check(finding: Finding) -> Holds:
        p, there = finding.probability, finding.presence
        match polarity:
            case Polarity.PRESENT | Polarity.ABSENT | Polarity.INDETERMINATE:
                return Holds.YES if there.value == polarity.value else Holds.NO
            case Polarity.SETTLED:
                return Holds.YES if there is not Presence.INDETERMINATE else Holds.NO
            case Polarity.NOT_PRESENT:
                return Holds.YES if there is not Presence.PRESENT else Holds.NO
            case Polarity.NOT_EXCLUDED:
                open_ = there is not Presence.ABSENT or "present" in finding.prediction_set
                return Holds.YES if open_ else Holds.NO
            case _:
                return Holds.NO if there is not Presence.ABSENT or (p or 0) > 0.01 else Holds.UNKNOWN

    return [Fact(check, "why_presence", " ".join(atom.values("concept")))]


def _certainty(atom: Atom) -> list[Fact]:
    facts: list[Fact] = []
    if atom.has("image") and not atom.has("concept", "lesion", "finding", "region", "handle", "it", "number", "seen"):
        return facts
    absent = atom.polarity is Polarity.ABSENT
    for word in _CERTAINTY:
        if not atom.has(word) or atom.has("than", "less_than", "remark", "hypothetical"):
            continue

        def check(finding: Finding, word: str = word) -> Holds:
            p = finding.probability
            if p is None:
                return Holds.UNKNOWN
            q = 1 - p if absent else p
            fits = {
                "very_likely": q >= 0.9 - _EPSILON,
                "likely": q >= 0.6 - _EPSILON,
                "possible": 0.2 - _EPSILON <= q <= 0.8 + _EPSILON,
                "unlikely": q <= 0.4 + _EPSILON,
                "very_unlikely": q <= 0.1 + _EPSILON,
            }[word]
            wrong_way = finding.presence is Presence.ABSENT and word in _FOR and not absent
            wrong_way |= finding.presence is Presence.PRESENT and word in ("unlikely", "very_unlikely") and not absent
            return Holds.YES if fits and not wrong_way else Holds.NO

        facts.append(Fact(check, "why_certainty"))
    if atom.has("confirmed"):
        negated = atom.has("neg", "cannot")

        def confirmed(finding: Finding) -> Holds:
            accepted = finding.review.state is ReviewState.ACCEPTED
            return Holds.YES if accepted is not negated else Holds.NO

        facts.append(Fact(confirmed, "why_review"))
    return facts


def _of_kind(atom: Atom, name: str, with_number: bool) -> list[Fact]:
    """A kind may be named with its probability, a certainty word or a soft word; bare, it is a diagnosis."""
    polarity = atom.polarity

    def check(finding: Finding) -> Holds:
        kind = _kind(finding, name)
        if kind is None:
            return Holds.UNKNOWN
        if polarity is Polarity.NOT_EXCLUDED:
            return Holds.YES if kind.in_set else Holds.NO
        if polarity is Polarity.INDETERMINATE and kind.in_set and sum(k.in_set for k in finding.kinds) > 1:
            return Holds.YES
        if polarity in (
            Polarity.EXCLUDED, Polarity.ABSENT, Polarity.NOT_PRESENT, Polarity.INDETERMINATE, Polarity.SETTLED
        ):  # fmt: skip
            held = polarity is Polarity.EXCLUDED and atom.has("coverage", "set") and not kind.in_set
            return Holds.YES if held else Holds.UNKNOWN
        p, first = kind.probability, finding.kinds[0]
        words = {
            "very_likely": p >= 0.9 - _EPSILON,
            "likely": p >= 0.6 - _EPSILON,
            "possible": 0.2 - _EPSILON <= p <= 0.8 + _EPSILON,
            "unlikely": p <= 0.4 + _EPSILON,
            "very_unlikely": p <= 0.1 + _EPSILON,
            "likeliest": kind == first,
            "second": len(finding.kinds) > 1 and kind == finding.kinds[1],
            "soft": kind == first,
        }
        said = [w for w in words if atom.has(w)]
        if said:
            return Holds.YES if all(words[w] for w in said) else Holds.NO
        if atom.has("than", "less_than", "set", "asked") or with_number:
            return Holds.YES
        return Holds.UNKNOWN

    return [Fact(check, "why_kind", name)]


def _kind(finding: Finding, name: str) -> Kind | None:
    return next((k for k in finding.kinds if k.name == name), None)


def _quantity(atom: Atom, kind: str, q: Quantity, image: Callable[[str], ImageFacts | None]) -> Fact | None:
    if is_share(q):
        return Fact(lambda f: _share(atom, kind, q, f, image(f.image)), "why_number", q.text)
    if q.unit in _SIZES:
        return Fact(lambda f: _size(atom, q, f), "why_number", q.text)
    if not q.unit and not q.noun and atom.has("coordinate"):
        return Fact(
            lambda f: Holds.YES if any(near(q, v) for r, v, _ in sizes_of(f) if r == "edge") else Holds.NO,
            "why_number",
            q.text,
        )
    return None


def _share(atom: Atom, kind: str, q: Quantity, finding: Finding, facts: ImageFacts | None) -> Holds:
    scale = 0.01 if q.unit == "percent" else 1.0
    p = finding.probability
    known: list[float | None]
    if atom.has("coverage"):
        known = [finding.coverage]
    elif atom.has("calibrated"):
        several = sum(is_share(other) for other in atom.quantities) > 1
        known = [finding.prevalence, p] if several else [finding.prevalence]
    elif atom.has("band"):
        known = [*bands_of(finding)]
    elif atom.has("area", "share", "mask") or (
        atom.has("of_picture") and not atom.sides and not atom.has("probability")
    ):
        known = [*shares_of(finding, facts)]
    elif atom.has("trust"):
        trusts = [e.trust for e in finding.evidence if e.trust is not None]
        known = [v for t in trusts for v in (t.before, t.after, t.overlap, p)]
    elif kind:
        found = _kind(finding, kind)
        known = [found.probability if found else None]
    else:
        known = [p]
        if atom.polarity is Polarity.ABSENT and p is not None and finding.presence is not Presence.PRESENT:
            known.append(1 - p)
    values = [v for v in known if v is not None]
    if not values:
        return Holds.UNKNOWN
    return Holds.YES if any(near(q, v, scale) for v in values) else Holds.NO


def _size(atom: Atom, q: Quantity, finding: Finding) -> Holds:
    family = "px" if q.unit == "px" else "mm2" if q.unit.endswith("2") else "mm"
    sizes = [(role, v) for role, v, unit in sizes_of(finding) if unit == family]
    if family == "px" and atom.has("coordinate"):
        sizes += [("", v) for role, v, _ in sizes_of(finding) if role == "edge"]
    if not sizes:
        return Holds.UNKNOWN
    fits = [v for role, v in sizes if not q.role or role in (q.role, "")]
    if not fits:
        return Holds.UNKNOWN
    if q.unit in ("cm", "cm2") and not q.number.decimals and not q.how:
        q = replace(q, how="approx")
    return Holds.YES if any(near(q, v, _FACTOR[q.unit]) for v in fits) else Holds.NO


def _sides(atom: Atom, image: Callable[[str], ImageFacts | None]) -> list[Fact]:
    facts: list[Fact] = []
    patient = atom.has("patient_side")
    for side in atom.sides:
        in_picture = atom.has("half", "of_picture") or side == "middle"

        def check(finding: Finding, side: str = side, in_picture: bool = in_picture) -> Holds:
            known = image(finding.image)
            if side in ("left", "right") and (patient or not in_picture):
                half = patient_side(known, side)
                return region_side(finding, known, half) if half else Holds.UNKNOWN
            return region_side(finding, known, side)

        facts.append(Fact(check, "why_patient_side" if patient else "why_side", side))
    return facts


def _review(atom: Atom) -> list[Fact]:
    facts: list[Fact] = []
    if any(q.noun in ("unreviewed", "accepted", "rejected", "edited") for q in atom.quantities):
        return facts
    states = {"accepted": ReviewState.ACCEPTED, "rejected": ReviewState.REJECTED, "edited": ReviewState.EDITED}
    decided = min(atom.first(t) for t in (*states, "reviewed"))
    ahead = [i for n, i in enumerate(atom.items) if i.tag == "neg" and (n < decided or i.text in _NOBODY)]
    negated = len(ahead) % 2 == 1
    for tag, state in states.items():
        if atom.has(tag) and not atom.has("remark") and "until" not in atom.words:

            def is_state(finding: Finding, state: ReviewState = state) -> Holds:
                return Holds.YES if (finding.review.state is state) is not negated else Holds.NO

            facts.append(Fact(is_state, "why_review"))
    if atom.has("reviewed", "unreviewed"):
        open_ = atom.has("unreviewed") or negated

        def is_open(finding: Finding) -> Holds:
            return Holds.YES if (finding.review.state is ReviewState.UNREVIEWED) is open_ else Holds.NO

        facts.append(Fact(is_open, "why_review"))
    return facts
