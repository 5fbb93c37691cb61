"""PNG, JPEG, TIFF, BMP, WebP and GIF -> pixels. A plain picture states no modality, no millimetres and no patient."""

import io
import struct
import zlib

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageFile, ImageOps, UnidentifiedImageError

from assistant.domain.image import Modality
from assistant.errors import InputError
from assistant.intake.base import Intake, Limits
from assistant.intake.facts import Known, checked_size, grey_if_colourless, image_of, narrowed

__all__ = ["open_raster"]

_FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "WEBP", "GIF", "MPO")
_FAULTS = (
    OSError, SyntaxError, ValueError, EOFError, TypeError, AttributeError, LookupError, ArithmeticError, RuntimeError,
    struct.error, zlib.error,
)  # fmt: skip
_DEEP = ("I", "F")
_WHITE_IS_ZERO = 0
_PHOTOMETRIC_TAG = 262
_BITS_TAG = 258
_PNG_BIT_DEPTH = 24


def open_raster(data: bytes, limits: Limits) -> Intake:
    """Decode one picture; raises InputError for what is damaged, moving, too large or too small."""
    picture = _opened(data)
    checked_size(picture.height, picture.width, limits)
    if picture.format != "MPO" and _frames(picture) > 1:
        raise InputError(
            "This file holds several pictures (an animation or a multi-page file), which cannot be read yet; "
            "send the one picture that you want read, as PNG or JPEG."
        )
    notes: list[str] = []
    deep_png = picture.format == "PNG" and data[_PNG_BIT_DEPTH] == 16
    pixels = _pixels(_decoded(picture), deep_png, notes)
    pixels = grey_if_colourless(pixels, notes)
    known = Known(modality=Modality.OT, source="raster", bits_stored=8 * pixels.itemsize)
    return Intake(image=image_of(pixels, known, notes), dicom=None, patient_key=None)


def _opened(data: bytes) -> Pillow.Image:
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        return Pillow.open(io.BytesIO(data), formats=_FORMATS)
    except Pillow.DecompressionBombError as error:
        raise InputError(
            "This picture states far more pixels than can be read here; send it scaled down or cropped."
        ) from error
    except UnidentifiedImageError as error:
        raise InputError(
            "This file begins like a picture but cannot be read as one, it may be damaged; "
            "export it again as PNG or JPEG."
        ) from error
    except _FAULTS as error:
        raise _damaged() from error


def _damaged() -> InputError:
    return InputError("This picture is damaged or cut off and cannot be decoded; export it again and resend it.")


def _frames(picture: Pillow.Image) -> int:
    try:
        return int(getattr(picture, "n_frames", 1))
    except _FAULTS as error:
        raise _damaged() from error


def _decoded(picture: Pillow.Image) -> Pillow.Image:
    try:
        picture.load()
        return picture
    except _FAULTS as error:
        raise _damaged() from error


def _upright(picture: Pillow.Image, notes: list[str]) -> Pillow.Image:
    """Turned as its EXIF orientation asks; one that cannot be parsed is as good as none."""
    try:
        orientation = picture.getexif().get(0x0112, 1)
        turned = ImageOps.exif_transpose(picture)
    except _FAULTS:
        return picture
    if orientation in range(2, 9):
        notes.append("turned upright as its EXIF orientation asks")
    return turned


def _pixels(picture: Pillow.Image, deep_png: bool, notes: list[str]) -> NDArray[np.generic]:
    white_is_zero = _tiff_tag(picture, _PHOTOMETRIC_TAG) == _WHITE_IS_ZERO
    reduced = deep_png or _is_deep_tiff(picture)
    picture = _upright(picture, notes)
    if picture.mode in _DEEP or picture.mode.startswith("I;"):
        pixels = np.asarray(picture)
        pixels = narrowed(pixels.astype(pixels.dtype.newbyteorder("=")), notes)
        if white_is_zero and pixels.dtype in (np.uint16, np.float32):
            notes.append("inverted, so that brighter is higher")
            top = 65535 if pixels.dtype == np.uint16 else pixels.max()
            pixels = (top - pixels).astype(pixels.dtype)
        return pixels
    if reduced:
        notes.append("reduced from 16 to 8 bits a channel")
    if picture.mode in ("1", "L") and "transparency" not in picture.info:
        return np.array(picture.convert("L"))
    if picture.mode == "CMYK":
        notes.append("converted from CMYK to RGB")
    if picture.has_transparency_data:
        layered = picture.convert("RGBA")
        if layered.getchannel("A").getextrema()[0] != 255:
            notes.append("transparent parts laid on black")
            ground = Pillow.new("RGBA", layered.size, (0, 0, 0, 255))
            layered = Pillow.alpha_composite(ground, layered)
        picture = layered
    return np.array(picture.convert("RGB"))


def _tiff_tag(picture: Pillow.Image, tag: int) -> object:
    tags = getattr(picture, "tag_v2", None)
    return tags.get(tag) if tags is not None else None


def _is_deep_tiff(picture: Pillow.Image) -> bool:
    """More than 8 bits in each of several channels, which Pillow reduces to 8 while decoding."""
    bits = _tiff_tag(picture, _BITS_TAG)
    return isinstance(bits, tuple) and len(bits) > 1 and max(bits) > 8
