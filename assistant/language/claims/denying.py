"""What a whole sentence says that no finding holds, though each of its words is known: it is then denied.

The words of each rule stand in `prompts/ledger_rules.toml` under `[banks]`. None: nothing is denied here.
"""

from collections.abc import Callable, Sequence

from assistant.domain.finding import Finding, Presence, ReviewState
from assistant.language.claims.facts import Holds, bands_of
from assistant.language.claims.framed import Checked, World, handles_of
from assistant.language.claims.ruling import at_word, bank, words_in
from assistant.language.claims.vocabulary import Item, words_of

__all__ = ["denied"]

_REVIEWS = frozenset({"accepted", "rejected", "edited"})
_SURE_AT_MOST = 0.05
"""An unsure band up to this share of an outline may be called no doubt at all."""


def denied(items: Sequence[Item], world: World, asked: bool) -> Checked | None:
    """A firm denial; None where no rule speaks."""
    flat = " ".join(i.text for i in items)
    for rule in (_presumed,) if asked else _RULES:
        found = rule(items, flat, world)
        if found is not None:
            return Checked(Holds.NO, handles_of(found), firm=True)
    return None


def _kinds_in_set(items: Sequence[Item], flat: str, world: World) -> Sequence[Finding] | None:
    """ "Both X and Y stay in play at 90 % coverage", where one of them is outside the set."""
    kinds = {i.value for i in items if i.tag == "kind"}
    if not kinds or not at_word("set_cue", flat) or at_word("set_out", flat) or words_in("denials", flat):
        return None
    named = {i.value for i in items if i.tag == "handle"}
    found = [f for f in world.session.findings if f.kinds and (not named or f.handle in named)]
    inside = [f for f in found if kinds <= {k.name for k in f.kinds if k.in_set}]
    return found if found and not inside else None


def _reason(items: Sequence[Item], flat: str, world: World) -> Sequence[Finding] | None:
    """ "Rejected because of X", where the reader wrote no X."""
    cause = at_word("because", flat)
    if cause is None or not any(i.tag in _REVIEWS or at_word("decided", i.text) for i in items):
        return None
    behind = flat[cause.end() :] if at_word("decided", flat[: cause.start()]) else flat[: cause.start()]
    if at_word("denials", behind) or at_word("reasons_of_state", behind):
        return None
    given = [w for w in words_of(behind) if w[0].isalpha() and w not in bank("empty_words")]
    reviewed = [f for f in world.session.findings if f.review.state is not ReviewState.UNREVIEWED]
    kept = {w for f in reviewed for w in words_of(f.review.text)}
    return reviewed if given and not all(w in kept or w in _said_in_other_words(kept) for w in given) else None


def _said_in_other_words(kept: set[str]) -> frozenset[str]:
    """Words of the other language for a reader's own, from `[other_words]`."""
    return frozenset(w for row in bank("other_words") if kept & set(row.split()) for w in row.split())


def _every_image(items: Sequence[Item], flat: str, world: World) -> Sequence[Finding] | None:
    """ "At least one tumour in every picture", where one picture has none."""
    concepts = {i.value for i in items if i.tag == "concept"}
    tags = {i.tag for i in items}
    quiet = {"asked", "limit", "calibrated", "offer", "hypothetical", "cannot", "set", "indeterminate", "probability"}
    if len(concepts) != 1 or not at_word("every_image", flat) or at_word("denials", flat) or tags & quiet:
        return None
    if tags & {"absent", "unit", "correct", "missed", "excluded", "than", "less_than"}:
        return None
    found = [f for f in world.session.findings if f.concept in concepts]
    held = {f.image for f in found if f.presence is Presence.PRESENT}
    return found if found and {i.handle for i in world.session.images} - held else None


def _axes(items: Sequence[Item], flat: str, world: World) -> Sequence[Finding] | None:
    """ "The short axis is longer than the long one"."""
    more, less = at_word("longer_than", flat), at_word("shorter_than", flat)
    at = more or less
    if at is None or (more and less):
        return None
    ahead, behind = flat[: at.start()], flat[at.end() :]
    short, long = (bool(at_word(n, ahead)) for n in ("axis_short", "axis_long"))
    other = at_word("axis_long" if short else "axis_short", behind)
    if short is long or other is None or at_word("denials", flat):
        return None
    wrong = short if more else long
    return [f for f in world.session.findings if f.measurements] if wrong else None


def _no_doubt(items: Sequence[Item], flat: str, world: World) -> Sequence[Finding] | None:
    """ "The model hardly wavered along the outline", where its unsure band is wide; the same of an open answer."""
    doubt = at_word("wavering", flat)
    if doubt is None or not at_word("hardly", flat[: doubt.start()]) or any(i.tag == "unit" for i in items):
        return None
    if at_word("drawing", flat):
        wide = [f for f in world.session.findings if any(b > _SURE_AT_MOST for b in bands_of(f))]
        return wide or None
    return [f for f in world.session.findings if f.presence is Presence.INDETERMINATE] or None


def _presumed(items: Sequence[Item], flat: str, world: World) -> Sequence[Finding] | None:
    """ "How far along is the retinopathy that you found?", where none was found."""
    concepts = {i.value for i in items if i.tag == "concept"}
    asks_of = at_word("asks_grade", flat) or at_word("you_found", flat)
    if not concepts or asks_of is None or at_word("whether", flat):
        return None
    found = [f for f in world.session.findings if f.concept in concepts]
    there = {f.concept for f in found if f.presence is Presence.PRESENT}
    return found if concepts - there else None


_RULES: tuple[Callable[[Sequence[Item], str, World], Sequence[Finding] | None], ...] = (
    _kinds_in_set, _reason, _every_image, _axes, _no_doubt,
)  # fmt: skip
