"""EfficientNet-B0 as this house uses it: one forward pass gives the logits and the map behind them.

Its head is global average pooling and one linear layer, so Grad-CAM of a class (Selvaraju 2017, the gradient of the
class's score averaged over each feature map) has the layer's weights as gradients: it equals the class activation map
(Zhou 2016, "Learning Deep Features for Discriminative Localization"; the equality is shown in Selvaraju 2017,
appendix A) and needs no backward pass.
"""

from pathlib import Path
from typing import Any

import numpy as np
import timm
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor, nn

from assistant.vision.folding import folded_norms

__all__ = [
    "ARCHITECTURE",
    "ClassMaps",
    "features_of",
    "grey_batch",
    "mirrored_looks",
    "new_network",
    "trained_network",
    "weights_into",
]

ARCHITECTURE = "tf_efficientnet_b0"


class ClassMaps(nn.Module):
    """EfficientNet-B0 whose forward pass returns logits `[n, classes]` and class maps `[n, classes, 7, 7]`."""

    net: Any

    def __init__(self, classes: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.net = timm.create_model(ARCHITECTURE, pretrained=False, num_classes=classes, drop_rate=dropout)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        features = self.net.forward_features(pixels)
        logits = self.net.forward_head(features)
        head = self.net.classifier
        maps = torch.einsum("nkhw,ck->nchw", features, head.weight)
        return logits, maps


def new_network(classes: int, dropout: float = 0.0) -> ClassMaps:
    return ClassMaps(classes, dropout)


def trained_network(classes: int, state: dict[str, Tensor], device: torch.device) -> ClassMaps:
    """A network to look with: its weights loaded, its norms folded, on its device."""
    network = new_network(classes)
    network.net.load_state_dict(state)
    network.eval().requires_grad_(False)
    folded_norms(network)
    return network.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]


def mirrored_looks(
    network: ClassMaps, both: Tensor, device: torch.device
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """The mean of a plain look and a mirrored one: logits `[classes]`, class maps `[classes, rows, columns]`.

    `both`: `[2, 3, side, side]`, the square and its mirror image, centred. Maps lie as the plain square does.
    """
    with torch.inference_mode():
        logits, maps = network(both.to(device).contiguous(memory_format=torch.channels_last))
        joined = (maps[0] + maps[1].flip(-1)) / 2
    return logits.double().mean(0).cpu().numpy(), joined.float().cpu().numpy()


def weights_into(network: ClassMaps, file: Path, *, head: bool) -> None:
    """Load half precision weights as fp32; without `head` the classifier stays as it was made."""
    state = {k: v.float() if v.is_floating_point() else v for k, v in load_file(file).items()}
    if not head:
        state = {k: v for k, v in state.items() if not k.startswith("classifier.")}
        missing, unexpected = network.net.load_state_dict(state, strict=False)
        if unexpected or any(not k.startswith("classifier.") for k in missing):
            raise ValueError("these weights belong to another architecture")
        return
    network.net.load_state_dict(state, strict=True)


def grey_batch(grey: Tensor) -> Tensor:
    """`[n, h, w]` grey to `[n, 3, h, w]`, channels last."""
    return grey.unsqueeze(1).expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last)


def features_of(network: ClassMaps, pixels: Tensor, stages: tuple[int, ...]) -> Tensor:
    """Channel means after the named stages and after the last convolution, side by side: `[n, features]`."""
    net = network.net
    x = net.bn1(net.conv_stem(pixels.contiguous(memory_format=torch.channels_last)))
    means = []
    for number, block in enumerate(net.blocks):
        x = block(x)
        if number in stages:
            means.append(x.mean((2, 3)))
    means.append(net.bn2(net.conv_head(x)).mean((2, 3)))
    return torch.cat(means, dim=1)
