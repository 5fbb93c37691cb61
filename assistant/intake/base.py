"""What goes through intake's door: the limits on the way in, the image on the way out."""

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from assistant.domain.image import Image

__all__ = ["Intake", "Limits", "quiet"]

_LOCK = threading.RLock()


@dataclass(frozen=True, slots=True)
class Limits:
    """What is refused for its size: bytes of the file, pixels of a picture, its sides.

    A picture needs as many pixels as a square of `min_side`, and three quarters of it on its shorter side: a strip of
    teeth may be wide and low.
    """

    max_bytes: int
    max_pixels: int
    min_side: int = 64


@dataclass(frozen=True, slots=True)
class Intake:
    """An image without a handle, its de-identified DICOM file, and a keyed hash that tells patients apart."""

    image: Image
    dicom: bytes | None
    patient_key: str | None


@contextmanager
def quiet() -> Iterator[None]:
    """Silence what the decoders warn of: such warnings quote values of the header, names among them.

    The lock is there because `warnings.catch_warnings` is not safe among threads; one file is decoded at a time.
    """
    with _LOCK, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
