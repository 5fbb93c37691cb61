"""The vessels of one fundus photograph: a fully convolutional network at working scale, plain and mirrored.

The photograph is scaled until the camera's disc has the diameter of the training pictures and its light is evened
(`assistant.vision.vessels`); the scores of both looks are averaged, calibrated and scaled back. Outside the disc
nothing is a vessel. What it does not know: arteries from veins, and vessels that haze hides.
"""

from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from assistant.vision.calibrate import platt
from assistant.vision.camera_disc import camera_disc
from assistant.vision.folding import folded_norms
from assistant.vision.manifest import ModelCard
from assistant.vision.outliner import MapSegmenter
from assistant.vision.preprocess import in_colour
from assistant.vision.vessels import WORKING_DIAMETER, back_to_native, worked

__all__ = ["VesselOutliner"]

_SMALLEST = 25
"""Pixels at working scale: a dozen pixels of a vessel two wide; what is shorter is noise as often as a vessel."""


class VesselOutliner(MapSegmenter):
    """A segmenter of vessels; a model says which network it is. `state` are its weights."""

    network: ClassVar[type[nn.Module]]

    def __init__(self, card: ModelCard, state: dict[str, Tensor], device: torch.device) -> None:
        super().__init__(card)
        self._device = device
        self._network = self.network()
        self._network.load_state_dict(state)
        self._network.eval().requires_grad_(False)
        folded_norms(self._network)
        self._network.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]

    def probabilities(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        seen = worked(in_colour(pixels))
        rows, columns = seen.inside.shape
        with torch.inference_mode():
            plain = torch.from_numpy(seen.pixels).permute(2, 0, 1)
            both = torch.stack([plain, plain.flip(-1)]).to(self._device)
            padded = F.pad(both, (0, -columns % 32, 0, -rows % 32))
            logits = (
                self._network(padded.contiguous(memory_format=torch.channels_last))[:, 0, :rows, :columns]
                .double()
                .cpu()
                .numpy()
            )
        joined = (logits[0] + logits[1, :, ::-1]) / 2
        calibrated = platt(joined, self.card.slope, self.card.intercept)
        native = back_to_native(calibrated.astype(np.float32), seen.native_rc)
        inside = self.field_of_view(pixels)
        return np.asarray(native * inside, dtype=np.float32) if inside is not None else native

    def smallest_part(self, pixels: NDArray[np.uint8]) -> float:
        return _SMALLEST * (2 * camera_disc(in_colour(pixels)).radius / WORKING_DIAMETER) ** 2

    def field_of_view(self, pixels: NDArray[np.uint8]) -> NDArray[np.bool_] | None:
        rgb = in_colour(pixels)
        inside = camera_disc(rgb).inside((rgb.shape[0], rgb.shape[1]), share=1.0)
        return None if inside.all() else inside
