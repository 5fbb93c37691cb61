"""Data folders without an index.csv, as other tools leave them: a folder per class, COCO, YOLO, images with masks.

Each becomes the same table of cells as an index.csv. A split is read from the names of folders and files (train, val,
valid, validation, test); where no name says it, it comes from a hash of the picture's name: 70 % train, 15 % val, 15 %
test, the same each time. What it cannot know: which pictures are of one patient; `medvision audit-data` looks for
copies.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from PIL import Image as Picture

from assistant.errors import InputError

__all__ = ["cells_of"]

_PICTURES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp"})
_SPLITS = {"train": "train", "training": "train", "val": "val", "valid": "val", "validation": "val", "test": "test"}
_IMAGES = frozenset({"images", "image", "imgs"})
_MASKS = frozenset({"masks", "mask", "labels", "vessel", "manual"})

Cells = dict[str, str]


def cells_of(folder: Path) -> tuple[Cells, ...]:
    """The rows of a folder in any of those layouts. Raises InputError where it is none of them."""
    readers: tuple[Callable[[Path], Iterator[Cells]], ...] = (_coco, _yolo, _masks, _classes)
    for reader in readers:
        if rows := tuple(reader(folder)):
            return rows
    raise InputError(
        "The data folder holds no index.csv (with the columns image, label and split), no COCO or YOLO boxes, no images"
        " with masks, and no folder of pictures a class."
    )


def _pictures(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in _PICTURES and p.is_file())


def _split(path: Path) -> str:
    """By the name of a folder above it, or its own place in a stable draw."""
    for part in reversed(path.parts[:-1]):
        if part.lower() in _SPLITS:
            return _SPLITS[part.lower()]
    draw = int(hashlib.sha256(path.stem.encode()).hexdigest()[:8], 16) / 2**32
    return "train" if draw < 0.7 else "val" if draw < 0.85 else "test"


def _row(folder: Path, picture: Path, label: str, **more: str) -> Cells:
    inside = picture.relative_to(folder)
    return {"image": inside.as_posix(), "label": label, "split": _split(inside), **more}


def _coco(folder: Path) -> Iterator[Cells]:
    """Every JSON file that has images, annotations and categories; the split stands in its name or its folder's."""
    places: dict[str, Path] | None = None
    for file in sorted(folder.rglob("*.json")):
        try:
            data = json.loads(file.read_text(encoding="utf-8"))
        except (UnicodeDecodeError, json.JSONDecodeError):
            continue
        if not isinstance(data, Mapping) or not {"images", "annotations", "categories"} <= set(data):
            continue
        places = places if places is not None else {p.name: p for p in _pictures(folder)}
        names = {c["id"]: str(c["name"]) for c in data["categories"]}
        boxes: dict[object, list[list[object]]] = {}
        for found in data["annotations"]:
            x, y, w, h = (float(v) for v in found["bbox"])
            boxes.setdefault(found["image_id"], []).append([x, y, x + w, y + h, names[found["category_id"]]])
        said = [_SPLITS[w] for w in re.split(r"[^a-z]+", file.relative_to(folder).as_posix().lower()) if w in _SPLITS]
        for image in data["images"]:
            picture = places.get(Path(str(image["file_name"])).name)
            if picture is None:
                raise InputError(f"{file.name} names the picture {image['file_name']}, which is not in the folder.")
            own = boxes.get(image["id"], [])
            row = _row(folder, picture, str(own[0][4]) if own else "no", boxes=json.dumps(own))
            yield {**row, "split": said[-1]} if said else row


def _yolo(folder: Path) -> Iterator[Cells]:
    """A text file a picture, in `labels` where the picture lies in `images`: class, centre and sides as fractions."""
    texts = [p for p in sorted(folder.rglob("*.txt")) if "labels" in p.relative_to(folder).parts]
    if not texts:
        return
    names = _yolo_names(folder)
    for picture in _pictures(folder):
        parts = picture.relative_to(folder).parts
        if "images" not in parts:
            continue
        at = len(parts) - 1 - parts[::-1].index("images")
        text = folder.joinpath(*parts[:at], "labels", *parts[at + 1 :]).with_suffix(".txt")
        boxes: list[list[object]] = []
        with Picture.open(picture) as shown:
            width, height = shown.size
        for line in text.read_text(encoding="utf-8").splitlines() if text.is_file() else ():
            if len(words := line.split()) < 5:
                continue
            x, y, w, h = (float(v) for v in words[1:5])
            corners = [(x - w / 2) * width, (y - h / 2) * height, (x + w / 2) * width, (y + h / 2) * height]
            boxes.append([*corners, names.get(int(words[0]), words[0])])
        yield _row(folder, picture, str(boxes[0][4]) if boxes else "no", boxes=json.dumps(boxes))


def _yolo_names(folder: Path) -> dict[int, str]:
    """Names of classes from data.yaml (a list, or number: name) or classes.txt; numbers where neither is there."""
    plain = folder / "classes.txt"
    if plain.is_file():
        return dict(enumerate(plain.read_text(encoding="utf-8").split("\n")))
    for file in sorted(folder.glob("*.y*ml")):
        text = file.read_text(encoding="utf-8")
        if listed := re.search(r"^names:\s*\[(.*?)\]", text, re.M | re.S):
            return {i: n.strip().strip("'\"") for i, n in enumerate(listed[1].split(","))}
        if block := re.search(r"^names:\s*\n((?:\s+.*\n?|-.*\n?)+)", text, re.M):
            lines = [line.strip().strip("-").strip() for line in block[1].splitlines() if line.strip()]
            pairs = [line.partition(":") for line in lines]
            if all(colon and number.isdigit() for number, colon, _ in pairs):
                return {int(number): name.strip().strip("'\"") for number, _, name in pairs}
            return {i: line.strip("'\"") for i, line in enumerate(lines)}
    return {}


def _masks(folder: Path) -> Iterator[Cells]:
    """Pictures in a folder `images` whose masks lie under the same names in one beside it (`masks`, `labels`, ...)."""
    every = _pictures(folder)
    masks: dict[tuple[str, ...], Path] = {}
    for picture in every:
        parts = picture.relative_to(folder).with_suffix("").parts
        if at := [i for i, p in enumerate(parts[:-1]) if p.lower() in _MASKS]:
            masks[(*parts[: at[-1]], *parts[at[-1] + 1 :])] = picture
    for picture in every:
        parts = picture.relative_to(folder).with_suffix("").parts
        at = [i for i, p in enumerate(parts[:-1]) if p.lower() in _IMAGES]
        mask = masks.get((*parts[: at[-1]], *parts[at[-1] + 1 :])) if at else None
        if mask is not None:
            yield _row(folder, picture, "outlined", mask=mask.relative_to(folder).as_posix())


def _classes(folder: Path) -> Iterator[Cells]:
    """The name of the folder that a picture lies in is its label; the name of a split is none."""
    for picture in _pictures(folder):
        named = [p for p in picture.relative_to(folder).parts[:-1] if p.lower() not in (*_SPLITS, *_IMAGES)]
        if named:
            yield _row(folder, picture, named[-1])
