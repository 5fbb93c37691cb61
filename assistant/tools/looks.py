"""What the models say of an image, each asked once: a result that is kept is not made again.

Boxes and outlines get their pictures here, masks become artifacts. Findings that contradict each other are the
business of `disagreement`; words are the business of the language room.
"""

import io
from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Picture

from assistant.domain.codes import CODES
from assistant.domain.finding import Evidence, Finding, Measurement, Presence
from assistant.domain.geometry import Box, Mask
from assistant.language.narrative import UNRELIABLE, concept_words
from assistant.reports.overlay import alone
from assistant.tools.context import ToolContext
from assistant.vision.base import Outline
from assistant.vision.explain import saliency_png
from assistant.vision.manifest import ModelCard

__all__ = ["box_lesions", "kept", "mask_of", "outline_structure", "read_image", "region_of"]

_UNSURE = (0.25, 0.75)


def kept(context: ToolContext, image: str, card: ModelCard) -> tuple[Finding, ...]:
    """What the same model with the same weights said of this image before."""
    return tuple(
        f for f in context.session.findings_of(image) if f.model == card.name and f.weights_sha256 == card.sha256
    )


def read_image(context: ToolContext, image: str) -> tuple[Finding, ...]:
    """Findings of every classifier for this image; a model runs only where none is kept."""
    findings: list[Finding] = []
    for card in context.cards("classify", context.admitted(image).kind):
        if before := kept(context, image, card):
            findings += before
            continue
        reading = context.models.classifier(card.name).read(context.pixels(image))
        for finding, saliency in zip(reading.findings, reading.saliency, strict=True):
            seen = Evidence(
                kind="saliency",
                artifact=context.put_artifact(saliency_png(saliency), "png"),
                method=reading.method,
                caption=context.say("caption_heat"),
            )
            findings.append(context.keep(finding.model_copy(update={"evidence": (seen,)})))
    return tuple(findings)


def box_lesions(context: ToolContext, image: str) -> tuple[Finding, ...]:
    """Findings of every detector for this image: one a box, or one that says that there is none."""
    findings: list[Finding] = []
    for card in context.cards("detect", context.admitted(image).kind):
        if before := kept(context, image, card):
            findings += before
            continue
        for finding in context.models.detector(card.name).detect(context.pixels(image)).findings:
            findings.append(_with_box(context, finding, card))
    return tuple(findings)


def _with_box(context: ToolContext, finding: Finding, card: ModelCard) -> Finding:
    if not isinstance(finding.region, Box):
        return context.keep(finding)
    size_rc = context.facts(finding.image).size_rc

    def box(named: Finding) -> Evidence:
        return Evidence(
            kind="box",
            artifact=context.put_artifact(alone(named, size_rc), "png"),
            method=f"{card.title} {card.version}",
            caption=context.say("caption_box", concept=concept_words(finding, context.language)),
        )

    return _kept_with(context, finding, box)


def _kept_with(context: ToolContext, finding: Finding, draw: Callable[[Finding], Evidence]) -> Finding:
    """Keep a finding with a drawing of it, which shows its handle: drawn for the handle that is next, kept in one step.

    Where another turn of the session took that handle meanwhile, it is drawn again.
    """
    guessed = finding.model_copy(update={"handle": context.next_handle()})
    drawn = finding.model_copy(update={"evidence": (*finding.evidence, draw(guessed))})
    kept = context.keep(drawn)
    if kept.handle == guessed.handle:
        return kept
    return context.extend(kept.model_copy(update={"evidence": (*finding.evidence, draw(kept))}))


def outline_structure(context: ToolContext, image: str, card: ModelCard, unreliable: str = "") -> Finding:
    """The finding of one segmenter. `unreliable`: why an outline that was asked for anyway is not to be trusted."""
    if before := kept(context, image, card):
        return before[0]
    outline = context.models.segmenter(card.name).outline(context.pixels(image))
    finding = outline.finding
    if unreliable:
        finding = finding.model_copy(update={"scope": f"{finding.scope}{UNRELIABLE}{unreliable}"})
    if finding.presence is Presence.ABSENT or not outline.mask.any():
        return context.keep(finding)
    finding = finding.model_copy(
        update={"region": _mask(context, outline.mask), "measurements": (*_shares(outline), *finding.measurements)}
    )
    low, high = _UNSURE
    unsure = (outline.probability > low) & (outline.probability < high)

    def line(named: Finding) -> Evidence:
        return Evidence(
            kind="outline",
            artifact=context.put_artifact(alone(named, outline.mask.shape, outline.mask, unsure), "png"),
            method=f"{card.title} {card.version}",
            caption=context.say("caption_outline", concept=concept_words(finding, context.language)),
        )

    return _kept_with(context, finding, line)


def _mask(context: ToolContext, mask: NDArray[np.bool_]) -> Mask:
    out = io.BytesIO()
    Picture.fromarray(mask.astype(np.uint8) * 255).convert("1").save(out, "PNG", optimize=True)
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    around = Box(x0=float(columns[0]), y0=float(rows[0]), x1=float(columns[-1] + 1), y1=float(rows[-1] + 1))
    return Mask(
        artifact=context.put_artifact(out.getvalue(), "png"),
        size_rc=(mask.shape[0], mask.shape[1]),
        area_px=int(mask.sum()),
        bounds=around,
    )


def _shares(outline: Outline) -> Iterable[Measurement]:
    """What only the look itself can tell: shares of picture and field of view, and the band of uncertainty."""
    mask, percent = outline.mask, CODES["percent"]
    area = float(mask.sum())
    yield Measurement(concept=CODES["share_of_picture"], value=100 * area / mask.size, unit=percent)
    if outline.field_of_view is not None and outline.field_of_view.any():
        inside = float((mask & outline.field_of_view).sum()) / float(outline.field_of_view.sum())
        yield Measurement(concept=CODES["vessel_density"], value=100 * inside, unit=percent)
    low, high = _UNSURE
    band = float(((outline.probability > low) & (outline.probability < high)).sum())
    yield Measurement(concept=CODES["unsure_band"], value=100 * band / area, unit=percent)


def mask_of(context: ToolContext, region: Mask) -> NDArray[np.bool_]:
    """The pixels of a kept mask, `[row, column]` of the image's own size."""
    with Picture.open(io.BytesIO(context.read_artifact(region.artifact))) as picture:
        return np.asarray(picture.convert("L")) > 127


def region_of(context: ToolContext, finding: Finding) -> NDArray[np.bool_] | None:
    """The region of a finding as pixels."""
    if isinstance(finding.region, Mask):
        return mask_of(context, finding.region)
    if finding.region is None:
        return None
    inside = np.zeros(context.facts(finding.image).size_rc, bool)
    x0, y0, x1, y1 = (round(v) for v in finding.region.xyxy)
    inside[y0:y1, x0:x1] = True
    return inside
