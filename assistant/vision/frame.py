"""A part of the image, in image coordinates, that a network input covers edge to edge; the way there and back."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Frame"]


@dataclass(frozen=True, slots=True)
class Frame:
    """A square in image coordinates: its upper left corner and its side; a rectangle where `height` is its own."""

    x0: float
    y0: float
    side: float
    height: float | None = None

    @property
    def tall(self) -> float:
        """How far it reaches down."""
        return self.side if self.height is None else self.height

    def to_image(self, u: float, v: float) -> tuple[float, float]:
        """A place in the frame, as fractions of its sides (0..1), to image coordinates (x, y)."""
        return self.x0 + u * self.side, self.y0 + v * self.tall

    def to_frame(self, x: float, y: float) -> tuple[float, float]:
        """Image coordinates (x, y) to fractions of the frame's sides."""
        return (x - self.x0) / self.side, (y - self.y0) / self.tall

    def draw_back(self, values: NDArray[np.float32], size_rc: tuple[int, int]) -> NDArray[np.float32]:
        """A map over the frame to one value a pixel of the image; bilinear between centres, 0 outside the frame."""
        rows, columns = size_rc
        u, _ = self.to_frame(np.arange(columns) + 0.5, 0.0)  # type: ignore[arg-type]
        _, v = self.to_frame(0.0, np.arange(rows) + 0.5)  # type: ignore[arg-type]
        across = _interpolation(np.asarray(u), values.shape[1])
        down = _interpolation(np.asarray(v), values.shape[0])
        return np.asarray(down @ values.astype(np.float32) @ across.T, dtype=np.float32)


def _interpolation(fractions: NDArray[np.float64], cells: int) -> NDArray[np.float32]:
    """Rows of weights over `cells`: bilinear between centres, flat beyond the outermost, 0 outside 0..1."""
    at = np.clip(fractions * cells - 0.5, 0, cells - 1)
    low = np.floor(at).astype(np.intp)
    high = np.minimum(low + 1, cells - 1)
    part = (at - low).astype(np.float32)
    weights = np.zeros((len(fractions), cells), dtype=np.float32)
    index = np.arange(len(fractions))
    weights[index, low] = 1 - part
    weights[index, high] += part
    weights[(fractions < 0) | (fractions > 1)] = 0
    return weights
