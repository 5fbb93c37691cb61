"""Sessions: made, put together from their rows, listed, labelled, signed, exported, deleted."""

import secrets
from collections import defaultdict
from datetime import timedelta
from typing import Any

from sqlalchemy import BindParameter, bindparam, func, select
from sqlalchemy import delete as delete_rows
from sqlalchemy.orm import InstrumentedAttribute

from assistant.domain.image import ImageFacts
from assistant.domain.report import digest_of
from assistant.domain.session import Session, SessionContents, SessionSummary, Signature, title_of
from assistant.store import audit, files, findings, turns
from assistant.store.database import DbSession
from assistant.store.records import ExportEntry
from assistant.store.rows import moment, owner_of, session_row, storable
from assistant.store.tables import (
    ArtifactRow,
    ExportRow,
    FindingRow,
    FlagRow,
    ImageRow,
    SessionRow,
    SignatureRow,
    TurnRow,
)

__all__ = ["add_export", "contents", "create", "delete", "exports", "load", "set_label", "sign", "summaries"]

_LETTERS = "abcdefghjkmnpqrstuvwxyz"
_ALPHABET = _LETTERS + "23456789"  # no 0 1 i l o: an id may be read aloud or typed

_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_IMAGES = select(ImageRow.session_id, ImageRow.document).where(ImageRow.session_id.in_(_IDS)).order_by(ImageRow.number)
_SIGNATURES = (
    select(SignatureRow.session_id, SignatureRow.document)
    .where(SignatureRow.session_id.in_(_IDS))
    .order_by(SignatureRow.id)
)


def create(db: DbSession, owner: str, label: str) -> Session:
    """An empty session under a new id: 20 signs of 31, about 99 bits, a letter first so that it is no option."""
    name = secrets.choice(_LETTERS) + "".join(secrets.choice(_ALPHABET) for _ in range(19))
    row = SessionRow(id=name, owner=storable(owner), created=moment(), label=storable(label))
    db.add(row)
    audit.append(db, row.id, row.owner, "session_created", {})
    return Session(id=row.id, owner=row.owner, created=row.created, label=row.label)


def load(db: DbSession, session_id: str, owner: str | None, stale_after: timedelta) -> Session:
    """The session as it stands; snapshots inside finished turns stay as they were stored."""
    row = session_row(db, session_id, owner)
    return Session(
        id=row.id,
        owner=row.owner,
        created=row.created,
        label=row.label,
        images=_images(db, (row.id,))[row.id],
        findings=findings.current(db, (row.id,))[row.id],
        turns=turns.of_session(db, row.id, stale_after),
        signatures=_signatures(db, (row.id,))[row.id],
    )


def summaries(db: DbSession, owner: str | None) -> tuple[SessionSummary, ...]:
    """Newest first. `signed`: the newest signature still covers what is there."""
    query = select(SessionRow).order_by(SessionRow.created.desc(), SessionRow.id)
    rows = tuple(db.scalars(query if owner is None else query.where(SessionRow.owner == owner)))
    images, messages = _counts(db, ImageRow.session_id), _counts(db, TurnRow.session_id)
    kinds = _kinds(db, tuple(row.id for row in rows if row.id in images))
    signed = _signed(db, rows)
    return tuple(
        SessionSummary(
            session=row.id,
            created=row.created,
            images=images.get(row.id, 0),
            turns=messages.get(row.id, 0),
            label=row.label,
            signed=row.id in signed,
            kinds=kinds.get(row.id, ()),
            title=title_of(row.label, kinds.get(row.id, ()), row.created),
        )
        for row in rows
    )


