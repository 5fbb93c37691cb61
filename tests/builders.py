"""Valid nouns for tests, made in one call; each keyword replaces one field.

facts = build_facts(handle="img1", modality=Modality.CT)
finding = build_finding(handle="F1", presence=Presence.ABSENT, probability=0.02)
turn = build_turn(number=1, user="is there a tumour?", findings=(finding,))
session = build_session(images=(facts,), findings=(finding,), turns=(turn,))
"""

import hashlib
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.domain.codes import Code
from assistant.domain.finding import Finding, Presence, Review, ReviewState
from assistant.domain.image import Admission, Image, ImageFacts, Modality, Quality
from assistant.domain.session import Session, Signature
from assistant.domain.turn import Sentence, Status, ToolCall, Turn

__all__ = [
    "NOON",
    "SHA",
    "build_admission",
    "build_facts",
    "build_finding",
    "build_image",
    "build_pixels",
    "build_quality",
    "build_review",
    "build_session",
    "build_signature",
    "build_tool_call",
    "build_turn",
]

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SHA = "a" * 64


def build_pixels(seed: int = 0, size_rc: tuple[int, int] = (8, 8), channels: int = 1) -> NDArray[np.uint8]:
    shape = size_rc if channels == 1 else (*size_rc, channels)
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def build_quality(**changes: Any) -> Quality:
    return Quality(**({"readable": True, "sharpness": 120.0, "contrast": 0.6} | changes))


def build_admission(**changes: Any) -> Admission:
    known = {"admitted": True, "kind": "brain_mri", "title": "brain MRI", "probability": 0.99}
    return Admission(**(known | changes))


def build_facts(pixels: NDArray[Any] | None = None, **changes: Any) -> ImageFacts:
    """Facts of an 8x8 grey MR picture, or of `pixels` (size, channels and content hash follow them)."""
    pixels = build_pixels() if pixels is None else pixels
    known: dict[str, Any] = {
        "modality": Modality.MR,
        "source": "raster",
        "size_rc": (pixels.shape[0], pixels.shape[1]),
        "channels": 1 if pixels.ndim == 2 else 3,
        "study_uid": "2.25.1001",
        "series_uid": "2.25.1002",
        "sop_instance_uid": "2.25.1003",
        "quality": build_quality(),
        "content_sha256": hashlib.sha256(np.ascontiguousarray(pixels).tobytes()).hexdigest(),
    }
    return ImageFacts(**(known | changes))


def build_image(pixels: NDArray[Any] | None = None, **changes: Any) -> Image:
    """An Image of `pixels` (else 8x8 noise); `changes` go to its facts."""
    pixels = build_pixels() if pixels is None else pixels
    return Image(build_facts(pixels, **changes), pixels)


def build_review(state: ReviewState = ReviewState.ACCEPTED, **changes: Any) -> Review:
    return Review(**({"state": state, "by": "Dr Lan", "at": NOON} | changes))


def build_finding(**changes: Any) -> Finding:
    """A present brain tumour on img1, without a handle, not reviewed."""
    known: dict[str, Any] = {
        "tracking_uid": "2.25.2001",
        "concept": "brain tumour",
        "code": Code(scheme="SCT", value="108369006", meaning="Neoplasm"),
        "presence": Presence.PRESENT,
        "probability": 0.93,
        "probability_of": "that this slice shows a brain tumour",
        "prediction_set": ("present",),
        "coverage": 0.9,
        "image": "img1",
        "scope": "one slice; tumours alone",
        "model": "brain-tumour-classifier",
        "model_version": "1.0.0",
        "weights_sha256": SHA,
        "created": NOON,
    }
    return Finding(**(known | changes))


def build_tool_call(name: str = "classify_image", **changes: Any) -> ToolCall:
    known = {"name": name, "arguments": {"image": "img1"}, "ok": True, "seconds": 0.05, "summary": "brain tumour 93 %"}
    return ToolCall(**(known | changes))


def build_turn(**changes: Any) -> Turn:
    """An answered first turn without findings; `claims` follow `reply` unless given."""
    known: dict[str, Any] = {
        "number": 1,
        "user": "Is there a tumour?",
        "reply": "There is a pattern of a brain tumour in this slice.",
        "status": Status.ANSWERED,
        "seconds": 0.2,
    } | changes
    handles = tuple(f.handle for f in known.get("findings", ()))
    if known["reply"] and "claims" not in known:
        rests_on = "finding" if handles else "talk"
        known["claims"] = (Sentence(text=known["reply"], findings=handles, rests_on=rests_on),)
    return Turn(**known)


def build_signature(**changes: Any) -> Signature:
    return Signature(**({"name": "Dr Lan", "at": NOON, "digest": SHA, "artifact": f"{SHA}.pdf"} | changes))


def build_session(**changes: Any) -> Session:
    return Session(**({"id": "session-for-tests-0001", "owner": "reader", "created": NOON} | changes))
