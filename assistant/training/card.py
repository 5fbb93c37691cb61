"""Figures -> the cards that stand beside the weights: `cards/NAME.json`, and written from it `cards/NAME.md`.

A card quotes nothing that three files do not hold: the manifest's row, the JSON (what `evaluate` printed) and
`cards/NAME.toml` (what a person says: the start, the data and its licences, what was tried). So it can be held against
them: `stale_cards` does, the README's table of models included.
"""

import json
import tomllib
from collections.abc import Sequence
from pathlib import Path

from pydantic import Field, ValidationError

from assistant.domain.base import Frozen
from assistant.errors import InputError, ModelError
from assistant.training.card_gate import GateFigures, gate_page
from assistant.training.card_page import ladder_plot, model_page
from assistant.training.card_table import table_of, with_table
from assistant.training.card_words import CardFigures, CardWords
from assistant.training.evaluation import Evaluation
from assistant.training.folds import FoldsEvaluation
from assistant.training.gate import GateEvaluation, GateTraining
from assistant.training.plots import draw_ladder
from assistant.training.robustness import steps_of
from assistant.training.trainers import made_by
from assistant.vision.manifest import Figure, ModelCard, load_manifest

__all__ = ["Printed", "printed_evaluation", "refresh", "stale_cards", "write_card", "write_gate_card"]

_HEADLINE = {
    "classify": ("auc", "macro_auc", "accuracy", "balanced_accuracy", "sensitivity", "specificity"),
    "detect": ("mean_iou", "map50", "box_class_accuracy"),
    "segment": ("dice", "auc"),
}


class Printed(Frozen):
    """What `evaluate` printed: of one split, or of folds."""

    evaluation: Evaluation | None = None
    folds: FoldsEvaluation | None = Field(default=None)


def printed_evaluation(file: Path) -> Printed:
    """A file that `evaluate --json` was written to, or the `evaluation.json` of its folder. Raises InputError."""
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        if "folds" in data:
            return Printed(folds=FoldsEvaluation.model_validate(data))
        return Printed(evaluation=Evaluation.model_validate(data))
    except (OSError, json.JSONDecodeError, ValidationError) as error:
        raise InputError(f"{file.name} is not what `medvision evaluate --json` prints.") from error


def write_card(
    card: ModelCard, printed: Sequence[Printed], weights_dir: Path, readme: Path | None, *, run: Path | None = None
) -> CardFigures:
    """Write the JSON of one model from what `evaluate` printed, then every page and the table.

    `run`: the folder that `train` wrote, for how the weights were made; without it the last card's is kept. The
    headline is that of the folds where there are some, else of the first `test` split. Raises InputError where the
    figures are of other weights or there are none. Figures under disturbances are drawn beside the card, too.
    """
    evaluations = tuple(p.evaluation for p in printed if p.evaluation is not None)
    folds = next((p.folds for p in printed if p.folds is not None), None)
    if wrong := [e for e in evaluations if e.model != card.name or e.weights_sha256 != card.sha256]:
        raise InputError(f"The figures on {wrong[0].data} ({wrong[0].split}) are of other weights than {card.name}'s.")
    file = weights_dir / "cards" / f"{card.name}.json"
    last = CardFigures.model_validate_json(file.read_text(encoding="utf-8")) if file.is_file() else None
    tests = [e for e in evaluations if e.split == "test" and e.metrics]
    if folds is None and not tests:
        raise InputError("A card needs figures of a test split, or of folds.")
    chosen = folds.evaluation if folds is not None else tests[0]
    made = made_by(run) if run is not None else last.made if last is not None else None
    figures = CardFigures(
        headline=_headline(card, chosen.metrics),
        headline_of=f"{chosen.data}, {chosen.split}",
        weights_sha256=card.sha256,
        made=made,
        folds=folds,
        evaluations=evaluations,
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(figures.model_dump_json(indent=1) + "\n", encoding="utf-8")
    for e in (e for e in tests if e.robustness):
        draw_ladder(steps_of(e.robustness), e.robustness[0].level, file.parent / ladder_plot(e))
    refresh(weights_dir, readme)
    return figures


def _headline(card: ModelCard, metrics: dict[str, Figure]) -> dict[str, Figure]:
    return {k: metrics[k] for k in _HEADLINE.get(card.task, ()) if k in metrics}


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
    folder = weights_dir / "cards"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{card.name}.json").write_text(figures.model_dump_json(indent=1) + "\n", encoding="utf-8")
    (folder / f"{card.name}.md").write_text(gate_page(card, figures), encoding="utf-8")
    return figures


def refresh(weights_dir: Path, readme: Path | None) -> tuple[str, ...]:
    """Write every page and the README's table anew from the files beside the weights; the files that changed."""
    changed: list[str] = []
    for file, text in _pages(weights_dir, readme):
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")
            changed.append(file.name)
    return tuple(changed)


def stale_cards(weights_dir: Path, readme: Path | None = None) -> tuple[str, ...]:
    """What does not hold between manifest, words, figures and pages; empty where all is in step."""
    found: list[str] = []
    for card in load_manifest(weights_dir).cards:
        figures, words = _figures(card, weights_dir), _words(card, weights_dir)
        if figures is None or (words is None and card.task != "gate"):
            found.append(f"{card.name}: no card")
        elif figures.weights_sha256 != card.sha256:
            found.append(f"{card.name}: the figures are of other weights")
    for file, text in _pages(weights_dir, readme):
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            found.append(f"{file.name}: not what the figures give; `medvision card` writes it anew")
    return tuple(found)


def _pages(weights_dir: Path, readme: Path | None) -> list[tuple[Path, str]]:
    """Every file that is written from others, with what it should hold."""
    pages: list[tuple[Path, str]] = []
    rows: list[tuple[ModelCard, CardWords | None, CardFigures | GateFigures]] = []
    for card in load_manifest(weights_dir).cards:
        figures, words = _figures(card, weights_dir), _words(card, weights_dir)
        if figures is None:
            continue
        file = weights_dir / "cards" / f"{card.name}.md"
        if isinstance(figures, GateFigures):
            pages.append((file, gate_page(card, figures)))
        elif words is not None:
            pages.append((file, model_page(card, words, figures)))
        rows.append((card, words, figures))
    if readme is not None:
        pages.append((readme, with_table(readme.read_text(encoding="utf-8"), table_of(rows))))
    return pages


def _figures(card: ModelCard, weights_dir: Path) -> CardFigures | GateFigures | None:
    file = weights_dir / "cards" / f"{card.name}.json"
    if not file.is_file():
        return None
    text = file.read_text(encoding="utf-8")
    try:
        return GateFigures.model_validate_json(text) if card.task == "gate" else CardFigures.model_validate_json(text)
    except ValidationError as error:
        raise ModelError(f"The figures of {card.title} ({file.name}) cannot be read.") from error


def _words(card: ModelCard, weights_dir: Path) -> CardWords | None:
    file = weights_dir / "cards" / f"{card.name}.toml"
    if not file.is_file():
        return None
    try:
        return CardWords.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise ModelError(f"The words of {card.title} ({file.name}) cannot be read.") from error
