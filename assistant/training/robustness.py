"""The robustness ladder: the same pictures blurred, noisy, compressed, flat, coarse, turned; the figure at each rung.

The model is wrapped, not the data: what it says of a turned picture is turned back before it is held against the truth.
Levels scale with the picture: a blur of 1 is one pixel where the longer side has 256.
"""

import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Picture
from PIL import ImageFilter

from assistant.errors import ModelError
from assistant.training.classification import classified, predictions
from assistant.training.data import Row
from assistant.training.detection import boxed, detections
from assistant.training.evaluation import PRINCIPAL, Evaluation, Rung
from assistant.training.pool import Progress
from assistant.training.segmentation import outlined, outlines
from assistant.vision.base import Boxes, Classifier, Detector, Segmenter, VisionModel
from assistant.vision.manifest import ModelCard

__all__ = ["LADDER", "Disturbance", "ladder", "steps_of"]

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Disturbance:
    """`change` of the pixels; `degrees` where it also turns them, so that places can be turned back."""

    name: str
    level: str
    change: Callable[[Pixels], Pixels]
    degrees: float = 0.0


def _blurred(radius: float) -> Callable[[Pixels], Pixels]:
    def change(pixels: Pixels) -> Pixels:
        reach = radius * max(pixels.shape[:2]) / 256
        return np.asarray(Picture.fromarray(pixels).filter(ImageFilter.GaussianBlur(reach)))

    return change


def _noisy(spread: float) -> Callable[[Pixels], Pixels]:
    def change(pixels: Pixels) -> Pixels:
        noise = np.random.default_rng(0).normal(0, spread, pixels.shape)
        return np.asarray(np.clip(pixels + noise, 0, 255), dtype=np.uint8)

    return change


def _compressed(quality: int) -> Callable[[Pixels], Pixels]:
    def change(pixels: Pixels) -> Pixels:
        stream = io.BytesIO()
        Picture.fromarray(pixels).save(stream, "JPEG", quality=quality)
        return np.asarray(Picture.open(stream))

    return change


def _flat(share: float) -> Callable[[Pixels], Pixels]:
    def change(pixels: Pixels) -> Pixels:
        middle = float(pixels.mean())
        return np.asarray(np.clip(middle + (pixels - middle) * share, 0, 255), dtype=np.uint8)

    return change


def _coarse(times: int) -> Callable[[Pixels], Pixels]:
    def change(pixels: Pixels) -> Pixels:
        rows, columns = pixels.shape[:2]
        small = Picture.fromarray(pixels).resize((max(1, columns // times), max(1, rows // times)), 4)
        return np.asarray(small.resize((columns, rows), Picture.Resampling.BILINEAR))

    return change


def _turned(degrees: float) -> Callable[[Pixels], Pixels]:
    def change(pixels: Pixels) -> Pixels:
        return np.asarray(Picture.fromarray(pixels).rotate(degrees, Picture.Resampling.BILINEAR))

    return change


LADDER: tuple[Disturbance, ...] = (
    *(Disturbance("blur", f"radius {r:g}", _blurred(r)) for r in (1, 2, 4)),
    *(Disturbance("noise", f"{s} grey levels", _noisy(s)) for s in (8, 16, 32)),
    *(Disturbance("JPEG", f"quality {q}", _compressed(q)) for q in (50, 20, 8)),
    *(Disturbance("contrast", f"{c:.0%}", _flat(c)) for c in (0.7, 0.4, 0.2)),
    *(Disturbance("down-sampling", f"{t} times", _coarse(t)) for t in (2, 4, 8)),
    *(Disturbance("rotation", f"{d} degrees", _turned(d), d) for d in (5, 15, 30)),
)


@dataclass(frozen=True, slots=True)
class _Scored:
    model: Classifier
    by: Disturbance

    @property
    def card(self) -> ModelCard:
        return self.model.card

    def logits(self, pixels: Pixels) -> NDArray[np.float64]:
        return self.model.logits(self.by.change(pixels))


@dataclass(frozen=True, slots=True)
class _Boxed:
    model: Detector
    by: Disturbance

    @property
    def card(self) -> ModelCard:
        return self.model.card

    def boxes(self, pixels: Pixels) -> Boxes:
        found = self.model.boxes(self.by.change(pixels))
        return replace(found, xyxy=_turned_back(found.xyxy, self.by.degrees, pixels.shape[:2]))


@dataclass(frozen=True, slots=True)
class _Drawn:
    model: Segmenter
    by: Disturbance

    @property
    def card(self) -> ModelCard:
        return self.model.card

    def probabilities(self, pixels: Pixels) -> NDArray[np.float32]:
        drawn = self.model.probabilities(self.by.change(pixels))
        if not self.by.degrees:
            return drawn
        back = Picture.fromarray(drawn).rotate(-self.by.degrees, Picture.Resampling.BILINEAR)
        return np.asarray(back, dtype=np.float32)


def _turned_back(xyxy: NDArray[np.float64], degrees: float, size_rc: tuple[int, ...]) -> NDArray[np.float64]:
    """Boxes of a picture that was turned counter-clockwise about its middle: the box of the ellipse in each, turned
    back."""
    if not degrees or not len(xyxy):
        return xyxy
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    middle = np.array([size_rc[1] / 2, size_rc[0] / 2])
    centre, half = (xyxy[:, :2] + xyxy[:, 2:]) / 2 - middle, (xyxy[:, 2:] - xyxy[:, :2]) / 2
    back = np.array([[cos, -sin], [sin, cos]])
    centre = centre @ back.T + middle
    half = np.sqrt((half**2) @ (back**2).T)
    return np.concatenate([centre - half, centre + half], axis=1)


def ladder(
    model: VisionModel, rows: Sequence[Row], progress: Progress, steps: Sequence[Disturbance] = LADDER
) -> tuple[Rung, ...]:
    """The main figure of the undisturbed pictures, then at each rung. Raises ModelError for another task."""
    none = Disturbance("none", "", lambda pixels: pixels)
    rungs: list[Rung] = []
    for number, step in enumerate((none, *steps)):
        figures = _measured(model, rows, step).metrics
        name = next((k for k in PRINCIPAL if k in figures), None)
        if name is None:
            break
        rungs.append(Rung(disturbance=step.name, level=step.level or name, figure=figures[name]))
        progress("disturbing pictures", (number + 1) / (1 + len(steps)))
    return tuple(rungs)


def _measured(model: VisionModel, rows: Sequence[Row], step: Disturbance) -> Evaluation:
    if isinstance(model, Classifier):
        return classified(model.card, predictions(_Scored(model, step), rows), "", "")
    if isinstance(model, Detector):
        return boxed(model.card, detections(_Boxed(model, step), rows, mirrored=False), "", "")
    if isinstance(model, Segmenter):
        return outlined(model.card, outlines(_Drawn(model, step), rows), "", "")
    raise ModelError(f"'{model.card.name}' is no classifier, detector or segmenter; it cannot be measured here.")


def steps_of(rungs: Sequence[Rung]) -> dict[str, list[tuple[str, float]]]:
    """Each disturbance's levels, the undisturbed figure first, as a plot has them."""
    if not rungs:
        return {}
    start = ("none", rungs[0].figure.value)
    found: dict[str, list[tuple[str, float]]] = {}
    for rung in rungs[1:]:
        found.setdefault(rung.disturbance, [start]).append((rung.level, rung.figure.value))
    return found
