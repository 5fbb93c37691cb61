"""What a framed sentence says of what was drawn: places, sizes, bands of doubt, heat maps, how many regions."""

from collections.abc import Sequence
from dataclasses import replace

from assistant.domain.finding import Finding, Presence, Trust
from assistant.language.claims.facts import Holds, bands_of, region_side, sizes_of
from assistant.language.claims.framed import Checked, World, all_of, any_of, handles_of, named, task_of
from assistant.language.claims.framing import Amount, Said, as_holds, fits

__all__ = ["band", "count", "haze", "heat", "place", "size"]

_SIDES = ("left", "right", "upper", "lower", "middle")


def count(said: Said, world: World) -> Checked | None:
    """ "One region per image was boxed"."""
    counts = [a for a in said.amounts if not a.unit]
    images = [i.handle for i in world.session.images if i.handle in (said.values("img") or (i.handle,))]
    if len(counts) != 1 or len(said.amounts) != 1 or said.mark("of_box") is said.mark("of_outline"):
        return None
    task = "detect" if said.mark("of_box") else "segment"
    drawn = [f for f in world.session.findings if f.region is not None and task_of(f, world) == task]
    if said.values("concept"):
        drawn = [f for f in drawn if f.concept in said.values("concept")]
    if said.mark("apiece"):
        per = [sum(f.image == i for f in drawn) for i in images]
        return Checked(as_holds(all(fits(counts[0], n) for n in per)), handles_of(drawn))
    if len(images) != 1:
        return None
    return Checked(as_holds(fits(counts[0], sum(f.image == images[0] for f in drawn))), handles_of(drawn))


def haze(said: Said, world: World) -> Checked | None:
    """Why no vessels were outlined behind the haze of a cataract."""
    hazy = [f for f in world.session.findings if f.concept == "cataract" and f.presence is not Presence.ABSENT]
    outlined = any(f.concept == "retinal vessels" for f in world.session.findings)
    asked = any("haze_refused" in t.plan or "segment_structures" in " ".join(t.plan) for t in world.session.turns)
    if said.amounts or not hazy or outlined or not asked or not said.mark("undrawn"):
        return None
    return Checked(Holds.YES, handles_of(hazy))


def place(said: Said, world: World) -> Checked | None:
    """Where a region lies in its picture."""
    found = [f for f in named(said, world) if f.region is not None]
    sides = [s for s in _SIDES if said.mark(s)]
    if (
        not found
        or not sides
        or said.amounts
        or said.has("neg")
        or said.has("cannot")
        or len({"left", "right"} & set(sides)) == 2
    ):
        return None
    holding = [f for f in found if all(region_side(f, world.session.image(f.image), s) is Holds.YES for s in sides)]
    if len({f.image for f in found}) > 1 and len(holding) != len(found):
        return None
    return Checked(as_holds(bool(holding)), handles_of(holding or found))


def heat(said: Said, world: World) -> Checked | None:
    """What a heat map marks, how much of it lies in a region, and what hiding it changes."""
    pool = [f for f in named(said, world) if any(e.kind == "saliency" for e in f.evidence)]
    every = [f for f in world.session.findings if any(e.kind == "saliency" for e in f.evidence)]
    pointed = said.values("handle") or said.values("concept")
    trusted = [(f, e.trust) for f in (pool if pointed else pool or every) for e in f.evidence if e.trust is not None]
    shares = said.shares
    if said.counts:
        return None
    if (
        said.mark("no_map")
        and not shares
        and (bare := [f for f in world.session.findings if f.handle in said.values("handle")])
    ):
        return all_of(bare, lambda f: not any(e.kind == "saliency" for e in f.evidence))
    if not trusted:
        return None
    if said.mark("for_finding"):
        if not (said.values("handle") or said.values("concept")):
            return None
        return Checked(as_holds(bool([f for f in pool if any(e.trust for e in f.evidence)])), handles_of(pool))
    found = [(f, t) for f, t in trusted if _of_map(said, t, shares, f)]
    if said.mark("method") and not shares and not any(said.mark(m) for m in ("rose", "fell", "inside", "trusted")):
        return Checked(as_holds(all(any("Grad-CAM" in e.method for e in f.evidence) for f, _ in trusted)))
    said_something = bool(shares) or any(said.mark(m) for m in ("rose", "fell", "distrust", "inside", "trusted"))
    if not said_something:
        return None
    return Checked(as_holds(bool(found)), handles_of([f for f, _ in found or trusted]))


