"""Trained weights -> the folder of weights: calibration on `val`, the manifest's measured lines.

It changes lines marked `# measured` in the manifest and nothing else, so the words in it stay a person's.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from assistant.errors import InputError, ModelError
from assistant.training.calibration import (
    calibrate,
    calibrate_boxes,
    calibrate_masks,
    calibrate_patterns,
    verdict_quantiles,
)
from assistant.training.classification import predictions
from assistant.training.data import Row, load_shown, read_index
from assistant.training.detection import detections
from assistant.training.labels import EMPTY_LABELS
from assistant.training.pool import Progress
from assistant.training.segmentation import outlines
from assistant.training.train import opened, silent
from assistant.vision.base import Classifier, Detector, Segmenter
from assistant.vision.manifest import ModelCard

__all__ = ["as_toml", "calibrated", "publish", "with_measured"]


@runtime_checkable
class SurestPatch(Protocol):
    """A segmenter that says what the probability of its finding is."""

    def surest(self, probability: NDArray[np.float32], pixels: NDArray[np.uint8]) -> float:
        """Of a map that it gave for those pixels."""


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

    Raises ModelError where the manifest has no such row, InputError where the folders hold no `val` row.
    """
    new = calibrated(card, weights, data_dirs, progress)
    if version is not None:
        new = new.model_copy(update={"version": version})
    manifest = weights_dir / "manifest.toml"
    text = with_measured(manifest.read_text(encoding="utf-8"), card.name, *measured_lines(new, version is not None))
    target = weights_dir / card.weights
    if weights.resolve() != target.resolve():
        shutil.copyfile(weights, target)
    manifest.write_text(text, encoding="utf-8")
    return new


def calibrated(card: ModelCard, weights: Path, data_dirs: Sequence[Path], progress: Progress = silent) -> ModelCard:
    """The card with the hash of those weights and everything that `val` fixes of them."""
    rows = [r for folder in data_dirs for r in read_index(folder) if r.split == "val"]
    if not rows:
        raise InputError("None of the data folders has rows of the split 'val', which calibration needs.")
    plain = card.model_copy(update={"temperature": 1.0, "slope": 1.0, "intercept": 0.0})
    model = opened(plain, weights)
    found: dict[str, object] = {"sha256": hashlib.sha256(weights.read_bytes()).hexdigest()}
    if isinstance(model, Detector):
        found |= calibrate_boxes(plain, detections(model, rows, progress)).model_dump()
    elif isinstance(model, Segmenter):
        found |= calibrate_masks(plain, outlines(model, rows, progress)).model_dump()
        found |= _verdicts(card.model_copy(update=found), weights, rows, progress)
    elif not isinstance(model, Classifier):
        raise ModelError(f"'{card.name}' is no classifier, detector or segmenter; it is not calibrated here.")
    elif card.concepts:
        of = calibrate_patterns(plain, predictions(model, rows, progress))
        found["temperature"] = of.temperature
        found["concepts"] = {
            name: card.concepts[name].model_copy(update=c.model_dump()) for name, c in of.concepts.items()
        }
    else:
        found |= calibrate(plain, predictions(model, rows, progress)).model_dump()
    return card.model_copy(update=found)


def _verdicts(card: ModelCard, weights: Path, rows: Sequence[Row], progress: Progress) -> dict[str, object]:
    """Quantiles of the finding's probability over whole pictures, with and without the structure."""
    model = opened(card, weights)
    if not isinstance(model, Segmenter):
        raise ModelError(f"'{card.name}' is no segmenter.")
    chosen = [r for r in rows if r.mask is not None or r.label in EMPTY_LABELS]
    surest: list[float] = []
    for number, row in enumerate(chosen):
        shown = load_shown(row.image)
        drawn = model.probabilities(shown)
        surest.append(model.surest(drawn, shown) if isinstance(model, SurestPatch) else float(drawn.max()))
        progress("reading pictures again", (number + 1) / len(chosen))
    ill = np.asarray([r.mask is not None for r in chosen])
    quantiles = verdict_quantiles(np.asarray(surest), ill, card.coverage)
    return {"conformal_quantile": quantiles, "prevalence": round(float(ill.mean()), 4)}


def measured_lines(card: ModelCard, with_version: bool) -> tuple[dict[str, object], dict[str, dict[str, object]]]:
    """What the manifest's row and its concepts' tables hold of a calibrated card."""
    keys = ["sha256"]
    concept_keys: list[str] = []
    if card.task == "classify" and card.concepts:
        keys += ["temperature"]
        concept_keys = ["slope", "intercept", "threshold", "threshold_why", "conformal_quantile", "prevalence"]
    else:
        keys += ["temperature"] if card.task in ("classify", "detect") else []
        keys += ["slope", "intercept"] if card.task in ("detect", "segment") else []
        keys += ["threshold", "threshold_why", "conformal_quantile", "prevalence"]
    values = {k: getattr(card, k) for k in keys} | ({"version": card.version} if with_version else {})
    concepts = {name: {k: getattr(c, k) for k in concept_keys} for name, c in card.concepts.items() if concept_keys}
    return values, concepts


def with_measured(
    manifest: str,
    name: str,
    values: Mapping[str, object],
    concepts: Mapping[str, Mapping[str, object]] | None = None,
) -> str:
    """The manifest's text with the measured lines of one model, and of its concepts' tables, replaced.

    A temperature or a prevalence that the row does not have yet is added below its hash. Raises ModelError where
    another line is missing.
    """
    text = _with_lines(manifest, f"models.{name}", name, values)
    for concept, lines in (concepts or {}).items():
        text = _with_lines(text, f"models.{name}.concepts.{concept}", name, lines)
    return text


def _with_lines(manifest: str, path: str, name: str, values: Mapping[str, object]) -> str:
    head = f"[{path}]"
    if head not in manifest:
        raise ModelError(f"The manifest has no row for '{name}'; add [{path}] first.")
    before, _, rest = manifest.partition(head)
    end = re.search(r"^\[", rest, flags=re.MULTILINE)
    table, after = (rest[: end.start()], rest[end.start() :]) if end else (rest, "")
    for key, value in values.items():
        line = f"{key} = {as_toml(value)}" + ("" if key in ("version", "input_size") else "  # measured")
        table, count = re.subn(rf"^{key} = .*$", lambda _, new=line: new, table, flags=re.MULTILINE)  # type: ignore[misc]
        if count == 0 and key in ("temperature", "prevalence"):
            table, count = re.subn(r"^sha256 = .*$", lambda m, new=line: f"{m[0]}\n{new}", table, flags=re.MULTILINE)  # type: ignore[misc]
        if count != 1:
            raise ModelError(f"The manifest's row for '{name}' needs one line '{key} = ...'; it has {count}.")
    return before + head + table + after


def as_toml(value: object) -> str:
    """A value as the manifest writes it."""
    if isinstance(value, Mapping):
        if not value:
            return "{}"
        return "{ " + ", ".join(f"{k} = {as_toml(v)}" for k, v in value.items()) + " }"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple | list):
        return "[" + ", ".join(as_toml(v) for v in value) + "]"
    return repr(value)
