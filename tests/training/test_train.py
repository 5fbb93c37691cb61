"""A training run of a few steps: it learns to run, to stop, and to go on."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from assistant.errors import InputError, ModelError
from assistant.training.augment import Augmentation, augmented
from assistant.training.counterparts import with_decoy, without_lesion
from assistant.training.evaluate import evaluate
from assistant.training.folds import evaluate_folds
from assistant.training.train import Recipe, opened, train
from tests.training.folders import small_card, write_folder, write_start

TINY = Recipe(epochs=2, batch=4, first_size=48, size=64, cap=4, repeat=1, frozen_stages=3)


def test_a_run_that_was_cut_off_goes_on_and_ends_the_same(tmp_path: Path) -> None:
    data, start = write_folder(tmp_path / "data"), write_start(tmp_path / "start.safetensors")
    whole = train(small_card(), [data], tmp_path / "whole", start=start, recipe=TINY)
    seen: list[str] = []

    class CutOffError(Exception):
        pass

    def cut_off(step: str, share: float) -> None:
        seen.append(step)
        if step == "epoch 2 of 2" and share > 0:
            raise CutOffError

    with pytest.raises(CutOffError):
        train(small_card(), [data], tmp_path / "parts", start=start, recipe=TINY, progress=cut_off)
    seen.clear()
    parts = train(
        small_card(), [data], tmp_path / "parts", start=start, recipe=TINY, progress=lambda step, _: seen.append(step)
    )
    assert "epoch 1 of 2" not in seen
    assert [c.epoch for c in parts.curves] == [1, 2]
    assert parts.curves == whole.curves
    assert parts.weights.read_bytes() == whole.weights.read_bytes()
    assert json.loads((tmp_path / "parts" / "curves.json").read_text())[1]["epoch"] == 2
    assert (tmp_path / "parts" / "curves.png").is_file()

    model = opened(small_card(), whole.weights)
    first = evaluate(model, data, "val", tmp_path / "out")
    assert set(first.metrics) >= {"auc", "accuracy", "sensitivity", "specificity", "ece", "ece_before", "brier"}
    assert (tmp_path / "out" / "evaluation.md").read_text().startswith("# brain_tumour")
    assert (tmp_path / "out" / "roc.png").is_file()
    assert {p.name for p in data.iterdir()} == {"images", "masks", "index.csv"}, "nothing goes into the data folder"
    by = evaluate(model, data, "val", by="label")
    accuracies = [f["accuracy"].value for f in by.by.values()]
    assert accuracies == sorted(accuracies)
    assert by.metrics == first.metrics
    printed = json.loads(by.model_dump_json())
    assert set(printed["metrics"]["auc"]) == {"value", "low", "high", "n"}


def test_folds_pool_every_picture_once(tmp_path: Path) -> None:
    data, start = write_folder(tmp_path / "data"), write_start(tmp_path / "start.safetensors")
    recipe = TINY.model_copy(update={"epochs": 1})
    folds = evaluate_folds(small_card(), [data], tmp_path / "out", start=start, recipe=recipe)
    assert folds.evaluation.n == 8
    assert [f.n for f in folds.folds] == [4, 4]
    assert set(folds.coverage) == {"no_tumour", "tumour"}
    again = evaluate_folds(small_card(), [data], tmp_path / "out", start=None, recipe=recipe)
    assert again == folds, "a finished run is not trained again"


def test_evaluate_names_what_it_skipped_and_a_column_that_is_not_there(tmp_path: Path) -> None:
    data, start = write_folder(tmp_path / "data"), write_start(tmp_path / "start.safetensors")
    index = data / "index.csv"
    index.write_text(index.read_text().replace("images/7.png,tumour", "images/7.png,unmarked"), encoding="utf-8")
    model = opened(small_card(), start)
    assert evaluate(model, data, "val").skipped == {"unmarked": 1}
    with pytest.raises(InputError, match="no column 'age'"):
        evaluate(model, data, "val", by="age")


def test_a_start_that_is_not_there_is_said(tmp_path: Path) -> None:
    data = write_folder(tmp_path / "data")
    with pytest.raises(ModelError, match="starting weights"):
        train(small_card(), [data], tmp_path / "out", start=tmp_path / "none.safetensors", recipe=TINY)


def test_a_class_without_pictures_is_said(tmp_path: Path) -> None:
    data = write_folder(tmp_path / "data")
    (data / "index.csv").write_text("image,label,split\nimages/1.png,tumour,train\n", encoding="utf-8")
    with pytest.raises(InputError, match="no_tumour"):
        train(small_card(), [data], tmp_path / "out", start=None, recipe=TINY)


def test_augmented_pictures_stay_in_range_and_repeat_with_the_seed() -> None:
    grey = torch.rand(6, 64, 64, generator=torch.Generator().manual_seed(1))
    once, again = (augmented(grey, 48, Augmentation(), torch.Generator().manual_seed(5)) for _ in range(2))
    assert once.shape == (6, 48, 48)
    assert float(once.min()) >= 0
    assert float(once.max()) <= 1
    assert torch.equal(once, again)


def test_no_augmentation_changes_nothing_but_the_size() -> None:
    grey = torch.rand(2, 64, 64, generator=torch.Generator().manual_seed(1)).clamp(1e-3, 1)
    still = augmented(grey, 64, Augmentation(flip=0.0).scaled(0.0), torch.Generator().manual_seed(5))
    assert torch.allclose(still, grey, atol=1e-4)


def build_symmetric_slice() -> tuple[np.ndarray, np.ndarray]:
    rows, columns = np.mgrid[0:160, 0:160]
    head = np.hypot(rows - 80, columns - 80) < 66
    grey = np.where(head, 90 + 40 * np.cos(rows / 9) * np.cos((columns - 79.5) / 11), 0)
    mask = np.hypot(rows - 70, columns - 110) < 10
    return np.where(mask, 250, grey).astype(np.uint8), mask


def test_a_lesion_is_replaced_by_what_lies_mirrored() -> None:
    grey, mask = build_symmetric_slice()
    healthy = without_lesion(grey, mask)
    assert healthy is not None
    assert np.abs(healthy[mask].astype(int) - grey[:, ::-1][mask].astype(int)).mean() < 25
    far = np.hypot(*(np.mgrid[0:160, 0:160] - np.array([70, 110])[:, None, None])) > 40
    assert (healthy[far] == grey[far]).all()


def test_a_lesion_on_the_midline_cannot_be_mirrored_away() -> None:
    grey, _ = build_symmetric_slice()
    rows, columns = np.mgrid[0:160, 0:160]
    assert without_lesion(grey, np.hypot(rows - 80, columns - 80) < 12) is None


def test_a_decoy_keeps_the_lesion() -> None:
    grey, mask = build_symmetric_slice()
    decoy = with_decoy(grey, mask, np.roll(mask, 30, axis=0), np.random.default_rng(0))
    assert decoy is not None
    assert np.abs(decoy[mask].astype(int) - grey[mask].astype(int)).max() <= 3
    assert (decoy != grey).any()
