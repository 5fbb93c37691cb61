"""Figures -> the cards that stand beside the weights: `cards/NAME.json` and, written from it, `cards/NAME.md`.

A card quotes nothing that the JSON and the manifest do not hold, so it can be held against them: `stale_cards` does.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image as Picture
from pydantic import Field

from assistant.domain.base import Frozen
from assistant.errors import ModelError
from assistant.training.counterparts import without_lesion
from assistant.training.data import load_grey, read_index
from assistant.training.evaluate import evaluate
from assistant.training.evaluation import Evaluation
from assistant.training.folds import FoldsEvaluation
from assistant.training.gate import GateEvaluation, GateTraining
from assistant.training.metrics import share_figure
from assistant.training.pool import Progress
from assistant.training.train import Recipe, silent
from assistant.vision.base import Classifier
from assistant.vision.calibrate import predictive_values, softmax
from assistant.vision.manifest import Figure, ModelCard, load_manifest

__all__ = ["CardFigures", "GateFigures", "mirrored_specificity", "stale_cards", "write_card", "write_gate_card"]

_HEADLINE = ("auc", "accuracy", "sensitivity", "specificity")
_PREVALENCES = (0.01, 0.1, 0.5)


class CardFigures(Frozen):
    """All that a classifier's card quotes."""

    headline: dict[str, Figure]
    weights_sha256: str
    start: str
    recipe: Recipe
    drawn: dict[str, int] = Field(description="training pictures at hand, by source and class")
    folds: FoldsEvaluation
    evaluations: tuple[Evaluation, ...]
    mirrored: dict[str, Figure] = Field(description="specificity on slices whose lesion was mirrored away, by split")


class GateFigures(Frozen):
    """All that the gate's card quotes."""

    headline: dict[str, Figure]
    weights_sha256: str
    start: str
    counts: dict[str, int]
    held_out: tuple[tuple[str, int, int], ...] = Field(description="kind, pictures, admitted")
    evaluations: tuple[GateEvaluation, ...]


def mirrored_specificity(model: Classifier, data: Path, split: str, progress: Progress = silent) -> Figure | None:
    """Share read below the operating threshold among slices whose outlined lesion was mirrored away."""
    card = model.card
    if card.positive is None:
        return None
    positive = card.classes.index(card.positive)
    below: list[bool] = []
    rows = [r for r in read_index(data, split) if r.mask is not None]
    for number, row in enumerate(rows):
        with Picture.open(str(row.mask)) as picture:
            mask = np.asarray(picture.convert("L")) > 0
        healthy = without_lesion(load_grey(row.image), mask)
        if healthy is not None:
            probability = float(softmax(model.logits(healthy), card.temperature)[positive])
            below.append(probability < card.threshold)
        progress("mirroring lesions away", (number + 1) / len(rows))
    return share_figure(np.asarray(below)) if below else None


def write_card(
    model: Classifier,
    data_dirs: Sequence[Path],
    folds: FoldsEvaluation,
    weights_dir: Path,
    *,
    start: str,
    recipe: Recipe,
    drawn: Mapping[str, int],
    progress: Progress = silent,
) -> CardFigures:
    """Measure the shipped weights on `val` and `test` of every folder and write JSON and Markdown."""
    evaluations: list[Evaluation] = []
    mirrored: dict[str, Figure] = {}
    for folder in data_dirs:
        rows = read_index(folder)
        for split in ("val", "test"):
            if any(r.split == split for r in rows):
                evaluations.append(evaluate(model, folder, split, progress=progress))
                if any(r.mask is not None for r in rows):
                    figure = mirrored_specificity(model, folder, split, progress)
                    mirrored |= {f"{folder.resolve().name} {split}": figure} if figure else {}
    pooled = folds.evaluation.metrics
    figures = CardFigures(
        headline={k: pooled[k] for k in _HEADLINE if k in pooled},
        weights_sha256=model.card.sha256,
        start=start,
        recipe=recipe,
        drawn=dict(drawn),
        folds=folds,
        evaluations=tuple(evaluations),
        mirrored=mirrored,
    )
    _write(weights_dir, model.card.name, figures.model_dump_json(indent=1), _classifier_card(model.card, figures))
    return figures


def write_gate_card(
    card: ModelCard, training: GateTraining, evaluations: Sequence[GateEvaluation], weights_dir: Path, *, start: str
) -> GateFigures:
    """Write JSON and Markdown of the gate."""
    last = evaluations[-1]
    figures = GateFigures(
        headline={"false_refusals": last.refused_overall, "false_admissions": last.admitted_overall},
        weights_sha256=card.sha256,
        start=start,
        counts=training.counts,
        held_out=tuple((h.kind, h.n, h.admitted) for h in training.held_out),
        evaluations=tuple(evaluations),
    )
    _write(weights_dir, card.name, figures.model_dump_json(indent=1), _gate_card(card, figures))
    return figures


