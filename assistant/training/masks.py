"""Train a segmenter of the manifest: vessels on crops at working scale, lesions on the square around the head."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image as Picture
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from assistant.errors import InputError
from assistant.training.augment import Augmentation, affines
from assistant.training.boxes import mask_loss, started
from assistant.training.data import Row, load_rgb, read_index
from assistant.training.labels import EMPTY_LABELS
from assistant.training.lesions import LesionBatch, LesionPool, Slice, lesion_batch, slices_of
from assistant.training.loop import Course, Schedule, TrainedWeights, run_course
from assistant.training.pool import Progress
from assistant.vision.manifest import ModelCard
from assistant.vision.vessels import Worked, worked

__all__ = ["MaskRecipe", "Tile", "tiles_of", "train_lesion_masks", "train_vessel_masks"]


class MaskRecipe(Schedule):
    """How a segmenter is trained; the defaults are those of the shipped weights."""

    epochs: int = Field(default=20, ge=1)
    batch: int = Field(default=8, ge=2)
    rate: float = Field(default=1e-3, gt=0)
    size: int = Field(default=224, multiple_of=32, description="side of a crop, or of the square around the head")
    steps: int = Field(default=25, ge=1, description="batches of crops in an epoch")
    cap: int = Field(default=560, description="slices of one class in an epoch, at most")
    strength: float = Field(default=0.8, ge=0, le=1.5)
    overlap: float = Field(default=1.0, ge=0, description="weight of the Dice loss beside the cross entropy")
    each: float = Field(default=0.5, ge=0, le=1, description="share of the Dice loss that is of each slice by itself")


@dataclass(frozen=True, slots=True)
class Tile:
    """A fundus photograph at working scale: even-lit pixels, vessels and field of view, as torch `[c, row, column]`."""

    row: Row
    pixels: Tensor
    mask: Tensor
    inside: Tensor


def tiles_of(rows: Sequence[Row], progress: Progress) -> tuple[Tile, ...]:
    """Every row that has a mask."""
    found: list[Tile] = []
    for number, row in enumerate(rows):
        if row.mask is not None:
            seen: Worked = worked(load_rgb(row.image))
            with Picture.open(row.mask) as picture:
                size = (seen.pixels.shape[1], seen.pixels.shape[0])
                mask = np.asarray(picture.convert("L").resize(size, Picture.Resampling.BILINEAR), dtype=np.float32)
            found.append(
                Tile(
                    row,
                    torch.from_numpy(seen.pixels).permute(2, 0, 1),
                    torch.from_numpy(mask / 255).unsqueeze(0),
                    torch.from_numpy(seen.inside.astype(np.float32)).unsqueeze(0),
                )
            )
        progress("reading pictures", (number + 1) / len(rows))
    return tuple(found)


def train_vessel_masks(
    card: ModelCard,
    network: nn.Module,
    data_dirs: Sequence[Path],
    out: Path,
    *,
    recipe: MaskRecipe | None = None,
    resume: bool = True,
    progress: Progress,
) -> TrainedWeights:
    """Train on crops of the `train` rows. Raises InputError where no training row has a mask."""
    recipe = recipe or MaskRecipe()
    rows = [r for folder in data_dirs for r in read_index(folder)]
    tiles = tiles_of([r for r in rows if r.split == "train"], progress)
    if not tiles:
        raise InputError("No training row has a mask; see the column mask.")
    held = tiles_of([r for r in rows if r.split == "val"], progress)
    how = Augmentation(rotate_degrees=180, scale=0.25, squeeze=0.08, shift=0.0, flip=0.5).scaled(1.0)

    def batches(epoch: int, rng: torch.Generator) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        for _ in range(recipe.steps):
            yield _crops(tiles, recipe, how, rng)

    def loss(net: nn.Module, batch: tuple[Tensor, Tensor, Tensor]) -> Tensor:
        pixels, mask, inside = batch
        return mask_loss(net(pixels).float(), mask, inside, overlap=recipe.overlap)

    course = Course(
        card.name,
        network,
        recipe.steps,
        batches,
        loss,
        (lambda net: _tile_dice(net, held)) if held else None,
        ("encoder.",),
        layout=torch.contiguous_format,
    )
    return run_course(course, recipe, out, resume=resume, progress=progress)


def _crops(
    tiles: Sequence[Tile], recipe: MaskRecipe, how: Augmentation, rng: torch.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Random turned, scaled and recoloured crops."""
    found = []
    for theta in affines(recipe.batch, how, rng):
        tile = tiles[int(torch.randint(len(tiles), (1,), generator=rng))]
        rows, columns = tile.mask.shape[1:]
        reach = torch.tensor([recipe.size / columns, recipe.size / rows])
        place = theta.clone()
        place[:, :2] = place[:, :2] * reach.view(2, 1)
        place[:, 2] = (torch.rand(2, generator=rng) * 2 - 1) * (1 - reach * 0.8)
        grid = F.affine_grid(place.unsqueeze(0), [1, 1, recipe.size, recipe.size], align_corners=False)
        every = torch.cat([tile.pixels, tile.mask, tile.inside]).unsqueeze(0)
        found.append(F.grid_sample(every, grid, align_corners=False)[0])
    crops = torch.stack(found)
    pixels, mask, inside = crops[:, :3], crops[:, 3:4], (crops[:, 4:5] > 0.5).float()
    n, strength = recipe.batch, recipe.strength
    gain = torch.exp((torch.rand(n, 3, 1, 1, generator=rng) - 0.5) * 0.8 * strength)
    offset = (torch.rand(n, 3, 1, 1, generator=rng) - 0.5) * 0.6 * strength
    noise = torch.rand(n, 1, 1, 1, generator=rng) * 0.25 * strength
    grey = (torch.rand(n, 1, 1, 1, generator=rng) < 0.15 * strength).float()
    pixels = pixels * (1 - grey) + pixels[:, 1:2] * grey
    pixels = pixels * gain + offset + noise * torch.randn(pixels.shape, generator=rng)
    if float(torch.rand(1, generator=rng)) < 0.3 * strength:
        pixels = F.avg_pool2d(F.pad(pixels, (1, 1, 1, 1), mode="replicate"), 3, 1)
    return (pixels * inside).contiguous(), mask, inside


