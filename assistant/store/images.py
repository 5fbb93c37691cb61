"""Images: rows for the facts, files for pixels and the de-identified DICOM copy."""

import io

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import bindparam, func, insert, select

from assistant.domain.image import Image, ImageFacts
from assistant.errors import ArchiveError, InputError
from assistant.store import audit, files
from assistant.store.artifacts import Artifacts
from assistant.store.database import DbSession
from assistant.store.rows import last, moment, number_of, owner_of
from assistant.store.tables import ImageRow

__all__ = ["add", "encode", "facts_of", "patient_keys", "pixels_of", "update"]

_LAST = select(func.max(ImageRow.number)).where(ImageRow.session_id == bindparam("session_id"))
_INSERT = insert(ImageRow.__table__)  # type: ignore[arg-type]


def encode(pixels: NDArray[np.generic]) -> bytes:
    """NumPy's own format: dtype and shape travel along, nothing can be executed on the way back."""
    buffer = io.BytesIO()
    np.save(buffer, np.ascontiguousarray(pixels), allow_pickle=False)
    return buffer.getvalue()


def add(db: DbSession, session_id: str, facts: ImageFacts, patient_key: str | None) -> ImageFacts:
    """A row for an image whose files are written; gives the handle."""
    owner = owner_of(db, session_id, lock=True)
    number = last(db, _LAST, session_id=session_id) + 1
    facts = facts.model_copy(update={"handle": f"img{number}"})
    row = {"session_id": session_id, "number": number, "patient_key": patient_key, "added": moment()}
    db.connection().execute(_INSERT, row | {"document": facts.model_dump_json()})
    files.refer(db, session_id, (facts.pixels_artifact, facts.dicom_artifact))
    audit.append(db, session_id, owner, "image_added", {"image": facts.handle, "source": facts.source})
    return facts


def update(db: DbSession, session_id: str, facts: ImageFacts) -> ImageFacts:
    """Newer facts (an admission, a scale that the reader states) of an image that is there; its files stay the same."""
    row = _row(db, session_id, facts.handle)
    kept = ImageFacts.model_validate_json(row.document)
    if facts.spacing != kept.spacing:
        source = facts.spacing.source.value if facts.spacing else "none"
        detail = {"image": facts.handle, "source": audit.word(source)}
        audit.append(db, session_id, owner_of(db, session_id), "scale_stated", detail)
    facts = facts.model_copy(update={"pixels_artifact": kept.pixels_artifact, "dicom_artifact": kept.dicom_artifact})
    row.document = facts.model_dump_json()
    return facts


def patient_keys(db: DbSession, session_id: str) -> frozenset[str]:
    """The keyed hashes of the patients whose DICOM files are in a session; pictures without identity have none."""
    owner_of(db, session_id)
    found = db.scalars(select(ImageRow.patient_key).where(ImageRow.session_id == session_id))
    return frozenset(key for key in found if key)


def facts_of(db: DbSession, session_id: str, handle: str) -> ImageFacts:
    return ImageFacts.model_validate_json(_row(db, session_id, handle).document)


def pixels_of(facts: ImageFacts, artifacts: Artifacts) -> Image:
    data = artifacts.read(facts.pixels_artifact)
    try:
        pixels = np.load(io.BytesIO(data), allow_pickle=False)
    except ValueError as error:
        raise ArchiveError("The stored pixels cannot be read; add the image again.") from error
    return Image(facts, pixels)


def _row(db: DbSession, session_id: str, handle: str) -> ImageRow:
    owner_of(db, session_id)
    number = number_of(handle, "img")
    row = None if number is None else db.get(ImageRow, (session_id, number))
    if row is not None:
        return row
    count = db.scalar(select(func.count()).where(ImageRow.session_id == session_id)) or 0
    there = "no image yet; add one first" if not count else ("img1 alone" if count == 1 else f"img1 to img{count}")
    raise InputError(f"There is no such image in this session: it has {there}.")
