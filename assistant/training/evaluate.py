"""Measure a model of any task on a data folder, as the contract says: every row counts, no gate, no abstention.

Figures are fractions with bootstrap 95 % intervals. Markdown and plots go to `out`, never into the data folder.
"""

from pathlib import Path

from assistant.errors import ModelError
from assistant.training.classification import classified, draw_classified, mirrored_specificity, predictions
from assistant.training.data import read_index
from assistant.training.detection import boxed, detections, draw_boxed
from assistant.training.evaluation import Evaluation, held_to_columns, markdown
from assistant.training.pool import Progress
from assistant.training.segmentation import draw_outlined, outlined, outlines
from assistant.training.train import silent
from assistant.vision.base import Classifier, Detector, Segmenter, VisionModel

__all__ = ["evaluate", "write_evaluation"]


def evaluate(
    model: VisionModel,
    data: Path,
    split: str,
    out: Path | None = None,
    by: str | None = None,
    progress: Progress = silent,
) -> Evaluation:
    """Measure `model` on one split of a data folder; `by` repeats the figures for each value of a column.

    Writes Markdown, JSON and plots to `out` where given. Raises InputError for a missing index, split or column.
    """
    rows = read_index(data, split)
    held_to_columns(rows, by)
    name = data.resolve().name
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
    if isinstance(model, Classifier):
        read = predictions(model, rows, progress)
        evaluation = classified(model.card, read, name, split, by)
        if (spared := mirrored_specificity(model, rows, progress)) is not None:
            evaluation = evaluation.model_copy(update={"extra": {"specificity_lesion_mirrored_away": spared}})
        if out is not None:
            draw_classified(evaluation, read, model.card, out)
    elif isinstance(model, Detector):
        found = detections(model, rows, progress)
        evaluation = boxed(model.card, found, name, split, by)
        if out is not None:
            draw_boxed(evaluation, found, model.card, out)
    elif isinstance(model, Segmenter):
        drawn = outlines(model, rows, progress)
        evaluation = outlined(model.card, drawn, name, split, by)
        if out is not None:
            draw_outlined(drawn, model, out)
    else:
        raise ModelError(f"'{model.card.name}' is no classifier, detector or segmenter; it cannot be measured here.")
    if out is not None:
        write_evaluation(evaluation, out)
    return evaluation


def write_evaluation(evaluation: Evaluation, out: Path) -> None:
    """`evaluation.json` and `evaluation.md`."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "evaluation.json").write_text(evaluation.model_dump_json(indent=1) + "\n", encoding="utf-8")
    (out / "evaluation.md").write_text(markdown(evaluation), encoding="utf-8")
