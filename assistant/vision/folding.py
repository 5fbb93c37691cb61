"""Batch norm folded into the convolution before it: the same outputs by fewer passes over memory.

At inference a batch norm is one scale and one shift a channel (Ioffe 2015, arXiv:1502.03167, section 3.1), and a
convolution can do both itself. What it does not know: the order in which a forward pass calls its layers. A norm is
taken to follow the convolution that was registered just before it in the same module; that this holds for each network
of the manifest is for the tests to show.
"""

from itertools import pairwise

import torch
from torch import nn

__all__ = ["folded_norms"]


def folded_norms(network: nn.Module) -> int:
    """Fold, in place, every batch norm that stands just after a convolution; how many.

    Call it after the weights are loaded: names of the state change, files do not. An activation that a norm carried
    along (timm's `BatchNormAct2d`) stays in its place. ValueError for a network that is training.
    """
    if network.training:
        raise ValueError("a batch norm that is still learning cannot be folded")
    done = 0
    for module in list(network.modules()):
        for (_, conv), (name, norm) in pairwise(list(module.named_children())):
            if not isinstance(conv, nn.Conv2d) or not isinstance(norm, nn.BatchNorm2d):
                continue
            if norm.num_features == conv.out_channels:
                _fold(conv, norm)
                setattr(module, name, getattr(norm, "act", None) or nn.Identity())
                done += 1
    return done


def _fold(conv: nn.Conv2d, norm: nn.BatchNorm2d) -> None:
    """In double precision, so that one rounding is added and no more."""
    mean, spread = norm.running_mean, norm.running_var
    if mean is None or spread is None:
        raise ValueError("a batch norm without running averages cannot be folded")
    with torch.no_grad():
        scale = norm.weight.double() / (spread.double() + norm.eps).sqrt()
        shift = norm.bias.double() - mean.double() * scale
        if conv.bias is not None:
            shift += conv.bias.double() * scale
        weight = conv.weight.double() * scale[:, None, None, None]
        conv.weight = nn.Parameter(weight.to(conv.weight), requires_grad=False)
        conv.bias = nn.Parameter(shift.to(conv.weight), requires_grad=False)
