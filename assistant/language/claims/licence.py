"""What may be said without a finding: a sentence that states nothing is general only where its words show why."""

from collections.abc import Sequence

from assistant.language.claims.vocabulary import Item, word_set

__all__ = ["may_be_general", "plain"]

_REMARKS = frozenset(
    {
        "talk",
        "limit",
        "remark",
        "asked",
        "offer",
        "hypothetical",
        "cannot",
        "attributed",
        "set",
        "coverage",
        "probability",
    }
)
"""Words of talk, of limits, of what was looked for and of what a number means."""
_SPEAKERS = word_set("speaker")


_WEIGHED = frozenset({"cause", "need", "talk", "same", "done", "whole", "disagree", "matched", "evaluated", "interval"})
"""Words that a whole sentence is held by, and that say nothing in one piece of it."""


def plain(items: Sequence[Item]) -> list[Item]:
    """Items as the pieces of a sentence are read: what was weighed of the whole is glue."""
    return [Item("glue", i.value, i.text) if i.tag in _WEIGHED else i for i in items]


def may_be_general(items: Sequence[Item]) -> bool:
    """Whether a sentence without a fact is talk, a limit, an offer, or a remark of who speaks to who listens."""
    if any(i.tag in _REMARKS or i.text in _SPEAKERS for i in items):
        return True
    stating = [i for i in items if i.tag not in ("glue", "sign")]
    return all(i.tag in ("finding", "present", "probability", "image", "box", "diameter") for i in stating) and any(
        i.text == "," for i in items
    )
