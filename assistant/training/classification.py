"""A classifier on labelled pictures: scores once, figures from them. Class = argmax over all classes of the card.

Where classes occur together each concept is measured by itself too, with its own calibration and threshold. Rows that
say something of one concept alone (`no_dr`) are left out of the main figures and stand in a section of their own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Picture

from assistant.errors import InputError
from assistant.training.counterparts import without_lesion
from assistant.training.data import Row, load_grey, load_shown
from assistant.training.evaluation import Evaluation, groups_of, indices_by, worst_first
from assistant.training.labels import PARTIAL
from assistant.training.metrics import classifier_figures, concept_figures, share_figure
from assistant.training.patterns import truth_of
from assistant.training.plots import (
    can_draw,
    draw_confusion,
    draw_examples,
    draw_precision_recall,
    draw_reliability,
    draw_roc,
)
from assistant.training.pool import Progress
from assistant.training.train import silent
from assistant.vision.base import Classifier
from assistant.vision.calibrate import platt, prediction_set, softmax
from assistant.vision.manifest import Figure, ModelCard

__all__ = ["Predictions", "classified", "draw_classified", "mirrored_specificity", "predictions"]


@dataclass(frozen=True, slots=True)
class Predictions:
    """Rows that counted, their classes and the model's uncalibrated scores; beside them rows of several labels or of a
    partial one, which speak of single concepts alone."""

    rows: tuple[Row, ...]
    truth: NDArray[np.int64]
    logits: NDArray[np.float64]
    skipped: Mapping[str, int]
    beside: tuple[Row, ...] = ()
    beside_logits: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 0)))


def predictions(model: Classifier, rows: Sequence[Row], progress: Progress = silent) -> Predictions:
    """Read every row whose label is, or maps to, a class of the model. Raises InputError where none does."""
    card = model.card
    order = {name: i for i, name in enumerate(card.classes)}
    kept: list[Row] = []
    truth: list[int] = []
    beside: list[Row] = []
    skipped: dict[str, int] = {}
    for row in rows:
        several = row.split == "ambiguous" and "|" in row.cells.get("all_labels", "")
        name = card.labels.get(row.label, row.label)
        if name in order and not several:
            kept.append(row)
            truth.append(order[name])
            continue
        label = row.cells["all_labels"] if several else row.label or "(empty)"
        skipped[label] = skipped.get(label, 0) + 1
        if card.concepts and truth_of(row, card.classes, card.labels) is not None:
            beside.append(row)
    if not kept and not beside:
        there = ", ".join(sorted({r.label for r in rows})) or "none"
        known = ", ".join(card.classes)
        raise InputError(f"No row has a label that the model knows; it knows {known}; there are: {there}.")
    logits = np.zeros((len(kept) + len(beside), len(card.classes)))
    for number, row in enumerate((*kept, *beside)):
        logits[number] = model.logits(load_shown(row.image))
        progress("reading pictures", (number + 1) / len(logits))
    n = len(kept)
    return Predictions(tuple(kept), np.asarray(truth, dtype=np.int64), logits[:n], skipped, tuple(beside), logits[n:])


def mirrored_specificity(model: Classifier, rows: Sequence[Row], progress: Progress = silent) -> Figure | None:
    """Share read below the operating threshold among slices whose outlined lesion was mirrored away: a specificity on
    the lesion's own scanner. None where there are none, or the model has no positive class."""
    card = model.card
    if card.positive is None:
        return None
    positive = card.classes.index(card.positive)
    below: list[bool] = []
    outlined = [r for r in rows if r.mask is not None]
    for number, row in enumerate(outlined):
        with Picture.open(str(row.mask)) as picture:
            mask = np.asarray(picture.convert("L")) > 0
        healthy = without_lesion(load_grey(row.image), mask)
        if healthy is not None:
            below.append(float(softmax(model.logits(healthy), card.temperature)[positive]) < card.threshold)
        progress("mirroring lesions away", (number + 1) / len(outlined))
    return share_figure(np.asarray(below)) if below else None


def classified(card: ModelCard, found: Predictions, data: str, split: str, by: str | None = None) -> Evaluation:
    """The figures of scores that are at hand."""
    probabilities = softmax(found.logits, card.temperature)
    before = softmax(found.logits)
    positive = card.classes.index(card.positive) if card.positive is not None else None
    groups = groups_of(found.rows)

    def figures(at: NDArray[np.intp]) -> dict[str, Figure]:
        return classifier_figures(
            probabilities[at], before[at], found.truth[at], positive=positive, groups=[groups[i] for i in at]
        )

    read = probabilities.argmax(axis=1)
    confusion = {
        labelled: {c: int(((found.truth == i) & (read == k)).sum()) for k, c in enumerate(card.classes)}
        for i, labelled in enumerate(card.classes)
    }
    concepts, subsets = _concepts(card, found)
    return Evaluation(
        model=card.name,
        version=card.version,
        weights_sha256=card.sha256,
        data=data,
        split=split,
        n=len(found.rows),
        skipped=dict(found.skipped),
        metrics=figures(np.arange(len(found.rows))) if found.rows else {},
        by=worst_first({value: figures(at) for value, at in indices_by(found.rows, by).items()}),
        by_column=by or "",
        confusion=confusion,
        concepts=concepts,
        subsets=subsets,
        notes=_notes(card, found),
        **_at_threshold(card, probabilities, found.truth, positive),
    )


