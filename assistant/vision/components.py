"""Connected parts of a mask: which pixels hang together, and the mask without its specks. Numpy alone."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["without_specks"]

Ints = NDArray[np.intp]


def without_specks(mask: NDArray[np.bool_], least: float) -> NDArray[np.bool_]:
    """The mask without parts of fewer than `least` pixels; pixels that touch at a corner hang together."""
    if not mask.any():
        return mask.copy()
    rows, starts, ends = _runs(mask)
    parts = _linked(len(rows), *_touching(rows, starts, ends))
    sizes = np.bincount(parts, weights=ends - starts)
    kept = sizes[parts] >= least
    change = np.zeros((mask.shape[0], mask.shape[1] + 1), dtype=np.int8)
    np.add.at(change, (rows[kept], starts[kept]), 1)
    np.add.at(change, (rows[kept], ends[kept]), -1)
    return np.asarray(change.cumsum(axis=1)[:, :-1] > 0)


def _runs(mask: NDArray[np.bool_]) -> tuple[Ints, Ints, Ints]:
    """Row, first column and column after the last of each run of set pixels, in reading order."""
    edges = np.diff(np.pad(mask.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    rows, starts = np.nonzero(edges == 1)
    return rows, starts, np.nonzero(edges == -1)[1]


def _touching(rows: Ints, starts: Ints, ends: Ints) -> tuple[Ints, Ints]:
    """Pairs of runs of neighbouring rows that touch."""
    wide = int(ends.max()) + 2
    first = np.searchsorted(rows * wide + ends, (rows + 1) * wide + starts, side="left")
    last = np.searchsorted(rows * wide + starts, (rows + 1) * wide + ends, side="right")
    counts = np.maximum(last - first, 0)
    upper = np.repeat(np.arange(len(rows)), counts)
    offset = np.arange(len(upper)) - np.repeat(counts.cumsum() - counts, counts)
    return upper, first[upper] + offset


def _linked(n: int, one: Ints, other: Ints) -> Ints:
    """A number for each of `n` nodes, the same for those that the pairs link."""
    label = np.arange(n)
    while True:
        before = label.copy()
        low = np.minimum(label[one], label[other])
        np.minimum.at(label, one, low)
        np.minimum.at(label, other, low)
        while (label[label] != label).any():
            label = label[label]
        if (label == before).all():
            return label
