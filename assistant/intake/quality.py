"""How readable a picture is, from its grey levels alone; it knows no anatomy and no model.

The thresholds were chosen on `val` images of the brain MRI sets and on blurred, blanked and noisy copies of them
(highest blur of originals: 0.68 among 268 brain MRI pictures, 0.79 among 26 head CT slices; lowest at sigma 1.5 % of
the side: 0.87). Only what makes a picture unreadable for anyone is refused: one that is dark, hazy, soft or mostly
black is not.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageFilter

from assistant.domain.image import Quality

__all__ = ["measure"]

_WORKING_SIDE = 256
_MIDDLE_SIDE = 128
_TINY_SIDE = 64
_STRUCTURE_LEVELS = 10
_STRUCTURE_SHARE = 0.002
_SOFT, _BLURRED = 0.80, 0.86
_NOISY, _NOTHING_BUT_NOISE = 0.04, 0.96
_DARK_LEVEL, _BRIGHT_LEVEL, _BRIGHT_SHARE = 40, 247, 0.6

Grey = NDArray[np.float32]


def measure(pixels: NDArray[np.uint8]) -> Quality:
    """Quality of an 8-bit picture, `[row, column]` or `[row, column, 3]`, as a screen would show it."""
    picture = _working_copy(pixels)
    grey = np.asarray(picture, dtype=np.float32)
    low, high = (float(v) for v in np.percentile(grey, (1, 99)))
    contrast = (high - low) / 255
    rows, columns = pixels.shape[:2]
    if min(rows, columns) < 0.75 * _TINY_SIDE or rows * columns < _TINY_SIDE**2:
        issue = f"it is smaller than {_TINY_SIDE} pixels a side"
        return _unreadable(0.0, contrast, issue, "Send the original picture, not a thumbnail.")
    if _is_blank(picture):
        return _unreadable(0.0, contrast, "it is blank: nearly all of it has one grey level", "Send another picture.")
    blur, noise = _blur(picture, grey), _noise(grey)
    sharpness = 1 - blur
    if _is_noise(pixels):
        return _unreadable(sharpness, contrast, "it is nothing but noise", "Send the original picture.")
    if blur > _BLURRED:
        remedy = "Send the original picture, not a scaled-up or photographed copy."
        return _unreadable(sharpness, contrast, "it is far too blurred to be read", remedy)
    issues = []
    if blur > _SOFT:
        issues.append("it is somewhat blurred")
    if noise > _NOISY * (high - low):
        issues.append("it is noisy")
    if high < _DARK_LEVEL:
        issues.append("it is very dark")
    if float((grey > _BRIGHT_LEVEL).mean()) > _BRIGHT_SHARE:
        issues.append("most of it is overexposed")
    return Quality(readable=True, sharpness=sharpness, contrast=contrast, issues=tuple(issues))


def _unreadable(sharpness: float, contrast: float, issue: str, remedy: str) -> Quality:
    return Quality(readable=False, sharpness=sharpness, contrast=contrast, issues=(issue,), remedy=remedy)


def _working_copy(pixels: NDArray[np.uint8]) -> Pillow.Image:
    """Grey and at most 256 pixels long, so that a threshold means the same for any size."""
    picture = Pillow.fromarray(np.ascontiguousarray(pixels)).convert("L")
    longest = max(picture.size)
    if longest <= _WORKING_SIDE:
        return picture
    size = tuple(max(2, round(side * _WORKING_SIDE / longest)) for side in picture.size)
    return picture.resize((size[0], size[1]), Pillow.Resampling.BILINEAR, reducing_gap=2.0)


def _is_blank(picture: Pillow.Image) -> bool:
    """Hardly any place differs from the median: a small brain on black still does."""
    smooth = np.asarray(picture.filter(ImageFilter.BoxBlur(1)), dtype=np.float32)
    return float((np.abs(smooth - np.median(smooth)) > _STRUCTURE_LEVELS).mean()) < _STRUCTURE_SHARE


def _is_noise(pixels: NDArray[np.uint8]) -> bool:
    """The noise in the middle of the picture, at its own resolution, accounts for all that varies anywhere."""
    top, left = (max(0, (side - _MIDDLE_SIDE) // 2) for side in pixels.shape[:2])
    middle = pixels[top : top + _MIDDLE_SIDE, left : left + _MIDDLE_SIDE]
    step = max(1, max(pixels.shape[:2]) // _WORKING_SIDE)
    thinned = pixels[::step, ::step]
    grey = (middle if middle.ndim == 2 else middle[..., 1]).astype(np.float32)
    spread = float((thinned if thinned.ndim == 2 else thinned[..., 1]).std())
    return _noise(grey) > _NOTHING_BUT_NOISE * spread > 0


def _gradient(grey: Grey) -> Grey:
    across = np.abs(np.diff(grey, axis=1))[:-1]
    down = np.abs(np.diff(grey, axis=0))[:, :-1]
    return np.maximum(across, down)


def _blur(picture: Pillow.Image, grey: Grey) -> float:
    """How little is lost by blurring once more, 0 to 1 (after Crete et al., The blur effect, 2007)."""
    blurred = np.asarray(picture.filter(ImageFilter.BoxBlur(2)), dtype=np.float32)
    before, after = _gradient(grey), _gradient(blurred)
    total = float(before.sum())
    return 1 - float(np.maximum(before - after, 0).sum()) / total if total else 1.0


def _noise(grey: Grey) -> float:
    """Standard deviation of the noise in grey levels, by the median of the Laplacian (after Immerkaer 1996)."""
    rows = grey[:-2] - 2 * grey[1:-1] + grey[2:]
    laplacian = rows[:, :-2] - 2 * rows[:, 1:-1] + rows[:, 2:]
    return float(np.median(np.abs(laplacian))) / 0.6745 / 6
