""" "Two findings are absent", "both images show it": how many hold what a sentence says beside its number."""

from collections.abc import Callable, Sequence

from assistant.domain.finding import Finding
from assistant.domain.image import ImageFacts
from assistant.language.claims.atom import Atom, Polarity, Quantity
from assistant.language.claims.facts import Holds
from assistant.language.claims.vocabulary import word_set
from assistant.language.claims.weighing import facts_of

__all__ = ["tallied"]

_DISEASES = word_set("disease")
_NOUNS = frozenset({"finding", "image", "model", "sorts", "lesion"})
_SAYS_NOTHING = frozenset({"asked", "limit", "remark", "set", "hypothetical", "offer", "cannot", "calibrated", "than"})


def tallied(
    atom: Atom,
    q: Quantity,
    shares: Sequence[Quantity],
    pool: Sequence[Finding],
    image: Callable[[str], ImageFacts | None],
) -> Holds | None:
    """Whether as many findings, images or models as counted hold the rest of the atom; None where it says no more."""
    if q.noun not in _NOUNS or q.unit or atom.has(*_SAYS_NOTHING):
        return None
    if any(i.text in _DISEASES for i in atom.items):
        pool = [f for f in pool if f.concept != "retinal vessels"]
    kinds, concepts = atom.values("kind"), atom.values("concept")
    if kinds:
        pool = [f for f in pool if any(k.name in kinds for k in f.kinds)]
    elif concepts:
        pool = [f for f in pool if f.concept in concepts]
    rest = Atom(tuple(i for i in atom.items if i.number is not q.number))
    facts = facts_of(rest, kinds[0] if kinds else "", shares, image)
    if not facts:
        return None
    holding = [f for f in pool if all(fact.check(f) is Holds.YES for fact in facts)]
    n = _distinct(q.noun, holding, pool, rest.polarity is Polarity.ABSENT)
    value = q.number.value
    fits = n >= value if q.how == "above" else n <= value if q.how == "below" else n == value
    return Holds.YES if fits else Holds.NO


def _distinct(noun: str, holding: Sequence[Finding], pool: Sequence[Finding], every: bool) -> int:
    """How many of them; an image or a model counts for "absent" only where each of its findings does."""
    if noun not in ("image", "model"):
        return len(holding)
    of: Callable[[Finding], str] = (lambda f: f.image) if noun == "image" else (lambda f: f.model)
    failing = {of(f) for f in pool if f not in holding} if every else set()
    return len({of(f) for f in holding} - failing)
