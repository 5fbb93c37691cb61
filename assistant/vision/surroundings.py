"""What lies around a pixel: sums over squares, and a picture with a part filled from around it. Numpy alone."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["box_sum", "filled"]


def box_sum(values: NDArray[np.float64], reach: int) -> NDArray[np.float64]:
    """Sums over squares of side `2 * reach + 1`, by summed areas; beyond the edge counts as 0."""
    rows, columns = values.shape
    table = np.zeros((rows + 1, columns + 1))
    table[1:, 1:] = values.cumsum(axis=0).cumsum(axis=1)
    y0, y1 = np.clip(np.arange(rows) - reach, 0, rows), np.clip(np.arange(rows) + reach + 1, 0, rows)
    x0, x1 = np.clip(np.arange(columns) - reach, 0, columns), np.clip(np.arange(columns) + reach + 1, 0, columns)
    return np.asarray(table[y1][:, x1] - table[y0][:, x1] - table[y1][:, x0] + table[y0][:, x0])


def filled(shown: NDArray[np.uint8], hidden: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The picture with the hidden part replaced by the mean of what is visible around it, from as near as possible.

    `shown`: `[row, column]` or `[row, column, 3]`; `hidden`: `[row, column]`. Where all is hidden, as it was.
    """
    out = shown.copy()
    layers = out if out.ndim == 3 else out[:, :, None]
    seen = (~hidden).astype(np.float64)
    open_yet = hidden.copy()
    reach = 1
    while open_yet.any() and seen.any() and reach < 2 * max(hidden.shape):
        weight = box_sum(seen, reach)
        reached = open_yet & (weight > 0.5)
        for channel in range(layers.shape[2]):
            spread = box_sum(layers[:, :, channel] * seen, reach)
            layers[:, :, channel][reached] = np.rint(spread[reached] / weight[reached])
        open_yet &= ~reached
        reach *= 2
    return out
