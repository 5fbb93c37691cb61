"""A DICOM header without identity: the Basic Application Level Confidentiality Profile of PS3.15 Annex E, and stricter.

Each attribute goes through Table E.1-1 first. What the table leaves alone is kept only where it can carry no free
text: numbers, registered UIDs, code strings of a fixed vocabulary, codes with the standard's own meaning. Everything
else is emptied; private, unknown and repeating groups (curves, overlays) are removed. Pixels are not looked at, so
burned-in text stays, and Burned In Annotation keeps saying what the source said.
"""

import hashlib
import hmac
import io
import math
import re
import uuid
from collections.abc import Callable, Iterable

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom._uid_dict import UID_dictionary
from pydicom.datadict import dictionary_VR, keyword_for_tag
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.multival import MultiValue
from pydicom.sr.codedict import codes
from pydicom.tag import BaseTag
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage
from pydicom.valuerep import format_number_as_ds

from assistant.errors import InputError
from assistant.intake.dicom_header import PYDICOM_FAULTS
from assistant.intake.facts import new_uid
from assistant.intake.profile_table import ACTIONS
from assistant.intake.vocabulary import code_meaning, kept_manufacturer, kept_model, kept_sequence_name, kept_term

__all__ = ["deidentify", "file_of", "patient_key", "pseudonym_uid"]

METHOD = ("PS3.15 Annex E Basic Profile", "no free text kept; pixels not cleaned")

_DEEPEST = 12
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_RANGES = {
    "US": (0, 2**16 - 1), "SS": (-(2**15), 2**15 - 1), "UL": (0, 2**32 - 1), "SL": (-(2**31), 2**31 - 1),
    "UV": (0, 2**64 - 1), "SV": (-(2**63), 2**63 - 1), "AT": (0, 2**32 - 1),
}  # fmt: skip
_DUMMIES = {"DA": "19000101", "TM": "000000", "DT": "19000101000000", "PN": "REMOVED", "AS": "000Y"}
_TEXTS = frozenset({"AE", "LO", "LT", "PN", "SH", "ST", "UC", "UT"})
_VOCABULARIES: dict[str, Callable[[str], str | None]] = {
    "Manufacturer": kept_manufacturer,
    "ManufacturerModelName": kept_model,
    "SequenceName": kept_sequence_name,
    "PulseSequenceName": kept_sequence_name,
    "RescaleType": kept_term,
    "ModalityLUTType": kept_term,
}
_REWRITTEN = frozenset({
    "PixelData", "FloatPixelData", "DoubleFloatPixelData", "SpecificCharacterSet", "DeidentificationMethod",
    "DeidentificationMethodCodeSequence", "PatientIdentityRemoved", "LongitudinalTemporalInformationModified",
})  # fmt: skip
_PALETTE = re.compile(r"(Segmented)?(Red|Green|Blue|Alpha)PaletteColorLookupTable(Data|Descriptor)")


def patient_key(ds: Dataset, secret: bytes) -> str | None:
    """A keyed hash of Patient ID and its issuer, to tell whether two files are of one patient; None without an id."""
    words = []
    for keyword in ("PatientID", "IssuerOfPatientID"):
        try:
            words.append(str(ds.get(keyword) or "").strip())
        except PYDICOM_FAULTS:
            words.append("")
    if not words[0]:
        return None
    return hmac.new(secret, b"patient\0" + "\0".join(words).encode(errors="surrogatepass"), hashlib.sha256).hexdigest()


def pseudonym_uid(uid: str, secret: bytes) -> str:
    """Always the same 2.25 UID for the same UID and secret; without the secret there is no way back."""
    digest = hmac.new(secret, b"uid\0" + uid.strip("\0 ").encode(errors="surrogatepass"), hashlib.sha256).digest()
    return f"2.25.{uuid.UUID(bytes=digest[:16], version=5).int}"


