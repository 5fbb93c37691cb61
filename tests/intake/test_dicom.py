"""Single DICOM frames: modality units, inversion, window, padding, millimetres, directions, refusals."""

import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from assistant.domain.geometry import Orientation, SpacingSource
from assistant.domain.image import Modality, Window, windowed
from assistant.errors import InputError
from assistant.intake import decoder
from assistant.intake.base import Limits
from assistant.intake.decoder import Worker, decoded_apart
from assistant.intake.dicom_geometry import orientation_of, spacing_of
from assistant.intake.dicom_header import Header
from tests.intake.files import LIMITS, SECRET, build_dataset, build_dicom, build_grey, read, saved

RAMP = np.arange(64, dtype=np.int16).reshape(8, 8)


def header_of(**attributes: Any) -> Header:
    ds = Dataset()
    for keyword, value in attributes.items():
        setattr(ds, keyword, value)
    return Header(ds)


def item(**attributes: Any) -> Dataset:
    ds = Dataset()
    for keyword, value in attributes.items():
        setattr(ds, keyword, value)
    return ds


def refusal(data: bytes) -> str:
    with pytest.raises(InputError) as caught:
        read(data)
    return str(caught.value)


def test_ct_is_read_in_hounsfield_units() -> None:
    image = read(build_dicom(RAMP, RescaleSlope=2, RescaleIntercept=-1024, RescaleType="HU")).image
    assert image.facts.unit == "[hnsf'U]"
    assert image.pixels.dtype == np.int16
    assert np.array_equal(image.pixels, RAMP * 2 - 1024)


def test_ct_without_rescale_has_no_unit() -> None:
    assert read(build_dicom(RAMP)).image.facts.unit == "1"


def test_a_fractional_slope_gives_float32() -> None:
    image = read(build_dicom(RAMP, Modality="MR", RescaleSlope="0.3", RescaleIntercept=0)).image
    assert image.pixels.dtype == np.float32
    assert np.allclose(image.pixels, RAMP * 0.3)
    assert image.facts.unit == "1"


def test_monochrome1_is_inverted_and_looks_as_it_was_meant_to() -> None:
    plain = (np.arange(64) * 60).astype(np.uint16).reshape(8, 8)
    same = {"BitsStored": 12, "HighBit": 11, "WindowCenter": 1000, "WindowWidth": 800, "Modality": "DX"}
    normal = read(build_dicom(plain, **same)).image
    turned = read(build_dicom(plain, PhotometricInterpretation="MONOCHROME1", **same)).image
    assert np.array_equal(turned.pixels, 4095 - plain)
    assert turned.pixels.dtype == np.uint16
    assert "MONOCHROME1" in turned.facts.notes[0]
    assert np.abs(windowed(turned).astype(int) - (255 - windowed(normal).astype(int))).max() <= 1


def test_inverted_ct_is_no_longer_in_hounsfield_units() -> None:
    image = read(
        build_dicom(RAMP, PhotometricInterpretation="MONOCHROME1", RescaleSlope=1, RescaleIntercept=-1024)
    ).image
    assert image.facts.unit == "1"
    assert image.pixels[0, 0] > image.pixels[7, 7]


@pytest.mark.parametrize(
    ("center", "width", "expected"),
    [
        ("40", "400", Window(center=40, width=400)),
        (["40", "-600"], ["400", "1500"], Window(center=40, width=400)),
        (["40", "-600"], ["0", "1500"], Window(center=-600, width=1500)),
        ("40", "0", None),
    ],
)
def test_the_first_valid_window_counts(center: Any, width: Any, expected: Window | None) -> None:
    assert read(build_dicom(RAMP, WindowCenter=center, WindowWidth=width)).image.facts.window == expected


def test_a_voi_lut_becomes_the_window_that_it_spans() -> None:
    table = item(LUTDescriptor=[32, 16, 8])
    table.add_new("LUTData", "OW", np.arange(32, dtype="<u2").tobytes())
    image = read(build_dicom(RAMP, VOILUTSequence=[table])).image
    assert image.facts.window == Window(center=32, width=32)


