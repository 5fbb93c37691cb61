"""A sentence of several statements -> its clauses, where each can stand by itself.

A clause that only names something, a condition, or a denial that reaches over a list is no clause: then there is none.
"""

import re
from collections.abc import Sequence

from assistant.language.claims.atom import Atom
from assistant.language.claims.beyond import beyond
from assistant.language.claims.results import FOREIGN
from assistant.language.claims.vocabulary import Item

__all__ = ["clauses_of", "may_be_cut", "stands_alone"]

_PAUSE = re.compile(r"\s*(?:[,;](?!\d)|:(?=\s)|\s[–—-]\s)\s*")
_LINK = re.compile(
    r"^(?:and|but|while|whereas|though|although|yet|so|as|since|because|which means|which|with"
    r"|và|nhưng|còn|mà|nên|vì|song)\s+",
    re.I,
)
_JOINT = re.compile(r"\s+(?:and|but|while|whereas|though|although|yet|because|since|so|và|nhưng|còn|nên|vì)\s+", re.I)
_BOUND = re.compile(
    r"\b(?:if|unless|neither|nor|either|or|except|only if|not only|both|between|once"
    r"|nếu|trừ|hoặc|hay|neu|tru|hoac|hay là)\b",
    re.I,
)
_LEAST = 3
_FRAGMENT = frozenset(
    {"at", "with", "for", "of", "from", "in", "to", "on", "by", "about", "around", "o", "voi", "cho", "tu", "khoang"}
)
_NEVER_CUT = frozenset({"cause", "hypothetical", "than", "less_than", "twice", "same", "nothing_else", "disagree"})


def clauses_of(sentence: str) -> Sequence[Sequence[str]]:
    """The ways of cutting it, each a list of at least two clauses of at least three words."""
    if _BOUND.search(sentence):
        return ()
    body = sentence.strip().rstrip(".!")
    found: list[list[str]] = []
    pieces = [_LINK.sub("", p).strip() for p in _PAUSE.split(body)]
    if 1 < len(pieces) <= 4 and all(len(p.split()) >= _LEAST for p in pieces):
        found.append(pieces)
    for at in _JOINT.finditer(body):
        two = [body[: at.start()].rstrip(" ,;:"), body[at.end() :]]
        if all(len(p.split()) >= _LEAST for p in two) and two not in found:
            found.append(two)
    return tuple(found[:4])


def may_be_cut(sentence: str, items: Sequence[Item]) -> bool:
    """Whether its clauses say together no more than each by itself."""
    if sentence.rstrip().endswith("?") or any(i.tag in _NEVER_CUT or i.tag.startswith(FOREIGN) for i in items):
        return False
    return beyond(items) is None


def stands_alone(items: Sequence[Item]) -> bool:
    """Whether a clause states something by itself, and does not merely name or begin to say how much."""
    return items[0].text not in _FRAGMENT and Atom(tuple(i for i in items if i.tag != "sign")).says_something
