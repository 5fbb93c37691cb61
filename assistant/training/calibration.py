"""What `val` fixes of a model, task by task: scaling, operating thresholds, prediction sets. Numbers in, numbers out.

Two classes that exclude each other share one temperature; concepts that occur together, boxes and pixels have Platt
scaling of their own. Quantiles are split-conformal with the finite-sample correction: of nine pictures of a class the
worst sets the limit, of fewer nothing is ruled out.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from assistant.domain.base import Frozen
from assistant.errors import ModelError
from assistant.training.box_metrics import hits, matched
from assistant.training.classification import Predictions
from assistant.training.detection import Detections
from assistant.training.mask_metrics import CENTRES, dice_at_edges, edges
from assistant.training.patterns import truth_of
from assistant.training.platt_fit import fitted_platt, raw_score
from assistant.training.segmentation import Outlines
from assistant.vision.calibrate import class_quantiles, fitted_temperature, operating_threshold, platt, softmax
from assistant.vision.manifest import ModelCard

__all__ = [
    "BoxCalibration",
    "Calibration",
    "ConceptCalibration",
    "MaskCalibration",
    "PatternCalibration",
    "calibrate",
    "calibrate_boxes",
    "calibrate_masks",
    "calibrate_patterns",
    "verdict_quantiles",
]

_AT = 0.5


class Calibration(Frozen):
    """What `val` fixes of a two-class model."""

    temperature: float
    threshold: float
    threshold_why: str
    conformal_quantile: dict[str, float]
    prevalence: float = Field(description="share of positives, sources weighted alike within each class")


class ConceptCalibration(Frozen):
    """What `val` fixes of one concept of several."""

    slope: float
    intercept: float
    threshold: float
    threshold_why: str
    conformal_quantile: dict[str, float] = Field(description="present, absent")
    prevalence: float = Field(description="share of the val pictures that say so")


class PatternCalibration(Frozen):
    """Of a model of several concepts: the temperature serves the argmax alone."""

    temperature: float
    concepts: dict[str, ConceptCalibration]


class BoxCalibration(Frozen):
    """Of a detector: the score as the probability that the box holds a lesion; the temperature of its kinds."""

    temperature: float
    slope: float
    intercept: float
    threshold: float
    threshold_why: str
    conformal_quantile: dict[str, float] = Field(description="present, absent, and each kind")
    prevalence: float = Field(description="share of slices with a lesion")


class MaskCalibration(Frozen):
    """Of a segmenter: of its pixels; the quantiles come from whole pictures, see `verdict_quantiles`."""

    slope: float
    intercept: float
    threshold: float
    threshold_why: str


def calibrate(
    card: ModelCard,
    found: Predictions,
    *,
    sensitivity: float = 0.95,
    accuracy: float = 0.90,
) -> Calibration:
    """Temperature, prediction sets and operating threshold from the scores of `val` rows of several sources.

    Sources differ in size and in what they hold; rows are weighted so that each source counts alike within a class
    and both classes count alike: the stated prevalence is one half. The temperature never sharpens: a few dozen
    pictures that are read almost without fault ask for surer scores than new pictures bear (for the first shipped
    weights val asked for about 0.5, pictures of held-out folds for 1.2).
    """
    if card.positive is None:
        raise ModelError(f"{card.title} has no positive class, so it has no operating threshold.")
    positive = card.classes.index(card.positive)
    sources = [r.source for r in found.rows]
    weights = _balanced(sources, found.truth.tolist())
    temperature = max(1.0, fitted_temperature(found.logits, found.truth, weights))
    probabilities = softmax(found.logits, temperature)
    ill = found.truth == positive
    quantiles = class_quantiles(probabilities, found.truth, card.classes, card.coverage, weights)
    threshold, reached, least = operating_threshold(
        probabilities[:, positive], ill, sources, sensitivity=sensitivity, accuracy=accuracy
    )
    return Calibration(
        temperature=round(temperature, 4),
        threshold=round(threshold, 4),
        threshold_why=(
            f"chosen on val for a sensitivity of {sensitivity:.2f} or more (reached {reached:.3f}, mean over sources)"
            f" with accuracy {accuracy:.2f} or more in every source (least {least:.3f})"
        ),
        conformal_quantile=_rounded(quantiles),
        prevalence=0.5,
    )


def _balanced(sources: Sequence[str], truth: Sequence[int]) -> NDArray[np.float64]:
    keys = list(zip(sources, truth, strict=True))
    counts = {k: keys.count(k) for k in set(keys)}
    of_class = {t: len({k for k in counts if k[1] == t}) for t in set(truth)}
    return np.asarray([1 / (counts[k] * of_class[k[1]]) for k in keys])


def _rounded(quantiles: Mapping[str, float]) -> dict[str, float]:
    """Up in the last place: a set never loses what the quantile keeps."""
    return {k: min(1.0, float(np.ceil(v * 1e5) / 1e5)) for k, v in quantiles.items()}


def verdict_quantiles(probability: NDArray[np.float64], truth: NDArray[np.bool_], coverage: float) -> dict[str, float]:
    """Quantiles of `present` and `absent` of one concept's calibrated probability."""
    both = np.stack([probability, 1 - probability], axis=1)
    return _rounded(class_quantiles(both, np.where(truth, 0, 1), ("present", "absent"), coverage))


