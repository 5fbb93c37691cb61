"""Measured lines of the manifest, and cards that are in step with their figures."""

import tomllib

import numpy as np
import pytest

from assistant.errors import ModelError
from assistant.training.calibration import calibrate
from assistant.training.card import stale_cards
from assistant.training.classification import Predictions
from assistant.training.data import Row
from assistant.training.publish import with_measured
from tests.training.folders import small_card
from tests.vision.weights import ROOT, WEIGHTS


def test_cards_are_what_their_figures_give() -> None:
    assert stale_cards(WEIGHTS, ROOT / "README.md") == ()


def test_only_measured_lines_of_that_row_change() -> None:
    text = (WEIGHTS / "manifest.toml").read_text(encoding="utf-8")
    changed = with_measured(text, "brain_tumour", {"threshold": 0.25, "conformal_quantile": {"tumour": 0.5}})
    before, after = tomllib.loads(text), tomllib.loads(changed)
    assert after["models"]["brain_tumour"]["threshold"] == 0.25
    assert after["models"]["brain_tumour"]["conformal_quantile"] == {"tumour": 0.5}
    for row in (before["models"]["brain_tumour"], after["models"]["brain_tumour"]):
        row.pop("threshold")
        row.pop("conformal_quantile")
    assert before == after


def test_the_tables_of_concepts_are_reached_and_no_other() -> None:
    text = (
        '[models.eye]\nsha256 = "0"  # measured\nlimits = [\n    "one",\n]\n\n[models.eye.concepts.cataract]\n'
        "slope = 1.0  # measured\nthreshold = 0.5  # measured\n\n[models.eye.concepts.glaucoma]\nslope = 1.0\n"
    )
    changed = tomllib.loads(
        with_measured(
            text, "eye", {"sha256": "1", "temperature": 1.25}, {"cataract": {"slope": 0.5, "threshold": 0.25}}
        )
    )
    assert changed["models"]["eye"]["temperature"] == 1.25, "a temperature is added where the row had none"
    assert changed["models"]["eye"]["sha256"] == "1"
    assert changed["models"]["eye"]["concepts"]["cataract"] == {"slope": 0.5, "threshold": 0.25}
    assert changed["models"]["eye"]["concepts"]["glaucoma"] == {"slope": 1.0}
    with pytest.raises(ModelError, match="intercept"):
        with_measured(text, "eye", {}, {"cataract": {"intercept": 0.0}})
    with pytest.raises(ModelError, match=r"concepts\.drusen"):
        with_measured(text, "eye", {}, {"drusen": {"slope": 1.0}})


@pytest.mark.parametrize(("name", "key"), [("spleen", "threshold"), ("brain_tumour", "colour")])
def test_a_line_that_is_not_there_is_said(name: str, key: str) -> None:
    with pytest.raises(ModelError, match=name):
        with_measured((WEIGHTS / "manifest.toml").read_text(encoding="utf-8"), name, {key: 1.0})


def test_calibration_weighs_sources_alike() -> None:
    rng = np.random.default_rng(0)
    truth = np.array([1] * 40 + [0] * 40 + [1] * 400)
    margin = np.where(truth == 1, 2.0, -2.0) + rng.normal(0, 1, len(truth))
    sources = ["small"] * 80 + ["large"] * 400
    rows = tuple(Row(ROOT / str(i), "", "val", str(i), s) for i, s in enumerate(sources))
    found = Predictions(rows, truth, np.stack([-margin, margin], axis=1), {})
    calibration = calibrate(small_card(), found)
    assert 0 < calibration.threshold < 1
    assert "sensitivity of 0.95" in calibration.threshold_why
    assert set(calibration.conformal_quantile) == {"no_tumour", "tumour"}
