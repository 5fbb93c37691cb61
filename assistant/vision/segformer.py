"""SegFormer-B0: a MiT-B0 encoder, all-MLP decoder, one logit a pixel; for fine structures with a learned upsampling.

Xie 2021, "SegFormer" (arXiv:2105.15203). Its decoder gives 150 channels at a quarter of the resolution. What is some
pixels wide (a lesion) is read there and enlarged. For what is not (a vessel), transposed convolutions bring it up,
150 -> 128 -> 64 (kernel 4, stride 2, padding 1), and a 64 -> 256 -> 1 head reads it; what a quarter of the resolution
cannot hold comes past it: two plain convolutions at full resolution, joined before the head. Knows torch and
transformers; not what it outlines.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["SegFormer"]

_WIDTHS = (32, 64, 160, 256)


class SegFormer(nn.Module):
    """Pixels `[n, 3, rows, columns]` (multiples of 32) to logits `[n, 1, rows, columns]`."""

    encoder: Any

    def __init__(self, detail: int = 24, *, fine: bool = True) -> None:
        super().__init__()
        from transformers import SegformerConfig, SegformerModel

        self.encoder = SegformerModel(SegformerConfig())
        self.project = nn.ModuleList(nn.Conv2d(w, 128, 1) for w in _WIDTHS)
        self.fuse = nn.Sequential(nn.Conv2d(4 * 128, 150, 1, bias=False), nn.BatchNorm2d(150), nn.ReLU(inplace=True))
        self.fine = fine
        if not fine:
            self.head = nn.Sequential(nn.Conv2d(150, 1, 1))
            return
        self.up = nn.Sequential(
            nn.ConvTranspose2d(150, 128, 4, stride=2, padding=1),
            nn.ReLU(inplace=True),
            nn.ConvTranspose2d(128, 64, 4, stride=2, padding=1),
            nn.ReLU(inplace=True),
        )
        self.detail = nn.Sequential(
            nn.Conv2d(3, detail, 3, padding=1, bias=False),
            nn.BatchNorm2d(detail),
            nn.ReLU(inplace=True),
            nn.Conv2d(detail, detail, 3, padding=1, bias=False),
            nn.BatchNorm2d(detail),
            nn.ReLU(inplace=True),
        )
        self.head = nn.Sequential(nn.Conv2d(64 + detail, 256, 1), nn.ReLU(inplace=True), nn.Conv2d(256, 1, 1))

    def forward(self, pixels: Tensor) -> Tensor:
        levels = self.encoder(pixel_values=pixels, output_hidden_states=True).hidden_states
        size = levels[0].shape[2:]
        even = [
            F.interpolate(project(level), size=size, mode="bilinear")
            for project, level in zip(self.project, levels, strict=True)
        ]
        fused = self.fuse(torch.cat(even, dim=1))
        logits: Tensor
        if not self.fine:
            logits = F.interpolate(self.head(fused), size=pixels.shape[2:], mode="bilinear")
        else:
            logits = self.head(torch.cat([self.up(fused), self.detail(pixels)], dim=1))
        return logits
