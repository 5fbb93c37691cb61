"""A sentence's words -> atoms: the smallest pieces that state something, each with what it is about and what it says.

An atom that names nothing goes on about what the atom before it named; one that says nothing shares what the next one
says. No finding is looked at here.
"""

from collections.abc import Sequence
from dataclasses import replace

from assistant.language.claims.atom import TOPICS, Atom, Quantity
from assistant.language.claims.vocabulary import Item

__all__ = ["atoms_of", "quantities_of"]

_BREAKS = frozenset({",", ";", ":", "(", ")", "–", "-", "/"})
_JOINTS = frozenset({"and", "but", "while", "whereas", "although", "though", "va", "nhung", "con"})
_MEMBERS = frozenset({"present", "absent", "glue", "both", "alone", "neg", "nothing_else", "it"})
_BARE = frozenset({"number", "unit", "approx", "above", "below", "glue"})
_CONTEXT = frozenset({"area", "share", "mask", "calibrated", "coverage", "trust", "spacing"})
"""What a number by itself (": 3.1 %") goes on measuring."""
_OF_A_LIST = _BARE | TOPICS | {"it", "image", "of_picture", "finding"}
"""What stands beside a number in a list of shares: "calibrated where 9 % (glaucoma) and 19 % (cataract) had it"."""


def atoms_of(items: Sequence[Item]) -> list[Atom]:
    """Atoms in order; citations are taken out, lists of names share what is said of them."""
    plain, cites = _without_citations(_on_an_image(_numbers_named(items)))
    pieces: list[tuple[int, list[Item]]] = []
    now: list[Item] = []
    for at, item in enumerate(plain):
        joint = item.tag in ("glue", "sign") and item.text in _JOINTS
        if joint and any(i.tag == "indeterminate" for i in now) and any("between" in i.text for i in now):
            joint = False
        if (item.tag == "sign" and item.text in _BREAKS) or joint:
            pieces.append((at, now))
            now = []
        elif item.tag != "sign":
            now.append(item)
    pieces.append((len(plain), now))
    atoms: list[Atom] = []
    start = 0
    for end, piece in pieces:
        cited = tuple(h for at, handles in cites if start < at <= end + 1 for h in handles)
        if piece:
            atoms.append(Atom(tuple(piece), cited))
        elif cited and atoms:
            atoms[-1].cited += cited
        start = end
    atoms = _sets_whole(atoms)
    _spread_citations(atoms)
    atoms = _joined(atoms)
    percent = False
    for before, atom in zip([None, *atoms], atoms, strict=False):
        if before is not None and _goes_on(before, atom):
            atom.items = (*(i for i in before.items if i.tag in _CONTEXT), *atom.items)
        atom.quantities = [_as_percent(q) if percent else q for q in quantities_of(atom)]
        percent = percent or any(q.unit == "percent" for q in atom.quantities)
    return atoms


def _goes_on(before: Atom, atom: Atom) -> bool:
    """Whether an atom is one more number of what the atom before measured."""
    listed = before.has("calibrated") and atom.has("number") and all(i.tag in _OF_A_LIST for i in atom.items)
    return listed or all(i.tag in _BARE for i in atom.items)


def _numbers_named(items: Sequence[Item]) -> list[Item]:
    """ "9 % (glaucoma)" without its brackets: the name belongs to the number before it."""
    dropped: set[int] = set()
    for at in range(1, len(items) - 2):
        named = items[at + 1].tag in ("concept", "kind") and (items[at].text, items[at + 2].text) == ("(", ")")
        if named and items[at - 1].tag in ("number", "unit"):
            dropped |= {at, at + 2}
    return [i for at, i in enumerate(items) if at not in dropped]


def _on_an_image(items: Sequence[Item]) -> list[Item]:
    """ "trên img1" says where, and nothing of a number that is exceeded."""
    behind = [*items[1:], None]
    return [
        replace(i, tag="glue") if i.tag == "above" and b is not None and b.tag == "img" else i
        for i, b in zip(items, behind, strict=True)
    ]


def _as_percent(q: Quantity) -> Quantity:
    """ "91 % for gingivitis, 66 for calculus": the unit goes on."""
    bare = (
        not q.unit
        and q.noun in ("", "concept", "kind")
        and not q.number.ratio
        and not q.number.decimals
        and 1 < q.number.value <= 100
    )
    return replace(q, unit="percent", noun="") if bare else q


def _without_citations(items: Sequence[Item]) -> tuple[list[Item], list[tuple[int, tuple[str, ...]]]]:
    """Items without "[F1]" and "(F1, img1)", and where those stood."""
    plain: list[Item] = []
    cites: list[tuple[int, tuple[str, ...]]] = []
    at = 0
    while at < len(items):
        if items[at].text in ("[", "("):
            end = at + 1
            while end < len(items) and (items[end].tag in ("handle", "img") or items[end].text in (",", ";", "and")):
                end += 1
            closed = end < len(items) and items[end].text in ("]", ")")
            if closed and any(i.tag == "handle" for i in items[at:end]):
                cites.append((len(plain), tuple(i.value for i in items[at:end] if i.tag == "handle")))
                at = end + 1
                continue
        if items[at].text not in ("[", "]"):
            plain.append(items[at])
        at += 1
    return plain, cites


