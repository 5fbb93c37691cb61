"""How far a saliency map may be trusted: does the model need what the map marks, and does it lie where the lesion is.

The deletion test (Petsiuk 2018, "RISE", arXiv:1806.07421; Samek 2017, arXiv:1509.06321) hides what the map marks and
asks the model again. Hiding anything disturbs a model, so as much is hidden elsewhere, at places as lit as the marked
one, and the difference counts. What is hidden is filled from its surroundings: a grey patch would be a sign of its own.
Everything is deterministic. Knows numpy and Pillow; not what the model is.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Picture

from assistant.domain.finding import Trust
from assistant.vision.preprocess import luma
from assistant.vision.surroundings import filled

__all__ = ["LEAST_OVERLAP", "LEAST_SHARE", "marked", "trust_of"]

LEAST_SHARE = 0.2
"""Below this share of the probability lost by hiding the marked part rather than another, trust is low."""

LEAST_OVERLAP = 0.25
"""Below this share of the map inside the finding's region, trust is low."""

_LARGEST = 0.3
_LONGEST = 512
_PLACES = 4
_STEPS = (-0.5, -0.375, -0.25, -0.125, 0.0, 0.125, 0.25, 0.375)

Score = Callable[[NDArray[np.uint8]], float]


def trust_of(
    score: Score, shown: NDArray[np.uint8], saliency: NDArray[np.uint8], region: NDArray[np.bool_] | None = None
) -> Trust:
    """Hold a map `[row, column]` against the model behind `score`, a probability of a picture as a screen shows it.

    `region`: `[row, column]`, where the finding is, if that is known. `deletion` is the probability left after hiding
    as much elsewhere (mean over places), less what is left after hiding the marked part. `low`: less than a fifth of
    the probability hangs on the marked part, or less than a quarter of the map lies in the region.
    """
    before = score(shown)
    overlap = _overlap(saliency, region) if region is not None else None
    shown, saliency = _smaller(shown), _smaller(saliency)
    part = marked(saliency)
    if not part.any():
        return Trust(overlap=overlap, before=before, after=before, deletion=0.0, low=True)
    after = score(filled(shown, part))
    spared = float(np.mean([score(filled(shown, place)) for place in _elsewhere(luma(shown), part)]))
    deletion = spared - after
    low = deletion < LEAST_SHARE * before or (overlap is not None and overlap < LEAST_OVERLAP)
    return Trust(overlap=overlap, before=before, after=after, deletion=round(deletion, 6), low=low)


def _smaller(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """At most 512 pixels long: no network here sees more, and filling takes time by the pixel."""
    longest = max(pixels.shape[:2])
    if longest <= _LONGEST:
        return pixels
    size = tuple(max(1, round(n * _LONGEST / longest)) for n in (pixels.shape[1], pixels.shape[0]))
    return np.asarray(Picture.fromarray(pixels).resize((size[0], size[1]), Picture.Resampling.BOX), dtype=np.uint8)


def marked(saliency: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """What a map marks: from half its peak up, at most 30 % of the picture, the strongest first."""
    peak = int(saliency.max(initial=0))
    if peak == 0:
        return np.zeros(saliency.shape, dtype=np.bool_)
    floor = max(peak / 2, float(np.quantile(saliency, 1 - _LARGEST)))
    return np.asarray(saliency >= floor) if floor < peak else np.asarray(saliency == peak)


def _overlap(saliency: NDArray[np.uint8], region: NDArray[np.bool_]) -> float:
    whole = float(saliency.sum(dtype=np.int64))
    return float(saliency[region].sum(dtype=np.int64)) / whole if whole else 0.0


def _elsewhere(grey: NDArray[np.uint8], part: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
    """The marked shape moved (round the edges) to the few places that touch it least and are as lit as it is."""
    lit = (grey > max(8.0, 0.1 * float(np.percentile(grey, 99)))).astype(np.float64)
    n, own = float(part.sum()), float(lit[part].mean())
    rows, columns = part.shape
    ranked = []
    for number, (dy, dx) in enumerate((y, x) for y in _STEPS for x in _STEPS if (y, x) != (0.0, 0.0)):
        place = np.roll(part, (round(dy * rows), round(dx * columns)), (0, 1))
        touch = float((place & part).sum()) / n
        dark = max(0.0, own - float(lit[place].mean()))
        ranked.append((round(touch + dark, 3), number, place))
    ranked.sort(key=lambda item: item[:2])
    return [place for _, _, place in ranked[:_PLACES]]