def stale_cards(weights_dir: Path) -> tuple[str, ...]:
    """What does not hold between manifest, JSON and Markdown, in words; empty where all is in step."""
    found: list[str] = []
    for card in load_manifest(weights_dir).cards:
        file = weights_dir / "cards" / f"{card.name}.json"
        text = weights_dir / "cards" / f"{card.name}.md"
        if not file.is_file() or not text.is_file():
            found.append(f"{card.name}: no card")
            continue
        figures: CardFigures | GateFigures
        data = json.loads(file.read_text(encoding="utf-8"))
        if card.task == "gate":
            figures = GateFigures.model_validate(data)
            markdown = _gate_card(card, figures)
        else:
            figures = CardFigures.model_validate(data)
            markdown = _classifier_card(card, figures)
        if figures.weights_sha256 != card.sha256:
            found.append(f"{card.name}: the figures are of other weights")
        if text.read_text(encoding="utf-8") != markdown:
            found.append(f"{card.name}: the card is not what its figures give")
    return tuple(found)


def _write(weights_dir: Path, name: str, figures: str, markdown: str) -> None:
    folder = weights_dir / "cards"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(figures + "\n", encoding="utf-8")
    (folder / f"{name}.md").write_text(markdown, encoding="utf-8")


def _classifier_card(card: ModelCard, figures: CardFigures) -> str:
    recipe, folds = figures.recipe, figures.folds
    lines = [
        f"# {card.title} ({card.name} {card.version})",
        "",
        "Research use only; not a medical device. Weights `" + card.sha256 + "`.",
        "",
        f"It looks for {card.looks_for}. It does not look for {card.not_looked_for}. Its probability is the probability"
        f" {card.probability_of}.",
        "",
        "## How it was made",
        "",
        f"Start: {figures.start}. Fine-tuned (stem and first {recipe.frozen_stages} stages kept) for {recipe.epochs}"
        f" epochs: AdamW {recipe.rate:g} under a cosine, {recipe.first_size} then {recipe.size} pixels, averaged"
        f" weights, label smoothing {recipe.smoothing:g}, dropout {recipe.dropout:g}, at most {recipe.cap} pictures of"
        " each source and class in an epoch. Read twice, as it is and mirrored,"
        " scores averaged. Augmented by rotation, flips, scale, shift, squeeze, grey scale, bias"
        " field, noise, blur, coarse sampling, a blackened outer ring of the head (as after skull stripping), bars.",
        "",
        "In the public sets tumour and no tumour come from different places. Against telling them apart by scanner,"
        " slices of `brain-mri-boxes` whose outlined tumour was replaced by mirrored healthy tissue count as no tumour,"
        " and slices with such a paste elsewhere as tumour (`assistant/training/counterparts.py`).",
        "",
        "| training pictures | n |",
        "|---|---|",
        *[f"| {name} | {n} |" for name, n in figures.drawn.items()],
        "",
        "## Five grouped folds of brain-mri-tumour",
        "",
        "Every picture read by a network that saw neither it nor a copy of it; pooled, class = argmax. Spread of folds:"
        f" AUC {folds.spread['auc']:.3f}, accuracy {folds.spread['accuracy']:.3f} (standard deviation).",
        "",
        *_figures(folds.evaluation.metrics),
        "",
        "| fold | n | AUC | accuracy |",
        "|---|---|---|---|",
        *[f"| {f.fold} | {f.n} | {f.auc:.3f} | {f.accuracy:.3f} |" for f in folds.folds],
        "",
        "Coverage of 90 % prediction sets calibrated on the other folds: "
        + "; ".join(f"{k} {_interval(v)}" for k, v in folds.coverage.items())
        + ".",
        "",
        "## The shipped weights, source by source",
        "",
        "Class = argmax, as `medvision evaluate` prints it; last two columns at the operating threshold. `val` chose"
        " temperature, sets and threshold; `test` was opened to report. `brain-mri-boxes` and its external sibling hold"
        " no slice without tumour; the external one (skull-stripped, other scanners) was never trained on.",
        "",
        "| source | split | n | AUC | accuracy | sensitivity | specificity | at threshold: sensitivity | specificity |",
        "|---|---|---|---|---|---|---|---|---|",
        *[_source_row(e) for e in figures.evaluations],
        "",
        "Slices whose tumour was mirrored away, read below the threshold (a specificity on the tumour's own scanner): "
        + "; ".join(f"{k} {_interval(v)}" for k, v in figures.mirrored.items())
        + ".",
        "",
        "## Calibration and operating point",
        "",
        f"Temperature {card.temperature:g}. Threshold {card.threshold:g}: {card.threshold_why}. Prediction sets at"
        f" {card.coverage:.0%} coverage, a class at a time, on `val`, sources weighted alike. The probability holds at"
        f" a prevalence of {card.prevalence:.0%}."
        if card.prevalence is not None
        else "",
        "",
        "| set on test | tumour covered | no tumour covered | one verdict | both |",
        "|---|---|---|---|---|",
        *[_coverage_row(e) for e in figures.evaluations if e.split == "test"],
        "",
        "Predictive values at the pooled sensitivity and specificity of the folds (argmax):",
        "",
        *_predictive(folds.evaluation.metrics),
        "",
        "## Limits",
        "",
        *[f"- {limit}" for limit in card.limits],
        f"- May look alike: {', '.join(card.look_alikes)}.",
        "- `brain-mri-tumour` and `brain-mri-extra` are pictures from the web: `no tumour` there is not `healthy`,"
        " and a few are CT slices.",
        "- Groups that the data does not name (age, sex, origin, field strength) could not be measured.",
        "",
        f"Licence of the weights: {card.licence}.",
    ]
    return "\n".join(lines) + "\n"


