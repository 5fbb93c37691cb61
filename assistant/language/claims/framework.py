"""The frames of a sentence held against a session: the first one that covers it and knows what it says decides."""

from collections.abc import Sequence
from dataclasses import replace

from assistant.language.claims.denying import denied
from assistant.language.claims.facts import Held, Holds, Verdict
from assistant.language.claims.framed import (
    Checked,
    World,
    calibration,
    identity,
    own_words,
    prediction_set,
    review,
)
from assistant.language.claims.framed_drawn import band, count, haze, heat, place, size
from assistant.language.claims.framed_figure import figure
from assistant.language.claims.framed_talk import TALK_CHECKS
from assistant.language.claims.framing import frames, said_in
from assistant.language.claims.ruling import ruled
from assistant.language.claims.vocabulary import Item
from assistant.language.phrasing import Language, say

__all__ = ["as_framed", "framed"]

_FIRM = frozenset({"calibration", "heat", "prediction_set"})
"""What these deny is denied, whatever the single words say."""
_CHECKS = {
    "band": band,
    "calibration": calibration,
    "count": count,
    "figure": figure,
    "haze": haze,
    "heat": heat,
    "identity": identity,
    "place": place,
    "prediction_set": prediction_set,
    "review": review,
    "size": size,
    **TALK_CHECKS,
}


def framed(items: Sequence[Item], world: World, asked: bool = False, vietnamese: bool = False) -> Checked | None:
    """What the frames say of a sentence; None where none covers it, or none that does is sure of its meaning.

    `asked`: a question, of which only what is offered is read here."""
    if any(i.tag == "img" and world.session.image(i.value) is None for i in items):
        return None
    if any(i.tag == "handle" and world.session.finding(i.value) is None for i in items):
        return None
    if (no := denied(items, world, asked)) is not None:
        return no
    checked = _framed(items, world, asked, vietnamese)
    if asked or (checked is not None and (checked.firm or checked.holds is Holds.YES)):
        return checked
    return ruled(items, world, vietnamese) or checked


def _framed(items: Sequence[Item], world: World, asked: bool, vietnamese: bool) -> Checked | None:
    """What the first frame says that covers a sentence and is sure of its meaning."""
    own = own_words(world)
    closes = any(i.tag == "nothing_else" for i in items)
    flat = " ".join(i.text for i in items)
    for frame in frames():
        if frame.cues.search(flat) is None:
            continue
        if asked and frame.name != "offers":
            continue
        if closes and "nothing_else" not in frame.marks:
            continue
        kept = (
            [Item("glue", i.value, i.text) if i.text in own else i for i in items] if frame.name == "review" else items
        )
        said = said_in(kept, frame, vietnamese)
        if said is not None and (checked := _CHECKS[frame.name](said, world)) is not None:
            return replace(checked, firm=checked.firm or frame.name in _FIRM)
    return None


def as_framed(held: Held, checked: Checked, language: Language) -> Held:
    """The verdict once a frame has spoken: a denial outweighs single words that hold only where it is firm."""
    holds = checked.holds is Holds.YES
    if (held.passes is holds and not checked.final) or (held.passes and not checked.firm):
        return held
    handles = ", ".join(checked.handles) or "-"
    if not holds:
        why = say("why_number", language, what=held.sentence, handles=handles)
        return Held(sentence=held.sentence, verdict=Verdict.CONTRADICTED, findings=checked.handles, why=why)
    verdict = Verdict.GENERAL if checked.general else Verdict.SUPPORTED
    why = say("why_file" if checked.general or not checked.handles else "why_held", language, handles=handles)
    return Held(sentence=held.sentence, verdict=verdict, findings=checked.handles, why=why)
