"""What holds for every row of the manifest, whatever its task: with the real weights."""

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from assistant.domain.finding import Finding, Presence
from assistant.domain.geometry import Box
from assistant.domain.image import Image
from assistant.vision import vessels
from assistant.vision.base import Classifier, Detector, Segmenter
from assistant.vision.calibrate import prediction_set, presence_of
from assistant.vision.loading import Models
from assistant.vision.manifest import ConceptCard, ModelCard, load_manifest
from assistant.vision.preprocess import cut, grey_of, head_frame, normalised
from tests.builders import build_image
from tests.vision.pictures import SIZES, build_head, picture_for
from tests.vision.weights import ROOT, WEIGHTS, models

CARDS = load_manifest(WEIGHTS).cards
READERS = tuple(c for c in CARDS if c.task != "gate")
HEADLINES = {"detect": ("mean_iou", "map50"), "segment": ("dice",)}


@pytest.fixture(autouse=True)
def _small_eyes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Vessels at a quarter of the scale, for the time that it takes: what holds here holds at any."""
    monkeypatch.setattr(vessels, "WORKING_DIAMETER", 128)


def of_task(*tasks: str) -> pytest.MarkDecorator:
    """Every row whose task is one of these."""
    cards = [c for c in CARDS if c.task in tasks]
    return pytest.mark.parametrize("card", cards, ids=[c.name for c in cards])


every_row = of_task("classify", "detect", "segment", "gate")
every_reader = of_task("classify", "detect", "segment")


def findings_of(card: ModelCard, image: Image) -> tuple[Finding, ...]:
    model = models().model(card.name)
    if isinstance(model, Classifier):
        return model.read(image).findings
    if isinstance(model, Detector):
        return model.detect(image).findings
    assert isinstance(model, Segmenter)
    return (model.outline(image).finding,)


def numbers_of(card: ModelCard, shown: np.ndarray) -> np.ndarray:
    """What a model gives on a picture, before anything is decided."""
    model = models().model(card.name)
    if isinstance(model, Classifier):
        return model.logits(shown)
    if isinstance(model, Detector):
        return model.boxes(shown).scores
    assert isinstance(model, Segmenter)
    return model.probabilities(shown)


def verdict_names(card: ModelCard) -> tuple[str, str]:
    if card.positive is None:
        return "present", "absent"
    return card.positive, next(c for c in card.classes if c != card.positive)


def holds(finding: Finding, card: ModelCard, own: ModelCard | ConceptCard, names: tuple[str, str]) -> None:
    """Presence and prediction set are those of the contract's rule."""
    assert (finding.handle, finding.evidence, finding.image) == ("", (), "img1")
    assert (finding.model, finding.weights_sha256, finding.scope) == (card.name, card.sha256, card.scope)
    assert (finding.concept, finding.code) == (own.concept, own.code)
    assert finding.probability is not None
    limits = {name: own.conformal_quantile.get(name, 1.0) for name in names}
    assert finding.prediction_set == prediction_set(finding.probability, limits, *names)
    assert finding.presence is presence_of(finding.probability, own.threshold, finding.prediction_set)


@every_row
def test_weights_are_those_of_the_manifest_and_small(card: ModelCard) -> None:
    data = (WEIGHTS / card.weights).read_bytes()
    assert hashlib.sha256(data).hexdigest() == card.sha256
    assert len(data) < 15_000_000


@every_row
def test_every_row_has_a_card_a_licence_and_a_known_kind(card: ModelCard) -> None:
    assert (WEIGHTS / "cards" / f"{card.name}.md").is_file()
    assert "research use only" in card.licence
    kinds = {k.name for k in load_manifest(WEIGHTS).kinds}
    assert set(card.kinds) <= kinds
    if card.task == "gate":
        assert set(card.classes) <= kinds


@every_reader
def test_every_reader_says_what_it_looks_for_and_what_not(card: ModelCard) -> None:
    assert all((card.scope, card.looks_for, card.not_looked_for, card.limits, card.suggestions))
    named: Sequence[ModelCard | ConceptCard] = tuple(card.concepts.values()) if card.concept == "" else (card,)
    assert named
    for own in named:
        assert own.concept
        assert own.code is not None
        assert own.probability_of
        assert own.look_alikes
    assert set(card.concepts) <= set(card.classes)
    assert "normal" not in card.concepts
    assert all(load_manifest(WEIGHTS).kind(k).admitted for k in card.kinds)  # type: ignore[union-attr]


