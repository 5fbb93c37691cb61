"""Plots of training and evaluation, as PNG; matplotlib is an extra, and without it there are figures but no plots."""

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from assistant.training.train import EpochCurve

__all__ = [
    "can_draw",
    "draw_confusion",
    "draw_curves",
    "draw_precision_recall",
    "draw_progress",
    "draw_reliability",
    "draw_roc",
]


def can_draw() -> bool:
    """Whether matplotlib is installed."""
    return importlib.util.find_spec("matplotlib") is not None


def draw_curves(curves: "Sequence[EpochCurve]", file: Path) -> None:
    """Loss and accuracy on the augmented training pictures, an epoch at a time."""
    if not can_draw():
        return
    figure, axes = _figure(2)
    epochs = [c.epoch for c in curves]
    axes[0].plot(epochs, [c.loss for c in curves])
    axes[0].set(xlabel="epoch", ylabel="training loss")
    axes[1].plot(epochs, [c.accuracy for c in curves])
    axes[1].set(xlabel="epoch", ylabel="training accuracy")
    figure.savefig(file, dpi=100)


def draw_progress(losses: Sequence[float], figures: Sequence[float], file: Path) -> None:
    """Training loss, and where it was measured the figure on `val`, an epoch at a time."""
    if not can_draw():
        return
    figure, axes = _figure(2)
    axes[0].plot(range(1, len(losses) + 1), losses)
    axes[0].set(xlabel="epoch", ylabel="training loss")
    axes[1].plot(range(1, len(figures) + 1), figures)
    axes[1].set(xlabel="epoch", ylabel="figure on val")
    figure.savefig(file, dpi=100)


def draw_roc(scores: NDArray[np.float64], truth: NDArray[np.bool_], file: Path) -> None:
    """Sensitivity over 1 - specificity."""
    order = np.argsort(-scores)
    hits = np.cumsum(truth[order]) / max(1, truth.sum())
    false = np.cumsum(~truth[order]) / max(1, (~truth).sum())
    figure, (axis,) = _figure(1)
    axis.plot([0, *false], [0, *hits])
    axis.plot([0, 1], [0, 1], linestyle=":", color="grey")
    axis.set(xlabel="1 - specificity", ylabel="sensitivity", title="ROC")
    figure.savefig(file, dpi=100)


def draw_precision_recall(scores: NDArray[np.float64], truth: NDArray[np.bool_], file: Path) -> None:
    order = np.argsort(-scores)
    hits = np.cumsum(truth[order])
    figure, (axis,) = _figure(1)
    axis.plot(hits / max(1, truth.sum()), hits / np.arange(1, len(order) + 1))
    axis.set(xlabel="sensitivity (recall)", ylabel="precision", ylim=(0, 1.02), title="Precision and recall")
    figure.savefig(file, dpi=100)


def draw_reliability(confidence: NDArray[np.float64], right: NDArray[np.bool_], file: Path, bins: int = 15) -> None:
    """Share of right answers over confidence, 15 bins."""
    edges = np.linspace(0, 1, bins + 1)
    which = np.clip(np.digitize(confidence, edges) - 1, 0, bins - 1)
    used = [b for b in range(bins) if (which == b).any()]
    figure, (axis,) = _figure(1)
    axis.plot([0, 1], [0, 1], linestyle=":", color="grey")
    axis.plot([confidence[which == b].mean() for b in used], [right[which == b].mean() for b in used], marker="o")
    axis.set(xlabel="confidence", ylabel="share right", title="Reliability")
    figure.savefig(file, dpi=100)


def draw_confusion(matrix: NDArray[np.int64], classes: Sequence[str], file: Path) -> None:
    figure, (axis,) = _figure(1)
    axis.imshow(matrix, cmap="Blues")
    for (row, column), count in np.ndenumerate(matrix):
        axis.text(column, row, str(count), ha="center", va="center")
    ticks = range(len(classes))
    axis.set(xlabel="read as", ylabel="labelled", title="Confusion", xticks=list(ticks), yticks=list(ticks))
    axis.set_xticklabels(classes)
    axis.set_yticklabels(classes)
    figure.savefig(file, dpi=100)


def _figure(panels: int) -> tuple[Any, list[Any]]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.8 * panels, 4.2), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, list(np.atleast_1d(figure.subplots(1, panels)))
