"""Pixel data of a single frame: checked before decoding, decoded, then in modality units with brighter higher."""

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.encaps import get_frame
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut
from pydicom.pixels.utils import pixel_array
from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    UID,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from assistant.domain.image import Window
from assistant.errors import InputError
from assistant.intake.base import Limits
from assistant.intake.decoder import decoded_apart
from assistant.intake.dicom_header import PYDICOM_FAULTS, Header
from assistant.intake.facts import checked_size, narrowed

__all__ = ["Grey", "check_before_decoding", "decoded", "in_modality_units", "window_of"]

_UNCOMPRESSED_AGAIN = "export it without compression, or as JPEG 2000 or JPEG lossless, and resend it."
_DAMAGED = "The picture in this DICOM file is damaged or cut off and cannot be decoded; export it again and resend it."
_BITS = (1, 8, 16, 32)
_NATIVE_AND_FRAGILE = frozenset({JPEGLossless, JPEGLosslessSV1, JPEGLSLossless, JPEGLSNearLossless})
_PLUGINS = {
    JPEGBaseline8Bit: "pillow",
    JPEGExtended12Bit: "pillow",
    RLELossless: "pydicom",
} | dict.fromkeys((JPEG2000Lossless, JPEG2000, HTJ2KLossless, HTJ2KLosslessRPCL, HTJ2K), "pylibjpeg")
_EXACT = 2.0**53
_MOST_COMPONENTS = 4
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC} | {0xF7}


@dataclass(frozen=True, slots=True)
class Grey:
    """`[row, column]` in modality units; `mirror` is the sum of lowest and highest value where it was inverted."""

    pixels: NDArray[np.generic]
    rescaled: bool
    mirror: float | None


def check_before_decoding(ds: Dataset, header: Header, limits: Limits) -> None:
    """Raise InputError for several frames, sizes beyond the limits, or a codestream that contradicts the header."""
    rows, columns = header.integer("Rows"), header.integer("Columns")
    frames = header.integer("NumberOfFrames") if header.values("NumberOfFrames") else 1
    bits, samples = header.integer("BitsAllocated"), header.integer("SamplesPerPixel") or 1
    if frames is None or not rows or not columns or bits not in _BITS or samples not in (1, 3, 4):
        raise InputError(
            "The header of this DICOM file does not say how its picture is stored; export it again and resend it."
        )
    if frames > 1:
        raise InputError(
            f"This DICOM file holds {frames:,} frames, and multi-frame files cannot be read yet; "
            "send one frame as a DICOM file of its own, or as PNG."
        )
    checked_size(rows, columns, limits)
    if _is_compressed(ds):
        stated = _codestream_size(_first_frame(ds))
        if stated is not None and stated != (rows, columns):
            raise InputError(_DAMAGED)


def _is_compressed(ds: Dataset) -> bool:
    return bool(getattr(UID(str(ds.file_meta.TransferSyntaxUID)), "is_encapsulated", False)) if _is_known(ds) else False


def _is_known(ds: Dataset) -> bool:
    uid = UID(str(ds.file_meta.TransferSyntaxUID))
    return not uid.is_private and uid.is_transfer_syntax


def _first_frame(ds: Dataset) -> bytes:
    try:
        return bytes(get_frame(ds.PixelData, 0, number_of_frames=1))
    except PYDICOM_FAULTS:
        raise InputError(_DAMAGED) from None


def _codestream_size(data: bytes) -> tuple[int, int] | None:
    """(rows, columns) as the JPEG, JPEG-LS or JPEG 2000 stream states, (0, 0) for nonsense; None if untold."""
    siz = data.find(b"\xff\x4f\xff\x51", 0, 4096)
    if siz >= 0 and len(data) >= siz + 42:
        width, height, x0, y0 = struct.unpack(">4I", data[siz + 8 : siz + 24])
        (components,) = struct.unpack(">H", data[siz + 40 : siz + 42])
        return (height - y0, width - x0) if components <= _MOST_COMPONENTS else (0, 0)
    if not data.startswith(b"\xff\xd8"):
        return None
    offset = 2
    while offset + 9 <= len(data) and data[offset] == 0xFF:
        marker = data[offset + 1]
        if marker == 0xFF:
            offset += 1
            continue
        (length,) = struct.unpack(">H", data[offset + 2 : offset + 4])
        if marker in _JPEG_FRAMES:
            rows, columns = struct.unpack(">HH", data[offset + 5 : offset + 9])
            return (rows, columns)
        offset += 2 + length
    return None


