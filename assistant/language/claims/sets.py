"""What is said of a prediction set: which answers it holds."""

from assistant.domain.finding import Finding
from assistant.language.claims.facts import Holds
from assistant.language.claims.reading import Atom
from assistant.language.claims.weighing import Fact

__all__ = ["set_fact"]

_PRESENT = frozenset({"present", "co", "positive"})
_ABSENT = frozenset({"absent", "khong", "negative"})


def set_fact(atom: Atom, kind: str) -> Fact | None:
    """The members that an atom gives a prediction set; None where it names none."""
    at = atom.first("set")
    before, after = atom.items[:at], atom.items[at:]
    words = {w for i in after for w in i.text.split()}
    ahead = {w for i in before for w in i.text.split()}
    if kind:
        outside = bool({"outside", "not", "ngoai", "khong"} & (words | ahead))

        def holds_kind(finding: Finding) -> Holds:
            found = next((k for k in finding.kinds if k.name == kind), None)
            return Holds.UNKNOWN if found is None else Holds.YES if found.in_set is not outside else Holds.NO

        return Fact(holds_kind, "why_set", kind)
    both = bool({"answers", "both", "dap"} & (words | ahead)) and "neither" not in words | ahead
    members = set()
    if _PRESENT & (words | ahead):
        members.add("present")
    if _ABSENT & (words | ahead):
        members.add("absent")
    if both and len(members) != 1:
        members = {"present", "absent"}
    if not members and not {"no", "none", "empty"} & (words | ahead):
        return None

    def holds_set(finding: Finding) -> Holds:
        return Holds.YES if set(finding.prediction_set) == members else Holds.NO

    return Fact(holds_set, "why_set")
