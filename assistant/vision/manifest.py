"""`weights/manifest.toml` -> cards. Torch-free: listing models loads none.

A card is what the house knows of a model: what it reads, what it looks for and what not, its calibration, its licence,
and the headline figures of its evaluation.
"""

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, model_validator

from assistant.domain.base import Frozen
from assistant.domain.codes import CODES, Code
from assistant.errors import ModelError

__all__ = ["ConceptCard", "Figure", "KindCard", "Manifest", "ModelCard", "card_of_row", "load_manifest"]


_OF_A_CONCEPT = ("auc", "sensitivity", "specificity")


class Figure(Frozen):
    """A measured figure with its bootstrap 95 % interval and the number of pictures."""

    value: float
    low: float
    high: float
    n: int


class KindCard(Frozen):
    """A kind of picture that the gate can name."""

    name: str
    title: str = Field(description="in words: 'brain MRI slice'")
    article: str = "a"
    plural: str = Field(default="", description="where an s at the end of the title is not enough")
    admitted: bool = Field(default=False, description="whether a model here reads it")
    modalities: tuple[str, ...] = Field(default=(), description="DICOM modalities that such a picture can carry")


class ConceptCard(Frozen):
    """One concept of a model whose classes occur together, or a kind of lesion that a detector names.

    The probability is `sigmoid(slope * score + intercept)` of the class's own score (Platt scaling); a detector's kinds
    use the card's temperature instead. Thresholds and quantiles as in ModelCard, for this class alone.
    """

    concept: str
    code: Code
    slope: float = 1.0
    intercept: float = 0.0
    threshold: float = Field(default=0.5, ge=0, le=1)
    threshold_why: str = ""
    conformal_quantile: Mapping[str, float] = Field(
        default_factory=dict,
        description="present, absent: highest 1 - p(verdict) that keeps it in the set",
    )
    prevalence: float | None = Field(default=None, ge=0, le=1)
    probability_of: str = ""
    look_alikes: tuple[str, ...] = ()
    metrics: Mapping[str, Figure] = Field(default_factory=dict, description="of this concept, from cards/NAME.json")


class ModelCard(Frozen):
    """One row of the manifest."""

    name: str
    title: str
    task: Literal["classify", "detect", "segment", "gate"]
    version: str
    weights: str = Field(description="file beside the manifest")
    network: str = Field(default="", description="its file in vision/models where that is not of its own name")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    kinds: tuple[str, ...] = Field(description="kinds of picture that it reads")
    classes: tuple[str, ...]
    positive: str | None = Field(default=None, description="the class that is the concept, of two classes")
    labels: Mapping[str, str] = Field(default_factory=dict, description="data set label -> class")
    concept: str = Field(default="", description="as a clinician would say it")
    code: Code | None = None
    concepts: Mapping[str, ConceptCard] = Field(default_factory=dict, description="class -> its concept, of several")
    pattern_only: bool = Field(default=False, description="no healthy picture was taught: say 'pattern as in ...'")
    frame: Literal["head", "disc", "whole", "stretched"] = Field(
        default="head", description="what of a picture the network sees"
    )
    input_size: int = Field(gt=0)
    mean: float = 0.5
    std: float = Field(default=0.5, gt=0)
    temperature: float = Field(default=1.0, gt=0)
    slope: float = Field(default=1.0, description="detectors, segmenters: Platt scaling of the score")
    intercept: float = 0.0
    threshold: float = Field(default=0.5, ge=0, le=1, description="operating threshold on the calibrated probability")
    threshold_why: str = ""
    farthest: Mapping[str, float] = Field(
        default_factory=dict, description="gate: largest distance of a known look, by kind"
    )
    coverage: float = Field(default=0.9, gt=0, lt=1, description="target of the prediction sets")
    conformal_quantile: Mapping[str, float] = Field(
        default_factory=dict, description="per class: highest 1 - p(class) that keeps the class in the set"
    )
    prevalence: float | None = Field(default=None, ge=0, le=1, description="share of positives at calibration")
    probability_of: str = ""
    scope: str = ""
    looks_for: str = ""
    not_looked_for: str = ""
    look_alikes: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    licence: str = ""
    suggestions: tuple[str, ...] = Field(default=(), description="chips under a picture that it reads")
    metrics: Mapping[str, Figure] = Field(default_factory=dict, description="headline figures of cards/NAME.json")

    @property
    def module(self) -> str:
        """The module that holds its architecture."""
        return f"assistant.vision.models.{self.network or self.name}"

    @model_validator(mode="after")
    def _positive_is_a_class(self) -> "ModelCard":
        if self.positive is not None and self.positive not in self.classes:
            raise ValueError("the positive class is none of the classes")
        return self


