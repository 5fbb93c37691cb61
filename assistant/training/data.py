"""A data folder: `index.csv` -> rows. Any folder as described in the data's README; unknown columns are ignored."""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Picture

from assistant.errors import InputError
from assistant.vision.preprocess import luma

__all__ = ["LabelledBox", "Row", "load_grey", "load_rgb", "load_shown", "mapped", "read_index"]


@dataclass(frozen=True, slots=True)
class LabelledBox:
    """A box in pixels of the image as stored, `xyxy`, with its class."""

    xyxy: tuple[float, float, float, float]
    label: str


@dataclass(frozen=True, slots=True)
class Row:
    """One picture of a data folder; a cell that is empty or absent is '' (boxes: none)."""

    image: Path
    label: str
    split: str
    group: str
    source: str
    fold: str = ""
    mask: Path | None = None
    boxes: tuple[LabelledBox, ...] = ()
    cells: Mapping[str, str] = field(default_factory=dict)
    field_of_view: Path | None = None
    second_reader: Path | None = None


def read_index(folder: Path, split: str | None = None) -> tuple[Row, ...]:
    """Rows of `folder/index.csv`, of one split where named.

    Raises InputError, saying what is missing or which splits there are.
    """
    index = folder / "index.csv"
    if not index.is_file():
        raise InputError("The data folder holds no index.csv; it needs one with the columns image, label and split.")
    with index.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream)
        columns = set(reader.fieldnames or ())
        if missing := {"image", "label", "split"} - columns:
            raise InputError(f"The index.csv of the data folder lacks the column(s) {', '.join(sorted(missing))}.")
        rows = tuple(_row(folder, {k: (v or "").strip() for k, v in cells.items() if k}) for cells in reader)
    if split is None:
        return rows
    chosen = tuple(r for r in rows if r.split == split)
    if not chosen:
        there = ", ".join(sorted({r.split for r in rows if r.split})) or "none"
        raise InputError(f"The data folder has no rows of the split '{split}'; there are: {there}.")
    return chosen


def _row(folder: Path, cells: Mapping[str, str]) -> Row:
    return Row(
        image=folder / cells["image"],
        label=cells["label"],
        split=cells["split"],
        group=cells.get("group") or cells["image"],
        source=folder.resolve().name,
        fold=cells.get("fold", ""),
        mask=_path(folder, cells, "mask"),
        boxes=_boxes(cells.get("boxes", "")),
        cells=cells,
        field_of_view=_path(folder, cells, "field_of_view"),
        second_reader=_path(folder, cells, "mask_second_reader"),
    )


def _path(folder: Path, cells: Mapping[str, str], column: str) -> Path | None:
    return folder / cells[column] if cells.get(column) else None


def _boxes(cell: str) -> tuple[LabelledBox, ...]:
    if not cell:
        return ()
    boxes = json.loads(cell)
    return tuple(LabelledBox((float(a), float(b), float(c), float(d)), str(*label)) for a, b, c, d, *label in boxes)


def mapped(
    rows: Sequence[Row], classes: Sequence[str], labels: Mapping[str, str]
) -> tuple[tuple[Row, ...], NDArray[np.int64], dict[str, int]]:
    """Rows whose label is, or maps to, a class; their class indices; and how many of each label were left out."""
    kept: list[Row] = []
    truth: list[int] = []
    skipped: dict[str, int] = {}
    order = {name: i for i, name in enumerate(classes)}
    for row in rows:
        name = labels.get(row.label, row.label)
        if name in order:
            kept.append(row)
            truth.append(order[name])
        else:
            skipped[row.label or "(empty)"] = skipped.get(row.label or "(empty)", 0) + 1
    return tuple(kept), np.asarray(truth, dtype=np.int64), skipped


def load_rgb(path: Path) -> NDArray[np.uint8]:
    """A stored picture as `[row, column, 3]`."""
    with Picture.open(path) as picture:
        return np.asarray(picture.convert("RGB"), dtype=np.uint8)


def load_shown(path: Path) -> NDArray[np.uint8]:
    """A stored picture as a screen shows it: `[row, column]` where it is grey, else `[row, column, 3]`."""
    with Picture.open(path) as picture:
        return np.asarray(picture if picture.mode == "L" else picture.convert("RGB"), dtype=np.uint8)


def load_grey(path: Path) -> NDArray[np.uint8]:
    """A stored picture as `[row, column]`, as the classifiers see it."""
    return luma(load_shown(path))
