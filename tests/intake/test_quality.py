"""What is unreadable for anyone is told apart from what is only dark, hazy, soft or mostly black."""

import csv

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageFilter

from assistant.intake.quality import measure
from tests.intake.files import SHARED, build_grey

DATA = SHARED / "data"
BRAIN_SETS = ("brain-mri-tumour", "brain-mri-boxes", "brain-mri-extra")
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is not beside the repository")


def pictures(name: str, split: str = "val", label: str | None = None, at_most: int = 400) -> list[NDArray[np.uint8]]:
    with (DATA / name / "index.csv").open(encoding="utf-8") as file:
        rows = [r for r in csv.DictReader(file) if r["split"] == split and label in (None, r["label"])]
    step = max(1, len(rows) // at_most)
    return [np.array(Pillow.open(DATA / name / row["image"]).convert("L")) for row in rows[::step]]


def blurred(pixels: NDArray[np.uint8], share: float) -> NDArray[np.uint8]:
    return np.array(Pillow.fromarray(pixels).filter(ImageFilter.GaussianBlur(share * max(pixels.shape))))


def refused(copies: list[NDArray[np.uint8]]) -> float:
    return sum(not measure(copy).readable for copy in copies) / len(copies)


def test_at_most_one_in_a_hundred_brain_pictures_is_refused() -> None:
    assert refused([p for name in BRAIN_SETS for p in pictures(name, at_most=100)]) <= 0.01


def test_skull_stripped_slices_and_cataract_haze_are_not_refused() -> None:
    assert refused(pictures("brain-mri-boxes-external", "test", at_most=40)) == 0
    assert refused(pictures("fundus-disease", label="cataract", at_most=12)) == 0


def test_other_kinds_of_medical_picture_are_not_refused() -> None:
    for name in ("chest-film-tb", "head-ct-haemorrhage", "breast-us", "fetal-head-us", "lung-us"):
        assert refused(pictures(name, at_most=12)) == 0


def test_blurred_blanked_and_drowned_copies_are_refused() -> None:
    originals = pictures("brain-mri-boxes", at_most=20) + pictures("brain-mri-tumour", at_most=15)
    rng = np.random.default_rng(0)
    assert refused([blurred(p, 0.02) for p in originals]) >= 0.99
    assert refused([blurred(p, 0.05) for p in originals]) >= 0.99
    assert refused([np.full_like(p, int(p.mean())) for p in originals]) == 1
    assert refused([np.clip(rng.normal(99, 2, p.shape), 0, 255).astype(np.uint8) for p in originals]) == 1
    assert refused([rng.integers(0, 256, p.shape, dtype=np.uint8) for p in originals]) == 1


def test_dim_noisy_and_overexposed_copies_are_read_with_a_word_of_warning() -> None:
    original = pictures("brain-mri-boxes", at_most=3)[0]
    dim = measure((original * 0.12).astype(np.uint8))
    assert dim.readable
    assert "it is very dark" in dim.issues
    noise = np.random.default_rng(0).normal(0, 40, original.shape)
    noisy = measure(np.clip(original + noise, 0, 255).astype(np.uint8))
    assert noisy.readable
    assert "it is noisy" in noisy.issues
    bright = measure(np.where(original > 20, 255, original).astype(np.uint8)[60:260, 60:260])
    assert "most of it is overexposed" in bright.issues


def test_a_sharper_picture_measures_sharper() -> None:
    original = pictures("brain-mri-boxes", at_most=3)[1]
    sharpness = [measure(blurred(original, share)).sharpness for share in (0.0, 0.004, 0.008, 0.03)]
    assert sharpness == sorted(sharpness, reverse=True)


def test_a_refused_picture_says_why_and_what_would_help() -> None:
    for pixels in (build_grey(40, 90), np.zeros((90, 90), dtype=np.uint8), np.full((90, 90, 3), 255, dtype=np.uint8)):
        quality = measure(pixels)
        assert not quality.readable
        assert quality.issues
        assert quality.remedy.startswith("Send")


def test_colour_and_grey_of_any_shape_are_measured() -> None:
    for shape in ((64, 64), (64, 4000), (3000, 70), (1, 1), (2, 900), (512, 512, 3)):
        assert 0 <= measure(np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)).contrast <= 1
