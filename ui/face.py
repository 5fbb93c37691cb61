"""What the page needs of the façade. `assistant.app.Assistant` fits; so does a small fake in the tests."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Protocol

from assistant.domain.finding import Finding
from assistant.domain.image import Image
from assistant.domain.report import Report
from assistant.domain.session import Session, SessionContents, SessionSummary
from assistant.language.phrasing import Language
from assistant.running import TurnFeed
from assistant.vision.manifest import Manifest

__all__ = ["Desk", "Export", "ReviewAction"]

ReviewAction = Literal["accept", "reject", "edit", "undo"]


class Export(Protocol):
    """A report in one of its forms, as bytes."""

    @property
    def data(self) -> bytes: ...
    @property
    def media_type(self) -> str: ...
    @property
    def suffix(self) -> str: ...


class Desk(Protocol):
    """One open installation, as the page sees it; each `owner` sees only what is theirs."""

    @property
    def manifest(self) -> Manifest: ...
    def warm(self) -> None: ...
    def new_session(self, owner: str, label: str = "") -> Session: ...
    def session(self, session_id: str, owner: str | None = None) -> Session: ...
    def sessions(self, owner: str | None = None) -> tuple[SessionSummary, ...]: ...
    def rename(self, session_id: str, label: str, owner: str | None = None) -> None: ...
    def contents(self, session_id: str, owner: str | None = None) -> SessionContents: ...
    def delete(self, session_id: str, owner: str | None = None) -> None: ...
    def viewed(self, session_id: str, owner: str | None = None) -> None: ...
    def say(
        self,
        session_id: str,
        text: str,
        paths: Sequence[Path] = (),
        owner: str | None = None,
        client_id: str | None = None,
        first_read: bool = False,
        same_patient: bool = False,
        forget_uploads: bool = False,
        replaces: int | None = None,
        language: Language = "en",
    ) -> TurnFeed: ...
    def running(self, session_id: str, owner: str | None = None) -> TurnFeed | None: ...
    def flag(self, session_id: str, turn: int, note: str, owner: str | None = None) -> None: ...
    def review(
        self,
        session_id: str,
        finding: str,
        action: ReviewAction,
        text: str = "",
        by: str = "",
        owner: str | None = None,
    ) -> Finding: ...
    def report(self, session_id: str, owner: str | None = None, language: Language = "en") -> Report: ...
    def export(self, session_id: str, form: str, owner: str | None = None, language: Language = "en") -> Export: ...
    def sign(self, session_id: str, name: str, owner: str | None = None, language: Language = "en") -> Report: ...
    def image(self, session_id: str, handle: str, owner: str | None = None) -> Image: ...
    def artifact(self, session_id: str, name: str, owner: str | None = None) -> bytes: ...
