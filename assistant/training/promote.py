"""New weights in place of the old, only where they are better on `val`; the old ones are kept, and can come back.

Both are calibrated and read the same pictures; the main figure's difference is drawn by a paired bootstrap (whole
groups at a time). `test` is not opened.
"""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from assistant.domain.base import Frozen
from assistant.errors import InputError, ModelError
from assistant.training.classification import predictions
from assistant.training.data import Row, read_index
from assistant.training.detection import BoxMeasure, detections
from assistant.training.evaluation import groups_of
from assistant.training.metrics import auc, bootstrap
from assistant.training.pool import Progress
from assistant.training.publish import calibrated, measured_lines, with_measured
from assistant.training.segmentation import outlines
from assistant.training.train import opened, silent
from assistant.vision.base import Classifier, Detector, Segmenter, VisionModel
from assistant.vision.calibrate import softmax
from assistant.vision.manifest import Figure, ModelCard

__all__ = ["Comparison", "ValReading", "compared", "go_back", "promote"]

_SURE = 0.95


class Comparison(Frozen):
    """New weights against those in place, on `val`."""

    figure: str = Field(description="which figure was compared")
    before: float
    after: float
    difference: Figure = Field(description="after less before, with its paired bootstrap 95 % interval")
    share_better: float = Field(description="of draws in which the new weights are better")
    promoted: bool


@dataclass(frozen=True, slots=True)
class ValReading:
    """What a model made of the rows: its main figure of any draw of them."""

    name: str
    figure: Callable[[NDArray[np.intp]], float]
    rows: tuple[Row, ...]


def promote(
    card: ModelCard,
    weights: Path,
    data_dirs: Sequence[Path],
    weights_dir: Path,
    kept: Path,
    *,
    version: str | None = None,
    input_size: int | None = None,
    progress: Progress = silent,
) -> Comparison | None:
    """Calibrate and compare; where it is better, put it in place and keep what was there in `kept`.

    `input_size`: side of the square in pixels that the new weights are read at; None: as those in place are.
    None where nothing was in place to compare with: then the new weights go in. Raises InputError for weights that
    are not there.
    """
    if not weights.is_file():
        raise InputError("There are no weights in that place; name the folder that `medvision train` wrote, or a file.")
    sized = card if input_size is None else card.model_copy(update={"input_size": input_size})
    new = calibrated(sized, weights, data_dirs, progress)
    if version is not None:
        new = new.model_copy(update={"version": version})
    old = weights_dir / card.weights
    if new.sha256 == card.sha256 and old.is_file():
        raise InputError(f"Those weights are in place already as {card.weights}.")
    found: Comparison | None = None
    if old.is_file():
        rows = [r for folder in data_dirs for r in read_index(folder) if r.split == "val"]
        found = compared(_read(opened(card, old), rows, progress), _read(opened(new, weights), rows, progress))
        if not found.promoted:
            return found
        _keep(card, old, kept)
    _put(new, weights, weights_dir)
    return found


def compared(before: ValReading, after: ValReading, draws: int = 2000) -> Comparison:
    """The paired bootstrap of the difference. Better means: in 95 % of draws or more."""
    n = len(before.rows)
    whole = np.arange(n)
    gains: list[float] = []

    def difference(at: NDArray[np.intp]) -> dict[str, float]:
        gain = after.figure(at) - before.figure(at)
        gains.append(gain)
        return {"difference": gain}

    figure = bootstrap(difference, n, groups=groups_of(before.rows), draws=draws)["difference"]
    drawn = np.asarray(gains[1:])
    share = float((drawn[np.isfinite(drawn)] > 0).mean())
    return Comparison(
        figure=before.name,
        before=round(before.figure(whole), 4),
        after=round(after.figure(whole), 4),
        difference=figure,
        share_better=round(share, 4),
        promoted=share >= _SURE,
    )


def _read(model: VisionModel, rows: Sequence[Row], progress: Progress) -> ValReading:
    card = model.card
    if isinstance(model, Classifier):
        found = predictions(model, rows, progress)
        shares = softmax(found.logits)
        classes = [card.classes.index(card.positive)] if card.positive else range(len(card.classes))

        def area(at: NDArray[np.intp]) -> float:
            each = [auc(shares[at, c], found.truth[at] == c) for c in classes if (found.truth == c).any()]
            return float(np.mean(each))

        return ValReading("auc" if card.positive else "macro_auc", area, found.rows)
    if isinstance(model, Detector):
        seen = detections(model, rows, progress, mirrored=False)
        measure = BoxMeasure(card, seen.pictures)
        holders = np.flatnonzero(measure.true > 0)

        def overlap(at: NDArray[np.intp]) -> float:
            chosen = holders[at]
            return float(measure.overlap[chosen].sum() / measure.true[chosen].sum())

        return ValReading("mean_iou", overlap, tuple(seen.pictures[i].row for i in holders.tolist()))
    if isinstance(model, Segmenter):
        drawn = outlines(model, [r for r in rows if r.mask is not None], progress)
        each = np.asarray([p.dice for p in drawn.pictures])
        return ValReading("dice", lambda at: float(each[at].mean()), tuple(p.row for p in drawn.pictures))
    raise ModelError(f"'{card.name}' is no classifier, detector or segmenter; it is not compared here.")


def go_back(card: ModelCard, weights_dir: Path, kept: Path) -> ModelCard:
    """Put the weights that were kept last in place again, and keep those that are there now: twice gives the same.

    Raises InputError where none are kept.
    """
    places = sorted(p for p in (kept / card.name).glob("*") if p.is_dir())
    if not places:
        raise InputError(f"No earlier weights of {card.name} are kept.")
    last = places[-1]
    old = ModelCard.model_validate_json((last / "card.json").read_text(encoding="utf-8"))
    now = weights_dir / card.weights
    if now.is_file():
        _keep(card, now, kept)
    _put(old, last / card.weights, weights_dir)
    shutil.rmtree(last)
    return old


def _keep(card: ModelCard, weights: Path, kept: Path) -> None:
    """Weights and everything that was measured of them, under the next number."""
    numbers = [int(p.name) for p in (kept / card.name).glob("*") if p.name.isdigit()]
    place = kept / card.name / f"{max(numbers, default=0) + 1:04d}"
    place.mkdir(parents=True)
    shutil.copyfile(weights, place / card.weights)
    (place / "card.json").write_text(card.model_dump_json(indent=1) + "\n", encoding="utf-8")
    figures = weights.parent / "cards" / f"{card.name}.json"
    if figures.is_file():
        shutil.copyfile(figures, place / "figures.json")


def _put(card: ModelCard, weights: Path, weights_dir: Path) -> None:
    manifest = weights_dir / "manifest.toml"
    values, concepts = measured_lines(card, with_version=True)
    values["input_size"] = card.input_size
    text = with_measured(manifest.read_text(encoding="utf-8"), card.name, values, concepts)
    arriving = weights_dir / f".{card.weights}.new"
    shutil.copyfile(weights, arriving)
    arriving.replace(weights_dir / card.weights)  # whoever has the old file open keeps reading the old one
    manifest.write_text(text, encoding="utf-8")
    if (figures := weights.parent / "figures.json").is_file():
        data = json.loads(figures.read_text(encoding="utf-8"))
        target = weights_dir / "cards" / f"{card.name}.json"
        target.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
