"""Saliency as a picture to lay over the image. Knows numpy and Pillow; not what the network is."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Picture

__all__ = ["GRAD_CAM", "LONGEST_SIDE", "saliency_of", "saliency_png"]

GRAD_CAM = "Grad-CAM (Selvaraju 2017)"
LONGEST_SIDE = 1024
_FAINT = 2.0
_ANCHORS = np.array(
    [[0, 0, 4], [87, 16, 110], [188, 55, 84], [249, 142, 9], [252, 255, 164]], dtype=np.float64
)  # the "inferno" map of matplotlib (CC0) at 0, 1/4, 1/2, 3/4, 1


def saliency_of(evidence: NDArray[np.float32]) -> NDArray[np.uint8]:
    """What speaks for the class as 0..255: negative evidence is 0; a map whose peak is faint stays faint."""
    positive = np.maximum(evidence, 0)
    peak = max(float(positive.max(initial=0.0)), _FAINT)
    return np.asarray(np.rint(positive * (255 / peak)), dtype=np.uint8)


def saliency_png(saliency: NDArray[np.uint8]) -> bytes:
    """A palette PNG with alpha, covering the image edge to edge; above 1024 pixels scaled down, aspect kept."""
    rows, columns = saliency.shape
    picture = Picture.fromarray(saliency)
    longest = max(rows, columns)
    if longest > LONGEST_SIDE:
        size = (max(1, round(columns * LONGEST_SIDE / longest)), max(1, round(rows * LONGEST_SIDE / longest)))
        picture = picture.resize(size, Picture.Resampling.BILINEAR)
    levels = np.linspace(0, 1, 256)
    colours = [np.interp(levels, np.linspace(0, 1, len(_ANCHORS)), _ANCHORS[:, c]) for c in range(3)]
    picture.putpalette(np.stack(colours, axis=1).astype(np.uint8).tobytes())
    alpha = np.clip((levels - 0.1) / 0.6, 0, 1) * 200
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", transparency=alpha.astype(np.uint8).tobytes())
    return buffer.getvalue()
