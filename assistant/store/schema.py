"""Bringing a database to today's tables: at once where it is there already, by alembic under a lock where not.

Alembic is imported only when the revision differs, so that opening a store stays cheap.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from assistant.errors import ArchiveError
from assistant.store.database import Database, told
from assistant.store.rows import UNWRITABLE

__all__ = ["HEAD", "bring_to_head", "revision_of"]

HEAD = "0003"

_MIGRATIONS = Path(__file__).resolve().parent / "migrations"
_ADVISORY_LOCK = 0x6D656476  # any constant of our own: the bytes of "medv"


def bring_to_head(database: Database) -> None:
    """Create or upgrade the tables; whoever comes second waits and finds it done."""
    with told(), database.engine.connect() as connection:
        revision = revision_of(connection)
    if revision == HEAD:
        return
    with _file_lock(database), database.migrating() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        if revision_of(connection) != HEAD:
            _upgrade(connection)


def revision_of(connection: Connection) -> str | None:
    """The revision that a database says it has; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise ArchiveError(
            "The stored sessions were written by a newer version of this program; install that version or a later one."
        ) from error


@contextmanager
def _file_lock(database: Database) -> Iterator[None]:
    """SQLite's own lock would do, but its waiting has an end; a migration may take longer."""
    if database.file is None:
        yield
        return
    lock = database.file.with_name(f"{database.file.name}.lock")
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise ArchiveError(UNWRITABLE) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
