"""Domain <-> rows and files. The only room that knows sqlalchemy and alembic."""

from assistant.store.artifacts import Artifacts
from assistant.store.records import AuditEntry, BeganTurn, ExportEntry, Flag, ReviewEvent
from assistant.store.store import Store

__all__ = ["Artifacts", "AuditEntry", "BeganTurn", "ExportEntry", "Flag", "ReviewEvent", "Store"]
