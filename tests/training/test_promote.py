"""New weights take the place of old ones only where they are better on val; the old ones come back whole."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch
import typer
from safetensors.torch import load_file, save_file
from typer.testing import CliRunner

from assistant.errors import InputError
from assistant.training.averaging import averaged
from assistant.training.data import Row
from assistant.training.promote import ValReading, compared, go_back, promote
from assistant.training_commands import add_training_commands
from assistant.vision.manifest import ModelCard, load_manifest
from tests.training.folders import write_folder, write_start
from tests.vision.weights import WEIGHTS


def weights_folder(folder: Path) -> Path:
    """A folder of weights with the tumour classifier's row, at a size that runs at once, and random weights."""
    (folder / "cards").mkdir(parents=True)
    text = (WEIGHTS / "manifest.toml").read_text(encoding="utf-8").replace("input_size = 192", "input_size = 64")
    write_start(folder / "brain_tumour.safetensors")
    sha256 = hashlib.sha256((folder / "brain_tumour.safetensors").read_bytes()).hexdigest()
    text = text.replace(load_manifest(WEIGHTS).card("brain_tumour").sha256, sha256)
    (folder / "manifest.toml").write_text(text, encoding="utf-8")
    (folder / "cards" / "brain_tumour.json").write_text('{"headline": {}}\n', encoding="utf-8")
    return folder


def card_of(weights: Path) -> ModelCard:
    return load_manifest(weights).card("brain_tumour")


def other_weights(weights: Path, file: Path) -> Path:
    """The same network with its two classes the other way round."""
    state = load_file(weights / "brain_tumour.safetensors")
    state = {k: (-v if k.startswith("classifier.") else v) for k, v in state.items()}
    save_file({k: v.contiguous() for k, v in state.items()}, file)
    return file


def read_of(values: np.ndarray) -> ValReading:
    rows = tuple(Row(Path(str(i)), "", "val", str(i), "made") for i in range(len(values)))
    return ValReading("dice", lambda at: float(values[at].mean()), rows)


def test_better_is_what_is_better_in_nearly_every_draw_of_the_same_pictures() -> None:
    base = np.random.default_rng(0).random(60)
    sure = compared(read_of(base), read_of(base + 0.01), draws=200)
    assert sure.promoted
    assert sure.share_better == 1.0
    assert sure.difference.value == pytest.approx(0.01, abs=1e-4)
    noise = np.random.default_rng(1).normal(0, 0.3, 60)
    assert not compared(read_of(base), read_of(base + noise - noise.mean()), draws=200).promoted
    assert not compared(read_of(base), read_of(base), draws=50).promoted, "equal is not better"


def test_weights_are_swapped_when_better_and_come_back_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights, data = weights_folder(tmp_path / "weights"), write_folder(tmp_path / "data")
    first, bytes_of_first = card_of(weights), (weights / "brain_tumour.safetensors").read_bytes()
    new = other_weights(weights, tmp_path / "new.safetensors")
    kept = tmp_path / "kept"
    monkeypatch.setattr("assistant.training.promote._SURE", 1.1)
    refused = promote(first, new, [data], weights, kept)
    assert refused is not None
    assert refused.before + refused.after == pytest.approx(1.0, abs=0.02), "the classes the other way round"
    assert card_of(weights) == first
    assert not kept.exists()
    monkeypatch.setattr("assistant.training.promote._SURE", 0.0)
    promote(first, new, [data], weights, kept, version="0.2.0", input_size=first.input_size + 32)
    assert (card_of(weights).version, card_of(weights).input_size, card_of(weights).sha256) == (
        "0.2.0",
        first.input_size + 32,
        hashlib.sha256(new.read_bytes()).hexdigest(),
    )
    back = go_back(card_of(weights), weights, kept)
    assert back.input_size == first.input_size, "the old weights are read as they were"
    assert back.sha256 == first.sha256
    assert card_of(weights) == first
    assert (weights / "brain_tumour.safetensors").read_bytes() == bytes_of_first
    assert (weights / "cards" / "brain_tumour.json").is_file()
    assert go_back(card_of(weights), weights, kept).version == "0.2.0", "twice gives the newer ones again"


