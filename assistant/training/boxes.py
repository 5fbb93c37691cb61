"""Train a detector of the manifest: dense boxes on a Pyramid Vision Transformer.

Cells are assigned to a lesion by how well they already agree with it (task-aligned, Feng 2021, TOOD,
arXiv:2108.07755); the score is taught to equal the overlap (Zhang 2021, VarifocalNet, arXiv:2008.13367); boxes by
generalised overlap (Rezatofighi 2019, arXiv:1902.09630) and smooth L1; kinds by cross entropy.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from pydantic import Field
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.ops import generalized_box_iou

from assistant.errors import InputError, ModelError
from assistant.training.augment import Augmentation
from assistant.training.data import read_index
from assistant.training.labels import EMPTY_LABELS
from assistant.training.lesions import LesionBatch, LesionPool, Slice, lesion_batch, slices_of
from assistant.training.loop import Course, Schedule, TrainedWeights, run_course
from assistant.training.pool import Progress
from assistant.vision.manifest import ModelCard
from assistant.vision.pyramid import STRIDE, Dense, PyramidDetector, cell_centres, decoded

__all__ = ["BoxRecipe", "box_loss", "started", "train_boxes"]

DROPPED = ("fine.", "mask.")
"""Parts of the network that training alone needs."""


class BoxRecipe(Schedule):
    """How a detector is trained; the defaults are those of the shipped weights."""

    epochs: int = Field(default=26, ge=1)
    batch: int = Field(default=16, ge=2)
    rate: float = Field(default=8e-4, gt=0)
    size: int = Field(default=224, multiple_of=32)
    cap: int = Field(default=560, description="slices of one class in an epoch, at most")
    pasted: float = Field(default=0.15, description="share of slices that get a second lesion")
    strength: float = Field(default=0.8, ge=0, le=1.5, description="of the augmentation")


def train_boxes(
    card: ModelCard,
    data_dirs: Sequence[Path],
    out: Path,
    *,
    start: Path | None,
    recipe: BoxRecipe | None = None,
    resume: bool = True,
    progress: Progress,
) -> TrainedWeights:
    """Train on the `train` rows that hold boxes (an outline helps), and on those without a lesion. Raises InputError
    where there are none, ModelError where the start cannot be loaded."""
    recipe = recipe or BoxRecipe()
    rows = [r for folder in data_dirs for r in read_index(folder)]
    slices = slices_of([r for r in rows if r.split == "train"], card.classes, EMPTY_LABELS, progress, outlined=False)
    if not any(s.boxes for s in slices):
        raise InputError("No training row holds boxes of known classes alone; see the column boxes.")
    boxed = [r for r in rows if r.split == "val" and r.boxes]
    held = slices_of(boxed, card.classes, EMPTY_LABELS, progress, outlined=False)
    network = PyramidDetector(len(card.classes), outlined=True)
    started(network, start, "backbone", DROPPED)
    pool = LesionPool(slices, recipe.cap)
    how = Augmentation(scale=0.25, noise=0.04, coarse_share=0.15, blur_share=0.2).scaled(recipe.strength)

    def batches(epoch: int, rng: torch.Generator) -> Iterator[LesionBatch]:
        late = epoch >= 0.85 * recipe.epochs
        for members in pool.epoch(rng, recipe.batch):
            chosen = [pool.slices[i] for i in members]
            yield lesion_batch(chosen, recipe.size, how.scaled(0.4) if late else how, rng, recipe.pasted)

    course = Course(
        card.name,
        network,
        -(-pool.size // recipe.batch),
        batches,
        lambda net, batch: box_loss(net(batch.pixels), batch),
        (lambda net: overlap_on(net, held, recipe.size)) if held else None,
        ("backbone.",),
        DROPPED,
    )
    return run_course(course, recipe, out, resume=resume, progress=progress)


def started(network: nn.Module, start: Path | None, part: str, dropped: tuple[str, ...] = ()) -> None:
    """Load the weights of the backbone that the network holds as `part`, or of a whole trained network, which may lack
    the parts that training alone needs (`dropped`). Raises ModelError where there are none or they do not fit."""
    if start is None:
        raise ModelError("Give the path of a backbone file with --start; the ImageNet weights need a network.")
    if not start.is_file():
        raise ModelError("The file with the starting weights is not there; give the path of a backbone.")
    state = {k: v.float() if v.is_floating_point() else v for k, v in load_file(start).items()}
    own = network.state_dict()
    try:
        if not part or set(state) <= set(own):
            kept = {k: v for k, v in own.items() if k not in state and k.startswith(dropped)} if dropped else {}
            network.load_state_dict({**kept, **state})
        else:
            network.get_submodule(part).load_state_dict(state)
    except RuntimeError as error:
        raise ModelError("The starting weights belong to another architecture.") from error


@torch.inference_mode()
def overlap_on(network: nn.Module, slices: Sequence[Slice], size: int) -> float:
    """Mean overlap of the box of the surest cell with the true one that it meets best."""
    found: list[float] = []
    rng = torch.Generator()
    for at in range(0, len(slices), 16):
        batch = lesion_batch(slices[at : at + 16], size, None, rng)
        dense = network(batch.pixels)
        surest = dense.score.flatten(1).argmax(1)
        boxes = decoded(dense.sides)
        found += [
            float(_overlaps(boxes[i, surest[i]].view(1, 4), batch.boxes[i]).max())
            for i in range(len(batch.boxes))
            if len(batch.boxes[i])
        ]
    return sum(found) / max(1, len(found))


def _overlaps(one: Tensor, other: Tensor) -> Tensor:
    low = torch.maximum(one[:, None, :2], other[None, :, :2])
    high = torch.minimum(one[:, None, 2:], other[None, :, 2:])
    shared = (high - low).clamp(min=0).prod(2)
    areas = (one[:, 2:] - one[:, :2]).prod(1)[:, None] + (other[:, 2:] - other[:, :2]).prod(1)[None]
    return shared / (areas - shared).clamp(min=1e-6)


def box_loss(dense: Dense, batch: LesionBatch, closest: int = 9) -> Tensor:
    """The loss of a batch, a number."""
    score, sides, kind, mask = dense
    rows, columns = score.shape[2:]
    centres = cell_centres(rows, columns, score.device)
    boxes = decoded(sides)
    logits = score.float().flatten(1)
    kinds = kind.float().flatten(2).transpose(1, 2)
    quality = torch.zeros_like(logits)
    place, what = logits.new_zeros(()), logits.new_zeros(())
    weight = logits.new_zeros(())
    for i, (truth, labels) in enumerate(zip(batch.boxes, batch.labels, strict=True)):
        if not len(truth):
            continue
        cells, lesion, value = _assigned(centres, boxes[i].detach(), logits[i].detach().sigmoid(), truth, closest)
        quality[i, cells] = value
        aim = truth[lesion]
        overlap = 1 - torch.diag(generalized_box_iou(boxes[i, cells], aim))
        gap = F.smooth_l1_loss(boxes[i, cells] / STRIDE, aim / STRIDE, reduction="none").mean(1)
        place = place + ((2 * overlap + 0.15 * gap) * value).sum()
        what = what + (F.cross_entropy(kinds[i, cells], labels[lesion], reduction="none") * value).sum()
        weight = weight + value.sum()
    share = torch.where(quality > 0, quality, 0.75 * logits.detach().sigmoid() ** 2)
    seen = (share * F.binary_cross_entropy_with_logits(logits, quality, reduction="none")).sum()
    total: Tensor = (seen + place + 0.5 * what) / weight.clamp(min=4.0)
    if mask is not None:
        small = F.interpolate(batch.masks, size=mask.shape[2:], mode="area")
        total = total + 0.5 * mask_loss(mask.float(), small)
    return total


def _assigned(
    centres: Tensor, boxes: Tensor, scores: Tensor, truth: Tensor, closest: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Cells that stand for a lesion, which lesion, and the quality that their score is taught."""
    overlaps = _overlaps(boxes, truth)
    inside = (centres[:, None] > truth[None, :, :2]) & (centres[:, None] < truth[None, :, 2:])
    allowed = inside.all(2)
    middle = (truth[:, :2] + truth[:, 2:]) / 2
    nearest = torch.cdist(centres, middle).argmin(0)
    allowed[nearest, torch.arange(len(truth))] = True
    agreement = scores[:, None].clamp(min=1e-4).sqrt() * overlaps.clamp(min=1e-3) ** 4 * allowed
    top = agreement.topk(min(closest, len(centres)), dim=0)
    chosen = torch.zeros_like(agreement)
    chosen.scatter_(0, top.indices, top.values)
    best, lesion = chosen.max(1)
    cells = torch.nonzero(best > 0).flatten()
    lesion = lesion[cells]
    peak = chosen.max(0).values.clamp(min=1e-12)
    reach = torch.where(chosen > 0, overlaps, torch.zeros_like(overlaps)).max(0).values
    return cells, lesion, (best[cells] / peak[lesion] * reach[lesion]).clamp(0.02, 1.0)


def mask_loss(
    logits: Tensor, truth: Tensor, weight: Tensor | None = None, *, each: float = 0.0, overlap: float = 1.0
) -> Tensor:
    """Binary cross entropy plus `overlap` times the soft Dice loss (Milletari 2016, arXiv:1606.04797) of the batch; a
    share `each` of the latter is of every picture that has an outline by itself: a small one counts like a large one.
    """
    plain = F.binary_cross_entropy_with_logits(logits, truth, weight=weight)
    p = logits.sigmoid() if weight is None else logits.sigmoid() * weight
    t = truth if weight is None else truth * weight
    joint = 1 - (2 * (p * t).sum() + 1) / (p.sum() + t.sum() + 1)
    filled = t.flatten(1).sum(1) > 0
    if each > 0 and bool(filled.any()):
        p, t = p[filled].flatten(1), t[filled].flatten(1)
        alone = 1 - ((2 * (p * t).sum(1) + 1) / (p.sum(1) + t.sum(1) + 1)).mean()
        joint = (1 - each) * joint + each * alone
    return plain + overlap * joint