class Manifest(Frozen):
    """All cards and kinds; the gate's card stands apart."""

    cards: tuple[ModelCard, ...]
    kinds: tuple[KindCard, ...]

    def card(self, name: str) -> ModelCard:
        """Raises ModelError, naming what there is."""
        for card in self.cards:
            if card.name == name:
                return card
        there = ", ".join(c.name for c in self.cards)
        raise ModelError(f"There is no model called '{name}'; there are: {there}.")

    def kind(self, name: str) -> KindCard | None:
        return next((k for k in self.kinds if k.name == name), None)

    def readers(self, kind: str) -> tuple[ModelCard, ...]:
        """The models that read such a picture, in the manifest's order."""
        return tuple(c for c in self.cards if kind in c.kinds and c.task != "gate")


def load_manifest(weights_dir: Path) -> Manifest:
    """Read the manifest, with each card's headline figures from `cards/<name>.json` where that is there.

    Raises ModelError when it is missing or a row does not hold.
    """
    file = weights_dir / "manifest.toml"
    if not file.is_file():
        raise ModelError(
            "The folder of weights holds no manifest.toml; MEDVISION_WEIGHTS_DIR should name one that does."
        )
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
        kinds = tuple(KindCard.model_validate({"name": name, **row}) for name, row in table.get("kinds", {}).items())
        cards = tuple(_card(name, row, weights_dir) for name, row in table.get("models", {}).items())
    except (tomllib.TOMLDecodeError, ValidationError, KeyError) as error:
        raise ModelError(f"The manifest of the weights does not hold: {str(error).splitlines()[0]}.") from error
    return Manifest(cards=cards, kinds=kinds)


def _card(name: str, row: Mapping[str, object], weights_dir: Path) -> ModelCard:
    values = _coded(name, row)
    figures = weights_dir / "cards" / f"{name}.json"
    if figures.is_file():
        printed = json.loads(figures.read_text(encoding="utf-8"))
        values["metrics"] = printed.get("headline", {})
        if isinstance(of := values.get("concepts"), Mapping):
            measured = _measured_concepts(printed)
            values["concepts"] = {c: {**v, "metrics": measured.get(c, {})} for c, v in of.items()}
    return ModelCard.model_validate(values)


def _coded(name: str, row: Mapping[str, object]) -> dict[str, object]:
    values: dict[str, object] = {"name": name, **row}
    if isinstance(code := values.get("code"), str):
        values["code"] = CODES[code]
    if isinstance(concepts := values.get("concepts"), Mapping):
        values["concepts"] = {c: {**v, "code": CODES[v["code"]]} for c, v in concepts.items()}
    return values


def card_of_row(name: str, row: Mapping[str, object]) -> ModelCard:
    """A card from the values of a manifest's table, codes by their key. Raises ModelError where they do not hold."""
    try:
        return ModelCard.model_validate(_coded(name, row))
    except (ValidationError, KeyError) as error:
        raise ModelError(f"The row of '{name}' does not hold: {str(error).splitlines()[0]}.") from error


def _measured_concepts(printed: Mapping[str, Any]) -> Mapping[str, Mapping[str, object]]:
    """Figures concept by concept, of the folds, else of the first `test` split that holds any; shares apart."""
    folds = (printed.get("folds") or {}).get("evaluation") or {}
    tests = [e for e in printed.get("evaluations") or () if e.get("split") == "test"]
    found: Mapping[str, Mapping[str, object]] = next((e["concepts"] for e in (folds, *tests) if e.get("concepts")), {})
    return {c: {k: f for k, f in figures.items() if k in _OF_A_CONCEPT} for c, figures in found.items()}
