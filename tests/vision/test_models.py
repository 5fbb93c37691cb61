"""What holds for every row of the manifest."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from assistant.domain.finding import Presence
from assistant.vision.calibrate import prediction_set, presence_of
from assistant.vision.loading import Models
from assistant.vision.manifest import ModelCard, load_manifest
from assistant.vision.preprocess import cut, grey_of, head_frame, normalised
from tests.builders import build_image
from tests.vision.weights import ROOT, WEIGHTS, models

CARDS = load_manifest(WEIGHTS).cards
CLASSIFIERS = tuple(c for c in CARDS if c.task == "classify")
names = [c.name for c in CARDS]


def build_head(size_rc: tuple[int, int] = (211, 173), seed: int = 3) -> np.ndarray:
    """A grey oval with a bright spot on black."""
    rows, columns = np.mgrid[0 : size_rc[0], 0 : size_rc[1]]
    inside = ((rows / size_rc[0] - 0.5) / 0.42) ** 2 + ((columns / size_rc[1] - 0.5) / 0.38) ** 2 < 1
    noise = np.random.default_rng(seed).normal(0, 6, size_rc)
    spot = np.hypot(rows - size_rc[0] * 0.4, columns - size_rc[1] * 0.62) < min(size_rc) * 0.09
    return np.clip(inside * (95 + noise) + (spot & inside) * 120, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("card", CARDS, ids=names)
def test_weights_are_those_of_the_manifest_and_small(card: ModelCard) -> None:
    data = (WEIGHTS / card.weights).read_bytes()
    assert hashlib.sha256(data).hexdigest() == card.sha256
    assert len(data) < 15_000_000


@pytest.mark.parametrize("card", CARDS, ids=names)
def test_every_row_has_a_card_a_licence_and_a_known_kind(card: ModelCard) -> None:
    assert (WEIGHTS / "cards" / f"{card.name}.md").is_file()
    assert "research use only" in card.licence
    kinds = {k.name for k in load_manifest(WEIGHTS).kinds}
    assert set(card.kinds) <= kinds
    if card.task == "gate":
        assert set(card.classes) <= kinds


@pytest.mark.parametrize("card", CLASSIFIERS, ids=[c.name for c in CLASSIFIERS])
def test_every_classifier_says_what_it_looks_for_and_what_not(card: ModelCard) -> None:
    assert card.code is not None
    words = (card.concept, card.probability_of, card.scope, card.looks_for, card.not_looked_for, card.threshold_why)
    assert all(words)
    assert card.limits
    assert card.suggestions
    assert card.metrics["auc"].low <= card.metrics["auc"].value <= card.metrics["auc"].high
    assert all(load_manifest(WEIGHTS).kind(k).admitted for k in card.kinds)  # type: ignore[union-attr]


def test_a_kind_is_admitted_exactly_when_a_model_reads_it() -> None:
    manifest = load_manifest(WEIGHTS)
    assert all(k.admitted == bool(manifest.readers(k.name)) for k in manifest.kinds)


@pytest.mark.parametrize("card", CLASSIFIERS, ids=[c.name for c in CLASSIFIERS])
@pytest.mark.parametrize("size_rc", [(211, 173), (97, 331), (400, 83)])
def test_a_reading_is_whole_and_in_image_coordinates(card: ModelCard, size_rc: tuple[int, int]) -> None:
    image = build_image(build_head(size_rc), handle="img1")
    reading = models().classifier(card.name).read(image)
    assert reading.saliency[0].shape == size_rc
    assert reading.saliency[0].dtype == np.uint8
    assert reading.seconds > 0
    for finding in reading.findings:
        assert (finding.handle, finding.evidence, finding.image) == ("", (), "img1")
        assert finding.probability is not None
        assert 0 <= finding.probability <= 1
        assert (finding.model, finding.weights_sha256) == (card.name, card.sha256)
        sides = card.classes[card.classes.index(card.positive or "")], card.classes[0]
        verdicts = prediction_set(finding.probability, card.conformal_quantile, *sides)
        assert finding.prediction_set == verdicts
        assert finding.presence is presence_of(finding.probability, card.threshold, verdicts)
        assert finding.presence in Presence


@pytest.mark.parametrize("card", CLASSIFIERS, ids=[c.name for c in CLASSIFIERS])
def test_same_image_same_answer_whatever_ran_before_and_in_threads(card: ModelCard) -> None:
    model = models().classifier(card.name)
    image, other = build_image(build_head()), build_image(build_head((300, 280), seed=8))
    first = model.read(image)
    model.read(other)
    with ThreadPoolExecutor(4) as pool:
        again = list(pool.map(lambda _: model.read(image), range(6)))
    for reading in again:
        assert reading.findings[0].probability == first.findings[0].probability
        assert (reading.saliency[0] == first.saliency[0]).all()


@pytest.mark.parametrize("card", CLASSIFIERS, ids=[c.name for c in CLASSIFIERS])
def test_a_grey_picture_stored_as_colour_reads_the_same(card: ModelCard) -> None:
    grey = build_head()
    model = models().classifier(card.name)
    colour = np.repeat(grey[:, :, None], 3, axis=2)
    assert np.array_equal(model.logits(grey), model.logits(colour))


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


@pytest.mark.parametrize("card", CLASSIFIERS, ids=[c.name for c in CLASSIFIERS])
def test_a_mirrored_slice_reads_the_same_and_is_explained_mirrored(card: ModelCard) -> None:
    grey = build_head((200, 200))
    model = models().classifier(card.name)
    there, back = (model.read(build_image(np.ascontiguousarray(g))) for g in (grey, grey[:, ::-1]))
    assert there.findings[0].probability == pytest.approx(back.findings[0].probability, abs=0.02)
    assert np.abs(there.saliency[0].astype(int) - back.saliency[0][:, ::-1].astype(int)).mean() < 8


def test_single_precision_weights_run_in_single_precision() -> None:
    network = models().classifier("brain_tumour")._network  # type: ignore[attr-defined]
    assert {p.dtype for p in network.parameters()} == {torch.float32}
    assert not network.training


def test_warm_loads_everything() -> None:
    fresh = Models(WEIGHTS)
    fresh.warm()
    assert fresh.gate() is fresh.gate()
    assert all(fresh.classifier(c.name) is fresh.classifier(c.name) for c in CLASSIFIERS)


def test_every_model_file_has_a_row() -> None:
    folder = Path(ROOT) / "assistant" / "vision" / "models"
    files = {f.stem for f in folder.glob("*.py")} - {"__init__"}
    assert files == {c.name for c in CLASSIFIERS}
