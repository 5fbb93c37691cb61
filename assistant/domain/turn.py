"""Turn: one message of the reader and everything that answered it; what the contract prints."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

from pydantic import Field, JsonValue

from assistant.domain.base import Frozen
from assistant.domain.finding import Finding

__all__ = ["Overlay", "Sentence", "Shown", "Status", "ToolCall", "Turn"]


class Status(StrEnum):
    """How a turn ended; `running` and `interrupted` are the store's own."""

    ANSWERED = "answered"
    DECLINED = "declined"
    NEEDS_IMAGE = "needs_image"
    CLARIFY = "clarify"
    FAILED = "failed"
    RUNNING = "running"
    INTERRUPTED = "interrupted"


class Sentence(Frozen):
    """One sentence of a reply and the findings that it rests on.

    `rests_on` says what else holds it: `finding` (the handles), `image` (a fact of a tool about image or quality),
    `card` (general knowledge), `talk` (a remark about the conversation, a question, a limit).
    """

    text: str
    findings: tuple[str, ...] = ()
    rests_on: Literal["finding", "image", "card", "talk"] = "talk"
    aside: bool = Field(
        default=False,
        exclude=True,
        description="not what is asked: left out once the session has said it word for word",
    )


class ToolCall(Frozen):
    """One call of a tool, as the contract prints it, plus what the step says on screen."""

    name: str
    arguments: Mapping[str, JsonValue]
    ok: bool
    seconds: float
    summary: str = ""


class Overlay(Frozen):
    finding: str
    kind: str
    artifact: str


class Shown(Frozen):
    """A picture that answers a request and backs no finding: an enhanced copy, two images side by side."""

    kind: Literal["enhanced", "side_by_side"]
    images: tuple[str, ...] = Field(description="handles of what it shows")
    artifact: str
    caption: str


class Turn(Frozen):
    """`findings` are snapshots: they read as they did when the turn was answered."""

    number: int
    user: str
    reply: str = ""
    status: Status = Status.RUNNING
    images: tuple[str, ...] = Field(default=(), description="handles of the images that came with this turn")
    tools: tuple[ToolCall, ...] = ()
    findings: tuple[Finding, ...] = ()
    overlays: tuple[Overlay, ...] = ()
    pictures: tuple[Shown, ...] = ()
    claims: tuple[Sentence, ...] = ()
    chips: tuple[str, ...] = Field(default=(), description="suggested next requests")
    buttons: tuple[str, ...] = Field(
        default=(), description="sign, delete, undo:F1, accept:F1 ... for the page to show"
    )
    phrased_by: str = Field(default="planner", description="planner, or the provider:model that chose the tools")
    record: tuple[str, ...] = Field(default=(), description="what the record keeps and the page does not say")
    plan: tuple[str, ...] = Field(default=(), description="what was understood, a line each; no word of the message")
    replaces: int | None = Field(default=None, description="the turn of which this is the newer version")
    lost_upload: bool = Field(default=False, description="cut off before a file that came with it was kept")
    left_machine: tuple[str, ...] = Field(default=(), description="each text that went to a llm, word for word")
    seconds: float = 0.0
