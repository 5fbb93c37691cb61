"""Measure a model on a data folder, as the contract says: every row counts, no gate, no abstention, class = argmax.

Figures are fractions with bootstrap 95 % intervals. Markdown and plots go to `out`, never into the data folder.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from assistant.domain.base import Frozen
from assistant.errors import InputError
from assistant.training.data import Row, load_shown, mapped, read_index
from assistant.training.metrics import classifier_figures
from assistant.training.plots import can_draw, draw_confusion, draw_precision_recall, draw_reliability, draw_roc
from assistant.training.pool import Progress
from assistant.training.train import silent
from assistant.vision.base import Classifier
from assistant.vision.calibrate import prediction_set, softmax
from assistant.vision.manifest import Figure, ModelCard

__all__ = ["Evaluation", "Predictions", "evaluate", "judged", "predictions", "share_figure", "write_evaluation"]


class Evaluation(Frozen):
    """What `evaluate --json` prints."""

    model: str
    version: str
    weights_sha256: str
    data: str = Field(description="name of the data folder")
    split: str
    n: int = Field(description="rows that counted")
    skipped: dict[str, int] = Field(description="rows left out, by their label, which is no class of the model")
    metrics: dict[str, Figure]
    by: dict[str, dict[str, Figure]] = Field(default_factory=dict, description="by value of a column, the worst first")
    by_column: str = ""
    confusion: dict[str, dict[str, int]] = Field(description="labelled -> read as -> count")
    operating_point: dict[str, Figure] = Field(
        default_factory=dict, description="sensitivity and specificity at the card's threshold"
    )
    coverage: dict[str, Figure] = Field(default_factory=dict, description="of the prediction sets, by class")
    set_sizes: dict[str, int] = Field(default_factory=dict, description="how many sets held one verdict, how many both")


@dataclass(frozen=True, slots=True)
class Predictions:
    """Rows that counted, their classes and the model's uncalibrated scores."""

    rows: tuple[Row, ...]
    truth: NDArray[np.int64]
    logits: NDArray[np.float64]
    skipped: Mapping[str, int]


def predictions(model: Classifier, rows: Sequence[Row], progress: Progress = silent) -> Predictions:
    """Read every row whose label is, or maps to, a class of the model. Raises InputError where none does."""
    kept, truth, skipped = mapped(rows, model.card.classes, model.card.labels)
    if not kept:
        there = ", ".join(sorted({r.label for r in rows})) or "none"
        known = ", ".join(model.card.classes)
        raise InputError(f"No row has a label that the model knows; it knows {known}; there are: {there}.")
    logits = np.zeros((len(kept), len(model.card.classes)))
    for number, row in enumerate(kept):
        logits[number] = model.logits(load_shown(row.image))
        progress("reading pictures", (number + 1) / len(kept))
    return Predictions(kept, truth, logits, skipped)


def evaluate(
    model: Classifier,
    data: Path,
    split: str,
    out: Path | None = None,
    by: str | None = None,
    progress: Progress = silent,
) -> Evaluation:
    """Measure `model` on one split of a data folder; `by` repeats the figures for each value of a column.

    Writes Markdown, JSON and plots to `out` where given. Raises InputError for a missing index, split or column.
    """
    rows = read_index(data, split)
    if by is not None and not any(by in r.cells or by in ("source", "group", "label") for r in rows):
        there = ", ".join(sorted({c for r in rows for c in r.cells}))
        raise InputError(f"The index.csv has no column '{by}'; there are: {there}.")
    found = predictions(model, rows, progress)
    evaluation = judged(model.card, found, data.resolve().name, split, by)
    if out is not None:
        write_evaluation(evaluation, found, model.card, out)
    return evaluation