def calibrate_patterns(card: ModelCard, found: Predictions, *, sensitivity: float = 0.90) -> PatternCalibration:
    """Each concept by itself on the `val` rows that say something of it; scores are never made surer.

    Raises ModelError where val holds a concept always or never.
    """
    rows = (*found.rows, *found.beside)
    told = [truth_of(r, card.classes, card.labels) for r in rows]
    known = np.asarray([t if t is not None else np.full(len(card.classes), np.nan) for t in told], dtype=np.float64)
    scores = np.concatenate([found.logits, found.beside_logits.reshape(-1, len(card.classes))])
    concepts: dict[str, ConceptCalibration] = {}
    for index, name in enumerate(card.classes):
        if name not in card.concepts:
            continue
        at = ~np.isnan(known[:, index])
        truth = known[at, index] == 1
        if truth.all() or not truth.any():
            raise ModelError(f"The val rows hold '{name}' always or never, so it cannot be calibrated.")
        slope, intercept = fitted_platt(scores[at, index], truth, steepest=1.0)
        probability = platt(scores[at, index], slope, intercept)
        threshold, reached, _ = operating_threshold(
            probability, truth, ["val"] * len(truth), sensitivity=sensitivity, accuracy=0.0
        )
        spared = float((probability[~truth] < threshold).mean())
        concepts[name] = ConceptCalibration(
            slope=round(slope, 4),
            intercept=round(intercept, 4),
            threshold=round(threshold, 4),
            threshold_why=(
                f"chosen on val for a sensitivity of {sensitivity:.2f} or more (reached {reached:.3f} of"
                f" {int(truth.sum())}, specificity {spared:.3f} of {int((~truth).sum())})"
            ),
            conformal_quantile=verdict_quantiles(probability, truth, card.coverage),
            prevalence=round(float(truth.mean()), 4),
        )
    temperature = max(1.0, fitted_temperature(found.logits, found.truth)) if len(found.rows) else 1.0
    return PatternCalibration(temperature=round(temperature, 4), concepts=concepts)


