"""A classifier of several concepts: the argmax of all classes, each concept by itself, partial labels beside them."""

from pathlib import Path

import numpy as np
import pytest

from assistant.errors import InputError, ModelError
from assistant.training.calibration import calibrate_patterns, verdict_quantiles
from assistant.training.classification import predictions
from assistant.training.data import read_index
from assistant.training.evaluate import evaluate
from assistant.training.platt_fit import fitted_platt
from assistant.vision.calibrate import platt
from tests.training.fakes import ChannelPatterns, pattern_card, write_index, write_picture

CLASSES = ("normal", "cataract", "diabetic_retinopathy")


def made_up(folder: Path, n: int = 24) -> Path:
    """Pictures whose channel of their class is brightest, every sixth one dim; no_dr rows that are a little blue."""
    rng = np.random.default_rng(0)
    lines = []
    for i in range(n):
        label = CLASSES[i % 3]
        colour = rng.integers(20, 90, 3)
        colour[i % 3] = 60 if i % 6 == 5 else 220
        write_picture(folder / f"{i}.png", np.tile(colour.astype(np.uint8), (8, 8, 1)))
        lines.append({"image": f"{i}.png", "label": label, "split": "test", "group": f"g{i}", "source": f"s{i % 2}"})
    for i in range(6):
        write_picture(folder / f"no{i}.png", np.tile(np.array([90, 30, 40 + 30 * i], dtype=np.uint8), (8, 8, 1)))
        lines.append({"image": f"no{i}.png", "label": "no_dr", "split": "test", "group": f"n{i}", "source": "s1"})
    both = np.tile(np.array([20, 210, 220], dtype=np.uint8), (8, 8, 1))
    write_picture(folder / "both.png", both)
    lines.append(
        {
            "image": "both.png",
            "label": "cataract",
            "split": "ambiguous",
            "group": "b",
            "all_labels": "cataract|diabetic_retinopathy",
        }
    )
    return write_index(folder, lines)


def test_partial_labels_are_left_out_of_the_main_figures_and_stand_beside_them(tmp_path: Path) -> None:
    data = made_up(tmp_path / "d")
    found = evaluate(ChannelPatterns(pattern_card()), data, "test", tmp_path / "out", by="source")
    assert found.n == 24
    assert found.skipped == {"no_dr": 6}
    assert found.metrics["accuracy"].value == pytest.approx(found.metrics["balanced_accuracy"].value)
    assert 0.8 < found.metrics["accuracy"].value < 1
    assert found.metrics["macro_auc"].value > 0.8
    assert set(found.concepts) == {"cataract", "diabetic_retinopathy"}, "normal is no concept"
    assert found.concepts["cataract"]["auc"].n == 24
    against = found.subsets["diabetic_retinopathy against no_dr"]
    assert against["auc"].n == 8 + 6
    assert set(found.by) == {"s0", "s1"}
    assert {"sensitivity", "auc"}.isdisjoint(found.metrics), "of more than two classes"
    for name in ("roc-cataract.png", "confusion.png", "successes.png", "failures.png"):
        assert (tmp_path / "out" / name).is_file()


def test_photographs_of_several_labels_are_measured_concept_by_concept(tmp_path: Path) -> None:
    data = made_up(tmp_path / "d")
    found = evaluate(ChannelPatterns(pattern_card()), data, "ambiguous")
    assert found.n == 0
    assert found.metrics == {}
    assert found.skipped == {"cataract|diabetic_retinopathy": 1}
    assert found.concepts["cataract"]["sensitivity"].value == 1.0


def test_a_camera_without_one_of_the_classes_has_means_over_those_that_are_there(tmp_path: Path) -> None:
    data = made_up(tmp_path / "d")
    index = data / "index.csv"
    index.write_text("\n".join(x for x in index.read_text().splitlines() if '"cataract"' not in x), encoding="utf-8")
    found = evaluate(ChannelPatterns(pattern_card()), data, "test")
    assert {"macro_auc", "balanced_accuracy"} <= set(found.metrics)
    assert "cataract" in " ".join(found.notes)


def test_each_concept_is_calibrated_by_itself_on_what_is_known_of_it(tmp_path: Path) -> None:
    rows = [r for r in read_index(made_up(tmp_path / "d", 60)) if r.split == "test"]
    card = pattern_card()
    found = predictions(ChannelPatterns(card), rows)
    calibration = calibrate_patterns(card, found)
    assert set(calibration.concepts) == {"cataract", "diabetic_retinopathy"}
    retina = calibration.concepts["diabetic_retinopathy"]
    assert retina.prevalence == pytest.approx(20 / 66, abs=1e-4), "no_dr rows count as negatives"
    assert calibration.concepts["cataract"].prevalence == pytest.approx(20 / 60, abs=1e-4)
    assert 0 < retina.slope <= 1, "never surer than the scores"
    assert set(retina.conformal_quantile) == {"present", "absent"}
    assert "sensitivity of 0.90" in retina.threshold_why
    assert calibration.temperature >= 1
    only = [r for r in rows if r.label == "cataract"]
    with pytest.raises(ModelError, match="always or never"):
        calibrate_patterns(card, predictions(ChannelPatterns(card), only))


def test_a_folder_of_other_labels_is_answered_with_those_that_the_model_knows(tmp_path: Path) -> None:
    write_picture(tmp_path / "a.png", np.zeros((8, 8, 3), dtype=np.uint8))
    write_index(tmp_path, [{"image": "a.png", "label": "drusen", "split": "test"}])
    with pytest.raises(InputError, match="cataract"):
        evaluate(ChannelPatterns(pattern_card()), tmp_path, "test")


def test_platt_scaling_finds_what_the_scores_were_made_with() -> None:
    rng = np.random.default_rng(0)
    scores = rng.normal(0, 2, 20000)
    truth = rng.random(20000) < platt(scores, 0.7, -0.4)
    slope, intercept = fitted_platt(scores, truth)
    assert slope == pytest.approx(0.7, abs=0.05)
    assert intercept == pytest.approx(-0.4, abs=0.05)
    assert fitted_platt(scores * 0.1, truth, steepest=1.0)[0] == 1.0
    parted = fitted_platt(np.array([-1.0, -2, 1, 2]), np.array([False, False, True, True]))
    assert np.isfinite(parted).all()
    assert float(platt(np.array([2.0]), *parted)[0]) < 0.9, "four pictures give no certainty"


def test_of_few_pictures_nothing_is_ruled_out_and_of_nine_the_worst_sets_the_limit() -> None:
    probability = np.concatenate([np.linspace(0.5, 0.9, 9), np.full(5, 0.1)])
    limits = verdict_quantiles(probability, np.arange(14) < 9, 0.9)
    assert limits["present"] == pytest.approx(0.5)
    assert limits["absent"] == 1.0
