"""Findings drawn on pixels, layer by layer: saliency, outlines, boxes.

Geometry: the picture covers the image edge to edge, so image coordinates scale by one factor an axis and nothing
shifts. Colour is never the only carrier: outlines differ in line style and carry their handle, saliency is hatched.
"""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pil
from PIL import ImageDraw, ImageFont, UnidentifiedImageError

from assistant.domain.finding import Finding
from assistant.domain.geometry import Box
from assistant.domain.image import Image, windowed
from assistant.domain.shape import edge
from assistant.errors import ReportError

__all__ = [
    "FONTS",
    "STYLES",
    "Layer",
    "Style",
    "alone",
    "base",
    "beside",
    "draw",
    "fitted",
    "jpeg",
    "layers_of",
    "png",
    "style_of",
]

Layer = Literal["saliency", "outline", "box"]
Artifacts = Callable[[str], bytes]

FONTS = Path(__file__).parent / "fonts"
MAX_SIDE = 720
_ALONE_MIN, _ALONE_MAX = 512, 1024


@dataclass(frozen=True, slots=True)
class Style:
    """How one finding is outlined; `dash` in line widths, on and off in turn, empty for a solid line."""

    name: str
    colour: tuple[int, int, int]
    dash: tuple[float, ...]


STYLES = (
    Style("solid line", (213, 94, 0), ()),
    Style("dashed line", (86, 180, 233), (5, 3)),
    Style("dotted line", (240, 228, 66), (1.5, 2)),
    Style("dash-dot line", (0, 158, 115), (6, 2, 1.5, 2)),
    Style("long-dashed line", (204, 121, 167), (11, 4)),
)
"""Colours of Okabe and Ito (2008), which colour-blind readers tell apart."""


def style_of(finding: Finding) -> Style:
    """By the number in the handle, so a finding looks the same on every picture."""
    digits = "".join(c for c in finding.handle if c.isdigit())
    return STYLES[(int(digits or 1) - 1) % len(STYLES)]


def layers_of(finding: Finding) -> tuple[Layer, ...]:
    """Which layers a finding has to show."""
    kinds: set[Layer] = {e.kind for e in finding.evidence}
    if isinstance(finding.region, Box):
        kinds.add("box")
    elif finding.region is not None:
        kinds.discard("box")
    order: tuple[Layer, ...] = ("saliency", "outline", "box")
    return tuple(k for k in order if k in kinds)


def fitted(size_rc: tuple[int, int], max_side: int = MAX_SIDE) -> tuple[int, int]:
    """(width, height) of the drawing: proportions kept, longest side `max_side`."""
    rows, columns = size_rc
    scale = max_side / max(rows, columns)
    return max(1, round(columns * scale)), max(1, round(rows * scale))


def base(image: Image, max_side: int = MAX_SIDE) -> Pil.Image:
    """The image alone, windowed to 8 bit, RGB."""
    return Pil.fromarray(windowed(image)).convert("RGB").resize(fitted(image.facts.size_rc, max_side), _RESAMPLE)


def draw(
    image: Image,
    findings: Sequence[Finding],
    artifacts: Artifacts,
    layers: Sequence[Layer] = ("saliency", "outline", "box"),
    max_side: int = MAX_SIDE,
) -> Pil.Image:
    """The image with the given layers of the findings on it; findings of other images are left out."""
    picture = base(image, max_side)
    own = [f for f in findings if f.image == image.facts.handle]
    if "saliency" in layers:
        for finding in own:
            for name in _names(finding, "saliency"):
                picture = _hatched(picture, _laid_over(artifacts(name), picture.size, finding))
    outlined = "outline" in layers and any(_names(f, "outline") for f in own)
    if outlined:
        for finding in own:
            for name in _names(finding, "outline"):
                mask = _laid_over(artifacts(name), picture.size, finding)
                picture.paste(mask, (0, 0), mask)
    if "box" in layers:
        for finding in own:
            if isinstance(finding.region, Box):
                named = style_of(finding), finding.handle
                _box(picture, finding.region, image.facts.size_rc, *named, below=outlined)
    return picture


def alone(
    finding: Finding,
    size_rc: tuple[int, int],
    mask: NDArray[np.bool_] | None = None,
    unsure: NDArray[np.bool_] | None = None,
) -> bytes:
    """A PNG with alpha to be laid over the image edge to edge: the box, or the mask's outline, in the finding's style.

    `unsure`: where the model is unsure, shaded. Where the image has fewer pixels the drawing has more, so that lines
    and the handle stay sharp.
    """
    side = min(_ALONE_MAX, max(_ALONE_MIN, *size_rc))
    picture = Pil.new("RGBA", fitted(size_rc, side), (0, 0, 0, 0))
    style = style_of(finding)
    if mask is not None:
        _outlined(picture, mask, unsure, style, finding.handle)
    elif isinstance(finding.region, Box):
        _box(picture, finding.region, size_rc, style, finding.handle)
    return _drawing_png(picture)


