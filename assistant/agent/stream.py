"""A turn as events, in the order in which a reader sees them."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from assistant.domain.base import Frozen
from assistant.domain.turn import Sentence, ToolCall, Turn

__all__ = ["Event", "Said", "ToolFinished", "ToolStarted", "TurnFinished", "TurnStarted"]


class TurnStarted(Frozen):
    kind: Literal["turn_started"] = "turn_started"
    number: int
    user: str
    images: tuple[str, ...] = ()


class ToolStarted(Frozen):
    kind: Literal["tool_started"] = "tool_started"
    call_id: str
    name: str
    arguments: Mapping[str, JsonValue]


class ToolFinished(Frozen):
    kind: Literal["tool_finished"] = "tool_finished"
    call_id: str
    call: ToolCall


class Said(Frozen):
    """One sentence that has passed the guards."""

    kind: Literal["said"] = "said"
    sentence: Sentence


class TurnFinished(Frozen):
    """The turn as it was stored; always the last event."""

    kind: Literal["turn_finished"] = "turn_finished"
    turn: Turn


Event = Annotated[TurnStarted | ToolStarted | ToolFinished | Said | TurnFinished, Field(discriminator="kind")]
