"""Made-up pictures of each frame, and models of random weights, for tests that need no trained network."""

import importlib
from functools import cache
from typing import Any

import numpy as np
import torch

from assistant.vision.base import VisionModel
from assistant.vision.manifest import ModelCard, load_manifest
from assistant.vision.network import new_network
from assistant.vision.pyramid import PyramidDetector
from assistant.vision.segformer import SegFormer
from assistant.vision.unet import UNet
from tests.vision.weights import WEIGHTS

__all__ = [
    "SIZES",
    "bare_network",
    "build_eye",
    "build_head",
    "build_mouth",
    "card_of",
    "picture_for",
    "random_model",
    "random_state",
]

SIZES = ((211, 173), (97, 331), (400, 83))


def build_head(size_rc: tuple[int, int] = (211, 173), seed: int = 3) -> np.ndarray:
    """A grey oval with a bright spot on black."""
    rows, columns = np.mgrid[0 : size_rc[0], 0 : size_rc[1]]
    inside = ((rows / size_rc[0] - 0.5) / 0.42) ** 2 + ((columns / size_rc[1] - 0.5) / 0.38) ** 2 < 1
    noise = np.random.default_rng(seed).normal(0, 6, size_rc)
    spot = np.hypot(rows - size_rc[0] * 0.4, columns - size_rc[1] * 0.62) < min(size_rc) * 0.09
    return np.clip(inside * (95 + noise) + (spot & inside) * 120, 0, 255).astype(np.uint8)


def build_eye(size_rc: tuple[int, int] = (211, 173), seed: int = 3, *, spot: bool = True) -> np.ndarray:
    """A reddish disc with a bright spot and a dark curved line on black, `[row, column, 3]`."""
    rows, columns = np.mgrid[0 : size_rc[0], 0 : size_rc[1]]
    centre_y, centre_x = size_rc[0] / 2 - 0.5, size_rc[1] / 2 - 0.5
    radius = 0.47 * max(size_rc)
    inside = np.hypot(rows - centre_y, columns - centre_x) < radius
    light = 150 + np.random.default_rng(seed).normal(0, 4, size_rc)
    curve = np.abs(np.hypot(rows - centre_y, columns - centre_x + 0.4 * radius) - 0.7 * radius) < max(1.5, radius / 40)
    disc = np.hypot(rows - centre_y, columns - centre_x - 0.2 * radius) < 0.12 * radius
    light = light - 60 * curve + 70 * (disc & spot)
    colour = np.stack([light, 0.55 * light, 0.3 * light], axis=2) * inside[:, :, None]
    return np.clip(colour, 0, 255).astype(np.uint8)


def build_mouth(size_rc: tuple[int, int] = (211, 173), seed: int = 3) -> np.ndarray:
    """Bright upright patches on pink, `[row, column, 3]`; no side is dark."""
    rows, columns = np.mgrid[0 : size_rc[0], 0 : size_rc[1]]
    noise = np.random.default_rng(seed).normal(0, 5, size_rc)
    tooth = (np.abs(rows / size_rc[0] - 0.45) < 0.2) & (np.cos(columns / size_rc[1] * 23) > -0.5)
    colour = np.where(tooth[:, :, None], [225.0, 218.0, 196.0], [205.0, 110.0, 118.0]) + noise[:, :, None]
    return np.clip(colour, 0, 255).astype(np.uint8)


def picture_for(card: ModelCard, size_rc: tuple[int, int] = (211, 173), seed: int = 3) -> np.ndarray:
    """A picture of the kind that the model's frame expects."""
    return {"head": build_head, "disc": build_eye, "whole": build_mouth, "stretched": build_mouth}[card.frame](
        size_rc, seed
    )


def card_of(name: str, **changes: Any) -> ModelCard:
    return load_manifest(WEIGHTS).card(name).model_copy(update=changes)


@cache
def _state(name: str) -> dict[str, torch.Tensor]:
    """Random weights that fit the model, the same each time; norms without the averages of any data."""
    torch.manual_seed(7)
    network = bare_network(name)
    state: dict[str, torch.Tensor] = getattr(network, "net", network).state_dict()
    return state


def bare_network(name: str) -> torch.nn.Module:
    """The network of a manifest row as it is written, without weights; a classifier's state is that of its `net`."""
    card = card_of(name)
    networks: dict[str, Any] = {
        "brain_tumour_boxes": lambda: PyramidDetector(len(card.classes)),
        "brain_tumour_outline": lambda: SegFormer(fine=False),
        "retinal_vessels": SegFormer,
        "retinal_vessels_unet": UNet,
    }
    network: torch.nn.Module = networks[name]() if name in networks else new_network(len(card.classes))
    return network


def random_state(name: str) -> dict[str, torch.Tensor]:
    """A copy of a model's random weights."""
    return {k: v.clone() for k, v in _state(name).items()}


def random_model(name: str, **changes: Any) -> VisionModel:
    """The model of a manifest row with random weights; `changes` go to its card."""
    kind = importlib.import_module(f"assistant.vision.models.{name}").MODEL
    model: VisionModel = kind(card_of(name, **changes), random_state(name), torch.device("cpu"))
    return model