@every_reader
def test_every_reader_was_measured(card: ModelCard) -> None:
    several = card.task == "classify" and card.concepts
    assert all(c.threshold_why for c in card.concepts.values()) if several else card.threshold_why
    expected = HEADLINES.get(card.task, ("macro_auc",) if card.concepts else ("auc",))
    assert set(expected) <= set(card.metrics), f"{card.name} was not measured: write its figures with `medvision card`"
    for name in expected:
        assert card.metrics[name].low <= card.metrics[name].value <= card.metrics[name].high


def test_a_kind_is_admitted_exactly_when_a_model_reads_it() -> None:
    manifest = load_manifest(WEIGHTS)
    assert all(k.admitted == bool(manifest.readers(k.name)) for k in manifest.kinds)


@of_task("classify")
@pytest.mark.parametrize("size_rc", SIZES)
def test_a_reading_is_whole_and_in_image_coordinates(card: ModelCard, size_rc: tuple[int, int]) -> None:
    image = build_image(picture_for(card, size_rc), handle="img1")
    reading = models().classifier(card.name).read(image)
    assert len(reading.saliency) == len(reading.findings) == max(1, len(card.concepts))
    assert all(m.shape == size_rc and m.dtype == np.uint8 for m in reading.saliency)
    assert reading.seconds > 0
    own: Sequence[ModelCard | ConceptCard] = tuple(card.concepts.values()) or (card,)
    for finding, of in zip(reading.findings, own, strict=True):
        holds(finding, card, of, verdict_names(card))
        shown = picture_for(card, size_rc)
        assert models().classifier(card.name).probability(shown, finding.concept) == finding.probability


@of_task("detect")
@pytest.mark.parametrize("size_rc", SIZES)
def test_a_detection_is_whole_and_in_image_coordinates(card: ModelCard, size_rc: tuple[int, int]) -> None:
    detection = models().detector(card.name).detect(build_image(picture_for(card, size_rc), handle="img1"))
    assert detection.findings
    assert detection.seconds > 0
    for finding in detection.findings:
        holds(finding, card, card, verdict_names(card))
        if finding.region is None:
            assert len(detection.findings) == 1
            assert finding.presence is not Presence.PRESENT
            assert finding.kinds == ()
            continue
        assert isinstance(finding.region, Box)
        assert finding.region.x1 <= size_rc[1]
        assert finding.region.y1 <= size_rc[0]
        assert {k.name for k in finding.kinds} == {c.concept for c in card.concepts.values()}
        assert sum(k.probability for k in finding.kinds) == pytest.approx(1)
        assert any(k.in_set for k in finding.kinds)


@of_task("segment")
@pytest.mark.parametrize("size_rc", SIZES)
def test_an_outline_is_whole_and_in_image_coordinates(card: ModelCard, size_rc: tuple[int, int]) -> None:
    outline = models().segmenter(card.name).outline(build_image(picture_for(card, size_rc), handle="img1"))
    assert outline.mask.shape == outline.probability.shape == size_rc
    assert (outline.mask.dtype, outline.probability.dtype) == (np.bool_, np.float32)
    assert 0 <= outline.probability.min() <= outline.probability.max() <= 1
    assert (outline.probability[outline.mask] >= card.threshold).all()
    assert outline.finding.region is None
    assert outline.seconds > 0
    if outline.mask.any():
        holds(outline.finding, card, card, verdict_names(card))
    else:
        assert outline.finding.presence is not Presence.PRESENT
    if outline.field_of_view is not None:
        assert outline.field_of_view.shape == size_rc
        assert not outline.mask[~outline.field_of_view].any()


@every_reader
def test_same_image_same_answer_whatever_ran_before_and_in_threads(card: ModelCard) -> None:
    image = build_image(picture_for(card, (150, 120)), handle="img1")
    first = [f.probability for f in findings_of(card, image)]
    findings_of(card, build_image(picture_for(card, (130, 190), seed=8), handle="img1"))
    with ThreadPoolExecutor(3) as pool:
        again = list(pool.map(lambda _: [f.probability for f in findings_of(card, image)], range(3)))
    assert all(numbers == first for numbers in again)


