"""The engine and its transactions, for SQLite and PostgreSQL alike.

Every call of the store is one transaction. On SQLite (WAL) what was committed outlives `kill -9` in either mode; a
power cut may take back the newest `write` steps of a turn that is still unanswered (synchronous=NORMAL), never what a
person was told is kept: `write(durable=True)` waits for the disk (FULL), and with it for all that was written before.
PostgreSQL keeps its own setting (by default each commit waits for the disk).
"""

import contextlib
import os
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session as DbSession

from assistant.errors import ArchiveError
from assistant.store.rows import UNWRITABLE

__all__ = ["Database", "DbSession", "told"]

T = TypeVar("T")

_ATTEMPTS = 6
# hide_parameters: an error's text goes to the log, where no prompt and no answer belongs
_POOL: dict[str, Any] = {"pool_size": 8, "max_overflow": 24, "hide_parameters": True}
_BUSY_S = 10
_RETRIED_STATES = ("40001", "40P01")  # PostgreSQL: serialization_failure, deadlock_detected
_FULL = "The disk of the database is full, so this was not stored; free some space and ask again."
_BUSY = "The database is busy with another program; ask again in a moment."
_AWAY = "The database cannot be reached, so this was not stored; check that it runs and ask again."
_DAMAGED = "The database is damaged or is another program's; restore a backup, or choose another MEDVISION_HOME."
_NO_DRIVER = "PostgreSQL needs one more package: pip install 'medvision-assistant[postgresql]'."


class Database:
    """An engine with three ways in: `read`, `write` and `migrating`."""

    def __init__(self, url: str | None, home: Path) -> None:
        self.url = _url(url, home)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.file = Path(self.url.database or "") if self.is_sqlite else None
        if self.file is not None:
            _make_private(self.file)
        with told():
            self.engine = _engine(self.url)
            self._reading = (
                self.engine if self.is_sqlite else self.engine.execution_options(isolation_level="REPEATABLE READ")
            )
            self._writing = self.engine.execution_options(entry="write")
            self._keeping = self.engine.execution_options(entry="durable")

    def read(self, work: Callable[[DbSession], T]) -> T:
        """`work` on one unchanging view of the data."""
        with told(), DbSession(self._reading) as db:
            return work(db)

    def write(self, work: Callable[[DbSession], T], *, durable: bool = False) -> T:
        """`work` and commit; run again where another writer took the same number first."""
        engine = self._keeping if durable else self._writing
        with told():
            for attempt in range(1, _ATTEMPTS + 1):
                try:
                    with DbSession(engine, expire_on_commit=False, autoflush=False) as db, db.begin():
                        return work(db)
                except DBAPIError as error:
                    if attempt == _ATTEMPTS or not _may_pass(error):
                        raise
                    time.sleep(random.uniform(0, 0.01 * 2**attempt))
        raise AssertionError("unreachable")

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """A connection in one transaction, foreign keys unchecked so that a table can be rebuilt (SQLite)."""
        with told():
            with self.engine.execution_options(entry="migrate").begin() as connection:
                yield connection
            self.engine.dispose()

    def scrub(self) -> None:
        """After a deletion: no copy of the rows stays in SQLite's write-ahead log, unless a reader holds it."""
        if self.is_sqlite:
            with told(), self.engine.connect() as connection:
                cursor = connection.connection.cursor()
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
                cursor.close()

    def close(self) -> None:
        self.engine.dispose()


@contextmanager
def told() -> Iterator[None]:
    """A failing database, in one sentence for a person."""
    try:
        yield
    except IntegrityError:
        raise
    except DBAPIError as error:
        if (sentence := _sentence(error)) is None:
            raise
        raise ArchiveError(sentence) from error
    except PoolTimeout as error:
        raise ArchiveError(_BUSY) from error


def _sentence(error: DBAPIError) -> str | None:
    """What a person can do about it; None: a bug of ours."""
    cause = error.orig
    if isinstance(cause, sqlite3.Error):
        sentences = {
            sqlite3.SQLITE_FULL: _FULL,
            sqlite3.SQLITE_IOERR: _FULL if "full" in str(cause) else UNWRITABLE,
            sqlite3.SQLITE_BUSY: _BUSY,
            sqlite3.SQLITE_LOCKED: _BUSY,
            sqlite3.SQLITE_READONLY: UNWRITABLE,
            sqlite3.SQLITE_CANTOPEN: UNWRITABLE,
            sqlite3.SQLITE_PERM: UNWRITABLE,
            sqlite3.SQLITE_CORRUPT: _DAMAGED,
            sqlite3.SQLITE_NOTADB: _DAMAGED,
        }
        return sentences.get(getattr(cause, "sqlite_errorcode", 0) & 0xFF)
    state = str(getattr(cause, "sqlstate", None) or "")
    if state == "53100":
        return _FULL
    if state in _RETRIED_STATES or state.startswith("55"):
        return _BUSY
    is_away = error.connection_invalidated or type(cause).__name__ in ("OperationalError", "InterfaceError")
    return _AWAY if (is_away and not state) or state[:2] in ("08", "28", "3D", "53", "57") else None


def _may_pass(error: DBAPIError) -> bool:
    """Whether a second try can succeed: a number that was taken, a deadlock."""
    state = getattr(error.orig, "sqlstate", None)
    return isinstance(error, IntegrityError) or state in _RETRIED_STATES


def _url(url: str | None, home: Path) -> URL:
    if url is None:
        return URL.create("sqlite", database=str(home / "medvision.db"))
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
    except (ArgumentError, NoSuchModuleError) as error:
        raise ArchiveError("The database address cannot be read; give one like postgresql://user@host/name.") from error
    if backend == "postgres" or (backend == "postgresql" and "+" not in parsed.drivername):
        parsed = parsed.set(drivername="postgresql+psycopg")
        backend = "postgresql"
    if backend not in ("sqlite", "postgresql"):
        raise ArchiveError("That kind of database is not supported; there are SQLite and PostgreSQL.")
    if backend == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise ArchiveError("A SQLite database needs a file; leave the address out to keep it in MEDVISION_HOME.")
    return parsed


def _make_private(file: Path) -> None:
    """The file, readable by its owner alone; SQLite gives its companions the same mode."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise ArchiveError(UNWRITABLE) from error


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, **_POOL, connect_args={"timeout": _BUSY_S})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    try:
        wait = {} if "connect_timeout" in url.query else {"connect_timeout": 5}
        return create_engine(url, **_POOL, pool_pre_ping=True, connect_args=wait)
    except ImportError as error:
        raise ArchiveError(_NO_DRIVER) from error


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves: the driver's own comes too late for IMMEDIATE and DDL
    for pragma in ("journal_mode=WAL", "secure_delete=ON", "foreign_keys=ON", "synchronous=NORMAL"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    """IMMEDIATE for writers: two that read first and then both want to write would be refused, not queued."""
    entry = connection.get_execution_options().get("entry", "read")
    if entry == "read":
        connection.exec_driver_sql("BEGIN")
        return
    cursor = connection.connection.cursor()
    cursor.execute(f"PRAGMA synchronous={'NORMAL' if entry == 'write' else 'FULL'}")
    cursor.execute(f"PRAGMA foreign_keys={'OFF' if entry == 'migrate' else 'ON'}")
    cursor.close()
    connection.exec_driver_sql("BEGIN IMMEDIATE")
