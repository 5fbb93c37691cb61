"""U-Net (Ronneberger 2015, arXiv:1505.04597) in a small form: four levels, batch norm, residual blocks, one logit."""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["UNet"]


class _Block(nn.Module):
    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(before, after, 3, padding=1, bias=False)
        self.norm_first = nn.BatchNorm2d(after)
        self.second = nn.Conv2d(after, after, 3, padding=1, bias=False)
        self.norm_second = nn.BatchNorm2d(after)
        self.past = nn.Conv2d(before, after, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.norm_first(self.first(x)), inplace=True)
        return F.relu(self.norm_second(self.second(y)) + self.past(x), inplace=True)


class UNet(nn.Module):
    """Pixels `[n, 3, rows, columns]` (multiples of 8) to logits `[n, 1, rows, columns]`."""

    def __init__(self, widths: tuple[int, ...] = (16, 32, 64, 128)) -> None:
        super().__init__()
        self.down = nn.ModuleList(_Block(a, b) for a, b in zip((3, *widths[:-1]), widths, strict=True))
        self.up = nn.ModuleList(nn.ConvTranspose2d(b, a, 2, stride=2) for a, b in pairwise(widths))
        self.join = nn.ModuleList(_Block(2 * w, w) for w in widths[:-1])
        self.head = nn.Conv2d(widths[0], 1, 1)

    def forward(self, pixels: Tensor) -> Tensor:
        kept: list[Tensor] = []
        x = pixels
        for number, block in enumerate(self.down):
            x = block(F.max_pool2d(x, 2) if number else x)
            kept.append(x)
        for number in reversed(range(len(self.up))):
            x = self.join[number](torch.cat([self.up[number](x), kept[number]], dim=1))
        logits: Tensor = self.head(x)
        return logits
