"""Slices with a lesion -> the same slices without: the outlined tumour replaced by mirrored healthy tissue.

In the public sets tumour and no tumour come from different places, so a network may tell them apart by scanner. These
counter-examples are of the tumour's own scanner. A seam could become a cue of its own: `with_decoy` pastes mirrored
tissue in the same way elsewhere into slices that keep their tumour. Works where the head is symmetric about a nearly
vertical line (axial, coronal) and the lesion lies to one side of it; everything else gives None.
"""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Picture
from PIL import ImageFilter

__all__ = ["with_decoy", "without_lesion"]

_T = TypeVar("_T", bound=np.generic)
_MIN_SYMMETRY = 0.55


def without_lesion(grey: NDArray[np.uint8], mask: NDArray[np.bool_]) -> NDArray[np.uint8] | None:
    """The slice with its lesion replaced by what lies mirrored on the other side, or None where that cannot be."""
    axis = _axis(grey, mask)
    if axis is None:
        return None
    wide = _grown(mask, 7)
    if (wide & _mirrored(wide, axis)).any():
        return None
    return _pasted(grey, _mirrored(grey, axis), wide)


def with_decoy(
    grey: NDArray[np.uint8], mask: NDArray[np.bool_], shape: NDArray[np.bool_], rng: np.random.Generator
) -> NDArray[np.uint8] | None:
    """The slice with its lesion kept and mirrored tissue pasted into another lesion's `shape` somewhere else."""
    axis = _axis(grey, mask)
    if axis is None:
        return None
    head = grey > 25
    keep_out = _grown(mask, 9)
    keep_out = keep_out | _mirrored(keep_out, axis)
    for _ in range(12):
        dy, dx = (int(v) for v in rng.integers(-60, 61, 2))
        moved = np.roll(shape, (dy, dx), (0, 1))
        area = moved.sum()
        if area and (head & moved).sum() > 0.97 * area:
            wide = _grown(moved, 7)
            if not (wide & keep_out).any() and not (wide & _mirrored(wide, axis)).any():
                return _pasted(grey, _mirrored(grey, axis), wide)
    return None


def _axis(grey: NDArray[np.uint8], mask: NDArray[np.bool_]) -> int | None:
    """Twice the column of the mirror line, where the head outside the lesion is symmetric enough; else None."""
    size = (grey.shape[1] // 4, grey.shape[0] // 4)
    smooth = Picture.fromarray(grey).filter(ImageFilter.GaussianBlur(4)).resize(size)
    small = np.asarray(smooth, dtype=np.float32)
    lesion = np.asarray(Picture.fromarray(_grown(mask, 9).astype(np.uint8) * 255).resize(size)) > 0
    head = np.flatnonzero((small > 25).mean(axis=0) > 0.05)
    if len(head) < 10:
        return None
    middle = int(head[0] + head[-1])
    best, found = 0.0, None
    for axis in range(middle - 4, middle + 5):
        other = _mirrored(small, axis)
        use = ((small > 25) | (other > 25)) & ~lesion & ~_mirrored(lesion, axis)
        if use.sum() < 200:
            continue
        a, b = small[use], other[use]
        a, b = a - a.mean(), b - b.mean()
        score = float((a * b).sum() / (np.sqrt((a * a).sum() * (b * b).sum()) + 1e-6))
        if score > best:
            best, found = score, 4 * axis + 3
    return found if best >= _MIN_SYMMETRY else None


def _mirrored(pixels: NDArray[_T], axis: int) -> NDArray[_T]:
    columns = pixels.shape[1]
    source = axis - np.arange(columns)
    inside = (source >= 0) & (source < columns)
    out = np.zeros_like(pixels)
    out[:, inside] = pixels[:, source[inside]]
    return out


def _grown(mask: NDArray[np.bool_], across: int) -> NDArray[np.bool_]:
    """The mask dilated by a square `across` pixels wide."""
    reach = across // 2
    out = np.pad(mask, reach)
    for axis in (0, 1):
        n = mask.shape[axis]
        windows = [out.take(range(k, k + n), axis=axis) for k in range(2 * reach + 1)]
        out = np.logical_or.reduce(windows)
    return out


def _pasted(grey: NDArray[np.uint8], other: NDArray[np.uint8], region: NDArray[np.bool_]) -> NDArray[np.uint8]:
    soft = Picture.fromarray(_grown(region, 5).astype(np.uint8) * 255).filter(ImageFilter.GaussianBlur(3))
    alpha = np.asarray(soft, dtype=np.float32) / 255
    ring = _grown(region, 13) & ~region
    shift = float(np.median(grey[ring].astype(np.float32) - other[ring])) if ring.any() else 0.0
    blended = grey * (1 - alpha) + np.clip(other + np.clip(shift, -20, 20), 0, 255) * alpha
    return np.asarray(np.clip(np.rint(blended), 0, 255), dtype=np.uint8)
