"""A detector on pictures with true boxes: what it found, figures from it.

A row counts where it holds a box, where its label says that there is no lesion, or where its `boxes` cell says `[]`
beside a label that the model knows. A box whose class the model does not know (`tumour`) is a place without a kind.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Picture

from assistant.errors import InputError
from assistant.training.box_metrics import RankedHits, hits, matched, overlaps
from assistant.training.counterparts import without_lesion
from assistant.training.data import Row, load_shown
from assistant.training.evaluation import Evaluation, ScorePoint, groups_of, indices_by, worst_first
from assistant.training.labels import EMPTY_LABELS
from assistant.training.metrics import binary_calibration_error, bootstrap, share_figure
from assistant.training.platt_fit import raw_score
from assistant.training.plots import can_draw, draw_confusion, draw_examples, draw_reliability, draw_score_precision
from assistant.training.pool import Progress
from assistant.training.train import silent
from assistant.vision.base import Boxes, Detector
from assistant.vision.calibrate import platt
from assistant.vision.manifest import Figure, ModelCard
from assistant.vision.preprocess import luma

__all__ = ["Boxed", "Detections", "boxed", "detections", "draw_boxed"]

_AT = 0.5
_STEPS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True, slots=True)
class Boxed:
    """One picture: what is there (`kinds` -1 where the model does not know the class) and what was found."""

    row: Row
    truth: NDArray[np.float64]
    kinds: NDArray[np.int64]
    found: Boxes


@dataclass(frozen=True, slots=True)
class Detections:
    """Pictures that counted; `cleared`: what was found where the outlined lesion had been mirrored away."""

    pictures: tuple[Boxed, ...]
    skipped: dict[str, int]
    cleared: tuple[tuple[Row, Boxes], ...] = ()


def detections(
    model: Detector, rows: Sequence[Row], progress: Progress = silent, *, mirrored: bool = True
) -> Detections:
    """Read every row that can be measured. Raises InputError where none can."""
    card = model.card
    chosen: list[Row] = []
    skipped: dict[str, int] = {}
    for row in rows:
        if _counts(row, card):
            chosen.append(row)
        else:
            skipped[row.label or "(empty)"] = skipped.get(row.label or "(empty)", 0) + 1
    if not chosen:
        raise InputError("No row holds a box of a known class or says that there is none; see the column boxes.")
    order = {name: i for i, name in enumerate(card.classes)}
    pictures: list[Boxed] = []
    cleared: list[tuple[Row, Boxes]] = []
    for number, row in enumerate(chosen):
        shown = load_shown(row.image)
        names = [card.labels.get(b.label, b.label) for b in row.boxes]
        truth = np.asarray([b.xyxy for b in row.boxes], dtype=np.float64).reshape(-1, 4)
        kinds = np.asarray([order.get(n, -1) for n in names], dtype=np.int64)
        pictures.append(Boxed(row, truth, kinds, by_score(model.boxes(shown))))
        if mirrored and row.mask is not None and row.boxes:
            with Picture.open(row.mask) as picture:
                healthy = without_lesion(luma(shown), np.asarray(picture.convert("L")) > 0)
            if healthy is not None:
                cleared.append((row, by_score(model.boxes(healthy))))
        progress("reading pictures", (number + 1) / len(chosen))
    return Detections(tuple(pictures), skipped, tuple(cleared))


def _counts(row: Row, card: ModelCard) -> bool:
    if row.boxes or row.label in EMPTY_LABELS:
        return True
    name = card.labels.get(row.label, row.label)
    return row.cells.get("boxes") == "[]" and (name in card.classes or name == "tumour")


def by_score(found: Boxes) -> Boxes:
    order = np.argsort(-found.scores, kind="stable")
    return Boxes(found.xyxy[order].reshape(-1, 4), found.scores[order], found.classes[order])


def boxed(card: ModelCard, seen: Detections, data: str, split: str, by: str | None = None) -> Evaluation:
    """The figures of what was found."""
    pictures = seen.pictures
    groups = groups_of([p.row for p in pictures])
    measure = _Measure(card, pictures)

    def figures(at: NDArray[np.intp]) -> dict[str, Figure]:
        return _with_counts(
            bootstrap(lambda drawn: measure.figures(at[drawn]), len(at), groups=[groups[i] for i in at]), measure, at
        )

    every = np.arange(len(pictures))
    return Evaluation(
        model=card.name,
        version=card.version,
        weights_sha256=card.sha256,
        data=data,
        split=split,
        n=len(pictures),
        skipped=seen.skipped,
        metrics=figures(every),
        by=worst_first({v: figures(at) for v, at in indices_by([p.row for p in pictures], by).items()}),
        by_column=by or "",
        confusion=measure.confusion(),
        extra=_extra(card, seen, measure, groups),
        coverage=measure.coverage(),
        score_precision=score_points(pictures, [*(p.found for p in pictures if not len(p.truth))]),
        notes=_notes(card, measure),
    )


class _Measure:
    """Counts of every picture at the card's threshold, and the ranked boxes of every class."""

    def __init__(self, card: ModelCard, pictures: Sequence[Boxed]) -> None:
        n = len(pictures)
        self.card, self.pictures = card, pictures
        self.agnostic = not any((p.kinds >= 0).any() for p in pictures)
        self.true = np.asarray([len(p.truth) for p in pictures], dtype=np.int64)
        self.overlap, self.top, self.right, self.boxes, self.found = (np.zeros(n) for _ in range(5))
        self.kind_right, self.kind_told = np.zeros(n), np.zeros(n)
        self.kinds: list[tuple[int, NDArray[np.float64]]] = []
        for i, p in enumerate(pictures):
            above = p.found.scores >= card.threshold
            which, reached = matched(p.truth, p.found.xyxy[above])
            self.overlap[i], self.boxes[i] = reached.sum(), above.sum()
            self.found[i] = (reached >= _AT).sum()
            if len(p.truth) and len(p.found.xyxy):
                self.top[i] = overlaps(p.truth, p.found.xyxy[:1]).max()
            for kind, box, share in zip(p.kinds.tolist(), which.tolist(), reached.tolist(), strict=True):
                if kind >= 0 and share >= _AT:
                    self.kind_told[i] += 1
                    self.kind_right[i] += int(p.found.classes[above][box].argmax()) == kind
                    self.kinds.append((kind, p.found.classes[above][box]))
        self.scores = np.concatenate([p.found.scores for p in pictures])
        self.hits = np.concatenate([hits(p.truth, p.found.xyxy) for p in pictures])
        self.picture = np.repeat(np.arange(n), [len(p.found.scores) for p in pictures])
        self.before = platt(raw_score(self.scores, card.slope, card.intercept), 1.0, 0.0)
        self.ranked = self._ranked()

    def _ranked(self) -> list[RankedHits]:
        if self.agnostic:
            return [RankedHits.ranked(self.scores, self.hits, self.picture, self.true)]
        ranked: list[RankedHits] = []
        for kind in range(len(self.card.classes)):
            scores, right, picture = [], [], []
            for i, p in enumerate(self.pictures):
                own = p.found.scores * p.found.classes[:, kind] if len(p.found.scores) else p.found.scores
                order = np.argsort(-own, kind="stable")
                scores.append(own[order])
                right.append(hits(p.truth[p.kinds == kind], p.found.xyxy[order]))
                picture.append(np.full(len(own), i, dtype=np.intp))
            total = np.asarray([(p.kinds == kind).sum() for p in self.pictures], dtype=np.int64)
            ranked.append(
                RankedHits.ranked(np.concatenate(scores), np.concatenate(right), np.concatenate(picture), total)
            )
        return ranked

    def figures(self, at: NDArray[np.intp]) -> dict[str, float]:
        times = np.bincount(at, minlength=len(self.pictures))
        true, boxes = float((self.true * times).sum()), float((self.boxes * times).sum())
        found: dict[str, float] = {}
        if true:
            precisions = [r.average_precision(times) for r in self.ranked]
            found["mean_iou"] = float((self.overlap * times).sum()) / true
            found["map50"] = float(np.nanmean(precisions)) if not np.isnan(precisions).all() else float("nan")
            found["sensitivity"] = float((self.found * times).sum()) / true
        if told := float((self.kind_told * times).sum()):
            found["box_class_accuracy"] = float((self.kind_right * times).sum()) / told
        if boxes:
            found["precision"] = float((self.found * times).sum()) / boxes
        if true and boxes:
            found["f1"] = 2 * float((self.found * times).sum()) / (true + boxes)
        weight = times[self.picture]
        if weight.any():
            chosen = np.repeat(np.arange(len(weight)), weight)
            found["ece"] = binary_calibration_error(self.scores[chosen], self.hits[chosen])
            found["ece_before"] = binary_calibration_error(self.before[chosen], self.hits[chosen])
            found["brier"] = float(((self.scores[chosen] - self.hits[chosen]) ** 2).mean())
        return found

    def confusion(self) -> dict[str, dict[str, int]]:
        names = self.card.classes
        counts = {a: dict.fromkeys(names, 0) for a in names}
        for kind, read in self.kinds:
            counts[names[kind]][names[int(read.argmax())]] += 1
        return counts if self.kinds else {}

    def coverage(self) -> dict[str, Figure]:
        """How often the set of kinds holds the true one, of lesions that were found."""
        limits = self.card.conformal_quantile
        covered: dict[str, Figure] = {}
        for index, name in enumerate(self.card.classes):
            own = np.asarray([1 - read[index] for kind, read in self.kinds if kind == index])
            if len(own) and name in limits:
                covered[name] = share_figure(own <= limits[name])
        return covered


