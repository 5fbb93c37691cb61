"""What the store hands out beside the domain's own nouns."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import Field

from assistant.domain.base import Frozen
from assistant.domain.finding import Review

__all__ = ["AuditEntry", "BeganTurn", "ExportEntry", "Flag", "ReviewEvent"]


class BeganTurn(Frozen):
    """The answer to "begin this turn". Run it only if `fresh`: else the same message was already taken.

    `images` are those that the question came with when it was asked for the first time.
    """

    number: int
    fresh: bool
    images: tuple[str, ...] = ()


class ReviewEvent(Frozen):
    """One entry of a finding's review history; `review` is what held from then on."""

    finding: str
    event: Literal["review", "undo"]
    by: str
    at: datetime
    turn: int | None
    review: Review


class ExportEntry(Frozen):
    format: str
    artifact: str
    digest: str = Field(description="of the content that was exported")
    at: datetime


class Flag(Frozen):
    """A reader's remark that an answer was wrong or odd."""

    session: str
    turn: int
    note: str
    by: str
    at: datetime


class AuditEntry(Frozen):
    """Who did what when; it holds no content, so it may outlive the session."""

    session: str
    at: datetime
    actor: str
    action: str
    detail: Mapping[str, str]
