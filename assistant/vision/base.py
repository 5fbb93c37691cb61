"""What every model of the house is to the rooms above: an image in, findings in image coordinates out."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from assistant.domain.finding import Finding, Trust
from assistant.domain.image import Image, windowed
from assistant.vision.manifest import ModelCard
from assistant.vision.seat import seated
from assistant.vision.trust import trust_of

__all__ = ["Boxes", "Classifier", "Detection", "Detector", "Outline", "Reading", "Segmenter", "VisionModel"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What one look of a classifier gave.

    `findings` have no handle and no evidence yet: the session gives the first, the tools attach the second.
    `saliency`: one map a finding, in their order, `[row, column]` uint8 of the image's own size. `seconds`: of the
    forward pass.
    """

    findings: tuple[Finding, ...]
    saliency: tuple[NDArray[np.uint8], ...]
    method: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Detection:
    """What one look of a detector gave: a finding for each box above the operating threshold, the surest first.

    Where there is none: one finding with presence absent or indeterminate and no region; its probability is that of
    the surest candidate.
    """

    findings: tuple[Finding, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Boxes:
    """Every candidate, sorted by score.

    `xyxy`: `[n, 4]` in image coordinates. `scores`: `[n]`, calibrated, that a lesion is there. `classes`: `[n, k]`,
    probabilities of the card's classes given a lesion.
    """

    xyxy: NDArray[np.float64]
    scores: NDArray[np.float64]
    classes: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Outline:
    """What one look of a segmenter gave.

    `finding` has no region yet: the tools keep the mask as an artifact first. Its probability is the mean over the
    surest small patch of the picture (as large as the smallest part that is kept). Where it is not present the mask may
    be empty. `mask`: `[row, column]` of the image's
    own size. `probability`: calibrated, same shape; its values near one half are the band of uncertainty.
    `field_of_view`: `[row, column]` where the camera saw anything, where that is less than the picture.
    """

    finding: Finding
    mask: NDArray[np.bool_]
    probability: NDArray[np.float32]
    field_of_view: NDArray[np.bool_] | None
    seconds: float


class VisionModel(ABC):
    """A model with its card. Same image, same answer; safe to call from several threads."""

    card: ModelCard
    task: ClassVar[str]

    @abstractmethod
    def warm(self, pixels: NDArray[np.uint8]) -> None:
        """One look at a picture, to have everything in place."""


class Classifier(VisionModel):
    """A model that names a disease."""

    task: ClassVar[str] = "classify"

    def read(self, image: Image) -> Reading:
        """Findings on an image that the gate has admitted."""
        return seated(self.look_at, image)

    def warm(self, pixels: NDArray[np.uint8]) -> None:
        self.logits(pixels)

    def trust(
        self, image: Image, concept: str, saliency: NDArray[np.uint8], region: NDArray[np.bool_] | None = None
    ) -> Trust:
        """How far the saliency map of a concept may be trusted: see `assistant.vision.trust`.

        `saliency`: as `read` gave it. `region`: `[row, column]`, where a box or mask says that the finding is. It
        looks six times. Raises ModelError for a concept that the model does not look for.
        """
        return seated(trust_of, lambda p: self.probability(p, concept), windowed(image), saliency, region)

    @abstractmethod
    def probability(self, pixels: NDArray[np.uint8], concept: str) -> float:
        """Calibrated, of a concept on a picture as a screen shows it. Raises ModelError for another concept."""

    @abstractmethod
    def look_at(self, image: Image) -> Reading:
        """What `read` gives, on the calling thread."""

    @abstractmethod
    def logits(self, pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Uncalibrated scores `[classes]` of a picture as a screen shows it, `[row, column]` or `[row, column, 3]`."""


class Detector(VisionModel):
    """A model that boxes lesions."""

    task: ClassVar[str] = "detect"

    def detect(self, image: Image) -> Detection:
        """Boxes on an image that the gate has admitted."""
        return seated(self.look_at, image)

    def warm(self, pixels: NDArray[np.uint8]) -> None:
        self.boxes(pixels)

    @abstractmethod
    def look_at(self, image: Image) -> Detection:
        """What `detect` gives, on the calling thread."""

    @abstractmethod
    def boxes(self, pixels: NDArray[np.uint8]) -> Boxes:
        """Every candidate on a picture as a screen shows it, after non-maximum suppression, down to a score of 0.02."""


class Segmenter(VisionModel):
    """A model that outlines a structure."""

    task: ClassVar[str] = "segment"

    def outline(self, image: Image) -> Outline:
        """A mask on an image that the gate has admitted."""
        return seated(self.look_at, image)

    def warm(self, pixels: NDArray[np.uint8]) -> None:
        self.probabilities(pixels)

    @abstractmethod
    def look_at(self, image: Image) -> Outline:
        """What `outline` gives, on the calling thread."""

    @abstractmethod
    def probabilities(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Calibrated probability of the structure, `[row, column]` of the picture's own size."""
