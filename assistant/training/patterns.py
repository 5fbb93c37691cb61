"""Train a classifier whose classes occur together, on colour photographs: one score a class, none excludes another.

A row that names one class answers for all; a row whose label is in `partial` answers for some alone (`no_dr` of a set
graded for retinopathy says nothing of glaucoma). A column `all_labels` (a pipe separates several) overrides the label.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from assistant.errors import InputError
from assistant.training.augment import Augmentation, affines
from assistant.training.data import Row, load_rgb, read_index
from assistant.training.labels import PARTIAL
from assistant.training.loop import Course, Schedule, TrainedWeights, run_course
from assistant.training.pool import STORED_SIZE, Progress
from assistant.training.train import frozen_parts, started
from assistant.vision.manifest import ModelCard
from assistant.vision.network import ClassMaps
from assistant.vision.preprocess import square_rgb

__all__ = ["PatternRecipe", "Photograph", "photographs", "train_patterns", "train_photographs", "truth_of"]


class PatternRecipe(Schedule):
    """How such a classifier is trained; the defaults are those of the shipped weights."""

    epochs: int = Field(default=10, ge=1)
    batch: int = Field(default=32, ge=2)
    rate: float = Field(default=8e-4, gt=0)
    average: float = 0.99
    size: int = Field(default=224, multiple_of=32)
    cap: int = Field(default=270, description="photographs of one set of labels in an epoch, at most")
    repeat: int = Field(default=2, description="times that one photograph is seen in an epoch, at most")
    dropout: float = 0.3
    exclusive: float = Field(
        default=0.5, description="share of cross entropy between the classes, of rows of one class"
    )
    frozen_stages: int = Field(
        default=2, description="stem and so many stages keep the weights of the start; 7: all but the head"
    )
    smoothing: float = 0.03
    strength: float = Field(default=0.8, ge=0, le=1.5)


@dataclass(frozen=True, slots=True)
class Photograph:
    """`picture`: `[side, side, 3]` uint8; `truth`: a number a class, 1 shown, 0 not, nan unknown."""

    row: Row
    picture: NDArray[np.uint8]
    truth: NDArray[np.float32]


def truth_of(row: Row, classes: Sequence[str], labels: Mapping[str, str]) -> NDArray[np.float32] | None:
    """What a row says of each class; None where nothing."""
    names = [labels.get(n, n) for n in (row.cells.get("all_labels") or row.label).split("|")]
    known = [n for n in names if n in classes]
    if known:
        return np.asarray([float(c in known) for c in classes], dtype=np.float32)
    told = PARTIAL.get(row.label, {})
    values = [told.get(c, np.nan) for c in classes]
    return np.asarray(values, dtype=np.float32) if told else None


def photographs(card: ModelCard, rows: Sequence[Row], size: int, progress: Progress) -> tuple[Photograph, ...]:
    """Rows that say something, read and cut as the model cuts them, an eighth larger than `size`, the network's."""
    found: list[Photograph] = []
    side = size * STORED_SIZE // 224
    for number, row in enumerate(rows):
        truth = truth_of(row, card.classes, card.labels)
        if truth is not None:
            found.append(Photograph(row, square_rgb(load_rgb(row.image), card.frame, side), truth))
        progress("reading photographs", (number + 1) / len(rows))
    return tuple(found)


def train_patterns(
    card: ModelCard,
    data_dirs: Sequence[Path],
    out: Path,
    *,
    start: Path | None,
    recipe: PatternRecipe | None = None,
    without_fold: str | None = None,
    resume: bool = True,
    progress: Progress,
) -> TrainedWeights:
    """Train on the `train` rows, and on `ambiguous` ones where their labels are all named, one of a group; with a
    held-out fold, on every row of the other folds. Raises InputError, ModelError."""
    recipe = recipe or PatternRecipe()
    rows = [r for folder in data_dirs for r in read_index(folder)]
    several = [r for r in rows if r.split == "ambiguous" and "|" in r.cells.get("all_labels", "")]
    several = [r for r in several if r.cells.get("first_of_group", "1") == "1"]
    if without_fold is None:
        chosen = [r for r in rows if r.split == "train"] + several
        held = photographs(card, [r for r in rows if r.split == "val"], recipe.size, progress)
    else:
        kept_out = {r.group for r in rows if r.fold == without_fold}
        chosen = [r for r in rows if r.fold and r.fold != without_fold] + several
        chosen = [r for r in chosen if r.group not in kept_out]
        held = ()
    pictures = photographs(card, chosen, recipe.size, progress)
    return train_photographs(card, pictures, held, out, start=start, recipe=recipe, resume=resume, progress=progress)


