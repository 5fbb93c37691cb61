"""A small Assistant for the page's tests: sessions in memory, scripted turns that can be held, nothing kept."""

import io
import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Picture
from PIL import UnidentifiedImageError

from assistant.agent.stream import Said, ToolFinished, ToolStarted, TurnFinished, TurnStarted
from assistant.domain.finding import Evidence, Finding, Presence, Review, ReviewState
from assistant.domain.geometry import Box
from assistant.domain.image import Image
from assistant.domain.report import Report, digest_of
from assistant.domain.session import Session, SessionContents, SessionSummary, Signature, title_of
from assistant.domain.turn import Sentence, Status, ToolCall, Turn
from assistant.errors import InputError
from assistant.language.phrasing import Language, say
from assistant.language.report_words import report_of
from assistant.running import RunningTurns, TurnFeed
from assistant.vision.manifest import KindCard, Manifest, ModelCard
from tests.builders import SHA, build_admission, build_facts, build_finding
from ui.face import ReviewAction

__all__ = ["FakeAssistant", "build_manifest", "head_picture"]


@dataclass(frozen=True)
class Made:
    data: bytes
    media_type: str
    suffix: str


def build_manifest() -> Manifest:
    card = ModelCard(
        name="brain-tumour",
        title="Brain tumour classifier",
        task="classify",
        version="1.0.0",
        weights="brain.safetensors",
        sha256=SHA,
        kinds=("brain_mri",),
        classes=("no_tumour", "tumour"),
        positive="tumour",
        concept="brain tumour",
        input_size=224,
        looks_for="patterns of a tumour in one slice of a brain MRI",
        not_looked_for="bleeding, stroke, infection, older changes",
        suggestions=("Is there a tumour?", "How sure are you?"),
    )
    kinds = (
        KindCard(name="brain_mri", title="brain MRI", admitted=True),
        KindCard(name="chest_film", title="chest film"),
        KindCard(name="fundus", title="an eye fundus photograph"),
    )
    return Manifest(cards=(card,), kinds=kinds)


def head_picture(size: int = 320) -> NDArray[np.uint8]:
    """A round, textured thing with a bright spot: enough to look at."""
    y, x = np.mgrid[0:size, 0:size] / size - 0.5
    skull = np.clip(1 - np.abs(np.hypot(x * 1.15, y) - 0.42) * 40, 0, 1) * 200
    brain = (np.hypot(x * 1.15, y) < 0.39) * (95 + 18 * np.sin(38 * x) * np.cos(31 * y))
    spot = 120 * np.exp(-(((x - 0.14) / 0.06) ** 2 + ((y + 0.08) / 0.05) ** 2))
    noise = np.random.default_rng(0).normal(0, 4, (size, size))
    picture: NDArray[np.uint8] = np.clip(skull + brain + spot + noise, 0, 255).astype(np.uint8)
    return picture


