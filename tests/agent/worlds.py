"""A session on a desk without a store: real manifest, a fake classifier that counts its reads, callbacks in memory."""

import functools
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from langchain_core.language_models import BaseChatModel

from assistant.agent.build import Answer, Limits, run_turn
from assistant.domain.finding import Finding, Presence, Review
from assistant.domain.image import Admission, Image
from assistant.domain.session import Session
from assistant.domain.turn import Turn
from assistant.tools.context import ToolContext
from assistant.vision.base import Reading
from assistant.vision.manifest import Manifest, ModelCard, load_manifest
from tests.builders import build_admission, build_facts, build_finding, build_image, build_session

REFUSED = Admission(
    admitted=False,
    kind="photo",
    title="an ordinary photograph",
    probability=0.97,
    reason="This looks like an ordinary photograph, and I read brain MRI slices only.",
    remedy="Add a brain MRI slice.",
)


@functools.cache
def manifest() -> Manifest:
    return load_manifest(Path(__file__).resolve().parents[2] / "weights")


def brain_card() -> ModelCard:
    return manifest().card("brain_tumour")


@dataclass
class FakeShelf:
    """The models of the desk; the only classifier finds a tumour with the probability it is told."""

    manifest: Manifest = field(default_factory=manifest)
    probability: float = 0.94
    presence: Presence = Presence.PRESENT
    reads: int = 0
    fails: Exception | None = None

    def classifier(self, name: str) -> "FakeShelf":
        assert name == "brain_tumour"
        return self

    def read(self, image: Image) -> Reading:
        self.reads += 1
        if self.fails:
            raise self.fails
        card = brain_card()
        found = build_finding(
            presence=self.presence,
            probability=self.probability,
            prevalence=0.61,
            image=image.facts.handle,
            model=card.name,
            weights_sha256=card.sha256,
        )
        return Reading((found,), (np.zeros((8, 8), np.uint8),), "Grad-CAM (Selvaraju 2017)", 0.01)


class Desk:
    """One session; `say` runs a turn and keeps it as the application would."""

    def __init__(self, images: int = 1, refused: bool = False, shelf: FakeShelf | None = None) -> None:
        facts = tuple(build_facts(handle=f"img{i + 1}") for i in range(images))
        self.session: Session = build_session(images=facts)
        self.shelf = shelf or FakeShelf()
        self.refused = refused
        self.artifacts: dict[str, bytes] = {}
        self.before: dict[str, Review] = {}
        self.new_images = tuple(f.handle for f in facts)
        self.exported: list[str] = []

    def context(self) -> ToolContext:
        return ToolContext(
            session=self.session,
            models=self.shelf,
            admission=lambda handle: REFUSED if self.refused else build_admission(title="a brain MRI slice"),
            pixels=lambda handle: build_image(handle=handle),
            keep_finding=self._keep,
            put_artifact=self._put,
            review=self._review,
            undo=self._undo,
            export=self._export,
            reviewer="Dr Lan",
            new_images=self.new_images,
        )

    def say(self, text: str, llm: BaseChatModel | None = None, limits: Limits | None = None) -> Answer:
        context = self.context()
        *self.events, answer = run_turn(context, text, llm, "fake:llm", limits)
        assert isinstance(answer, Answer)
        self.session = context.session.with_turn(
            Turn(
                number=len(self.session.turns) + 1,
                user=text,
                reply=answer.reply,
                status=answer.status,
                tools=answer.tools,
                findings=answer.findings,
                claims=answer.sentences,
            )
        )
        self.new_images = ()
        return answer

    def _keep(self, finding: Finding) -> Finding:
        kept = finding.model_copy(update={"handle": self.session.next_finding_handle})
        self.session = self.session.with_finding(kept)
        return kept

    def _put(self, data: bytes, suffix: str) -> str:
        name = f"{len(self.artifacts)}.{suffix}"
        self.artifacts[name] = data
        return name

    def _review(self, handle: str, review: Review) -> Finding:
        found = self.session.finding(handle)
        assert found is not None
        self.before[handle] = found.review
        return self._update(found, review)

    def _undo(self, handle: str) -> Finding:
        found = self.session.finding(handle)
        assert found is not None
        return self._update(found, self.before.pop(handle, Review()))

    def _update(self, found: Finding, review: Review) -> Finding:
        after = found.model_copy(update={"review": review})
        self.session = self.session.with_finding(after)
        return after

    def _export(self, format: str) -> tuple[str, str]:
        self.exported.append(format)
        return f"report.{format}", ""


def world(name: str) -> Desk:
    """The desks of `phrases.jsonl`: 0, 1, 2 images; r: all read; r1: the first read; x: refused by the gate."""
    if name == "x":
        return Desk(refused=True)
    desk = Desk(images=int(name[0]))
    if name.endswith("r1"):
        desk.say("read img1")
    elif name.endswith("r"):
        desk.say("read both images" if name[0] == "2" else "what do you see?")
    return desk
