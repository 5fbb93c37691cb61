"""Augmentation of grey slices, on a batch at a time: places, grey levels, sharpness, and the edge of the head.

Strong on purpose: in the public sets the look of a picture (scanner, sequence, border, skull) goes with its label, and
what varies freely here cannot be learnt as a sign of disease.
"""

import math
from dataclasses import asdict, dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

__all__ = ["Augmentation", "affines", "augmented", "coarsened", "recoloured", "stripped"]


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How far each change goes; 0 switches it off."""

    rotate_degrees: float = 25
    scale: float = 0.18
    shift: float = 0.08
    squeeze: float = 0.10
    flip: float = 0.5
    gamma: float = 0.5
    contrast: float = 0.25
    bias_field: float = 0.3
    noise: float = 0.05
    blur_share: float = 0.25
    coarse_share: float = 0.2
    strip_share: float = 0.25
    patch_share: float = 0.2

    def scaled(self, by: float) -> "Augmentation":
        """The same changes, each `by` times as far; flips stay."""
        return Augmentation(**{k: v if k == "flip" else v * by for k, v in asdict(self).items()})


def augmented(grey: Tensor, size: int, how: Augmentation, rng: torch.Generator) -> Tensor:
    """`[n, h, w]` in 0..1 to `[n, size, size]` in 0..1."""
    x = stripped(grey, how, rng)
    x = _moved(x, size, how, rng)
    x = recoloured(x, how, rng)
    x = coarsened(x, how, rng)
    x = x + _uniform(rng, x.shape[0], 0, how.noise).view(-1, 1, 1) * torch.randn(x.shape, generator=rng)
    return _patched(x.clamp(0, 1), how, rng)


def _uniform(rng: torch.Generator, n: int, low: float, high: float) -> Tensor:
    return torch.rand(n, generator=rng) * (high - low) + low


def stripped(x: Tensor, how: Augmentation, rng: torch.Generator) -> Tensor:
    """In some slices the outer ring of the head (skin, skull) turned black, as after skull stripping."""
    chosen = torch.rand(x.shape[0], generator=rng) < how.strip_share
    if not chosen.any():
        return x
    small = F.interpolate(x[chosen].unsqueeze(1), size=(64, 64), mode="area")
    bright = (small > 0.12).float()
    across = bright.cummax(3).values * bright.flip(3).cummax(3).values.flip(3)
    down = bright.cummax(2).values * bright.flip(2).cummax(2).values.flip(2)
    head = across * down
    outside = F.pad(1 - head, (8, 8, 8, 8), value=1.0)
    width = int(torch.randint(3, 8, (1,), generator=rng))
    grown = F.max_pool2d(outside, 2 * width + 1, 1, width)[:, :, 8:-8, 8:-8]
    keep = F.interpolate(1 - grown, size=x.shape[1:], mode="bilinear").squeeze(1)
    out = x.clone()
    out[chosen] = x[chosen] * (keep > 0.5)
    return out


def affines(n: int, how: Augmentation, rng: torch.Generator) -> Tensor:
    """Random rotations, scales, squeezes, shifts and flips: `[n, 2, 3]`, output to input, both in -1..1."""
    angle = _uniform(rng, n, -how.rotate_degrees, how.rotate_degrees) * (math.pi / 180)
    scale = torch.exp(_uniform(rng, n, -how.scale, how.scale))
    squeeze = torch.exp(_uniform(rng, n, -how.squeeze, how.squeeze))
    flip = torch.where(torch.rand(n, generator=rng) < how.flip, -1.0, 1.0)
    cos, sin = torch.cos(angle) * scale, torch.sin(angle) * scale
    theta = torch.zeros(n, 2, 3)
    theta[:, 0, 0], theta[:, 0, 1] = cos * squeeze * flip, -sin * squeeze
    theta[:, 1, 0], theta[:, 1, 1] = sin / squeeze * flip, cos / squeeze
    theta[:, :, 2] = (torch.rand(n, 2, generator=rng) * 2 - 1) * how.shift * 2
    return theta


def _moved(x: Tensor, size: int, how: Augmentation, rng: torch.Generator) -> Tensor:
    n = x.shape[0]
    grid = F.affine_grid(affines(n, how, rng), [n, 1, size, size], align_corners=False)
    return F.grid_sample(x.unsqueeze(1), grid, align_corners=False).squeeze(1)


def recoloured(x: Tensor, how: Augmentation, rng: torch.Generator) -> Tensor:
    """Gamma, contrast, brightness of what is not black, and a smooth bias field: `[n, h, w]` in 0..1."""
    n = x.shape[0]
    gamma = torch.exp(_uniform(rng, n, -how.gamma, how.gamma)).view(-1, 1, 1)
    gain = torch.exp(_uniform(rng, n, -how.contrast, how.contrast)).view(-1, 1, 1)
    offset = _uniform(rng, n, -0.5 * how.contrast, 0.5 * how.contrast).view(-1, 1, 1)
    field = torch.randn(n, 1, 3, 3, generator=rng) * how.bias_field * 0.5
    field = F.interpolate(field, size=x.shape[1:], mode="bicubic", align_corners=True).squeeze(1)
    toned = x.clamp(1e-4, 1) ** gamma * gain * torch.exp(field)
    return (toned + offset * (x > 0.06)).clamp(0, 1)


def coarsened(x: Tensor, how: Augmentation, rng: torch.Generator) -> Tensor:
    """Some pictures as if sampled coarsely, some blurred: `[n, h, w]`."""
    out = x.clone()
    n, size = x.shape[0], x.shape[1:]
    for i in torch.nonzero(torch.rand(n, generator=rng) < how.coarse_share).flatten().tolist():
        side = int(torch.randint(72, 160, (1,), generator=rng))
        small = F.interpolate(x[i][None, None], size=(side, side), mode="area")
        out[i] = F.interpolate(small, size=size, mode="bilinear")[0, 0]
    for i in torch.nonzero(torch.rand(n, generator=rng) < how.blur_share).flatten().tolist():
        sigma = float(_uniform(rng, 1, 0.4, 1.6))
        at = torch.arange(-4, 5, dtype=torch.float32)
        kernel = torch.exp(-(at**2) / (2 * sigma**2))
        kernel = kernel / kernel.sum()
        row = F.conv2d(F.pad(out[i][None, None], (4, 4, 4, 4), mode="replicate"), kernel.view(1, 1, 1, 9))
        out[i] = F.conv2d(row, kernel.view(1, 1, 9, 1))[0, 0]
    return out


def _patched(x: Tensor, how: Augmentation, rng: torch.Generator) -> Tensor:
    """Small bright bars near the border, as letters and scales on pictures from the web."""
    side = x.shape[1]
    for i in torch.nonzero(torch.rand(x.shape[0], generator=rng) < how.patch_share).flatten().tolist():
        for _ in range(int(torch.randint(1, 4, (1,), generator=rng))):
            h, w = (int(v) for v in torch.randint(2, 14, (2,), generator=rng))
            top = int(torch.randint(0, side - h, (1,), generator=rng))
            left = int(torch.randint(0, side // 6, (1,), generator=rng))
            if torch.rand(1, generator=rng) < 0.5:
                left = side - w - left
            level = float(_uniform(rng, 1, 0.4, 1.0))
            x[i, top : top + h, left : left + w] = level
    return x