def judged(card: ModelCard, found: Predictions, data: str, split: str, by: str | None = None) -> Evaluation:
    """The figures of scores that are at hand."""
    probabilities = softmax(found.logits, card.temperature)
    before = softmax(found.logits)
    positive = card.classes.index(card.positive) if card.positive is not None else None
    groups = [f"{r.source}/{r.group}" for r in found.rows]

    def figures(at: NDArray[np.intp]) -> dict[str, Figure]:
        return classifier_figures(
            probabilities[at], before[at], found.truth[at], positive=positive, groups=[groups[i] for i in at]
        )

    per_value: dict[str, dict[str, Figure]] = {}
    if by is not None:
        cells = np.asarray([_cell(r, by) for r in found.rows])
        parts = {value: figures(np.flatnonzero(cells == value)) for value in sorted(set(cells.tolist()))}
        worst_first = sorted(parts.items(), key=lambda item: item[1]["accuracy"].value)
        per_value = dict(worst_first)
    read = probabilities.argmax(axis=1)
    confusion = {
        labelled: {c: int(((found.truth == i) & (read == k)).sum()) for k, c in enumerate(card.classes)}
        for i, labelled in enumerate(card.classes)
    }
    return Evaluation(
        model=card.name,
        version=card.version,
        weights_sha256=card.sha256,
        data=data,
        split=split,
        n=len(found.rows),
        skipped=dict(found.skipped),
        metrics=figures(np.arange(len(found.rows))),
        by=per_value,
        by_column=by or "",
        confusion=confusion,
        **_at_threshold(card, probabilities, found.truth, positive),
    )


def _cell(row: Row, column: str) -> str:
    known = {"source": row.cells.get("source") or row.source, "group": row.group, "label": row.label}
    return row.cells.get(column) or known.get(column, "") or "(empty)"


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


def share_figure(hits: NDArray[np.bool_]) -> Figure:
    """A share with its Wilson 95 % interval."""
    n, p, z = len(hits), float(hits.mean()), 1.959964
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * float(np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (1 + z * z / n)
    return Figure(value=round(p, 4), low=round(max(0.0, centre - half), 4), high=round(min(1.0, centre + half), 4), n=n)


def write_evaluation(evaluation: Evaluation, found: Predictions, card: ModelCard, out: Path) -> None:
    """Markdown, JSON and, where matplotlib is installed, plots."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "evaluation.json").write_text(evaluation.model_dump_json(indent=1) + "\n", encoding="utf-8")
    (out / "evaluation.md").write_text(_markdown(evaluation), encoding="utf-8")
    lines = [
        {"image": r.image.name, "label": card.classes[t], "logits": [round(float(v), 4) for v in scores]}
        for r, t, scores in zip(found.rows, found.truth.tolist(), found.logits, strict=True)
    ]
    (out / "predictions.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    if not can_draw():
        return
    probabilities = softmax(found.logits, card.temperature)
    matrix = np.array([list(row.values()) for row in evaluation.confusion.values()])
    draw_confusion(matrix, card.classes, out / "confusion.png")
    draw_reliability(probabilities.max(axis=1), probabilities.argmax(axis=1) == found.truth, out / "reliability.png")
    if card.positive is not None and len(set(found.truth.tolist())) == 2:
        positive = card.classes.index(card.positive)
        draw_roc(probabilities[:, positive], found.truth == positive, out / "roc.png")
        draw_precision_recall(probabilities[:, positive], found.truth == positive, out / "precision_recall.png")


def _markdown(evaluation: Evaluation) -> str:
    lines = [
        f"# {evaluation.model} {evaluation.version} on {evaluation.data}, split {evaluation.split}",
        "",
        f"Weights `{evaluation.weights_sha256[:12]}`; {evaluation.n} pictures; class: argmax; bootstrap intervals.",
        "",
        *_table(evaluation.metrics),
    ]
    for value, figures in evaluation.by.items():
        lines += ["", f"## {evaluation.by_column}: {value}", "", *_table(figures)]
    if evaluation.skipped:
        counts = ", ".join(f"{label} ({n})" for label, n in evaluation.skipped.items())
        lines += ["", f"Left out, their label is no class of this model: {counts}."]
    return "\n".join(lines) + "\n"


def _table(figures: Mapping[str, Figure]) -> list[str]:
    head = ["| figure | value | 95 % interval | n |", "|---|---|---|---|"]
    rows = [f"| {k} | {f.value:.3f} | {f.low:.3f} to {f.high:.3f} | {f.n} |" for k, f in figures.items()]
    return head + rows
