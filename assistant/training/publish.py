"""Trained weights -> the folder of weights: calibration on `val`, operating threshold, the manifest's measured lines.

It changes lines marked `# measured` in the manifest and nothing else, so the words in it stay a person's.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from pydantic import Field

from assistant.domain.base import Frozen
from assistant.errors import ModelError
from assistant.training.data import read_index
from assistant.training.evaluate import Predictions, predictions
from assistant.training.pool import Progress
from assistant.training.train import opened, silent
from assistant.vision.calibrate import class_quantiles, fitted_temperature, operating_threshold, softmax
from assistant.vision.manifest import ModelCard

__all__ = ["Calibration", "calibrate", "publish", "with_measured"]


class Calibration(Frozen):
    """What `val` fixes of a two-class model."""

    temperature: float
    threshold: float
    threshold_why: str
    conformal_quantile: dict[str, float]
    prevalence: float = Field(description="share of positives, sources weighted alike within each class")


def calibrate(
    card: ModelCard,
    found: Predictions,
    *,
    sensitivity: float = 0.95,
    accuracy: float = 0.90,
) -> Calibration:
    """Temperature, prediction sets and operating threshold from the scores of `val` rows of several sources.

    Sources differ in size and in what they hold; rows are weighted so that each source counts alike within a class
    and both classes count alike: the stated prevalence is one half. The temperature never sharpens: a few dozen
    pictures that are read almost without fault ask for surer scores than new pictures bear (for the first shipped
    weights val asked for about 0.5, pictures of held-out folds for 1.2).
    """
    if card.positive is None:
        raise ModelError(f"{card.title} has no positive class, so it has no operating threshold.")
    positive = card.classes.index(card.positive)
    sources = [r.source for r in found.rows]
    weights = _balanced(sources, found.truth.tolist())
    temperature = max(1.0, fitted_temperature(found.logits, found.truth, weights))
    probabilities = softmax(found.logits, temperature)
    ill = found.truth == positive
    quantiles = class_quantiles(probabilities, found.truth, card.classes, card.coverage, weights)
    threshold, reached, least = operating_threshold(
        probabilities[:, positive], ill, sources, sensitivity=sensitivity, accuracy=accuracy
    )
    return Calibration(
        temperature=round(temperature, 4),
        threshold=round(threshold, 4),
        threshold_why=(
            f"chosen on val for a sensitivity of {sensitivity:.2f} or more (reached {reached:.3f}, mean over sources)"
            f" with accuracy {accuracy:.2f} or more in every source (least {least:.3f})"
        ),
        conformal_quantile={k: round(v, 5) for k, v in quantiles.items()},
        prevalence=0.5,
    )


def _balanced(sources: Sequence[str], truth: Sequence[int]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    keys = list(zip(sources, truth, strict=True))
    counts = {k: keys.count(k) for k in set(keys)}
    of_class = {t: len({k for k in counts if k[1] == t}) for t in set(truth)}
    return np.asarray([1 / (counts[k] * of_class[k[1]]) for k in keys])


def publish(
    card: ModelCard,
    weights: Path,
    data_dirs: Sequence[Path],
    weights_dir: Path,
    *,
    version: str | None = None,
    progress: Progress = silent,
) -> ModelCard:
    """Calibrate trained weights on the `val` rows of the folders and put them in place; returns the new card.

    Raises ModelError where the manifest has no such row.
    """
    model = opened(card, weights)
    rows = [r for folder in data_dirs for r in read_index(folder) if r.split == "val"]
    calibration = calibrate(card, predictions(model, rows, progress))
    values: dict[str, object] = {"sha256": hashlib.sha256(weights.read_bytes()).hexdigest(), **calibration.model_dump()}
    if version is not None:
        values["version"] = version
    manifest = weights_dir / "manifest.toml"
    text = with_measured(manifest.read_text(encoding="utf-8"), card.name, values)
    target = weights_dir / card.weights
    if weights.resolve() != target.resolve():
        shutil.copyfile(weights, target)
    manifest.write_text(text, encoding="utf-8")
    return card.model_copy(update=values)


def with_measured(manifest: str, name: str, values: Mapping[str, object]) -> str:
    """The manifest's text with the measured lines of one model replaced. Raises ModelError where a line is missing."""
    head = f"[models.{name}]"
    if head not in manifest:
        raise ModelError(f"The manifest has no row for '{name}'; add [models.{name}] first.")
    before, _, rest = manifest.partition(head)
    end = re.search(r"^\[", rest, flags=re.MULTILINE)
    table, after = (rest[: end.start()], rest[end.start() :]) if end else (rest, "")
    for key, value in values.items():
        line = f"{key} = {_toml(value)}" + ("" if key == "version" else "  # measured")
        table, count = re.subn(rf"^{key} = .*$", lambda _, new=line: new, table, flags=re.MULTILINE)  # type: ignore[misc]
        if count != 1:
            raise ModelError(f"The manifest's row for '{name}' needs one line '{key} = ...'; it has {count}.")
    return before + head + table + after


def _toml(value: object) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{k} = {_toml(v)}" for k, v in value.items()) + " }"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return repr(value)
