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
from assistant.training.data import Row, read_index
from assistant.training.evaluate import Evaluation, Predictions, judged, predictions, share_figure
from assistant.training.metrics import auc
from assistant.training.pool import Progress, examples_of
from assistant.training.train import Recipe, opened, silent, train_on, training_rows
from assistant.vision.calibrate import class_quantiles, fitted_temperature, softmax
from assistant.vision.manifest import Figure, ModelCard

__all__ = ["FoldFigures", "FoldsEvaluation", "evaluate_folds"]


class FoldFigures(Frozen):
    fold: str
    n: int
    auc: float
    accuracy: float


class FoldsEvaluation(Frozen):
    """What `evaluate --folds` prints: the pooled figures, each fold's, and the coverage of cross-conformal sets."""

    evaluation: Evaluation
    folds: tuple[FoldFigures, ...]
    spread: dict[str, float] = Field(description="standard deviation over folds")
    coverage: dict[str, Figure] = Field(description="of 90 % sets calibrated on the other folds, by class")
    recipe: Recipe


def evaluate_folds(
    card: ModelCard,
    data_dirs: Sequence[Path],
    out: Path,
    *,
    start: Path | None = None,
    recipe: Recipe | None = None,
    progress: Progress = silent,
) -> FoldsEvaluation:
    """Cross-validate on the folders that have a `fold` column; the others only help to train. Resumes a cut-off run.

    A fold is trained on the other folds and the `train` rows of the other folders, without any picture that a
    `same_picture_in_...` column ties to the held-out fold. Raises InputError where no folder has folds.
    """
    recipe = recipe or Recipe()
    every = tuple(r for folder in data_dirs for r in read_index(folder))
    names = sorted({r.fold for r in every if r.fold})
    if len(names) < 2:
        raise InputError("None of the data folders has a 'fold' column with two folds or more.")
    pending = [f for f in names if not (out / f"fold-{f}" / "predictions.json").is_file()]
    if pending:
        usable = tuple(r for r in every if r.fold or r.split == "train")
        examples = examples_of(
            usable, card.classes, card.labels, lesion=card.positive, seed=recipe.seed, progress=progress
        )
        for fold in pending:
            allowed = {r.image for r in training_rows(data_dirs, fold)}
            chosen = [e for e in examples if e.row.image in allowed]
            run = train_on(
                card, chosen, out / f"fold-{fold}", start=start, recipe=recipe, resume=True, progress=progress
            )
            held_out = [r for r in every if r.fold == fold]
            found = predictions(opened(card, run.weights), held_out, progress)
            lines = [[r.image.name, scores] for r, scores in zip(found.rows, found.logits.tolist(), strict=True)]
            (out / f"fold-{fold}" / "predictions.json").write_text(json.dumps(lines) + "\n", encoding="utf-8")
    return _pooled(card, every, names, out, recipe)


def _pooled(card: ModelCard, every: Sequence[Row], names: Sequence[str], out: Path, recipe: Recipe) -> FoldsEvaluation:
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
    plain = card.model_copy(update={"temperature": 1.0, "conformal_quantile": {}})
    source = "+".join(sorted({r.source for r in kept}))
    parts = [_fold(f, logits[which == f], truth[which == f], card) for f in names]
    return FoldsEvaluation(
        evaluation=judged(plain, found, source, f"{len(names)} grouped folds"),
        folds=tuple(parts),
        spread={"auc": float(np.std([p.auc for p in parts])), "accuracy": float(np.std([p.accuracy for p in parts]))},
        coverage=_coverage(scaled, truth, which, card),
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


def _fold(name: str, logits: NDArray[np.float64], truth: NDArray[np.int64], card: ModelCard) -> FoldFigures:
    positive = card.classes.index(card.positive) if card.positive else len(card.classes) - 1
    others = np.delete(logits, positive, axis=1).max(axis=1)
    area = auc(logits[:, positive] - others, truth == positive)
    accuracy = float((logits.argmax(axis=1) == truth).mean())
    return FoldFigures(fold=name, n=len(truth), auc=round(area, 4), accuracy=round(accuracy, 4))
