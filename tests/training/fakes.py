"""Models that read what a made-up picture shows by its brightness, so that every figure can be counted by hand.

A detector that boxes bright squares, a segmenter whose probability is the brightness, a classifier of several concepts
whose scores are channel means. They stand for the real ones behind the interfaces of `assistant.vision.base`.
"""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Picture

from assistant.domain.codes import CODES
from assistant.domain.image import Image
from assistant.training.data import LabelledBox, Row
from assistant.vision.base import Boxes, Classifier, Detection, Detector, Outline, Reading, Segmenter
from assistant.vision.manifest import ConceptCard, ModelCard
from assistant.vision.preprocess import luma

__all__ = [
    "BrightBoxes",
    "BrightOutline",
    "ChannelPatterns",
    "box_card",
    "mask_card",
    "pattern_card",
    "picture_row",
    "write_index",
    "write_picture",
]


def _card(**changes: object) -> ModelCard:
    values: dict[str, object] = {
        "version": "0.1.0",
        "sha256": "0" * 64,
        "kinds": ("brain_mri",),
        "input_size": 64,
        "licence": "research use only",
    }
    return ModelCard.model_validate(values | changes)


def box_card(**changes: object) -> ModelCard:
    values = {"name": "boxes", "title": "Boxes", "task": "detect", "weights": "boxes.safetensors"}
    return _card(**values | {"classes": ("glioma", "meningioma"), "labels": {"gli": "glioma"}} | changes)


def mask_card(**changes: object) -> ModelCard:
    values = {"name": "outline", "title": "Outline", "task": "segment", "weights": "outline.safetensors"}
    return _card(**values | {"classes": ("tumour",)} | changes)


def pattern_card(**changes: object) -> ModelCard:
    code = CODES["brain_tumour"]
    concepts = {c: ConceptCard(concept=c, code=code) for c in ("cataract", "diabetic_retinopathy")}
    values = {"name": "patterns", "title": "Patterns", "task": "classify", "weights": "patterns.safetensors"}
    classes = ("normal", "cataract", "diabetic_retinopathy")
    return _card(**values | {"classes": classes, "concepts": concepts} | changes)


class BrightBoxes(Detector):
    """Each value from 100 up is one square: score value / 250, class 0 where it is even, else class 1."""

    def __init__(self, card: ModelCard) -> None:
        self.card = card

    def look_at(self, image: Image) -> Detection:
        raise NotImplementedError

    def boxes(self, pixels: NDArray[np.uint8]) -> Boxes:
        grey = luma(pixels)
        found = []
        for value in sorted({int(v) for v in np.unique(grey) if v >= 100}):
            rows, columns = np.nonzero(grey == value)
            box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
            found.append((box, value / 250, (0.9, 0.1) if value % 2 == 0 else (0.2, 0.8)))
        return Boxes(
            np.asarray([b for b, _, _ in found], dtype=np.float64).reshape(-1, 4),
            np.asarray([s for _, s, _ in found], dtype=np.float64),
            np.asarray([c for _, _, c in found], dtype=np.float64).reshape(-1, 2),
        )


class BrightOutline(Segmenter):
    """The probability of a pixel is its brightness."""

    def __init__(self, card: ModelCard) -> None:
        self.card = card

    def look_at(self, image: Image) -> Outline:
        raise NotImplementedError

    def probabilities(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        return (luma(pixels) / 255).astype(np.float32)


class ChannelPatterns(Classifier):
    """One score a class: the mean of its colour channel, from -4 to 4."""

    def __init__(self, card: ModelCard) -> None:
        self.card = card

    def look_at(self, image: Image) -> Reading:
        raise NotImplementedError

    def probability(self, pixels: NDArray[np.uint8], concept: str) -> float:
        raise NotImplementedError

    def logits(self, pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
        return np.asarray(pixels.reshape(-1, 3).mean(0) / 255 * 8 - 4, dtype=np.float64)


def write_picture(file: Path, pixels: NDArray[np.uint8]) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    Picture.fromarray(pixels).save(file)
    return file


def picture_row(folder: Path, name: str, pixels: NDArray[np.uint8], boxes: list[tuple[float, ...]], label: str) -> Row:
    """A row whose boxes are `(x0, y0, x1, y1)` of class `label`."""
    image = write_picture(folder / f"{name}.png", pixels)
    found = tuple(LabelledBox((b[0], b[1], b[2], b[3]), label) for b in boxes)
    return Row(image, label, "test", name, "made", boxes=found, cells={"image": f"{name}.png", "boxes": "[]"})


def write_index(folder: Path, lines: list[dict[str, object]]) -> Path:
    """An index.csv of whatever columns the lines have."""
    names = list(dict.fromkeys(k for line in lines for k in line))

    def cell(value: object) -> str:
        text = json.dumps(value) if isinstance(value, list) else str(value)
        return '"' + text.replace('"', '""') + '"'

    rows = [",".join(cell(line.get(n, "")) for n in names) for line in lines]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "index.csv").write_text(",".join(names) + "\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return folder
