"""What goes further than any finding can: certainty, "nothing else", halves and seconds that were never held."""

from collections.abc import Sequence

from assistant.language.claims.atom import Atom, Polarity

__all__ = ["closed_off", "overreach", "points"]

_BEHIND = frozenset({"finding", "findings", "one", "image", "picture", "slice", "hien", "anh"})
_ADJECTIVES = frozenset(
    {"definite", "definitive", "certain", "obvious", "evident", "clear cut", "conclusive", "diagnostic"}
)
_THINGS = ("concept", "kind", "region", "box", "mask", "handle", "asked", "limit", "remark", "set", "alone")
_BEFORE = frozenset({"hien", "anh"})


def overreach(atom: Atom) -> tuple[str, str] | None:
    """The reason's key and the words; None where an atom claims nothing of the kind."""
    if atom.has("certain") and not _unsure(atom) and not atom.has("indeterminate", "remark"):
        return "why_certain", _words(atom, "certain")
    if atom.has("nothing_else") and not _bare(atom) and not atom.has("asked", "limit", "remark", "set"):
        return "why_normal", _words(atom, "nothing_else")
    if any(i.text in ("nothing", "not anything") for i in atom.items) and atom.has("seen") and not atom.has(*_THINGS):
        return "why_normal", "nothing"
    if atom.has("half") and not atom.sides and not atom.has("sides_named", "remark", "asked"):
        return "why_side", _words(atom, "half")
    if atom.has("second") and not atom.has("kind"):
        behind = atom.items[atom.first("second") + 1 : atom.first("second") + 3]
        ranked = all(i.tag == "glue" for i in behind)
        if not ranked and not points(atom):
            return "why_count", _words(atom, "second")
    if (
        atom.has("lesion")
        and not atom.has("concept", "kind", "asked", "limit", "remark")
        and atom.polarity is Polarity.ABSENT
    ):
        return "why_normal", _words(atom, "lesion")
    return None


def _unsure(atom: Atom) -> bool:
    """Whether the certainty itself is denied ("not certain"): "certainly no tumour" claims it."""
    at = atom.first("certain")
    word, ahead = atom.items[at].text, atom.items[max(0, at - 4) : at]
    if any(i.tag == "cannot" for i in ahead):
        return True
    near = [i for i in ahead[-3:] if i.tag not in ("glue", "it")]
    return bool(near) and near[-1].tag == "neg" and not (near[-1].text == "no" and word in _ADJECTIVES)


def points(atom: Atom) -> bool:
    """Whether "second" names an image or a finding by its place ("the second image", "ảnh thứ hai"), no rank."""
    at = atom.first("second")
    behind = {w for i in atom.items[at + 1 : at + 3] for w in i.text.split()}
    before = {w for i in atom.items[max(0, at - 1) : at] for w in i.text.split()[-1:]}
    return bool(behind & _BEHIND or before & _BEFORE)


def closed_off(atoms: Sequence[Atom]) -> tuple[str, str] | None:
    """Reason and words where "and nothing else" ends a sentence that tells no scope: it then denies everything."""
    scoped = any(a.has("asked", "limit", "remark", "set") for a in atoms)
    closing = next((a for a in atoms if a.has("nothing_else") and _bare(a)), None)
    return None if scoped or closing is None else ("why_normal", _words(closing, "nothing_else"))


def _bare(atom: Atom) -> bool:
    return all(i.tag in ("nothing_else", "glue") for i in atom.items) and atom.items[-1].tag == "nothing_else"


def _words(atom: Atom, tag: str) -> str:
    return next(i.text for i in atom.items if i.tag == tag)
