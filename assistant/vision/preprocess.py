"""Image -> the square of numbers that a network sees, and the exact way back to image coordinates.

Knows numpy and Pillow alone. A `Frame` is the square of the image, in image coordinates (x right, y down, (0, 0) the
outer corner of the first pixel), that a network input covers edge to edge. It may reach beyond the image: what lies
there is black. Everything that a network says about places goes back through the same frame.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Picture

from assistant.domain.image import Image, windowed
from assistant.vision.camera_disc import camera_disc
from assistant.vision.frame import Frame

__all__ = [
    "Frame",
    "cut",
    "grey_of",
    "head_frame",
    "in_colour",
    "luma",
    "normalised",
    "photo_frame",
    "rgb_of",
    "square_rgb",
    "whole_frame",
]

_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)


def grey_of(image: Image) -> NDArray[np.uint8]:
    """The image as a screen shows it, as one grey channel `[row, column]` (ITU-R BT.601 luma for colour)."""
    return luma(windowed(image))


def luma(shown: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """`[row, column]` of a grey or RGB picture."""
    if shown.ndim == 3:
        return np.asarray(np.rint(shown.astype(np.float32) @ _LUMA), dtype=np.uint8)
    return shown


def rgb_of(image: Image) -> NDArray[np.uint8]:
    """The image as a screen shows it, `[row, column, 3]`."""
    return in_colour(windowed(image))


def in_colour(shown: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """`[row, column, 3]` of a grey or RGB picture."""
    return shown if shown.ndim == 3 else np.repeat(shown[:, :, None], 3, axis=2)


def whole_frame(size_rc: tuple[int, int]) -> Frame:
    """The smallest square around the whole image, centred."""
    rows, columns = size_rc
    side = float(max(rows, columns))
    return Frame((columns - side) / 2, (rows - side) / 2, side)


def head_frame(grey: NDArray[np.uint8], margin: float = 0.04) -> Frame:
    """The square around what is not black, with a margin: black borders differ from scanner to scanner.

    A row or column counts when more than 2 % of it is brighter than a tenth of the picture's 99th percentile, so lone
    letters in a corner do not widen it. Where that leaves less than a fifth of the picture, the whole picture.
    """
    rows, columns = grey.shape
    bright = grey > max(8.0, 0.1 * float(np.percentile(grey, 99)))
    ys = np.flatnonzero(bright.mean(axis=1) > 0.02)
    xs = np.flatnonzero(bright.mean(axis=0) > 0.02)
    if len(ys) == 0 or len(xs) == 0:
        return whole_frame((rows, columns))
    x0, x1, y0, y1 = int(xs[0]), int(xs[-1]) + 1, int(ys[0]), int(ys[-1]) + 1
    if (x1 - x0) < 0.2 * columns or (y1 - y0) < 0.2 * rows:
        return whole_frame((rows, columns))
    side = max(x1 - x0, y1 - y0) * (1 + 2 * margin)
    return Frame((x0 + x1 - side) / 2, (y0 + y1 - side) / 2, side)


def cut(pixels: NDArray[np.uint8], frame: Frame, size: int) -> NDArray[np.uint8]:
    """What lies in the frame, resampled (antialiased bilinear) to `size` x `size`; black beyond the image."""
    rows, columns = pixels.shape[:2]
    before = max(0, int(np.ceil(max(-frame.x0, -frame.y0)))) + 1
    after = max(0, int(np.ceil(max(frame.x0 + frame.side - columns, frame.y0 + frame.tall - rows)))) + 1
    pads = ((before, after), (before, after), (0, 0))[: pixels.ndim]
    padded = np.pad(pixels, pads)
    box = (
        frame.x0 + before,
        frame.y0 + before,
        frame.x0 + frame.side + before,
        frame.y0 + frame.tall + before,
    )
    picture = Picture.fromarray(padded)
    return np.array(picture.resize((size, size), Picture.Resampling.BILINEAR, box=box), dtype=np.uint8)


def normalised(grey: NDArray[np.uint8], mean: float = 0.5, std: float = 0.5) -> NDArray[np.float32]:
    """Grey levels stretched so that the 0.5th and 99.5th percentile meet 0 and 1, then centred and scaled."""
    values = grey.astype(np.float32)
    low, high = (float(v) for v in np.percentile(values, (0.5, 99.5)))
    if high - low < 1:
        low, high = 0.0, 255.0
    stretched = np.clip((values - low) / (high - low), 0, 1)
    return np.asarray((stretched - mean) / std, dtype=np.float32)


def photo_frame(rgb: NDArray[np.uint8], frame: str) -> Frame:
    """What `square_rgb` cuts of a photograph `[row, column, 3]`: the square around the `disc` or the `whole`, or the
    whole `stretched` to a square."""
    rows, columns = rgb.shape[:2]
    if frame == "stretched":
        return Frame(0.0, 0.0, float(columns), float(rows))
    return camera_disc(rgb).frame if frame == "disc" else whole_frame((rows, columns))


def square_rgb(rgb: NDArray[np.uint8], frame: str, size: int) -> NDArray[np.uint8]:
    """A photograph `[row, column, 3]` to `[size, size, 3]`: of `disc` the camera's disc alone, black around it; of
    `whole` all of it, black around it; `stretched` all of it, whatever its shape."""
    if frame == "disc":
        disc = camera_disc(rgb)
        lit = rgb * disc.inside((rgb.shape[0], rgb.shape[1]))[:, :, None].astype(np.uint8)
        return cut(lit, disc.frame, size)
    return cut(rgb, photo_frame(rgb, frame), size)
