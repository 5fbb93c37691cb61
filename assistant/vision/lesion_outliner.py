"""The outline of a lesion on one slice: a SegFormer on the square around the head, plain and mirrored.

The scores of both looks are averaged, calibrated, and drawn back to the image; outside the square nothing is a lesion.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from assistant.vision.calibrate import platt
from assistant.vision.folding import folded_norms
from assistant.vision.manifest import ModelCard
from assistant.vision.network import grey_batch
from assistant.vision.outliner import MapSegmenter
from assistant.vision.preprocess import cut, head_frame, luma, normalised
from assistant.vision.segformer import SegFormer

__all__ = ["LesionOutliner"]

_SMALLEST_SHARE = 5e-4
"""Of the square, 25 pixels of 224 x 224: the smallest of 170 training tumours fills 0.13 % of its picture."""


class LesionOutliner(MapSegmenter):
    """A segmenter of lesions; `state` are its weights."""

    def __init__(self, card: ModelCard, state: dict[str, Tensor], device: torch.device) -> None:
        super().__init__(card)
        self._device = device
        self._network = SegFormer(fine=False)
        self._network.load_state_dict(state)
        self._network.eval().requires_grad_(False)
        folded_norms(self._network)
        self._network.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]

    def probabilities(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        grey = luma(pixels)
        frame = head_frame(grey)
        square = normalised(cut(grey, frame, self.card.input_size), self.card.mean, self.card.std)
        with torch.inference_mode():
            seen = torch.from_numpy(np.stack([square, square[:, ::-1]]))
            logits = self._network(grey_batch(seen).to(self._device))[:, 0].double().cpu().numpy()
        joined = (logits[0] + logits[1, :, ::-1]) / 2
        calibrated = platt(joined, self.card.slope, self.card.intercept).astype(np.float32)
        return frame.draw_back(calibrated, (grey.shape[0], grey.shape[1]))

    def smallest_part(self, pixels: NDArray[np.uint8]) -> float:
        return _SMALLEST_SHARE * head_frame(luma(pixels)).side ** 2

    def field_of_view(self, pixels: NDArray[np.uint8]) -> NDArray[np.bool_] | None:
        return None
