"""What no tool answers and the house still knows: a refused picture, a handle, severity, which eye, a sign that nobody
looks for. By rule, from the message and the session; it runs nothing."""

import re
from collections.abc import Sequence

from assistant.agent.references import findings_in, focus, images_in
from assistant.agent.signs import looked_for_by, unlooked
from assistant.domain.finding import Measurement, Presence, ReviewState
from assistant.domain.turn import Sentence
from assistant.errors import Declined
from assistant.language.asked import Topic, asks_for, named_in, sizes_presumed
from assistant.language.concepts import concept_table
from assistant.language.lesions import type_out
from assistant.language.listing import listed
from assistant.language.narrative import doubt, one_line, remark
from assistant.language.sizes import VESSELS
from assistant.tools.context import ToolContext

__all__ = ["presumed", "untold", "what_stands"]

_TOPICS: tuple[tuple[Topic, str], ...] = (
    ("unverified", "untold_unverified"),
    ("opinion", "untold_opinion"),
    ("grade", "no_grade"),
    ("health", "no_health"),
    ("severity", "untold_severity"),
)
_OF_THE_READER = frozenset({"untold_unverified", "untold_opinion"})
_ALONE = _OF_THE_READER | {"untold_severity"}
_MILLIMETRES = {"mm": 1.0, "cm": 10.0}


def untold(context: ToolContext) -> tuple[Sentence, ...]:
    """The answer to a request that no tool was found for; empty where nothing here knows one."""
    session, asked = context.session, context.asked
    named = images_in(asked, session, focus(session, ()))
    if refused := [s for h in named.handles if (s := _refused(context, h))]:
        return tuple(refused)
    if named.missing:
        there = ", ".join(i.handle for i in session.images)
        return (remark(context.say("no_such_image", image=named.missing, there=there)),)
    handles = findings_in(asked, session, by_concept=False)
    if handles.missing:
        there = ", ".join(f.handle for f in session.findings) or context.say("nothing_yet")
        return (remark(context.say("no_such_finding", finding=handles.missing, there=there)),)
    if handles.handles and not handles.every:
        found = [f for h in handles.handles if (f := session.finding(h))]
        return tuple(one_line(f, context.language, session.image(f.image)) for f in found)
    if asks_for("said", asked) and (about := _said(context)):
        return about
    eye = tuple(s for s in (_which_eye(context),) if s)
    for topic, key in _TOPICS:
        if asks_for(topic, asked) and (session.findings or key in _ALONE):
            stands = () if key in _OF_THE_READER else what_stands(context)
            return (*eye, remark(context.say(key)), *stands)
    held = named_in(asked, (f.concept for f in session.findings))
    return eye or _signs(context) or (what_stands(context) if held else ())


def presumed(context: ToolContext, denied: bool, told: bool) -> tuple[Sentence, ...]:
    """What a question that is answered takes for granted and nothing here holds: a grade, how bad it is, which eye, a
    sign that no model looks for (`told`: a tool says so), a size that was not measured (`denied`: the ledger does not
    hold the question)."""
    asked = context.asked
    keys = [key for topic, key in _TOPICS if topic in ("grade", "severity") and asks_for(topic, asked)]
    said = [remark(context.say(key)) for key in keys]
    if eye := _which_eye(context):
        said.append(eye)
    sizes = sizes_presumed(asked) if denied else ()
    said += [remark(context.say("presumed_size", what=s)) for s in sizes if not _measured(context, s)]
    said += () if keys or told else _signs(context)
    return tuple(said)


def what_stands(context: ToolContext) -> tuple[Sentence, ...]:
    """What the findings hold of a thing whose certainty is asked for: its probability, or its type."""
    session, language = context.session, context.language
    standing = [f for f in session.findings if f.review.state is not ReviewState.REJECTED and not f.is_disagreement]
    current = focus(session, ())
    named = images_in(context.asked, session, current)
    meant = named.handles or ((current,) if current else ())
    everywhere = standing
    standing = [f for f in standing if f.image in meant] or standing
    kinds = [f for f in standing if named_in(context.asked, (k.name for k in f.kinds))]
    if kinds:
        return tuple(type_out(f, language, alone=False) for f in kinds)
    concepts = named_in(context.asked, (f.concept for f in standing))
    about = [f for f in standing if f.concept in concepts and f.probability is not None]
    if concepts and not any(f.presence is Presence.PRESENT for f in about) and not named.handles:
        marked = [f for f in everywhere if f.concept in concepts and f.probability is not None]
        about = [f for f in marked if f.presence is Presence.PRESENT] or about
    signs = [f for f in standing if f.probability is not None and f.concept != VESSELS]
    main = session.main_finding
    told = [h for turn in session.turns[-1:] for claim in turn.claims for h in claim.findings]
    about = about or [f for f in signs if f == main and main.presence is Presence.PRESENT]
    about = about or sorted((f for f in signs if f.handle in told), key=lambda f: told.index(f.handle)) or signs
    return tuple(doubt(f, language)[0] for f in about[:1])


def _signs(context: ToolContext) -> tuple[Sentence, ...]:
    """That no model here looks for the signs that a message names."""
    signs = unlooked(context.asked, looked_for_by(context.models.manifest.cards))
    return (remark(context.say("not_measured", topic=listed(signs, context.language, "or"))),) if signs else ()


def _refused(context: ToolContext, image: str) -> Sentence | None:
    """Why a picture is not read, where the gate has refused it."""
    try:
        context.admitted(image)
    except Declined as refused:
        reason = str(refused)
        several = len(context.session.images) > 1
        text = context.say("kind_refused", image=image, reason=reason) if several else reason
        return Sentence(text=text, rests_on="image")
    return None


def _said(context: ToolContext) -> tuple[Sentence, ...]:
    """ "You said it was a meningioma": whether an earlier answer names it, and what stands."""
    table = concept_table()
    names = named_in(context.asked, (*table.kinds, *table.concepts))
    if not names:
        return ()
    replies = " ".join(turn.reply for turn in context.session.turns)
    denied = () if named_in(replies, names) else (remark(context.say("untold_not_said")),)
    return (*denied, *what_stands(context))


def _which_eye(context: ToolContext) -> Sentence | None:
    """That nobody knows which eye it is, where a message names one and the files do not."""
    eyes = [i for i in context.session.images if i.admission is not None and i.admission.kind == "fundus"]
    if not eyes or any(i.laterality for i in eyes) or not asks_for("eye", context.asked):
        return None
    return remark(context.say("untold_eye"))


def _measured(context: ToolContext, size: str) -> bool:
    """Whether something was measured that is that size as exactly as it was told: 29.7 mm is 3 cm."""
    match = re.fullmatch(r"(\d+)(?:[.,](\d+))?\s?(mm|cm)", size)
    if match is None:
        return False
    decimals, unit = len(match.group(2) or ""), _MILLIMETRES[match.group(3)]
    told = float(f"{match.group(1)}.{match.group(2) or 0}")
    held: Sequence[Measurement] = [m for f in context.session.findings for m in f.measurements]
    return any(round(m.value / unit, decimals) == told for m in held if m.unit.value == "mm")
