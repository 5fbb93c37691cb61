"""A fundus photograph -> what the vessel segmenters see, and back. Knows numpy and Pillow; not the networks.

The disc is scaled to the diameter that the training pictures have, so that a vessel is as wide for the network
whatever the camera's resolution.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Picture

from assistant.vision.camera_disc import camera_disc, even_lit

__all__ = ["WORKING_DIAMETER", "Worked", "back_to_native", "worked"]

WORKING_DIAMETER = 540


@dataclass(frozen=True, slots=True)
class Worked:
    """`pixels`: `[row, column, 3]`, even-lit, at working scale; `inside`: the disc there; `native_rc`: the image's."""

    pixels: NDArray[np.float32]
    inside: NDArray[np.bool_]
    native_rc: tuple[int, int]


def worked(rgb: NDArray[np.uint8]) -> Worked:
    """`[row, column, 3]` at its own size to working scale. Within 3 % of it a picture keeps its own pixels."""
    rows, columns = rgb.shape[:2]
    disc = camera_disc(rgb)
    scale = WORKING_DIAMETER / max(2 * disc.radius, 1.0)
    if abs(scale - 1) > 0.03:
        size = (max(32, round(columns * scale)), max(32, round(rows * scale)))
        rgb = np.asarray(Picture.fromarray(rgb).resize(size, Picture.Resampling.BOX if scale < 0.5 else 3))
        disc = camera_disc(rgb)
    inside = disc.inside((rgb.shape[0], rgb.shape[1]))
    return Worked(even_lit(rgb, inside, WORKING_DIAMETER // 24), inside, (rows, columns))


def back_to_native(values: NDArray[np.float32], native_rc: tuple[int, int]) -> NDArray[np.float32]:
    """A map at working scale to one value a pixel of the image."""
    if values.shape == native_rc:
        return values
    size = (native_rc[1], native_rc[0])
    return np.asarray(Picture.fromarray(values).resize(size, Picture.Resampling.BILINEAR), dtype=np.float32)
