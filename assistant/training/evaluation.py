"""What `medvision evaluate` prints and writes, whatever the task: the figures, their definitions, the Markdown.

What it does not know: pictures and networks. `classification`, `detection` and `segmentation` fill it.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from assistant.domain.base import Frozen
from assistant.errors import InputError
from assistant.training.data import Row
from assistant.vision.manifest import Figure

__all__ = [
    "Evaluation",
    "Rung",
    "ScorePoint",
    "groups_of",
    "held_to_columns",
    "indices_by",
    "markdown",
    "worst_first",
]

PRINCIPAL = ("dice", "mean_iou", "balanced_accuracy", "accuracy")


class ScorePoint(Frozen):
    """A detector at one threshold: boxes above it, how many of them hold a lesion, how many lesions they find."""

    threshold: float
    boxes: int
    precision: float
    sensitivity: float
    false_boxes: float = Field(description="a picture without a lesion; 0 where there are none")


class Rung(Frozen):
    """The main figure on the same pictures after one disturbance."""

    disturbance: str
    level: str
    figure: Figure


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
    confusion: dict[str, dict[str, int]] = Field(default_factory=dict, description="labelled -> read as -> count")
    operating_point: dict[str, Figure] = Field(
        default_factory=dict, description="sensitivity and specificity at the card's threshold"
    )
    coverage: dict[str, Figure] = Field(default_factory=dict, description="of the prediction sets, by class")
    set_sizes: dict[str, int] = Field(default_factory=dict, description="how many sets held one verdict, how many both")
    concepts: dict[str, dict[str, Figure]] = Field(
        default_factory=dict, description="of each concept by itself, at its own threshold"
    )
    subsets: dict[str, dict[str, Figure]] = Field(
        default_factory=dict, description="figures on rows that the main ones leave out, or on a part of them"
    )
    extra: dict[str, Figure] = Field(default_factory=dict, description="figures that the contract does not name")
    score_precision: tuple[ScorePoint, ...] = Field(default=(), description="a detector at one threshold after another")
    robustness: tuple[Rung, ...] = ()
    notes: tuple[str, ...] = Field(default=(), description="how the figures are defined")


def held_to_columns(rows: Sequence[Row], by: str | None) -> None:
    """Raises InputError, naming what there is, where no row has the column."""
    if by is not None and not any(by in r.cells or by in ("source", "group", "label") for r in rows):
        there = ", ".join(sorted({c for r in rows for c in r.cells}))
        raise InputError(f"The index.csv has no column '{by}'; there are: {there}.")


def groups_of(rows: Sequence[Row]) -> list[str]:
    """Whose picture it is: what the bootstrap draws as one."""
    return [f"{r.source}/{r.group}" for r in rows]


def indices_by(rows: Sequence[Row], by: str | None) -> dict[str, NDArray[np.intp]]:
    """Value of the column -> which rows have it; empty without a column."""
    if by is None:
        return {}
    cells = np.asarray([_cell(r, by) for r in rows])
    return {str(value): np.flatnonzero(cells == value) for value in sorted(set(cells.tolist()))}


def _cell(row: Row, column: str) -> str:
    known = {"source": row.cells.get("source") or row.source, "group": row.group, "label": row.label}
    return row.cells.get(column) or known.get(column, "") or "(empty)"


def worst_first(parts: Mapping[str, Mapping[str, Figure]]) -> dict[str, dict[str, Figure]]:
    """Parts by their main figure that all of them have, the worst first; a part without one stands last."""
    shared = next((k for k in PRINCIPAL if all(k in figures for figures in parts.values())), "accuracy")

    def rank(figures: Mapping[str, Figure]) -> float:
        return figures[shared].value if shared in figures else float("inf")

    return {k: dict(v) for k, v in sorted(parts.items(), key=lambda item: rank(item[1]))}


def markdown(e: Evaluation) -> str:
    """The evaluation in words and tables."""
    lines = [
        f"# {e.model} {e.version} on {e.data}, split {e.split}",
        "",
        f"Weights `{e.weights_sha256[:12]}`; {e.n} pictures; bootstrap 95 % intervals.",
        "",
        *_table(e.metrics),
    ]
    for title, figures in (("At the operating threshold", e.operating_point), ("Further figures", e.extra)):
        if figures:
            lines += ["", f"## {title}", "", *_table(figures)]
    for value, figures in e.by.items():
        lines += ["", f"## {e.by_column}: {value}", "", *_table(figures)]
    for name, figures in {**e.concepts, **e.subsets}.items():
        lines += ["", f"## {name}", "", *_table(figures)]
    if e.coverage:
        lines += ["", "## Coverage of the prediction sets", "", *_table(e.coverage)]
    if e.confusion:
        names = list(next(iter(e.confusion.values())))
        lines += ["", "## Confusion", "", "| labelled | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
        lines += [f"| {k} | " + " | ".join(str(v[c]) for c in names) + " |" for k, v in e.confusion.items()]
    if e.score_precision:
        lines += [
            "",
            "## Score and precision",
            "",
            "| score at least | boxes | right | lesions found | false a slice |",
        ]
        lines += ["|---|---|---|---|---|"]
        lines += [
            f"| {p.threshold:.2f} | {p.boxes} | {p.precision:.3f} | {p.sensitivity:.3f} | {p.false_boxes:.3f} |"
            for p in e.score_precision
        ]
    if e.robustness:
        lines += ["", "## Robustness", "", "| disturbance | level | value (95 % interval) |", "|---|---|---|"]
        lines += [
            f"| {r.disturbance} | {r.level} | {r.figure.value:.3f} ({r.figure.low:.3f} to {r.figure.high:.3f}) |"
            for r in e.robustness
        ]
    if e.skipped:
        counts = ", ".join(f"{label} ({n})" for label, n in e.skipped.items())
        lines += ["", f"Left out: {counts}."]
    lines += ["", *[f"- {note}" for note in e.notes]] if e.notes else []
    return "\n".join(lines) + "\n"


def _table(figures: Mapping[str, Figure]) -> list[str]:
    head = ["| figure | value | 95 % interval | n |", "|---|---|---|---|"]
    rows = [f"| {k} | {f.value:.3f} | {f.low:.3f} to {f.high:.3f} | {f.n} |" for k, f in figures.items()]
    return head + rows
