"""ToolContext: what a tool may touch in one turn; the llm never sees it.

It holds the session as it stands, the vision models, and callbacks into the application: a tool knows no store, no
path and no identity. Each tool leaves one `Outcome`: the sentences that may be shown, written by rule.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import RLock
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from pydantic_core import core_schema

from assistant.domain.base import Frozen
from assistant.domain.finding import Finding, Review, Trust
from assistant.domain.image import Admission, Image, ImageFacts
from assistant.domain.report import ModelNote
from assistant.domain.session import Session
from assistant.domain.turn import Overlay, Sentence, Shown, Status
from assistant.errors import Declined, InputError
from assistant.language.concepts import picture_name
from assistant.language.image_words import refusal_sentences
from assistant.language.phrasing import Language, say
from assistant.vision.base import Detection, Outline, Reading
from assistant.vision.manifest import Manifest, ModelCard

__all__ = ["Boxer", "Outcome", "Outliner", "Reader", "Shelf", "ToolContext", "Trusting"]


class Reader(Protocol):
    """Anything that reads an image as a classifier does."""

    def read(self, image: Image) -> Reading: ...


@runtime_checkable
class Trusting(Protocol):
    """A reader that can say how far one of its saliency maps may be trusted."""

    def read(self, image: Image) -> Reading: ...

    def trust(
        self, image: Image, concept: str, saliency: NDArray[np.uint8], region: NDArray[np.bool_] | None
    ) -> Trust: ...


class Boxer(Protocol):
    """Anything that boxes lesions as a detector does."""

    def detect(self, image: Image) -> Detection: ...


class Outliner(Protocol):
    """Anything that outlines a structure as a segmenter does."""

    def outline(self, image: Image) -> Outline: ...


class Shelf(Protocol):
    """The vision models: `assistant.vision.loading.Models`."""

    @property
    def manifest(self) -> Manifest: ...
    def classifier(self, name: str) -> Reader: ...
    def detector(self, name: str) -> Boxer: ...
    def segmenter(self, name: str) -> Outliner: ...


class Outcome(Frozen):
    """What one tool call came to; `sentences` are what the person may read."""

    tool: str
    ok: bool = True
    status: Status = Status.ANSWERED
    sentences: tuple[Sentence, ...] = ()
    findings: tuple[str, ...] = ()
    overlays: tuple[Overlay, ...] = ()
    pictures: tuple[Shown, ...] = ()
    chips: tuple[str, ...] = ()
    buttons: tuple[str, ...] = ()
    summary: str = ""

    @property
    def words(self) -> str:
        return " ".join(s.text for s in self.sentences)


@dataclass(slots=True)
class ToolContext:
    """One turn's hands; make a new one for each turn.

    The callbacks come from the application and keep what they are given. `asked` is the message: an answer is ordered
    by what it names, and nothing else is read from it. `own_words` is True only while the planner
    carries out what the reader typed; `progress` and `outcomes` are the agent's and the tools' own notes.
    """

    session: Session
    models: Shelf
    admission: Callable[[str], Admission]
    pixels: Callable[[str], Image]
    keep_finding: Callable[[Finding], Finding]
    extend_finding: Callable[[Finding], Finding]
    keep_facts: Callable[[ImageFacts], ImageFacts]
    put_artifact: Callable[[bytes, str], str]
    read_artifact: Callable[[str], bytes]
    review: Callable[[str, Review], Finding]
    undo: Callable[[str], Finding]
    export: Callable[[str], tuple[str, str]]
    formats: tuple[str, ...] = ("pdf", "json", "txt")
    reviewer: str = ""
    new_images: tuple[str, ...] = ()
    stopping: Callable[[], bool] = lambda: False
    language: Language = "en"
    asked: str = ""
    own_words: bool = False
    progress: object = None
    outcomes: list[Outcome] = field(default_factory=list)
    lock: RLock = field(default_factory=RLock)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        """Opaque to langchain's argument schemas: what is injected is neither described nor copied."""
        del source, handler
        return core_schema.is_instance_schema(cls)

    def tell(self, outcome: Outcome) -> str:
        """Leave the outcome on the table; what returns is what a llm reads."""
        self.outcomes.append(outcome)
        return outcome.words

    def say(self, key: str, **values: object) -> str:
        return say(key, self.language, **values)

    def facts(self, image: str) -> ImageFacts:
        """The facts of an image, by handle."""
        facts = self.session.image(image)
        if facts is None:
            there = ", ".join(i.handle for i in self.session.images)
            raise InputError(self.say("no_such_image", image=image, there=there or self.say("nothing")))
        return facts

    def finding(self, handle: str) -> Finding:
        found = self.session.finding(handle)
        if found is None:
            there = ", ".join(f.handle for f in self.session.findings)
            raise InputError(self.say("no_such_finding", finding=handle, there=there or self.say("nothing_yet")))
        return found

    def admitted(self, image: str) -> Admission:
        """The gate's verdict; an image that may not be read raises `Declined` with reason and remedy."""
        self.facts(image)
        verdict = self.admission(image)
        facts = self.facts(image)
        if facts.admission != verdict:
            self.session = self.session.with_image(facts.model_copy(update={"admission": verdict}))
        if not verdict.admitted:
            kinds = [k for k in self.models.manifest.kinds if k.admitted]
            read = [picture_name(k.name, k.title, self.language) for k in kinds]
            raise Declined(refusal_sentences(verdict, facts, read, self.language))
        return verdict

    def kind_words(self, verdict: Admission) -> str:
        """The kind of an admitted image, in the language of the turn."""
        return picture_name(verdict.kind, verdict.title, self.language)

    def keep(self, finding: Finding) -> Finding:
        kept = self.keep_finding(finding)
        self.session = self.session.with_finding(kept)
        return kept

    def next_handle(self) -> str:
        """The handle that the next finding gets, unless another turn of the session keeps one before."""
        return f"F{1 + max((int(f.handle.removeprefix('F')) for f in self.session.findings), default=0)}"

    def extend(self, finding: Finding) -> Finding:
        """More evidence, measurements or a region on a finding that is kept; what it states stays."""
        after = self.extend_finding(finding)
        self.session = self.session.with_finding(after)
        return after

    def know(self, facts: ImageFacts) -> None:
        """Newer facts of an image: the scale that the reader states."""
        self.session = self.session.with_image(self.keep_facts(facts))

    def reviewed(self, handle: str, decision: Review) -> Finding:
        after = self.review(handle, decision)
        self.session = self.session.with_finding(after)
        return after

    def undone(self, handle: str) -> Finding:
        after = self.undo(handle)
        self.session = self.session.with_finding(after)
        return after

    def cards(self, task: str, kind: str | None = None) -> tuple[ModelCard, ...]:
        """Manifest rows of a task, of the models that read `kind`."""
        rows = self.models.manifest.cards
        return tuple(c for c in rows if c.task == task and (kind is None or kind in c.kinds))

    def card(self, name: str) -> ModelCard | None:
        return next((c for c in self.models.manifest.cards if c.name == name), None)

    def model_notes(self) -> tuple[ModelNote, ...]:
        """What a report says of the models that made this session's findings."""
        used = {f.model for f in self.session.findings}
        return tuple(
            ModelNote(
                name=c.name,
                title=c.title,
                version=c.version,
                weights_sha256=c.sha256,
                looks_for=c.looks_for,
                not_looked_for=c.not_looked_for,
                limits=c.limits,
            )
            for c in self.models.manifest.cards
            if c.name in used
        )
