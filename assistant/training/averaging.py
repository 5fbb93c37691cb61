"""Several runs of one network averaged into one (model soup: Wortsman et al., ICML 2022, arXiv:2203.05482).

Runs that started from the same weights often lie in one basin: their mean reads better than each, at the price of one.
"""

from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from assistant.errors import InputError

__all__ = ["averaged"]


def averaged(files: Sequence[Path], target: Path) -> Path:
    """Write the mean of the weights in `files` to `target` (safetensors; each tensor in the first file's type).

    Raises InputError for a file that is not there or no weights, and for networks that are not the same.
    """
    states: list[dict[str, torch.Tensor]] = []
    for file in files:
        if not file.is_file():
            raise InputError(f"There are no weights in {file.name}; name the folders that `medvision train` wrote.")
        try:
            states.append(load_file(file))
        except SafetensorError as error:
            raise InputError(f"{file.name} holds no weights that can be read ({error}).") from error
    first = states[0]
    shapes = {name: tensor.shape for name, tensor in first.items()}
    if any({name: tensor.shape for name, tensor in state.items()} != shapes for state in states[1:]):
        raise InputError("These runs are of different networks; only runs of one network can be averaged.")
    mean = {
        name: (sum((s[name].double() for s in states[1:]), tensor.double()) / len(states)).to(tensor.dtype)
        for name, tensor in first.items()
    }
    target.parent.mkdir(parents=True, exist_ok=True)
    save_file(mean, target)
    return target