def calibrate_boxes(
    card: ModelCard, seen: Detections, *, sensitivity: float = 0.90, false_boxes: float = 0.1
) -> BoxCalibration:
    """From the boxes that the uncalibrated detector (slope 1, intercept 0, temperature 1) gives on `val`.

    The threshold is the highest that finds the stated share of lesions (overlap 0.5 or more); where that would draw
    more than `false_boxes` on a slice without a lesion (other scanners and mirrored-away lesions counted alike) or is
    out of reach, the lowest that keeps to them. Raises ModelError where val holds no lesion that was found.
    """
    right = [hits(p.truth, p.found.xyxy) for p in seen.pictures]
    if not any(r.any() for r in right):
        raise ModelError("On the val rows no lesion was found, so the detector cannot be calibrated.")
    raw = [raw_score(p.found.scores, 1.0, 0.0) for p in seen.pictures]
    slope, intercept = fitted_platt(np.concatenate(raw), np.concatenate(right))
    slope, intercept = round(slope, 4), round(intercept, 4)
    scores = [platt(r, slope, intercept) for r in raw]
    cleared = [platt(raw_score(found.scores, 1.0, 0.0), slope, intercept) for _, found in seen.cleared]
    empty: dict[str, list[NDArray[np.float64]]] = {}
    for p, own in zip(seen.pictures, scores, strict=True):
        if not len(p.truth):
            empty.setdefault(p.row.source, []).append(own)
    for (row, _), own in zip(seen.cleared, cleared, strict=True):
        empty.setdefault(f"{row.source}, mirrored", []).append(own)
    hit_scores = np.concatenate([s[r] for s, r in zip(scores, right, strict=True)])
    total = sum(len(p.truth) for p in seen.pictures)

    def found_at(t: float) -> float:
        return float((hit_scores >= t).sum()) / total

    def false_at(t: float) -> float:
        return float(np.mean([np.mean([(s >= t).sum() for s in own]) for own in empty.values()])) if empty else 0.0

    steps = np.round(np.arange(0.02, 0.985, 0.005), 4).tolist()
    reaching = [t for t in steps if found_at(t) >= sensitivity]
    keeping = [t for t in steps if false_at(t) <= false_boxes]
    least = min(keeping) if keeping else max(steps)
    threshold = max(reaching) if reaching and false_at(max(reaching)) <= false_boxes else least
    kinds, limits = _kinds(card, seen)
    tops = np.asarray([s.max(initial=0.0) for s in (*scores, *cleared)])
    ill = np.asarray([len(p.truth) > 0 for p in seen.pictures] + [False] * len(cleared))
    return BoxCalibration(
        temperature=kinds,
        slope=slope,
        intercept=intercept,
        threshold=threshold,
        threshold_why=(
            f"chosen on val for {sensitivity:.0%} of lesions found with an overlap of 0.5 or more, at most"
            f" {false_boxes:g} false boxes on a slice without a lesion (reached {found_at(threshold):.3f} of {total};"
            f" {false_at(threshold):.3f} false)"
        ),
        conformal_quantile=verdict_quantiles(tops, ill, card.coverage) | limits,
        prevalence=round(float(ill.mean()), 4),
    )


def _kinds(card: ModelCard, seen: Detections) -> tuple[float, dict[str, float]]:
    """Temperature and quantiles of the kinds, from the boxes that stand for a lesion."""
    logits, truth = [], []
    for p in seen.pictures:
        which, reached = matched(p.truth, p.found.xyxy)
        for kind, box, share in zip(p.kinds.tolist(), which.tolist(), reached.tolist(), strict=True):
            if kind >= 0 and share >= _AT:
                logits.append(np.log(np.maximum(p.found.classes[box], 1e-9)))
                truth.append(kind)
    if not truth:
        return 1.0, dict.fromkeys(card.classes, 1.0)
    scores, labels = np.asarray(logits), np.asarray(truth, dtype=np.int64)
    temperature = round(max(1.0, fitted_temperature(scores, labels)), 4)
    return temperature, _rounded(class_quantiles(softmax(scores, temperature), labels, card.classes, card.coverage))


def calibrate_masks(card: ModelCard, seen: Outlines) -> MaskCalibration:
    """From counts of pixels by uncalibrated score: scaling of all of them, threshold of the best mean Dice.

    Raises ModelError where val holds no outline.
    """
    if not seen.pictures:
        raise ModelError("The val rows hold no outline, so the segmenter cannot be calibrated.")
    counts = np.asarray([p.counts for p in seen.pictures])
    both = counts.sum(0)
    truth = np.repeat([False, True], len(CENTRES))
    slope, intercept = fitted_platt(np.tile(CENTRES, 2), truth, both.reshape(-1))
    mean = np.mean([dice_at_edges(c) for c in counts], axis=0)
    best = int(mean.argmax())
    threshold = float(platt(edges()[best : best + 1], slope, intercept)[0])
    return MaskCalibration(
        slope=round(slope, 4),
        intercept=round(intercept, 4),
        threshold=round(min(max(threshold, 0.01), 0.99), 4),
        threshold_why=f"chosen on val for the best mean Dice ({mean[best]:.3f} of {len(counts)} pictures)",
    )