def _of_map(said: Said, trust: Trust, shares: Sequence[Amount], finding: Finding) -> bool:
    rose = round(trust.after, 2) > round(trust.before, 2)
    fell = round(trust.after, 2) < round(trust.before, 2)
    if (said.mark("rose") and not rose) or (said.mark("fell") and not fell):
        return False
    if said.mark("distrust") and not trust.low:
        return False
    if said.mark("trusted") and not said.mark("distrust") and trust.low:
        return False
    if said.mark("inside"):
        if trust.overlap is None:
            return False
        if said.mark("most"):
            return trust.overlap > 0.5 and not shares
        if said.mark("small_part"):
            return trust.overlap < 0.4 and not shares
        return len(shares) == 1 and abs(trust.overlap - shares[0].value) <= (
            0.06 if shares[0].how == "approx" else 0.03
        )
    if len(shares) == 2:
        return fits(shares[0], trust.before) and fits(shares[1], trust.after)
    if len(shares) == 1:
        told = shares[0]
        return fits(told, trust.after) if said.mark("to_end") else fits(told, finding.probability or 0.0)
    return True


def band(said: Said, world: World) -> Checked | None:
    """How much of an outline is the part where its model is unsure."""
    found = [f for f in named(said, world) if bands_of(f)] or [f for f in world.session.findings if bands_of(f)]
    if said.mark("of_box") and not said.mark("of_outline"):
        return None
    if not found or len(said.shares) != 1 or said.counts or said.mark("of_picture") or said.mark("of_view"):
        return None
    sure = said.mark("sure")
    return any_of(found, lambda f: any(fits(said.shares[0], 1 - b if sure else b) for b in bands_of(f)))


def size(said: Said, world: World) -> Checked | None:
    """Axes, area, and share of the picture of what was outlined or boxed."""
    found = [f for f in named(said, world) if f.region is not None]
    if not found or not said.amounts or said.counts or (said.has("neg") and not said.mark("not_view")):
        return None
    if not said.shares and said.mark("picture_sized"):
        return None
    if said.shares:
        if len(said.amounts) != 1:
            return None
        told = any_of(found, lambda f: any(fits(said.shares[0], v) for v in _shares(f, said)))
        return replace(told, firm=any(_shares(f, said) for f in found))
    return any_of(found, lambda f: all(_is_size(f, a, said) for a in said.amounts))


def _shares(finding: Finding, said: Said) -> list[float]:
    of_view = said.mark("of_view") and not said.mark("not_view")
    wanted = ("density", "view") if of_view else ("share of the picture",)
    if not said.mark("of_view") and not said.mark("of_picture"):
        return []
    told = [m for m in finding.measurements if any(w in m.concept.meaning.lower() for w in wanted)]
    return [m.value / (100 if m.unit.value == "%" else 1) for m in told]


def _is_size(finding: Finding, amount: Amount, said: Said) -> bool:
    roles = [r for r in ("long", "short", "area") if said.mark(r)]
    wanted = set(roles) if len(roles) == 1 and len(said.amounts) == 1 else {"long", "short", "area", ""}
    units = {"px": "px", "mm": "mm", "mm2": "mm2"}
    sizes = [(role, v) for role, v, unit in sizes_of(finding) if unit == units.get(amount.unit, "-")]
    if len(roles) == 2 and len(said.amounts) == 2 and "area" not in roles:
        first = min(roles, key=lambda r: found.start() if (found := said.frame.marks[r].search(said.flat)) else 0)
        mine = first if amount == said.amounts[0] else next(r for r in roles if r != first)
        wanted = {mine}
    return any(fits(amount, v) for role, v in sizes if role in wanted or (role == "" and "" in wanted))