def _sets_whole(atoms: list[Atom]) -> list[Atom]:
    """ "the set holds present and absent" is one statement, however it is joined."""
    whole: list[Atom] = []
    for atom in atoms:
        members = all(i.tag in _MEMBERS for i in atom.items)
        if whole and whole[-1].has("set") and members:
            whole[-1].items += atom.items
        else:
            while atom.has("set") and whole and all(i.tag in _MEMBERS for i in whole[-1].items):
                atom = Atom((*whole.pop().items, *atom.items), atom.cited)
            whole.append(atom)
    return whole


def _spread_citations(atoms: list[Atom]) -> None:
    """A citation covers what was said since the one before it."""
    cited: tuple[str, ...] = ()
    for atom in reversed(atoms):
        cited = atom.cited or cited
        atom.cited = cited


def _joined(atoms: list[Atom]) -> list[Atom]:
    """Names alone ("gingivitis, calculus") share what is said before or behind them."""
    joined: list[Atom] = []
    names: list[Atom] = []
    for atom in atoms:
        if (atom.names_something and not atom.says_something) or _frames(atom):
            names.append(atom)
            continue
        if names:
            before = joined[-1] if joined else None
            if before is not None and _takes(before, atom):
                joined = _share_out(joined, names)
            else:
                items = [i for n in names for i in n.items]
                atom = Atom((*items, *atom.items), atom.cited or names[0].cited)
            names = []
        joined.append(atom)
    if names:
        joined = _share_out(joined, names)
    return joined


def _frames(atom: Atom) -> bool:
    """ "In both images, ...": how many images what comes behind is said of."""
    return atom.has("image") and atom.has("number") and all(i.tag in ("glue", "number", "image") for i in atom.items)


def _takes(before: Atom, behind: Atom) -> bool:
    """Whether names belong to what was said before them and not to what comes behind."""
    if not before.says_something:
        return False
    if before.has("asked"):
        return not behind.has("present", "absent", "indeterminate", "number")
    return not before.names_something and (behind.names_something or (behind.has("number") and not behind.has("unit")))


def _share_out(joined: list[Atom], names: list[Atom]) -> list[Atom]:
    """Names say what the atom before says; where that names nothing itself, they are what it is about."""
    if not joined:
        return [Atom(tuple(i for n in names for i in n.items), names[0].cited)]
    before = joined[-1]
    if not before.names_something:
        before.items += tuple(i for n in names for i in n.items)
        return joined
    said = [i for i in before.items if i.tag not in TOPICS]
    return [*joined, *(Atom((*said, *n.items), n.cited) for n in names)]


def quantities_of(atom: Atom) -> list[Quantity]:
    """Every number of an atom, with its unit and what it counts or measures."""
    found: list[Quantity] = []
    items = atom.items
    for at, item in enumerate(items):
        if item.number is None:
            continue
        unit, after = "", items[at + 1 : at + 6]
        if after and after[0].tag == "unit":
            unit = after[0].value
        elif len(after) > 1 and after[0].text in ("x", "by", "×", "to", "den", "nhan", "or") and after[1].number:
            behind = after[2:3]
            unit = (
                behind[0].value if behind and behind[0].tag == "unit" else "px" if after[0].text in ("x", "×") else ""
            )
        elif at > 1 and items[at - 1].text in ("x", "×") and items[at - 2].number:
            unit = "px"
        before = items[max(0, at - 3) : at]
        how = next((i.tag for i in reversed(before) if i.tag in ("approx", "above", "below")), "")
        if not how and len(before) and before[-1].tag in ("than", "less_than"):
            how = "above" if before[-1].tag == "than" else "below"
        if not how and atom.has("approx"):
            how = "approx"
        noun = ""
        if not unit and not item.number.ratio and item.number.decimals == 0:
            whole = [i.text for i in before[-2:]] in (["of", "the"], ["among", "the"], ["of", "all"])
            noun = next((i.tag for i in (after[:1] if whole else after) if i.tag in _NOUNS), "")
        nearby = [*after[1 if unit else 0 : 4], *reversed(before)]
        role = next((i.tag for i in nearby if i.tag in ("long", "short", "area")), "")
        found.append(Quantity(item.number, unit, how, noun, role, f"{item.text} {unit}".strip()))
    return found


_NOUNS = frozenset(
    {
        "finding",
        "lesion",
        "sorts",
        "model",
        "region",
        "box",
        "mask",
        "image",
        "concept",
        "kind",
        "present",
        "absent",
        "seen",
    }
    | {"indeterminate", "unreviewed", "accepted", "rejected", "edited"}
)