@torch.inference_mode()
def _tile_dice(network: nn.Module, tiles: Sequence[Tile]) -> float:
    """Mean Dice at one half inside the field of view, at working scale."""
    found: list[float] = []
    for tile in tiles:
        rows, columns = tile.mask.shape[1:]
        pad = (0, -columns % 32, 0, -rows % 32)
        logits = network(F.pad(tile.pixels.unsqueeze(0), pad))
        read = (logits[0, 0, :rows, :columns].float() > 0) & (tile.inside[0] > 0.5)
        truth = (tile.mask[0] > 0.5) & (tile.inside[0] > 0.5)
        found.append(float(2 * (read & truth).sum() / (read.sum() + truth.sum()).clamp(min=1)))
    return sum(found) / max(1, len(found))


def train_lesion_masks(
    card: ModelCard,
    network: nn.Module,
    data_dirs: Sequence[Path],
    out: Path,
    *,
    start: Path | None,
    recipe: MaskRecipe | None = None,
    resume: bool = True,
    progress: Progress,
) -> TrainedWeights:
    """Train on the `train` rows with outlines and on slices without a lesion. Raises InputError, ModelError."""
    recipe = recipe or MaskRecipe(batch=12, epochs=9, rate=6e-4)
    rows = [r for folder in data_dirs for r in read_index(folder)]
    kinds = sorted({b.label for r in rows for b in r.boxes})
    slices = slices_of([r for r in rows if r.split == "train"], kinds, EMPTY_LABELS, progress)
    if not any(s.lesion for s in slices):
        raise InputError("No training row has an outline; see the column mask.")
    held = slices_of(
        [r for r in rows if r.split == "val" and r.mask is not None], kinds, EMPTY_LABELS, progress, mirrored=False
    )
    if start is not None:
        started(network, start, "encoder")
    pool = LesionPool(slices, recipe.cap)
    how = Augmentation(scale=0.25, noise=0.04, coarse_share=0.15, blur_share=0.2).scaled(recipe.strength)

    def batches(_epoch: int, rng: torch.Generator) -> Iterator[LesionBatch]:
        for members in pool.epoch(rng, recipe.batch):
            yield lesion_batch([pool.slices[i] for i in members], recipe.size, how, rng, 0.1)

    course = Course(
        card.name,
        network,
        -(-pool.size // recipe.batch),
        batches,
        lambda net, batch: mask_loss(net(batch.pixels).float(), batch.masks, each=recipe.each, overlap=recipe.overlap),
        (lambda net: _slice_dice(net, held, recipe.size)) if held else None,
        ("encoder.",),
    )
    return run_course(course, recipe, out, resume=resume, progress=progress)


@torch.inference_mode()
def _slice_dice(network: nn.Module, slices: Sequence[Slice], size: int) -> float:
    found: list[float] = []
    rng = torch.Generator()
    for at in range(0, len(slices), 16):
        batch = lesion_batch(slices[at : at + 16], size, None, rng)
        read = (network(batch.pixels)[:, 0] > 0).flatten(1)
        truth = (batch.masks[:, 0] > 0.5).flatten(1)
        found += (2 * (read & truth).sum(1) / (read.sum(1) + truth.sum(1)).clamp(min=1)).tolist()
    return sum(found) / max(1, len(found))
