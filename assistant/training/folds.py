"""Grouped cross-validation: train without one fold, read that fold, five times; the figures are of all folds pooled.

For small sets, whose `test` alone is too few. Every picture is read by a network that saw neither it nor a copy of it.
The recipe is fixed beforehand: a held-out fold chooses nothing.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from assistant.domain.base import Frozen
from assistant.errors import InputError
from assistant.training.calibration import verdict_quantiles
from assistant.training.classification import Predictions, classified, predictions
from assistant.training.data import Row, read_index
from assistant.training.evaluation import Evaluation
from assistant.training.loop import Schedule
from assistant.training.metrics import auc, share_figure
from assistant.training.patterns import PatternRecipe
from assistant.training.platt_fit import fitted_platt
from assistant.training.pool import Progress
from assistant.training.train import Recipe, opened, silent
from assistant.training.trainers import train_model, trainer_of
from assistant.vision.base import Classifier
from assistant.vision.calibrate import class_quantiles, fitted_temperature, platt, prediction_set, softmax
from assistant.vision.manifest import Figure, ModelCard

__all__ = ["FoldFigures", "FoldsEvaluation", "evaluate_folds"]


class FoldFigures(Frozen):
    fold: str
    n: int
    auc: float = Field(description="of more than two classes the mean of one against the rest")
    accuracy: float
    balanced_accuracy: float | None = None


class FoldsEvaluation(Frozen):
    """What `evaluate --folds` prints: the pooled figures, each fold's, and the coverage of cross-conformal sets."""

    evaluation: Evaluation
    folds: tuple[FoldFigures, ...]
    spread: dict[str, float] = Field(description="standard deviation over folds")
    coverage: dict[str, Figure] = Field(description="of 90 % sets calibrated on the other folds, by class")
    concept_coverage: dict[str, dict[str, Figure]] = Field(
        default_factory=dict, description="of sets of present and absent of each concept, calibrated on the other folds"
    )
    recipe: Recipe | PatternRecipe


def evaluate_folds(
    card: ModelCard,
    data_dirs: Sequence[Path],
    out: Path,
    *,
    start: Path | None = None,
    recipe: Recipe | Schedule | None = None,
    progress: Progress = silent,
) -> FoldsEvaluation:
    """Cross-validate on the folders that have a `fold` column; the others only help to train. Resumes a cut-off run.

    A fold is trained on the other folds and the `train` rows of the other folders, without any picture that a
    `same_picture_in_...` column ties to the held-out fold. Raises InputError where no folder has folds.
    """
    recipe = recipe or trainer_of(card).recipe
    if not isinstance(recipe, Recipe | PatternRecipe):
        raise InputError(f"{card.title} is no classifier; only those are cross-validated here.")
    every = tuple(r for folder in data_dirs for r in read_index(folder))
    names = sorted({r.fold for r in every if r.fold})
    if len(names) < 2:
        raise InputError("None of the data folders has a 'fold' column with two folds or more.")
    for fold in names:
        folder = out / f"fold-{fold}"
        if (folder / "predictions.json").is_file():
            continue
        weights = train_model(card, data_dirs, folder, start=start, recipe=recipe, without_fold=fold, progress=progress)
        model = opened(card, weights)
        if not isinstance(model, Classifier):
            raise InputError(f"{card.title} is no classifier; only those are cross-validated here.")
        found = predictions(model, [r for r in every if r.fold == fold], progress)
        lines = [[r.image.name, scores] for r, scores in zip(found.rows, found.logits.tolist(), strict=True)]
        (folder / "predictions.json").write_text(json.dumps(lines) + "\n", encoding="utf-8")
    return _pooled(card, every, names, out, recipe)