def deidentify(ds: Dataset, secret: bytes) -> Dataset:
    """A new data set without identity and without pixel data, meta and preamble; `ds` is not changed."""
    clean = _cleaned(ds, secret, 0)
    clean.PatientIdentityRemoved = "YES"
    clean.DeidentificationMethod = list(METHOD)
    profile = codes.DCM.BasicApplicationConfidentialityProfile
    clean.DeidentificationMethodCodeSequence = [_coded(profile.scheme_designator, profile.value, profile.meaning)]
    clean.LongitudinalTemporalInformationModified = "REMOVED"
    return clean


def file_of(clean: Dataset, stored: NDArray[np.generic]) -> bytes:
    """A DICOM file of a cleaned header and decoded pixels: `[row, column]` stored values, or RGB uint8.

    Explicit VR little endian, uncompressed: a compressed stream or the bytes behind it may carry comments.
    """
    ds = Dataset()
    ds.update(clean)
    _describe(ds, stored)
    ds.SOPClassUID = clean.get("SOPClassUID") or SecondaryCaptureImageStorage
    for keyword in ("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID"):
        if not ds.get(keyword):
            setattr(ds, keyword, new_uid())
    little = stored.astype(stored.dtype.newbyteorder("<"), copy=False).tobytes()
    ds.add_new("PixelData", "OB" if stored.itemsize == 1 else "OW", little + b"\x00" * (len(little) % 2))
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    buffer = io.BytesIO()
    try:
        pydicom.dcmwrite(buffer, ds, enforce_file_format=True)
    except PYDICOM_FAULTS:
        raise InputError(
            "The header of this DICOM file is too damaged to be stored without identity; export it again and resend it."
        ) from None
    return buffer.getvalue()


def _describe(ds: Dataset, stored: NDArray[np.generic]) -> None:
    colour = stored.ndim == 3
    ds.Rows, ds.Columns = stored.shape[:2]
    ds.SamplesPerPixel = 3 if colour else 1
    if colour:
        ds.PhotometricInterpretation = "RGB"
        ds.PlanarConfiguration = 0
        for keyword in [e.keyword for e in ds if _PALETTE.fullmatch(e.keyword)]:
            delattr(ds, keyword)
    elif ds.get("PhotometricInterpretation") != "MONOCHROME1":
        ds.PhotometricInterpretation = "MONOCHROME2"
    allocated = 8 * stored.itemsize
    bits = ds.get("BitsStored")
    ds.BitsAllocated = allocated
    ds.BitsStored = bits if not colour and isinstance(bits, int) and 0 < bits <= allocated else allocated
    ds.HighBit = ds.BitsStored - 1
    ds.PixelRepresentation = 1 if stored.dtype.kind == "i" else 0


def _cleaned(ds: Dataset, secret: bytes, depth: int) -> Dataset:
    clean = Dataset()
    for tag in sorted(ds.keys()):
        keyword = keyword_for_tag(tag)
        if not keyword or tag.is_private or tag.element == 0 or tag.group in (0x0002, 0xFFFE) or _is_repeating(tag):
            continue
        if keyword in _REWRITTEN:
            continue
        try:
            element = _cleaned_element(ds[tag], keyword, secret, depth)
        except PYDICOM_FAULTS:
            continue
        if element is not None:
            clean.add(element)
    return clean


def _is_repeating(tag: BaseTag) -> bool:
    return tag.group & 0xFF00 in (0x5000, 0x6000, 0x7F00) and tag.group != 0x7FE0


def _cleaned_element(element: DataElement, keyword: str, secret: bytes, depth: int) -> DataElement | None:
    tag, action = element.tag, ACTIONS.get(keyword)
    vr = _vr(element)
    values = _values(element.value)
    if vr is None or action == "X":
        return None
    if keyword == "ReferencedStudySequence":
        return None  # Type 3 (PS3.3 C.7.2.1): it holds one item or more, so an emptied one would not conform
    if action in ("Z", "X/Z") or (not values and vr != "SQ"):
        return DataElement(tag, vr, [] if vr == "SQ" else _empty(vr))
    if vr == "SQ":
        items = _items(element.value, secret, depth)
        return DataElement(tag, vr, items) if items or not values else None
    if vr == "UI":
        return DataElement(tag, vr, [_uid(str(v), secret) for v in values])
    if action in ("D", "Z/D", "X/D", "X/Z/D"):
        dummy = _DUMMIES.get(vr, "REMOVED" if vr in _TEXTS | {"CS"} else None)
        return None if dummy is None else DataElement(tag, vr, dummy)
    return _untabled(tag, keyword, vr, values)


