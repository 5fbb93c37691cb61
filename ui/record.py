"""Behind the scenes of one turn: what was understood, run, found, held back and sent away; for the reader to see.

The raw results are the very objects that the command line prints.
"""

import json
from collections.abc import Mapping

from pydantic import Field, JsonValue

from assistant.domain.base import Frozen
from assistant.domain.turn import Status, Turn
from assistant.language.concepts import in_language
from assistant.language.phrasing import Language
from assistant.wire import finding_object

__all__ = ["RecordedCall", "TurnRecord", "record_of"]


class RecordedCall(Frozen):
    name: str
    arguments: Mapping[str, JsonValue]
    ok: bool
    seconds: float
    summary: str


class TurnRecord(Frozen):
    number: int
    user: str
    reply: str
    status: Status
    seconds: float
    phrased_by: str
    replaces: int | None
    plan: tuple[str, ...]
    calls: tuple[RecordedCall, ...]
    findings: str = Field(description="JSON, for eyes")
    held_back: tuple[str, ...]
    left_machine: tuple[str, ...] = Field(description="every text that was sent elsewhere; empty: nothing was")


def record_of(turn: Turn, language: Language = "en") -> TurnRecord:
    return TurnRecord(
        number=turn.number,
        user=turn.user,
        reply=turn.reply,
        status=turn.status,
        seconds=round(turn.seconds, 3),
        phrased_by=turn.phrased_by,
        replaces=turn.replaces,
        plan=turn.plan,
        calls=tuple(
            RecordedCall(
                name=c.name, arguments=dict(c.arguments), ok=c.ok, seconds=round(c.seconds, 3), summary=c.summary
            )
            for c in turn.tools
        ),
        findings=json.dumps([finding_object(f) for f in turn.findings], indent=2, ensure_ascii=False),
        held_back=tuple(in_language(line, language) for line in turn.record),
        left_machine=tuple(getattr(turn, "left_machine", ())),
    )