def train_photographs(
    card: ModelCard,
    pictures: Sequence[Photograph],
    held: Sequence[Photograph],
    out: Path,
    *,
    start: Path | None,
    recipe: PatternRecipe | None = None,
    resume: bool = True,
    progress: Progress,
) -> TrainedWeights:
    """Train on photographs that are in memory."""
    recipe = recipe or PatternRecipe()
    if lacking := [c for i, c in enumerate(card.classes) if not any(p.truth[i] == 1 for p in pictures)]:
        raise InputError(f"The training rows hold no picture of the class(es) {', '.join(lacking)}.")
    strata: dict[bytes, list[int]] = {}
    for index, p in enumerate(pictures):
        strata.setdefault(p.truth.tobytes(), []).append(index)
    take = [(m, min(recipe.cap, recipe.repeat * len(m))) for _, m in sorted(strata.items())]
    total = sum(n for _, n in take)
    how = Augmentation(rotate_degrees=25, scale=0.2, squeeze=0.08, shift=0.05).scaled(recipe.strength)

    def batches(_epoch: int, rng: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
        drawn = [
            members[i]
            for members, n in take
            for i in torch.cat([torch.randperm(len(members), generator=rng) for _ in range(recipe.repeat)])[:n].tolist()
        ]
        order = [drawn[i] for i in torch.randperm(len(drawn), generator=rng).tolist()]
        for at in range(0, len(order) - 1, recipe.batch):
            chosen = [pictures[i] for i in order[at : at + recipe.batch]]
            pixels = torch.from_numpy(np.stack([p.picture for p in chosen])).permute(0, 3, 1, 2).float() / 255
            yield varied(pixels, recipe.size, how, rng), torch.from_numpy(np.stack([p.truth for p in chosen]))

    network: ClassMaps = started(card, start, recipe.dropout)
    course = Course(
        card.name,
        network,
        -(-total // recipe.batch),
        batches,
        lambda net, batch: _loss(net(batch[0])[0], batch[1], recipe),
        (lambda net: _least_loss(net, held, recipe)) if held else None,
        ("net.conv_stem", "net.bn1", "net.blocks", "net.conv_head", "net.bn2"),
        frozen=tuple(frozen_parts(network, recipe.frozen_stages)),
        prefix="net.",
    )
    return run_course(course, recipe, out, resume=resume, progress=progress)


def _loss(logits: Tensor, truth: Tensor, recipe: PatternRecipe) -> Tensor:
    known = ~truth.isnan()
    aim = torch.where(known, truth, torch.zeros_like(truth))
    soft = aim * (1 - recipe.smoothing) + recipe.smoothing / 2
    each = F.binary_cross_entropy_with_logits(logits, soft, reduction="none") * known
    loss = each.sum() / known.sum().clamp(min=1)
    alone = known.all(1) & (aim.sum(1) == 1)
    if recipe.exclusive and alone.any():
        between = F.cross_entropy(logits[alone], aim[alone].argmax(1), label_smoothing=recipe.smoothing)
        loss = loss + recipe.exclusive * between
    return loss


@torch.inference_mode()
def _least_loss(network: nn.Module, held: Sequence[Photograph], recipe: PatternRecipe) -> float:
    """Less the mean loss on `val`: higher is better."""
    losses: list[float] = []
    for at in range(0, len(held), 32):
        chosen = held[at : at + 32]
        pixels = torch.from_numpy(np.stack([p.picture for p in chosen])).permute(0, 3, 1, 2).float() / 255
        small = (F.interpolate(pixels, size=(recipe.size,) * 2, mode="bilinear", antialias=True) - 0.5) / 0.5
        truth = torch.from_numpy(np.stack([p.truth for p in chosen]))
        losses += [float(_loss(network(small)[0], truth, recipe))] * len(chosen)
    return -sum(losses) / max(1, len(losses))


def varied(pixels: Tensor, size: int, how: Augmentation, rng: torch.Generator) -> Tensor:
    """`[n, 3, h, w]` in 0..1 moved, recoloured, softened; centred, `[n, 3, size, size]`."""
    n = pixels.shape[0]
    grid = F.affine_grid(affines(n, how, rng), [n, 3, size, size], align_corners=False)
    x = F.grid_sample(pixels, grid, align_corners=False)
    lit = (x.amax(1, keepdim=True) > 0.04).float()
    gamma = torch.exp((torch.rand(n, 3, 1, 1, generator=rng) - 0.5) * 0.5 * how.gamma / 0.5)
    gamma = gamma * torch.exp((torch.rand(n, 1, 1, 1, generator=rng) - 0.5) * 2 * how.gamma)
    gain = torch.exp((torch.rand(n, 1, 1, 1, generator=rng) - 0.5) * 2 * how.contrast)
    x = x.clamp(1e-4, 1) ** gamma * gain
    field = torch.randn(n, 1, 3, 3, generator=rng) * how.bias_field * 0.4
    x = x * torch.exp(F.interpolate(field, size=(size, size), mode="bicubic", align_corners=True))
    level = x.mean(1, keepdim=True)
    x = level + (x - level) * (torch.rand(n, 1, 1, 1, generator=rng) * 0.8 * how.contrast / 0.25 + 0.6)
    for i in torch.nonzero(torch.rand(n, generator=rng) < how.blur_share).flatten().tolist():
        side = int(torch.randint(size // 3, size, (1,), generator=rng))
        small = F.interpolate(x[i : i + 1], size=(side, side), mode="area")
        x[i] = F.interpolate(small, size=(size, size), mode="bilinear")[0]
    x = x + torch.rand(n, 1, 1, 1, generator=rng) * how.noise * torch.randn(x.shape, generator=rng)
    x = (x * lit).clamp(0, 1)
    return ((x - 0.5) / 0.5).contiguous(memory_format=torch.channels_last)