def _vr(element: DataElement) -> str | None:
    """The dictionary's VR, so that a text that poses as something else is not taken for it."""
    expected = dictionary_VR(element.tag)
    if expected == element.VR or element.VR in expected.split(" or "):
        return str(element.VR)
    return None if " or " in expected or expected in ("OB", "OW", "UN", "SQ") else str(expected)


def _untabled(tag: BaseTag, keyword: str, vr: str, values: tuple[object, ...]) -> DataElement | None:
    """An attribute that the table does not list: kept if its values are numbers or known words, else emptied."""
    if vr in ("DS", "IS"):
        return DataElement(tag, vr, _decimals(values))
    if vr in _RANGES:
        low, high = _RANGES[vr]
        whole = [int(v) for v in values if isinstance(v, int) and low <= v <= high]
        return DataElement(tag, vr, whole) if len(whole) == len(values) else None
    if vr in ("FL", "FD"):
        real = [float(v) for v in values if isinstance(v, (int, float)) and math.isfinite(v)]
        return DataElement(tag, vr, real) if len(real) == len(values) else None
    if vr == "CS":
        return DataElement(tag, vr, _terms(keyword, values))
    if keyword in _VOCABULARIES:
        words = [_VOCABULARIES[keyword](str(v)) for v in values]
        return DataElement(tag, vr, [w for w in words if w] or "")
    if keyword == "LUTData" and vr in ("US", "OW"):
        return DataElement(tag, vr, values[0])
    return DataElement(tag, vr, _empty(vr)) if vr in _TEXTS | {"DA", "TM", "DT", "AS"} else None


def _decimals(values: tuple[object, ...]) -> list[str] | str:
    words = [str(v).strip() for v in values]
    if not all(_NUMBER.fullmatch(word) and math.isfinite(float(word)) for word in words):
        return ""
    return [word if len(word) <= 16 else format_number_as_ds(float(word)) for word in words]


def _terms(keyword: str, values: tuple[object, ...]) -> list[str] | str:
    terms = [kept_term(str(v)) for v in values]
    if keyword == "ImageType":
        return [term or "OTHER" for term in terms]
    known = [term for term in terms if term]
    return known if len(known) == len(terms) else ""


def _items(value: Iterable[object], secret: bytes, depth: int) -> list[Dataset]:
    if depth >= _DEEPEST:
        return []
    items = []
    for item in value:
        if isinstance(item, Dataset):
            is_code = "CodeValue" in item or "CodingSchemeDesignator" in item
            clean = _code(item) if is_code else _cleaned(item, secret, depth + 1)
            if clean is not None and len(clean):
                items.append(clean)
    return items


def _code(item: Dataset) -> Dataset | None:
    """A coded concept that the standard's dictionaries hold, with the meaning that they give it; else None."""
    scheme, value = str(item.get("CodingSchemeDesignator", "")), str(item.get("CodeValue", ""))
    meaning = code_meaning(scheme, value)
    return None if meaning is None else _coded(scheme.strip(), value.strip(), meaning)


def _coded(scheme: str, value: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def _uid(uid: str, secret: bytes) -> str:
    return uid if uid in UID_dictionary else pseudonym_uid(uid, secret)


def _values(value: object) -> tuple[object, ...]:
    if value is None or value == "" or value == b"":
        return ()
    if isinstance(value, (MultiValue, list, tuple, pydicom.Sequence)):
        return tuple(value)
    return (value,)


def _empty(vr: str) -> str | None:
    return "" if vr in _TEXTS | {"CS", "DA", "TM", "DT", "AS", "DS", "IS", "UI", "UR"} else None
