"""What a card is written from: the figures (`cards/NAME.json`) and a person's words (`cards/NAME.toml`)."""

from collections.abc import Mapping

from pydantic import Field

from assistant.domain.base import Frozen
from assistant.training.evaluation import Evaluation
from assistant.training.folds import FoldsEvaluation
from assistant.training.trainers import Made
from assistant.vision.manifest import Figure

__all__ = ["Ablation", "CardFigures", "CardWords", "DataSource", "as_cell"]


class CardFigures(Frozen):
    """All numbers that a card quotes beside the manifest's."""

    headline: dict[str, Figure]
    headline_of: str = Field(description="which pictures the headline is of")
    weights_sha256: str
    made: Made | None = Field(default=None, description="what `train` left beside the weights")
    folds: FoldsEvaluation | None = None
    evaluations: tuple[Evaluation, ...] = ()


class DataSource(Frozen):
    """A set that it was trained or measured on."""

    name: str
    origin: str
    licence: str


class Ablation(Frozen):
    """Something that was tried, and what came of it on `val`."""

    change: str
    figure: str
    note: str = ""


class CardWords(Frozen):
    """What a person says of a model, in sentences."""

    what: str = Field(description="architecture and task in half a line, for the README's table")
    start: str = Field(description="which weights the training began with")
    how: tuple[str, ...] = Field(default=(), description="paragraphs on the training")
    data: tuple[DataSource, ...]
    not_named: str = Field(default="age, sex, ethnicity", description="groups that the data does not name")
    ablations: tuple[Ablation, ...] = ()
    aims: tuple[str, ...] = Field(default=(), description="each aim, met or missed, and why")
    limits: tuple[str, ...] = Field(default=(), description="beside the manifest's")
    folds_note: str = ""
    readme_note: str = Field(default="", description="below the README's table")


def as_cell(figure: Figure | None) -> str:
    """A figure in a table."""
    return f"{figure.value:.3f} ({figure.low:.3f} to {figure.high:.3f})" if figure is not None else "-"


def figure_rows(metrics: Mapping[str, Figure]) -> list[str]:
    head = ["| figure | value (95 % interval) | n |", "|---|---|---|"]
    return head + [f"| {name} | {as_cell(f)} | {f.n} |" for name, f in metrics.items()]
