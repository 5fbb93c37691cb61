"""Sessions and reports that the tests of this room share."""

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image as Pil

from assistant.domain.finding import Evidence, Finding, Presence, Review, ReviewState
from assistant.domain.geometry import Box
from assistant.domain.image import Image
from assistant.domain.report import ModelNote, Report, digest_of
from assistant.domain.session import Session
from assistant.language.report_words import report_of
from assistant.reports.pictures import Pictures
from tests.builders import (
    NOON,
    SHA,
    build_admission,
    build_finding,
    build_image,
    build_pixels,
    build_review,
    build_session,
    build_signature,
)

__all__ = ["NOTE", "build_heat", "build_picture", "build_pictures", "build_report", "mixed_session", "signed"]

NOTE = ModelNote(
    name="brain-tumour-classifier",
    title="Brain tumour classifier",
    version="1.0.0",
    weights_sha256=SHA,
    looks_for="a tumour pattern in one slice of a brain MRI",
    not_looked_for="bleeding, stroke, infection or anything else",
    limits=("Slices of other planes may read worse.",),
)


def build_heat(size_rc: tuple[int, int], peak_rc: tuple[int, int]) -> bytes:
    """A palette PNG with alpha whose one opaque pixel is `peak_rc`."""
    index = np.zeros(size_rc, np.uint8)
    index[peak_rc] = 1
    picture = Pil.fromarray(index)
    picture.putpalette([0, 0, 0, 255, 255, 0])
    out = io.BytesIO()
    picture.save(out, "PNG", transparency=bytes((0, 255)))
    return out.getvalue()


def build_picture(handle: str = "img1", size_rc: tuple[int, int] = (64, 64)) -> Image:
    """Noise of a brain MRI's kind: pixels do not matter here."""
    return build_image(build_pixels(3, size_rc), handle=handle, admission=build_admission())


def build_pictures(images: Sequence[Image]) -> Pictures:
    heat = build_heat((64, 64), (20, 40))
    return Pictures({i.facts.handle: i for i in images}, lambda name: heat)


def mixed_session(**changes: Any) -> Session:
    """Two images; accepted F1 (saliency), edited F2 (box), rejected F3, unreviewed F4, accepted negative F5."""
    saliency = Evidence(kind="saliency", artifact="heat.png", method="Grad-CAM (Selvaraju 2017)", caption="")
    findings: tuple[Finding, ...] = (
        build_finding(handle="F1", review=build_review(), prevalence=0.61, evidence=(saliency,)),
        build_finding(
            handle="F2",
            region=Box(x0=10, y0=12, x1=30, y1=40),
            review=build_review(ReviewState.EDITED, text="Small convexity meningioma, 12 mm"),
        ),
        build_finding(
            handle="F3",
            concept="zebra sign",
            tracking_uid="2.25.4040",
            review=build_review(ReviewState.REJECTED, text="it's a vessel"),
        ),
        build_finding(handle="F4", image="img2", presence=Presence.INDETERMINATE, probability=0.45, review=Review()),
        build_finding(handle="F5", image="img2", presence=Presence.ABSENT, probability=0.06, review=build_review()),
    )
    images = tuple(build_picture(handle).facts for handle in ("img1", "img2"))
    known: dict[str, Any] = {"label": "Study 14", "images": images, "findings": findings}
    return build_session(**(known | changes))


def signed(session: Session) -> Session:
    return session.model_copy(update={"signatures": (build_signature(digest=digest_of(session)),)})


def build_report(session: Session | None = None, context: str = "62M, headache for 3 weeks.") -> Report:
    return report_of(session or mixed_session(), (NOTE,), NOON, context)
