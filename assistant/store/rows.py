"""The few words that every noun of the store needs: now, the session's row, a handle's number, storable text."""

from datetime import UTC, datetime

from sqlalchemy import Select, bindparam, select, update
from sqlalchemy.orm import Session as DbSession

from assistant.errors import InputError
from assistant.store.tables import SessionRow, TurnRow

__all__ = [
    "NOT_HERE",
    "UNWRITABLE",
    "last",
    "moment",
    "number_of",
    "owner_of",
    "session_row",
    "sign_of_life",
    "storable",
]

UNWRITABLE = "The folder of stored sessions cannot be written; set MEDVISION_HOME to a folder that you may write to."
NOT_HERE = "That session is not here; pick one from the list of sessions, or start a new one."

_MAX_HANDLE_DIGITS = 9

# Built once and run below the ORM, as are the others of their kind in this room: a turn takes many such small steps,
# and the ORM's part of each would be three quarters of its time.
_OWNER = select(SessionRow.owner).where(SessionRow.id == bindparam("session_id"))
_OWNER_LOCKED = _OWNER.with_for_update(key_share=True)
_SIGN_OF_LIFE = update(TurnRow.__table__).where(  # type: ignore[arg-type]
    TurnRow.session_id == bindparam("of"), TurnRow.number == bindparam("numbered")
)


def moment() -> datetime:
    return datetime.now(UTC)


def owner_of(db: DbSession, session_id: str, *, lock: bool = False) -> str:
    """Whose session it is, or InputError. `lock`: until the commit nobody else gives numbers in this session."""
    statement = _OWNER_LOCKED if lock else _OWNER
    owner = db.connection().execute(statement, {"session_id": storable(session_id)}).scalar()
    if owner is None:
        raise InputError(NOT_HERE)
    return owner


def last(db: DbSession, statement: Select[int | None], **keys: str | int) -> int:
    """The highest number that was given so far, 0 for none."""
    return db.connection().execute(statement, keys).scalar() or 0


def sign_of_life(db: DbSession, session_id: str, turn: int) -> None:
    """A step of a turn; InputError where there is no such turn. Until the commit nobody else adds to that turn."""
    keys = {"of": session_id, "numbered": turn, "heartbeat": moment()}
    if not db.connection().execute(_SIGN_OF_LIFE, keys).rowcount:
        raise InputError("There is no such turn in this session.")


def session_row(db: DbSession, session_id: str, owner: str | None = None) -> SessionRow:
    """The row, or InputError. A foreign session reads as an unknown one."""
    row = db.get(SessionRow, storable(session_id))
    if row is None or (owner is not None and row.owner != owner):
        raise InputError(NOT_HERE)
    return row


def number_of(handle: str, prefix: str) -> int | None:
    """`img3` -> 3; None for what is no such handle."""
    digits = handle.removeprefix(prefix)
    if digits == handle or not (digits.isascii() and digits.isdecimal()) or len(digits) > _MAX_HANDLE_DIGITS:
        return None
    return int(digits)


def storable(text: str) -> str:
    """Typed text as both databases can hold it: PostgreSQL takes no NUL, neither takes half a surrogate pair."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
