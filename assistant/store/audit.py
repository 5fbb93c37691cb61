"""The audit: who saw, ran, changed and signed what, with which weights. Appended to, never changed, never deleted.

It holds handles, versions, hashes of weights and states; no identity, path, prompt or answer. That is held by form:
a detail is one of a few known keys with a value that has no room for a sentence or a path.
"""

import json
import re
from collections.abc import Mapping

from sqlalchemy import insert, select

from assistant.store.database import DbSession
from assistant.store.records import AuditEntry
from assistant.store.rows import moment
from assistant.store.tables import AuditRow

__all__ = ["DETAILS", "append", "history", "word"]

DETAILS = frozenset(
    {"code", "count", "event", "finding", "format", "image", "model"}
    | {"ok", "source", "state", "tool", "turn", "version", "weights_sha256"}
)

_INSERT = insert(AuditRow.__table__)  # type: ignore[arg-type]
_ACTION = re.compile(r"[a-z][a-z_]{0,39}")
_FOREIGN = re.compile(r"[^A-Za-z0-9._+:-]")
_VALUE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+:-]{0,79}|")


def append(db: DbSession, session_id: str, actor: str, action: str, detail: Mapping[str, str]) -> None:
    """One more entry, in the transaction of what it tells of."""
    if not _ACTION.fullmatch(action):
        raise ValueError("an audited action is a verb in lower case")
    for key, value in detail.items():
        if key not in DETAILS or not _VALUE.fullmatch(value):
            raise ValueError(f"the audit takes no such detail: {key}")
    document = json.dumps(dict(detail), sort_keys=True)
    entry = {"session_id": session_id, "at": moment(), "actor": actor, "action": action, "detail": document}
    db.connection().execute(_INSERT, entry)


def word(value: str) -> str:
    """A name or version from a manifest or an llm, as a detail can hold it."""
    return _FOREIGN.sub("_", value)[:80].lstrip("._+:-")


def history(db: DbSession, session_id: str) -> tuple[AuditEntry, ...]:
    """Everything that happened to a session, oldest first; also of one that is deleted."""
    rows = db.scalars(select(AuditRow).where(AuditRow.session_id == session_id).order_by(AuditRow.id))
    return tuple(
        AuditEntry(session=r.session_id, at=r.at, actor=r.actor, action=r.action, detail=json.loads(r.detail))
        for r in rows
    )
