"""Data folders -> what a classifier's epochs draw from: grey pictures in memory, in strata of source and class.

Each epoch draws at most `cap` pictures of each stratum and none more than `repeat` times, so that no source and no
class drowns the others. Where lesions are outlined, the slices without them (`counterparts`) make strata of their own.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image as Picture
from torch import Tensor

from assistant.training.counterparts import with_decoy, without_lesion
from assistant.training.data import Row, load_grey, mapped
from assistant.vision.preprocess import cut, head_frame, normalised

__all__ = ["STORED_SIZE", "Example", "Pool", "Progress", "Stratum", "examples_of", "overlapping", "pool_of", "prepared"]

STORED_SIZE = 256

Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Example:
    """One picture to learn from: `[256, 256]` uint8, its class, the row that it was made of."""

    row: Row
    stratum: str
    label: int
    picture: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Stratum:
    """Pictures of one source and class, `[n, 256, 256]` uint8."""

    name: str
    label: int
    pictures: Tensor


@dataclass(frozen=True, slots=True)
class Pool:
    """All strata, and how an epoch draws from them."""

    strata: tuple[Stratum, ...]
    cap: int
    repeat: int

    def epoch(self, rng: torch.Generator) -> list[tuple[int, int]]:
        """(stratum, picture) pairs in the order in which an epoch sees them."""
        drawn: list[tuple[int, int]] = []
        for s, stratum in enumerate(self.strata):
            n = len(stratum.pictures)
            times = min(self.repeat, -(-self.cap // n))
            order = torch.cat([torch.randperm(n, generator=rng) for _ in range(times)])[: min(self.cap, n * times)]
            drawn += [(s, i) for i in order.tolist()]
        return [drawn[i] for i in torch.randperm(len(drawn), generator=rng).tolist()]

    def batch(self, pairs: Sequence[tuple[int, int]]) -> tuple[Tensor, Tensor]:
        """Pictures in 0..1 and their classes."""
        pictures = torch.stack([self.strata[s].pictures[i] for s, i in pairs]).float() / 255
        return pictures, torch.tensor([self.strata[s].label for s, _ in pairs])


def prepared(grey: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """The square around the head, grey levels stretched, as 8 bits."""
    square = normalised(cut(grey, head_frame(grey), size), 0.0, 1.0)
    return np.asarray(np.rint(square * 255), dtype=np.uint8)


def overlapping(row: Row, held_out: frozenset[tuple[str, str]]) -> bool:
    """Whether a row is, by a `same_picture_in_SOURCE` column, also a picture of a held-out (source, group)."""
    for column, cell in row.cells.items():
        if cell and column.startswith("same_picture_in_"):
            source = column.removeprefix("same_picture_in_").replace("_", "-")
            if any((source, group) in held_out for group in cell.split("|")):
                return True
    return False


def examples_of(
    rows: Sequence[Row],
    classes: Sequence[str],
    labels: Mapping[str, str],
    *,
    lesion: str | None,
    seed: int,
    progress: Progress,
) -> tuple[Example, ...]:
    """Read and prepare every picture; `lesion` names the class whose outlines make counterparts of the other class."""
    kept, truth, _ = mapped(rows, classes, labels)
    found: list[Example] = []
    rng = np.random.default_rng(seed)
    shape: NDArray[np.bool_] | None = None
    for number, (row, label) in enumerate(zip(kept, truth.tolist(), strict=True)):
        grey = load_grey(row.image)
        found.append(Example(row, row.source, label, prepared(grey, STORED_SIZE)))
        if row.mask is not None and len(classes) == 2 and classes[label] == lesion:
            with Picture.open(row.mask) as picture:
                mask = np.asarray(picture.convert("L")) > 0
            if (healthy := without_lesion(grey, mask)) is not None:
                found.append(Example(row, f"{row.source}, mirrored", 1 - label, prepared(healthy, STORED_SIZE)))
                if shape is not None and shape.shape == mask.shape:
                    decoy = with_decoy(grey, mask, shape, rng)
                    if decoy is not None:
                        found.append(Example(row, f"{row.source}, decoy", label, prepared(decoy, STORED_SIZE)))
                shape = mask
        progress("reading pictures", (number + 1) / len(kept))
    return tuple(found)


def pool_of(examples: Sequence[Example], cap: int, repeat: int) -> Pool:
    """Examples by stratum."""
    found: dict[tuple[str, int], list[NDArray[np.uint8]]] = {}
    for example in examples:
        found.setdefault((example.stratum, example.label), []).append(example.picture)
    strata = [Stratum(name, label, torch.from_numpy(np.stack(p))) for (name, label), p in sorted(found.items())]
    return Pool(tuple(strata), cap, repeat)