def test_the_same_weights_and_missing_ones_are_said(tmp_path: Path) -> None:
    weights, data = weights_folder(tmp_path / "weights"), write_folder(tmp_path / "data")
    with pytest.raises(InputError, match="in place already"):
        promote(card_of(weights), weights / "brain_tumour.safetensors", [data], weights, tmp_path / "kept")
    with pytest.raises(InputError, match="no weights"):
        promote(card_of(weights), tmp_path / "none.safetensors", [data], weights, tmp_path / "kept")
    with pytest.raises(InputError, match="No earlier weights"):
        go_back(card_of(weights), weights, tmp_path / "kept")


def test_the_first_weights_go_in_and_the_command_goes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights, data = weights_folder(tmp_path / "weights"), write_folder(tmp_path / "data")
    new = other_weights(weights, tmp_path / "brain_tumour.safetensors")
    (weights / "brain_tumour.safetensors").unlink()
    monkeypatch.setenv("MEDVISION_WEIGHTS_DIR", str(weights))
    monkeypatch.setenv("MEDVISION_HOME", str(tmp_path / "home"))
    cli = typer.Typer()
    add_training_commands(cli)
    done = CliRunner().invoke(cli, ["promote", "brain_tumour", str(tmp_path), "--data", str(data)])
    assert done.exit_code == 0, done.output
    assert card_of(weights).sha256 == hashlib.sha256(new.read_bytes()).hexdigest()
    assert (weights / "brain_tumour.safetensors").read_bytes() == new.read_bytes()
    assert CliRunner().invoke(cli, ["promote", "brain_tumour"]).exit_code == 2
    back = CliRunner().invoke(cli, ["promote", "brain_tumour", "--back"])
    assert back.exit_code == 1
    assert "No earlier weights" in back.output


def test_of_several_runs_the_mean_is_put_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights, data = weights_folder(tmp_path / "weights"), write_folder(tmp_path / "data")
    other = other_weights(weights, tmp_path / "other.safetensors")
    monkeypatch.setenv("MEDVISION_WEIGHTS_DIR", str(weights))
    monkeypatch.setenv("MEDVISION_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("assistant.training.promote._SURE", 0.0)
    cli = typer.Typer()
    add_training_commands(cli)
    first = load_file(weights / "brain_tumour.safetensors")
    runs = [str(weights / "brain_tumour.safetensors"), str(other)]
    done = CliRunner().invoke(cli, ["promote", "brain_tumour", *runs, "--data", str(data)])
    assert done.exit_code == 0, done.output
    mean, second = load_file(weights / "brain_tumour.safetensors"), load_file(other)
    assert mean.keys() == first.keys()
    for name, tensor in mean.items():
        assert tensor.dtype == first[name].dtype
        assert torch.allclose(tensor.double(), (first[name].double() + second[name].double()) / 2, atol=1e-3), name


def test_runs_that_do_not_fit_together_are_said(tmp_path: Path) -> None:
    save_file({"a": torch.zeros(2)}, tmp_path / "one.safetensors")
    save_file({"a": torch.zeros(3)}, tmp_path / "two.safetensors")
    (tmp_path / "text.safetensors").write_text("no weights", encoding="utf-8")
    with pytest.raises(InputError, match="different networks"):
        averaged([tmp_path / "one.safetensors", tmp_path / "two.safetensors"], tmp_path / "mean.safetensors")
    with pytest.raises(InputError, match=r"text\.safetensors holds no weights"):
        averaged([tmp_path / "one.safetensors", tmp_path / "text.safetensors"], tmp_path / "mean.safetensors")
    with pytest.raises(InputError, match="no weights in none"):
        averaged([tmp_path / "none.safetensors"], tmp_path / "mean.safetensors")
