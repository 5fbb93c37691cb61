"""Train a classifier of the manifest on data folders: fine-tuning with averaged weights, checkpoints and curves.

Plain functions; the command line draws the progress bar. What it does not know: thresholds, calibration and cards
(`assistant.training.publish`), and whether the result is better than what is shipped.
"""

import hashlib
import importlib
import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from pydantic import Field
from safetensors.torch import load, save_file
from torch import Tensor, nn
from torch.nn import functional as F

from assistant.domain.base import Frozen
from assistant.errors import InputError, ModelError
from assistant.training.augment import Augmentation, augmented
from assistant.training.data import Row, read_index
from assistant.training.plots import draw_curves
from assistant.training.pool import Example, Pool, Progress, examples_of, overlapping, pool_of
from assistant.vision.base import VisionModel
from assistant.vision.manifest import ModelCard
from assistant.vision.network import ClassMaps, grey_batch, new_network, weights_into

__all__ = [
    "EpochCurve",
    "Recipe",
    "TrainingRun",
    "fit",
    "frozen_parts",
    "opened",
    "silent",
    "train",
    "train_on",
    "training_rows",
]


class Recipe(Frozen):
    """How a classifier is trained; the defaults are those of the shipped weights."""

    epochs: int = Field(default=10, ge=1)
    batch: int = Field(default=32, ge=2)
    rate: float = Field(default=1e-3, gt=0, description="peak learning rate (AdamW, cosine)")
    weight_decay: float = 0.02
    first_size: int = Field(default=160, ge=32, description="side in pixels in the first epochs")
    size: int = Field(default=192, ge=32, description="side in pixels in the last epochs; best the card's input size")
    last_share: float = Field(default=0.3, ge=0, le=1, description="of the epochs that are at full size")
    frozen_stages: int = Field(default=2, description="stem and so many stages keep the weights of the start")
    smoothing: float = 0.05
    average: float = Field(default=0.99, description="decay of the averaged weights, a step")
    dropout: float = 0.3
    cap: int = Field(default=130, description="pictures of one source and class in an epoch, at most")
    repeat: int = Field(default=2, description="times that one picture is seen in an epoch, at most")
    seed: int = 20261123
    strength: float = Field(default=0.7, ge=0, le=1, description="of the augmentation")
    threads: int | None = None


class EpochCurve(Frozen):
    epoch: int
    loss: float
    accuracy: float
    rate: float


class TrainingRun(Frozen):
    """What training left behind."""

    model: str
    weights: Path
    curves: tuple[EpochCurve, ...]
    recipe: Recipe
    drawn: dict[str, int] = Field(description="pictures at hand in each stratum")


def silent(_step: str, _share: float) -> None:
    """A progress callback that shows nothing."""


def training_rows(data_dirs: Sequence[Path], without_fold: str | None = None) -> tuple[Row, ...]:
    """The `train` rows; with a held-out fold, folded sources' rows outside it, and no picture that is in it."""
    every = tuple(r for folder in data_dirs for r in read_index(folder))
    if without_fold is None:
        rows = tuple(r for r in every if r.split == "train")
        if not rows:
            raise InputError("None of the data folders has rows of the split 'train'.")
        return rows
    held_out = frozenset((r.source, r.group) for r in every if r.fold == without_fold)
    if not held_out:
        raise InputError(f"No row of the data folders is in the fold '{without_fold}'.")
    return tuple(
        r
        for r in every
        if (r.source, r.group) not in held_out and (r.fold or r.split == "train") and not overlapping(r, held_out)
    )


def train(
    card: ModelCard,
    data_dirs: Sequence[Path],
    out: Path,
    *,
    start: Path | None = None,
    recipe: Recipe | None = None,
    resume: bool = True,
    progress: Progress = silent,
) -> TrainingRun:
    """Train the model of `card` on the `train` rows of `data_dirs` and write weights and curves to `out`.

    `start`: a safetensors file of the backbone; None asks timm for ImageNet weights, which needs a network. A run that
    was cut off goes on from its last finished epoch. Raises InputError for data without usable rows, ModelError where
    the start cannot be loaded.
    """
    if card.task != "classify":
        raise ModelError(f"'{card.name}' is no classifier; this training is for classifiers.")
    recipe = recipe or Recipe()
    rows = training_rows(data_dirs)
    examples = examples_of(rows, card.classes, card.labels, lesion=card.positive, seed=recipe.seed, progress=progress)
    return train_on(card, examples, out, start=start, recipe=recipe, resume=resume, progress=progress)