def _pooled(
    card: ModelCard, every: Sequence[Row], names: Sequence[str], out: Path, recipe: Recipe | PatternRecipe
) -> FoldsEvaluation:
    rows = {r.image.name: r for r in every if r.fold}
    order = {c: i for i, c in enumerate(card.classes)}
    kept: list[Row] = []
    scores: list[list[float]] = []
    for fold in names:
        for name, values in json.loads((out / f"fold-{fold}" / "predictions.json").read_text(encoding="utf-8")):
            kept.append(rows[name])
            scores.append(values)
    truth = np.asarray([order[card.labels.get(r.label, r.label)] for r in kept], dtype=np.int64)
    logits = np.asarray(scores)
    which = np.asarray([r.fold for r in kept])
    scaled = _scaled_by_others(logits, truth, which)
    found = Predictions(tuple(kept), truth, scaled, {})
    plain = card.model_copy(update={"temperature": 1.0, "conformal_quantile": {}, "concepts": {}})
    source = "+".join(sorted({r.source for r in kept}))
    parts = [_fold(f, logits[which == f], truth[which == f], card) for f in names]
    return FoldsEvaluation(
        evaluation=classified(plain, found, source, f"{len(names)} grouped folds"),
        folds=tuple(parts),
        spread={
            "auc": float(np.std([p.auc for p in parts])),
            "accuracy": float(np.std([p.accuracy for p in parts])),
            "balanced_accuracy": float(np.std([p.balanced_accuracy or 0.0 for p in parts])),
        },
        coverage=_coverage(scaled, truth, which, card),
        concept_coverage=_concept_coverage(logits, truth, which, card),
        recipe=recipe,
    )


def _scaled_by_others(
    logits: NDArray[np.float64], truth: NDArray[np.int64], which: NDArray[np.str_]
) -> NDArray[np.float64]:
    """Each fold's scores over the temperature fitted on the other folds."""
    scaled = logits.copy()
    for fold in np.unique(which):
        others = which != fold
        scaled[~others] = logits[~others] / max(1.0, fitted_temperature(logits[others], truth[others]))
    return scaled


def _coverage(
    scaled: NDArray[np.float64], truth: NDArray[np.int64], which: NDArray[np.str_], card: ModelCard
) -> dict[str, Figure]:
    probabilities = softmax(scaled)
    covered = np.zeros(len(truth), dtype=np.bool_)
    for fold in np.unique(which):
        others = which != fold
        quantiles = class_quantiles(probabilities[others], truth[others], card.classes, card.coverage)
        limits = np.asarray([quantiles[c] for c in card.classes])[truth]
        own = 1 - probabilities[np.arange(len(truth)), truth]
        covered[~others] = (own <= limits)[~others]
    return {c: share_figure(covered[truth == i]) for i, c in enumerate(card.classes) if (truth == i).any()}


def _concept_coverage(
    logits: NDArray[np.float64], truth: NDArray[np.int64], which: NDArray[np.str_], card: ModelCard
) -> dict[str, dict[str, Figure]]:
    """Each concept scaled and its sets calibrated on the other folds."""
    found: dict[str, dict[str, Figure]] = {}
    for index, name in enumerate(card.classes):
        ill = truth == index
        if name not in card.concepts or not ill.any() or ill.all():
            continue
        covered = np.zeros(len(truth), dtype=np.bool_)
        for fold in np.unique(which):
            others = which != fold
            probability = platt(logits[:, index], *fitted_platt(logits[others, index], ill[others], steepest=1.0))
            limits = verdict_quantiles(probability[others], ill[others], card.coverage)
            for at in np.flatnonzero(~others).tolist():
                verdict = "present" if ill[at] else "absent"
                covered[at] = verdict in prediction_set(float(probability[at]), limits, "present", "absent")
        found[name] = {"present": share_figure(covered[ill]), "absent": share_figure(covered[~ill])}
    return found


def _fold(name: str, logits: NDArray[np.float64], truth: NDArray[np.int64], card: ModelCard) -> FoldFigures:
    read = logits.argmax(axis=1)
    present = sorted(set(truth.tolist()))
    if card.positive is not None and len(card.classes) == 2:
        positive = card.classes.index(card.positive)
        area = auc(logits[:, positive] - logits[:, 1 - positive], truth == positive)
    else:
        shares = softmax(logits)
        area = float(np.mean([auc(shares[:, c], truth == c) for c in present])) if len(present) > 1 else float("nan")
    return FoldFigures(
        fold=name,
        n=len(truth),
        auc=round(area, 4),
        accuracy=round(float((read == truth).mean()), 4),
        balanced_accuracy=round(float(np.mean([(read[truth == c] == c).mean() for c in present])), 4),
    )
