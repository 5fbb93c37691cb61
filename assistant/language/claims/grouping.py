"""What a statement is about: groups of findings, as it names them or as the sentence before did."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from assistant.domain.finding import Finding
from assistant.language.claims.atom import Atom
from assistant.language.claims.results import Group, things
from assistant.language.claims.weighing import is_share, only_drawn, says_drawn

__all__ = ["groups_of"]


def groups_of(
    atom: Atom, before: Sequence[Group], only: tuple[str, ...], findings: Sequence[Finding], tasks: Mapping[str, str]
) -> list[Group]:
    """Handles, else concepts and kinds, else things, else what was spoken of `before`.

    `only`: the findings that may hold it, all where empty; `tasks`: what each model does, by its name.
    """
    handles_there = frozenset(f.handle for f in findings)
    cut = atom.first("than") if atom.has("than") and atom.quantities == [] else atom.first("less_than")
    named = Atom(atom.items[:cut]) if cut < len(atom.items) and atom.items[cut + 1 :] else atom
    cited = atom.cited or only
    pool = [f for f in findings if not cited or f.handle in cited]
    images = atom.values("img")
    if images:
        pool = [f for f in pool if f.image in images]
    handles, concepts, kinds = named.values("handle"), named.values("concept"), named.values("kind")
    of_things = things(atom, pool, tasks)
    if handles:
        groups = [Group(tuple(f for f in pool if f.handle == h), name=h) for h in handles]
        if concepts:
            groups = [replace(g, findings=tuple(f for f in g.findings if f.concept in concepts)) for g in groups]
        if kinds:
            groups = [replace(g, kind=k) for g in groups for k in kinds]
        return groups
    if kinds:
        base = [f for f in (of_things or pool) if f.kinds]
        return [Group(tuple(f for f in base if any(n.name == k for n in f.kinds)), k, k) for k in kinds]
    if concepts:
        base = of_things or _of_slice(atom, pool, tasks)
        return [
            Group(tuple(f for f in base if f.concept == c and i in ("", f.image)), name=c)
            for c in concepts
            for i in (images if len(images) > 1 else ("",))
        ]
    goes_on = only_drawn(atom) or (says_drawn(atom) and all(g.name in handles_there for g in before))
    if of_things and not (before and not cited and goes_on):
        spoken = {f.handle for g in before for f in g.findings}
        both = tuple(f for f in of_things if f.handle in spoken)
        return [Group(both if both and not atom.has("box", "mask") else tuple(of_things))]
    if before and not cited and not images:
        return [Group(g.findings, g.kind, g.name) for g in before]
    return [Group(tuple(pool))]


def _of_slice(atom: Atom, pool: list[Finding], tasks: Mapping[str, str]) -> list[Finding]:
    """ "The probability that this slice shows a tumour" is the classifier's, no box's."""
    whole = atom.has("image") and atom.has("probability") and any(is_share(q) for q in atom.quantities)
    own = [f for f in pool if f.region is None and tasks.get(f.model, "classify") == "classify"]
    return own if whole and own and not atom.has("calibrated", "share", "area", "of_picture") else pool
