"""A single-frame DICOM file -> Intake: checked, decoded, rid of identity. Facts come from the cleaned header alone."""

import logging

import gdcm  # type: ignore[import-untyped]
from pydicom.dataset import Dataset

from assistant.domain.image import Modality
from assistant.errors import InputError
from assistant.intake.base import Intake, Limits
from assistant.intake.deidentify import deidentify, file_of, patient_key
from assistant.intake.dicom_geometry import orientation_of, spacing_of
from assistant.intake.dicom_header import Header, parsed
from assistant.intake.dicom_pixels import Grey, check_before_decoding, decoded, in_modality_units, window_of
from assistant.intake.facts import Known, grey_if_colourless, image_of, new_uid

__all__ = ["HEADER_FACTS", "open_dicom"]

HEADER_FACTS = (
    "Manufacturer", "ManufacturerModelName", "MagneticFieldStrength", "ScanningSequence", "SequenceVariant",
    "SequenceName", "MRAcquisitionType", "EchoTime", "RepetitionTime", "InversionTime", "FlipAngle", "EchoTrainLength",
    "SliceThickness", "SpacingBetweenSlices", "KVP", "XRayTubeCurrent", "Exposure", "ExposureTime", "ImageType",
    "PatientPosition", "BurnedInAnnotation", "LossyImageCompression", "PhotometricInterpretation", "PixelAspectRatio",
)  # fmt: skip

_NO_PICTURE = {
    "SR": "a structured report", "RTSTRUCT": "outlines for radiotherapy", "RTPLAN": "a radiotherapy plan",
    "RTDOSE": "a radiotherapy dose", "RTRECORD": "a radiotherapy record", "SEG": "a segmentation",
    "DOC": "a document", "PR": "a presentation state", "KO": "a selection of images", "REG": "a registration",
    "AU": "sound", "PLAN": "a plan", "M3D": "a 3D model",
}  # fmt: skip
_NO_PICTURE_CLASSES = {
    "1.2.840.10008.1.3.10": "a directory of other files",
    "1.2.840.10008.5.1.4.1.1.104": "a document",
    "1.2.840.10008.5.1.4.1.1.481": "radiotherapy data",
    "1.2.840.10008.5.1.4.1.1.66": "a segmentation or registration",
    "1.2.840.10008.5.1.4.1.1.88": "a structured report",
    "1.2.840.10008.5.1.4.1.1.9": "a waveform such as an ECG",
    "1.2.840.10008.5.1.4.1.1.30": "a map of computed numbers",
}
_IMAGE_ELSE = "send the image itself, as a single-frame DICOM file or as PNG."
_HOUNSFIELD = "[hnsf'U]"
_HU_TYPES = ("", "HU")

# Both quote header values in what they say; gdcm writes straight to standard error.
logging.getLogger("pydicom").setLevel(logging.CRITICAL + 1)
gdcm.Trace.DebugOff()
gdcm.Trace.WarningOff()
gdcm.Trace.ErrorOff()


def open_dicom(data: bytes, limits: Limits, secret: bytes) -> Intake:
    """Decode and de-identify one file. Raises InputError, one sentence, for what is damaged or no single picture."""
    ds = parsed(data, limits.max_bytes)
    header = Header(ds)
    _refuse_what_is_no_picture(ds, header)
    check_before_decoding(ds, header, limits)
    notes: list[str] = []
    _complete(ds, header, notes)
    stored = decoded(ds, header, notes)
    clean = deidentify(ds, secret)
    grey = in_modality_units(ds, header, stored, notes) if stored.ndim == 2 else None
    pixels = grey.pixels if grey else grey_if_colourless(stored, notes)
    known = _known(Header(clean), grey, 8 * stored.itemsize, notes)
    return Intake(
        image=image_of(pixels, known, notes),
        dicom=file_of(_with_uids(clean, known), stored),
        patient_key=patient_key(ds, secret),
    )


def _refuse_what_is_no_picture(ds: Dataset, header: Header) -> None:
    uid, modality = header.text("SOPClassUID"), header.text("Modality")
    if header.has("DirectoryRecordSequence"):
        uid = "1.2.840.10008.1.3.10"
    for prefix, what in _NO_PICTURE_CLASSES.items():
        if uid == prefix or uid.startswith(prefix + "."):
            raise InputError(f"This DICOM file holds {what}, not a picture; {_IMAGE_ELSE}")
    if modality in _NO_PICTURE:
        raise InputError(f"This DICOM file holds {_NO_PICTURE[modality]}, not a picture; {_IMAGE_ELSE}")
    if not header.has("PixelData"):
        cut_off = header.has("Rows") and header.has("Columns")
        why = "its picture is missing, perhaps the file was cut off" if cut_off else "it holds no picture"
        raise InputError(f"This DICOM file cannot be read: {why}; {_IMAGE_ELSE}")


def _complete(ds: Dataset, header: Header, notes: list[str]) -> None:
    """Fill in what files from before 1993 leave unsaid: one sample a pixel, brighter is higher."""
    if not header.values("SamplesPerPixel"):
        ds.add_new("SamplesPerPixel", "US", 1)
    if not header.values("PixelRepresentation"):
        ds.add_new("PixelRepresentation", "US", 0)
    if not header.values("PhotometricInterpretation") and header.integer("SamplesPerPixel") == 1:
        ds.add_new("PhotometricInterpretation", "CS", "MONOCHROME2")
        notes.append("its header does not say whether brighter is higher; taken as MONOCHROME2")


def _known(header: Header, grey: Grey | None, allocated: int, notes: list[str]) -> Known:
    """What the cleaned header says; nothing here has seen the original one."""
    modality = _modality(header, notes)
    return Known(
        modality=modality,
        source="dicom",
        bits_stored=min(header.integer("BitsStored") or allocated, allocated) if grey else 8,
        unit=_unit(header, modality, grey),
        spacing=spacing_of(header, notes),
        orientation=orientation_of(header),
        laterality=next((t for t in map(header.text, ("ImageLaterality", "FrameLaterality", "Laterality")) if t), ""),
        view=header.text("ViewPosition") or _meaning(header, "ViewCodeSequence"),
        body_part=header.text("BodyPartExamined") or _meaning(header, "AnatomicRegionSequence"),
        window=window_of(header, grey.mirror) if grey else None,
        study_uid=header.text("StudyInstanceUID") or new_uid(),
        series_uid=header.text("SeriesInstanceUID") or new_uid(),
        sop_instance_uid=header.text("SOPInstanceUID") or new_uid(),
        header={keyword: "\\".join(header.texts(keyword)) for keyword in HEADER_FACTS if header.values(keyword)},
    )


def _modality(header: Header, notes: list[str]) -> Modality:
    stated = header.text("Modality")
    if stated in Modality.__members__:
        return Modality(stated)
    notes.append("its modality is not stated in a form that is known here")
    return Modality.OT


def _unit(header: Header, modality: Modality, grey: Grey | None) -> str:
    """Hounsfield units only where CT values were rescaled and not turned around."""
    is_hu = modality is Modality.CT and grey is not None and grey.rescaled and grey.mirror is None
    return _HOUNSFIELD if is_hu and header.text("RescaleType") in _HU_TYPES else "1"


def _meaning(header: Header, keyword: str) -> str:
    return next((item.text("CodeMeaning") for item in header.items(keyword)), "")


def _with_uids(clean: Dataset, known: Known) -> Dataset:
    clean.StudyInstanceUID = known.study_uid
    clean.SeriesInstanceUID = known.series_uid
    clean.SOPInstanceUID = known.sop_instance_uid
    return clean
