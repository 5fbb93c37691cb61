"""The gate: what a model reads in, everything else out, each refusal with reason and remedy."""

from pathlib import Path

import numpy as np
import pytest

from assistant.domain.image import Modality
from assistant.intake.quality import measure
from assistant.training.data import load_shown, read_index
from assistant.training.gate_pictures import CT_AMONG_MRI, kind_of
from tests.builders import build_image, build_quality
from tests.vision.pictures import build_head
from tests.vision.weights import DATA, models, needs_data

OTHERS = (
    "head-ct-haemorrhage",
    "chest-film-tb",
    "chest-film-children",
    "chest-ct-covid",
    "chest-ct-lung",
    "abdomen-ct-kidney",
    "breast-us",
    "fetal-head-us",
    "lung-us",
    "negatives",
)
READ = {
    "brain-mri-tumour": "brain_mri",
    "brain-mri-extra": "brain_mri",
    "brain-mri-boxes": "brain_mri",
    "brain-mri-boxes-external": "brain_mri",
    "fundus-disease": "fundus",
    "fundus-external": "fundus",
    "fundus-vessels-drive": "fundus",
    "fundus-vessels-chase": "fundus",
    "oral-disease": "mouth",
}


def share_admitted(folder: Path, most: int) -> tuple[float, int]:
    """Share of `test` pictures that the pixels alone let pass."""
    rows = [r for r in read_index(folder, "test") if r.image.stem not in CT_AMONG_MRI]
    rows = rows[:: -(-len(rows) // most)]
    gate = models().gate()
    return float(np.mean([gate.passes(gate.look(load_shown(r.image))) for r in rows])), len(rows)


@needs_data
@pytest.mark.parametrize("name", READ)
def test_what_a_model_reads_is_admitted_of_every_source(name: str) -> None:
    share, n = share_admitted(DATA / name, 40)
    assert share >= 1 - max(0.02, 1.01 / n)


@needs_data
@pytest.mark.parametrize("name", ["brain-mri-boxes", "fundus-disease", "oral-disease"])
def test_each_kind_goes_to_its_own_models(name: str) -> None:
    admission = models().gate().admit(build_image(load_shown(read_index(DATA / name, "test")[0].image)))
    assert (admission.admitted, admission.kind) == (True, READ[name])
    assert models().manifest.readers(admission.kind)


@needs_data
def test_a_hazy_fundus_is_not_refused_for_its_haze() -> None:
    rows = [r for r in read_index(DATA / "fundus-disease", "test") if r.label == "cataract"]
    gate = models().gate()
    passed = [gate.passes(gate.look(load_shown(r.image))) for r in rows]
    assert np.mean(passed) >= 0.97


@needs_data
def test_other_kinds_are_refused() -> None:
    found = {name: share_admitted(DATA / name, 20) for name in OTHERS}
    wrong = sum(share * n for share, n in found.values())
    assert wrong <= 0.01 * sum(n for _, n in found.values()), found


@needs_data
@pytest.mark.parametrize(
    ("name", "words"), [("chest-film-jsrt", "a chest film"), ("head-ct-haemorrhage", "a CT slice of the head")]
)
def test_a_refusal_names_the_kind_and_what_to_do(name: str, words: str) -> None:
    row = read_index(DATA / name, "test")[0]
    admission = models().gate().admit(build_image(load_shown(row.image)))
    assert not admission.admitted
    assert admission.kind == kind_of(row)
    assert words in admission.reason
    read = "I read brain MRI slices, photographs of the back of the eye and photographs of teeth or gums alone"
    assert read in admission.reason
    assert admission.remedy == "Upload one such picture as PNG, JPEG, TIFF or DICOM."


@pytest.mark.parametrize(
    ("modality", "words"),
    [(Modality.CT, "a CT image"), (Modality.US, "an ultrasound image"), (Modality.CR, "an X-ray film")],
)
def test_a_header_that_contradicts_refuses_by_itself(modality: Modality, words: str) -> None:
    pixels = _brain() if DATA.is_dir() else build_head()
    admission = models().gate().admit(build_image(pixels, source="dicom", modality=modality))
    assert not admission.admitted
    assert words in admission.reason


def test_an_mr_header_of_another_part_of_the_body_is_refused() -> None:
    image = build_image(build_head(), source="dicom", modality=Modality.MR, body_part="KNEE")
    admission = models().gate().admit(image)
    assert not admission.admitted
    assert "another part of the body (knee)" in admission.reason


@needs_data
@pytest.mark.parametrize("modality", [Modality.MR, Modality.OT, Modality.SC])
def test_a_brain_slice_with_a_header_that_does_not_contradict_passes(modality: Modality) -> None:
    image = build_image(_brain(), source="dicom", modality=modality, body_part="BRAIN")
    admission = models().gate().admit(image)
    assert admission.admitted
    assert (admission.kind, admission.reason, admission.remedy) == ("brain_mri", "", "")


@needs_data
def test_a_header_of_one_kind_that_is_read_does_not_let_another_pass() -> None:
    pixels = load_shown(read_index(DATA / "fundus-disease", "test")[0].image)
    admission = models().gate().admit(build_image(pixels, source="dicom", modality=Modality.MR))
    assert not admission.admitted
    assert "says that it is an MR image, and it looks like a photograph of the back of the eye" in admission.reason


@needs_data
@pytest.mark.parametrize("modality", [Modality.OP, Modality.XC, Modality.IO])
def test_a_header_of_a_kind_that_is_read_does_not_vouch_for_another(modality: Modality) -> None:
    admission = models().gate().admit(build_image(_brain(), source="dicom", modality=modality))
    assert not admission.admitted
    assert "and it looks like a brain MRI slice" in admission.reason


@needs_data
def test_an_mr_header_does_not_let_a_chest_film_pass() -> None:
    row = read_index(DATA / "chest-film-jsrt", "test")[0]
    image = build_image(load_shown(row.image), source="dicom", modality=Modality.MR)
    assert not models().gate().admit(image).admitted


def test_an_unreadable_picture_is_refused_in_the_words_of_quality() -> None:
    quality = build_quality(readable=False, issues=("it is blank",), remedy="Upload it again.")
    admission = models().gate().admit(build_image(build_head(), quality=quality))
    assert not admission.admitted
    assert "it is blank" in admission.reason
    assert admission.remedy == "Upload it again."


@pytest.mark.parametrize("size_rc", [(64, 64), (97, 331), (1, 700)])
def test_noise_and_flat_pictures_are_refused_at_any_size(size_rc: tuple[int, int]) -> None:
    gate = models().gate()
    noise = np.random.default_rng(0).integers(0, 256, size_rc, dtype=np.uint8)
    for pixels in (noise, np.zeros(size_rc, dtype=np.uint8), np.full(size_rc, 255, dtype=np.uint8)):
        admission = gate.admit(build_image(pixels, quality=measure(pixels)))
        assert not admission.admitted
        assert admission.reason
        assert admission.remedy


def _brain() -> np.ndarray:
    return load_shown(read_index(DATA / "brain-mri-boxes", "test")[0].image)