def test_padding_outside_the_picture_does_not_spoil_it() -> None:
    pixels = RAMP.copy()
    pixels[0] = -2000
    image = read(build_dicom(pixels, PixelPaddingValue=-2000)).image
    assert image.pixels[0, 0] == 8
    assert "padding" in image.facts.notes[0]


def test_a_padding_value_amid_the_picture_s_own_is_not_believed() -> None:
    assert np.array_equal(read(build_dicom(RAMP, PixelPaddingValue=20)).image.pixels, RAMP)


def test_an_overlay_in_unused_bits_is_no_part_of_the_value() -> None:
    values = (np.arange(64) * 60).astype(np.uint16).reshape(8, 8)
    image = read(build_dicom(values | 0x8000, BitsStored=12, HighBit=11)).image
    assert np.array_equal(image.pixels, values)


def test_eight_bit_pictures_stay_eight_bit_and_colour_stays_rgb() -> None:
    assert read(build_dicom(build_grey())).image.pixels.dtype == np.uint8
    colour = np.zeros((8, 8, 3), dtype=np.uint8)
    colour[..., 0] = RAMP
    colour[..., 1] = 200
    image = read(build_dicom(colour, Modality="US")).image
    assert np.array_equal(image.pixels, colour)
    assert image.facts.window is None


@pytest.mark.parametrize(
    ("cosines", "expected"),
    [
        ([1, 0, 0, 0, 1, 0], Orientation(left="R", right="L", top="A", bottom="P")),
        ([-1, 0, 0, 0, -1, 0], Orientation(left="L", right="R", top="P", bottom="A")),
        ([1, 0, 0, 0, 0, -1], Orientation(left="R", right="L", top="H", bottom="F")),
        ([0, 1, 0, 0, 0, -1], Orientation(left="A", right="P", top="H", bottom="F")),
        ([0.7071, 0.7071, 0, 0, 0, -1], Orientation(left="RA", right="LP", top="H", bottom="F")),
        ([0.98, 0.199, 0, -0.199, 0.98, 0], Orientation(left="R", right="L", top="A", bottom="P")),
        ([0, 0, 0, 0, 0, 0], None),
        ([1, 0, 0, 1, 0, 0], None),
        ([1, 0, 0], None),
    ],
)
def test_edges_are_lettered_from_the_direction_cosines(cosines: list[float], expected: Orientation | None) -> None:
    assert orientation_of(header_of(ImageOrientationPatient=cosines)) == expected


def test_edges_are_lettered_from_patient_orientation_where_there_are_no_cosines() -> None:
    upright = orientation_of(header_of(PatientOrientation=["L", "F"]))
    assert upright == Orientation(left="R", right="L", top="H", bottom="F")
    assert orientation_of(header_of(PatientOrientation=["AF", "PL"])) == Orientation(
        left="PH", right="AF", top="AR", bottom="PL"
    )
    assert orientation_of(header_of(PatientOrientation=["X", "F"])) is None
    assert orientation_of(header_of(PatientOrientation="")) is None


def test_millimetres_come_with_their_source() -> None:
    notes: list[str] = []
    both = spacing_of(header_of(PixelSpacing=[0.5, 0.25], ImagerPixelSpacing=[0.7, 0.7]), notes)
    assert both is not None
    assert (both.row_mm, both.column_mm, both.source) == (0.5, 0.25, SpacingSource.PIXEL_SPACING)
    equal = spacing_of(header_of(PixelSpacing=[0.7, 0.7], ImagerPixelSpacing=[0.7, 0.7]), notes)
    assert equal is not None
    assert equal.source is SpacingSource.IMAGER_PIXEL_SPACING
    for nothing in ({}, {"PixelSpacing": [0, 0]}, {"PixelSpacing": [0.5]}, {"PixelSpacing": ["1e9", "1e9"]}):
        assert spacing_of(header_of(**nothing), notes) is None


