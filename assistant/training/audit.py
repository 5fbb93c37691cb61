"""Is a data folder free of leaks? Exact and near duplicates within and across splits, and labels that contradict.

Pictures are compared by fine structure alone: a band-pass of the trimmed picture, rim left out, each place scaled by
its own surroundings, under all eight flips and quarter turns. So brightness, contrast, scale, borders and compression
do not hide a copy, and two different eyes in the same round frame are none. What it cannot see: crops of more than a
few per cent, oblique rotations, and two pictures of one patient that do not look alike; for those there is the column
`group`.
"""

import hashlib
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Picture
from PIL import ImageFilter
from pydantic import Field

from assistant.domain.base import Frozen
from assistant.errors import InputError
from assistant.training.data import Row, load_grey, load_shown, read_index
from assistant.training.pool import Progress
from assistant.training.train import silent
from assistant.vision.preprocess import cut, head_frame

__all__ = ["NEAR", "Audit", "Pair", "audit", "leak_sentence", "structure"]

NEAR = 0.93
"""Correlation of fine structure from which two pictures count as near duplicates; how it was chosen: DECISIONS.md."""

_SIDE = 48
_FAINT = 1.0
_BLOCK = 512


class Pair(Frozen):
    """Two rows that hold the same picture, or one patient on both sides of a split."""

    kind: Literal["exact", "near", "group"]
    first: str
    second: str
    splits: tuple[str, str]
    labels: tuple[str, str]
    folds: tuple[str, str] = ("", "")
    same_group: bool
    likeness: float = Field(ge=-1, le=1, description="correlation of fine structure; 1 for exact, 0 for a group alone")

    @property
    def leaks(self) -> bool:
        """Whether what is measured was also learned from: another split, or another fold."""
        return self.splits[0] != self.splits[1] or self.folds[0] != self.folds[1]

    @property
    def sides(self) -> str:
        """Both rows in words, with split, fold and label."""
        ends = zip((self.first, self.second), self.splits, self.folds, self.labels, strict=True)
        said = [f"{name} [{split}{f', fold {fold}' if fold else ''}, {label}]" for name, split, fold, label in ends]
        return " = ".join(said)

    @property
    def contradicts(self) -> bool:
        return self.kind != "group" and self.labels[0] != self.labels[1]


class Audit(Frozen):
    """What `audit-data --json` prints."""

    data: tuple[str, ...] = Field(description="names of the data folders")
    n: int
    splits: dict[str, int]
    leaks: tuple[Pair, ...]
    contradictions: tuple[Pair, ...] = Field(description="the same picture under two labels")
    duplicates: int = Field(description="pairs of one split and fold: no leak, but counted twice")
    unreadable: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        return not self.leaks and not self.unreadable


def audit(folders: Sequence[Path], near: float = NEAR, progress: Progress = silent) -> Audit:
    """Compare every picture of the folders with every other.

    Raises InputError for a folder without an index, or one without rows.
    """
    rows = tuple(r for folder in folders for r in read_index(folder))
    if not rows:
        raise InputError("The index.csv of the data folder holds no rows, so there is nothing to audit.")
    names = _names(rows, len(folders) > 1)
    marks: list[str] = []
    looks = np.zeros((len(rows), _SIDE, _SIDE), dtype=np.float32)
    unreadable: list[str] = []
    for number, row in enumerate(rows):
        try:
            marks.append(_mark(load_shown(row.image)))
            looks[number] = structure(load_grey(row.image))
        except OSError:
            marks.append(f"unreadable {number}")
            unreadable.append(names[number])
        progress("looking at pictures", (number + 1) / len(rows))
    pairs: dict[tuple[int, int], Pair] = {}
    for i, j, likeness in _alike(looks, near, progress):
        pairs[i, j] = _pair("near", rows, names, i, j, likeness)
    for i, j in _equal(marks):
        pairs[i, j] = _pair("exact", rows, names, i, j, 1.0)
    for i, j in _torn_groups(rows):
        pairs.setdefault((i, j), _pair("group", rows, names, i, j, 0.0))
    found = [pairs[key] for key in sorted(pairs)]
    count = {split: sum(r.split == split for r in rows) for split in sorted({r.split for r in rows})}
    return Audit(
        data=tuple(f.resolve().name for f in folders),
        n=len(rows),
        splits=count,
        leaks=tuple(p for p in found if p.leaks),
        contradictions=tuple(p for p in found if p.contradicts),
        duplicates=sum(not p.leaks for p in found),
        unreadable=tuple(unreadable),
    )


def leak_sentence(found: Audit) -> str:
    """What is wrong and what to do, in one sentence."""
    if found.leaks:
        return (
            f"{len(found.leaks)} pairs of rows leak between splits or folds: put both rows of each pair in one group"
            " and one split, or leave one out."
        )
    return f"{len(found.unreadable)} pictures cannot be read, so the folder cannot be called free of leaks."