def _with_counts(figures: dict[str, Figure], measure: _Measure, at: NDArray[np.intp]) -> dict[str, Figure]:
    """`n` of a figure of boxes counts boxes, not pictures."""
    counts = {
        "mean_iou": int(measure.true[at].sum()),
        "map50": int(measure.true[at].sum()),
        "sensitivity": int(measure.true[at].sum()),
        "precision": int(measure.boxes[at].sum()),
        "box_class_accuracy": int(measure.kind_told[at].sum()),
    }
    return {k: f.model_copy(update={"n": counts.get(k, f.n)}) for k, f in figures.items()}


def _extra(card: ModelCard, seen: Detections, measure: _Measure, groups: Sequence[str]) -> dict[str, Figure]:
    extra: dict[str, Figure] = {}
    ill = np.flatnonzero(measure.true > 0)
    if len(ill):
        extra |= bootstrap(
            lambda drawn: {"mean_iou_top_box": float(measure.top[ill[drawn]].mean())},
            len(ill),
            groups=[groups[i] for i in ill.tolist()],
        )
    well = np.flatnonzero(measure.true == 0)
    if len(well):
        extra |= bootstrap(
            lambda drawn: {"false_boxes_per_slice_without_lesion": float(measure.boxes[well[drawn]].mean())},
            len(well),
            groups=[groups[i] for i in well.tolist()],
        )
    if len(ill) and len(well):
        extra["slice_sensitivity"] = share_figure(measure.boxes[ill] > 0)
        extra["slice_specificity"] = share_figure(measure.boxes[well] == 0)
    if seen.cleared:
        counts = np.asarray([float((found.scores >= card.threshold).sum()) for _, found in seen.cleared])
        extra |= bootstrap(
            lambda drawn: {"false_boxes_per_slice_lesion_mirrored_away": float(counts[drawn].mean())},
            len(counts),
            groups=groups_of([row for row, _ in seen.cleared]),
        )
    return extra


