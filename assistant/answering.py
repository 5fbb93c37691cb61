"""One turn from upload to stored answer: intake, session, agent, store; every step is committed as it happens.

The broad `except` at the top of a turn stands here and nowhere else: a bug costs the turn, never the session.
"""

import contextlib
import logging
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from assistant.agent.build import Answer, run_turn
from assistant.agent.build import Limits as TurnLimits
from assistant.agent.providers import open_llm
from assistant.agent.stream import Said, ToolFinished, TurnFinished, TurnStarted
from assistant.agent.talk import language_of
from assistant.domain.finding import READER, Finding, Review
from assistant.domain.image import Admission, Image
from assistant.domain.turn import Sentence, Status, ToolCall, Turn
from assistant.errors import AssistantError, InputError, ProviderError, Stopped
from assistant.intake.open import Intake, Limits, open_upload
from assistant.language.concepts import in_language
from assistant.language.listing import listed
from assistant.language.normal import folded
from assistant.language.phrasing import Language, say
from assistant.reports.export import EXPORTERS, Exported
from assistant.running import TurnFeed
from assistant.settings import Settings
from assistant.store import Store
from assistant.tools.context import ToolContext
from assistant.vision.loading import Models

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

__all__ = ["Answering", "Reports", "Request"]

logger = logging.getLogger(__name__)

_SAME_PATIENT = re.compile(r"\bsame patient\b|\bcung (?:mot )?(?:benh nhan|nguoi benh)\b")
_UNSURE = re.compile(
    r"\b(?:not|never|isn't|aren't|wasn't|don't|doesn't|unsure|whether|if|maybe|perhaps|is (?:it|this|that|he|she)"
    r"|are (?:they|these|those)|khong|chua|chang|co le|lieu)\b"
)
_CLAUSE = re.compile(r"[^.;:!?,\n]+[.;:!?,\n]*")


def _insists(text: str) -> bool:
    """Whether the words state that a file is of the same patient: neither denied, doubted nor asked."""
    clauses = [c.strip() for c in _CLAUSE.findall(folded(text))]
    for clause, after in pairwise([*clauses, ""]):
        tag = after.endswith("?") and len(after.split()) <= 2
        if _SAME_PATIENT.search(clause) and not (_UNSURE.search(clause) or clause.endswith("?") or tag):
            return True
    return False


class Reports(Protocol):
    """What a turn needs of the façade: the report of a session, as bytes."""

    def export(self, session_id: str, form: str, owner: str | None = None, language: Language = "en") -> Exported: ...


@dataclass(frozen=True)
class Request:
    """What one message asks for, apart from the session it is said in."""

    text: str
    paths: tuple[Path, ...] = ()
    client_id: str | None = None
    first_read: bool = False
    same_patient: bool = False
    forget_uploads: bool = False
    replaces: int | None = None
    language: Language = "en"

    @property
    def tongue(self) -> Language:
        """The language of the answer: of what was typed, else the asked one."""
        return language_of(self.text) if self.text else self.language


@dataclass
class _Uploads:
    """What became of the files that came with a message."""

    taken: list[str] = field(default_factory=list)
    pixels: dict[str, NDArray[np.generic]] = field(default_factory=dict)
    said: list[Sentence] = field(default_factory=list)
    buttons: list[str] = field(default_factory=list)


