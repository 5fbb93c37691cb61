"""Classifiers of disease patterns that occur together: EfficientNet-B0, one calibrated score a class, colour.

No class excludes another, so each concept of the card gets a finding of its own, its probability by Platt scaling of
its own score. A class without a concept (`normal`) is taught and never a finding. A photograph is read plain and
mirrored, scores and maps averaged. The saliency of a concept is the class activation map of its score in the same
pass, which for pooling and one linear layer is Grad-CAM. What it does not know: what kind of photograph it is, and any
disease that no class names.
"""

import time

import numpy as np
import torch
from numpy.typing import NDArray

from assistant.domain.image import Image
from assistant.errors import ModelError
from assistant.vision.base import Classifier, Reading
from assistant.vision.calibrate import platt
from assistant.vision.draft import drafted
from assistant.vision.explain import GRAD_CAM, saliency_of
from assistant.vision.manifest import ConceptCard, ModelCard
from assistant.vision.network import mirrored_looks, trained_network
from assistant.vision.preprocess import Frame, in_colour, photo_frame, rgb_of, square_rgb

__all__ = ["PatternClassifier"]


class PatternClassifier(Classifier):
    """A classifier of several concepts; `state` are its weights."""

    def __init__(self, card: ModelCard, state: dict[str, torch.Tensor], device: torch.device) -> None:
        if not card.concepts or not set(card.concepts) <= set(card.classes) or card.frame == "head":
            raise ModelError(f"The manifest row of {card.name} needs concepts among its classes and a frame of colour.")
        self.card = card
        self._device = device
        self._network = trained_network(len(card.classes), state, device)

    def look_at(self, image: Image) -> Reading:
        rgb = rgb_of(image)
        started = time.perf_counter()
        logits, maps, frame = self._look(rgb)
        seconds = time.perf_counter() - started
        size_rc = (rgb.shape[0], rgb.shape[1])
        findings, saliency = [], []
        for index, name in enumerate(self.card.classes):
            concept = self.card.concepts.get(name)
            if concept is not None:
                probability = float(platt(logits[index], concept.slope, concept.intercept))
                findings.append(drafted(self.card, image.facts.handle, probability, concept=concept))
                saliency.append(saliency_of(frame.draw_back(maps[index], size_rc)))
        return Reading(findings=tuple(findings), saliency=tuple(saliency), method=GRAD_CAM, seconds=seconds)

    def logits(self, pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
        return self._look(in_colour(pixels))[0]

    def probability(self, pixels: NDArray[np.uint8], concept: str) -> float:
        index, card = self._named(concept)
        return float(platt(self.logits(pixels)[index], card.slope, card.intercept))

    def _named(self, concept: str) -> tuple[int, ConceptCard]:
        for index, name in enumerate(self.card.classes):
            card = self.card.concepts.get(name)
            if card is not None and card.concept == concept:
                return index, card
        raise ModelError(f"{self.card.title} does not look for '{concept}'.")

    def _look(self, rgb: NDArray[np.uint8]) -> tuple[NDArray[np.float64], NDArray[np.float32], Frame]:
        square = square_rgb(rgb, self.card.frame, self.card.input_size)
        seen = torch.from_numpy(np.stack([square, square[:, ::-1]])).permute(0, 3, 1, 2)
        pixels = (seen.float() / 255 - self.card.mean) / self.card.std
        return *mirrored_looks(self._network, pixels, self._device), photo_frame(rgb, self.card.frame)
