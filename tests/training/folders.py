"""Small made-up data folders and a backbone of random weights."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image as Picture

from assistant.training.train import save_half
from assistant.vision.manifest import ModelCard, load_manifest
from assistant.vision.network import new_network
from tests.vision.weights import WEIGHTS

__all__ = ["small_card", "write_folder", "write_start"]


def write_folder(folder: Path, n: int = 8, size: int = 72) -> Path:
    """`n` pictures, every second one with a bright spot (tumour) that has an outline; half train, half val."""
    (folder / "images").mkdir(parents=True)
    (folder / "masks").mkdir()
    rng = np.random.default_rng(0)
    lines = ["image,label,split,group,fold,mask"]
    for i in range(n):
        grey = np.zeros((size, size), dtype=np.uint8)
        grey[8:-8, 8:-8] = rng.integers(60, 90, (size - 16, size - 16))
        mask = np.zeros((size, size), dtype=np.uint8)
        if i % 2:
            mask[20:32, 14:26] = 255
            grey[mask > 0] = 240
        Picture.fromarray(grey).save(folder / "images" / f"{i}.png")
        Picture.fromarray(mask).save(folder / "masks" / f"{i}.png")
        label, split = ("tumour", "no_tumour")[i % 2 == 0], ("train", "val")[i >= n // 2]
        lines.append(f"images/{i}.png,{label},{split},g{i},{i // 2 % 2},{f'masks/{i}.png' if i % 2 else ''}")
    (folder / "index.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def write_start(file: Path) -> Path:
    """A backbone of random weights, as a file to start from."""
    torch.manual_seed(0)
    save_half(new_network(2), file)
    return file


def small_card() -> ModelCard:
    """The brain tumour's card at a size that runs at once."""
    return load_manifest(WEIGHTS).card("brain_tumour").model_copy(update={"input_size": 64})
