"""The models of a desk without weights: they say what they are told, count their looks, and keep image coordinates.

`manifest` is the house's own; `lean` holds the brain classifier alone, as before any detector landed.
"""

import functools
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.domain.codes import Code
from assistant.domain.finding import Finding, Kind, Presence, Trust
from assistant.domain.geometry import Box
from assistant.domain.image import Image
from assistant.vision.base import Detection, Outline, Reading
from assistant.vision.manifest import ConceptCard, Manifest, ModelCard, load_manifest
from tests.builders import build_finding

__all__ = ["FakeShelf", "Lesion", "brain_card", "lean", "manifest"]

_NEOPLASM = Code(scheme="SCT", value="108369006", meaning="Neoplasm")
_PREVALENCE = {"eye_disease": 0.25, "oral_disease": 0.33, "brain_tumour_boxes": 0.5, "brain_tumour_outline": 0.5}
"""The shelf's own, so that what is measured of the real weights changes no test."""


@functools.cache
def manifest() -> Manifest:
    """The house's own."""
    return load_manifest(Path(__file__).resolve().parents[2] / "weights")


@functools.cache
def lean() -> Manifest:
    """The brain classifier and the gate, and nothing else."""
    kept = tuple(c for c in manifest().cards if c.name in ("brain_tumour", "gate"))
    return manifest().model_copy(update={"cards": kept})


def brain_card() -> ModelCard:
    return manifest().card("brain_tumour")


@dataclass(frozen=True)
class Lesion:
    """One box that the detector gives: place in shares of the picture, score, and the probability of each kind."""

    place: tuple[float, float, float, float] = (0.55, 0.25, 0.80, 0.50)
    score: float = 0.88
    kinds: tuple[tuple[str, float], ...] = (("meningioma", 0.71), ("glioma", 0.24), ("pituitary tumour", 0.05))


@dataclass
class FakeShelf:
    """What every model says of every image; `reads` counts the looks of classifiers, `looks` those of the others.

    `probability`, `presence`: of the brain classifier. `eye`, `mouth`: of each disease. `lesions`: the detector's
    boxes; none: it says `no_box`. `outlined`: places of the brain outline, empty for none. Every 8th row is a vessel.
    """

    manifest: Manifest = field(default_factory=manifest)
    probability: float = 0.94
    presence: Presence = Presence.PRESENT
    eye: tuple[float, float, float] = (0.81, 0.34, 0.03)
    mouth: tuple[float, float, float] = (0.93, 0.71, 0.02)
    lesions: tuple[Lesion, ...] = (Lesion(),)
    no_box: tuple[Presence, float] = (Presence.ABSENT, 0.04)
    outlined: tuple[tuple[float, float, float, float], ...] = ((0.58, 0.28, 0.78, 0.46),)
    outline_presence: Presence = Presence.PRESENT
    trusts: Trust | None = None
    reads: int = 0
    looks: int = 0
    fails: Exception | None = None

    def classifier(self, name: str) -> "FakeModel":
        return self._model(name, "classify")

    def detector(self, name: str) -> "FakeModel":
        return self._model(name, "detect")

    def segmenter(self, name: str) -> "FakeModel":
        return self._model(name, "segment")

    def _model(self, name: str, task: str) -> "FakeModel":
        card = self.manifest.card(name)
        assert card.task == task
        return FakeModel(self, card)


