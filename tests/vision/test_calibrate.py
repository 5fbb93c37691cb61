"""Calibration: temperature, prediction sets, threshold, presence."""

import math

import numpy as np
import pytest

from assistant.domain.finding import Presence
from assistant.vision.calibrate import (
    class_quantiles,
    fitted_temperature,
    operating_threshold,
    prediction_set,
    predictive_values,
    presence_of,
    softmax,
)


def test_temperature_cools_scores_that_are_too_sure() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 4000)
    margin = np.where(truth == 1, 1.0, -1.0) + rng.normal(0, 1, 4000)
    honest = np.stack([-margin, margin], axis=1)
    assert fitted_temperature(honest, truth) == pytest.approx(1.0, abs=0.08)
    assert fitted_temperature(3 * honest, truth) == pytest.approx(3.0, abs=0.25)


def test_softmax_sums_to_one_and_keeps_the_order() -> None:
    p = softmax(np.array([[1.0, 3.0], [800.0, -800.0]]), 2.0)
    assert np.allclose(p.sum(axis=1), 1)
    assert p[0, 1] == pytest.approx(1 / (1 + math.exp(-1)))


def test_class_quantile_is_the_finite_sample_order_statistic() -> None:
    own = np.linspace(0.1, 1.0, 19)[::-1]
    probabilities = np.stack([1 - own, own], axis=1)
    truth = np.ones(19, dtype=np.int64)
    scores = np.sort(1 - own)
    quantiles = class_quantiles(probabilities, truth, ("no", "yes"), 0.9)
    assert quantiles["yes"] == pytest.approx(scores[math.ceil(20 * 0.9) - 1])
    assert quantiles["no"] == 1.0, "a class without pictures is never ruled out"


def test_too_few_pictures_for_the_coverage_rule_nothing_out() -> None:
    probabilities = np.array([[0.2, 0.8]] * 5)
    assert class_quantiles(probabilities, np.ones(5, dtype=np.int64), ("no", "yes"), 0.9)["yes"] == 1.0


def test_sets_cover_nine_of_ten_of_each_class() -> None:
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 2, 6000)
    margin = np.where(truth == 1, 1.0, -1.0) + rng.normal(0, 1.2, 6000)
    p = softmax(np.stack([-margin, margin], axis=1))
    quantiles = class_quantiles(p[:3000], truth[:3000], ("no", "yes"), 0.9)
    for c, name in enumerate(("no", "yes")):
        of_class = p[3000:][truth[3000:] == c, c]
        assert (1 - of_class <= quantiles[name]).mean() == pytest.approx(0.9, abs=0.03)


@pytest.mark.parametrize("probability", np.linspace(0, 1, 41).tolist())
@pytest.mark.parametrize("limits", [(0.0, 0.0), (0.1, 0.2), (0.7, 0.4), (1.0, 1.0)])
def test_a_prediction_set_is_never_empty(probability: float, limits: tuple[float, float]) -> None:
    verdicts = prediction_set(probability, {"tumour": limits[0], "no_tumour": limits[1]}, "tumour", "no_tumour")
    assert verdicts in (("present",), ("absent",), ("present", "absent"))


def test_a_picture_that_is_unlike_both_classes_keeps_both() -> None:
    assert prediction_set(0.5, {"tumour": 0.2, "no_tumour": 0.2}, "tumour", "no_tumour") == ("present", "absent")


@pytest.mark.parametrize(
    ("probability", "threshold", "verdicts", "expected"),
    [
        (0.9, 0.5, ("present",), Presence.PRESENT),
        (0.9, 0.5, ("present", "absent"), Presence.PRESENT),
        (0.6, 0.5, ("absent",), Presence.INDETERMINATE),
        (0.5, 0.5, ("present",), Presence.PRESENT),
        (0.1, 0.5, ("absent",), Presence.ABSENT),
        (0.1, 0.5, ("present", "absent"), Presence.INDETERMINATE),
        (0.4, 0.5, ("present",), Presence.INDETERMINATE),
    ],
)
def test_presence_follows_the_contract(
    probability: float, threshold: float, verdicts: tuple[str, ...], expected: Presence
) -> None:
    assert presence_of(probability, threshold, verdicts) is expected  # type: ignore[arg-type]


def test_threshold_keeps_every_source_accurate() -> None:
    p = np.array([0.9, 0.8, 0.3, 0.1, 0.2, 0.45, 0.6, 0.7, 0.35, 0.05])
    ill = np.array([1, 1, 1, 0, 0, 0, 1, 1, 1, 0], dtype=np.bool_)
    sources = ["a"] * 5 + ["b"] * 5
    threshold, sensitivity, least = operating_threshold(p, ill, sources, sensitivity=0.9, accuracy=0.8)
    assert 0.2 < threshold <= 0.3
    assert sensitivity == 1.0
    assert least == pytest.approx(0.8)


def test_threshold_that_cannot_be_reached_is_the_least_bad() -> None:
    p = np.array([0.2, 0.8])
    ill = np.array([True, False])
    _, _, least = operating_threshold(p, ill, ["a", "a"], sensitivity=0.95, accuracy=0.9)
    assert least == 0.5


def test_predictive_values_follow_bayes() -> None:
    ppv, npv = predictive_values(0.9, 0.8, 0.5)
    assert ppv == pytest.approx(0.9 / 1.1)
    assert npv == pytest.approx(0.8 / 0.9)
    assert predictive_values(0.9, 0.9, 0.01)[0] == pytest.approx(0.0833, abs=1e-3)
