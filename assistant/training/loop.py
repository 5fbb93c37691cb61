"""Epochs of any network: AdamW under a cosine with warm-up, averaged weights, a checkpoint an epoch, early stopping.

What it does not know: pictures, labels, losses. A task gives it batches, a loss and a figure on `val`.
"""

import copy
import json
import math
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Generic, TypeVar

import torch
from pydantic import Field
from safetensors.torch import save_file
from torch import Tensor, nn

from assistant.domain.base import Frozen
from assistant.training.plots import draw_progress
from assistant.training.pool import Progress

__all__ = ["Course", "Epoch", "Schedule", "TrainedWeights", "run_course"]

_Batch = TypeVar("_Batch")


class Schedule(Frozen):
    """How long and how fast; what a task adds stands in its own recipe."""

    epochs: int = Field(default=20, ge=1)
    batch: int = Field(default=16, ge=2)
    rate: float = Field(default=6e-4, gt=0, description="peak learning rate (AdamW, cosine)")
    weight_decay: float = 0.03
    head_share: float = Field(default=2.0, description="the head's rate over the backbone's")
    average: float = Field(default=0.995, description="decay of the averaged weights, a step")
    patience: int = Field(default=1000, ge=1, description="epochs without a better figure on val after which it stops")
    half: bool = Field(default=False, description="bfloat16 products where the processor has them")
    seed: int = 20261124
    threads: int | None = None


class Epoch(Frozen):
    epoch: int
    loss: float
    rate: float
    val: float | None = Field(default=None, description="the task's figure on val, of the averaged weights")


class TrainedWeights(Frozen):
    """What training left behind."""

    model: str
    weights: Path
    curves: tuple[Epoch, ...]
    best_epoch: int


class Course(Generic[_Batch]):
    """A task as the loop sees it."""

    def __init__(
        self,
        name: str,
        network: nn.Module,
        steps: int,
        batches: Callable[[int, torch.Generator], Iterable[_Batch]],
        loss: Callable[[nn.Module, _Batch], Tensor],
        figure: Callable[[nn.Module], float] | None,
        backbone: tuple[str, ...],
        dropped: tuple[str, ...] = (),
        frozen: tuple[nn.Module, ...] = (),
        prefix: str = "",
        layout: torch.memory_format = torch.channels_last,
    ) -> None:
        """`backbone`: how the names of its parameters begin. `dropped`: parts that training alone needs. `frozen`:
        parts that keep the weights of the start. `prefix`: cut from the names in the file of weights.
        `layout`: of the weights in memory, whichever is faster."""
        self.name = name
        self.network = network
        self.steps = steps
        self.batches = batches
        self.loss = loss
        self.figure = figure
        self.backbone = backbone
        self.dropped = dropped
        self.frozen = frozen
        self.prefix = prefix
        self.layout = layout


