"""Figures on cases that can be counted by hand."""

import numpy as np
import pytest

from assistant.training.metrics import auc, bootstrap, classifier_figures, expected_calibration_error


def two_classes(scores: list[float]) -> np.ndarray:
    p = np.asarray(scores)
    return np.stack([1 - p, p], axis=1)


def test_auc_counts_pairs_and_halves_ties() -> None:
    scores = np.array([0.9, 0.4, 0.4, 0.1])
    truth = np.array([True, True, False, False])
    assert auc(scores, truth) == pytest.approx((2 + 0.5 + 1) / 4)
    assert np.isnan(auc(scores, np.ones(4, dtype=np.bool_)))


def test_figures_of_a_confusion_counted_by_hand() -> None:
    scores = [0.9, 0.8, 0.3, 0.6, 0.2, 0.1, 0.4, 0.45]
    truth = np.array([1, 1, 1, 0, 0, 0, 0, 0])
    p = two_classes(scores)
    found = classifier_figures(p, p, truth, positive=1, draws=50)
    assert found["sensitivity"].value == pytest.approx(2 / 3, abs=1e-4)
    assert found["specificity"].value == pytest.approx(4 / 5)
    assert found["precision"].value == pytest.approx(2 / 3, abs=1e-4)
    assert found["f1"].value == pytest.approx(2 / 3, abs=1e-4)
    assert found["accuracy"].value == pytest.approx(6 / 8)
    assert found["balanced_accuracy"].value == pytest.approx((2 / 3 + 4 / 5) / 2, abs=1e-4)
    assert found["auc"].value == pytest.approx(12 / 15)
    assert found["brier"].value == pytest.approx(np.mean((np.array(scores) - truth) ** 2), abs=1e-4)
    assert {f.n for f in found.values()} == {8}
    assert "macro_auc" not in found


def test_more_classes_have_a_macro_auc_and_no_sensitivity() -> None:
    p = np.eye(3)[[0, 1, 2, 0]] * 0.7 + 0.1
    found = classifier_figures(p, p, np.array([0, 1, 2, 0]), positive=None, draws=20)
    assert found["macro_auc"].value == 1.0
    assert "sensitivity" not in found


def test_one_class_alone_has_no_auc_and_no_specificity() -> None:
    p = two_classes([0.9, 0.2])
    found = classifier_figures(p, p, np.array([1, 1]), positive=1, draws=20)
    assert found["sensitivity"].value == 0.5
    assert {"auc", "specificity", "balanced_accuracy"}.isdisjoint(found)


def test_calibration_error_is_the_gap_of_confidence_and_hits() -> None:
    p = two_classes([0.8] * 10)
    assert expected_calibration_error(p, np.array([1] * 8 + [0] * 2)) == pytest.approx(0.0)
    assert expected_calibration_error(p, np.array([1] * 5 + [0] * 5)) == pytest.approx(0.3)


def test_intervals_hold_the_value_and_repeat() -> None:
    hits = np.random.default_rng(0).random(80) < 0.8

    def figures(at: np.ndarray) -> dict[str, float]:
        return {"share": float(hits[at].mean())}

    found = bootstrap(figures, 80, draws=300)["share"]
    assert found.low < found.value < found.high
    assert found == bootstrap(figures, 80, draws=300)["share"]
    copies = [str(i // 4) for i in range(80)]
    grouped = bootstrap(figures, 80, groups=copies, draws=300)["share"]
    assert grouped.value == found.value
