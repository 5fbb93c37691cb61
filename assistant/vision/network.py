"""EfficientNet-B0 as this house uses it: one forward pass gives the logits and the map behind them.

Its head is global average pooling and one linear layer, so Grad-CAM of a class (Selvaraju 2017, the gradient of the
class's score averaged over each feature map) has the layer's weights as gradients: it equals the class activation map
(Zhou 2016, "Learning Deep Features for Discriminative Localization"; the equality is shown in Selvaraju 2017,
appendix A) and needs no backward pass.
"""

from pathlib import Path
from typing import Any

import timm
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

__all__ = ["ARCHITECTURE", "ClassMaps", "features_of", "grey_batch", "new_network", "weights_into"]

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
