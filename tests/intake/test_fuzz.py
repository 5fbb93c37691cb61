"""Mutated files give an image or InputError, never anything else."""

import random
from contextlib import suppress

import pytest

from assistant.errors import InputError
from assistant.intake.base import Limits
from tests.intake.files import build_dicom, build_grey, encoded, needs_dicom, read, shared

LIMITS = Limits(max_bytes=5_000_000, max_pixels=4_000_000, min_side=1)


def mutated(data: bytes, rng: random.Random, reach: int) -> bytes:
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 5, 20))):
        at = rng.randrange(min(len(out), reach))
        kind = rng.randrange(4)
        if kind == 0:
            out[at] = rng.randrange(256)
        elif kind == 1:
            out[at : at + 4] = rng.choice((b"\xff\xff\xff\xff", b"\x00\x00\x00\x00", b"\x7f\xff\xff\xff", b"UNSQ"))
        elif kind == 2:
            del out[at : at + rng.randrange(1, 40)]
        else:
            out[at:at] = bytes(rng.randrange(256) for _ in range(rng.randrange(1, 12)))
    return bytes(out[: rng.randrange(1, len(out))] if rng.random() < 0.1 else out)


def tried(data: bytes, cases: int, reach: int, seed: int = 0) -> int:
    rng, images = random.Random(seed), 0
    for _ in range(cases):
        with suppress(InputError):
            read(mutated(data, rng, reach), LIMITS)
            images += 1
    return images


def test_mutations_of_a_made_dicom_file_give_an_image_or_a_sentence() -> None:
    assert 0 < tried(build_dicom(build_grey(16, 16), WindowCenter=40, WindowWidth=80), 150, 700) < 150


@needs_dicom
@pytest.mark.parametrize(
    ("name", "cases", "reach"),
    [
        ("pydicom-wheel/CT_small.dcm", 150, 6500),
        ("pydicom-wheel/MR_small_RLE.dcm", 60, 9000),
        ("pydicom-wheel/MR_small_jp2klossless.dcm", 60, 9000),
        ("pydicom-wheel/MR_small_jpeg_ls_lossless.dcm", 12, 9000),
        ("pydicom-wheel/SC_rgb_jpeg_gdcm.dcm", 12, 9000),
        ("pydicom-wheel/SC_rgb_dcmtk_+eb+cr.dcm", 60, 9000),
        ("pydicom-wheel/MR_small_bigendian.dcm", 60, 1700),
        ("barre-dicomjl/CT_Implicit_Little_Headless_Retired.dcm", 20, 1700),
        ("pydicom-wheel/examples_palette.dcm", 20, 3000),
    ],
)
def test_mutations_of_a_real_dicom_file_give_an_image_or_a_sentence(name: str, cases: int, reach: int) -> None:
    tried(shared(name), cases, reach)


@pytest.mark.parametrize("format", ["PNG", "JPEG", "TIFF", "BMP", "WEBP", "GIF"])
def test_mutations_of_a_picture_give_an_image_or_a_sentence(format: str) -> None:
    tried(encoded(build_grey(), format), 150, 10_000)
