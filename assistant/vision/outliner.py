"""From a map of probabilities to an outline: what every segmenter of the house shares. Knows no network.

The probability of the finding is the mean over the surest pixels of the map, as many as the smallest part that is kept
has: one stray pixel makes no finding. It is calibrated as the pixels are, by the card's slope and intercept on the
logit. The outline is the map at the operating threshold without smaller parts (specks).
"""

import time
from abc import abstractmethod

import numpy as np
from numpy.typing import NDArray

from assistant.domain.finding import Presence
from assistant.domain.image import Image, windowed
from assistant.errors import ModelError
from assistant.vision.base import Outline, Segmenter
from assistant.vision.components import without_specks
from assistant.vision.draft import drafted
from assistant.vision.manifest import ModelCard

__all__ = ["MapSegmenter"]


class MapSegmenter(Segmenter):
    """A segmenter whose looks give a map of probabilities at the image's own size."""

    def __init__(self, card: ModelCard) -> None:
        if card.code is None:
            raise ModelError(f"The manifest row of {card.name} needs a code.")
        self.card = card

    @abstractmethod
    def smallest_part(self, pixels: NDArray[np.uint8]) -> float:
        """Pixels of the image that the smallest part to keep has."""

    @abstractmethod
    def field_of_view(self, pixels: NDArray[np.uint8]) -> NDArray[np.bool_] | None:
        """`[row, column]` where the camera saw anything; None where that is the whole picture."""

    def look_at(self, image: Image) -> Outline:
        shown = windowed(image)
        started = time.perf_counter()
        probability = self.probabilities(shown)
        seconds = time.perf_counter() - started
        mask = self.mask(probability, shown)
        finding = drafted(self.card, image.facts.handle, self.surest(probability, shown))
        if finding.presence is Presence.PRESENT and not mask.any():
            finding = finding.model_copy(update={"presence": Presence.INDETERMINATE})
        return Outline(finding, mask, probability, self.field_of_view(shown), seconds)

    def mask(self, probability: NDArray[np.float32], pixels: NDArray[np.uint8]) -> NDArray[np.bool_]:
        """The outline that belongs to a map of that picture."""
        return without_specks(probability >= self.card.threshold, self.smallest_part(pixels))

    def surest(self, probability: NDArray[np.float32], pixels: NDArray[np.uint8]) -> float:
        """The probability of the finding: the mean over the surest small patch."""
        n = min(probability.size, max(1, round(self.smallest_part(pixels))))
        return float(np.partition(probability, probability.size - n, axis=None)[-n:].mean(dtype=np.float64))