def decoded(ds: Dataset, header: Header, notes: list[str]) -> NDArray[np.generic]:
    """Stored values `[row, column]`, or RGB uint8 `[row, column, 3]`; YBR and palettes are resolved; or InputError."""
    try:
        stored = _frame(ds)
        if header.text("PhotometricInterpretation") == "PALETTE COLOR":
            notes.append("palette colours resolved")
            stored = apply_color_lut(stored, ds)
    except PYDICOM_FAULTS:
        raise InputError(_undecodable(ds)) from None
    stored = stored.astype(stored.dtype.newbyteorder("="), copy=False)
    if stored.ndim == 2:
        return _without_unused_bits(ds, header, stored)
    if stored.ndim != 3 or stored.shape[2] not in (3, 4):
        raise InputError(_DAMAGED)
    return _eight_bits(stored[..., :3], header, notes)


def _frame(ds: Dataset) -> NDArray[np.generic]:
    syntax = UID(str(ds.file_meta.TransferSyntaxUID))
    if syntax in _NATIVE_AND_FRAGILE:
        return decoded_apart(ds)
    frame: NDArray[np.generic] = pixel_array(ds, index=0, decoding_plugin=_PLUGINS.get(syntax, ""))
    return frame


def _undecodable(ds: Dataset) -> str:
    syntax = str(ds.file_meta.TransferSyntaxUID)
    if syntax == JPEGExtended12Bit:
        return f"This DICOM file is compressed as 12-bit JPEG, which no decoder here reads; {_UNCOMPRESSED_AGAIN}"
    if not _is_known(ds):
        return f"This DICOM file uses a compression that is not known here; {_UNCOMPRESSED_AGAIN}"
    if _is_compressed(ds):
        return (
            f"The compressed picture in this DICOM file ({UID(syntax).name}) cannot be decoded, it is damaged or of an "
            f"unusual variant; {_UNCOMPRESSED_AGAIN}"
        )
    return _DAMAGED


def _without_unused_bits(ds: Dataset, header: Header, stored: NDArray[np.generic]) -> NDArray[np.generic]:
    """Bits above Bits Stored may hold an old overlay (PS3.5 8.1.1); they are no part of the value."""
    bits = header.integer("BitsStored")
    allocated = 8 * stored.itemsize
    native = not _is_compressed(ds) or str(ds.file_meta.TransferSyntaxUID) == RLELossless
    if not bits or not native or not 1 < bits < allocated or header.integer("HighBit") != bits - 1:
        return stored
    value = stored.astype(np.int64) & ((1 << bits) - 1)
    if stored.dtype.kind == "i":
        value = np.where(value >= 1 << (bits - 1), value - (1 << bits), value)
    masked: NDArray[np.generic] = value.astype(stored.dtype)
    return masked


def _eight_bits(colour: NDArray[np.generic], header: Header, notes: list[str]) -> NDArray[np.generic]:
    if colour.dtype == np.uint8:
        return np.ascontiguousarray(colour)
    wide = colour.astype(np.int64)
    bits = 8 * colour.itemsize if int(wide.max()) > 255 else 8
    if header.text("PhotometricInterpretation") != "PALETTE COLOR":
        bits = header.integer("BitsStored") or bits
    if bits > 8:
        notes.append(f"colours reduced from {bits} to 8 bits a channel")
    eight: NDArray[np.generic] = np.clip(wide >> max(bits - 8, 0), 0, 255).astype(np.uint8)
    return eight