def _notes(card: ModelCard, found: Predictions) -> tuple[str, ...]:
    notes = ["Class: argmax of the scores over all classes of the card."]
    missing = [c for i, c in enumerate(card.classes) if i not in set(found.truth.tolist())]
    if missing and found.rows:
        notes.append(f"No row is labelled {', '.join(missing)}; means over classes are over those that are there.")
    if card.concepts:
        notes.append("Each concept by itself: AUC of its own score, sensitivity and specificity at its threshold.")
    return tuple(notes)


def _concepts(card: ModelCard, found: Predictions) -> tuple[dict[str, dict[str, Figure]], dict[str, dict[str, Figure]]]:
    """Each concept on the rows that name a class (or several), and against rows that a partial label clears of it."""
    concepts: dict[str, dict[str, Figure]] = {}
    subsets: dict[str, dict[str, Figure]] = {}
    rows = (*found.rows, *found.beside)
    told = [truth_of(r, card.classes, card.labels) for r in rows]
    known = np.asarray([t if t is not None else np.full(len(card.classes), np.nan) for t in told], dtype=np.float64)
    scores = np.concatenate([found.logits, found.beside_logits.reshape(-1, len(card.classes))])
    partial = np.asarray([r.label in PARTIAL and not np.nansum(k) for r, k in zip(rows, known, strict=True)])
    for index, name in enumerate(card.classes):
        if name not in card.concepts or not len(rows):
            continue
        whole = np.flatnonzero(~np.isnan(known[:, index]) & ~partial)
        concepts[name] = _concept(card, name, scores[whole, index], known[whole, index] == 1, rows, whole)
        cleared = np.flatnonzero(~np.isnan(known[:, index]) & (partial | (known[:, index] == 1)))
        if (known[cleared, index] == 0).any():
            title = f"{name} against " + ", ".join(sorted({r.label for r, p in zip(rows, partial, strict=True) if p}))
            subsets[title] = _concept(card, name, scores[cleared, index], known[cleared, index] == 1, rows, cleared)
    return concepts, subsets


def _concept(
    card: ModelCard,
    name: str,
    scores: NDArray[np.float64],
    truth: NDArray[np.bool_],
    rows: Sequence[Row],
    at: NDArray[np.intp],
) -> dict[str, Figure]:
    of = card.concepts[name]
    probability = platt(scores, of.slope, of.intercept)
    groups = groups_of([rows[i] for i in at])
    figures = concept_figures(probability, platt(scores, 1.0, 0.0), truth, of.threshold, groups=groups)
    if {"present", "absent"} <= set(of.conformal_quantile):
        sets = [prediction_set(float(p), of.conformal_quantile, "present", "absent") for p in probability]
        for verdict, chosen in (("present", truth), ("absent", ~truth)):
            if chosen.any():
                figures[f"coverage_{verdict}"] = share_figure(np.array([verdict in s for s in sets])[chosen])
        figures["sets_of_one"] = share_figure(np.array([len(s) == 1 for s in sets]))
    return figures


def _at_threshold(
    card: ModelCard, probabilities: NDArray[np.float64], truth: NDArray[np.int64], positive: int | None
) -> dict[str, dict[str, Figure] | dict[str, int]]:
    """Operating point and prediction sets, for two classes."""
    if positive is None or len(card.classes) != 2 or not card.conformal_quantile:
        return {}
    scores, ill = probabilities[:, positive], truth == positive
    above = scores >= card.threshold
    names = (card.classes[positive], card.classes[1 - positive])
    sets = [prediction_set(float(p), card.conformal_quantile, *names) for p in scores]
    point: dict[str, Figure] = {}
    covered: dict[str, Figure] = {}
    if ill.any():
        point["sensitivity"] = share_figure(above[ill])
        covered[names[0]] = share_figure(np.array(["present" in s for s in sets])[ill])
    if not ill.all():
        point["specificity"] = share_figure(~above[~ill])
        covered[names[1]] = share_figure(np.array(["absent" in s for s in sets])[~ill])
    sizes = {"one": sum(len(s) == 1 for s in sets), "both": sum(len(s) == 2 for s in sets)}
    return {"operating_point": point, "coverage": covered, "set_sizes": sizes}


def draw_classified(evaluation: Evaluation, found: Predictions, card: ModelCard, out: Path) -> None:
    """Reliability, confusion, ROC and precision-recall of each concept, the surest right and the surest wrong."""
    if not can_draw() or not found.rows:
        return
    probabilities = softmax(found.logits, card.temperature)
    read, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    draw_reliability(confidence, read == found.truth, out / "reliability.png")
    draw_confusion(
        np.asarray([list(row.values()) for row in evaluation.confusion.values()], dtype=np.int64),
        card.classes,
        out / "confusion.png",
    )
    curves = [card.positive] if card.positive is not None else [c for c in card.classes if len(card.classes) > 2]
    for name in curves:
        index = card.classes.index(name)
        truth = found.truth == index
        if truth.any() and not truth.all():
            end = "" if card.positive is not None else f"-{name}"
            draw_roc(probabilities[:, index], truth, out / f"roc{end}.png")
            draw_precision_recall(probabilities[:, index], truth, out / f"precision-recall{end}.png")
    titles = [
        f"{card.classes[t]}, read as {card.classes[r]} ({c:.2f})"
        for t, r, c in zip(found.truth, read, confidence, strict=True)
    ]
    for name, chosen in (("successes", read == found.truth), ("failures", read != found.truth)):
        surest = sorted(np.flatnonzero(chosen).tolist(), key=lambda i: -confidence[i])[:8]
        draw_examples([(load_shown(found.rows[i].image), titles[i], (), None) for i in surest], out / f"{name}.png")
