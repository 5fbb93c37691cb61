"""Every real file of ../shared/dicom gives an image or one sentence; what its manifest calls decodable is read."""

import csv
import hashlib
from functools import cache

import pytest

from assistant.domain.geometry import SpacingSource
from assistant.errors import InputError
from tests.intake.files import DICOM_FILES, needs_dicom, read, shared
from tests.intake.test_bad_input import one_sentence

pytestmark = needs_dicom

MANIFEST = DICOM_FILES.parent / "MANIFEST.csv"
ROWS = list(csv.DictReader(MANIFEST.read_text(encoding="utf-8").splitlines())) if MANIFEST.is_file() else []
NOT_PICTURES = {"SEG", "RTDOSE", "RTPLAN", "RTSTRUCT", "SR", "DOC"}
# Decoded by others only: 12-bit JPEG by GPL code, JPEG-LS of 7 bits by CharLS (the package pyjpegls).
UNDECODABLE_HERE = {"pydicom-wheel/JPGExtended.dcm", "pydicom-data/JLSL_08_07_0_1F.dcm"}

EXPECTED = {
    "made-odd/claims_1e6_frames.dcm": "1,000,000 frames",
    "made-odd/claims_65535x65535.dcm": "65535 x 65535",
    "made-odd/encapsulated_pdf.dcm": "a document",
    "made-odd/preamble_only.dcm": "header only",
    "made-odd/truncated_in_pixeldata.dcm": "damaged or cut off",
    "pydicom-wheel/JPGExtended.dcm": "12-bit JPEG",
    "wg04/MR4_JPLY.dcm": "12-bit JPEG",
    "wg04/XA1_JPLY.dcm": "12-bit JPEG",
    "pydicom-wheel/test-SR.dcm": "structured report",
    "pydicom-wheel/rtstruct.dcm": "radiotherapy",
    "pydicom-wheel/rtplan_truncated.dcm": "radiotherapy",
    "pydicom-wheel/badVR.dcm": "radiotherapy",
    "pydicom-data/liver.dcm": "segmentation",
    "pydicom-wheel/dicomdirtests/DICOMDIR": "directory",
    "pydicom-data/emri_small_RLE.dcm": "10 frames",
    "dcm_qa_enh/IM_0027_fMAP.dcm": "64 frames",
}


@cache
def outcome(name: str) -> str:
    """Rows x columns of the image, or the sentence of the refusal."""
    try:
        return "{}x{}".format(*read(shared(name)).image.facts.size_rc)
    except InputError as error:
        return str(error)


def test_every_file_gives_an_image_or_one_sentence() -> None:
    for path in sorted(p for p in DICOM_FILES.rglob("*") if p.is_file()):
        said = outcome(str(path.relative_to(DICOM_FILES)))
        if "x" not in said.split()[0]:
            assert path.name not in one_sentence(said)


def test_single_frame_pictures_that_the_manifest_calls_decodable_are_read() -> None:
    read_files = 0
    for row in ROWS:
        if not row["pydicom_decode"].startswith("ok") or row["modality"] in NOT_PICTURES:
            continue
        if row["path"] in UNDECODABLE_HERE or (row["frames"] or "1") != "1":
            continue
        assert outcome(row["path"]) == f"{row['rows']}x{row['cols']}", row["path"]
        read_files += 1
    assert read_files > 90


@pytest.mark.parametrize(("name", "words"), EXPECTED.items())
def test_a_file_that_cannot_be_read_says_why(name: str, words: str) -> None:
    assert words in one_sentence(outcome(name))


def test_one_image_in_many_encodings_gives_identical_pixels() -> None:
    files = sorted((DICOM_FILES / "dcm_qa_ts").glob("*.dcm"))
    images = [read(path.read_bytes()).image for path in files]
    assert len(images) >= 7
    assert len({i.facts.content_sha256 for i in images}) == 1
    assert len({hashlib.sha256(i.pixels.tobytes()).hexdigest() for i in images}) == 1


@pytest.mark.parametrize("kind", ["RLE", "bigendian", "expb", "implicit", "jp2klossless", "jpeg_ls_lossless", "padded"])
def test_a_small_mr_is_the_same_in_every_encoding(kind: str) -> None:
    plain = read(shared("pydicom-wheel/MR_small.dcm")).image
    assert read(shared(f"pydicom-wheel/MR_small_{kind}.dcm")).image.facts.content_sha256 == plain.facts.content_sha256


def test_headless_and_retired_files_are_read() -> None:
    image = read(shared("barre-dicomjl/CT_Implicit_Little_Headless_Retired.dcm")).image
    assert image.facts.unit == "[hnsf'U]"
    assert image.facts.size_rc == (512, 512)
    assert read(shared("pydicom-data/OT-PAL-8-face.dcm")).image.facts.channels == 3


def test_a_real_chest_film_in_monochrome1_shows_dark_lungs() -> None:
    image = read(shared("pydicom-data/RG1_J2KI.dcm")).image
    rows, columns = image.facts.size_rc
    middle = image.pixels[rows // 3 : rows // 2]
    lung, spine = middle[:, columns // 4 : columns // 3], middle[:, columns * 15 // 32 : columns * 17 // 32]
    assert lung.mean() < spine.mean()
    assert image.facts.spacing is None


def test_a_detector_s_own_spacing_is_said_to_be_that() -> None:
    facts = read(shared("made-odd/dx_for_presentation_mono1_12bit.dcm")).image.facts
    assert facts.spacing is not None
    assert facts.spacing.source is SpacingSource.IMAGER_PIXEL_SPACING
    assert (facts.view, facts.body_part) == ("PA", "CHEST")
    ultrasound = read(shared("pydicom-wheel/examples_palette.dcm")).image.facts
    assert ultrasound.spacing is not None
    assert ultrasound.spacing.source is SpacingSource.ULTRASOUND_REGION


def test_hostile_strings_leave_nothing_in_the_facts() -> None:
    intake = read(shared("made-odd/hostile_strings_and_phi.dcm"))
    plain = read(shared("pydicom-wheel/CT_small.dcm")).image.facts
    facts = intake.image.facts
    assert facts.header == plain.header
    assert facts.content_sha256 == plain.content_sha256
    text = facts.model_dump_json().lower()
    assert not any(word in text for word in ("script", "drop", "ignore", "instruction", "select"))
