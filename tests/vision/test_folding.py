"""Folding: the product's networks hold no batch norm, and say what the networks as they are written say."""

import importlib

import pytest
import torch
from torch import nn

from assistant.vision.folding import folded_norms
from assistant.vision.gate import GATE_STAGES
from assistant.vision.manifest import load_manifest
from assistant.vision.network import features_of, new_network
from tests.vision.pictures import bare_network, card_of
from tests.vision.weights import WEIGHTS

READERS = tuple(c.name for c in load_manifest(WEIGHTS).cards if c.task != "gate")
CLOSE = 1e-5


def stirred(network: nn.Module) -> nn.Module:
    """Norms as if they had seen data: nothing of a fold may pass because a mean is 0 or a scale 1."""
    torch.manual_seed(5)
    for norm in network.modules():
        if isinstance(norm, nn.BatchNorm2d):
            assert norm.running_mean is not None
            assert norm.running_var is not None
            norm.running_mean.normal_(0, 0.2)
            norm.running_var.uniform_(0.5, 2)
            nn.init.uniform_(norm.weight, 0.7, 1.4)
            nn.init.normal_(norm.bias, 0, 0.2)
    return network.eval().requires_grad_(False)


def outputs(network: nn.Module, pixels: torch.Tensor) -> list[torch.Tensor]:
    with torch.inference_mode():
        found = network(pixels)
    return [t for t in (found if isinstance(found, tuple) else (found,)) if t is not None]


def furthest(one: torch.Tensor, other: torch.Tensor) -> float:
    return float((one - other).abs().max() / other.abs().max())


@pytest.mark.parametrize("name", READERS)
def test_a_loaded_network_says_what_the_network_as_written_says(name: str) -> None:
    written = stirred(bare_network(name))
    state = {k: v.clone() for k, v in getattr(written, "net", written).state_dict().items()}
    kind = importlib.import_module(f"assistant.vision.models.{name}").MODEL
    loaded = kind(card_of(name), state, torch.device("cpu"))._network
    assert not any(isinstance(m, nn.BatchNorm2d) for m in loaded.modules())
    torch.manual_seed(6)
    pixels = torch.rand(2, 3, 96, 128) * 2 - 1
    ours = outputs(loaded, pixels.contiguous(memory_format=torch.channels_last))
    for one, other in zip(ours, outputs(written, pixels), strict=True):
        assert furthest(one, other) < CLOSE


def test_the_features_of_the_gate_stay_as_they_were() -> None:
    network = new_network(2)
    stirred(network)
    torch.manual_seed(6)
    pixels = torch.rand(1, 3, 96, 96) * 2 - 1
    with torch.inference_mode():
        before = features_of(network, pixels, GATE_STAGES)
        assert folded_norms(network) == 49
        after = features_of(network, pixels, GATE_STAGES)
    assert furthest(after, before) < CLOSE


def test_a_norm_that_stands_elsewhere_is_left_alone() -> None:
    network = nn.Sequential(nn.BatchNorm2d(3), nn.Conv2d(3, 4, 1), nn.ReLU(), nn.BatchNorm2d(4)).eval()
    assert folded_norms(network) == 0


def test_a_bias_goes_through_the_norm_too() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 3, bias=True), nn.BatchNorm2d(4))
    stirred(network)
    pixels = torch.rand(1, 3, 8, 8)
    before = network(pixels)
    assert folded_norms(network) == 1
    assert furthest(network(pixels), before) < CLOSE


def test_a_network_that_learns_is_not_folded() -> None:
    with pytest.raises(ValueError, match="still learning"):
        folded_norms(nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4)))
