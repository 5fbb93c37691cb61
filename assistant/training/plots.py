"""Plots of training and evaluation, as PNG; matplotlib is an extra, and without it there are figures but no plots."""

import importlib.util
from collections.abc import Mapping, Sequence
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
    "draw_examples",
    "draw_ladder",
    "draw_precision_recall",
    "draw_progress",
    "draw_reliability",
    "draw_reliability_counts",
    "draw_roc",
    "draw_roc_counts",
    "draw_score_precision",
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


def draw_roc_counts(counts: NDArray[np.float64], file: Path) -> None:
    """Sensitivity over 1 - specificity of `[2, bins]` counts of pixels by score."""
    negative, positive = counts[:, ::-1]
    figure, (axis,) = _figure(1)
    axis.plot([0, *(negative.cumsum() / max(1, negative.sum()))], [0, *(positive.cumsum() / max(1, positive.sum()))])
    axis.plot([0, 1], [0, 1], linestyle=":", color="grey")
    axis.set(xlabel="1 - specificity", ylabel="sensitivity", title="ROC of pixels")
    figure.savefig(file, dpi=100)


def draw_reliability_counts(
    counts: NDArray[np.float64], probability: NDArray[np.float64], file: Path, bins: int = 15
) -> None:
    """Share of pixels inside over their probability; `counts` `[2, n]` of scores whose `probability` is `[n]`."""
    which = np.minimum((probability * bins).astype(np.intp), bins - 1)
    total = np.bincount(which, weights=counts.sum(0), minlength=bins)
    inside = np.bincount(which, weights=counts[1], minlength=bins)
    mean = np.bincount(which, weights=counts.sum(0) * probability, minlength=bins)
    used = total > 0
    figure, (axis,) = _figure(1)
    axis.plot([0, 1], [0, 1], linestyle=":", color="grey")
    axis.plot(mean[used] / total[used], inside[used] / total[used], marker="o")
    axis.set(xlabel="probability", ylabel="share inside", title="Reliability around the edge")
    figure.savefig(file, dpi=100)


def draw_score_precision(
    thresholds: Sequence[float], precision: Sequence[float], found: Sequence[float], file: Path
) -> None:
    figure, (axis,) = _figure(1)
    axis.plot(thresholds, precision, marker="o", label="share of boxes that are right")
    axis.plot(thresholds, found, marker="s", label="share of lesions found")
    axis.set(xlabel="score at least", ylim=(0, 1.02), title="Score and precision")
    axis.legend()
    figure.savefig(file, dpi=100)


def draw_ladder(steps: Mapping[str, Sequence[tuple[str, float]]], name: str, file: Path) -> None:
    """A figure after each disturbance, level by level; one line a disturbance."""
    if not can_draw():
        return
    figure, (axis,) = _figure(1)
    for disturbance, levels in steps.items():
        axis.plot(range(len(levels)), [v for _, v in levels], marker="o", label=disturbance)
    axis.set(xlabel="level (0: undisturbed)", ylabel=name.replace("_", " "), title="Robustness")
    axis.set_xticks(range(1 + max((len(levels) - 1 for levels in steps.values()), default=0)))
    axis.legend(fontsize=7)
    figure.savefig(file, dpi=100)


Example = tuple[
    NDArray[np.uint8],
    str,
    Sequence[tuple[tuple[float, ...], str]],
    "tuple[NDArray[np.bool_], NDArray[np.bool_]] | None",
]


def draw_examples(examples: Sequence[Example], file: Path) -> None:
    """Pictures side by side with a title; boxes `xyxy` with a colour; outlines true (green) and read (red)."""
    if not can_draw() or not examples:
        return
    columns = min(4, len(examples))
    rows = -(-len(examples) // columns)
    figure, axes = _grid(rows, columns)
    for axis in axes:
        axis.set_axis_off()
    for axis, (picture, title, boxes, masks) in zip(axes, examples, strict=False):
        axis.imshow(picture, cmap="gray" if picture.ndim == 2 else None)
        axis.set_title(title, fontsize=8)
        for (x0, y0, x1, y1), colour in boxes:
            axis.plot([x0, x1, x1, x0, x0], [y0, y0, y1, y1, y0], color=colour, linewidth=1)
        for mask, colour in zip(masks or (), ("lime", "red"), strict=False):
            if mask.any() and not mask.all():
                axis.contour(mask, levels=[0.5], colors=colour, linewidths=0.6)
    figure.savefig(file, dpi=100)


def _grid(rows: int, columns: int) -> tuple[Any, list[Any]]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3.2 * columns, 3.4 * rows), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, list(np.atleast_1d(figure.subplots(rows, columns)).ravel())


def _figure(panels: int) -> tuple[Any, list[Any]]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.8 * panels, 4.2), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, list(np.atleast_1d(figure.subplots(1, panels)))
