"""Trust of a saliency map: a map that marks what the model needs passes, one that marks anything else does not."""

import numpy as np
import pytest

from assistant.domain.image import Image
from assistant.errors import ModelError
from assistant.vision.base import Classifier, Reading
from assistant.vision.surroundings import filled
from assistant.vision.trust import marked, trust_of
from tests.builders import build_image
from tests.vision.pictures import build_head, card_of, picture_for, random_model
from tests.vision.weights import models

MARKER = (slice(20, 36), slice(100, 116))


class SeesMarker(Classifier):
    """Says tumour when a marker in a corner is bright: the shortcut that a planted marker teaches."""

    def __init__(self) -> None:
        self.card = card_of("brain_tumour")
        self.looks = 0

    def look_at(self, image: Image) -> Reading:
        raise NotImplementedError

    def logits(self, pixels: np.ndarray) -> np.ndarray:
        return np.log([1 - self.probability(pixels, "brain tumour"), self.probability(pixels, "brain tumour")])

    def probability(self, pixels: np.ndarray, concept: str) -> float:
        self.looks += 1
        return float(0.02 + 0.96 * (pixels[MARKER] > 240).mean())


def planted(channels: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """A head with a white marker, and a map that marks it."""
    shown = build_head((160, 140))
    shown[MARKER] = 255
    saliency = np.zeros(shown.shape, dtype=np.uint8)
    saliency[MARKER] = 255
    return (shown if channels == 1 else np.repeat(shown[:, :, None], 3, axis=2)), saliency


@pytest.mark.parametrize("channels", [1, 3])
def test_hiding_a_planted_marker_takes_the_probability_away(channels: int) -> None:
    shown, saliency = planted(channels)
    trust = SeesMarker().trust(build_image(shown), "brain tumour", saliency)
    assert (trust.before, trust.after) == pytest.approx((0.98, 0.02))
    assert trust.deletion == pytest.approx(0.96)
    assert trust.overlap is None
    assert not trust.low


def test_a_map_that_marks_something_else_than_the_marker_is_not_trusted() -> None:
    shown, _ = planted()
    elsewhere = np.zeros(shown.shape, dtype=np.uint8)
    elsewhere[90:110, 40:60] = 200
    trust = SeesMarker().trust(build_image(shown), "brain tumour", elsewhere)
    assert trust.after == pytest.approx(trust.before)
    assert abs(trust.deletion) < 0.2
    assert trust.low


def test_a_map_on_a_marker_outside_the_lesion_is_not_trusted() -> None:
    shown, saliency = planted()
    lesion = np.zeros(shown.shape, dtype=np.bool_)
    lesion[90:120, 40:70] = True
    trust = SeesMarker().trust(build_image(shown), "brain tumour", saliency, lesion)
    assert trust.overlap == 0
    assert trust.low
    lesion[MARKER] = True
    trust = SeesMarker().trust(build_image(shown), "brain tumour", saliency, lesion)
    assert trust.overlap == 1
    assert not trust.low


def test_an_empty_map_is_not_trusted_and_costs_one_look() -> None:
    model, (shown, _) = SeesMarker(), planted()
    trust = model.trust(build_image(shown), "brain tumour", np.zeros(shown.shape, dtype=np.uint8))
    assert (trust.low, trust.deletion, model.looks) == (True, 0.0, 1)


def test_the_same_map_gets_the_same_trust() -> None:
    shown, saliency = planted()
    assert trust_of(lambda p: float(p.mean()) / 255, shown, saliency) == trust_of(
        lambda p: float(p.mean()) / 255, shown, saliency
    )


def test_what_is_marked_is_never_most_of_the_picture() -> None:
    ramp = np.tile(np.linspace(0, 255, 100), (50, 1)).astype(np.uint8)
    assert marked(ramp).mean() < 0.35
    assert not marked(np.zeros((5, 5), dtype=np.uint8)).any()


def test_what_is_hidden_looks_like_what_is_around_it() -> None:
    shown = np.full((60, 80, 3), 90, dtype=np.uint8)
    hidden = np.zeros((60, 80), dtype=np.bool_)
    hidden[10:40, 5:50] = True
    shown[hidden] = 250
    assert (filled(shown, hidden) == 90).all()
    assert (filled(shown, ~np.zeros_like(hidden)) == shown).all()
    assert (shown[hidden] == 250).all()


@pytest.mark.parametrize("name", ["eye_disease", "oral_disease"])
def test_each_concept_can_be_held_against_its_map(name: str) -> None:
    model = random_model(name)
    assert isinstance(model, Classifier)
    image = build_image(picture_for(model.card, (90, 120)))
    reading = model.read(image)
    for finding, saliency in zip(reading.findings, reading.saliency, strict=True):
        trust = model.trust(image, finding.concept, saliency)
        assert trust.before == finding.probability


def test_the_shipped_classifier_s_map_can_be_held_against_it() -> None:
    model = models().classifier("brain_tumour")
    image = build_image(build_head())
    reading = model.read(image)
    trust = model.trust(image, "brain tumour", reading.saliency[0])
    assert trust.before == reading.findings[0].probability
    with pytest.raises(ModelError, match="does not look for 'cataract'"):
        model.trust(image, "cataract", reading.saliency[0])
