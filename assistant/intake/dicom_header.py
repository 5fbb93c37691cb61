"""Reading a DICOM header that may be broken anywhere: every look is guarded, what cannot be read is as if absent."""

import io
import math
import struct
import zlib
from collections.abc import Iterator

import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.multival import MultiValue
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from assistant.errors import InputError

__all__ = ["PYDICOM_FAULTS", "Header", "parsed"]

PYDICOM_FAULTS = (
    InvalidDicomError, BytesLengthException, ValueError, TypeError, AttributeError, LookupError, OSError, EOFError,
    ArithmeticError, RuntimeError, AssertionError, struct.error, zlib.error,
)  # fmt: skip

_DAMAGED = "This DICOM file is damaged or cut off and cannot be read; export it again from where it came and resend it."
_INFLATED_AT_MOST = 8
_LONG_VRS = (b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV")


def parsed(data: bytes, max_bytes: int) -> Dataset:
    """The data set, with a transfer syntax even where the file states none. Raises InputError."""
    _refuse_deflate_bomb(data, max_bytes)
    try:
        ds = pydicom.dcmread(io.BytesIO(data), force=True)
        if not len(ds):
            raise InputError("This DICOM file holds a header only, no picture; export it again and resend it.")
        # Parsed lazily: a damaged element shows only when it is looked at, and the pixels must be among them.
        ds.get("PixelData")
        _give_transfer_syntax(ds)
    except PYDICOM_FAULTS:
        raise InputError(_DAMAGED) from None
    return ds


def _give_transfer_syntax(ds: Dataset) -> None:
    if getattr(ds, "file_meta", None) is None:
        ds.file_meta = FileMetaDataset()
    if ds.file_meta.get("TransferSyntaxUID"):
        return
    implicit, little = ds.original_encoding
    if implicit:
        ds.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    else:
        ds.file_meta.TransferSyntaxUID = ExplicitVRBigEndian if little is False else ExplicitVRLittleEndian


def _refuse_deflate_bomb(data: bytes, max_bytes: int) -> None:
    """pydicom inflates a deflated data set whole; what would grow beyond reason is refused before it does."""
    if DeflatedExplicitVRLittleEndian.encode() not in data[:4096]:
        return
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        inflater.decompress(data[_end_of_meta(data) :], _INFLATED_AT_MOST * max_bytes)
    except zlib.error:
        raise InputError(_DAMAGED) from None
    if inflater.unconsumed_tail:
        raise InputError("This DICOM file unpacks to far more than can be read here; send it without compression.")


def _end_of_meta(data: bytes) -> int:
    """Offset of the data set after group 2, which is always explicit VR little endian (PS3.10 7.1)."""
    offset = 132
    while data[offset : offset + 2] == b"\x02\x00":
        if data[offset + 4 : offset + 6] in _LONG_VRS:
            (length,) = struct.unpack("<I", data[offset + 8 : offset + 12].ljust(4, b"\x00"))
            offset += 12 + length
        else:
            (length,) = struct.unpack("<H", data[offset + 6 : offset + 8].ljust(2, b"\x00"))
            offset += 8 + length
    return offset


class Header:
    """Typed looks at a data set; attributes of functional groups (PS3.3 C.7.6.16) are found as if on top."""

    def __init__(self, ds: Dataset) -> None:
        self._places = tuple(_places(ds))

    def values(self, keyword: str) -> tuple[object, ...]:
        """All values of the first place that has the attribute, not empty; () where there is none."""
        for place in self._places:
            found = _values(place, keyword)
            if found:
                return found
        return ()

    def text(self, keyword: str) -> str:
        return next((str(v).strip() for v in self.values(keyword)), "")

    def texts(self, keyword: str) -> tuple[str, ...]:
        return tuple(str(v).strip() for v in self.values(keyword))

    def numbers(self, keyword: str) -> tuple[float, ...]:
        """The values, if all of them are finite numbers."""
        try:
            numbers = tuple(float(str(v)) for v in self.values(keyword))
        except ValueError:
            return ()
        return numbers if all(math.isfinite(n) for n in numbers) else ()

    def number(self, keyword: str) -> float | None:
        return next(iter(self.numbers(keyword)), None)

    def integer(self, keyword: str) -> int | None:
        number = self.number(keyword)
        return int(number) if number is not None and number == int(number) else None

    def items(self, keyword: str) -> tuple["Header", ...]:
        """The items of a sequence, each as a header of its own."""
        return tuple(Header(item) for item in self.values(keyword) if isinstance(item, Dataset))

    def has(self, keyword: str) -> bool:
        """Whether the attribute is on the top level, be it empty."""
        return keyword in self._places[0]


def _values(place: Dataset, keyword: str) -> tuple[object, ...]:
    try:
        value = place.get(keyword)
        if value is None or (isinstance(value, str) and not value.strip()):
            return ()
        if isinstance(value, (MultiValue, list, pydicom.Sequence)):
            return tuple(v for v in value if v is not None)
    except PYDICOM_FAULTS:
        return ()
    return (value,)


def _places(ds: Dataset) -> Iterator[Dataset]:
    yield ds
    for keyword in ("PerFrameFunctionalGroupsSequence", "SharedFunctionalGroupsSequence"):
        for groups in _values(ds, keyword)[:1]:
            if not isinstance(groups, Dataset):
                continue
            for tag in list(groups.keys()):
                yield from _sequence_items(groups, tag)[:1]


def _sequence_items(ds: Dataset, tag: int) -> tuple[Dataset, ...]:
    try:
        element = ds[tag]
        return tuple(element.value) if element.VR == "SQ" else ()
    except PYDICOM_FAULTS:
        return ()