class FakeAssistant:
    """`hold` keeps a turn between its first step and its answer until `release` is set."""

    def __init__(self) -> None:
        self.manifest = build_manifest()
        self.release = threading.Event()
        self.release.set()
        self.turns_run = 0
        self.flags: list[tuple[str, int, str]] = []
        self.seen_paths: list[Path] = []
        self.warmed = threading.Event()
        self.hostile: tuple[Sentence, ...] = ()
        self._running = RunningTurns()
        self._sessions: dict[str, Session] = {}
        self._sent: dict[tuple[str, str], str] = {}
        self._pixels: dict[tuple[str, str], NDArray[np.generic]] = {}
        self._artifacts: dict[str, bytes] = {}

    def warm(self) -> None:
        self.warmed.set()

    def new_session(self, owner: str, label: str = "") -> Session:
        session = Session(id=secrets.token_hex(16), owner=owner, created=datetime.now(UTC), label=label)
        self._sessions[session.id] = session
        return session

    def session(self, session_id: str, owner: str | None = None) -> Session:
        session = self._sessions.get(session_id)
        if session is None or owner not in (None, session.owner):
            raise InputError("There is no such session; pick one from the list.")
        return session

    def sessions(self, owner: str | None = None) -> tuple[SessionSummary, ...]:
        own = [s for s in self._sessions.values() if owner in (None, s.owner)]
        return tuple(
            SessionSummary(
                session=s.id,
                created=s.created,
                images=len(s.images),
                turns=len(s.turns),
                label=s.label,
                signed=bool(s.signatures) and s.signatures[-1].digest == digest_of(s),
                kinds=tuple(dict.fromkeys(i.kind_title for i in s.images)),
                title=title_of(s.label, tuple(dict.fromkeys(i.kind_title for i in s.images)), s.created),
            )
            for s in reversed(own)
        )

    def rename(self, session_id: str, label: str, owner: str | None = None) -> None:
        self._keep(self.session(session_id, owner).model_copy(update={"label": label}))

    def contents(self, session_id: str, owner: str | None = None) -> SessionContents:
        s = self.session(session_id, owner)
        files = len(s.images) + sum(len(f.evidence) for f in s.findings)
        return SessionContents(
            images=len(s.images),
            findings=len(s.findings),
            turns=len(s.turns),
            reports=0,
            flags=0,
            files=files,
            shared=0,
        )

    def delete(self, session_id: str, owner: str | None = None) -> None:
        del self._sessions[self.session(session_id, owner).id]

    def viewed(self, session_id: str, owner: str | None = None) -> None:
        self.session(session_id, owner)

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
        self.session(session_id, owner)

        def work(feed: TurnFeed) -> None:
            self._answer(feed, session_id, text, tuple(paths), replaces)

        if client_id:
            self._sent[owner or "", client_id] = session_id
        return self._running.start(session_id, client_id, work)

    def session_of(self, client_id: str, owner: str) -> str | None:
        return self._sent.get((owner, client_id))

    def running(self, session_id: str, owner: str | None = None) -> TurnFeed | None:
        self.session(session_id, owner)
        return self._running.of(session_id)

    def flag(self, session_id: str, turn: int, note: str, owner: str | None = None) -> None:
        self.session(session_id, owner)
        self.flags.append((session_id, turn, note))

    def review(
        self,
        session_id: str,
        finding: str,
        action: ReviewAction,
        text: str = "",
        by: str = "",
        owner: str | None = None,
    ) -> Finding:
        session = self.session(session_id, owner)
        known = session.finding(finding)
        if known is None:
            raise InputError(f"There is no finding {finding} in this session.")
        states = {
            "accept": ReviewState.ACCEPTED,
            "reject": ReviewState.REJECTED,
            "edit": ReviewState.EDITED,
            "undo": ReviewState.UNREVIEWED,
        }
        review = Review(state=states[action], by=by or "reader", at=datetime.now(UTC), text=text)
        changed = known.model_copy(update={"review": review if action != "undo" else Review()})
        self._keep(session.with_finding(changed))
        return changed

    def report(self, session_id: str, owner: str | None = None, language: Language = "en") -> Report:
        return report_of(self.session(session_id, owner), (), datetime.now(UTC), "", language)

    def export(self, session_id: str, form: str, owner: str | None = None, language: Language = "en") -> Made:
        session = self.session(session_id, owner)
        accepted = [f.concept for f in session.findings if f.is_result]
        text = f"{'; '.join(accepted) or say('paper_no_impression', language)}\nUNVERIFIED"
        return Made(text.encode(), "text/plain", form)

    def sign(self, session_id: str, name: str, owner: str | None = None, language: Language = "en") -> Report:
        session = self.session(session_id, owner)
        signature = Signature(name=name, at=datetime.now(UTC), digest=digest_of(session), artifact=f"{SHA}.pdf")
        self._keep(session.model_copy(update={"signatures": (*session.signatures, signature)}))
        return self.report(session_id, owner, language)

    def image(self, session_id: str, handle: str, owner: str | None = None) -> Image:
        facts = self.session(session_id, owner).image(handle)
        if facts is None:
            raise InputError("There is no such image in this session.")
        return Image(facts, self._pixels[session_id, handle])

    def artifact(self, session_id: str, name: str, owner: str | None = None) -> bytes:
        session = self.session(session_id, owner)
        if name not in {e.artifact for f in session.findings for e in f.evidence}:
            raise InputError("There is no such picture in this session.")
        return self._artifacts[name]

    def add_image(self, session_id: str, pixels: NDArray[np.generic], **facts: object) -> str:
        """Put an image into a session without a turn; gives its handle."""
        session = self.session(session_id)
        known = build_facts(pixels, handle=session.next_image_handle, admission=build_admission(), **facts)
        self._pixels[session_id, known.handle] = pixels
        self._keep(session.with_image(known))
        return known.handle

    def _keep(self, session: Session) -> None:
        self._sessions[session.id] = session

    def _answer(
        self, feed: TurnFeed, session_id: str, text: str, paths: tuple[Path, ...], replaces: int | None
    ) -> None:
        self.turns_run += 1
        session = self._sessions[session_id]
        number = len(session.turns) + 1
        handles, refused = [h for t in session.turns if t.number == replaces for h in t.images], ""
        for path in paths:
            self.seen_paths.append(path)
            try:
                handles.append(self.add_image(session_id, np.asarray(Picture.open(path).convert("L"))))
            except UnidentifiedImageError:
                refused = "This file is not an image that I can read; send a PNG, JPEG, TIFF or DICOM file."
            path.unlink()
        begun = Turn(number=number, user=text, images=tuple(handles), replaces=replaces)
        self._keep(self._sessions[session_id].with_turn(begun))
        feed.publish(TurnStarted(number=number, user=text, images=tuple(handles)))
        session = self._sessions[session_id]
        calls: list[ToolCall] = []
        said: list[Sentence] = []
        findings: list[Finding] = []
        if refused or not session.images:
            said.append(Sentence(text=refused or "I need an image for that; drop one into the chat."))
        else:
            image = session.images[-1].handle
            why = "why" in text.lower()
            call = ToolCall(
                name="explain_finding" if why else "classify_image",
                arguments={"image": image},
                ok=True,
                seconds=0.12,
                summary="Grad-CAM of F1" if why else "brain tumour 93 %",
            )
            feed.publish(ToolStarted(call_id="c1", name=call.name, arguments=call.arguments))
            for _ in range(600):
                if feed.stopping or self.release.wait(0.05):
                    break
            feed.publish(ToolFinished(call_id="c1", call=call))
            calls.append(call)
            if feed.stopping:
                stopped = {"reply": "Stopped.", "status": Status.ANSWERED}
                self._end(feed, session_id, begun.model_copy(update=stopped))
                return
            findings.append(self._finding(session_id, image, why))
            said = [
                Sentence(
                    text="A tumour pattern is very likely in this slice: 93 %, calibrated where 61 % had one.",
                    findings=(findings[0].handle,),
                    rests_on="finding",
                ),
                Sentence(text="This looked at one slice and for tumours alone."),
            ]
            said += self.hostile
        for sentence in said:
            feed.publish(Said(sentence=sentence))
        turn = Turn(
            number=number,
            user=text,
            reply=" ".join(s.text for s in said),
            status=Status.ANSWERED if findings else Status.NEEDS_IMAGE,
            images=tuple(handles),
            tools=tuple(calls),
            findings=tuple(findings),
            claims=tuple(said),
            chips=("How sure are you?", "Why?", "How good is the image?"),
            buttons=("accept:F1",) if findings else (),
            plan=("language: en", "tool: classify_image"),
            record=("Held back: there is a 6 cm mass <b>here</b>.",),
            seconds=0.3,
            replaces=replaces,
        )
        self._end(feed, session_id, turn)

    def _end(self, feed: TurnFeed, session_id: str, turn: Turn) -> None:
        self._keep(self._sessions[session_id].with_turn(turn))
        feed.publish(TurnFinished(turn=turn))

    def _finding(self, session_id: str, image: str, explained: bool) -> Finding:
        session = self._sessions[session_id]
        known = next((f for f in session.findings if f.image == image), None)
        rows, columns = session.images[-1].size_rc
        finding = known or build_finding(
            handle=session.next_finding_handle,
            image=image,
            presence=Presence.PRESENT,
            region=Box(x0=columns * 0.55, y0=rows * 0.32, x1=columns * 0.74, y1=rows * 0.52),
        )
        if explained and not finding.evidence:
            name = f"{secrets.token_hex(32)}.png"
            self._artifacts[name] = _heat(rows, columns)
            heat = Evidence(kind="saliency", artifact=name, method="Grad-CAM", caption="where the model looked")
            finding = finding.model_copy(update={"evidence": (heat,)})
        self._keep(session.with_finding(finding))
        return finding


def _heat(rows: int, columns: int) -> bytes:
    y, x = np.mgrid[0:rows, 0:columns]
    glow = np.exp(-(((x / columns - 0.64) / 0.16) ** 2 + ((y / rows - 0.42) / 0.14) ** 2))
    rgba = np.stack([255 * np.ones_like(glow), 200 * (1 - glow), 40 * np.ones_like(glow), 220 * glow], axis=-1)
    out = io.BytesIO()
    Picture.fromarray(rgba.astype(np.uint8)).save(out, "PNG")
    return out.getvalue()
