"""A segmenter on pictures with true outlines, at their native resolution; figures from counts of pixels by score.

Inside `field_of_view` where the index gives one, else the whole picture. A row without an outline counts nowhere, but
for slices whose label says that there is no lesion: what is drawn on those is drawn in vain.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Picture

from assistant.errors import InputError
from assistant.training.data import Row, load_shown
from assistant.training.evaluation import Evaluation, groups_of, indices_by, worst_first
from assistant.training.labels import EMPTY_LABELS
from assistant.training.mask_metrics import (
    BINS,
    CENTRES,
    auc_of_counts,
    calibration_of_counts,
    counts_of,
    dice,
    edge_band,
)
from assistant.training.metrics import bootstrap, share_figure
from assistant.training.platt_fit import raw_score
from assistant.training.plots import can_draw, draw_examples, draw_reliability_counts, draw_roc_counts
from assistant.training.pool import Progress
from assistant.training.train import silent
from assistant.vision.base import Segmenter
from assistant.vision.calibrate import platt
from assistant.vision.manifest import Figure, ModelCard

__all__ = ["Outlined", "Outlines", "draw_outlined", "load_mask", "outlined", "outlines"]

BAND = 3


@dataclass(frozen=True, slots=True)
class Outlined:
    """One picture: counts of pixels by uncalibrated score, of all and of the band around the edge; pixels at the
    card's threshold (true read, read, true, all); Dice there, and of the second reader where there is one."""

    row: Row
    counts: NDArray[np.float64]
    band: NDArray[np.float64]
    at_threshold: tuple[int, int, int, int]
    dice: float
    second_reader: float | None


@dataclass(frozen=True, slots=True)
class Outlines:
    """Pictures that counted; `vain`: of slices without a lesion, the share of pixels drawn."""

    pictures: tuple[Outlined, ...]
    skipped: dict[str, int]
    vain: tuple[tuple[Row, float], ...] = ()


def load_mask(path: Path, size_rc: tuple[int, int]) -> NDArray[np.bool_]:
    """A stored mask, non-zero = inside. Raises InputError where it is not of the picture's size."""
    with Picture.open(path) as picture:
        mask = np.asarray(picture.convert("L")) > 0
    if mask.shape != size_rc:
        raise InputError(f"The mask {path.name} is {mask.shape[1]} x {mask.shape[0]} pixels and its picture is not.")
    return mask


def outlines(model: Segmenter, rows: Sequence[Row], progress: Progress = silent) -> Outlines:
    """Read every row that has an outline. Raises InputError where none has."""
    found: list[Outlined] = []
    vain: list[tuple[Row, float]] = []
    skipped: dict[str, int] = {}
    for number, row in enumerate(rows):
        if row.mask is not None:
            found.append(outlined_row(model, row))
        elif row.label in EMPTY_LABELS:
            drawn = model.probabilities(load_shown(row.image)) >= model.card.threshold
            vain.append((row, float(drawn.mean())))
        else:
            skipped[row.label or "(empty)"] = skipped.get(row.label or "(empty)", 0) + 1
        progress("reading pictures", (number + 1) / len(rows))
    if not found and not vain:
        raise InputError("No row of that split has an outline; see the column mask.")
    return Outlines(tuple(found), skipped, tuple(vain))


def outlined_row(model: Segmenter, row: Row) -> Outlined:
    card = model.card
    if row.mask is None:
        raise InputError("A row without an outline cannot be measured.")
    probability = model.probabilities(load_shown(row.image)).astype(np.float64)
    size_rc = (probability.shape[0], probability.shape[1])
    truth = load_mask(row.mask, size_rc)
    inside = load_mask(row.field_of_view, size_rc) if row.field_of_view else np.ones(size_rc, dtype=np.bool_)
    scores = raw_score(probability, card.slope, card.intercept)
    read = (probability >= card.threshold) & inside
    second = load_mask(row.second_reader, size_rc) if row.second_reader else None
    return Outlined(
        row,
        counts_of(scores, truth, inside),
        counts_of(scores, truth, inside & edge_band(truth, BAND)),
        (int((read & truth).sum()), int(read.sum()), int((truth & inside).sum()), int(inside.sum())),
        dice(read, truth & inside),
        dice(second & inside, truth & inside) if second is not None else None,
    )