def region(x_cm: float, y_cm: float, units: int = 3, kind: int = 1) -> Dataset:
    return item(
        RegionSpatialFormat=kind,
        PhysicalUnitsXDirection=units,
        PhysicalUnitsYDirection=units,
        PhysicalDeltaX=x_cm,
        PhysicalDeltaY=y_cm,
    )


def test_an_ultrasound_region_in_centimetres_gives_millimetres() -> None:
    notes: list[str] = []
    spacing = spacing_of(header_of(SequenceOfUltrasoundRegions=[region(0.02, -0.03), region(9, 9, units=4)]), notes)
    assert spacing is not None
    assert (spacing.row_mm, spacing.column_mm) == (pytest.approx(0.3), pytest.approx(0.2))
    assert spacing.source is SpacingSource.ULTRASOUND_REGION
    two = header_of(SequenceOfUltrasoundRegions=[region(0.02, 0.02), region(0.04, 0.04)])
    assert spacing_of(two, notes) is None
    assert "different scales" in notes[0]
    assert spacing_of(header_of(SequenceOfUltrasoundRegions=[region(0.02, 0.02, kind=3)]), notes) is None


def test_functional_groups_of_a_single_frame_are_found() -> None:
    groups = item(PixelMeasuresSequence=[item(PixelSpacing=[0.4, 0.4])])
    header = header_of(SharedFunctionalGroupsSequence=[groups])
    spacing = spacing_of(header, [])
    assert spacing is not None
    assert spacing.row_mm == 0.4


def test_view_side_body_part_and_acquisition_are_kept_without_free_text() -> None:
    image = read(
        build_dicom(
            RAMP, Modality="MR", ViewPosition="PA", ImageLaterality="L", BodyPartExamined="BRAIN",
            Manufacturer="SIEMENS Healthcare GmbH", ManufacturerModelName="MAGNETOM Skyra", MagneticFieldStrength="3",
            SequenceName="*tse2d1_9", EchoTime="90", RepetitionTime="4000", ScanningSequence="SE", SliceThickness="5",
            StudyDescription="Jane Doe, headache", ProtocolName="for Dr Doe", StudyDate="20200101",
        )
    ).image.facts  # fmt: skip
    assert (image.modality, image.view, image.laterality, image.body_part) == (Modality.MR, "PA", "L", "BRAIN")
    assert image.header["Manufacturer"] == "Siemens"
    assert image.header["ManufacturerModelName"] == "MAGNETOM Skyra"
    assert image.header["SequenceName"] == "*tse2d1_9"
    assert float(image.header["EchoTime"]) == 90
    text = image.model_dump_json()
    assert not any(word in text for word in ("Doe", "headache", "20200101", "4711"))


def test_a_missing_or_unknown_modality_is_said() -> None:
    for attributes in ({"Modality": None}, {"Modality": "XYZ"}):
        facts = read(build_dicom(RAMP, **attributes)).image.facts
        assert facts.modality is Modality.OT
        assert "modality" in facts.notes[0]


def test_several_frames_and_too_many_pixels_are_refused_before_decoding() -> None:
    assert "1,000,000 frames" in refusal(build_dicom(RAMP, NumberOfFrames=1_000_000))
    assert "65535 x 65535" in refusal(build_dicom(RAMP, Rows=65535, Columns=65535))
    with pytest.raises(InputError, match="at least 64"):
        read(build_dicom(RAMP), Limits(10**7, 10**7))


def test_what_is_no_picture_is_named() -> None:
    def without_pixels(uid: str, modality: str) -> str:
        return refusal(build_dicom(RAMP, SOPClassUID=uid, Modality=modality, PixelData=None, Rows=None, Columns=None))

    assert "structured report" in without_pixels("1.2.840.10008.5.1.4.1.1.88.33", "SR")
    assert "radiotherapy" in without_pixels("1.2.840.10008.5.1.4.1.1.481.3", "RTSTRUCT")
    assert "a document" in without_pixels("1.2.840.10008.5.1.4.1.1.104.1", "DOC")
    assert "ECG" in without_pixels("1.2.840.10008.5.1.4.1.1.9.1.1", "ECG")
    assert "directory" in without_pixels("1.2.840.10008.1.3.10", "CT")
    assert "no picture" in without_pixels("1.2.840.10008.5.1.4.1.1.2", "CT")
    assert "cut off" in refusal(build_dicom(RAMP, PixelData=None))


