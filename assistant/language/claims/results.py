"""What one piece of a sentence points at, and what came of weighing it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from assistant.domain.finding import Finding
from assistant.language.claims.atom import Atom
from assistant.language.claims.facts import Holds
from assistant.language.claims.vocabulary import Item
from assistant.language.phrasing import Language

__all__ = ["FOREIGN", "Group", "Result", "Thread", "disclaims", "is_open", "things"]

FOREIGN = "foreign_"


@dataclass(slots=True)
class Group:
    """What one name points at: findings that may be meant, and the kind of the concept where one is named."""

    findings: tuple[Finding, ...]
    kind: str = ""
    name: str = ""


@dataclass(slots=True)
class Thread:
    """What is being spoken of, from one sentence to the next."""

    groups: list[Group] = field(default_factory=list)
    language: Language = "en"


@dataclass(frozen=True, slots=True)
class Result:
    """How one thing that is said stands. `states`: whether it says anything; `of_image`: of a file, not a finding."""

    holds: Holds
    why: str = ""
    what: str = ""
    handles: tuple[str, ...] = ()
    states: bool = True
    of_image: bool = False


def things(atom: Atom, pool: Sequence[Finding], tasks: Mapping[str, str]) -> list[Finding]:
    """Findings of the sort that a word names: boxes, outlines, regions, or the classifier's. `tasks`: of the models."""
    if atom.has("box", "mask", "region", "classifier"):
        wanted = [f for f in pool if f.region is not None] if not atom.has("classifier") else []
        if atom.has("mask"):
            wanted = [f for f in wanted if hasattr(f.region, "area_px")]
        elif atom.has("box"):
            wanted = [f for f in wanted if not hasattr(f.region, "area_px")] or wanted
        elif atom.has("classifier"):
            wanted = [f for f in pool if f.region is None and tasks.get(f.model, "classify") == "classify"]
        if not wanted and atom.has("box", "mask"):
            task = "segment" if atom.has("mask") else "detect"
            wanted = [f for f in pool if tasks.get(f.model) == task]
        return wanted
    return []


def disclaims(atom: Atom) -> bool:
    """ "I can't promise that": a certainty that is not claimed, of nothing that is named."""
    denied = atom.has("certain") and atom.has("neg", "cannot")
    return denied and not atom.has("concept", "kind", "handle", "lesion", "finding", "number", "present", "absent")


def is_open(item: Item) -> bool:
    """A word of no list, or one that only a claim without a ground holds."""
    return item.tag == "unknown" or item.tag.startswith(FOREIGN)
