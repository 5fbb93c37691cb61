"""Assistant, the façade: everything that a face (page or command line) can ask for, in the words of the domain.

It wires the rooms together and owns the settings; it knows no screen, no file format and no SQL.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from assistant.domain.finding import READER, Finding, Review, ReviewState
from assistant.domain.image import Image, Modality
from assistant.domain.report import Report, digest_of
from assistant.domain.session import Session, SessionContents, SessionSummary, Signature, title_of
from assistant.errors import InputError, ProviderError
from assistant.home import open_home
from assistant.language.claims import Held, Ledger
from assistant.language.claims.beside import kind_held
from assistant.language.phrasing import Language
from assistant.language.report_words import report_of
from assistant.reports.export import Exported, Pictures, export
from assistant.running import RunningTurns, TurnFeed
from assistant.settings import Settings, read_settings
from assistant.store import AuditEntry, Flag, Store
from assistant.tools.card_words import card_words, model_note
from assistant.vision.loading import Models
from assistant.vision.manifest import Manifest, ModelCard

if TYPE_CHECKING:
    from assistant.answering import Answering

__all__ = ["Assistant", "ReviewAction"]

ReviewAction = Literal["accept", "reject", "edit", "undo"]

_STATES = {"accept": ReviewState.ACCEPTED, "reject": ReviewState.REJECTED, "edit": ReviewState.EDITED}
_BY_MODALITY = frozenset(f"{m.value} image" for m in Modality) | {"picture"}
_MAX_WORDS = 2000
_MAX_NAME = 120
_MAX_MESSAGE = 20_000


class Assistant:
    """One open installation: a store, the models, and the turns that are being answered."""

    def __init__(self, settings: Settings, store: Store, models: Models, secret: bytes) -> None:
        self.settings = settings
        self._store = store
        self._models = models
        self._secret = secret
        self._running = RunningTurns()

    @cached_property
    def _answering(self) -> "Answering":
        """What answers turns; made for the first one or by `warm`, since langchain and pydicom come with it."""
        from assistant.answering import Answering

        return Answering(self.settings, self._store, self._models, self._secret, self)

    @classmethod
    def open(cls, settings: Settings | None = None) -> "Assistant":
        """Create or migrate what `home` holds; ArchiveError where it cannot be used, InputError for a wrong setting."""
        settings = settings or read_settings()
        store, secret = open_home(settings)
        models = Models(settings.weights_dir, settings.device, settings.threads, settings.model_memory_mb)
        return cls(settings, store, models, secret)

    def llm_fault(self) -> str:
        """Why the language model of the settings cannot be used; empty where it can, or where none is named."""
        if not self.settings.llm:
            return ""
        from assistant.agent.providers import check_llm

        try:
            check_llm(self.settings.llm, self.settings.llm_base_url)
        except ProviderError as error:
            return str(error)
        return ""

    def close(self) -> None:
        """Let running turns end at their next step, then close the store."""
        self._running.wait(timeout_s=5.0)
        self._store.close()

    def warm(self) -> None:
        """Load what the first read needs and tidy up; meant for a background thread."""
        from assistant.agent.tagger import tagger
        from assistant.agent.talk import matcher

        _ = self._answering
        matcher()
        tagger()
        self._models.warm()
        self._store.sweep()

    # --- sessions

    def new_session(self, owner: str, label: str = "") -> Session:
        return self._store.create_session(owner, _clean(label, _MAX_NAME))

    def session(self, session_id: str, owner: str | None = None) -> Session:
        """The session as stored; InputError where it is unknown or another owner's."""
        return self._store.load(session_id, owner)

    def sessions(self, owner: str | None = None) -> tuple[SessionSummary, ...]:
        """The newest first; what a title says of the pictures states nothing of a finding."""
        known = frozenset(k.title for k in self._models.manifest.kinds) | _BY_MODALITY
        return tuple(_titled(row, known) for row in self._store.sessions(owner))

    def rename(self, session_id: str, label: str, owner: str | None = None) -> None:
        self._store.load(session_id, owner)
        self._store.set_label(session_id, _clean(label, _MAX_NAME))

    def contents(self, session_id: str, owner: str | None = None) -> SessionContents:
        """What would go if the session were deleted, and what stays because another session holds it."""
        self._store.load(session_id, owner)
        return self._store.contents(session_id)

    def delete(self, session_id: str, owner: str | None = None) -> None:
        self._store.load(session_id, owner)
        if feed := self._running.of(session_id):
            feed.stop()
            for _ in feed:
                pass
        self._store.delete(session_id)

    def viewed(self, session_id: str, owner: str | None = None) -> None:
        """Note for the auditor that the session was opened on a screen."""
        self._store.load(session_id, owner)
        self._store.record(session_id, owner or "command line", "session_viewed", {})

    def history(self, session_id: str, owner: str | None = None) -> tuple[AuditEntry, ...]:
        """Who saw, ran, changed and signed what, with which weights; oldest first; the person at the
        command line may ask of a deleted session too. InputError where there never was such a session."""
        if owner is not None:
            self._store.load(session_id, owner)
        entries = self._store.history(session_id)
        if not entries:
            self._store.load(session_id)
        return entries

    # --- turns

    def say(
        self,
        session_id: str,
        text: str,
        paths: Sequence[Path] = (),
        owner: str | None = None,
        client_id: str | None = None,
        first_read: bool = False,
        same_patient: bool = False,
        forget_uploads: bool = False,
        replaces: int | None = None,
        language: Language = "en",
    ) -> TurnFeed:
        """Answer one message in a thread of its own; follow the feed, or wait for its `result()`.

        `client_id` makes a double send run once. `first_read` reads uploads that came without a question.
        `same_patient` insists where a DICOM file names another patient. `forget_uploads` deletes each of `paths`
        once it was taken in. `replaces` asks the last question anew, or in other words: the images that it came with
        come again, and the earlier version is kept. `language` is that of the answer to a message without words.
        """
        from assistant.answering import Request

        if replaces is None:
            self._store.know(session_id, owner)
        else:
            turns = self._store.load(session_id, owner).turns
            if not turns or replaces not in (turns[-1].number, turns[-1].replaces):
                raise InputError("Only the last question can be asked anew; ask it again as a new one.")

        request = Request(
            _storable(text), tuple(paths), client_id, first_read, same_patient, forget_uploads, replaces, language
        )

        def work(feed: TurnFeed) -> None:
            self._answering.answer(feed, session_id, request)

        return self._running.start(session_id, client_id, work)

    def session_of(self, client_id: str, owner: str) -> str | None:
        """Where a message of this owner's page went, if it came in at all."""
        return self._store.session_of(client_id, owner)

    def running(self, session_id: str, owner: str | None = None) -> TurnFeed | None:
        self._store.load(session_id, owner)
        return self._running.of(session_id)

    def flag(self, session_id: str, turn: int, note: str, owner: str | None = None) -> None:
        session = self._store.load(session_id, owner)
        if not any(t.number == turn for t in session.turns):
            raise InputError(f"There is no turn {turn} in this session.")
        self._store.flag(session_id, turn, _clean(note, _MAX_WORDS), owner or "command line")

    def flags(self) -> tuple[Flag, ...]:
        """Every answer that a reader flagged, for whoever looks after the installation."""
        return self._store.flags()

    # --- findings

    def review(
        self,
        session_id: str,
        finding: str,
        action: ReviewAction,
        text: str = "",
        by: str = "",
        owner: str | None = None,
        turn: int | None = None,
    ) -> Finding:
        """Accept, reject (with a reason), edit (with the new wording) or undo; InputError names what there is."""
        session = self._store.load(session_id, owner)
        handle = finding.strip().upper()
        if session.finding(handle) is None:
            there = ", ".join(f.handle for f in session.findings) or "none yet"
            raise InputError(f"There is no finding {_clean(handle, 20)} in this session; there is: {there}.")
        by = by or READER
        if action == "undo":
            changed = self._store.undo_review(session_id, handle, by)
        else:
            words = _clean(text, _MAX_WORDS)
            if action == "edit" and not words:
                raise InputError("An edit needs the new wording; say for example: edit F1 to 'small cyst'.")
            review = Review(state=_STATES[action], by=by, at=datetime.now(UTC), text=words)
            changed = self._store.review(session_id, handle, review, turn)
        return changed

    def check(self, session_id: str, text: str, owner: str | None = None) -> tuple[Held, ...]:
        """Hold any text against a stored session, a verdict a sentence; it changes nothing."""
        session = self._store.load(session_id, owner)
        return Ledger(session, card_words(self._models.manifest)).check(_storable(text))

    # --- report

    def report(self, session_id: str, owner: str | None = None, language: Language = "en") -> Report:
        return self._report(self._store.load(session_id, owner), language)

    def _report(self, session: Session, language: Language) -> Report:
        used = {f.model for f in session.findings}
        notes = tuple(model_note(c) for c in self._models.manifest.cards if c.name in used)
        return report_of(session, notes, datetime.now(UTC), _told([t.user for t in session.standing]), language)

    def export(
        self,
        session_id: str,
        form: str,
        owner: str | None = None,
        language: Language = "en",
        hand_over: Callable[[bytes], None] | None = None,
    ) -> Exported:
        """The report in one of the forms of EXPORTERS; ReportError names them where it is another.

        `hand_over` gets the bytes first: what it cannot put in its place, and raises for, is noted as no export.
        """
        session = self._store.load(session_id, owner)
        report = self._report(session, language)
        exported = export(form, report, self._pictures(session))
        if hand_over is not None:
            hand_over(exported.data)
        name = self._store.artifacts.put(exported.data, exported.suffix)
        self._store.add_export(session_id, form, name, report.digest)
        return exported

    def sign(self, session_id: str, name: str, owner: str | None = None, language: Language = "en") -> Report:
        """Sign the report as it stands; the signed PDF, in the language that was signed, is kept for ever."""
        name = _clean(name, _MAX_NAME)
        if not name:
            raise InputError("A signature needs a name; give yours as it shall be printed.")
        session = self._store.load(session_id, owner)
        if not session.images:
            raise InputError("There is nothing to sign yet; upload an image and have it read first.")
        signature = Signature(name=name, at=datetime.now(UTC), digest=digest_of(session), artifact="")
        signed = session.model_copy(update={"signatures": (*session.signatures, signature)})
        exported = export("pdf", self._report(signed, language), self._pictures(signed))
        artifact = self._store.artifacts.put(exported.data, exported.suffix)
        self._store.sign(session_id, signature.model_copy(update={"artifact": artifact}))
        return self._report(self._store.load(session_id, owner), language)

    # --- pictures

    def image(self, session_id: str, handle: str, owner: str | None = None) -> Image:
        session = self._store.load(session_id, owner)
        if session.image(handle) is None:
            raise InputError("There is no such image in this session.")
        return self._store.pixels(session_id, handle)

    def artifact(self, session_id: str, name: str, owner: str | None = None) -> bytes:
        """A picture or file that belongs to the session; anything else is unknown, whoever asks."""
        session = self._store.load(session_id, owner)
        if not self._store.owns_artifact(session.id, name):
            raise InputError("There is no such picture in this session.")
        return self._store.artifacts.read(name)

    def artifact_path(self, name: str) -> Path:
        return self._store.artifacts.path(name)

    def _pictures(self, session: Session) -> Pictures:
        images = {i.handle: self._store.pixels(session.id, i.handle) for i in session.images}
        return Pictures(images=images, artifacts=self._store.artifacts.read)

    # --- what there is

    @property
    def models(self) -> tuple[ModelCard, ...]:
        return self._models.manifest.cards

    @property
    def manifest(self) -> Manifest:
        return self._models.manifest


