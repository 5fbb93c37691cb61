"""Platt scaling (Platt 1999): probability = sigmoid(slope * score + intercept), fitted by weighted logistic regression.

With Platt's own targets, (n + 1) / (n + 2) for a hit and 1 / (n + 2) for a miss, so that a few dozen pictures that are
told apart without fault do not ask for certainty. Knows numpy alone.
"""

import numpy as np
from numpy.typing import NDArray

from assistant.vision.calibrate import platt

__all__ = ["fitted_platt", "logit", "raw_score"]

Floats = NDArray[np.float64]


def logit(probability: Floats, least: float = 1e-7) -> Floats:
    """Log odds; probabilities of 0 and 1 are held `least` away from them."""
    p = np.clip(np.asarray(probability, dtype=np.float64), least, 1 - least)
    return np.asarray(np.log(p) - np.log1p(-p))


def raw_score(probability: Floats, slope: float, intercept: float) -> Floats:
    """The score that has that probability: the way back through `platt`."""
    return np.asarray((logit(probability) - intercept) / slope)


def fitted_platt(
    scores: Floats, truth: NDArray[np.bool_], weights: Floats | None = None, *, steepest: float | None = None
) -> tuple[float, float]:
    """Slope (above 0) and intercept of least log loss; `steepest` bounds the slope, so that nothing is made surer."""
    share = np.ones(len(scores)) if weights is None else np.asarray(weights, dtype=np.float64)
    hits, misses = float(share[truth].sum()), float(share[~truth].sum())
    aim = np.where(truth, (hits + 1) / (hits + 2), 1 / (misses + 2))
    slope, intercept = _newton(scores, aim, share, None)
    if slope < 0.05:
        slope, intercept = _newton(scores, aim, share, 0.05)
    if steepest is not None and slope > steepest:
        slope, intercept = _newton(scores, aim, share, steepest)
    return slope, intercept


def _newton(scores: Floats, aim: Floats, share: Floats, fixed: float | None) -> tuple[float, float]:
    """Damped Newton steps on slope and intercept, or on the intercept alone beside a fixed slope."""
    at = np.array([1.0 if fixed is None else fixed, 0.0])
    free = [0, 1] if fixed is None else [1]
    design = np.stack([scores, np.ones(len(scores))], axis=1)

    def loss(point: Floats) -> float:
        z = design @ point
        return float((share * (np.logaddexp(0, z) - aim * z)).sum())

    for _ in range(100):
        p = platt(design @ at, 1.0, 0.0)
        slope_of = (design * (share * (p - aim))[:, None]).sum(0)[free]
        bend = (design.T * (share * p * (1 - p))) @ design
        step = np.linalg.solve(bend[np.ix_(free, free)] + 1e-9 * np.eye(len(free)), slope_of)
        size, before = 1.0, loss(at)
        while size > 1e-6:
            new = at.copy()
            new[free] -= size * step
            if loss(new) <= before:
                break
            size /= 2
        else:
            break
        moved = float(np.abs(new - at).max())
        at = new
        if moved < 1e-9:
            break
    return float(at[0]), float(at[1])
