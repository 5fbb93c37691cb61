"""Slices with boxes and outlines -> what a detector and an outliner of lesions learn from, in memory and augmented.

Slices without a lesion are of three sorts: of other scanners, of the same scanner with the lesion mirrored away
(`counterparts`), and, an epoch at a time, slices that got a second lesion from another slice, since the public set
holds exactly one a slice.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image as Picture
from torch import Tensor
from torch.nn import functional as F

from assistant.training.augment import Augmentation, affines, coarsened, recoloured, stripped
from assistant.training.counterparts import without_lesion
from assistant.training.data import Row, load_grey
from assistant.training.pool import STORED_SIZE, Progress
from assistant.vision.preprocess import cut, head_frame, normalised

__all__ = ["LesionBatch", "LesionPool", "Slice", "lesion_batch", "slices_of"]

_GROUPS = "without a lesion"


@dataclass(frozen=True, slots=True)
class Slice:
    """`picture`, `mask`: `[256, 256]` uint8 over the head's frame. `boxes`: of each lesion centre x, y and half sides,
    in -1..1 of the frame; `labels`: its class. An outline without boxes has neither."""

    row: Row
    picture: NDArray[np.uint8]
    mask: NDArray[np.uint8]
    boxes: tuple[tuple[float, float, float, float], ...] = ()
    labels: tuple[int, ...] = ()

    @property
    def lesion(self) -> bool:
        """Whether it shows any."""
        return bool(self.boxes) or bool(self.mask.any())


@dataclass(frozen=True, slots=True)
class LesionBatch:
    """`pixels`: `[n, 3, side, side]` centred; `masks`: `[n, 1, side, side]` in 0..1; `boxes`: a `[k, 4]` `xyxy` in
    pixels of the square a slice; `labels`: `[k]` a slice."""

    pixels: Tensor
    masks: Tensor
    boxes: list[Tensor]
    labels: list[Tensor]


def slices_of(
    rows: Sequence[Row],
    classes: Sequence[str],
    empty: frozenset[str],
    progress: Progress,
    *,
    mirrored: bool = True,
    outlined: bool = True,
) -> tuple[Slice, ...]:
    """Read rows that have an outline, and rows whose label is one of `empty`. A row with a box of a class that is not
    known is left out, since a lesion there would be taught as none.

    Not `outlined`: rows that have boxes; the ellipses that fill them stand for an outline that is not there.
    """
    found: list[Slice] = []
    order = {name: i for i, name in enumerate(classes)}
    for number, row in enumerate(rows):
        if row.label in empty:
            found.append(_without(row, load_grey(row.image)))
        elif all(b.label in order for b in row.boxes) and (row.mask is not None if outlined else row.boxes):
            grey = load_grey(row.image)
            mask = _outline(row, grey)
            found.append(_with(row, grey, mask, order))
            if mirrored and row.mask is not None and (healthy := without_lesion(grey, mask)) is not None:
                found.append(_without(row, healthy))
        progress("reading slices", (number + 1) / len(rows))
    return tuple(found)


def _outline(row: Row, grey: NDArray[np.uint8]) -> NDArray[np.bool_]:
    if row.mask is not None:
        with Picture.open(row.mask) as picture:
            return np.asarray(picture.convert("L")) > 0
    y, x = np.ogrid[0 : grey.shape[0], 0 : grey.shape[1]]
    inside = np.zeros(grey.shape, dtype=np.bool_)
    for x0, y0, x1, y1 in (box.xyxy for box in row.boxes):
        across, down = max((x1 - x0) / 2, 0.5), max((y1 - y0) / 2, 0.5)
        inside |= ((x + 0.5 - (x0 + x1) / 2) / across) ** 2 + ((y + 0.5 - (y0 + y1) / 2) / down) ** 2 <= 1
    return inside


def _prepared(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    square = normalised(cut(grey, head_frame(grey), STORED_SIZE), 0.0, 1.0)
    return np.asarray(np.rint(square * 255), dtype=np.uint8)


def _without(row: Row, grey: NDArray[np.uint8]) -> Slice:
    return Slice(row, _prepared(grey), np.zeros((STORED_SIZE, STORED_SIZE), dtype=np.uint8))


def _with(row: Row, grey: NDArray[np.uint8], mask: NDArray[np.bool_], order: Mapping[str, int]) -> Slice:
    frame = head_frame(grey)
    boxes = []
    for x0, y0, x1, y1 in (box.xyxy for box in row.boxes):
        (u0, v0), (u1, v1) = frame.to_frame(x0, y0), frame.to_frame(x1, y1)
        boxes.append((u0 + u1 - 1, v0 + v1 - 1, u1 - u0, v1 - v0))
    outline = cut(mask.astype(np.uint8) * 255, frame, STORED_SIZE)
    return Slice(row, _prepared(grey), outline, tuple(boxes), tuple(order[b.label] for b in row.boxes))


class LesionPool:
    """Draws an epoch: at most `cap` slices of each class and of those without a lesion."""

    def __init__(self, slices: Sequence[Slice], cap: int) -> None:
        self.slices = tuple(slices)
        self._cap = cap
        self._strata: dict[str, list[int]] = {}
        for index, s in enumerate(slices):
            name = f"class {s.labels[:1]}" if s.lesion else f"{_GROUPS}, {s.row.source}"
            self._strata.setdefault(name, []).append(index)
        self._empty = sum(name.startswith(_GROUPS) for name in self._strata)

    @property
    def counts(self) -> dict[str, int]:
        return {name: len(members) for name, members in sorted(self._strata.items())}

    def _share(self, name: str) -> int:
        share = self._cap // self._empty if name.startswith(_GROUPS) else self._cap
        return min(share, 2 * len(self._strata[name]))

    @property
    def size(self) -> int:
        return sum(self._share(name) for name in self._strata)

    def epoch(self, rng: torch.Generator, batch: int) -> list[list[int]]:
        drawn: list[int] = []
        for name, members in sorted(self._strata.items()):
            orders = [torch.randperm(len(members), generator=rng) for _ in range(2)]
            drawn += [members[i] for i in torch.cat(orders)[: self._share(name)].tolist()]
        order = [drawn[i] for i in torch.randperm(len(drawn), generator=rng).tolist()]
        return [order[at : at + batch] for at in range(0, len(order) - 1, batch)]


def lesion_batch(
    slices: Sequence[Slice], size: int, how: Augmentation | None, rng: torch.Generator, pasted: float = 0.0
) -> LesionBatch:
    """Slices to a batch; without `how` as they are. `pasted`: share that gets a second lesion."""
    x = torch.from_numpy(np.stack([s.picture for s in slices])).float() / 255
    m = torch.from_numpy(np.stack([s.mask for s in slices])).float() / 255
    n = len(slices)
    theta = torch.eye(2, 3).repeat(n, 1, 1)
    if how is not None:
        x = stripped(x, how, rng)
        theta = affines(n, how, rng)
    grid = F.affine_grid(theta, [n, 1, size, size], align_corners=False)
    both = F.grid_sample(torch.stack([x, m], 1), grid, align_corners=False)
    x, m = both[:, 0], both[:, 1]
    boxes, labels = [], []
    for i, s in enumerate(slices):
        moved = [(_moved_box(box, theta[i], size), label) for box, label in zip(s.boxes, s.labels, strict=True)]
        left = [(box, label) for box, label in moved if box is not None]
        boxes.append(torch.stack([box for box, _ in left]) if left else torch.zeros(0, 4))
        labels.append(torch.tensor([label for _, label in left], dtype=torch.long))
    if pasted > 0:
        _paste(x, m, boxes, labels, pasted, rng)
    if how is not None:
        x = coarsened(recoloured(x, how, rng), how, rng)
        noise = torch.rand(n, generator=rng).view(-1, 1, 1) * how.noise
        x = (x + noise * torch.randn(x.shape, generator=rng)).clamp(0, 1)
    pixels = ((x - 0.5) / 0.5).unsqueeze(1).expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last)
    return LesionBatch(pixels, m.unsqueeze(1), boxes, labels)


def _moved_box(box: tuple[float, float, float, float], theta: Tensor, size: int) -> Tensor | None:
    """The box of the ellipse inside a box, after the affine; None where less than half of it is left in the square."""
    cx, cy, a, b = box
    back = torch.linalg.inv(theta[:, :2])
    centre = back @ (torch.tensor([cx, cy]) - theta[:, 2])
    half = torch.tensor([math.hypot(float(r[0]) * a, float(r[1]) * b) for r in back])
    corners = torch.cat([centre - half, centre + half])
    inside = corners.clamp(-1, 1)
    whole = float((corners[2] - corners[0]) * (corners[3] - corners[1]))
    left = float((inside[2] - inside[0]).clamp(min=0) * (inside[3] - inside[1]).clamp(min=0))
    return (inside + 1) * (size / 2) if left > 0.5 * whole else None


def _paste(x: Tensor, m: Tensor, boxes: list[Tensor], labels: list[Tensor], share: float, rng: torch.Generator) -> None:
    """Lesions of other slices of the batch laid into some of its slices, in place, where the head is and none yet."""
    givers = [i for i, b in enumerate(boxes) if len(b) == 1]
    if len(givers) < 2:
        return
    size = x.shape[-1]
    lesions = {i: (x[i].clone(), m[i].clone(), boxes[i][0].clone(), int(labels[i][0])) for i in givers}
    for i in torch.nonzero(torch.rand(len(boxes), generator=rng) < share).flatten().tolist():
        picture, mask, box, label = lesions[givers[int(torch.randint(len(givers), (1,), generator=rng))]]
        for _ in range(4):
            dx, dy = (int(v) for v in torch.randint(-size // 3, size // 3 + 1, (2,), generator=rng))
            to = box + torch.tensor([dx, dy, dx, dy], dtype=box.dtype)
            if to.min() < 4 or to.max() > size - 4 or any(_touch(to, other) for other in boxes[i]):
                continue
            moved = torch.roll(mask, (dy, dx), (0, 1))
            if float((x[i] > 0.12)[moved > 0.5].float().mean()) < 0.95:
                continue
            soft = F.avg_pool2d(moved[None, None], 5, 1, 2)[0, 0]
            x[i] = x[i] * (1 - soft) + torch.roll(picture, (dy, dx), (0, 1)) * soft
            m[i] = torch.maximum(m[i], moved)
            boxes[i] = torch.cat([boxes[i], to.view(1, 4)])
            labels[i] = torch.cat([labels[i], torch.tensor([label])])
            break


def _touch(one: Tensor, other: Tensor) -> bool:
    low, high = torch.maximum(one[:2], other[:2]), torch.minimum(one[2:], other[2:])
    return bool((high - low > -4).all())
