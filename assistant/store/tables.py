"""The tables: what is kept of a session, one class a table.

Documents are the domain's own JSON (`model_dump_json`) in text columns; beside them stand only the columns that are
searched, counted or joined. Everything of a session hangs on `sessions` and goes with it; `audit` alone hangs on
nothing and stays. A change here is one alembic revision (`migrations/`), and a test holds the two to each other.
"""

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    DateTime,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

__all__ = [
    "ArtifactRow",
    "AuditRow",
    "DoomedArtifactRow",
    "ExportRow",
    "FindingRow",
    "FlagRow",
    "ImageRow",
    "ReviewRow",
    "Row",
    "SessionRow",
    "SignatureRow",
    "ToolCallRow",
    "TurnRow",
]

_SERIAL = BigInteger().with_variant(Integer, "sqlite")


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC; SQLite keeps no time zone, so it is taken off on the way in and put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored moment needs a time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Row(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {str: Text(), datetime: UtcDateTime()}  # noqa: RUF012  (SQLAlchemy reads it from the class)


def _of_session() -> Mapped[str]:
    """The column of a part of a session; it goes when the session goes."""
    return mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True)


class SessionRow(Row):
    __tablename__ = "sessions"
    id: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(index=True)
    created: Mapped[datetime]
    label: Mapped[str]


class ImageRow(Row):
    __tablename__ = "images"
    session_id: Mapped[str] = _of_session()
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    patient_key: Mapped[str | None]
    added: Mapped[datetime]
    document: Mapped[str]


class TurnRow(Row):
    """`document` is the whole Turn once it has ended; until then it is put together from the parts.

    `replaces` is the number of the turn of which this one is the newer version; that one stays as it is. `uploads` is
    how many files came with it, written before any of them is read.
    """

    __tablename__ = "turns"
    __table_args__ = (UniqueConstraint("session_id", "client_id"), Index(None, "status"))
    session_id: Mapped[str] = _of_session()
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    client_id: Mapped[str | None]
    user_text: Mapped[str]
    images: Mapped[str]
    replaces: Mapped[int | None]
    uploads: Mapped[int | None]
    status: Mapped[str]
    began: Mapped[datetime]
    heartbeat: Mapped[datetime]
    runner_host: Mapped[str]
    runner_pid: Mapped[int]
    runner_started: Mapped[str]
    document: Mapped[str | None]


class ToolCallRow(Row):
    __tablename__ = "tool_calls"
    __table_args__ = (
        ForeignKeyConstraint(["session_id", "turn"], ["turns.session_id", "turns.number"], ondelete="CASCADE"),
    )
    session_id: Mapped[str] = mapped_column(primary_key=True)
    turn: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    document: Mapped[str]


class FindingRow(Row):
    """`document` carries no review: the reviews are events of their own."""

    __tablename__ = "findings"
    __table_args__ = (
        ForeignKeyConstraint(["session_id", "turn"], ["turns.session_id", "turns.number"], ondelete="CASCADE"),
        ForeignKeyConstraint(["session_id", "image"], ["images.session_id", "images.number"], ondelete="CASCADE"),
    )
    session_id: Mapped[str] = _of_session()
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    turn: Mapped[int | None]
    image: Mapped[int]
    document: Mapped[str]


class ReviewRow(Row):
    """One event: a review, or the undoing of one. `document` is the review that holds from then on."""

    __tablename__ = "reviews"
    __table_args__ = (
        ForeignKeyConstraint(["session_id", "finding"], ["findings.session_id", "findings.number"], ondelete="CASCADE"),
    )
    session_id: Mapped[str] = mapped_column(primary_key=True)
    finding: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]
    turn: Mapped[int | None]
    document: Mapped[str]


class ExportRow(Row):
    __tablename__ = "exports"
    id: Mapped[int] = mapped_column(_SERIAL, primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), index=True)
    format: Mapped[str]
    artifact: Mapped[str]
    digest: Mapped[str]
    at: Mapped[datetime]


class SignatureRow(Row):
    __tablename__ = "signatures"
    id: Mapped[int] = mapped_column(_SERIAL, primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), index=True)
    document: Mapped[str]


class FlagRow(Row):
    __tablename__ = "flags"
    __table_args__ = (
        ForeignKeyConstraint(["session_id", "turn"], ["turns.session_id", "turns.number"], ondelete="CASCADE"),
        Index(None, "session_id"),
    )
    id: Mapped[int] = mapped_column(_SERIAL, primary_key=True)
    session_id: Mapped[str]
    turn: Mapped[int]
    note: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]


class ArtifactRow(Row):
    """Which session refers to which file, and since when (last)."""

    __tablename__ = "artifacts"
    __table_args__ = (Index(None, "name"),)
    session_id: Mapped[str] = _of_session()
    name: Mapped[str] = mapped_column(primary_key=True)
    added: Mapped[datetime]


class DoomedArtifactRow(Row):
    """A file that lost its last session and is still to be unlinked; `added` is when that session last put it there."""

    __tablename__ = "doomed_artifacts"
    name: Mapped[str] = mapped_column(primary_key=True)
    added: Mapped[datetime]


class AuditRow(Row):
    """Appended to, never changed: triggers of the first revision refuse UPDATE and DELETE."""

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(_SERIAL, primary_key=True)
    session_id: Mapped[str] = mapped_column(index=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    detail: Mapped[str]
