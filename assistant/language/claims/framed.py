"""What a framed sentence says of findings: their figures, calibration, prediction sets and reviews."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from assistant.domain.finding import Finding, Presence, ReviewState
from assistant.domain.session import Session
from assistant.language.claims.facts import CardWords, Holds
from assistant.language.claims.framing import Said, as_holds, fits
from assistant.language.claims.vocabulary import words_of

__all__ = [
    "Checked", "World", "all_of", "any_of", "calibration", "figure", "handles_of", "identity", "named", "own_words",
    "prediction_set", "review", "task_of",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class World:
    """A session with what its models are. `before`: handles of what the sentence before spoke of."""

    session: Session
    cards: tuple[CardWords, ...]
    tasks: Mapping[str, str]
    before: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Checked:
    """How a framed sentence stands, by which findings; `general`: it rests on a card or on nothing; `firm`: that it
    does not hold outweighs what its single words say."""

    holds: Holds
    handles: tuple[str, ...] = ()
    general: bool = False
    firm: bool = False


def named(said: Said, world: World) -> list[Finding]:
    """The findings that a sentence may speak of, by handle, image, concept, and what drew them."""
    found = list(world.session.findings)
    pictures = said.values("picture")
    if pictures:
        of = {i.handle for i in world.session.images if i.admission is not None and i.admission.kind in pictures}
        found = [f for f in found if f.image in of]
    for tag, key in (("handle", "handle"), ("img", "image"), ("concept", "concept")):
        if wanted := said.values(tag):
            found = [f for f in found if getattr(f, key) in wanted]
    if kinds := said.values("kind"):
        found = [f for f in found if {k.name for k in f.kinds} >= set(kinds)]
    if not _is_named(said) and not said.values("img") and not pictures and world.before:
        found = [f for f in found if f.handle in world.before]
    sorts = {t for m, t in (("of_box", "detect"), ("of_outline", "segment"), ("of_slice", "classify")) if said.mark(m)}
    if said.has("classifier"):
        sorts.add("classify")
    if sorts and not said.values("handle"):
        found = [f for f in found if task_of(f, world) in sorts]
    return found


def task_of(finding: Finding, world: World) -> str:
    drawn = "segment" if hasattr(finding.region, "area_px") else "detect" if finding.region else "classify"
    return world.tasks.get(finding.model, drawn)


def _is_named(said: Said) -> bool:
    return bool(said.values("handle") or said.values("concept") or said.values("kind")) or any(
        said.mark(m) for m in ("of_box", "of_outline", "of_slice")
    )


def handles_of(found: Sequence[Finding]) -> tuple[str, ...]:
    return tuple(f.handle for f in found)


def any_of(found: Sequence[Finding], holds: Callable[[Finding], bool]) -> Checked:
    fitting = [f for f in found if holds(f)]
    return Checked(as_holds(bool(fitting)), handles_of(fitting or found))


def all_of(found: Sequence[Finding], holds: Callable[[Finding], bool]) -> Checked:
    return Checked(as_holds(all(holds(f) for f in found)), handles_of(found))


def _listed(said: Said, found: Sequence[Finding], value: Callable[[Finding, str], float | None]) -> Checked | None:
    """As many names as shares: each share is of its name, in their order. None where they do not pair."""
    names = [(t, v) for t in ("handle", "kind", "concept", "img") for v in said.values(t)]
    tags = {t for t, _ in names}
    tag = next((t for t in ("handle", "kind", "concept", "img") if t in tags), "")
    mine = [v for t, v in names if t == tag]
    if len(mine) < 2 or len(said.shares) != len(mine):
        return None
    key = {"handle": "handle", "concept": "concept", "img": "image", "kind": ""}[tag]
    for name, share in zip(mine, said.shares, strict=True):
        of = [f for f in found if not key or getattr(f, key) == name]
        values = [v for f in of if (v := value(f, name if tag == "kind" else "")) is not None]
        if not any(fits(share, v) for v in values):
            return Checked(Holds.NO, handles_of(found))
    return Checked(Holds.YES, handles_of(found))


def calibration(said: Said, world: World) -> Checked | None:
    """ "... comes from a set in which 77 % of the pictures had a tumour"."""
    found = [f for f in named(said, world) if f.prevalence is not None]
    shares = said.shares
    if said.mark("slices") and not (said.mark("of_box") or said.mark("of_outline")):
        found = [f for f in found if task_of(f, world) == "classify"] or found
    if not found or not shares or said.counts:
        return None
    if (listed := _listed(said, found, lambda f, _: f.prevalence)) is not None:
        return listed
    if len(shares) == 1:
        if not _is_named(said) and len({f.prevalence for f in found}) > 1:
            return None
        if said.mark("every") or len({f.prevalence for f in found}) > 1:
            return all_of(found, lambda f: fits(shares[0], f.prevalence or 0.0))
        return any_of(found, lambda f: fits(shares[0], f.prevalence or 0.0))
    if len(shares) == 2:
        pairs = (shares, shares[::-1])
        return any_of(
            found,
            lambda f: any(
                fits(one, f.prevalence or 0.0) and f.probability is not None and fits(two, f.probability)
                for one, two in pairs
            ),
        )
    return None


_BANDS = (("very_likely", 0.9, 1.0), ("likely", 0.6, 1.0), ("possible", 0.2, 0.8), ("unlikely", 0.0, 0.4))


def figure(said: Said, world: World) -> Checked | None:
    """What probability something was given, and how that is called."""
    found = [f for f in named(said, world) if f.probability is not None]
    shares, kinds = said.shares, said.values("kind")
    if not found or any(a.unit not in ("share", "") for a in said.amounts):
        return None
    if said.mark("slices") and not said.mark("of_box"):
        found = [f for f in found if task_of(f, world) == "classify"] or found
    negations = sum(i.tag == "neg" for i in said.items)
    negations = max(0, negations - said.mark("not_reach") - said.mark("barely") - said.mark("neither_way"))
    every = said.mark("every")
    if negations == 1 and shares and said.mark("reach"):
        negations, every, shares = 0, True, tuple(replace(s, how="below") for s in shares)
        found = [f for f in found if f.presence is Presence.PRESENT] if said.mark("present") else found
    if negations and shares and not said.mark("absent"):
        return None
    if (negations or said.mark("absent")) and set(said.values("picture")) and not said.has("image"):
        return None
    if said.mark("second_file") and len(world.session.images) > 1:
        found = [f for f in found if f.image == "img2"]
    bands = {b for b, _, _ in _BANDS if said.mark(b) or said.has(b)}
    open_said = said.mark("open") or said.has("indeterminate")
    graded = said.mark("graded") and not said.mark("any_grade")
    if negations > 1 or (negations and bands) or said.has("very_unlikely") or not found or graded:
        return None
    if not shares and (said.vietnamese or (negations and (said.has("lesion") or said.has("second")))):
        return None
    if said.has("alone") and not shares:
        concepts = set(said.values("concept"))
        if not concepts or negations or bands or not said.mark("present") or open_said or kinds:
            return None
        pool = [f for f in world.session.findings if not said.values("img") or f.image in said.values("img")]
        counted = {a.value for a in said.amounts if a.value != 1} <= {len({f.concept for f in pool})}
        there = {f.concept for f in pool if f.presence is Presence.PRESENT}
        return Checked(as_holds(there == concepts and counted), handles_of(found))
    if shares and any(not a.unit and a.value == 1 and a.how for a in said.amounts):
        return None
    counts = [a.value for a in said.amounts if not a.unit and (a.value != 1 or said.mark("tally"))]
    if counts:
        if len(counts) > 1 or said.values("handle"):
            return None
        if not shares and not kinds and said.mark("present") is not said.mark("absent") and not negations:
            return _tally(said, found, counts[0])
        if not (said.mark("second_file") and counts[0] == len(world.session.images)):
            pictured = said.has("image") and not (said.has("box") or said.has("mask") or said.has("finding"))
            if pictured and counts[0] != len({f.image for f in found}):
                return Checked(Holds.NO, handles_of(found), firm=True)
            if counts[0] not in (len(found), len({f.image for f in found})):
                return None
            every = True
    if said.mark("not_reach"):
        shares = tuple(replace(s, how="below") for s in shares)
    if not (shares or negations or bands or open_said or any(said.mark(m) for m in ("present", "absent", "leaning"))):
        return None
    if not _is_named(said) and len(found) > 1 and not every and len(shares) != 1:
        return None

    def value(finding: Finding, kind: str) -> float | None:
        if kind:
            return next((k.probability for k in finding.kinds if k.name == kind), None)
        return finding.probability

    def called(finding: Finding, kind: str = "") -> bool:
        p = value(finding, kind) or 0.0
        absent, open_ = finding.presence is Presence.ABSENT, len(finding.prediction_set) == 2
        if negations and (not absent or said.mark("absent")):
            return False
        shown = said.mark("present") or said.mark("leaning") or (said.mark("shown") and not said.has("probability"))
        if shown and not negations and finding.presence is not Presence.PRESENT:
            return False
        if said.mark("absent") and not absent:
            return False
        if said.mark("not_very") and p >= 0.9:
            return False
        if said.mark("drawn") and finding.region is None:
            return False
        if open_said and not (open_ or finding.presence is Presence.INDETERMINATE):
            return False
        for mark, low, high in _BANDS:
            shadowed = (mark == "likely" and "very_likely" in bands) or (
                mark == "very_likely" and said.mark("not_very")
            )
            if mark in bands and not shadowed:
                wrong = absent if mark != "unlikely" else finding.presence is Presence.PRESENT
                if wrong or not low - 1e-9 <= p <= high + 1e-9:
                    return False
        return True

    if kinds and (open_said or said.mark("present") or said.mark("absent")):
        return None
    if (listed := _listed(said, found, value)) is not None:
        calls = all(called(f, k) for f in found for k in (kinds or ("",)))
        return listed if calls else Checked(Holds.NO, handles_of(found))
    kind = kinds[0] if len(kinds) == 1 else ""
    if len(shares) > 1:
        sorts = sorted((at.start(), m) for m in _SORTS if (at := said.frame.marks[m].search(said.flat)))
        if len(sorts) != len(shares) or kinds or len(said.values("concept")) > 1 or len(found) != len(shares):
            return None
        in_order = [next((f for f in found if task_of(f, world) == _SORTS[m]), found[0]) for _, m in sorts]
        both = zip(shares, in_order, strict=True)
        return Checked(as_holds(all(fits(s, f.probability or 0.0) and called(f) for s, f in both)), handles_of(found))
    if len(kinds) > 1 or (len(said.values("concept")) > 1) or every:
        pairs = [(f, k) for f in found for k in (kinds or ("",))]
        holds = all(called(f, k) and all(fits(s, value(f, k) or 0.0) for s in shares) for f, k in pairs)
        return Checked(as_holds(holds), handles_of(found), firm=bool(counts))
    if negations or (not shares and said.mark("absent")):
        return all_of(found, lambda f: called(f) and all(fits(s, f.probability or 0.0) for s in shares))
    one = any_of(found, lambda f: called(f, kind) and all(fits(s, value(f, kind) or 0.0) for s in shares))
    return replace(one, firm=said.mark("drawn") or said.mark("of_slice") or said.has("classifier"))


_SORTS = {"of_box": "detect", "of_outline": "segment", "of_slice": "classify"}


def _tally(said: Said, found: Sequence[Finding], count: float) -> Checked | None:
    """ "Two patterns are marked": as many as that, and those that are named."""
    presence = Presence.PRESENT if said.mark("present") else Presence.ABSENT
    concepts = said.values("concept")
    if len({f.concept for f in found}) != len(found) or (concepts and len(concepts) != count):
        return None
    return Checked(as_holds(sum(f.presence is presence for f in found) == count), handles_of(found), firm=True)


def identity(said: Said, world: World) -> Checked | None:
    """ "F2 is the one about glaucoma"."""
    handles, concepts = said.values("handle"), said.values("concept")
    if len(handles) != 1 or len(concepts) != 1 or said.amounts:
        return None
    found = [f for f in world.session.findings if f.handle in handles]
    return any_of(found, lambda f: f.concept in concepts)


def prediction_set(said: Said, world: World) -> Checked | None:
    """Which answers a set holds."""
    found = [f for f in named(said, world) if f.prediction_set]
    if not found or said.values("kind") or any(c.value != len(found) for c in said.counts):
        return None
    if not _is_named(said) and len({f.prediction_set for f in found}) > 1:
        return None
    if any(not fits(s, f.coverage or 0.0) for s in said.shares for f in found):
        return Checked(Holds.NO, handles_of(found))
    if said.mark("open"):
        return all_of(found, lambda f: len(f.prediction_set) == 2)
    present, absent = said.mark("answer_present"), said.mark("answer_absent")
    if present is absent or not said.mark("alone"):
        return None
    return all_of(found, lambda f: f.prediction_set == (("present",) if present else ("absent",)))


_STATES = {"accepted": ReviewState.ACCEPTED, "rejected": ReviewState.REJECTED, "edited": ReviewState.EDITED}


def review(said: Said, world: World) -> Checked | None:
    """What a person decided on a finding."""
    found = named(said, world)
    states = [s for s in (*_STATES, "open") if said.mark(s)]
    if not found or said.amounts or len(states) != 1:
        return None
    if not _is_named(said) and not said.mark("every") and not said.mark("nothing"):
        return None
    if said.mark("alone"):
        return None
    state = states[0]
    negated = said.mark("denied") and state != "open"

    def holds(finding: Finding) -> bool:
        is_so = finding.review.state is (ReviewState.UNREVIEWED if state == "open" else _STATES[state])
        return is_so is not (negated or said.mark("nothing"))

    return all_of(found, holds)


def own_words(world: World) -> frozenset[str]:
    """What a reader called a finding: those words may stand in a sentence on the review."""
    return frozenset(w for f in world.session.findings for w in words_of(f.review.text))
