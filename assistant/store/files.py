"""Which session refers to which file, and the end of files that no session refers to any more."""

from collections.abc import Iterable
from functools import partial

from sqlalchemy import bindparam, delete, exists, insert, select, update

from assistant.store.artifacts import Artifacts
from assistant.store.database import Database, DbSession
from assistant.store.rows import moment
from assistant.store.tables import ArtifactRow, DoomedArtifactRow

__all__ = ["belongs", "bury", "doom", "refer", "sweep"]

_FIRST = insert(ArtifactRow.__table__)  # type: ignore[arg-type]
_AGAIN = update(ArtifactRow.__table__).where(  # type: ignore[arg-type]
    ArtifactRow.session_id == bindparam("of"), ArtifactRow.name == bindparam("called")
)


def refer(db: DbSession, session_id: str, names: Iterable[str]) -> None:
    """Note that a session refers to these files, as of now."""
    now = moment()
    for name in sorted({n for n in names if n}):
        changed = db.connection().execute(_AGAIN, {"of": session_id, "called": name, "added": now})
        if not changed.rowcount:
            db.connection().execute(_FIRST, {"session_id": session_id, "name": name, "added": now})


def belongs(db: DbSession, session_id: str, name: str) -> bool:
    return db.get(ArtifactRow, (session_id, name)) is not None


def doom(db: DbSession, session_id: str) -> None:
    """Before a session's rows go: list its files that nobody else refers to, so that a crash forgets none."""
    other = select(ArtifactRow.name).where(ArtifactRow.session_id != session_id)
    lone = select(ArtifactRow).where(ArtifactRow.session_id == session_id, ArtifactRow.name.not_in(other))
    for row in db.scalars(lone).all():
        db.merge(DoomedArtifactRow(name=row.name, added=row.added))


def bury(database: Database, artifacts: Artifacts) -> int:
    """Unlink what is doomed and still unwanted; how many files went."""
    doomed = database.read(lambda db: tuple((r.name, r.added) for r in db.scalars(select(DoomedArtifactRow))))
    gone = 0
    for name, added in doomed:
        wanted = partial(database.read, partial(_is_wanted, name=name))
        if artifacts.remove(name, added.timestamp(), wanted):
            gone += not wanted()
            database.write(partial(_forget, name=name), durable=True)
    return gone


def sweep(database: Database, artifacts: Artifacts, older_than_s: float) -> int:
    """Unlink files that no session names and that were put long ago: a process died between file and row."""
    names = {name for name in artifacts.names() if artifacts.age_s(name) > older_than_s}
    wanted = database.read(lambda db: set(db.scalars(select(ArtifactRow.name).distinct())))
    now = moment().timestamp()
    return sum(artifacts.remove(name, now - older_than_s) for name in names - wanted)


def _is_wanted(db: DbSession, name: str) -> bool:
    return bool(db.scalar(select(exists().where(ArtifactRow.name == name))))


def _forget(db: DbSession, name: str) -> None:
    db.execute(delete(DoomedArtifactRow).where(DoomedArtifactRow.name == name))
