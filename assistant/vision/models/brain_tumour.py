"""Brain tumour, yes or no, on one MRI slice: EfficientNet-B0 on the square around the head, plain and mirrored.

Its saliency is Grad-CAM of the tumour's log odds against no tumour. The head is global average pooling and one linear
layer, so that is the class activation map of the same forward pass (Selvaraju 2017, arXiv:1610.02391, section 3.1;
Zhou 2016, arXiv:1512.04150): the difference of the two class maps. It says where the score came from, not where a
lesion ends. What it does not know: whether the image is a brain MRI at all; that is the gate's to say.
"""

import time

import numpy as np
import torch
from numpy.typing import NDArray

from assistant.domain.image import Image
from assistant.errors import ModelError
from assistant.vision.base import Classifier, Reading
from assistant.vision.calibrate import softmax
from assistant.vision.draft import drafted
from assistant.vision.explain import GRAD_CAM, saliency_of
from assistant.vision.manifest import ModelCard
from assistant.vision.network import grey_batch, mirrored_looks, trained_network
from assistant.vision.preprocess import Frame, cut, grey_of, head_frame, luma, normalised

__all__ = ["MODEL", "BrainTumour"]


class BrainTumour(Classifier):
    """The classifier of `brain_tumour`; `state` are its weights."""

    def __init__(self, card: ModelCard, state: dict[str, torch.Tensor], device: torch.device) -> None:
        if card.positive is None or len(card.classes) != 2 or card.code is None:
            raise ModelError(f"The manifest row of {card.name} needs two classes, a positive one and a code.")
        self.card = card
        self._positive = card.classes.index(card.positive)
        self._device = device
        self._network = trained_network(len(card.classes), state, device)

    def look_at(self, image: Image) -> Reading:
        grey = grey_of(image)
        started = time.perf_counter()
        logits, maps, frame = self._look(grey)
        seconds = time.perf_counter() - started
        evidence = maps[self._positive] - maps[1 - self._positive]
        saliency = saliency_of(frame.draw_back(evidence, (grey.shape[0], grey.shape[1])))
        probability = float(softmax(logits, self.card.temperature)[self._positive])
        names = self.card.classes[self._positive], self.card.classes[1 - self._positive]
        finding = drafted(self.card, image.facts.handle, probability, verdict_names=names)
        return Reading(findings=(finding,), saliency=(saliency,), method=GRAD_CAM, seconds=seconds)

    def logits(self, pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
        return self._look(luma(pixels))[0]

    def probability(self, pixels: NDArray[np.uint8], concept: str) -> float:
        if concept != self.card.concept:
            raise ModelError(f"{self.card.title} does not look for '{concept}'.")
        return float(softmax(self.logits(pixels), self.card.temperature)[self._positive])

    def _look(self, grey: NDArray[np.uint8]) -> tuple[NDArray[np.float64], NDArray[np.float32], Frame]:
        frame = head_frame(grey)
        square = normalised(cut(grey, frame, self.card.input_size), self.card.mean, self.card.std)
        both = grey_batch(torch.from_numpy(np.stack([square, square[:, ::-1]])))
        return *mirrored_looks(self._network, both, self._device), frame


MODEL = BrainTumour