def structure(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Fine structure of a picture `[row, column]`: `[48, 48]`, zero mean, unit length.

    All 0 where there is next to none: a blank picture, or an eye behind a dense cataract, looks like every other one.
    """
    seen = Picture.fromarray(cut(grey, head_frame(grey), 2 * _SIDE))
    levels = np.asarray(seen)
    inside, core = _inside(levels > max(8.0, 0.1 * float(np.percentile(levels, 99))))
    fine = _blurred(levels.astype(np.float32), 0.8)
    band = (fine - _blurred(fine, 4)) * inside
    deviation = np.sqrt(_blurred(band**2, 8))
    if float((np.abs(band[core]) > _FAINT).mean()) < 0.2:
        return np.zeros((_SIDE, _SIDE), dtype=np.float32)
    band = band / (deviation + 1.0)
    small = band.reshape(_SIDE, 2, _SIDE, 2).mean(axis=(1, 3))
    small = small - small.mean()
    length = float(np.linalg.norm(small))
    return np.asarray(small / length if length > 1e-6 else np.zeros_like(small), dtype=np.float32)


def _inside(lit: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """What is lit, holes closed and the rim left out; and the core of that, which no edge of the rim reaches."""
    edge = 16
    padded = Picture.fromarray(np.pad(lit, edge).astype(np.uint8) * 255)
    eroded = padded.filter(ImageFilter.MaxFilter(9)).filter(ImageFilter.MinFilter(21))
    both = [np.asarray(p)[edge:-edge, edge:-edge] > 0 for p in (eroded, eroded.filter(ImageFilter.MinFilter(15)))]
    inside = both[0] if both[0].mean() >= 0.2 else np.ones_like(lit)
    return inside, both[1] if both[1].mean() >= 0.05 else inside


@cache
def _blur(radius: float) -> NDArray[np.float32]:
    """A Gaussian of that standard deviation as a matrix over one side; rows sum to 1, so edges keep their level."""
    at = np.arange(2 * _SIDE)
    weights = np.exp(-((at[:, None] - at[None, :]) ** 2) / (2 * radius**2))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), dtype=np.float32)


def _blurred(values: NDArray[np.float32], radius: float) -> NDArray[np.float32]:
    return np.asarray(_blur(radius) @ values @ _blur(radius).T, dtype=np.float32)


def _mark(shown: NDArray[np.uint8]) -> str:
    return hashlib.sha256(repr(shown.shape).encode() + np.ascontiguousarray(shown).tobytes()).hexdigest()


def _names(rows: Sequence[Row], several: bool) -> list[str]:
    return [f"{r.source}/{r.cells['image']}" if several else r.cells["image"] for r in rows]


def _pair(
    kind: Literal["exact", "near", "group"], rows: Sequence[Row], names: Sequence[str], i: int, j: int, likeness: float
) -> Pair:
    one, two = rows[i], rows[j]
    comparable = bool(one.fold and two.fold) and one.source == two.source
    return Pair(
        kind=kind,
        first=names[i],
        second=names[j],
        splits=(one.split, two.split),
        labels=(one.label, two.label),
        folds=(one.fold, two.fold) if comparable else ("", ""),
        same_group=(one.source, one.group) == (two.source, two.group),
        likeness=round(min(1.0, likeness), 4),
    )


def _alike(looks: NDArray[np.float32], near: float, progress: Progress) -> Iterator[tuple[int, int, float]]:
    """Index pairs, first < second, whose structure correlates at least `near` under one of the eight symmetries."""
    n = len(looks)
    flat = looks.reshape(n, -1)
    blank = ~flat.any(axis=1)
    for start in range(0, n, _BLOCK):
        block = looks[start : start + _BLOCK]
        best = np.full((len(block), n), -1.0, dtype=np.float32)
        for turned in _symmetries(block):
            np.maximum(best, turned.reshape(len(block), -1) @ flat.T, out=best)
        best[:, blank] = -1
        for i, j in np.argwhere(best >= near):
            if start + i < j:
                yield int(start + i), int(j), float(best[i, j])
        progress("comparing", min(1.0, (start + len(block)) / n))


def _symmetries(looks: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    for quarter in range(4):
        turned = np.rot90(looks, quarter, axes=(1, 2))
        yield np.ascontiguousarray(turned)
        yield np.ascontiguousarray(turned[:, :, ::-1])


def _equal(marks: Sequence[str]) -> Iterator[tuple[int, int]]:
    for members in _by_key(marks).values():
        yield from combinations(members, 2)


def _torn_groups(rows: Sequence[Row]) -> Iterator[tuple[int, int]]:
    """One pair for each two splits, or folds, that share a group."""
    for members in _by_key([f"{r.source}\0{r.group}" for r in rows]).values():
        first_of: dict[tuple[str, str], int] = {}
        for index in members:
            first_of.setdefault((rows[index].split, rows[index].fold), index)
        yield from combinations(first_of.values(), 2)


def _by_key(keys: Sequence[str]) -> dict[str, list[int]]:
    members: dict[str, list[int]] = {}
    for index, key in enumerate(keys):
        members.setdefault(key, []).append(index)
    return members
