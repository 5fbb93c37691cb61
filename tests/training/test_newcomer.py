"""A new model made after one that the manifest has: what is drafted, what is refused, and a run that ends in a model
that opens."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from assistant.errors import InputError
from assistant.training.card import stale_cards
from assistant.training.rows import add_row, classes_in, drafted_card
from assistant.training_commands import add_training_commands
from assistant.vision.loading import Models
from assistant.vision.manifest import load_manifest
from tests.training.fakes import write_index, write_picture
from tests.training.folders import write_start
from tests.vision.weights import WEIGHTS

MANIFEST = load_manifest(WEIGHTS)
cli = typer.Typer()
add_training_commands(cli)


def mouth_folder(folder: Path, labels: tuple[str, ...] = ("gingivitis", "hypodontia")) -> Path:
    """Photographs of one colour a class; every split holds each class twice."""
    rng = np.random.default_rng(3)
    lines = []
    for i in range(6 * len(labels)):
        of = i % len(labels)
        rgb = np.full((72, 96, 3), (200, 60, 60) if of else (90, 120, 200), dtype=np.uint8)
        rgb += rng.integers(0, 40, rgb.shape, dtype=np.uint8)
        write_picture(folder / f"{i}.png", rgb)
        split = ("train", "val", "test")[i // (2 * len(labels))]
        lines.append({"image": f"{i}.png", "label": labels[of], "split": split})
    return write_index(folder, lines)


@pytest.mark.parametrize(
    ("name", "classes", "words"),
    [
        ("Teeth", ("gingivitis",), "small letters"),
        ("oral_disease", ("gingivitis",), "already"),
        ("gum_disease", ("gingivitis", "leukoplakia"), "No code is known for the class.es. leukoplakia"),
    ],
)
def test_what_cannot_be_drafted_is_said(name: str, classes: tuple[str, ...], words: str) -> None:
    with pytest.raises(InputError, match=words):
        drafted_card(MANIFEST, MANIFEST.card("oral_disease"), name, classes)


def test_other_classes_need_a_model_of_several_concepts() -> None:
    with pytest.raises(InputError, match="several concepts"):
        drafted_card(MANIFEST, MANIFEST.card("brain_tumour"), "brain_bleed", ("bleeding", "none"))


@pytest.mark.parametrize("like", [c.name for c in MANIFEST.cards if c.task != "gate"])
def test_a_drafted_row_is_read_back_as_it_was(like: str, tmp_path: Path) -> None:
    file = tmp_path / "manifest.toml"
    file.write_text((WEIGHTS / "manifest.toml").read_text("utf-8"), encoding="utf-8")
    before = MANIFEST.card(like)
    card = drafted_card(MANIFEST, before, "newcomer", before.classes)
    add_row(file, card)
    read = load_manifest(tmp_path).card("newcomer")
    assert read == card
    assert read.module == before.module
    assert read.concept == before.concept
    assert "has to write" in read.limits[0]


def test_classes_come_from_labels_or_boxes(tmp_path: Path) -> None:
    from assistant.training.data import read_index

    rows = read_index(mouth_folder(tmp_path))
    assert classes_in(rows, "classify") == ("gingivitis", "hypodontia")
    assert classes_in(rows, "detect") == ()


def test_a_new_model_is_trained_measured_and_opens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = tmp_path / "weights"
    weights.mkdir()
    shutil.copy(WEIGHTS / "manifest.toml", weights)
    monkeypatch.setenv("MEDVISION_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MEDVISION_WEIGHTS_DIR", str(weights))
    data = mouth_folder(tmp_path / "gums")
    start = write_start(tmp_path / "start.safetensors")
    words = ["train", "gum_disease", "--like", "oral_disease", "--data", str(data), "--start", str(start)]
    small = ["--epochs", "1", "--set", "batch=2", "--set", "size=64"]
    result = CliRunner().invoke(cli, [*words, *small])
    assert result.exit_code == 0, result.output
    assert "cards/gum_disease.md" in result.output
    card = load_manifest(weights).card("gum_disease")
    assert card.classes == ("gingivitis", "hypodontia")
    assert {c.concept for c in card.concepts.values()} == {"gingivitis", "hypodontia"}
    assert all(c.threshold_why for c in card.concepts.values()), "calibrated on val"
    assert not [line for line in stale_cards(weights) if line.startswith("gum_disease")]
    assert Models(weights).classifier("gum_disease").card.sha256 == card.sha256
    again = CliRunner().invoke(cli, [*words, *small])
    assert again.exit_code == 1
    assert "already" in again.output