def _gate_card(card: ModelCard, figures: GateFigures) -> str:
    lines = [
        f"# {card.title} ({card.name} {card.version})",
        "",
        "Says what kind of picture an upload is, and admits the kinds that a model reads. Weights `"
        + card.sha256
        + "`.",
        "",
        f"Start: {figures.start}, kept as it is. On its channel means: a linear classifier of kinds, and the distance"
        " to the nearest brain slices that it was taught with. Admitted: kind right, probability at least"
        f" {card.threshold:g} (temperature {card.temperature:g}), distance at most {card.farthest or 0:g}; by `val`."
        " A DICOM header that names another modality or another part of the body refuses by itself.",
        "",
        "| kind | pictures taught (made ones counted) |",
        "|---|---|",
        *[f"| {kind} | {n} |" for kind, n in figures.counts.items()],
        "",
        "## False refusals and false admissions, pixels alone",
        "",
    ]
    for e in figures.evaluations:
        lines += [
            f"`{e.split}`: refused {_interval(e.refused_overall)} of {e.refused_overall.n} brain MRI slices, admitted"
            f" {_interval(e.admitted_overall)} of {e.admitted_overall.n} others.",
            "",
            "| folder | n | share wrong |",
            "|---|---|---|",
            *[f"| {k}: refused | {v.n} | {_interval(v)} |" for k, v in e.refused.items()],
            *[f"| {k}: admitted | {v.n} | {_interval(v)} |" for k, v in e.admitted.items()],
            "",
        ]
    lines += [
        "CT slices that lie among the brain MRI folders (16, in every split) were found by a cross-validated gate,"
        " looked at one by one, and are taught and counted as head CT.",
        "",
        "## Kinds that it never saw",
        "",
        "Each kind left out of training in turn; how many of its pictures would then be admitted:",
        "",
        "| kind left out | n | admitted |",
        "|---|---|---|",
        *[f"| {kind} | {n} | {admitted} |" for kind, n, admitted in figures.held_out],
        "",
        "## Limits",
        "",
        "- A head CT is told apart because it was taught; kinds like a brain slice that were not taught may pass.",
        "- MRI of other parts of the body is represented by three pictures and by made ones.",
        "- A stricter first setting was seen on `test` before `val` chose this one, so `test` is not wholly untouched.",
        "- It says nothing of sharpness or noise; intake measures those.",
        "",
        f"Licence of the weights: {card.licence}.",
    ]
    return "\n".join(lines) + "\n"


def _interval(figure: Figure) -> str:
    return f"{figure.value:.3f} ({figure.low:.3f} to {figure.high:.3f})"


def _figures(metrics: Mapping[str, Figure]) -> list[str]:
    head = ["| figure | value (95 % interval) | n |", "|---|---|---|"]
    return head + [f"| {name} | {_interval(f)} | {f.n} |" for name, f in metrics.items()]


def _source_row(e: Evaluation) -> str:
    cells = [_cell(e.metrics.get(k)) for k in ("auc", "accuracy", "sensitivity", "specificity")]
    cells += [_cell(e.operating_point.get(k)) for k in ("sensitivity", "specificity")]
    return f"| {e.data} | {e.split} | {e.n} | " + " | ".join(cells) + " |"


def _cell(figure: Figure | None) -> str:
    return _interval(figure) if figure is not None else "-"


def _coverage_row(e: Evaluation) -> str:
    covered = [_cell(e.coverage.get(k)) for k in ("tumour", "no_tumour")]
    return f"| {e.data} | {covered[0]} | {covered[1]} | {e.set_sizes.get('one', 0)} | {e.set_sizes.get('both', 0)} |"


def _predictive(metrics: Mapping[str, Figure]) -> list[str]:
    if "sensitivity" not in metrics or "specificity" not in metrics:
        raise ModelError("A card needs a sensitivity and a specificity to give predictive values.")
    lines = ["| tumours among slices | positive predictive value | negative predictive value |", "|---|---|---|"]
    for prevalence in _PREVALENCES:
        ppv, npv = predictive_values(metrics["sensitivity"].value, metrics["specificity"].value, prevalence)
        lines.append(f"| {prevalence:.0%} | {ppv:.3f} | {npv:.3f} |")
    return lines
