"""Any upload -> Intake: the content is sniffed, then dispatched. No path and no name goes further than here."""

import errno
import os
import stat
from pathlib import Path

from assistant.errors import InputError
from assistant.intake.base import Intake, Limits, quiet
from assistant.intake.dicom import open_dicom
from assistant.intake.raster import open_raster
from assistant.intake.sniff import Content, sniff

__all__ = ["Intake", "Limits", "open_bytes", "open_upload"]

_READS = "send a PNG, JPEG or TIFF picture or a single-frame DICOM file"
_FOLDER = f"This is a folder, and whole folders cannot be read yet; {_READS}."
_DEVICE = f"This is a device or a pipe, not a file; {_READS}."

_REFUSED: dict[Content, str] = {
    "empty": f"This file is empty; copy or export it again, then {_READS}.",
    "zeros": f"This file holds nothing but zero bytes, a copy that went wrong; copy it again, then {_READS}.",
    "html": f"This file is a web page, not an image; save the picture itself, then {_READS}.",
    "svg": f"This file is a drawing (SVG), not an image of pixels; {_READS}.",
    "pdf": f"This file is a PDF document, not an image; export the picture from it, then {_READS}.",
    "zip": f"This file is a ZIP archive or an office document, not an image; unpack it, then {_READS}.",
    "archive": f"This file is a compressed archive, not an image; unpack it, then {_READS}.",
    "video": f"This file is a video, which cannot be read; take one frame of it, then {_READS}.",
    "heic": f"This file is a HEIC or AVIF photograph, which cannot be read; convert it, then {_READS}.",
    "nifti": f"This file is a NIfTI volume, which cannot be read yet; export one slice, then {_READS}.",
    "volume": f"This file is a volume or array of numbers, which cannot be read yet; export a slice, then {_READS}.",
    "text": f"This file is text, not an image; {_READS}.",
    "unknown": f"This file is no image of a kind that is read here; {_READS}.",
}


def open_upload(path: Path, limits: Limits, secret: bytes) -> Intake:
    """Read one upload; `secret` keys the pseudonyms. Raises InputError, one sentence that says what to do."""
    return open_bytes(_bytes_of(path, limits), limits, secret)


def open_bytes(data: bytes, limits: Limits, secret: bytes) -> Intake:
    """The same for a file that is in memory."""
    if len(data) > limits.max_bytes:
        raise _too_many_bytes(limits)
    content = sniff(data)
    if content not in ("dicom", "raster"):
        raise InputError(_REFUSED[content])
    with quiet():
        return open_dicom(data, limits, secret) if content == "dicom" else open_raster(data, limits)


def _too_many_bytes(limits: Limits) -> InputError:
    kilo, mega = 2**10, 2**20
    if limits.max_bytes >= mega:
        return InputError(
            f"This file is larger than the {limits.max_bytes // mega} MB that are read here; "
            "send one image, compressed or scaled down."
        )
    return InputError(
        f"This file is larger than the {-(-limits.max_bytes // kilo)} KB that are read here; "
        "send one image, compressed or scaled down."
    )


def _bytes_of(path: Path, limits: Limits) -> bytes:
    try:
        # O_NONBLOCK: opening a pipe that nobody writes to would otherwise wait for ever.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except OSError as error:
        raise InputError(_unopened(error)) from None
    except ValueError:
        raise InputError(f"There is no such file; check its name, then {_READS}.") from None
    try:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            raise InputError(_FOLDER)
        if not stat.S_ISREG(status.st_mode):
            raise InputError(_DEVICE)
        if status.st_size > limits.max_bytes:
            raise _too_many_bytes(limits)
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(limits.max_bytes + 1)
    except OSError:
        raise InputError("This file could not be read to its end; copy it again and resend it.") from None
    finally:
        os.close(descriptor)


def _unopened(error: OSError) -> str:
    if error.errno in (errno.EACCES, errno.EPERM):
        return "This file may not be opened; change its permissions, or send a copy that can be read."
    if error.errno == errno.EISDIR:
        return _FOLDER
    if error.errno in (errno.ENXIO, errno.ENODEV):
        return _DEVICE
    return f"There is no such file; check its name, then {_READS}."