def run_course(
    course: Course[_Batch], schedule: Schedule, out: Path, *, resume: bool, progress: Progress
) -> TrainedWeights:
    """Train, keep the averaged weights of the best epoch on `val` (the last, where nothing is measured) and write them
    in half precision with the curves. A run that was cut off goes on from its last finished epoch."""
    out.mkdir(parents=True, exist_ok=True)
    if schedule.threads:
        torch.set_num_threads(schedule.threads)
    torch.manual_seed(schedule.seed)
    network = course.network.to(memory_format=course.layout)
    averaged = copy.deepcopy(network).eval()
    optimizer = torch.optim.AdamW(_groups(network, schedule, course.backbone), lr=schedule.rate)
    curves: list[Epoch] = []
    best = {k: v.clone() for k, v in averaged.state_dict().items()}
    checkpoint = out / "checkpoint.pt"
    if resume and checkpoint.is_file():
        state = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(state["network"])
        averaged.load_state_dict(state["averaged"])
        optimizer.load_state_dict(state["optimizer"])
        best = state["best"]
        curves = [Epoch.model_validate(c) for c in state["curves"]]
    for epoch in range(len(curves), schedule.epochs):
        if curves and epoch - _best_of(curves) >= schedule.patience:
            break
        mean, rate = _one(course, network, averaged, optimizer, schedule, epoch, progress)
        value = course.figure(averaged) if course.figure is not None else None
        curves.append(Epoch(epoch=epoch + 1, loss=mean, rate=rate, val=value))
        if _best_of(curves) == epoch + 1:
            best = {k: v.clone() for k, v in averaged.state_dict().items()}
        partial = checkpoint.with_suffix(".partial")
        torch.save(
            {
                "network": network.state_dict(),
                "averaged": averaged.state_dict(),
                "optimizer": optimizer.state_dict(),
                "best": best,
                "curves": [c.model_dump() for c in curves],
            },
            partial,
        )
        partial.replace(checkpoint)
        (out / "curves.json").write_text(json.dumps([c.model_dump() for c in curves], indent=1) + "\n", "utf-8")
    weights = out / f"{course.name}.safetensors"
    kept = {k: v for k, v in best.items() if not k.startswith(course.dropped)} if course.dropped else best
    kept = {k.removeprefix(course.prefix): v for k, v in kept.items()}
    save_file({k: v.half().contiguous() if v.is_floating_point() else v for k, v in kept.items()}, weights)
    draw_progress([c.loss for c in curves], [c.val for c in curves if c.val is not None], out / "curves.png")
    return TrainedWeights(model=course.name, weights=weights, curves=tuple(curves), best_epoch=_best_of(curves))


def _one(
    course: Course[_Batch],
    network: nn.Module,
    averaged: nn.Module,
    optimizer: torch.optim.Optimizer,
    schedule: Schedule,
    epoch: int,
    progress: Progress,
) -> tuple[float, float]:
    rng = torch.Generator().manual_seed(schedule.seed + 1000 * epoch)
    torch.manual_seed(schedule.seed + 1000 * epoch)
    network.train()
    for part in course.frozen:
        part.eval()
    total, seen, rate = 0.0, 0, schedule.rate
    for number, batch in enumerate(course.batches(epoch, rng)):
        step = epoch * course.steps + number
        rate = schedule.rate * _cosine(step, schedule.epochs * course.steps)
        for group in optimizer.param_groups:
            group["lr"] = rate * group["share"]
        with torch.autocast("cpu", torch.bfloat16, enabled=schedule.half):
            loss = course.loss(network, batch)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimizer.step()
        _average(averaged, network, min(schedule.average, (1 + step) / (10 + step)))
        total += float(loss.detach())
        seen += 1
        progress(f"epoch {epoch + 1} of {schedule.epochs}", (number + 1) / course.steps)
    return total / max(1, seen), rate


def _best_of(curves: list[Epoch]) -> int:
    """The number of the best epoch on val; of the last where nothing was measured."""
    measured = [c for c in curves if c.val is not None]
    return max(measured, key=lambda c: (c.val or 0.0, c.epoch)).epoch if measured else curves[-1].epoch


def _cosine(step: int, total: int, warm: float = 0.05) -> float:
    done = step / max(1, total)
    if done < warm:
        return (step + 1) / (warm * total + 1)
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, (done - warm) / (1 - warm))))


def _groups(network: nn.Module, schedule: Schedule, backbone: tuple[str, ...]) -> list[dict[str, object]]:
    groups: dict[tuple[float, float], list[Tensor]] = {}
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            decay = schedule.weight_decay if parameter.ndim > 1 else 0.0
            share = 1.0 if name.startswith(backbone) else schedule.head_share
            groups.setdefault((decay, share), []).append(parameter)
    return [{"params": p, "weight_decay": d, "share": s} for (d, s), p in groups.items()]


@torch.no_grad()
def _average(averaged: nn.Module, network: nn.Module, decay: float) -> None:
    for kept, new in zip(averaged.state_dict().values(), network.state_dict().values(), strict=True):
        if kept.is_floating_point():
            kept.lerp_(new, 1 - decay)
        else:
            kept.copy_(new)
