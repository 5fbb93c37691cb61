"""What a framed sentence says of findings: their calibration, prediction sets and reviews."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from assistant.domain.finding import Finding, ReviewState
from assistant.domain.session import Session
from assistant.language.claims.facts import CardWords, Holds
from assistant.language.claims.framing import Said, as_holds, fits
from assistant.language.claims.vocabulary import words_of

__all__ = [
    "Checked", "World", "all_of", "any_of", "calibration", "handles_of", "identity", "in_order", "is_named", "named",
    "own_words", "prediction_set", "review", "task_of",
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
    does not hold outweighs what its single words say; `final`: no clause of it may pass by itself either."""

    holds: Holds
    handles: tuple[str, ...] = ()
    general: bool = False
    firm: bool = False
    final: bool = False


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
    if not is_named(said) and not said.values("img") and not pictures and world.before:
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


def is_named(said: Said) -> bool:
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


def in_order(said: Said, found: Sequence[Finding], value: Callable[[Finding, str], float | None]) -> Checked | None:
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
    if not found or not shares or said.counts or _ANSWERS.search(said.flat):
        return None
    if (listed := in_order(said, found, lambda f, _: f.prevalence)) is not None:
        return listed
    if len(shares) == 1:
        if not is_named(said) and len({f.prevalence for f in found}) > 1:
            return None
        if said.mark("every") or len({f.prevalence for f in found}) > 1:
            return all_of(found, lambda f: fits(shares[0], f.prevalence or 0.0))
        return any_of(found, lambda f: fits(shares[0], f.prevalence or 0.0))
    if len(shares) == 2:
        first = _prevalence_first(said)
        if first is None:
            return None
        one, two = shares if first else shares[::-1]
        return any_of(
            found, lambda f: fits(one, f.prevalence or 0.0) and f.probability is not None and fits(two, f.probability)
        )
    return None


def _prevalence_first(said: Said) -> bool | None:
    """Whether the first of two shares is that of the pictures, by the words of calibration before or behind it."""
    plain = [i for i in said.items if i.tag != "sign"]
    starts = [sum(len(i.text) + 1 for i in plain[: s.at]) for s in said.shares]
    flat = " ".join(i.text for i in plain)
    cue = _CALIBRATED.search(flat)
    if cue is None or cue.start() > starts[1]:
        behind = [_PICTURES.search(flat[at : at + 40]) for at in starts]
        return None if bool(behind[0]) is bool(behind[1]) and cue is None else bool(behind[0])
    return cue.start() < starts[0]


_CALIBRATED = re.compile(
    r"\bcalibrat\w*|\bprevalence|\bbase rate|\b(?:from|in|on|of) a (?:set|collection)"
    r"|\bhieu (?:chuan|chinh)|\bcanh tren|\bdua tren|\bmoc\b|\btap\b"
)
_ANSWERS = re.compile(r"\b(?:positive|negative) (?:call|answer|result|reading)|\ba (?:positive|negative)\b")
_PICTURES = re.compile(r"\b(?:pictures|images|slices|photographs|positives?|had|anh|duong tinh)\b")


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
    if not is_named(said) and len({f.prediction_set for f in found}) > 1:
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
    counts = [a.value for a in said.counts if not a.how]
    if not found or len(counts) != len(said.amounts) or len(counts) > 1 or len(states) != 1:
        return None
    if counts and counts != [len(found)]:
        return _review_counted(said, found, states[0], counts[0])
    if not is_named(said) and not said.mark("every") and not said.mark("nothing") and not counts:
        return None
    if said.mark("alone"):
        return None
    state = states[0]
    negated = said.mark("denied") and state != "open"

    def holds(finding: Finding) -> bool:
        is_so = finding.review.state is (ReviewState.UNREVIEWED if state == "open" else _STATES[state])
        return is_so is not (negated or said.mark("nothing"))

    return all_of(found, holds)


def _review_counted(said: Said, found: Sequence[Finding], state: str, count: float) -> Checked | None:
    """ "Five findings still await review": as many as that."""
    if is_named(said) or (said.mark("denied") and state != "open") or said.mark("nothing") or said.mark("every"):
        return None
    wanted = ReviewState.UNREVIEWED if state == "open" else _STATES[state]
    there = [f for f in found if f.review.state is wanted]
    return Checked(as_holds(len(there) == count), handles_of(there or found))


def own_words(world: World) -> frozenset[str]:
    """What a reader called a finding: those words may stand in a sentence on the review."""
    return frozenset(w for f in world.session.findings for w in words_of(f.review.text))