def beside(left: NDArray[np.uint8], right: NDArray[np.uint8], titles: tuple[str, str], max_side: int = 640) -> bytes:
    """Two pictures side by side at one height, each with its title above; a PNG."""
    font = _font(18)
    tiles = []
    for pixels in (left, right):
        picture = Pil.fromarray(pixels).convert("RGB")
        tiles.append(picture.resize(fitted((picture.height, picture.width), max_side), _RESAMPLE))
    high, gap, head = max(t.height for t in tiles), 12, 30
    sheet = Pil.new("RGB", (sum(t.width for t in tiles) + gap, high + head), (20, 20, 20))
    pen = ImageDraw.Draw(sheet)
    x = 0
    for tile, title in zip(tiles, titles, strict=True):
        pen.text((x + 4, 4), title, fill=(255, 255, 255), font=font)
        sheet.paste(tile, (x, head))
        x += tile.width + gap
    return png(sheet)


def png(picture: Pil.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def _drawing_png(drawing: Pil.Image) -> bytes:
    """The same pixels of an RGBA drawing, with a palette where it has at most 256 colours: a quarter of the bytes to
    pack, as a line drawing on nothing has few."""
    rgba = np.ascontiguousarray(np.asarray(drawing))
    flat = rgba.view(np.uint32).ravel()
    inked = np.flatnonzero(flat)
    colours, which = np.unique(flat[inked], return_inverse=True)
    if len(colours) > 255:
        return png(drawing)
    table = np.concatenate([np.zeros(1, np.uint32), colours]).view(np.uint8).reshape(-1, 4)
    index = np.zeros(flat.shape, np.uint8)
    index[inked] = which + 1
    picture = Pil.fromarray(index.reshape(rgba.shape[:2]))
    picture.putpalette(table[:, :3].tobytes())
    out = io.BytesIO()
    picture.save(out, "PNG", transparency=table[:, 3].tobytes())
    return out.getvalue()


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    """Kept: the first letters of a font that was just opened take ten times as long as all later ones."""
    return ImageFont.truetype(str(FONTS / "SourceSans3-SemiBold.ttf"), size)


def jpeg(picture: Pil.Image) -> bytes:
    """For print: small, with colour at full resolution so that thin lines stay sharp."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=90, subsampling=0)
    return out.getvalue()


_RESAMPLE = Pil.Resampling.BICUBIC


def _names(finding: Finding, kind: Layer) -> list[str]:
    return [e.artifact for e in finding.evidence if e.kind == kind]


def _laid_over(data: bytes, size: tuple[int, int], finding: Finding) -> Pil.Image:
    try:
        with Pil.open(io.BytesIO(data)) as layer:
            return layer.convert("RGBA").resize(size, Pil.Resampling.BILINEAR)
    except (UnidentifiedImageError, OSError) as error:
        raise ReportError(
            f"The picture that backs {finding.handle} cannot be read; have {finding.image} read again."
        ) from error


def _hatched(picture: Pil.Image, heat: Pil.Image) -> Pil.Image:
    """Heat over the picture; where it is at least half its peak, fine diagonals that a grey printer keeps."""
    over = Pil.alpha_composite(picture.convert("RGBA"), heat).convert("RGB")
    alpha = np.asarray(heat)[:, :, 3].astype(np.int32)
    if alpha.max() == 0:
        return over
    pixels = np.array(over)
    hot = alpha >= alpha.max() * 0.5
    period = max(6, round(max(over.size) / 42))
    width = max(1, round(max(over.size) / 480))
    for offset, grey in ((0, 255), (width, 0)):
        pixels[hot & _diagonals(alpha.shape, period, width, offset)] = grey
    return Pil.fromarray(pixels)


def _diagonals(shape: tuple[int, ...], period: int, width: int, offset: int) -> NDArray[np.bool_]:
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    stripes: NDArray[np.bool_] = (rows + columns - offset) % period < width
    return stripes


def _outlined(
    picture: Pil.Image, mask: NDArray[np.bool_], unsure: NDArray[np.bool_] | None, style: Style, handle: str
) -> None:
    """The edge of a mask: coloured on black, broken by the style's dashes; a pale shade where the model is unsure.

    What is hardly wider than its edge (vessels) is filled instead, so that it stays to be seen.
    """
    pixels = np.array(picture)
    large = _resized(mask, picture.size)
    if unsure is not None:
        pixels[_resized(unsure, picture.size)] = (*style.colour, 90)
    thick = max(1, round(max(picture.size) / 320))
    line = edge(large)
    if _is_thin(large, thick):
        pixels[large] = (*style.colour, 205)
    else:
        line &= _on(line, [d * 2.5 * thick for d in style.dash])
        pixels[_grown(line, thick + 1)] = (0, 0, 0, 255)
        pixels[_grown(line, thick)] = (*style.colour, 255)
    picture.paste(Pil.fromarray(pixels), (0, 0))
    rows, columns = np.flatnonzero(large.any(axis=1)), np.flatnonzero(large.any(axis=0))
    if len(rows):
        top, bottom = float(rows[0]), float(rows[-1] + 1)
        _label(picture, handle, float(columns[0]), top, bottom, 2 * thick)


def _is_thin(mask: NDArray[np.bool_], thick: int) -> bool:
    """Whether a mask is on average narrower than what its dashed edge would cover."""
    rim = int(edge(mask).sum())
    return rim > 0 and 2 * int(mask.sum()) < 4 * thick * rim


def _resized(mask: NDArray[np.bool_], size: tuple[int, int]) -> NDArray[np.bool_]:
    picture = Pil.fromarray(mask.astype(np.uint8) * 255).resize(size, Pil.Resampling.BILINEAR)
    return np.asarray(np.asarray(picture) >= 128)


def _grown(mask: NDArray[np.bool_], by: int) -> NDArray[np.bool_]:
    """Every pixel at most `by` rows and columns away."""
    for axis in (0, 1):
        size, wide = mask.shape[axis], mask.copy()
        for step in range(1, by + 1):
            ahead, behind = [slice(None)] * 2, [slice(None)] * 2
            ahead[axis], behind[axis] = slice(step, size), slice(0, size - step)
            wide[tuple(ahead)] |= mask[tuple(behind)]
            wide[tuple(behind)] |= mask[tuple(ahead)]
        mask = wide
    return mask


def _on(line: NDArray[np.bool_], dash: Sequence[float]) -> NDArray[np.bool_]:
    """Where a dashed outline is drawn: its length is taken as the arc around its own middle."""
    if not dash or not line.any():
        return np.ones(line.shape, bool)
    ys, xs = np.nonzero(line)
    y, x = ys - ys.mean(), xs - xs.mean()
    arc = (np.arctan2(y, x) + np.pi) * max(float(np.hypot(x, y).mean()), 1.0)
    at = arc % sum(dash)
    bounds = np.cumsum(dash)
    step = np.searchsorted(bounds, at, side="right")
    drawn = np.zeros(line.shape, bool)
    drawn[ys[step % 2 == 0], xs[step % 2 == 0]] = True
    return drawn


def _box(
    picture: Pil.Image, box: Box, size_rc: tuple[int, int], style: Style, handle: str, below: bool = False
) -> None:
    """`below`: the label stands under the box, since outlines have theirs above."""
    sx, sy = picture.width / size_rc[1], picture.height / size_rc[0]
    x0, y0, x1, y1 = box.x0 * sx, box.y0 * sy, box.x1 * sx, box.y1 * sy
    width = max(2, round(max(picture.size) / 115))
    pen = ImageDraw.Draw(picture)
    corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)]
    for start, end in pairwise(corners):
        for a, b in _dashes(start, end, [d * width for d in style.dash]):
            pen.line([a, b], fill=(0, 0, 0), width=width + 2)
            pen.line([a, b], fill=style.colour, width=width)
    _label(picture, handle, x0, 0.0 if below else y0, y1, width)


def _label(picture: Pil.Image, handle: str, x0: float, y0: float, y1: float, gap: float) -> None:
    """The handle above a region, or below it; at the top of the picture where the region leaves room for neither."""
    pen = ImageDraw.Draw(picture)
    size = max(11, round(max(picture.size) / 28))
    font = _font(size)
    left, top, right, bottom = pen.textbbox((0, 0), handle, font=font)
    w, h = right - left + size * 0.5, bottom - top + size * 0.4
    x = min(max(0.0, x0), max(0.0, picture.width - w))
    y = y0 - h - gap if y0 >= h + gap else y1 + gap
    if y + h > picture.height:
        x, y = (picture.width - w) / 2, 0.0
    pen.rectangle((x, y, x + w, y + h), fill=(0, 0, 0))
    pen.text((x + size * 0.25 - left, y + size * 0.2 - top), handle, fill=(255, 255, 255), font=font)


def _dashes(
    start: tuple[float, float], end: tuple[float, float], dash: Sequence[float]
) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """The strokes of a line from `start` to `end`; the whole line where `dash` is empty."""
    length = float(np.hypot(end[0] - start[0], end[1] - start[1]))
    if not dash or length == 0:
        return [(start, end)]
    strokes, at, step = [], 0.0, 0
    while at < length:
        until = min(at + dash[step % len(dash)], length)
        if step % 2 == 0:
            strokes.append((_along(start, end, at / length), _along(start, end, until / length)))
        at, step = until, step + 1
    return strokes


def _along(start: tuple[float, float], end: tuple[float, float], share: float) -> tuple[float, float]:
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share
