"""Which training a model of the manifest gets: one table from its task and what it sees to a recipe and a function.

What it does not know: how any of them trains.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field, ValidationError
from torch import nn

from assistant.domain.base import Frozen
from assistant.errors import InputError, ModelError
from assistant.training.boxes import BoxRecipe, started, train_boxes
from assistant.training.data import read_index
from assistant.training.loop import Schedule
from assistant.training.masks import MaskRecipe, train_lesion_masks, train_vessel_masks
from assistant.training.patterns import PatternRecipe, train_patterns
from assistant.training.pool import Progress, examples_of
from assistant.training.train import Recipe, silent, train_on, training_rows
from assistant.vision.manifest import ModelCard
from assistant.vision.segformer import SegFormer
from assistant.vision.unet import UNet

__all__ = ["Job", "Made", "Trainer", "made_by", "recipe_of", "train_model", "trainer_of"]

NETWORKS: Mapping[str, Callable[[], nn.Module]] = {"retinal_vessels_unet": UNet}
"""Segmenters whose network is not a SegFormer."""


@dataclass(frozen=True, slots=True)
class Job:
    """What to train, on what, from where, to where; `without_fold` keeps one fold out."""

    card: ModelCard
    data_dirs: Sequence[Path]
    out: Path
    start: Path | None
    without_fold: str | None
    resume: bool
    progress: Progress


@dataclass(frozen=True, slots=True)
class Trainer:
    """The recipe as it is unless something is changed, and what follows it; gives the file of weights."""

    recipe: Recipe | Schedule
    run: Callable[[Job, Recipe | Schedule], Path]


class Made(Frozen):
    """How weights were made, as it stands beside them in `run.json`."""

    model: str
    start: str = Field(description="name of the file of the backbone; empty: none")
    recipe: dict[str, int | float | bool | str | None]
    drawn: dict[str, int] = Field(description="train rows by source and label")


def trainer_of(card: ModelCard) -> Trainer:
    """Raises ModelError for a task that is trained elsewhere."""
    if card.task == "classify":
        return Trainer(PatternRecipe(), _patterns) if card.concepts else Trainer(Recipe(), _two_classes)
    if card.task == "detect":
        return Trainer(BoxRecipe(), _boxes)
    if card.task == "segment" and card.frame == "disc":
        return Trainer(MaskRecipe(), _vessels)
    if card.task == "segment":
        return Trainer(MaskRecipe(batch=12, epochs=9, rate=6e-4), _lesions)
    raise ModelError(f"'{card.name}' is not trained by this command.")


def recipe_of(card: ModelCard, changes: Mapping[str, object]) -> Recipe | Schedule:
    """The trainer's recipe with some fields changed (text is read as the field's type).

    Raises InputError, naming the fields, where there is no such field or the value does not fit.
    """
    recipe = trainer_of(card).recipe
    if unknown := sorted(set(changes) - set(type(recipe).model_fields)):
        there = ", ".join(sorted(type(recipe).model_fields))
        raise InputError(f"The recipe of {card.name} has no '{unknown[0]}'; it has {there}.")
    try:
        return type(recipe).model_validate({**recipe.model_dump(), **changes})
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise InputError(f"The recipe's '{name}' does not take that value: {first['msg']}.") from error


def train_model(
    card: ModelCard,
    data_dirs: Sequence[Path],
    out: Path,
    *,
    start: Path | None = None,
    recipe: Recipe | Schedule | None = None,
    without_fold: str | None = None,
    resume: bool = True,
    progress: Progress = silent,
) -> Path:
    """Train and give the file of weights; `run.json` beside it says how. Raises InputError, ModelError."""
    trainer = trainer_of(card)
    recipe = recipe or trainer.recipe
    job = Job(card, data_dirs, out, start, without_fold, resume, progress)
    weights = trainer.run(job, recipe)
    drawn: dict[str, int] = {}
    for row in (r for folder in data_dirs for r in read_index(folder)):
        if row.split == "train" if without_fold is None else row.fold and row.fold != without_fold:
            name = f"{row.source}: {row.label}"
            drawn[name] = drawn.get(name, 0) + 1
    made = Made(
        model=card.name,
        start=start.name if start is not None else "",
        recipe={k: v for k, v in recipe.model_dump().items() if k != "threads"},
        drawn=dict(sorted(drawn.items())),
    )
    (out / "run.json").write_text(made.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return weights


def made_by(run: Path) -> Made | None:
    """What `run.json` of a training folder says; None where there is none."""
    file = run / "run.json"
    return Made.model_validate(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else None


def _two_classes(job: Job, recipe: Recipe | Schedule) -> Path:
    if not isinstance(recipe, Recipe):
        raise TypeError("a two-class classifier follows a Recipe")
    rows = training_rows(job.data_dirs, job.without_fold)
    card = job.card
    examples = examples_of(
        rows, card.classes, card.labels, lesion=card.positive, seed=recipe.seed, progress=job.progress
    )
    run = train_on(card, examples, job.out, start=job.start, recipe=recipe, resume=job.resume, progress=job.progress)
    return run.weights


def _patterns(job: Job, recipe: Recipe | Schedule) -> Path:
    if not isinstance(recipe, PatternRecipe):
        raise TypeError("a classifier of several concepts follows a PatternRecipe")
    run = train_patterns(
        job.card,
        job.data_dirs,
        job.out,
        start=job.start,
        recipe=recipe,
        without_fold=job.without_fold,
        resume=job.resume,
        progress=job.progress,
    )
    return run.weights


def _boxes(job: Job, recipe: Recipe | Schedule) -> Path:
    _whole(job)
    if not isinstance(recipe, BoxRecipe):
        raise TypeError("a detector follows a BoxRecipe")
    run = train_boxes(
        job.card, job.data_dirs, job.out, start=job.start, recipe=recipe, resume=job.resume, progress=job.progress
    )
    return run.weights


def _lesions(job: Job, recipe: Recipe | Schedule) -> Path:
    _whole(job)
    if not isinstance(recipe, MaskRecipe):
        raise TypeError("a segmenter follows a MaskRecipe")
    network = SegFormer(fine=False)
    run = train_lesion_masks(
        job.card,
        network,
        job.data_dirs,
        job.out,
        start=job.start,
        recipe=recipe,
        resume=job.resume,
        progress=job.progress,
    )
    return run.weights


def _vessels(job: Job, recipe: Recipe | Schedule) -> Path:
    _whole(job)
    if not isinstance(recipe, MaskRecipe):
        raise TypeError("a segmenter follows a MaskRecipe")
    network = NETWORKS.get(job.card.network or job.card.name, SegFormer)()
    if job.start is not None:
        started(network, job.start, "encoder" if isinstance(network, SegFormer) else "")
    run = train_vessel_masks(
        job.card, network, job.data_dirs, job.out, recipe=recipe, resume=job.resume, progress=job.progress
    )
    return run.weights


def _whole(job: Job) -> None:
    if job.without_fold is not None:
        raise InputError(f"{job.card.title} is not cross-validated here; its sets have a split by patient.")