def in_modality_units(ds: Dataset, header: Header, stored: NDArray[np.generic], notes: list[str]) -> Grey:
    """Modality LUT or rescale applied, padding darkened, MONOCHROME1 inverted."""
    padding = _padding(header, stored)
    values, rescaled, ends = _rescaled(ds, header, stored)
    mirror: float | None = None
    if header.text("PhotometricInterpretation") == "MONOCHROME1":
        mirror = ends[0] + ends[1]
        values = mirror - values.astype(np.float64)
        notes.append("inverted (MONOCHROME1), so that brighter is higher")
    if padding is not None:
        values = np.where(padding, values[~padding].min(), values)
        notes.append("padding outside the picture was set to its lowest value")
    if values.dtype.kind == "f" and np.all((values == np.rint(values)) & (np.abs(values) < _EXACT)):
        values = values.astype(np.int64)
    return Grey(pixels=_same_kind(values, stored.dtype, notes), rescaled=rescaled, mirror=mirror)


def _same_kind(values: NDArray[np.generic], dtype: np.dtype[np.generic], notes: list[str]) -> NDArray[np.generic]:
    """In the stored type where that holds the values (8-bit pictures stay 8-bit), else in the narrowest that does."""
    if dtype in (np.uint8, np.uint16, np.int16) and values.dtype.kind in "iu":
        limits = np.iinfo(dtype.type)  # type: ignore[type-var]
        if int(values.min()) >= limits.min and int(values.max()) <= limits.max:
            return values.astype(dtype)
    if values.dtype.kind in "iu" and int(values.min()) >= -32768 and int(values.max()) <= 32767:
        return values.astype(np.int16)
    return narrowed(values, notes)


def _rescaled(
    ds: Dataset, header: Header, stored: NDArray[np.generic]
) -> tuple[NDArray[np.generic], bool, tuple[float, float]]:
    bits = header.integer("BitsStored") or 8 * stored.itemsize
    ends = (-(2.0 ** (bits - 1)), 2.0 ** (bits - 1) - 1) if stored.dtype.kind == "i" else (0.0, 2.0**bits - 1)
    if header.items("ModalityLUTSequence"):
        try:
            values = apply_modality_lut(stored, ds)
        except PYDICOM_FAULTS:
            raise InputError(
                "The grey-level table in the header of this DICOM file is damaged; export it again and resend it."
            ) from None
        return values, True, (float(values.min()), float(values.max()))
    slope, intercept = header.number("RescaleSlope"), header.number("RescaleIntercept")
    if slope is None or intercept is None or slope == 0:
        return stored, False, ends
    if (slope, intercept) == (1.0, 0.0):
        return stored, True, ends
    values = stored.astype(np.float64) * slope + intercept
    return values, True, (ends[0] * slope + intercept, ends[1] * slope + intercept)


def _padding(header: Header, stored: NDArray[np.generic]) -> NDArray[np.bool_] | None:
    """Where Pixel Padding Value stands, if it lies outside what the rest of the picture uses (PS3.3 C.7.5.1.1.2)."""
    value = header.number("PixelPaddingValue")
    if value is None:
        return None
    limit = header.number("PixelPaddingRangeLimit")
    low, high = sorted((value, value if limit is None else limit))
    numbers = stored.astype(np.float64)
    mask = (numbers >= low) & (numbers <= high)
    if not mask.any() or mask.all():
        return None
    rest = numbers[~mask]
    return mask if high < rest.min() or low > rest.max() else None


def window_of(header: Header, mirror: float | None) -> Window | None:
    """The first valid Window Center and Width, else the span of the VOI LUT; mirrored where the image was inverted."""
    for center, width in zip(header.numbers("WindowCenter"), header.numbers("WindowWidth"), strict=False):
        if width >= 1:
            return _mirrored(center, width, mirror)
    for table in header.items("VOILUTSequence"):
        descriptor = table.numbers("LUTDescriptor")
        if len(descriptor) == 3:
            entries = descriptor[0] or 65536.0
            return _mirrored(descriptor[1] + entries / 2, entries, mirror)
    return None


def _mirrored(center: float, width: float, mirror: float | None) -> Window:
    # The linear function of C.11.2.1.2.1 is not symmetrical about its center: its middle lies at center - 0.5.
    return Window(center=center if mirror is None else mirror - center + 1, width=width)
