"""Boxes held against true boxes: overlap, one-to-one matches, average precision. Knows arrays alone, all `xyxy`.

Average precision at overlap 0.5 as COCO counts it: boxes in order of score, each taking the true box of its picture
that it overlaps most and that is still free; precision made monotone and read at 101 points of recall.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["RankedHits", "hits", "matched", "overlaps"]

Floats = NDArray[np.float64]


def overlaps(one: Floats, other: Floats) -> Floats:
    """Intersection over union of every box of `one` with every box of `other`, `[n, m]`."""
    one, other = np.asarray(one, dtype=np.float64).reshape(-1, 4), np.asarray(other, dtype=np.float64).reshape(-1, 4)
    low = np.maximum(one[:, None, :2], other[None, :, :2])
    high = np.minimum(one[:, None, 2:], other[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    areas = [np.clip(b[:, 2:] - b[:, :2], 0, None).prod(axis=1) for b in (one, other)]
    union = areas[0][:, None] + areas[1][None, :] - shared
    return np.asarray(np.divide(shared, union, out=np.zeros_like(shared), where=union > 0))


def matched(truth: Floats, boxes: Floats) -> tuple[NDArray[np.intp], Floats]:
    """For each true box the index of the box that stands for it (-1: missed) and their overlap (0: missed).

    One to one, the best overlap first; boxes that do not touch are no match.
    """
    left = overlaps(truth, boxes)
    which, reached = np.full(len(left), -1, dtype=np.intp), np.zeros(len(left))
    for _ in range(min(left.shape)):
        row, column = np.unravel_index(int(left.argmax()), left.shape)
        if left[row, column] <= 0:
            break
        which[row], reached[row] = column, left[row, column]
        left[row, :] = -1
        left[:, column] = -1
    return which, reached


def hits(truth: Floats, boxes: Floats, at: float = 0.5) -> NDArray[np.bool_]:
    """For boxes in order of score: whether each takes a true box that is still free, by an overlap of `at` or more."""
    left = overlaps(boxes, truth)
    found = np.zeros(len(left), dtype=np.bool_)
    if not left.size:
        return found
    for index, row in enumerate(left):
        best = int(row.argmax())
        if row[best] >= at:
            found[index] = True
            left[:, best] = -1
    return found


@dataclass(frozen=True, slots=True)
class RankedHits:
    """The boxes of one class over all pictures, the surest first: whether each is right, and of which picture.

    `total`: true boxes of that class in each picture.
    """

    right: NDArray[np.bool_]
    picture: NDArray[np.intp]
    total: NDArray[np.int64]

    @classmethod
    def ranked(
        cls, scores: Floats, right: NDArray[np.bool_], picture: NDArray[np.intp], total: NDArray[np.int64]
    ) -> "RankedHits":
        order = np.argsort(-scores, kind="stable")
        return cls(right[order], picture[order], total)

    def average_precision(self, times: NDArray[np.int64]) -> float:
        """With each picture counted so many times; nan where no true box is left."""
        all_true = float((self.total * times).sum())
        if not all_true:
            return float("nan")
        weight = times[self.picture]
        true, false = np.cumsum(weight * self.right), np.cumsum(weight * ~self.right)
        counted = np.maximum(true + false, 1)
        precision = np.maximum.accumulate((true / counted)[::-1])[::-1]
        at = np.searchsorted(true / all_true, np.linspace(0, 1, 101) - 1e-12, side="left")
        return float(np.append(precision, 0.0)[at].mean())
