"""How much of the fine vessels a fundus photograph shows, from its green channel alone; no model.

The threshold was chosen on the `val` photographs of the public eye disease set: below it lie 68 % of 65 with cataract,
4 % of 161 without disease, 7 % of 43 with diabetic retinopathy, 3 % of 66 with glaucoma, and none of the 54 photographs
of the two vessel sets and the other camera.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Picture

from assistant.domain.image import Image, windowed
from assistant.vision.camera_disc import camera_disc

__all__ = ["fine_detail", "is_veiled"]

_DIAMETER = 256
_REACH = 5
_LEAST = 0.02


def is_veiled(image: Image) -> bool:
    """Whether haze or blur hides the fine vessels."""
    return fine_detail(windowed(image)) < _LEAST


def fine_detail(pixels: NDArray[np.uint8]) -> float:
    """Spread of the green channel about its surroundings, over its mean, in the inner disc scaled to 256 pixels."""
    rgb = pixels if pixels.ndim == 3 else np.repeat(pixels[:, :, None], 3, axis=2)
    disc = camera_disc(rgb)
    scale = _DIAMETER / max(2 * disc.radius, 1.0)
    size = (max(16, round(rgb.shape[1] * scale)), max(16, round(rgb.shape[0] * scale)))
    green = Picture.fromarray(np.ascontiguousarray(rgb[:, :, 1])).resize(size, Picture.Resampling.BOX)
    values = np.asarray(green, dtype=np.float64)
    y, x = np.ogrid[0 : values.shape[0], 0 : values.shape[1]]
    inner = (x + 0.5 - disc.x * scale) ** 2 + (y + 0.5 - disc.y * scale) ** 2 <= (0.8 * disc.radius * scale) ** 2
    fine = values - _smooth(values)
    mean = float(values[inner].mean()) if inner.any() else 0.0
    return float(fine[inner].std()) / mean if mean > 1 else 0.0


def _smooth(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Means over squares of side `2 * _REACH + 1`, edges repeated."""
    padded = np.pad(values, _REACH, mode="edge")
    table = np.pad(padded.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    side = 2 * _REACH + 1
    sums = table[side:, side:] - table[:-side, side:] - table[side:, :-side] + table[:-side, :-side]
    return np.asarray(sums / side**2)
