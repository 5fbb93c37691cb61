"""Files for intake tests, made in memory in one call, and where the shared ones lie."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from PIL import Image as Pillow
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

from assistant.intake.base import Intake, Limits
from assistant.intake.open import open_bytes

SHARED = Path(__file__).resolve().parents[3] / "shared"
DICOM_FILES = SHARED / "dicom" / "files"
LIMITS = Limits(max_bytes=60_000_000, max_pixels=40_000_000, min_side=1)
SECRET = b"a secret of the installation 123"

needs_dicom = pytest.mark.skipif(not DICOM_FILES.is_dir(), reason="../shared/dicom is not beside the repository")


def read(data: bytes, limits: Limits = LIMITS) -> Intake:
    return open_bytes(data, limits, SECRET)


def shared(name: str) -> bytes:
    return (DICOM_FILES / name).read_bytes()


def build_grey(rows: int = 96, columns: int = 80) -> NDArray[np.uint8]:
    """A picture with structure: a bright ellipse with texture on black."""
    y, x = np.mgrid[:rows, :columns]
    inside = ((y - rows / 2) / (rows / 3)) ** 2 + ((x - columns / 2) / (columns / 3)) ** 2 < 1
    return np.where(inside, 120 + 60 * np.sin(x / 2) * np.cos(y / 3), 0).astype(np.uint8)


def encoded(picture: Pillow.Image | NDArray[Any], format: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    (picture if isinstance(picture, Pillow.Image) else Pillow.fromarray(picture)).save(buffer, format, **options)
    return buffer.getvalue()


def build_dataset(pixels: NDArray[Any] | None = None, **attributes: Any) -> Dataset:
    """A small CT; a keyword replaces an attribute, None removes it."""
    pixels = np.arange(64, dtype=np.int16).reshape(8, 8) if pixels is None else pixels
    ds = Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID = CTImageStorage, generate_uid()
    ds.StudyInstanceUID, ds.SeriesInstanceUID = generate_uid(), generate_uid()
    ds.Modality, ds.PatientName, ds.PatientID = "CT", "Doe^Jane", "4711"
    ds.Rows, ds.Columns = pixels.shape[:2]
    ds.SamplesPerPixel = 1 if pixels.ndim == 2 else 3
    ds.PhotometricInterpretation = "MONOCHROME2" if pixels.ndim == 2 else "RGB"
    if pixels.ndim == 3:
        ds.PlanarConfiguration = 0
    ds.BitsAllocated = ds.BitsStored = 8 * pixels.itemsize
    ds.HighBit = ds.BitsStored - 1
    ds.PixelRepresentation = 1 if pixels.dtype.kind == "i" else 0
    ds.PixelData = pixels.tobytes()
    ds["PixelData"].VR = "OB" if pixels.itemsize == 1 else "OW"
    for keyword, value in attributes.items():
        if value is None:
            delattr(ds, keyword)
        else:
            setattr(ds, keyword, value)
    return ds


def saved(ds: Dataset) -> bytes:
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.MediaStorageSOPClassUID = ds.get("SOPClassUID", CTImageStorage)
    ds.file_meta.MediaStorageSOPInstanceUID = ds.get("SOPInstanceUID", generate_uid())
    buffer = io.BytesIO()
    pydicom.dcmwrite(buffer, ds, enforce_file_format=True)
    return buffer.getvalue()


def build_dicom(pixels: NDArray[Any] | None = None, **attributes: Any) -> bytes:
    return saved(build_dataset(pixels, **attributes))