def contents(db: DbSession, session_id: str) -> SessionContents:
    """Counts of what hangs on a session."""
    owner_of(db, session_id)

    def of(column: InstrumentedAttribute[str]) -> int:
        return db.scalar(select(func.count()).where(column == session_id)) or 0

    other = select(ArtifactRow.name).where(ArtifactRow.session_id != session_id)
    shared = select(func.count()).where(ArtifactRow.session_id == session_id, ArtifactRow.name.in_(other))
    return SessionContents(
        images=of(ImageRow.session_id),
        findings=of(FindingRow.session_id),
        turns=of(TurnRow.session_id),
        reports=of(ExportRow.session_id) + of(SignatureRow.session_id),
        flags=of(FlagRow.session_id),
        files=of(ArtifactRow.session_id),
        shared=db.scalar(shared) or 0,
    )


def set_label(db: DbSession, session_id: str, label: str) -> None:
    row = session_row(db, session_id)
    row.label = storable(label)
    audit.append(db, session_id, row.owner, "session_labelled", {})


def sign(db: DbSession, session_id: str, signature: Signature) -> None:
    """One more signature; those before it stay."""
    owner = owner_of(db, session_id, lock=True)
    db.add(SignatureRow(session_id=session_id, document=signature.model_dump_json()))
    files.refer(db, session_id, (signature.artifact,))
    audit.append(db, session_id, owner, "report_signed", {})


def add_export(db: DbSession, session_id: str, form: str, artifact: str, digest: str) -> None:
    owner = owner_of(db, session_id)
    db.add(ExportRow(session_id=session_id, format=form, artifact=artifact, digest=digest, at=moment()))
    files.refer(db, session_id, (artifact,))
    audit.append(db, session_id, owner, "report_exported", {"format": audit.word(form)})


def exports(db: DbSession, session_id: str) -> tuple[ExportEntry, ...]:
    owner_of(db, session_id)
    rows = db.scalars(select(ExportRow).where(ExportRow.session_id == session_id).order_by(ExportRow.id))
    return tuple(ExportEntry(format=r.format, artifact=r.artifact, digest=r.digest, at=r.at) for r in rows)


def delete(db: DbSession, session_id: str) -> None:
    """All rows of a session, by the foreign keys; its audit stays, which holds no content."""
    owner = owner_of(db, session_id, lock=True)
    files.doom(db, session_id)
    db.flush()
    db.execute(delete_rows(SessionRow).where(SessionRow.id == session_id))
    audit.append(db, session_id, owner, "session_deleted", {})


def _images(db: DbSession, ids: tuple[str, ...]) -> dict[str, tuple[ImageFacts, ...]]:
    found: defaultdict[str, list[ImageFacts]] = defaultdict(list)
    for row in db.connection().execute(_IMAGES, {"ids": ids}):
        found[row.session_id].append(ImageFacts.model_validate_json(row.document))
    return {session_id: tuple(found[session_id]) for session_id in ids}


def _signatures(db: DbSession, ids: tuple[str, ...]) -> dict[str, tuple[Signature, ...]]:
    found: defaultdict[str, list[Signature]] = defaultdict(list)
    for row in db.connection().execute(_SIGNATURES, {"ids": ids}):
        found[row.session_id].append(Signature.model_validate_json(row.document))
    return {session_id: tuple(found[session_id]) for session_id in ids}


def _signed(db: DbSession, rows: tuple[SessionRow, ...]) -> set[str]:
    """The sessions whose newest signature covers what is there now."""
    with_any = set(db.scalars(select(SignatureRow.session_id).distinct()))
    chosen = {row.id: row for row in rows if row.id in with_any}
    ids = tuple(chosen)
    images, found, signatures = _images(db, ids), findings.current(db, ids), _signatures(db, ids)
    return {
        key
        for key, row in chosen.items()
        if signatures[key][-1].digest
        == digest_of(
            Session(
                id=key, owner=row.owner, created=row.created, label=row.label, images=images[key], findings=found[key]
            )
        )
    }


def _counts(db: DbSession, column: InstrumentedAttribute[str]) -> dict[str, int]:
    return {row[0]: row[1] for row in db.execute(select(column, func.count()).group_by(column))}


def _kinds(db: DbSession, ids: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    return {key: tuple(dict.fromkeys(i.kind_title for i in images)) for key, images in _images(db, ids).items()}
