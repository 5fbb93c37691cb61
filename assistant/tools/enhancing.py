"""Enhanced copies of a picture for the eye alone: window, contrast, CLAHE, denoising, sharpening, inversion.

Numpy and Pillow; same picture, same copy. What comes out is shown and never read by a model.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Picture
from PIL import ImageFilter

from assistant.domain.image import Image, Window, windowed

__all__ = ["OPERATIONS", "PRESETS", "Operation", "enhanced", "in_hounsfield", "window_of"]

Operation = Literal["window", "contrast", "brighter", "darker", "clahe", "denoise", "sharpen", "invert"]
Pixels = NDArray[np.uint8]

OPERATIONS: tuple[Operation, ...] = (
    "window", "denoise", "contrast", "brighter", "darker", "clahe", "sharpen", "invert",
)  # fmt: skip
"""In the order in which they are applied."""

PRESETS: dict[str, Window] = {
    "brain": Window(center=40, width=80),
    "subdural": Window(center=75, width=215),
    "stroke": Window(center=32, width=8),
    "bone": Window(center=600, width=2800),
    "lung": Window(center=-600, width=1500),
    "mediastinum": Window(center=50, width=350),
    "abdomen": Window(center=50, width=400),
    "liver": Window(center=60, width=160),
}
"""Usual windows of CT, in Hounsfield units."""

_HOUNSFIELD = "[hnsf'U]"
_STATED = re.compile(r"^(-?\d+(?:\.\d+)?)/(\d+(?:\.\d+)?)$")
_TILES = 8
_CLIP = 2.5


def enhanced(image: Image, operations: Sequence[Operation], window: str = "") -> Pixels:
    """The picture as a screen shows it with the operations applied, uint8 of its own size."""
    chosen = window_of(image, window) if "window" in operations else None
    pixels = windowed(image, chosen).copy()
    for operation in OPERATIONS:
        if operation in operations and operation != "window":
            pixels = _applied(pixels, operation)
    return pixels


def in_hounsfield(image: Image) -> bool:
    """Whether the pixels are Hounsfield units, which the presets are in."""
    return image.facts.unit == _HOUNSFIELD


def window_of(image: Image, window: str) -> Window:
    """A preset of CT, "LEVEL/WIDTH", narrower or wider; else the range that holds 1 to 99 % of the grey levels."""
    if (stated := _STATED.match(window)) and float(stated.group(2)) > 0:
        return Window(center=float(stated.group(1)), width=float(stated.group(2)))
    if window in PRESETS and in_hounsfield(image):
        return PRESETS[window]
    values = image.pixels.astype(np.float32)
    low, high = (float(v) for v in np.percentile(values, (1, 99)))
    now = image.facts.window or Window(center=(low + high) / 2, width=max(high - low, 1.0))
    factor = {"narrower": 0.6, "wider": 1.6}.get(window, 1.0)
    return Window(center=now.center, width=now.width * factor)


def _applied(pixels: Pixels, operation: Operation) -> Pixels:
    match operation:
        case "invert":
            return np.asarray(255 - pixels)
        case "brighter" | "darker":
            return _gamma(pixels, 0.65 if operation == "brighter" else 1.5)
        case "contrast":
            return _stretched(pixels)
        case "clahe":
            return _equalised(pixels)
        case "denoise":
            return _filtered(pixels, ImageFilter.MedianFilter(3))
        case _:
            radius = max(1.0, max(pixels.shape[:2]) / 300)
            return _filtered(pixels, ImageFilter.UnsharpMask(radius=radius, percent=120, threshold=2))


def _filtered(pixels: Pixels, kernel: ImageFilter.MedianFilter | ImageFilter.UnsharpMask) -> Pixels:
    return np.asarray(Picture.fromarray(pixels).filter(kernel), dtype=np.uint8)


def _gamma(pixels: Pixels, gamma: float) -> Pixels:
    table = np.rint(255 * (np.arange(256) / 255) ** gamma).astype(np.uint8)
    return np.asarray(table[pixels])


def _stretched(pixels: Pixels) -> Pixels:
    low, high = (float(v) for v in np.percentile(pixels, (1, 99)))
    if high <= low:
        return pixels
    return np.asarray(np.clip((pixels.astype(np.float32) - low) * (255 / (high - low)), 0, 255).astype(np.uint8))


def _equalised(pixels: Pixels) -> Pixels:
    """CLAHE; colour keeps its hue: brightness is changed, and every channel by as much."""
    if pixels.ndim == 2:
        return _clahe(pixels)
    luma = np.asarray(Picture.fromarray(pixels).convert("L"))
    factor = _clahe(luma).astype(np.float32) / np.maximum(luma.astype(np.float32), 1.0)
    return np.asarray(np.clip(pixels * factor[:, :, None], 0, 255).astype(np.uint8))


def _clahe(grey: Pixels) -> Pixels:
    """Contrast-limited adaptive histogram equalisation (Zuiderveld 1994), bilinear between tiles."""
    rows, columns = grey.shape
    y_cuts = np.linspace(0, rows, min(_TILES, rows) + 1).round().astype(int)
    x_cuts = np.linspace(0, columns, min(_TILES, columns) + 1).round().astype(int)
    tables = np.array([[_table(grey[y0:y1, x0:x1]) for x0, x1 in pairwise(x_cuts)] for y0, y1 in pairwise(y_cuts)])
    fy = np.interp(np.arange(rows) + 0.5, (y_cuts[:-1] + y_cuts[1:]) / 2, np.arange(len(y_cuts) - 1))
    fx = np.interp(np.arange(columns) + 0.5, (x_cuts[:-1] + x_cuts[1:]) / 2, np.arange(len(x_cuts) - 1))
    y0, x0 = np.floor(fy).astype(int), np.floor(fx).astype(int)
    y1, x1 = np.minimum(y0 + 1, len(y_cuts) - 2), np.minimum(x0 + 1, len(x_cuts) - 2)
    wy, wx = (fy - y0)[:, None], (fx - x0)[None]
    upper = tables[y0[:, None], x0[None], grey] * (1 - wx) + tables[y0[:, None], x1[None], grey] * wx
    lower = tables[y1[:, None], x0[None], grey] * (1 - wx) + tables[y1[:, None], x1[None], grey] * wx
    return np.asarray(np.rint(upper * (1 - wy) + lower * wy).astype(np.uint8))


def _table(tile: Pixels) -> NDArray[np.float64]:
    counts = np.bincount(tile.ravel(), minlength=256).astype(np.float64)
    limit = max(_CLIP * tile.size / 256, 1.0)
    over = np.maximum(counts - limit, 0).sum()
    counts = np.minimum(counts, limit) + over / 256
    return np.asarray(255 * counts.cumsum() / counts.sum())
