"""The manifest takes headline figures, and those of each concept, from what `evaluate` put into `cards/NAME.json`."""

import json
from pathlib import Path
from typing import Any

import pytest

from assistant.vision.manifest import ModelCard, load_manifest

ROW = """
[models.two]
title = "Two"
task = "classify"
version = "1"
weights = "two.safetensors"
sha256 = "{sha}"
kinds = []
classes = ["a", "b"]
input_size = 8
[models.two.concepts.a]
concept = "first"
code = "brain_tumour"
[models.two.concepts.b]
concept = "second"
code = "brain_tumour"
"""


def figure(value: float) -> dict[str, float]:
    return {"value": value, "low": value, "high": value, "n": 9}


def loaded(folder: Path, printed: dict[str, Any] | None) -> ModelCard:
    (folder / "manifest.toml").write_text(ROW.format(sha="0" * 64), encoding="utf-8")
    (folder / "cards").mkdir()
    if printed is not None:
        (folder / "cards" / "two.json").write_text(json.dumps(printed), encoding="utf-8")
    return load_manifest(folder).card("two")


def test_without_a_card_there_are_no_figures(tmp_path: Path) -> None:
    card = loaded(tmp_path, None)
    assert not card.metrics
    assert not card.concepts["a"].metrics


@pytest.mark.parametrize("folds", [None, {"evaluation": {"concepts": {}}}])
def test_a_concepts_figures_come_from_the_first_test_split_that_holds_any(tmp_path: Path, folds: Any) -> None:
    evaluations = [
        {"split": "val", "concepts": {"a": {"sensitivity": figure(0.1)}}},
        {"split": "test", "concepts": {}},
        {"split": "test", "concepts": {"a": {"sensitivity": figure(0.8), "ece": figure(0.05)}}},
    ]
    card = loaded(tmp_path, {"headline": {"macro_auc": figure(0.9)}, "folds": folds, "evaluations": evaluations})
    assert card.metrics["macro_auc"].value == 0.9
    assert {k: f.value for k, f in card.concepts["a"].metrics.items()} == {"sensitivity": 0.8}
    assert not card.concepts["b"].metrics


def test_folds_come_before_test(tmp_path: Path) -> None:
    folds = {"evaluation": {"concepts": {"b": {"specificity": figure(0.7)}}}}
    tests = [{"split": "test", "concepts": {"b": {"specificity": figure(0.2)}}}]
    card = loaded(tmp_path, {"headline": {}, "folds": folds, "evaluations": tests})
    assert card.concepts["b"].metrics["specificity"].value == 0.7