@dataclass
class FakeModel:
    """One model of the shelf."""

    shelf: FakeShelf
    card: ModelCard

    def read(self, image: Image) -> Reading:
        self._counted(classifier=True)
        if self.card.name == "brain_tumour":
            found: tuple[Finding, ...] = (self._brain(image),)
        else:
            told = self.shelf.eye if self.card.name == "eye_disease" else self.shelf.mouth
            found = tuple(self._pattern(image, c, p) for c, p in zip(self.card.concepts.values(), told, strict=True))
        heat = np.zeros(image.facts.size_rc, np.uint8)
        heat[: heat.shape[0] // 2] = 200
        return Reading(found, (heat,) * len(found), "Grad-CAM (Selvaraju 2017)", 0.01)

    def trust(self, image: Image, concept: str, saliency: NDArray[np.uint8], region: NDArray[np.bool_] | None) -> Trust:
        assert saliency.shape == image.facts.size_rc
        assert region is None or region.shape == saliency.shape
        told = self.shelf.trusts or Trust(overlap=0.75, before=0.94, after=0.22, deletion=0.72, low=False)
        return told if region is not None else told.model_copy(update={"overlap": None})

    def detect(self, image: Image) -> Detection:
        self._counted()
        rows, columns = image.facts.size_rc
        found = [
            self._finding(
                image,
                presence=Presence.PRESENT,
                probability=lesion.score,
                region=_box(lesion.place, rows, columns),
                kinds=tuple(Kind(name=n, code=_NEOPLASM, probability=p, in_set=p >= 0.2) for n, p in lesion.kinds),
            )
            for lesion in self.shelf.lesions
        ]
        presence, p = self.shelf.no_box
        none = self._finding(image, presence=presence, probability=p, prediction_set=_set(presence))
        return Detection(tuple(found) or (none,), 0.01)

    def outline(self, image: Image) -> Outline:
        self._counted()
        rows, columns = image.facts.size_rc
        mask = np.zeros((rows, columns), bool)
        fov = None
        if "fundus" in self.card.kinds:
            y, x = np.ogrid[0:rows, 0:columns]
            fov = np.asarray(
                (x + 0.5 - columns / 2) ** 2 + (y + 0.5 - rows / 2) ** 2 <= (0.48 * min(rows, columns)) ** 2
            )
            mask[::8] = True
            mask &= fov
        else:
            for place in self.shelf.outlined:
                x0, y0, x1, y1 = (round(v) for v in _box(place, rows, columns).xyxy)
                mask[y0:y1, x0:x1] = True
        probability = np.where(mask, 0.9, 0.02).astype(np.float32)
        edge = mask & ~np.roll(mask, 1, axis=1)
        probability[edge] = 0.6
        there = bool(mask.any())
        presence = self.shelf.outline_presence if there else Presence.ABSENT
        finding = self._finding(image, presence=presence, probability=0.9 if there else 0.05)
        return Outline(finding, mask, probability, fov, 0.01)

    def _brain(self, image: Image) -> Finding:
        presence, p = self.shelf.presence, self.shelf.probability
        return build_finding(
            presence=presence,
            probability=p,
            prevalence=0.61,
            image=image.facts.handle,
            model=self.card.name,
            weights_sha256=self.card.sha256,
        )

    def _pattern(self, image: Image, concept: ConceptCard, p: float) -> Finding:
        presence = Presence.PRESENT if p >= 0.5 else Presence.ABSENT if p < 0.2 else Presence.INDETERMINATE
        return self._finding(
            image,
            concept=concept.concept,
            code=concept.code,
            presence=presence,
            probability=p,
            probability_of=concept.probability_of,
            prediction_set=_set(presence),
        )

    def _finding(self, image: Image, **changes: object) -> Finding:
        card = self.card
        known: dict[str, object] = {
            "concept": card.concept,
            "code": card.code,
            "probability_of": card.probability_of,
            "prevalence": _PREVALENCE.get(card.name),
            "image": image.facts.handle,
            "scope": card.scope,
            "model": card.name,
            "model_version": card.version,
            "weights_sha256": card.sha256,
        }
        return build_finding(**(known | changes))

    def _counted(self, classifier: bool = False) -> None:
        self.shelf.reads += classifier
        self.shelf.looks += not classifier
        if self.shelf.fails:
            raise self.shelf.fails


def _set(presence: Presence) -> tuple[str, ...]:
    return ("present", "absent") if presence is Presence.INDETERMINATE else (presence.value,)


def _box(place: tuple[float, float, float, float], rows: int, columns: int) -> Box:
    x0, y0, x1, y1 = place
    return Box(x0=x0 * columns, y0=y0 * rows, x1=x1 * columns, y1=y1 * rows)
