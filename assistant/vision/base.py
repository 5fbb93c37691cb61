"""What every model of the house is to the rooms above: an image in, findings in image coordinates out."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from assistant.domain.finding import Finding
from assistant.domain.image import Image
from assistant.vision.manifest import ModelCard
from assistant.vision.seat import seated

__all__ = ["Classifier", "Reading"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What one look of a model gave.

    `findings` have no handle and no evidence yet: the session gives the first, the tools attach the second.
    `saliency`: `[row, column]` uint8 of the image's own size. `seconds`: of the forward pass.
    """

    findings: tuple[Finding, ...]
    saliency: NDArray[np.uint8]
    method: str
    seconds: float


class Classifier(ABC):
    """A model that names a disease. Same image, same answer; safe to call from several threads."""

    card: ModelCard
    task: ClassVar[str] = "classify"

    def read(self, image: Image) -> Reading:
        """Findings on an image that the gate has admitted."""
        return seated(self.look_at, image)

    @abstractmethod
    def look_at(self, image: Image) -> Reading:
        """What `read` gives, on the calling thread."""

    @abstractmethod
    def logits(self, pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Uncalibrated scores `[classes]` of a picture as a screen shows it, `[row, column]` or `[row, column, 3]`."""