def _titled(row: SessionSummary, known: frozenset[str]) -> SessionSummary:
    kinds = tuple(dict.fromkeys(kind_held(k, known) for k in row.kinds))
    if kinds == row.kinds:
        return row
    return row.model_copy(update={"kinds": kinds, "title": title_of(row.label, kinds, row.created)})


def _told(messages: Sequence[str]) -> str:
    """What was told of the patient; the matcher that knows it is loaded only where something was typed."""
    if not any(messages):
        return ""
    from assistant.agent.history import told_of_patient

    return told_of_patient(messages)


def _storable(text: str) -> str:
    """The message as typed, but for half characters that no database takes; InputError where it is a book."""
    kept = text.encode("utf-8", "replace").decode("utf-8").replace("\x00", " ").strip()
    if len(kept) > _MAX_MESSAGE:
        raise InputError(f"That message is {len(kept)} characters long; up to {_MAX_MESSAGE} can be read. Shorten it.")
    return kept


def _clean(text: str, limit: int) -> str:
    """One line of printable text; longer words than `limit` are an InputError, never cut silently."""
    line = " ".join("".join(c if c.isprintable() else " " for c in _storable(text)).split())
    if len(line) > limit:
        raise InputError(f"That is {len(line)} characters long; up to {limit} can be kept. Shorten it.")
    return line
