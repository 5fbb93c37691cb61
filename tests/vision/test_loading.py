"""Loading: what is missing or wrong is said in one sentence; nothing heavy loads before it is needed."""

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from assistant.errors import ModelError
from assistant.vision.loading import Models
from assistant.vision.manifest import load_manifest
from tests.vision.pictures import build_eye, random_state
from tests.vision.weights import ROOT, WEIGHTS

LIGHT = """
import sys
import assistant.vision, assistant.vision.manifest, assistant.vision.loading, assistant.vision.calibrate
from assistant.vision.loading import Models
from pathlib import Path
Models(Path(sys.argv[1])).manifest.cards
heavy = {"torch", "timm", "torchvision", "safetensors", "matplotlib"} & set(sys.modules)
sys.exit(f"loaded {sorted(heavy)}" if heavy else 0)
"""


def write_manifest(folder: Path, content: bytes, **changes: str) -> Path:
    (folder / "m.safetensors").write_bytes(content)
    row = {
        "title": '"Test"',
        "task": '"classify"',
        "version": '"1"',
        "weights": '"m.safetensors"',
        "sha256": f'"{"0" * 64}"',
        "kinds": "[]",
        "classes": '["no_tumour", "tumour"]',
        "positive": '"tumour"',
        "input_size": "64",
    } | changes
    body = "\n".join(f"{k} = {v}" for k, v in row.items())
    (folder / "manifest.toml").write_text(f"[models.brain_tumour]\n{body}\n", encoding="utf-8")
    return folder


def test_listing_models_loads_no_torch() -> None:
    result = subprocess.run(
        [sys.executable, "-c", LIGHT, str(WEIGHTS)], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert result.returncode == 0, result.stderr


def test_weights_with_another_hash_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="SHA-256 differs"):
        Models(write_manifest(tmp_path, b"not these")).classifier("brain_tumour")


def test_missing_weights_are_named_by_title_not_by_path(tmp_path: Path) -> None:
    folder = write_manifest(tmp_path, b"", weights='"gone.safetensors"')
    with pytest.raises(ModelError, match="weights of Test are missing") as caught:
        Models(folder).classifier("brain_tumour")
    assert str(tmp_path) not in str(caught.value)


def test_an_unknown_model_is_answered_with_those_there_are() -> None:
    with pytest.raises(ModelError, match="brain_tumour"):
        Models(WEIGHTS).classifier("spleen")


def test_the_gate_is_no_classifier() -> None:
    with pytest.raises(ModelError, match="its task is to gate"):
        Models(WEIGHTS).classifier("gate")


def test_a_folder_without_manifest_says_what_to_set(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="MEDVISION_WEIGHTS_DIR"):
        load_manifest(tmp_path)


@pytest.mark.parametrize("change", [{"task": '"guess"'}, {"positive": '"spleen"'}, {"colour": '"red"'}])
def test_a_manifest_row_that_does_not_hold_is_refused(tmp_path: Path, change: dict[str, str]) -> None:
    with pytest.raises(ModelError, match="does not hold"):
        load_manifest(write_manifest(tmp_path, b"", **change))


def test_a_manifest_that_is_no_toml_is_refused(tmp_path: Path) -> None:
    (tmp_path / "manifest.toml").write_text("= what", encoding="utf-8")
    with pytest.raises(ModelError, match="does not hold"):
        load_manifest(tmp_path)


def test_the_model_used_longest_ago_leaves_memory_first(monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = Models(WEIGHTS, memory_mb=33)
    monkeypatch.setattr(shelf, "_state", lambda card: random_state(card.name))
    eye = shelf.classifier("eye_disease")
    shelf.classifier("brain_tumour")
    assert shelf.classifier("eye_disease") is eye
    shelf.classifier("oral_disease")
    assert shelf.in_memory == ("eye_disease", "oral_disease")
    assert shelf.classifier("eye_disease") is eye
    shelf.detector("brain_tumour_boxes")
    assert shelf.in_memory == ("eye_disease", "brain_tumour_boxes")
    assert shelf.gate() is shelf.gate()


def test_a_model_larger_than_the_limit_is_kept_until_the_next() -> None:
    shelf = Models(WEIGHTS, memory_mb=1)
    assert shelf.classifier("brain_tumour") is shelf.classifier("brain_tumour")
    assert shelf.in_memory == ("brain_tumour",)


def test_an_evicted_model_still_answers_those_who_hold_it_and_comes_back_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shelf = Models(WEIGHTS, memory_mb=1)
    monkeypatch.setattr(shelf, "_state", lambda card: random_state(card.name))
    held = shelf.classifier("eye_disease")
    shelf.classifier("oral_disease")
    assert shelf.in_memory == ("oral_disease",)
    again = shelf.classifier("eye_disease")
    assert again is not held
    assert np.array_equal(held.logits(build_eye((80, 80))), again.logits(build_eye((80, 80))))


def test_many_threads_get_one_copy_whatever_they_ask_first(monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = Models(WEIGHTS)
    monkeypatch.setattr(shelf, "_state", lambda card: random_state(card.name))
    names = ["eye_disease", "brain_tumour_outline", "retinal_vessels_unet"]
    with ThreadPoolExecutor(6) as pool:
        got = list(pool.map(lambda i: (names[i % 3], id(shelf.model(names[i % 3]))), range(18)))
    assert len(set(got)) == 3


def test_warming_stops_where_the_memory_ends_and_goes_past_missing_weights(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("brain_tumour.safetensors", "gate.safetensors", "manifest.toml"):
        shutil.copy(WEIGHTS / name, tmp_path / name)
    shelf = Models(tmp_path)
    shelf.warm()
    assert shelf.in_memory == ("brain_tumour",)
    assert "the weights of Eye disease classifier are missing" in caplog.text.replace("The", "the")
    tight = Models(tmp_path, memory_mb=1)
    tight.warm()
    assert tight.in_memory == ()


@pytest.mark.parametrize("device", ["toaster", "xla", "cuda:97"])
def test_a_device_that_is_unknown_or_not_in_this_machine_is_refused(device: str) -> None:
    with pytest.raises(ModelError, match="'cpu' always works"):
        Models(WEIGHTS, device=device).gate()
