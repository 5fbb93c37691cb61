""" "Only F3 is left", "nothing but gingivitis is marked": what is said of one is then denied of every other."""

from collections.abc import Callable, Sequence

from assistant.domain.finding import Finding
from assistant.domain.image import ImageFacts
from assistant.language.claims.atom import Atom
from assistant.language.claims.facts import Holds
from assistant.language.claims.weighing import facts_of

__all__ = ["only_these"]

_OTHERWISE = frozenset({"asked", "limit", "set", "remark", "offer", "hypothetical", "cannot", "than", "less_than"})
_STATES = frozenset({"why_presence", "why_review"})
_AMOUNT = frozenset({"number", "approx", "above", "below", "probability", "possible", "likely", "unlikely"})


def only_these(
    atom: Atom, named: Sequence[Finding], pool: Sequence[Finding], image: Callable[[str], ImageFacts | None]
) -> Holds | None:
    """Whether none but the named findings is as is said; None where "only" says nothing of the kind."""
    at = atom.first("alone")
    if at == len(atom.items) or not named or atom.has(*_OTHERWISE) or not atom.has("concept", "handle", "img"):
        return None
    behind = next((i for i in atom.items[at + 1 :] if i.tag != "glue"), None)
    if behind is not None and behind.tag in _AMOUNT:
        return None
    facts = [f for f in facts_of(atom, "", (), image) if f.why in _STATES]
    images = {f.image for f in named}
    others = [f for f in pool if f not in named and (f.image in images or atom.has("img"))]
    if not facts:
        return None
    also = any(all(fact.check(f) is Holds.YES for fact in facts) for f in others)
    return Holds.NO if also else Holds.YES