def test_truncated_files_are_refused() -> None:
    data = build_dicom(build_grey(), PatientComments="x" * 200)
    for share in (0.2, 0.5, 0.9, 0.99):
        assert refusal(data[: int(len(data) * share)])
    assert "header only" in refusal(b"\x00" * 128 + b"DICM")


def compressed(stream: bytes, syntax: str) -> bytes:
    ds = build_dataset(RAMP.astype(np.uint16), PixelData=encapsulate([stream]))
    ds["PixelData"].VR = "OB"
    ds["PixelData"].is_undefined_length = True
    data = saved(ds)
    again = pydicom.dcmread(io.BytesIO(data))
    again.file_meta.TransferSyntaxUID = syntax
    buffer = io.BytesIO()
    pydicom.dcmwrite(buffer, again)
    return buffer.getvalue()


def test_a_codestream_that_claims_another_size_than_the_header_is_not_decoded() -> None:
    bomb = b"\xff\x4f\xff\x51" + struct.pack(">HHIIII", 41, 0, 60_000, 60_000, 0, 0) + b"\x00" * 40
    assert "damaged" in refusal(compressed(bomb, JPEG2000Lossless))


@pytest.mark.parametrize("syntax", [JPEGLosslessSV1, JPEGLSLossless, JPEG2000Lossless, JPEGBaseline8Bit, RLELossless])
def test_a_compressed_stream_of_nonsense_is_refused(syntax: str) -> None:
    assert "cannot be decoded" in refusal(compressed(b"\xff\xd8\xff\xc3" + b"\x01\x02" * 90, syntax))


def test_a_decoder_that_dies_takes_nothing_else_down_and_is_started_again(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text("import os; os.abort()")
    worker = Worker(program)
    ds = pydicom.dcmread(io.BytesIO(compressed(b"\xff\xd8" + b"\x00" * 40, JPEGLosslessSV1)))
    with pytest.raises(RuntimeError, match="died"):
        decoded_apart(ds, worker)
    program.write_text(Path(decoder.__file__).read_text(encoding="utf-8"))
    with pytest.raises(RuntimeError, match="refused"):
        decoded_apart(ds, worker)
    worker.close()


def test_twelve_bit_jpeg_is_refused_with_the_way_out() -> None:
    stream = b"\xff\xd8\xff\xc1" + struct.pack(">HBHHB", 11, 12, 8, 8, 1) + b"\x01\x11\x00" + b"\xff\xd9"
    said = refusal(compressed(stream, JPEGExtended12Bit))
    assert "12-bit JPEG" in said
    assert "without compression" in said


def test_a_file_without_preamble_and_meta_is_read() -> None:
    ds = build_dataset(RAMP)
    for implicit, little in ((True, True), (False, True), (False, False)):
        buffer = io.BytesIO()
        copy = pydicom.dcmread(io.BytesIO(saved(ds)))
        if not little:
            copy["PixelData"].value = RAMP.astype(">i2").tobytes()
        bare = Dataset()
        bare.update(copy)
        pydicom.dcmwrite(buffer, bare, implicit_vr=implicit, little_endian=little)
        assert np.array_equal(read(buffer.getvalue()).image.pixels, RAMP)


def test_patients_are_told_apart_by_a_keyed_hash() -> None:
    one, same = read(build_dicom(RAMP)), read(build_dicom(RAMP + 1))
    other = read(build_dicom(RAMP, PatientID="4712"))
    elsewhere = read(build_dicom(RAMP, IssuerOfPatientID="another hospital"))
    assert one.patient_key == same.patient_key
    assert len({one.patient_key, other.patient_key, elsewhere.patient_key}) == 3
    assert read(build_dicom(RAMP, PatientID="")).patient_key is None
    from assistant.intake.open import open_bytes

    assert open_bytes(build_dicom(RAMP), LIMITS, SECRET + b"x").patient_key != one.patient_key
