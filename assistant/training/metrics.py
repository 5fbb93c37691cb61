"""Figures of a classifier with bootstrap 95 % intervals. Knows arrays alone; each definition stands beside its name.

The bootstrap draws pictures with replacement; where groups are given (several pictures of a patient, copies of a
picture) it draws whole groups, which is wider and honest. A draw that lacks a class leaves that figure out.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from assistant.vision.manifest import Figure

__all__ = [
    "auc",
    "binary_calibration_error",
    "bootstrap",
    "classifier_figures",
    "concept_figures",
    "expected_calibration_error",
    "share_figure",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_BINS = 15
_DRAWS = 1000


def auc(scores: Floats, truth: NDArray[np.bool_]) -> float:
    """Area under the ROC curve: the chance that a positive scores above a negative, ties half (Mann-Whitney)."""
    positives, negatives = int(truth.sum()), int((~truth).sum())
    if positives == 0 or negatives == 0:
        return float("nan")
    values, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    del values
    ends = np.cumsum(counts)
    ranks = ((ends - counts + 1 + ends) / 2)[inverse]
    return float((ranks[truth].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def expected_calibration_error(probabilities: Floats, truth: Ints, bins: int = _BINS) -> float:
    """Of the class read (argmax): mean gap between confidence and share right over equal-width bins (Naeini 2015)."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == truth
    which = np.minimum((confidence * bins).astype(np.intp), bins - 1)
    inside = [which == b for b in set(which.tolist())]
    return float(sum(abs(right[at].mean() - confidence[at].mean()) * at.mean() for at in inside))


def binary_calibration_error(probabilities: Floats, truth: NDArray[np.bool_], bins: int = _BINS) -> float:
    """Mean gap between a probability and the share that it comes true for, over equal-width bins."""
    which = np.minimum((probabilities * bins).astype(np.intp), bins - 1)
    gaps = np.bincount(which, weights=truth - probabilities, minlength=bins)
    return float(np.abs(gaps).sum() / max(1, len(truth)))


def _figures(
    probabilities: Floats, before: Floats, truth: Ints, positive: int | None, present: Sequence[int]
) -> dict[str, float]:
    """All figures of one draw; the class read is the argmax. `present`: the classes that the whole set holds."""
    classes = probabilities.shape[1]
    read = probabilities.argmax(axis=1)
    found = {
        "accuracy": float((read == truth).mean()),
        "ece": expected_calibration_error(probabilities, truth),
        "ece_before": expected_calibration_error(before, truth),
        "brier": float(((probabilities - np.eye(classes)[truth]) ** 2).sum(axis=1).mean()),
    }
    if len(present) > 1 and all((truth == c).any() for c in present):
        found["balanced_accuracy"] = float(np.mean([(read[truth == c] == c).mean() for c in present]))
        if classes > 2:
            found["macro_auc"] = float(np.mean([auc(probabilities[:, c], truth == c) for c in present]))
    if positive is not None and classes == 2:
        found["brier"] = float(((probabilities[:, positive] - (truth == positive)) ** 2).mean())
        found |= _two_classes(probabilities[:, positive], read == positive, truth == positive)
    return found


def _two_classes(scores: Floats, read: NDArray[np.bool_], truth: NDArray[np.bool_]) -> dict[str, float]:
    found: dict[str, float] = {}
    hits = int((read & truth).sum())
    if truth.any():
        found["sensitivity"] = hits / int(truth.sum())
        found["f1"] = 2 * hits / (int(read.sum()) + int(truth.sum()))
    if not truth.all():
        found["specificity"] = int((~read & ~truth).sum()) / int((~truth).sum())
    if read.any():
        found["precision"] = hits / int(read.sum())
    if truth.any() and not truth.all():
        found["auc"] = auc(scores, truth)
    return found


def classifier_figures(
    probabilities: Floats,
    before: Floats,
    truth: Ints,
    *,
    positive: int | None,
    groups: Sequence[str] | None = None,
    draws: int = _DRAWS,
) -> dict[str, Figure]:
    """The contract's figures. `before`: probabilities before temperature scaling. `brier` of two classes is that of
    the positive one; of more, the sum over classes. Balanced accuracy and macro AUC (one class against the rest) are
    means over the classes that the set holds."""
    present = sorted(set(truth.tolist()))
    return bootstrap(
        lambda at: _figures(probabilities[at], before[at], truth[at], positive, present),
        len(truth),
        groups=groups,
        draws=draws,
    )


def concept_figures(
    probabilities: Floats,
    before: Floats,
    truth: NDArray[np.bool_],
    threshold: float,
    *,
    groups: Sequence[str] | None = None,
    draws: int = _DRAWS,
) -> dict[str, Figure]:
    """Figures of one concept: AUC of its own score, sensitivity and specificity at its threshold, calibration."""

    def figures(at: NDArray[np.intp]) -> dict[str, float]:
        p, t = probabilities[at], truth[at]
        found = _two_classes(p, p >= threshold, t)
        found["ece"] = binary_calibration_error(p, t)
        found["ece_before"] = binary_calibration_error(before[at], t)
        found["brier"] = float(((p - t) ** 2).mean())
        return found

    return bootstrap(figures, len(truth), groups=groups, draws=draws)


def bootstrap(
    figures: Callable[[NDArray[np.intp]], Mapping[str, float]],
    n: int,
    *,
    groups: Sequence[str] | None = None,
    draws: int = _DRAWS,
    seed: int = 0,
) -> dict[str, Figure]:
    """Each figure on all rows, with the 2.5th and 97.5th percentile over draws; one seed, one interval."""
    at_hand = figures(np.arange(n))
    rng = np.random.default_rng(seed)
    members = _members(groups, n)
    drawn: dict[str, list[float]] = {name: [] for name in at_hand}
    for _ in range(draws):
        chosen = rng.integers(0, len(members), len(members))
        rows = np.concatenate([members[i] for i in chosen])
        for name, value in figures(rows).items():
            if name in drawn and np.isfinite(value):
                drawn[name].append(value)
    return {name: _figure(value, drawn[name], n) for name, value in at_hand.items() if np.isfinite(value)}


def _members(groups: Sequence[str] | None, n: int) -> list[NDArray[np.intp]]:
    """Rows of each group; each row by itself where there are no groups, or so few that drawing them says nothing."""
    if groups is not None and len(names := np.unique(np.asarray(groups))) >= 20:
        array = np.asarray(groups)
        return [np.flatnonzero(array == name) for name in names]
    return [np.array([i]) for i in range(n)]


def _figure(value: float, drawn: list[float], n: int) -> Figure:
    low, high = (float(v) for v in np.percentile(drawn, (2.5, 97.5))) if drawn else (value, value)
    return Figure(value=round(value, 4), low=round(low, 4), high=round(high, 4), n=n)


def share_figure(hits: NDArray[np.bool_]) -> Figure:
    """A share with its Wilson 95 % interval."""
    n, p, z = len(hits), float(hits.mean()), 1.959964
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * float(np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (1 + z * z / n)
    return Figure(value=round(p, 4), low=round(max(0.0, centre - half), 4), high=round(min(1.0, centre + half), 4), n=n)
