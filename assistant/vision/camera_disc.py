"""The lit disc of a fundus photograph: where it is, the square around it, and its even-lit form. Numpy alone.

Cameras differ in the margin, in the resolution and in how the light falls off; what the networks see does not: the
disc fills the square, and each channel is measured against its own surroundings.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.vision.frame import Frame
from assistant.vision.surroundings import box_sum

__all__ = ["Disc", "camera_disc", "even_lit"]


@dataclass(frozen=True, slots=True)
class Disc:
    """Centre and radius in image coordinates."""

    x: float
    y: float
    radius: float

    @property
    def frame(self) -> Frame:
        """The square around it."""
        return Frame(self.x - self.radius, self.y - self.radius, 2 * self.radius)

    def inside(self, size_rc: tuple[int, int], share: float = 0.98) -> NDArray[np.bool_]:
        """`[row, column]`: pixels whose centre lies within that share of the radius."""
        y, x = np.ogrid[0 : size_rc[0], 0 : size_rc[1]]
        near = (x + 0.5 - self.x) ** 2 + (y + 0.5 - self.y) ** 2 <= (share * self.radius) ** 2
        return np.asarray(near)


def camera_disc(rgb: NDArray[np.uint8]) -> Disc:
    """The disc of `[row, column, 3]`. A disc cut off above and below keeps its full radius; a picture without a dark
    surround is taken to be filled by it."""
    rows, columns = rgb.shape[:2]
    bright = rgb.max(axis=2).astype(np.float32)
    lit = bright > max(12.0, 0.12 * float(np.percentile(bright, 95)))
    xs = np.flatnonzero(lit.mean(axis=0) > 0.04)
    ys = np.flatnonzero(lit.mean(axis=1) > 0.04)
    if len(xs) < 0.3 * columns or len(ys) < 0.3 * rows:
        return Disc(columns / 2, rows / 2, max(rows, columns) / 2)
    x0, x1, y0, y1 = float(xs[0]), float(xs[-1] + 1), float(ys[0]), float(ys[-1] + 1)
    return Disc((x0 + x1) / 2, (y0 + y1) / 2, max(x1 - x0, y1 - y0) / 2)


def even_lit(rgb: NDArray[np.uint8], inside: NDArray[np.bool_], reach: int) -> NDArray[np.float32]:
    """`[row, column, 3]`: each channel less the mean of its surroundings (`reach` pixels each way, inside the disc
    alone), over its standard deviation in the disc, within -3..3; 0 outside."""
    weight = box_sum(inside.astype(np.float64), reach)
    out = np.zeros(rgb.shape, dtype=np.float32)
    for channel in range(3):
        values = rgb[:, :, channel].astype(np.float64) * inside
        fine = values - box_sum(values, reach) / np.maximum(weight, 1.0)
        spread = float(fine[inside].std()) if inside.any() else 0.0
        out[:, :, channel] = np.clip(fine / max(spread, 2.0), -3, 3) * inside
    return out
