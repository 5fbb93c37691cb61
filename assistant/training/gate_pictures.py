"""What the gate is taught with: pictures of every kind, as they are and as they are found in the wild.

Two sorts are made here. Brain slices with letters, frames, other margins, other greys, without skull: still brain
slices. And pictures that share their grain but not their form (tissue without a head around it, shuffled or warped
heads, CT slices of the body in the greys of MR), which stand for the MRI of parts of the body that no folder holds.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image as Picture
from PIL import ImageDraw, ImageFilter

from assistant.training.augment import Augmentation, stripped
from assistant.training.data import Row, load_rgb, read_index
from assistant.vision.preprocess import Frame, cut, whole_frame

__all__ = ["CT_AMONG_MRI", "FOLDERS", "NEGATIVES", "GatePicture", "gate_pictures", "kind_of"]

Pixels = NDArray[np.uint8]

_SIZE = 224

FOLDERS = {
    "abdomen-ct-kidney": "abdomen_ct",
    "brain-mri-boxes": "brain_mri",
    "brain-mri-boxes-external": "brain_mri",
    "brain-mri-extra": "brain_mri",
    "brain-mri-tumour": "brain_mri",
    "breast-us": "ultrasound",
    "chest-ct-covid": "chest_ct",
    "chest-ct-lung": "chest_ct",
    "chest-film-children": "chest_film",
    "chest-film-jsrt": "chest_film",
    "chest-film-tb": "chest_film",
    "fetal-head-us": "ultrasound",
    "fundus-disease": "fundus",
    "fundus-external": "fundus",
    "fundus-vessels-chase": "fundus",
    "fundus-vessels-drive": "fundus",
    "head-ct-haemorrhage": "head_ct",
    "lung-us": "ultrasound",
    "natural-images-64": "photo",
    "oral-disease": "mouth",
}
NEGATIVES = {
    "document_screen": "document",
    "histology": "histology",
    "other_radiology": "other_mri",
    "photo": "photo",
    "photo_open": "photo",
    "skin": "skin",
    "synthetic": "other",
}
CT_AMONG_MRI = frozenset(
    {
        "meningioma_009", "notumor_096", "notumor_098", "notumor_106", "notumor_108", "notumor_172", "notumor_179",
        "notumor_184", "notumor_214", "notumor_216", "notumor_234", "notumor_238", "notumor_239", "notumor_241",
        "notumor_327", "N1",
    }
)  # fmt: skip
"""CT slices that the brain MRI folders hold, found among those that a cross-validated gate refused, each looked at."""

_CAPS = {
    "brain-mri-tumour": 999,
    "brain-mri-extra": 999,
    "brain-mri-boxes": 160,
    "fundus-disease": 320,
    "oral-disease": 999,
    "negatives": 999,
    "natural-images-64": 60,
}
_VARIED_OFTEN = frozenset({"head_ct", "fundus", "mouth"})
_LETTERS = ("R", "L", "T1", "FLAIR", "A", "512", "B", "Patient", "SE 3", "W 400")


@dataclass(frozen=True, slots=True)
class GatePicture:
    """One square picture `[224, 224, 3]`; `variant` says what was done to it."""

    row: Row
    kind: str
    variant: str
    pixels: Pixels


def kind_of(row: Row) -> str | None:
    """The kind of a stored picture, or None where its folder is none of those that teach the gate."""
    if row.image.stem in CT_AMONG_MRI:
        return "head_ct"
    return NEGATIVES.get(row.label) if row.source == "negatives" else FOLDERS.get(row.source)


def gate_pictures(data_root: Path, seed: int) -> Iterator[GatePicture]:
    """Plain pictures of every split, variants of `train` and `val`, at most a fixed number of each folder."""
    rng = np.random.default_rng(seed)
    for row, kind in _chosen(data_root, rng):
        rgb = load_rgb(row.image)
        yield GatePicture(row, kind, "plain", _whole(rgb))
        if row.split == "test" or not row.split:
            continue
        if kind == "brain_mri":
            yield GatePicture(row, kind, "varied", _varied(rgb, rng))
            if rng.random() < 0.5:
                yield GatePicture(row, kind, "framed", _framed(rgb, rng))
            if rng.random() < 0.35:
                yield GatePicture(row, kind, "stripped", _stripped(rgb, rng))
            if rng.random() < 0.45:
                yield GatePicture(row, "other_mri", "made", _unmade(rgb, rng))
        elif kind in ("abdomen_ct", "chest_ct"):
            yield GatePicture(row, "other_mri", "made", _in_other_greys(rgb, rng))
        elif rng.random() < (0.9 if kind in _VARIED_OFTEN else 0.3):
            yield GatePicture(row, kind, "varied", _varied(rgb, rng))


def _chosen(data_root: Path, rng: np.random.Generator) -> list[tuple[Row, str]]:
    chosen: list[tuple[Row, str]] = []
    for name in sorted([*FOLDERS, "negatives"]):
        rows = read_index(data_root / name)
        for split in sorted({r.split for r in rows}):
            of_split: Sequence[Row] = [r for r in rows if r.split == split]
            cap = _CAPS.get(name, 75) if split == "train" else min(60, _CAPS.get(name, 30))
            if len(of_split) > cap:
                of_split = [of_split[i] for i in sorted(rng.permutation(len(of_split))[:cap].tolist())]
            chosen += [(r, kind) for r in of_split if (kind := kind_of(r)) is not None]
    return chosen


def _whole(rgb: Pixels) -> Pixels:
    return cut(rgb, whole_frame((rgb.shape[0], rgb.shape[1])), _SIZE)


def _varied(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    """Another margin, angle, side, grey scale, sharpness; letters and arrows; coarse JPEG."""
    frame = whole_frame((rgb.shape[0], rgb.shape[1]))
    zoom, (dx, dy) = rng.uniform(0.75, 1.35), rng.uniform(-0.08, 0.08, 2)
    moved = Frame(
        frame.x0 + frame.side * (0.5 - zoom / 2 + dx), frame.y0 + frame.side * (0.5 - zoom / 2 + dy), frame.side * zoom
    )
    picture = Picture.fromarray(cut(rgb, moved, _SIZE)).rotate(rng.uniform(-20, 20))
    if rng.random() < 0.5:
        picture = picture.transpose(Picture.Transpose.FLIP_LEFT_RIGHT)
    if rng.random() < 0.15:
        picture = picture.rotate(int(rng.choice([90, 180, 270])))
    values = np.asarray(picture, dtype=np.float32) / 255
    values = np.clip(values ** np.exp(rng.uniform(-0.6, 0.6)) * np.exp(rng.uniform(-0.35, 0.35)), 0, 1)
    if rng.random() < 0.3:
        values = np.clip(values + rng.normal(0, rng.uniform(0, 0.08), values.shape[:2])[..., None], 0, 1)
    picture = Picture.fromarray((values * 255).astype(np.uint8))
    if rng.random() < 0.3:
        picture = picture.filter(ImageFilter.GaussianBlur(rng.uniform(0.5, 2)))
    if rng.random() < 0.25:
        _annotate(picture, rng)
    if rng.random() < 0.2:
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=int(rng.integers(15, 60)))
        picture = Picture.open(buffer).convert("RGB")
    return np.array(picture, dtype=np.uint8)


def _annotate(picture: Picture.Image, rng: np.random.Generator) -> None:
    draw = ImageDraw.Draw(picture)
    red, green, blue = (255, 255, 255) if rng.random() < 0.6 else (int(v) for v in rng.integers(0, 255, 3))
    for _ in range(3):
        x, y = (int(v) for v in rng.integers(0, 190, 2))
        letters = _LETTERS[int(rng.integers(len(_LETTERS)))]
        draw.text((x, y), letters, fill=(red, green, blue), font_size=int(rng.integers(9, 22)))
    if rng.random() < 0.4:
        x, y = (int(v) for v in rng.integers(40, 180, 2))
        draw.line((x, y, x + 20, y + 25), fill=(red, green, blue), width=3)


def _framed(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    """As pictures from the web come: a light frame, light bars left and right, or a light background."""
    square = _whole(rgb)
    light = int(rng.integers(180, 256))
    width = int(rng.integers(2, 40))
    kind = rng.integers(0, 3)
    if kind == 0:
        out = np.full_like(square, light)
        inner = Picture.fromarray(square).resize((_SIZE - 2 * width, _SIZE - 2 * width))
        out[width : _SIZE - width, width : _SIZE - width] = np.asarray(inner)
        return out
    if kind == 1:
        out = square.copy()
        out[:, :width] = light
        out[:, _SIZE - width :] = light
        return out
    out = square.copy()
    out[: width // 2 + 2] = light
    out[-(width // 2 + 2) :] = light
    return out


def _stripped(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    """Without the outer ring of the head."""
    grey = torch.from_numpy(_whole(rgb)[:, :, 0].copy()).float().unsqueeze(0) / 255
    made = stripped(grey, Augmentation(strip_share=1.1), torch.Generator().manual_seed(int(rng.integers(1 << 30))))
    return np.repeat((made[0].numpy() * 255).astype(np.uint8)[:, :, None], 3, axis=2)


def _unmade(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    """The grain of MRI without a head: a close-up, shuffled tiles, a strip like a limb, a warp."""
    square = _whole(rgb)
    kind = rng.integers(0, 4)
    if kind == 0:
        side = rng.uniform(40, 85)
        x, y = rng.uniform(40, 184 - side, 2)
        return cut(square, Frame(float(x), float(y), float(side)), _SIZE)
    if kind == 1:
        n = int(rng.choice([2, 3, 4]))
        step = _SIZE // n
        tiles = [square[i * step : (i + 1) * step, j * step : (j + 1) * step] for i in range(n) for j in range(n)]
        order = rng.permutation(n * n)
        shuffled = np.vstack([np.hstack([tiles[order[i * n + j]] for j in range(n)]) for i in range(n)])
        return np.array(Picture.fromarray(shuffled).resize((_SIZE, _SIZE)), dtype=np.uint8)
    if kind == 2:
        width = int(rng.integers(50, 90))
        x, y = rng.uniform(20, 90, 2)
        strip = Picture.fromarray(cut(square, Frame(float(x), float(y), 100.0), _SIZE)).resize((width, _SIZE))
        out = np.zeros_like(square)
        left = (_SIZE - width) // 2
        out[:, left : left + width] = np.asarray(strip)
        return out
    rows, columns = np.mgrid[0:_SIZE, 0:_SIZE]
    reach, phase, wave = rng.uniform(12, 38), rng.uniform(0, 6, 2), rng.uniform(10, 22)
    x_from = np.clip(columns + reach * np.sin(rows / wave + phase[0]), 0, _SIZE - 1).astype(np.intp)
    y_from = np.clip(rows + reach * np.sin(columns / wave + phase[1]), 0, _SIZE - 1).astype(np.intp)
    return np.asarray(square[y_from, x_from], dtype=np.uint8)


def _in_other_greys(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    """A CT slice of the body under a random tone curve, softened: as MRI would show the same part."""
    grey = _whole(rgb)[:, :, 0].astype(np.float32) / 255
    levels = rng.uniform(0, 1, 5)
    levels[0] = 0
    toned = (np.interp(grey, np.linspace(0, 1, 5), levels) * 255).astype(np.uint8)
    soft = Picture.fromarray(toned).filter(ImageFilter.GaussianBlur(rng.uniform(0, 1.5)))
    return np.repeat(np.array(soft, dtype=np.uint8)[:, :, None], 3, axis=2)
