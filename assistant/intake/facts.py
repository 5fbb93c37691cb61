"""Decoded pixels -> Image: what both doors, raster and DICOM, do in the same way."""

import hashlib
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from assistant.domain.geometry import Orientation, Spacing
from assistant.domain.image import Image, ImageFacts, Modality, Quality, Window, windowed
from assistant.errors import InputError
from assistant.intake.base import Limits
from assistant.intake.quality import measure

__all__ = ["Known", "checked_size", "grey_if_colourless", "image_of", "narrowed", "new_uid"]

_COLOURLESS_SPREAD = 12
_COLOURLESS_MEAN = 2.0
_COLOURLESS_SHARE = 99.9
_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Known:
    """What a file says of its picture, already rid of identity."""

    modality: Modality
    source: Literal["dicom", "raster"]
    bits_stored: int
    unit: str = "1"
    spacing: Spacing | None = None
    orientation: Orientation | None = None
    laterality: str = ""
    view: str = ""
    body_part: str = ""
    window: Window | None = None
    study_uid: str = ""
    series_uid: str = ""
    sop_instance_uid: str = ""
    header: Mapping[str, str] = field(default_factory=dict)


def new_uid() -> str:
    """A random UID under 2.25 (PS3.5 B.2)."""
    return f"2.25.{uuid.UUID(bytes=secrets.token_bytes(16), version=4).int}"


def checked_size(rows: int, columns: int, limits: Limits) -> None:
    """Raise InputError for a picture that is too large to decode or too small to read; before anything is decoded."""
    if rows * columns > limits.max_pixels:
        raise InputError(
            f"This picture states {columns} x {rows} pixels, more than the {limits.max_pixels:,} that are read here; "
            "send it scaled down or cropped."
        )
    if min(rows, columns) < 0.75 * limits.min_side or rows * columns < limits.min_side**2:
        raise InputError(
            f"This picture is {columns} x {rows} pixels, too small to be read; send the original with at least "
            f"{limits.min_side} pixels a side."
        )


def grey_if_colourless(pixels: NDArray[np.generic], notes: list[str]) -> NDArray[np.generic]:
    """`[row, column, 3]` whose channels are nearly equal becomes `[row, column]`; true colour stays."""
    if pixels.ndim == 2:
        return pixels
    channels: NDArray[np.int16] = pixels.astype(np.int16)
    spread = channels.max(axis=2) - channels.min(axis=2)
    if spread.mean() > _COLOURLESS_MEAN or np.percentile(spread, _COLOURLESS_SHARE) > _COLOURLESS_SPREAD:
        return pixels
    if spread.any():
        notes.append("a faint colour cast was dropped: the picture is read as grey")
    grey: NDArray[np.generic] = np.clip(np.rint(channels @ _LUMA), 0, 255).astype(np.uint8)
    return grey


def narrowed(values: NDArray[np.generic], notes: list[str]) -> NDArray[np.generic]:
    """The same values as uint8, uint16, int16 or float32, whichever is the first to hold them without loss."""
    if values.dtype in (np.uint8, np.uint16, np.int16):
        return values
    if values.dtype.kind == "f":
        finite = np.isfinite(values)
        if not finite.any():
            raise InputError("This picture holds no finite pixel value; export it again with ordinary grey levels.")
        if not finite.all():
            notes.append("pixels without a finite value were set to the lowest value")
            values = np.where(finite, values, values[finite].min())
        whole = bool(np.all(values == np.rint(values)))
    else:
        whole = True
    low, high = float(values.min()), float(values.max())
    if whole and low >= 0 and high <= 65535:
        return values.astype(np.uint16)
    if whole and low >= -32768 and high <= 32767:
        return values.astype(np.int16)
    limits = np.finfo(np.float32)
    single: NDArray[np.generic] = np.clip(values, limits.min, limits.max).astype(np.float32)
    return single


def image_of(pixels: NDArray[np.generic], known: Known, notes: list[str]) -> Image:
    """The image with measured quality, content hash and, where none are known, new random UIDs."""
    pixels = np.ascontiguousarray(pixels)
    facts = ImageFacts(
        modality=known.modality,
        source=known.source,
        size_rc=(pixels.shape[0], pixels.shape[1]),
        channels=1 if pixels.ndim == 2 else 3,
        unit=known.unit,
        bits_stored=known.bits_stored,
        spacing=known.spacing,
        orientation=known.orientation,
        laterality=known.laterality,
        view=known.view,
        body_part=known.body_part,
        window=known.window,
        study_uid=known.study_uid or new_uid(),
        series_uid=known.series_uid or new_uid(),
        sop_instance_uid=known.sop_instance_uid or new_uid(),
        header=dict(known.header),
        notes=tuple(notes),
        quality=Quality(readable=True, sharpness=0, contrast=0),
        content_sha256=_content_sha256(pixels),
    )
    quality = measure(windowed(Image(facts=facts, pixels=pixels)))
    return Image(facts=facts.model_copy(update={"quality": quality}), pixels=pixels)


def _content_sha256(pixels: NDArray[np.generic]) -> str:
    little = pixels.astype(pixels.dtype.newbyteorder("<"), copy=False)
    header = f"{little.dtype.str}{little.shape}".encode()
    return hashlib.sha256(header + little.tobytes()).hexdigest()
