"""Store: the door of this room. Each call is one small transaction and may come from any thread.

What a person is told is kept is on the disk when the call returns; the steps of a running turn outlive `kill -9`
(see `assistant.store.database` for what a power cut may take).
"""

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from assistant.domain.finding import Finding, Review
from assistant.domain.image import Image, ImageFacts
from assistant.domain.session import Session, SessionContents, SessionSummary, Signature
from assistant.domain.turn import ToolCall, Turn
from assistant.store import audit, files, findings, sessions, turns
from assistant.store import images as image_rows
from assistant.store.artifacts import Artifacts
from assistant.store.database import Database, DbSession
from assistant.store.records import AuditEntry, BeganTurn, ExportEntry, Flag, ReviewEvent
from assistant.store.rows import owner_of, session_row, storable
from assistant.store.schema import bring_to_head

__all__ = ["Store"]


class Store:
    """Sessions in a database, their files beside it."""

    def __init__(self, database: Database, artifacts: Artifacts, stale_after: timedelta) -> None:
        self._database = database
        self._stale_after = stale_after
        self.artifacts = artifacts

    @classmethod
    def open(cls, url: str | None, home: Path, *, stale_after_s: float = 900.0) -> Self:
        """Open, create or upgrade. `url` None: SQLite in `home`. Files lie in `home` with either database.

        Also ends what a crash left: dead turns become `interrupted`, half-written files and deletions are finished.
        `stale_after_s`: how long a turn of another host may be silent before it counts as dead.
        """
        database = Database(url, home)
        with ExitStack() as undone:
            undone.callback(database.close)
            bring_to_head(database)
            store = cls(database, Artifacts(home / "artifacts"), timedelta(seconds=stale_after_s))
            store._settle()
            files.bury(database, store.artifacts)
            undone.pop_all()
        return store

    def close(self) -> None:
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    # sessions

    def create_session(self, owner: str, label: str = "") -> Session:
        return self._database.write(lambda db: sessions.create(db, owner, label), durable=True)

    def load(self, session_id: str, owner: str | None = None) -> Session:
        """A session as it stands. `owner` None is the person at the command line, who sees all."""
        return self._database.read(lambda db: sessions.load(db, session_id, owner, self._stale_after))

    def know(self, session_id: str, owner: str | None = None) -> None:
        """InputError where `load` would raise it: the session is unknown, or another owner's."""
        self._database.read(lambda db: session_row(db, session_id, owner))

    def sessions(self, owner: str | None = None) -> tuple[SessionSummary, ...]:
        """Newest first."""
        return self._database.read(lambda db: sessions.summaries(db, owner))

    def contents(self, session_id: str) -> SessionContents:
        """What would go if the session were deleted."""
        return self._database.read(lambda db: sessions.contents(db, session_id))

    def set_label(self, session_id: str, label: str) -> None:
        self._database.write(lambda db: sessions.set_label(db, session_id, label), durable=True)

    def delete(self, session_id: str) -> None:
        """Rows and files go; files that another session refers to stay, and so does the audit (it has no content).

        SQLite overwrites freed pages (secure_delete) and its log is cut; PostgreSQL frees the space at its next vacuum.
        """
        self._database.write(lambda db: sessions.delete(db, session_id), durable=True)
        files.bury(self._database, self.artifacts)
        self._database.scrub()

    def sweep(self, older_than_s: float = 86_400.0) -> int:
        """Unlink files that no session names; how many. For a quiet moment: it looks at every file."""
        return files.sweep(self._database, self.artifacts, older_than_s)

    # images

    def add_image(
        self,
        session_id: str,
        facts: ImageFacts,
        pixels: NDArray[np.generic],
        dicom: bytes | None,
        patient_key: str | None,
        turn: int | None = None,
    ) -> ImageFacts:
        """Keep an image, as one that came with `turn`; gives its handle and the names of its files."""
        self._database.read(lambda db: owner_of(db, session_id))
        encoded = image_rows.encode(pixels)
        names = {
            "pixels_artifact": self.artifacts.put(encoded, "npy"),
            "dicom_artifact": self.artifacts.put(dicom, "dcm") if dicom is not None else "",
        }
        kept = facts.model_copy(update=names)

        def add(db: DbSession) -> ImageFacts:
            added = image_rows.add(db, session_id, kept, patient_key)
            if turn is not None:
                turns.attach(db, session_id, turn, (added.handle,))
            return added

        added = self._database.write(add, durable=True)
        self.artifacts.ensure(added.pixels_artifact, encoded)
        if dicom is not None:
            self.artifacts.ensure(added.dicom_artifact, dicom)
        return added

    def update_image(self, session_id: str, facts: ImageFacts) -> ImageFacts:
        """Newer facts, e.g. the gate's admission; the files stay."""
        return self._database.write(lambda db: image_rows.update(db, session_id, facts))

    def patient_keys(self, session_id: str) -> frozenset[str]:
        return self._database.read(lambda db: image_rows.patient_keys(db, session_id))

    def pixels(self, session_id: str, handle: str) -> Image:
        """Facts and pixels, read afresh each time; the file is held against its hash."""
        facts = self._database.read(lambda db: image_rows.facts_of(db, session_id, handle))
        return image_rows.pixels_of(facts, self.artifacts)

    def owns_artifact(self, session_id: str, name: str) -> bool:
        """Whether a file belongs to a session; the page serves no other."""
        return self._database.read(lambda db: files.belongs(db, session_id, name))

    # turns

    def begin_turn(
        self,
        session_id: str,
        user: str,
        client_id: str | None = None,
        images: Iterable[str] = (),
        replaces: int | None = None,
        uploads: int = 0,
    ) -> BeganTurn:
        """A running turn of this process. The same `client_id` again: the same number, not fresh: not to be run.

        `uploads`: how many files came with it and are about to be read.
        """
        handles = tuple(images)
        return self._database.write(lambda db: turns.begin(db, session_id, user, client_id, handles, replaces, uploads))

    def session_of(self, client_id: str, owner: str) -> str | None:
        """The session of the owner in which a turn with this `client_id` was begun."""
        return self._database.read(lambda db: turns.session_of(db, client_id, owner))

    def attach_images(self, session_id: str, turn: int, handles: Iterable[str]) -> None:
        """Images that came with a turn that has begun; `begin_turn` and `add_image` save the step."""
        names = tuple(handles)
        self._database.write(lambda db: turns.attach(db, session_id, turn, names))

    def record_tool_call(self, session_id: str, turn: int, call: ToolCall) -> None:
        self._database.write(lambda db: turns.add_call(db, session_id, turn, call))

    def heartbeat(self, session_id: str, turn: int) -> None:
        """A sign of life; only a step of many minutes on a database shared by hosts needs it."""
        self._database.write(lambda db: turns.beat(db, session_id, turn))

    def finish_turn(self, session_id: str, turn: Turn) -> Turn:
        """The whole turn, as it is shown from now on; images that were attached are filled in."""
        return self._database.write(lambda db: turns.finish(db, session_id, turn), durable=True)

    def flag(self, session_id: str, turn: int, note: str, by: str) -> None:
        self._database.write(lambda db: turns.flag(db, session_id, turn, note, by), durable=True)

    def flags(self, session_id: str | None = None) -> tuple[Flag, ...]:
        return self._database.read(lambda db: turns.flags(db, session_id))

    # findings and what was decided about them

    def add_finding(self, session_id: str, turn: int | None, finding: Finding) -> Finding:
        """Keep a finding; gives its handle."""
        return self._database.write(lambda db: findings.add(db, session_id, turn, finding))

    def update_finding(self, session_id: str, finding: Finding) -> Finding:
        """Add evidence, measurements or a region to a finding; what it states and its review stay."""
        return self._database.write(lambda db: findings.update(db, session_id, finding))

    def review(self, session_id: str, handle: str, review: Review, turn: int | None = None) -> Finding:
        return self._database.write(lambda db: findings.review(db, session_id, handle, review, turn), durable=True)

    def undo_review(self, session_id: str, handle: str, by: str) -> Finding:
        """Back to the review before the one that holds; InputError where there is none."""
        return self._database.write(lambda db: findings.undo(db, session_id, handle, by), durable=True)

    def reviews(self, session_id: str, handle: str | None = None) -> tuple[ReviewEvent, ...]:
        """Every decision and every undo, oldest first."""
        return self._database.read(lambda db: findings.reviews(db, session_id, handle))

    # papers and audit

    def sign(self, session_id: str, signature: Signature) -> None:
        self._database.write(lambda db: sessions.sign(db, session_id, signature), durable=True)

    def add_export(self, session_id: str, format: str, artifact: str, digest: str) -> None:
        self._database.write(lambda db: sessions.add_export(db, session_id, format, artifact, digest), durable=True)

    def exports(self, session_id: str) -> tuple[ExportEntry, ...]:
        return self._database.read(lambda db: sessions.exports(db, session_id))

    def record(self, session_id: str, actor: str, action: str, detail: Mapping[str, str] | None = None) -> None:
        """Append to the audit what the store cannot see by itself: who looked at or took away what.

        `detail` has only the keys of `audit.DETAILS`, with values without spaces or slashes: ValueError otherwise.
        """
        kept = dict(detail or {})
        self._database.write(lambda db: audit.append(db, session_id, storable(actor), action, kept))

    def history(self, session_id: str) -> tuple[AuditEntry, ...]:
        """For the auditor, oldest first; also of a deleted session."""
        return self._database.read(lambda db: audit.history(db, session_id))

    def _settle(self) -> None:
        for session_id, number in self._database.read(lambda db: turns.unsettled(db, self._stale_after)):
            cut_off = partial(turns.settle, session_id=session_id, number=number, stale_after=self._stale_after)
            self._database.write(cut_off, durable=True)