def train_on(
    card: ModelCard,
    examples: Sequence[Example],
    out: Path,
    *,
    start: Path | None,
    recipe: Recipe,
    resume: bool,
    progress: Progress,
) -> TrainingRun:
    """Train on pictures that are in memory."""
    present = {e.label for e in examples}
    if lacking := [c for i, c in enumerate(card.classes) if i not in present]:
        raise InputError(f"The training rows hold no picture of the class(es) {', '.join(lacking)}.")
    pool = pool_of(examples, recipe.cap, recipe.repeat)
    return fit(card.name, started(card, start, recipe.dropout), pool, recipe, out, resume=resume, progress=progress)


def started(card: ModelCard, start: Path | None, dropout: float) -> ClassMaps:
    """A network with the backbone's weights and a head of zeros.

    timm's own start of the head is so wide for few classes that its first gradients spoil the backbone.
    """
    network = new_network(len(card.classes), dropout)
    nn.init.zeros_(network.net.classifier.weight)
    nn.init.zeros_(network.net.classifier.bias)
    if start is not None:
        if not start.is_file():
            raise ModelError("The file with the starting weights is not there; give the path of a backbone.")
        weights_into(network, start, head=False)
        return network
    import timm

    from assistant.vision.network import ARCHITECTURE

    try:
        pretrained = timm.create_model(ARCHITECTURE, pretrained=True, num_classes=0)
    except (OSError, RuntimeError) as error:
        raise ModelError(
            "The ImageNet start could not be fetched (no network?); give the path of a backbone file with --start."
        ) from error
    network.net.load_state_dict(pretrained.state_dict(), strict=False)
    return network


def fit(
    name: str, network: ClassMaps, pool: Pool, recipe: Recipe, out: Path, *, resume: bool, progress: Progress
) -> TrainingRun:
    """The epochs: AdamW under a cosine with warm-up, exponential average of the weights, a checkpoint an epoch."""
    out.mkdir(parents=True, exist_ok=True)
    if recipe.threads:
        torch.set_num_threads(recipe.threads)
    torch.manual_seed(recipe.seed)
    frozen = frozen_parts(network, recipe.frozen_stages)
    network.to(memory_format=torch.channels_last)
    averaged = new_network(network.net.num_classes)
    averaged.load_state_dict(network.state_dict())
    optimizer = torch.optim.AdamW(_groups(network, recipe), lr=recipe.rate)
    curves: list[EpochCurve] = []
    checkpoint = out / "checkpoint.pt"
    if resume and checkpoint.is_file():
        state = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(state["network"])
        averaged.load_state_dict(state["averaged"])
        optimizer.load_state_dict(state["optimizer"])
        curves = [EpochCurve.model_validate(c) for c in state["curves"]]
    for epoch in range(len(curves), recipe.epochs):
        network.train()
        for module in frozen:
            module.eval()
        curves.append(_epoch(network, averaged, optimizer, pool, recipe, epoch, progress))
        state = {
            "network": network.state_dict(),
            "averaged": averaged.state_dict(),
            "optimizer": optimizer.state_dict(),
            "curves": [c.model_dump() for c in curves],
        }
        partial = checkpoint.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(checkpoint)
    weights = out / f"{name}.safetensors"
    save_half(averaged, weights)
    (out / "curves.json").write_text(json.dumps([c.model_dump() for c in curves], indent=1) + "\n", encoding="utf-8")
    draw_curves(curves, out / "curves.png")
    drawn = {f"{s.name}: class {s.label}": len(s.pictures) for s in pool.strata}
    return TrainingRun(model=name, weights=weights, curves=tuple(curves), recipe=recipe, drawn=drawn)


