"""Probability maps held against outlines, a picture at a time, in little memory: counts of pixels by score.

Every figure of a set (area under the ROC curve, calibration, Dice at any threshold) comes from `[2, BINS]` counts a
picture, so a set of any size fits, and a bootstrap adds counts instead of reading pixels again. Scores are log odds,
held within -12 to 12. Knows numpy and Pillow alone.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Picture
from PIL import ImageFilter

from assistant.vision.calibrate import platt

__all__ = [
    "BINS",
    "CENTRES",
    "auc_of_counts",
    "calibration_of_counts",
    "counts_of",
    "dice",
    "dice_at_edges",
    "edge_band",
    "edges",
]

BINS = 2048
_REACH = 12.0
CENTRES: NDArray[np.float64] = np.asarray((np.arange(BINS) + 0.5) * (2 * _REACH / BINS) - _REACH, dtype=np.float64)

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]


def counts_of(scores: Floats, truth: Mask, inside: Mask) -> Floats:
    """`[2, BINS]`: pixels outside and inside the true outline by score; of those in `inside` alone."""
    bins = np.clip(((scores[inside] + _REACH) * (BINS / (2 * _REACH))).astype(np.intp), 0, BINS - 1)
    return np.bincount(bins + BINS * truth[inside], minlength=2 * BINS).reshape(2, BINS).astype(np.float64)


def auc_of_counts(counts: Floats) -> float:
    """Area under the ROC curve of all pixels together; pixels of one bin tie half. nan where one kind is missing."""
    negative, positive = counts
    if not negative.sum() or not positive.sum():
        return float("nan")
    below = np.cumsum(negative) - negative
    return float((positive * (below + negative / 2)).sum() / (positive.sum() * negative.sum()))


def calibration_of_counts(counts: Floats, slope: float, intercept: float, bins: int = 15) -> tuple[float, float]:
    """Expected calibration error over equal-width bins of probability, and Brier score, of those pixels."""
    p = platt(CENTRES, slope, intercept)
    which = np.minimum((p * bins).astype(np.intp), bins - 1)
    negative, positive = counts
    gap = np.bincount(which, weights=positive - p * (negative + positive), minlength=bins)
    total = max(1.0, float(counts.sum()))
    brier = (positive * (1 - p) ** 2 + negative * p**2).sum() / total
    return float(np.abs(gap).sum() / total), float(brier)


def edges() -> Floats:
    """`[BINS]`: the lowest score of each bin."""
    return np.asarray(CENTRES - _REACH / BINS)


def dice_at_edges(counts: Floats) -> Floats:
    """`[BINS]`: Dice of one picture if every score from the edge of a bin up counts as inside."""
    negative, positive = counts
    true_above = np.cumsum(positive[::-1])[::-1]
    false_above = np.cumsum(negative[::-1])[::-1]
    size = true_above + false_above + positive.sum()
    return np.asarray(np.divide(2 * true_above, size, out=np.ones(BINS), where=size > 0))


def dice(read: Mask, truth: Mask) -> float:
    """Twice the shared area over the sum of areas; 1 where both are empty."""
    size = int(read.sum()) + int(truth.sum())
    return 2 * int((read & truth).sum()) / size if size else 1.0


def edge_band(truth: Mask, reach: int = 3) -> Mask:
    """Pixels within `reach` pixels of the outline's edge, on either side of it."""
    picture = Picture.fromarray(np.pad(truth, reach, mode="edge").astype(np.uint8) * 255)
    across = 2 * reach + 1
    grown = np.asarray(picture.filter(ImageFilter.MaxFilter(across))) > 0
    kept = np.asarray(picture.filter(ImageFilter.MinFilter(across))) > 0
    rows, columns = truth.shape
    return np.asarray((grown & ~kept)[reach : reach + rows, reach : reach + columns])
