"""What is said of a prediction set: which answers it holds."""

from assistant.domain.finding import Finding
from assistant.language.claims.atom import Atom
from assistant.language.claims.facts import Holds
from assistant.language.claims.weighing import Fact

__all__ = ["set_fact"]

_PRESENT = frozenset({"present", "co", "positive"})
_ABSENT = frozenset({"absent", "khong", "negative"})


def set_fact(atom: Atom, kind: str) -> Fact | None:
    """The members that an atom gives a prediction set; None where it names none."""
    at = atom.first("set")
    before, after = atom.items[:at], atom.items[at:]
    words = {w for i in after if i.tag != "alone" for w in i.text.split()}
    ahead = {w for i in before if i.tag != "alone" for w in i.text.split()}
    if kind:
        without = bool({"outside", "not", "ngoai", "khong"} & (words | ahead))

        def holds_kind(finding: Finding) -> Holds:
            found = next((k for k in finding.kinds if k.name == kind), None)
            return Holds.UNKNOWN if found is None else Holds.YES if found.in_set is not without else Holds.NO

        return Fact(holds_kind, "why_set", kind)
    both = bool({"answers", "both", "dap"} & (words | ahead)) and "neither" not in words | ahead
    members: set[str] = set()
    outside = _outside(atom)
    if _PRESENT & (words | ahead) and "present" not in outside:
        members.add("present")
    if _ABSENT & (words | ahead) and "absent" not in outside:
        members.add("absent")
    if both and len(members) != 1:
        members = {"present", "absent"}
    if outside and not members:
        return Fact(lambda f: Holds.NO if outside & set(f.prediction_set) else Holds.YES, "why_set")
    if not members and not {"no", "none", "empty"} & (words | ahead):
        return None

    def holds_set(finding: Finding) -> Holds:
        return Holds.YES if set(finding.prediction_set) == members and not outside & members else Holds.NO

    return Fact(holds_set, "why_set")


def _outside(atom: Atom) -> set[str]:
    """Members that are said not to be in it: "'present' isn't in it"."""
    items = atom.items
    out: set[str] = set()
    for at, item in enumerate(items[:-2]):
        member = "present" if item.text in _PRESENT else "absent" if item.text in _ABSENT else ""
        behind = items[at + 1 : at + 4]
        if (
            member
            and behind[0].text in ("isn't", "not", "is")
            and any(i.text in ("in", "among", "part") for i in behind)
        ) and any(i.tag == "neg" for i in behind):
            out.add(member)
    return out
