"""A Pyramid Vision Transformer that boxes lesions: PVT v2 B0, a light feature pyramid, one dense head at stride 8.

Wang 2022, "PVT v2: Improved baselines with Pyramid Vision Transformer" (arXiv:2106.13797). The head is anchor-free
(Tian 2019, FCOS, arXiv:1904.01355): each cell gives the distances to the four sides of its box, a score that a lesion
is there (taught to equal the box's overlap with the true one) and what it would be. A mask head shares the features in
training and is dropped after it. What it does not know: calibration, and the image that the square was cut from.
"""

from typing import Any, NamedTuple

import timm
import torch
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["BACKBONE", "STRIDE", "Dense", "PyramidDetector", "cell_centres", "decoded"]

BACKBONE = "pvt_v2_b0"
STRIDE = 8
_WIDTHS = (32, 64, 160, 256)


class Dense(NamedTuple):
    """What every cell says, `[n, channels, rows, columns]`.

    `score`: 1 logit. `sides`: left, top, right, bottom in units of the stride, positive. `kind`: logits of the classes.
    `mask`: 1 logit at twice the resolution, where it is outlined too.
    """

    score: Tensor
    sides: Tensor
    kind: Tensor
    mask: Tensor | None


def _separable(width: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(width, width, 5, padding=2, groups=width, bias=False),
        nn.GroupNorm(8, width),
        nn.Conv2d(width, width, 1, bias=False),
        nn.GroupNorm(8, width),
        nn.SiLU(inplace=True),
    )


class PyramidDetector(nn.Module):
    """Pixels `[n, 3, side, side]` (side a multiple of 32) to `Dense`; `outlined` adds the mask head of training."""

    backbone: Any

    def __init__(self, classes: int, width: int = 96, *, outlined: bool = False) -> None:
        super().__init__()
        self.backbone = timm.create_model(BACKBONE, pretrained=False, num_classes=0)
        self.lateral = nn.ModuleList(nn.Conv2d(w, width, 1) for w in _WIDTHS[1:])
        self.merge = nn.ModuleList(_separable(width) for _ in range(2))
        self.place = nn.Sequential(_separable(width), _separable(width))
        self.what = nn.Sequential(_separable(width), _separable(width))
        self.sides = nn.Conv2d(width, 4, 1)
        self.score = nn.Conv2d(width, 1, 1)
        self.kind = nn.Conv2d(width, classes, 1)
        if outlined:
            self.fine = nn.Conv2d(_WIDTHS[0], width, 1)
            self.mask = nn.Conv2d(width, 1, 1)
        self.outlined = outlined
        nn.init.constant_(self.score.bias, -4.0)  # type: ignore[arg-type]
        nn.init.constant_(self.sides.bias, 1.0)  # type: ignore[arg-type]

    def features(self, pixels: Tensor) -> list[Tensor]:
        """Maps at strides 4, 8, 16 and 32."""
        x = self.backbone.patch_embed(pixels)
        found = []
        for stage in self.backbone.stages:
            x = stage(x)
            found.append(x)
        return found

    def forward(self, pixels: Tensor) -> Dense:
        first, *rest = self.features(pixels)
        levels = [lateral(level) for lateral, level in zip(self.lateral, rest, strict=True)]
        x = levels[2]
        for merge, finer in zip(self.merge, (levels[1], levels[0]), strict=True):
            x = merge(finer + F.interpolate(x, size=finer.shape[2:], mode="bilinear"))
        place = self.place(x)
        mask = None
        if self.outlined:
            mask = self.mask(self.fine(first) + F.interpolate(place, size=first.shape[2:], mode="bilinear"))
        return Dense(
            self.score(place), F.softplus(self.sides(place).float()).clamp(max=64.0), self.kind(self.what(x)), mask
        )


def cell_centres(rows: int, columns: int, device: torch.device) -> Tensor:
    """`[rows * columns, 2]`: x, y of the cells' centres in pixels of the square."""
    y, x = torch.meshgrid(
        torch.arange(rows, device=device) + 0.5, torch.arange(columns, device=device) + 0.5, indexing="ij"
    )
    return torch.stack([x.flatten(), y.flatten()], dim=1) * STRIDE


def decoded(sides: Tensor) -> Tensor:
    """Sides `[n, 4, rows, columns]` to boxes `[n, cells, 4]`, `xyxy` in pixels of the square."""
    n, _, rows, columns = sides.shape
    centres = cell_centres(rows, columns, sides.device)
    out = sides.flatten(2).transpose(1, 2) * STRIDE
    return torch.cat([centres - out[..., :2], centres + out[..., 2:]], dim=2).reshape(n, -1, 4)
