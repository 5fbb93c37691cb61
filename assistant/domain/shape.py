"""Shapes of masks: pieces, edge, longest axis and the width across it. Numpy alone; it knows no image and no model.

A mask is `[row, column]`. Lengths are between outer corners of pixels, so that a row of n pixels is n long.
"""

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Axes", "axes", "edge", "pieces"]

Mask = NDArray[np.bool_]
Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Axes:
    """`long`: the largest Feret diameter. `across`: the extent at right angles to it."""

    long: float
    across: float


def axes(mask: Mask, row: float = 1.0, column: float = 1.0) -> Axes:
    """Axes of everything that is set, in the unit of `row` and `column`: the distance between two rows, two columns."""
    hull = _hull(_corners(mask) * (column, row))
    between = hull[:, None] - hull[None]
    square = (between**2).sum(axis=2)
    a, b = np.unravel_index(int(square.argmax()), square.shape)
    long = float(np.sqrt(square[a, b]))
    x, y = between[a, b] / long
    across = hull @ np.array([-y, x])
    return Axes(long, float(across.max() - across.min()))


def edge(mask: Mask) -> Mask:
    """Pixels that are set and have a neighbour (above, below, left, right) that is not; beyond the picture is not."""
    around = np.pad(mask, 1)
    inner = around[:-2, 1:-1] & around[2:, 1:-1] & around[1:-1, :-2] & around[1:-1, 2:]
    return np.asarray(mask & ~inner)


def pieces(mask: Mask) -> list[Mask]:
    """The connected parts (diagonals connect), the largest first."""
    runs: list[tuple[int, int, int]] = []
    parent: list[int] = []
    above: list[int] = []
    for row in range(mask.shape[0]):
        here: list[int] = []
        flips = np.flatnonzero(np.diff(np.concatenate([[0], mask[row].astype(np.int8), [0]])))
        for start, end in zip(flips[::2].tolist(), flips[1::2].tolist(), strict=True):
            number = len(runs)
            runs.append((row, start, end))
            parent.append(number)
            for other in above:
                if runs[other][1] <= end and runs[other][2] >= start:
                    parent[_root(parent, other)] = _root(parent, number)
            here.append(number)
        above = here
    groups: dict[int, list[int]] = {}
    for number in range(len(runs)):
        groups.setdefault(_root(parent, number), []).append(number)
    found: list[Mask] = []
    for members in groups.values():
        part = np.zeros(mask.shape, bool)
        for number in members:
            row, start, end = runs[number]
            part[row, start:end] = True
        found.append(part)
    return sorted(found, key=lambda part: -int(part.sum()))


def _root(parent: list[int], number: int) -> int:
    while parent[number] != number:
        parent[number] = parent[parent[number]]
        number = parent[number]
    return number


def _corners(mask: Mask) -> Points:
    """`[n, 2]` x, y: the outer corners of the first and last pixel of every row."""
    rows = np.flatnonzero(mask.any(axis=1))
    if not len(rows):
        raise ValueError("an empty mask has no axes")
    first = mask[rows].argmax(axis=1)
    last = mask.shape[1] - mask[rows, ::-1].argmax(axis=1)
    found = [(x, y + d) for f, e, y in zip(first, last, rows, strict=True) for x in (f, e) for d in (0, 1)]
    return np.array(sorted(set(found)), dtype=np.float64)


def _hull(points: Points) -> Points:
    """The convex hull (Andrew's monotone chain) of points sorted by x, then y."""
    halves = []
    for ordered in (points.tolist(), points[::-1].tolist()):
        half: list[list[float]] = []
        for p in ordered:
            while len(half) > 1 and _turn(half[-2], half[-1], p) <= 0:
                half.pop()
            half.append(p)
        halves.append(half[:-1])
    return np.array(list(itertools.chain(*halves)))


def _turn(a: list[float], b: list[float], c: list[float]) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
