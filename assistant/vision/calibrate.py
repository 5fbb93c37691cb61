"""From scores to what may be said: temperature, prediction sets, operating threshold, presence. Knows numpy alone.

Temperature scaling: Guo 2017 (arXiv:1706.04599). Prediction sets: split-conformal, a class at a time (Vovk 2012,
"Conditional validity of inductive conformal predictors"), so that each class keeps its coverage whatever its share.
Everything here is fitted on `val`.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from assistant.domain.finding import Presence

__all__ = [
    "class_quantiles",
    "fitted_temperature",
    "operating_threshold",
    "platt",
    "prediction_set",
    "predictive_values",
    "presence_of",
    "softmax",
]

Floats = NDArray[np.float64]
Verdict = Literal["present", "absent"]


def softmax(logits: Floats, temperature: float = 1.0) -> Floats:
    """Probabilities along the last axis."""
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    raised = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True), dtype=np.float64)


def platt(scores: Floats, slope: float, intercept: float) -> Floats:
    """Probabilities `sigmoid(slope * score + intercept)` (Platt 1999), without overflow."""
    x = np.asarray(slope * scores + intercept, dtype=np.float64)
    raised = np.exp(-np.abs(x))
    return np.asarray(np.where(x >= 0, 1 / (1 + raised), raised / (1 + raised)), dtype=np.float64)


def fitted_temperature(logits: Floats, truth: NDArray[np.int64], weights: Floats | None = None) -> float:
    """The temperature of least (weighted) negative log likelihood, between 0.25 and 8."""
    share = np.ones(len(truth)) if weights is None else weights

    def loss(log_t: float) -> float:
        p = softmax(logits, math.exp(log_t))[np.arange(len(truth)), truth]
        return float(-(share * np.log(np.maximum(p, 1e-12))).sum() / share.sum())

    low, high = math.log(0.25), math.log(8.0)
    golden = (math.sqrt(5) - 1) / 2
    for _ in range(60):
        a, b = high - golden * (high - low), low + golden * (high - low)
        low, high = (low, b) if loss(a) < loss(b) else (a, high)
    return math.exp((low + high) / 2)


def class_quantiles(
    probabilities: Floats,
    truth: NDArray[np.int64],
    classes: Sequence[str],
    coverage: float,
    weights: Floats | None = None,
) -> dict[str, float]:
    """Per class the finite-sample quantile of 1 - p(class) over pictures of that class: the ceil((n + 1) coverage)-th.

    `weights` (positive) let each source count alike however many pictures it has; without them all count alike.
    """
    found: dict[str, float] = {}
    share = np.ones(len(truth)) if weights is None else weights
    for index, name in enumerate(classes):
        of_class = truth == index
        scores = 1 - probabilities[of_class, index]
        n = len(scores)
        order = np.argsort(scores)
        mass = np.cumsum(share[of_class][order])
        needed = coverage * (n + 1) / n * mass[-1] if n else math.inf
        at = int(np.searchsorted(mass, needed * (1 - 1e-9))) if n else 0
        found[name] = float(scores[order[at]]) if at < n else 1.0
    return found


def prediction_set(
    probability: float, quantiles: Mapping[str, float], positive: str, negative: str
) -> tuple[Verdict, ...]:
    """What cannot be ruled out at the stated coverage. Never empty: a picture unlike both classes keeps both."""
    kept: list[Verdict] = []
    if 1 - probability <= quantiles[positive]:
        kept.append("present")
    if probability <= quantiles[negative]:
        kept.append("absent")
    return tuple(kept) or ("present", "absent")


def presence_of(probability: float, threshold: float, verdicts: tuple[Verdict, ...]) -> Presence:
    """Present above the threshold unless "absent" stands alone; absent below it and only if "absent" stands alone."""
    alone = verdicts == ("absent",)
    if probability >= threshold:
        return Presence.INDETERMINATE if alone else Presence.PRESENT
    return Presence.ABSENT if alone else Presence.INDETERMINATE


def operating_threshold(
    probabilities: Floats,
    truth: NDArray[np.bool_],
    sources: Sequence[str],
    *,
    sensitivity: float,
    accuracy: float,
) -> tuple[float, float, float]:
    """The threshold, with its sensitivity (mean over sources) and its least accuracy of a source.

    Of the thresholds that reach `sensitivity` and keep `accuracy` in every source, the highest (most specific); where
    none does both, the one of best least accuracy. Thresholds lie half-way between neighbouring probabilities.
    """
    values = np.unique(probabilities)
    middles = (values[1:] + values[:-1]) / 2
    candidates = np.unique(np.clip(np.concatenate([[0.02, 0.5, 0.98], middles]), 0.02, 0.98))
    names = np.asarray(sources)
    best: tuple[tuple[float, ...], float, float, float] | None = None
    for threshold in candidates.tolist():
        read = probabilities >= threshold
        accuracies = [float((read == truth)[names == s].mean()) for s in np.unique(names)]
        hits = [float(read[(names == s) & truth].mean()) for s in np.unique(names) if ((names == s) & truth).any()]
        sens, least = float(np.mean(hits)), min(accuracies)
        good = sens >= sensitivity and least >= accuracy
        rank = (1.0, threshold, sens) if good else (0.0, least, sens)
        if best is None or rank > best[0]:
            best = (rank, threshold, sens, least)
    if best is None:
        raise ValueError("no probabilities to choose a threshold on")
    return best[1], best[2], best[3]


def predictive_values(sensitivity: float, specificity: float, prevalence: float) -> tuple[float, float]:
    """Positive and negative predictive value where that share of slices has the disease (Bayes)."""
    hit, false = sensitivity * prevalence, (1 - specificity) * (1 - prevalence)
    miss, clear = (1 - sensitivity) * prevalence, specificity * (1 - prevalence)
    return hit / (hit + false) if hit + false else math.nan, clear / (clear + miss) if clear + miss else math.nan