def outlined(card: ModelCard, seen: Outlines, data: str, split: str, by: str | None = None) -> Evaluation:
    """The figures of counted pixels."""
    pictures = seen.pictures
    groups = groups_of([p.row for p in pictures])
    counts = np.asarray([p.counts for p in pictures]).reshape(len(pictures), 2 * BINS)
    band = np.asarray([p.band for p in pictures]).reshape(len(pictures), 2 * BINS)
    at_threshold = np.asarray([p.at_threshold for p in pictures], dtype=np.float64).reshape(-1, 4)
    each = np.asarray([p.dice for p in pictures])

    def of_draw(at: NDArray[np.intp]) -> dict[str, float]:
        times = np.bincount(at, minlength=len(pictures)).astype(np.float64)
        shared, read, true, total = times @ at_threshold
        near = (times @ band).reshape(2, BINS)
        ece, brier = calibration_of_counts(near, card.slope, card.intercept)
        return {
            "dice": float((each * times).sum() / times.sum()),
            "auc": auc_of_counts((times @ counts).reshape(2, BINS)),
            "sensitivity": shared / true if true else float("nan"),
            "specificity": (total - read - true + shared) / (total - true) if total > true else float("nan"),
            "precision": shared / read if read else float("nan"),
            "accuracy": (total - read - true + 2 * shared) / total,
            "ece": ece,
            "ece_before": calibration_of_counts(near, 1.0, 0.0)[0],
            "brier": brier,
        }

    def figures(at: NDArray[np.intp]) -> dict[str, Figure]:
        return bootstrap(lambda drawn: of_draw(at[drawn]), len(at), groups=[groups[i] for i in at])

    metrics = figures(np.arange(len(pictures))) if pictures else {}
    return Evaluation(
        model=card.name,
        version=card.version,
        weights_sha256=card.sha256,
        data=data,
        split=split,
        n=len(pictures),
        skipped=seen.skipped,
        metrics=metrics,
        by=worst_first({v: figures(at) for v, at in indices_by([p.row for p in pictures], by).items()}),
        by_column=by or "",
        extra={**({"pixel_auc": metrics["auc"]} if "auc" in metrics else {}), **_extra(seen, groups)},
        notes=_notes(card, seen),
    )


def _extra(seen: Outlines, groups: Sequence[str]) -> dict[str, Figure]:
    extra: dict[str, Figure] = {}
    each = np.asarray([p.dice for p in seen.pictures])
    names = sorted(set(groups))
    if 1 < len(names) < len(each):
        of = np.asarray(groups)
        means = np.asarray([each[of == name].mean() for name in names])
        extra |= bootstrap(lambda at: {"dice_by_group": float(means[at].mean())}, len(means))
    second = np.asarray([p.second_reader for p in seen.pictures if p.second_reader is not None])
    if len(second):
        extra |= bootstrap(lambda at: {"second_reader_dice": float(second[at].mean())}, len(second))
    if seen.vain:
        extra["drawn_on_slices_without_lesion"] = share_figure(np.asarray([share > 0 for _, share in seen.vain]))
    return extra


def _notes(card: ModelCard, seen: Outlines) -> tuple[str, ...]:
    viewed = sum(p.row.field_of_view is not None for p in seen.pictures)
    where = "inside the field of view" if viewed == len(seen.pictures) else "on the whole picture"
    if 0 < viewed < len(seen.pictures):
        where = "inside the field of view where one is given, else on the whole picture"
    return (
        f"dice: mean over pictures at a probability of {card.threshold:g}, {where}, at native resolution.",
        f"auc (pixel_auc): of all pixels together {where}; sensitivity, specificity, precision, accuracy: of pixels.",
        f"ece, brier: of pixels within {BAND} pixels of the true edge.",
        "dice_by_group: mean over groups (patients) of the mean over a group's pictures.",
    )


def draw_outlined(seen: Outlines, model: Segmenter, out: Path) -> None:
    """ROC and reliability of pixels, the best and the worst pictures with both outlines."""
    if not can_draw() or not seen.pictures:
        return
    card = model.card
    counts = np.asarray([p.counts for p in seen.pictures]).sum(0)
    draw_roc_counts(counts, out / "roc.png")
    band = np.asarray([p.band for p in seen.pictures]).sum(0)
    draw_reliability_counts(band, platt(CENTRES, card.slope, card.intercept), out / "reliability.png")
    ranked = sorted(range(len(seen.pictures)), key=lambda i: -seen.pictures[i].dice)
    for name, chosen in (("successes", ranked[:4]), ("failures", ranked[::-1][:4])):
        pictures = []
        for i in chosen:
            row = seen.pictures[i].row
            shown = load_shown(row.image)
            read = model.probabilities(shown) >= card.threshold
            truth = load_mask(row.mask, (read.shape[0], read.shape[1])) if row.mask is not None else read
            pictures.append((shown, f"Dice {seen.pictures[i].dice:.2f}", (), (truth, read)))
        draw_examples(pictures, out / f"{name}.png")
