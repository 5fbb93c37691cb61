"""Boxes of lesions on one slice: a Pyramid Vision Transformer on the square around the head, plain and mirrored.

The two looks are joined before anything is decided: the mirrored one's maps are turned back (left and right sides
change places) and averaged cell by cell, then boxes are decoded. Both looks speak of the same cells, so this needs no
matching of boxes (as weighted box fusion does) and a mirrored slice gives exactly the mirrored boxes.
What it does not know: whether the image is a brain MRI, and more of a lesion than the box around it.
"""

import time

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from assistant.domain.finding import Finding, Kind
from assistant.domain.geometry import Box
from assistant.domain.image import Image, windowed
from assistant.errors import ModelError
from assistant.vision.base import Boxes, Detection, Detector
from assistant.vision.calibrate import platt, softmax
from assistant.vision.draft import drafted, kept_in_set
from assistant.vision.manifest import ModelCard
from assistant.vision.network import grey_batch
from assistant.vision.preprocess import cut, head_frame, luma, normalised
from assistant.vision.pyramid import Dense, PyramidDetector, decoded

__all__ = ["LEAST_SCORE", "LesionDetector", "unrivalled"]

LEAST_SCORE = 0.02
_RIVAL_OVERLAP = 0.45
_NESTED = 0.75
_CANDIDATES = 200


class LesionDetector(Detector):
    """A detector of one concept whose classes are kinds of it; `state` are its weights.

    The card's slope and intercept calibrate the score, its temperature the kinds. Of its quantiles, `present` and
    `absent` are of the score, one under a class's name is of that kind; what was not measured rules nothing out.
    """

    def __init__(self, card: ModelCard, state: dict[str, Tensor], device: torch.device) -> None:
        if card.code is None or set(card.concepts) != set(card.classes):
            raise ModelError(f"The manifest row of {card.name} needs a code, and a concept for each class.")
        self.card = card
        self._device = device
        self._network = PyramidDetector(len(card.classes))
        self._network.load_state_dict(state)
        self._network.eval().requires_grad_(False)
        self._network.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]

    def look_at(self, image: Image) -> Detection:
        shown = windowed(image)
        started = time.perf_counter()
        found = self.boxes(shown)
        seconds = time.perf_counter() - started
        above = int((found.scores >= self.card.threshold).sum())
        handle = image.facts.handle
        if above:
            return Detection(tuple(self._finding(handle, found, i) for i in range(above)), seconds)
        surest = float(found.scores.max(initial=0.0))
        return Detection((drafted(self.card, handle, surest),), seconds)

    def boxes(self, pixels: NDArray[np.uint8]) -> Boxes:
        grey = luma(pixels)
        frame = head_frame(grey)
        size = self.card.input_size
        square = normalised(cut(grey, frame, size), self.card.mean, self.card.std)
        with torch.inference_mode():
            seen = torch.from_numpy(np.stack([square, square[:, ::-1]]))
            dense = _joined(self._network(grey_batch(seen).to(self._device)))
            at = decoded(dense.sides)[0].double().cpu().numpy()
            logits = dense.score.flatten().double().cpu().numpy()
            kinds = dense.kind.flatten(2)[0].T.double().cpu().numpy()
        x, y = frame.to_image(at[:, 0::2] / size, at[:, 1::2] / size)  # type: ignore[arg-type]
        x, y = np.clip(x, 0, grey.shape[1]), np.clip(y, 0, grey.shape[0])
        xyxy = np.stack([x[:, 0], y[:, 0], x[:, 1], y[:, 1]], axis=1)
        scores = platt(logits, self.card.slope, self.card.intercept)
        real = (xyxy[:, 2] - xyxy[:, 0] >= 1) & (xyxy[:, 3] - xyxy[:, 1] >= 1) & (scores >= LEAST_SCORE)
        order = np.flatnonzero(real)[np.argsort(-scores[real], kind="stable")][:_CANDIDATES]
        kept = order[unrivalled(xyxy[order])]
        return Boxes(xyxy[kept], scores[kept], softmax(kinds[kept], self.card.temperature))

    def _finding(self, handle: str, found: Boxes, index: int) -> Finding:
        x0, y0, x1, y1 = (float(v) for v in found.xyxy[index])
        return drafted(
            self.card,
            handle,
            float(found.scores[index]),
            region=Box(x0=x0, y0=y0, x1=x1, y1=y1),
            kinds=self._kinds(found.classes[index]),
        )

    def _kinds(self, shares: NDArray[np.float64]) -> tuple[Kind, ...]:
        """The likeliest first. Where none is in the set, all are: a lesion unlike every kind rules none out."""
        card = self.card
        limits = [kept_in_set(card.conformal_quantile, name) for name in card.classes]
        inside = [1 - float(p) <= limit for p, limit in zip(shares, limits, strict=True)]
        kinds = [
            Kind(
                name=card.concepts[name].concept,
                code=card.concepts[name].code,
                probability=float(p),
                in_set=kept or not any(inside),
            )
            for name, p, kept in zip(card.classes, shares, inside, strict=True)
        ]
        return tuple(sorted(kinds, key=lambda kind: -kind.probability))


def _joined(both: Dense) -> Dense:
    """The mean of a plain look (first) and a mirrored one (second), in the plain one's cells."""
    sides = (both.sides[:1] + both.sides[1:, [2, 1, 0, 3]].flip(-1)) / 2
    return Dense(_mean(both.score), sides, _mean(both.kind), None)


def _mean(both: Tensor) -> Tensor:
    return (both[:1] + both[1:].flip(-1)) / 2


def unrivalled(xyxy: NDArray[np.float64]) -> NDArray[np.intp]:
    """Indices that non-maximum suppression keeps of boxes `[n, 4]` sorted by score.

    A box goes when it overlaps a better one by 0.45 (intersection over union), or when three quarters of the smaller of
    the two lie in the other: a box inside a box is the same lesion twice.
    """
    areas = (xyxy[:, 2:] - xyxy[:, :2]).prod(axis=1)
    left = np.ones(len(xyxy), dtype=np.bool_)
    kept: list[int] = []
    for i in range(len(xyxy)):
        if not left[i]:
            continue
        kept.append(i)
        low, high = np.maximum(xyxy[:, :2], xyxy[i, :2]), np.minimum(xyxy[:, 2:], xyxy[i, 2:])
        shared = np.clip(high - low, 0, None).prod(axis=1)
        rivals = shared / (areas + areas[i] - shared) >= _RIVAL_OVERLAP
        left &= ~(rivals | (shared / np.minimum(areas, areas[i]) >= _NESTED))
    return np.asarray(kept, dtype=np.intp)