class Answering:
    """Answers turns of any session; holds no state of its own but what opening an llm costs."""

    def __init__(self, settings: Settings, store: Store, models: Models, secret: bytes, reports: Reports) -> None:
        self._settings = settings
        self._store = store
        self._models = models
        self._secret = secret
        self._reports = reports
        self._limits = Limits(settings.max_bytes, settings.max_pixels, settings.min_side)

    def answer(self, feed: TurnFeed, session_id: str, request: Request) -> None:
        """Do one turn and publish it; whatever happens, it ends with a stored, finished turn."""
        started = time.monotonic()
        began = self._store.begin_turn(
            session_id, request.text, request.client_id, replaces=request.replaces, uploads=len(request.paths)
        )
        if not began.fresh:
            known = next(t for t in self._store.load(session_id).turns if t.number == began.number)
            feed.publish(TurnFinished(turn=known))
            return
        uploads = _Uploads(taken=list(began.images))
        calls: list[ToolCall] = []
        try:
            turn = self._turn(feed, session_id, began.number, request, uploads, calls)
        except Stopped:
            turn = self._stopped(began.number, request, uploads, calls)
        except AssistantError as error:
            turn = self._ended(began.number, request, uploads, Status.FAILED, in_language(str(error), request.tongue))
        except Exception:
            reference = secrets.token_hex(4)
            logger.exception("turn failed, reference %s", reference)
            words = say("turn_broke", request.tongue, reference=reference)
            turn = self._ended(began.number, request, uploads, Status.FAILED, words)
        finally:
            if request.forget_uploads:
                for path in request.paths:
                    with contextlib.suppress(OSError):
                        path.unlink()
        if not turn.tools:
            turn = turn.model_copy(update={"tools": tuple(calls)})
        turn = turn.model_copy(update={"seconds": time.monotonic() - started})
        feed.publish(TurnFinished(turn=self._store.finish_turn(session_id, turn)))

    def _ended(self, number: int, request: Request, uploads: _Uploads, status: Status, words: str) -> Turn:
        """A turn that ends without the agent; what uploads had to say comes first."""
        sentences = (*uploads.said, *((Sentence(text=words),) if words else ()))
        return Turn(
            number=number,
            user=request.text,
            reply=" ".join(s.text for s in sentences),
            status=status,
            images=tuple(uploads.taken),
            claims=sentences,
            buttons=tuple(uploads.buttons),
        )

    def _take_in(self, session_id: str, number: int, request: Request, uploads: _Uploads) -> None:
        """Files -> images of the session. A file that cannot be read costs itself alone and gets one sentence."""
        insist = request.same_patient or _insists(request.text)
        several = len(request.paths) > 1
        for position, path in enumerate(request.paths, 1):
            try:
                intake = open_upload(path, self._limits, self._secret)
            except InputError as error:
                what = in_language(str(error), request.tongue)
                what = say("upload_nth", request.tongue, position=position, what=what) if several else what
                uploads.said.append(Sentence(text=what))
                continue
            if not insist and self._of_another_patient(session_id, intake):
                uploads.said.append(self._set_apart(session_id, intake, uploads, request.tongue))
                continue
            handle = self._keep(session_id, intake, number)
            uploads.taken.append(handle)
            uploads.pixels[handle] = intake.image.pixels

    def _keep(self, session_id: str, intake: Intake, turn: int | None = None) -> str:
        image, key = intake.image, intake.patient_key
        return self._store.add_image(session_id, image.facts, image.pixels, intake.dicom, key, turn).handle

    def _of_another_patient(self, session_id: str, intake: Intake) -> bool:
        if intake.patient_key is None:
            return False
        keys = self._store.patient_keys(session_id)
        return bool(keys) and intake.patient_key not in keys

    def _set_apart(self, session_id: str, intake: Intake, uploads: _Uploads, language: Language) -> Sentence:
        """One session, one patient: the file opens a session of its own, so that nothing is lost."""
        other = self._store.create_session(self._store.load(session_id).owner, "")
        self._keep(other.id, intake)
        uploads.buttons.append(f"open:{other.id}")
        return Sentence(text=say("upload_of_another_patient", language, session=other.id))

    def _turn(
        self,
        feed: TurnFeed,
        session_id: str,
        number: int,
        request: Request,
        uploads: _Uploads,
        calls: list[ToolCall],
    ) -> Turn:
        self._take_in(session_id, number, request, uploads)
        feed.publish(TurnStarted(number=number, user=request.text, images=tuple(uploads.taken)))
        for sentence in uploads.said:
            feed.publish(Said(sentence=sentence))
        if request.paths and not uploads.taken:
            return self._ended(number, request, uploads, Status.DECLINED, "")
        text = request.text or (say("chip_read", request.language) if request.first_read else "")
        if not text:
            return self._unasked(number, request, uploads)
        return self._asked(feed, session_id, number, request, text, uploads, calls)

    def _unasked(self, number: int, request: Request, uploads: _Uploads) -> Turn:
        """An upload without a question runs nothing; an empty message asks for one."""
        if not uploads.taken:
            return self._ended(number, request, uploads, Status.CLARIFY, say("page_what_to_know", request.language))
        there = listed(uploads.taken, request.language)
        words = say("page_unasked", request.language, there=there)
        turn = self._ended(number, request, uploads, Status.ANSWERED, words)
        return turn.model_copy(
            update={"chips": tuple(say(key, request.language) for key in ("chip_read", "chip_quality"))}
        )

    def _asked(
        self,
        feed: TurnFeed,
        session_id: str,
        number: int,
        request: Request,
        text: str,
        uploads: _Uploads,
        calls: list[ToolCall],
    ) -> Turn:
        context = self._context(session_id, number, uploads, lambda: feed.stopping, language_of(text))
        llm, record = self._llm()
        limits = TurnLimits(self._settings.max_tool_calls, self._settings.llm_timeout_s)
        answer: Answer | None = None
        for event in run_turn(context, text, llm, self._settings.llm or "", limits):
            if isinstance(event, Answer):
                answer = event
                continue
            if isinstance(event, ToolFinished):
                calls.append(event.call)
                self._store.record_tool_call(session_id, number, event.call)
            if feed.stopping:
                raise Stopped("Stopped between two steps.")
            feed.publish(event)
        if answer is None:
            raise RuntimeError("the agent ended without an answer")
        sentences = (*uploads.said, *answer.sentences, *self._unopened(record, context))
        return Turn(
            number=number,
            user=request.text,
            reply=" ".join(s.text for s in sentences),
            status=answer.status,
            images=tuple(uploads.taken),
            tools=answer.tools,
            findings=answer.findings,
            overlays=answer.overlays,
            pictures=answer.pictures,
            claims=sentences,
            chips=answer.chips,
            buttons=(*uploads.buttons, *answer.buttons),
            phrased_by=answer.phrased_by,
            record=(*record, *answer.record),
            plan=answer.plan,
            left_machine=answer.left_machine,
        )

    def _stopped(self, number: int, request: Request, uploads: _Uploads, calls: list[ToolCall]) -> Turn:
        words = say("turn_stopped", request.tongue)
        turn = self._ended(number, request, uploads, Status.ANSWERED, words)
        return turn.model_copy(update={"tools": tuple(calls)})

    def _llm(self) -> "tuple[BaseChatModel | None, tuple[str, ...]]":
        """The llm of the settings; one that cannot be opened leaves the turn to the planner, and the record says so."""
        if not self._settings.llm:
            return None, ()
        try:
            return open_llm(self._settings.llm, self._settings.llm_base_url, self._settings.llm_timeout_s), ()
        except ProviderError as error:
            logger.warning("the llm could not be opened")
            return None, (str(error),)

    def _unopened(self, record: tuple[str, ...], context: ToolContext) -> tuple[Sentence, ...]:
        """That the llm could not be opened, once a session; why stands in the record."""
        words = context.say("llm_unopened")
        known = any(c.text == words for t in context.session.turns for c in t.claims)
        return (Sentence(text=words),) if record and not known else ()

    def _context(
        self, session_id: str, number: int, uploads: _Uploads, stopping: Callable[[], bool], language: Language
    ) -> ToolContext:
        session = self._store.load(session_id)
        session = session.model_copy(update={"turns": session.standing})
        store = self._store

        def pixels(handle: str) -> Image:
            """From the disk once a turn, or as they came with it."""
            facts = context.session.image(handle)
            if facts is None:
                return store.pixels(session_id, handle)
            if handle not in uploads.pixels:
                uploads.pixels[handle] = store.pixels(session_id, handle).pixels
            read_only = uploads.pixels[handle].view()
            read_only.flags.writeable = False
            return Image(facts, read_only)

        verdicts = {i.handle: i.admission for i in session.images if i.admission is not None}

        def admission(handle: str) -> Admission:
            if handle not in verdicts:
                image = pixels(handle)
                verdicts[handle] = self._models.gate().admit(image)
                store.update_image(session_id, image.facts.model_copy(update={"admission": verdicts[handle]}))
            return verdicts[handle]

        def keep(finding: Finding) -> Finding:
            return store.add_finding(session_id, number, finding)

        def decide(handle: str, decision: Review) -> Finding:
            return store.review(session_id, handle, decision, number)

        def export_as(form: str) -> tuple[str, str]:
            exported = self._reports.export(session_id, form, language=language)
            return store.artifacts.put(exported.data, exported.suffix), ""

        context = ToolContext(
            session=session,
            models=self._models,
            admission=admission,
            pixels=pixels,
            keep_finding=keep,
            extend_finding=lambda finding: store.update_finding(session_id, finding),
            keep_facts=lambda facts: store.update_image(session_id, facts),
            put_artifact=store.artifacts.put,
            read_artifact=store.artifacts.read,
            review=decide,
            undo=lambda handle: store.undo_review(session_id, handle, READER),
            export=export_as,
            formats=tuple(EXPORTERS),
            reviewer=READER,
            new_images=tuple(uploads.taken),
            stopping=stopping,
        )
        return context