def score_points(pictures: Sequence[Boxed], empty: Sequence[Boxes]) -> tuple[ScorePoint, ...]:
    """The detector at one threshold after another."""
    points: list[ScorePoint] = []
    total = sum(len(p.truth) for p in pictures)
    for step in _STEPS:
        boxes = sum(int((p.found.scores >= step).sum()) for p in pictures)
        right = sum(int(hits(p.truth, p.found.xyxy[p.found.scores >= step]).sum()) for p in pictures)
        false = sum(int((e.scores >= step).sum()) for e in empty)
        points.append(
            ScorePoint(
                threshold=step,
                boxes=boxes,
                precision=round(right / boxes, 4) if boxes else 0.0,
                sensitivity=round(right / total, 4) if total else 0.0,
                false_boxes=round(false / len(empty), 4) if empty else 0.0,
            )
        )
    return tuple(points)


def _notes(card: ModelCard, measure: _Measure) -> tuple[str, ...]:
    return (
        f"mean_iou: boxes of a score of {card.threshold:g} or more matched one to one, class ignored, a miss counts 0.",
        "mean_iou_top_box: overlap of the surest box of each picture that has a lesion, whatever its score; the way of"
        " the table that this work is held against.",
        "map50: class-agnostic, no true box has a class of the model."
        if measure.agnostic
        else "map50: mean over classes; a box stands for each class with its score times the class probability.",
        "sensitivity, precision, f1, box_class_accuracy: of boxes above the threshold with an overlap of 0.5 or more.",
        "ece, brier: of every box's score as the probability that it holds a lesion (overlap 0.5 or more).",
    )


def draw_boxed(evaluation: Evaluation, seen: Detections, card: ModelCard, out: Path) -> None:
    """Score against precision, reliability, kinds, the best and the worst pictures with their boxes."""
    if not can_draw():
        return
    measure = _Measure(card, seen.pictures)
    if len(measure.scores):
        draw_reliability(measure.scores, measure.hits, out / "reliability.png")
    points = evaluation.score_precision
    draw_score_precision(
        [p.threshold for p in points],
        [p.precision for p in points],
        [p.sensitivity for p in points],
        out / "score-precision.png",
    )
    if evaluation.confusion:
        counts = np.asarray([list(row.values()) for row in evaluation.confusion.values()], dtype=np.int64)
        draw_confusion(counts, card.classes, out / "confusion.png")
    ill = np.flatnonzero(measure.true > 0).tolist()
    mean = measure.overlap / np.maximum(measure.true, 1)
    ranked = sorted(ill, key=lambda i: -mean[i])
    wrong = np.flatnonzero((measure.true == 0) & (measure.boxes > 0))[:2].tolist()
    for name, chosen in (("successes", ranked[:8]), ("failures", [*wrong, *ranked[::-1]][:8])):
        pictures = []
        for i in chosen:
            p = seen.pictures[i]
            above = p.found.xyxy[p.found.scores >= card.threshold]
            boxes = [(tuple(b), "lime") for b in p.truth.tolist()] + [(tuple(b), "red") for b in above.tolist()]
            pictures.append((load_shown(p.row.image), f"overlap {mean[i]:.2f}", tuple(boxes), None))
        draw_examples(pictures, out / f"{name}.png")