def _epoch(
    network: ClassMaps,
    averaged: ClassMaps,
    optimizer: torch.optim.Optimizer,
    pool: Pool,
    recipe: Recipe,
    epoch: int,
    progress: Progress,
) -> EpochCurve:
    rng = torch.Generator().manual_seed(recipe.seed + 1000 * epoch)
    torch.manual_seed(recipe.seed + 1000 * epoch)
    batches = list(_batches(pool.epoch(rng), recipe.batch))
    late = epoch >= recipe.epochs - round(recipe.last_share * recipe.epochs)
    size = recipe.size if late else recipe.first_size
    total = recipe.epochs * len(batches)
    losses, hits, seen, rate = 0.0, 0, 0, 0.0
    for number, pairs in enumerate(batches):
        step = epoch * len(batches) + number
        rate = recipe.rate * _cosine(step, total)
        for group in optimizer.param_groups:
            group["lr"] = rate * group["share"]
        grey, truth = pool.batch(pairs)
        grey = (augmented(grey, size, Augmentation().scaled(recipe.strength), rng) - 0.5) / 0.5
        logits, _ = network(grey_batch(grey))
        loss = F.cross_entropy(logits, truth, label_smoothing=recipe.smoothing)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimizer.step()
        _average(averaged, network, min(recipe.average, (1 + step) / (10 + step)))
        losses += float(loss.detach()) * len(truth)
        hits += int((logits.argmax(1) == truth).sum())
        seen += len(truth)
        progress(f"epoch {epoch + 1} of {recipe.epochs}", (number + 1) / len(batches))
    return EpochCurve(epoch=epoch + 1, loss=losses / seen, accuracy=hits / seen, rate=rate)


def _batches(pairs: list[tuple[int, int]], size: int) -> Iterator[list[tuple[int, int]]]:
    for at in range(0, len(pairs), size):
        if len(batch := pairs[at : at + size]) > 1:
            yield batch


def _cosine(step: int, total: int, warm: float = 0.06) -> float:
    done = step / max(1, total)
    if done < warm:
        return (step + 1) / (warm * total + 1)
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * (done - warm) / (1 - warm)))


def frozen_parts(network: ClassMaps, stages: int) -> list[nn.Module]:
    if stages == 0:
        return []
    frozen: list[nn.Module] = [network.net.conv_stem, network.net.bn1, *network.net.blocks[:stages]]
    if stages >= len(network.net.blocks):
        frozen += [network.net.conv_head, network.net.bn2]
    for module in frozen:
        module.requires_grad_(False)
    return frozen


def _groups(network: ClassMaps, recipe: Recipe) -> list[dict[str, object]]:
    """The head learns twice as fast; norms and biases are not decayed."""
    groups: dict[tuple[float, float], list[Tensor]] = {}
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            decay = recipe.weight_decay if parameter.ndim > 1 else 0.0
            share = 2.0 if "classifier" in name else 1.0
            groups.setdefault((decay, share), []).append(parameter)
    return [{"params": p, "weight_decay": d, "share": s} for (d, s), p in groups.items()]


@torch.no_grad()
def _average(averaged: ClassMaps, network: ClassMaps, decay: float) -> None:
    for kept, new in zip(averaged.state_dict().values(), network.state_dict().values(), strict=True):
        if kept.is_floating_point():
            kept.lerp_(new, 1 - decay)
        else:
            kept.copy_(new)


def save_half(network: ClassMaps, file: Path) -> None:
    """The weights in half precision, as they ship."""
    state = network.net.state_dict()
    save_file({k: v.detach().half().contiguous() if v.is_floating_point() else v for k, v in state.items()}, file)


def opened(card: ModelCard, weights: Path) -> VisionModel:
    """A model from trained weights that are in no manifest yet; its card names their hash."""
    data = weights.read_bytes()
    state = {k: v.float() if v.is_floating_point() else v for k, v in load(data).items()}
    model: VisionModel = importlib.import_module(card.module).MODEL(
        card.model_copy(update={"sha256": hashlib.sha256(data).hexdigest()}), state, torch.device("cpu")
    )
    return model