@every_reader
def test_a_grey_picture_stored_as_colour_reads_the_same(card: ModelCard) -> None:
    grey = build_head((150, 120))
    colour = np.repeat(grey[:, :, None], 3, axis=2)
    assert np.array_equal(numbers_of(card, grey), numbers_of(card, colour))


def test_the_class_map_is_grad_cam() -> None:
    """The gradient of the log odds, averaged over each feature map, weighs the features as the linear head does."""
    model = models().classifier("brain_tumour")
    image = build_image(build_head())
    grey = grey_of(image)
    square = normalised(cut(grey, head_frame(grey), model.card.input_size))
    network = model._network  # type: ignore[attr-defined]
    features = network.net.forward_features(torch.from_numpy(square)[None, None].expand(1, 3, -1, -1))
    features = features.detach().requires_grad_(True)
    logits = network.net.forward_head(features)
    positive = model.card.classes.index("tumour")
    odds = logits[0, positive] - logits[0, 1 - positive]
    (gradient,) = torch.autograd.grad(odds, features)
    cells = features.shape[2] * features.shape[3]
    grad_cam = (gradient.mean((2, 3), keepdim=True) * features * cells).sum(1)[0].detach().numpy()
    with torch.inference_mode():
        _, maps = network(torch.from_numpy(square)[None, None].expand(1, 3, -1, -1))
    assert np.allclose((maps[0, positive] - maps[0, 1 - positive]).numpy(), grad_cam, atol=1e-3)


@of_task("classify")
def test_a_mirrored_picture_reads_the_same_and_is_explained_mirrored(card: ModelCard) -> None:
    shown = picture_for(card, (200, 200))
    model = models().classifier(card.name)
    there, back = (model.read(build_image(np.ascontiguousarray(p))) for p in (shown, shown[:, ::-1]))
    for one, other in zip(there.findings, back.findings, strict=True):
        assert one.probability == pytest.approx(other.probability, abs=0.02)
    for one_map, other_map in zip(there.saliency, back.saliency, strict=True):
        assert np.abs(one_map.astype(int) - other_map[:, ::-1].astype(int)).mean() < 8


@of_task("detect")
def test_a_mirrored_picture_is_boxed_mirrored(card: ModelCard) -> None:
    shown = picture_for(card, (200, 180))
    model = models().detector(card.name)
    there, back = model.boxes(shown), model.boxes(np.ascontiguousarray(shown[:, ::-1]))
    assert there.scores[:1] == pytest.approx(back.scores[:1], abs=0.02)
    for one, other in zip(there.xyxy[:1], back.xyxy[:1], strict=True):
        assert one == pytest.approx([180 - other[2], other[1], 180 - other[0], other[3]], abs=1.0)


@of_task("segment")
def test_a_mirrored_picture_is_outlined_mirrored(card: ModelCard) -> None:
    shown = picture_for(card, (180, 200))
    model = models().segmenter(card.name)
    there, back = model.probabilities(shown), model.probabilities(np.ascontiguousarray(shown[:, ::-1]))
    assert np.abs(there - back[:, ::-1]).max() < 0.02


@every_reader
def test_single_precision_weights_run_in_single_precision(card: ModelCard) -> None:
    network = models().model(card.name)._network  # type: ignore[attr-defined]
    assert {p.dtype for p in network.parameters()} == {torch.float32}
    assert not network.training


def test_warm_loads_everything() -> None:
    fresh = Models(WEIGHTS)
    fresh.warm()
    assert fresh.gate() is fresh.gate()
    assert set(fresh.in_memory) == {c.name for c in READERS}
    assert all(fresh.model(c.name) is fresh.model(c.name) for c in READERS)


def test_every_model_file_has_a_row() -> None:
    folder = Path(ROOT) / "assistant" / "vision" / "models"
    files = {f.stem for f in folder.glob("*.py")} - {"__init__"}
    assert files == {c.name for c in READERS}
