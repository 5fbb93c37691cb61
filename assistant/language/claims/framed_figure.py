"""What probability a framed sentence gives to findings, and what it calls them: likely, absent, open, two of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from assistant.domain.finding import Finding, Presence
from assistant.language.claims.facts import Holds
from assistant.language.claims.framed import (
    Checked,
    World,
    all_of,
    any_of,
    handles_of,
    in_order,
    is_named,
    named,
    task_of,
)
from assistant.language.claims.framing import Amount, Said, as_holds, fits

__all__ = ["figure"]

_BANDS = (("very_likely", 0.9, 1.0), ("likely", 0.6, 1.0), ("possible", 0.2, 0.8), ("unlikely", 0.0, 0.4))
_SORTS = {"of_box": "detect", "of_outline": "segment", "of_slice": "classify"}


@dataclass(frozen=True)
class _Claim:
    """What a sentence states of `found`: `shares` are probabilities, `every`: of each of them, `negations`: how many
    denials are left once those that belong to a figure are taken away."""

    said: Said
    found: tuple[Finding, ...]
    shares: tuple[Amount, ...]
    negations: int
    every: bool

    @cached_property
    def bands(self) -> frozenset[str]:
        return frozenset(b for b, _, _ in _BANDS if self.said.mark(b) or self.said.has(b))

    @cached_property
    def is_open(self) -> bool:
        return self.said.mark("open") or self.said.has("indeterminate")

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        return self.said.values("kind")

    @property
    def states_something(self) -> bool:
        said = any(self.said.mark(m) for m in ("present", "absent", "leaning"))
        return bool(self.shares or self.negations or self.bands or self.is_open or said)

    def holds_of(self, finding: Finding, kind: str = "") -> bool:
        """What it calls the finding, and every probability that it gives."""
        return self.calls(finding, kind) and all(fits(s, _value(finding, kind) or 0.0) for s in self.shares)

    def calls(self, finding: Finding, kind: str = "") -> bool:
        """Whether the finding is what the sentence calls it."""
        said, absent = self.said, finding.presence is Presence.ABSENT
        open_ = len(finding.prediction_set) == 2 or finding.presence is Presence.INDETERMINATE
        shown = said.mark("present") or said.mark("leaning") or (said.mark("shown") and not said.has("probability"))
        wrong = (
            (self.negations and (not absent or said.mark("absent")))
            or (shown and not self.negations and finding.presence is not Presence.PRESENT)
            or (said.mark("absent") and not absent)
            or (said.mark("drawn") and finding.region is None)
            or (self.is_open and not open_)
        )
        return not wrong and self._in_bands(finding, _value(finding, kind) or 0.0)

    def _in_bands(self, finding: Finding, probability: float) -> bool:
        not_very = self.said.mark("not_very")
        if not_very and probability >= 0.9:
            return False
        for band, low, high in _BANDS:
            shadowed = (band == "likely" and "very_likely" in self.bands) or (band == "very_likely" and not_very)
            if band not in self.bands or shadowed:
                continue
            against = Presence.PRESENT if band == "unlikely" else Presence.ABSENT
            if finding.presence is against or not low - 1e-9 <= probability <= high + 1e-9:
                return False
        return True


def figure(said: Said, world: World) -> Checked | None:
    """What probability something was given, and how that is called."""
    claim = _claim(said, world)
    if claim is None or _is_unclear(claim):
        return None
    if said.has("alone") and not claim.shares:
        return _alone(claim, world)
    if claim.shares and any(not a.unit and a.value == 1 and a.how for a in said.amounts):
        return None
    counts = [a.value for a in said.amounts if not a.unit and (a.value != 1 or said.mark("tally"))]
    if counts:
        if len(counts) > 1 or said.values("handle"):
            return None
        counted = _counted(claim, world, counts[0])
        if not isinstance(counted, _Claim):
            return counted
        claim = counted
    if said.mark("not_reach"):
        claim = replace(claim, shares=_below(claim.shares))
    if not claim.states_something:
        return None
    if not is_named(said) and len(claim.found) > 1 and not claim.every and len(claim.shares) != 1:
        return None
    return _held(claim, world, firm=bool(counts))


def _claim(said: Said, world: World) -> _Claim | None:
    found = [f for f in named(said, world) if f.probability is not None]
    shares, every = said.shares, said.mark("every")
    if not found or any(a.unit not in ("share", "") for a in said.amounts):
        return None
    if said.mark("slices") and not said.mark("of_box"):
        found = [f for f in found if task_of(f, world) == "classify"] or found
    negations = sum(i.tag == "neg" for i in said.items)
    negations = max(0, negations - said.mark("not_reach") - said.mark("barely") - said.mark("neither_way"))
    if negations == 1 and shares and said.mark("reach"):
        negations, every, shares = 0, True, _below(shares)
        found = [f for f in found if f.presence is Presence.PRESENT] if said.mark("present") else found
    if said.mark("second_file") and len(world.session.images) > 1:
        found = [f for f in found if f.image == "img2"]
    return _Claim(said, tuple(found), shares, negations, every) if found else None


def _below(shares: Sequence[Amount]) -> tuple[Amount, ...]:
    """ "It does not reach 60 %"."""
    return tuple(replace(s, how="below") for s in shares)


def _is_unclear(claim: _Claim) -> bool:
    """Whether a denial may belong to more than one thing, or a grade or a kind is spoken of beside the figure."""
    said, negations = claim.said, claim.negations
    if negations > 1 or (negations and claim.bands) or said.has("very_unlikely"):
        return True
    if negations and claim.shares and not said.mark("absent"):
        return True
    if (negations or said.mark("absent")) and said.values("picture") and not said.has("image"):
        return True
    if said.mark("graded") and not said.mark("any_grade"):
        return True
    return not claim.shares and (said.vietnamese or bool(negations and (said.has("lesion") or said.has("second"))))


def _alone(claim: _Claim, world: World) -> Checked | None:
    """ "Only glaucoma is marked": of everything, or of the images that are named."""
    said, concepts = claim.said, set(claim.said.values("concept"))
    if not concepts or claim.negations or claim.bands or not said.mark("present") or claim.is_open or claim.kinds:
        return None
    pool = [f for f in world.session.findings if not said.values("img") or f.image in said.values("img")]
    counted = {a.value for a in said.amounts if a.value != 1} <= {len({f.concept for f in pool})}
    there = {f.concept for f in pool if f.presence is Presence.PRESENT}
    return Checked(as_holds(there == concepts and counted), handles_of(claim.found))


def _counted(claim: _Claim, world: World, count: float) -> _Claim | Checked | None:
    """How many there are, settled at once; else the claim, of each of that many; None where the count is of others."""
    said, found = claim.said, claim.found
    if not claim.shares and not claim.kinds and said.mark("present") is not said.mark("absent") and not claim.negations:
        return _tally(said, found, count)
    if said.mark("second_file") and count == len(world.session.images):
        return claim
    images = len({f.image for f in found})
    pictured = said.has("image") and not (said.has("box") or said.has("mask") or said.has("finding"))
    if pictured and count != images:
        return Checked(Holds.NO, handles_of(found), firm=True)
    return replace(claim, every=True) if count in (len(found), images) else None


def _tally(said: Said, found: Sequence[Finding], count: float) -> Checked | None:
    """ "Two patterns are marked": as many as that, and those that are named."""
    presence = Presence.PRESENT if said.mark("present") else Presence.ABSENT
    concepts = said.values("concept")
    if len({f.concept for f in found}) != len(found) or (concepts and len(concepts) != count):
        return None
    return Checked(as_holds(sum(f.presence is presence for f in found) == count), handles_of(found), firm=True)


def _held(claim: _Claim, world: World, firm: bool) -> Checked | None:
    """The claim against its findings: each with its own figure in their order, each with all, or one with all."""
    said, found, kinds = claim.said, claim.found, claim.kinds
    if kinds and (claim.is_open or said.mark("present") or said.mark("absent")):
        return None
    if (listed := in_order(said, found, _value)) is not None:
        calls = all(claim.calls(f, k) for f in found for k in (kinds or ("",)))
        return listed if calls else Checked(Holds.NO, handles_of(found))
    if len(claim.shares) > 1:
        return _by_sort(claim, world)
    if len(kinds) > 1 or len(said.values("concept")) > 1 or claim.every:
        holds = all(claim.holds_of(f, k) for f in found for k in (kinds or ("",)))
        return Checked(as_holds(holds), handles_of(found), firm=firm)
    if claim.negations or (not claim.shares and said.mark("absent")):
        return all_of(found, claim.holds_of)
    one = any_of(found, lambda f: claim.holds_of(f, kinds[0] if kinds else ""))
    return replace(one, firm=said.mark("drawn") or said.mark("of_slice") or said.has("classifier"))


def _by_sort(claim: _Claim, world: World) -> Checked | None:
    """ "The slice has 98 %, the box 75 %": as many figures as sorts of finding, in the order of their names."""
    said, found, shares = claim.said, claim.found, claim.shares
    sorts = sorted((at.start(), m) for m in _SORTS if (at := said.frame.marks[m].search(said.flat)))
    if len(sorts) != len(shares) or claim.kinds or len(said.values("concept")) > 1 or len(found) != len(shares):
        return None
    ranked = [next((f for f in found if task_of(f, world) == _SORTS[m]), found[0]) for _, m in sorts]
    holds = all(fits(s, f.probability or 0.0) and claim.calls(f) for s, f in zip(shares, ranked, strict=True))
    return Checked(as_holds(holds), handles_of(found))


def _value(finding: Finding, kind: str) -> float | None:
    if kind:
        return next((k.probability for k in finding.kinds if k.name == kind), None)
    return finding.probability
