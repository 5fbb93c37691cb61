"""A session on a desk without a store: the models of `shelf`, callbacks in memory, pictures of every kind read."""

import numpy as np
from langchain_core.language_models import BaseChatModel
from numpy.typing import NDArray

from assistant.agent.build import Answer, Limits, run_turn
from assistant.domain.finding import Finding, Review
from assistant.domain.image import Admission, Image, ImageFacts, Modality
from assistant.domain.session import Session
from assistant.domain.turn import Turn
from assistant.tools.context import ToolContext
from tests.agent.shelf import FakeShelf, Lesion, brain_card, lean, manifest
from tests.builders import build_admission, build_facts, build_pixels, build_session

__all__ = ["KINDS", "REFUSED", "Desk", "FakeShelf", "Lesion", "brain_card", "lean", "manifest", "world"]

REFUSED = Admission(
    admitted=False,
    kind="photo",
    title="an ordinary photograph",
    probability=0.97,
    reason="This looks like an ordinary photograph, and I read brain MRI slices only.",
    remedy="Add a brain MRI slice.",
)


KINDS = {"b": "brain_mri", "f": "fundus", "m": "mouth"}
"""Letters of the worlds; the brain needs none."""

_TITLES = {
    "brain_mri": "a brain MRI slice",
    "fundus": "a photograph of the back of the eye",
    "mouth": "a photograph of teeth or gums",
}


def _pixels(kind: str, seed: int) -> NDArray[np.uint8]:
    """Noise of an odd size; colour for photographs, a lit disc for the eye."""
    pixels = build_pixels(seed, (64, 80), 1 if kind == "brain_mri" else 3)
    if kind == "fundus":
        y, x = np.ogrid[0:64, 0:80]
        pixels[(x - 40) ** 2 + (y - 32) ** 2 > 31**2] = 0
    return pixels


class Desk:
    """One session; `say` runs a turn and keeps it as the application would."""

    def __init__(
        self,
        images: int = 1,
        refused: bool = False,
        shelf: FakeShelf | None = None,
        kinds: tuple[str, ...] = (),
        **facts: object,
    ) -> None:
        """`kinds`: one an image, brain MRI where none is named; `facts`: changes of every image's facts."""
        self.kinds = {f"img{i + 1}": k for i, k in enumerate(kinds or ("brain_mri",) * images)}
        self._images = {h: _pixels(k, i) for i, (h, k) in enumerate(self.kinds.items())}
        there = tuple(self._facts(h, facts) for h in self.kinds)
        self.session: Session = build_session(images=there)
        self.shelf = shelf or FakeShelf()
        self.refused = refused
        self.artifacts: dict[str, bytes] = {}
        self.before: dict[str, Review] = {}
        self.new_images = tuple(self.kinds)
        self.exported: list[str] = []

    def _facts(self, handle: str, changes: dict[str, object]) -> ImageFacts:
        modality = Modality.MR if self.kinds[handle] == "brain_mri" else Modality.XC
        return build_facts(self._images[handle], **({"handle": handle, "modality": modality} | changes))

    def admission(self, handle: str) -> Admission:
        if self.refused:
            return REFUSED
        kind = self.kinds[handle]
        return build_admission(kind=kind, title=_TITLES[kind])

    def image(self, handle: str) -> Image:
        facts = self.session.image(handle)
        assert facts is not None
        return Image(facts, self._images[handle])

    def context(self) -> ToolContext:
        return ToolContext(
            session=self.session,
            models=self.shelf,
            admission=self.admission,
            pixels=self.image,
            keep_finding=self._keep,
            extend_finding=self._extend,
            keep_facts=self._know,
            put_artifact=self._put,
            read_artifact=self.artifacts.__getitem__,
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

    def _extend(self, finding: Finding) -> Finding:
        assert self.session.finding(finding.handle) is not None
        self.session = self.session.with_finding(finding)
        return finding

    def _know(self, facts: ImageFacts) -> ImageFacts:
        self.session = self.session.with_image(facts)
        return facts

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


def world(name: str, shelf: FakeShelf | None = None) -> Desk:
    """The desks of `phrases.jsonl`.

    0, 1, 2: that many brain images; letters b, f, m after the number: their kinds, as "2fm"; r: all read; r1: the
    first read; x: refused by the gate; l: with the brain classifier alone, as "l1r".
    """
    if name == "x":
        return Desk(refused=True)
    if name.startswith("l"):
        name, shelf = name[1:], shelf or FakeShelf(manifest=lean())
    number, rest = int(name[0]), name[1:]
    kinds = tuple(KINDS[c] for c in rest if c in KINDS)
    desk = Desk(images=number, shelf=shelf, kinds=kinds)
    if name.endswith("r1"):
        desk.say("read img1")
    elif name.endswith("r"):
        desk.say("read both images" if number == 2 else "what do you see?")
    return desk
