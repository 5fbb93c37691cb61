"""Every box, mask and map goes back to native image coordinates. Random weights: no training is needed for geometry."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from assistant.domain.finding import Presence
from assistant.domain.geometry import Box
from assistant.domain.image import Modality, windowed
from assistant.vision import vessels
from assistant.vision.base import Classifier, Detector, Segmenter
from assistant.vision.lesion_detector import unrivalled
from assistant.vision.preprocess import head_frame
from assistant.vision.pyramid import STRIDE, Dense
from tests.builders import build_image
from tests.vision.pictures import SIZES, build_eye, build_head, picture_for, random_model

SEGMENTERS = ("brain_tumour_outline", "retinal_vessels", "retinal_vessels_unet")
PATTERNS = ("eye_disease", "oral_disease")
OPEN = {"slope": 1.0, "intercept": 4.0}
"""Calibration that lets the many faint boxes of a network that learnt nothing through."""


class BrightSpot(nn.Module):
    """In place of the detector: each cell whose pixels are bright boxes the whole of what is bright."""

    def forward(self, pixels: Tensor) -> Dense:
        bright = pixels[:, 0] > 0.6
        n, side = len(pixels), pixels.shape[2] // STRIDE
        score = torch.full((n, 1, side, side), -9.0)
        at = (torch.arange(side) + 0.5) * STRIDE
        sides = torch.ones(n, 4, side, side)
        for i in range(n):
            ys, xs = torch.nonzero(bright[i], as_tuple=True)
            x0, y0, x1, y1 = xs.min(), ys.min(), xs.max() + 1, ys.max() + 1
            sides[i] = torch.stack(
                [
                    (at - x0).expand(side, side),
                    (at - y0).unsqueeze(1).expand(side, side),
                    (x1 - at).expand(side, side),
                    (y1 - at).unsqueeze(1).expand(side, side),
                ]
            )
            score[i, 0][(sides[i] > 0).all(0)] = 9.0
        sides = sides / STRIDE
        return Dense(score, sides, torch.zeros(n, 3, side, side), None)


class Known(nn.Module):
    """In place of the detector: each cell inside a known box (in pixels of the square) gives that box."""

    def __init__(self, boxes: list[tuple[float, float, float, float]]) -> None:
        super().__init__()
        self.boxes = boxes

    def forward(self, pixels: Tensor) -> Dense:
        n, side = len(pixels), pixels.shape[2] // STRIDE
        at = (torch.arange(side) + 0.5) * STRIDE
        score, sides = torch.full((n, 1, side, side), -9.0), torch.ones(n, 4, side, side)
        for box in self.boxes:
            left, top, right, bottom = (at - box[0], at - box[1], box[2] - at, box[3] - at)
            inside = ((top > 0) & (bottom > 0)).unsqueeze(1) & ((left > 0) & (right > 0))
            score[:, 0, inside] = 9.0
            for index, values in enumerate((left.expand(side, side), top.unsqueeze(1).expand(side, side))):
                sides[:, index, inside] = values[inside] / STRIDE
                other = (right.expand(side, side), bottom.unsqueeze(1).expand(side, side))[index]
                sides[:, index + 2, inside] = other[inside] / STRIDE
        return Dense(score, sides, torch.zeros(n, 3, side, side), None)


class Level(nn.Module):
    """In place of a segmenter: what is above a level, or below it where `sign` is -1, is inside."""

    def __init__(self, level: float, sign: float = 1.0) -> None:
        super().__init__()
        self.level = level
        self.sign = sign

    def forward(self, pixels: Tensor) -> Tensor:
        return self.sign * (pixels[:, :1] - self.level) * 40


def spot_of(grey: np.ndarray) -> tuple[float, float, float, float]:
    ys, xs = np.nonzero(grey > 180)
    return float(xs.min()), float(ys.min()), float(xs.max() + 1), float(ys.max() + 1)


def iou(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    shared = max(0.0, min(one[2], other[2]) - max(one[0], other[0])) * max(
        0.0, min(one[3], other[3]) - max(one[1], other[1])
    )
    return shared / ((one[2] - one[0]) * (one[3] - one[1]) + (other[2] - other[0]) * (other[3] - other[1]) - shared)


@pytest.mark.parametrize("size_rc", [(211, 173), (301, 400), (640, 511)])
@pytest.mark.parametrize("margin", [(0, 0), (37, 5)])
def test_a_box_comes_back_around_what_the_network_saw(size_rc: tuple[int, int], margin: tuple[int, int]) -> None:
    model = random_model("brain_tumour_boxes")
    model._network = BrightSpot()  # type: ignore[attr-defined]
    grey = np.pad(build_head(size_rc), ((margin[0], 0), (margin[1], 2 * margin[1])))
    detection = model.detect(build_image(grey, handle="img1"))  # type: ignore[attr-defined]
    (finding,) = detection.findings
    assert isinstance(finding.region, Box)
    assert iou(finding.region.xyxy, spot_of(grey)) > 0.8
    assert [k.name for k in finding.kinds] == ["glioma", "meningioma", "pituitary tumour"]
    assert sum(k.probability for k in finding.kinds) == pytest.approx(1)


@pytest.mark.parametrize("count", [0, 2, 3])
def test_as_many_findings_as_there_are_lesions(count: int) -> None:
    """Lesions on both sides alike, so that the mirrored look sees them at the same places."""
    model = random_model("brain_tumour_boxes")
    side = model.card.input_size
    shares = [(0.13, 0.27, 0.31, 0.49), (0.69, 0.27, 0.87, 0.49), (0.43, 0.58, 0.57, 0.76)][:count]
    lesions = [(x0 * side, y0 * side, x1 * side, y1 * side) for x0, y0, x1, y1 in shares]
    model._network = Known(lesions)  # type: ignore[attr-defined]
    grey = np.full((300, 300), 120, dtype=np.uint8)
    findings = model.detect(build_image(grey)).findings  # type: ignore[attr-defined]
    frame = head_frame(grey)
    expected = [(*frame.to_image(x0, y0), *frame.to_image(x1, y1)) for x0, y0, x1, y1 in shares]
    found = sorted(f.region.xyxy for f in findings if f.region is not None)
    assert [pytest.approx(box, abs=0.01) for box in sorted(expected)] == found
    assert len(findings) == max(1, count)
    assert all((f.presence is Presence.PRESENT) == bool(count) for f in findings)


@pytest.mark.parametrize("size_rc", [(211, 173), (301, 400), (640, 511)])
@pytest.mark.parametrize("margin", [(0, 0), (37, 5)])
def test_an_outline_comes_back_where_the_network_drew_it(size_rc: tuple[int, int], margin: tuple[int, int]) -> None:
    model = random_model("brain_tumour_outline")
    model._network = Level(0.6)  # type: ignore[attr-defined]
    grey = np.pad(build_head(size_rc), ((margin[0], 0), (margin[1], 2 * margin[1])))
    outline = model.outline(build_image(grey))  # type: ignore[attr-defined]
    truth = grey > 180
    assert outline.mask.shape == outline.probability.shape == grey.shape
    assert (outline.mask & truth).sum() / (outline.mask | truth).sum() > 0.85
    assert outline.field_of_view is None


@pytest.mark.parametrize("name", ["retinal_vessels", "retinal_vessels_unet"])
@pytest.mark.parametrize("size_rc", [(211, 173), (400, 523), (1100, 900)])
def test_vessels_come_back_where_the_network_drew_them(name: str, size_rc: tuple[int, int]) -> None:
    model = random_model(name)
    model._network = Level(-1.0, -1.0)  # type: ignore[attr-defined]
    rgb = build_eye(size_rc, spot=False)
    outline = model.outline(build_image(rgb, modality=Modality.OP))  # type: ignore[attr-defined]
    truth = (rgb[:, :, 0] > 40) & (rgb[:, :, 0] < 125)
    assert outline.mask.shape == size_rc
    rows, columns = size_rc
    away_from_the_rim = (slice(rows // 4, 3 * rows // 4), slice(columns // 8, 3 * columns // 4))
    found, truth = outline.mask[away_from_the_rim], truth[away_from_the_rim]
    assert (found & truth).sum() / (found | truth).sum() > 0.6
    (ys, xs), (at_y, at_x) = ([v.mean() for v in np.nonzero(m)] for m in (found, truth))
    assert abs(ys - at_y) < 0.01 * max(size_rc)
    assert abs(xs - at_x) < 0.01 * max(size_rc)
    assert outline.field_of_view is not None
    assert not outline.mask[~outline.field_of_view].any()
    assert outline.probability[~outline.field_of_view].max(initial=0) == 0


@pytest.mark.parametrize("size_rc", SIZES)
def test_boxes_lie_in_the_image_sorted_and_apart(size_rc: tuple[int, int]) -> None:
    model = random_model("brain_tumour_boxes", **OPEN)
    assert isinstance(model, Detector)
    found = model.boxes(build_head(size_rc))
    assert len(found.scores) > 0
    assert found.xyxy.shape == (len(found.scores), 4)
    assert found.classes.shape == (len(found.scores), 3)
    assert np.allclose(found.classes.sum(axis=1), 1)
    assert (np.diff(found.scores) <= 0).all()
    assert found.scores.min() >= 0.02
    assert found.xyxy.min() >= 0
    assert (found.xyxy[:, 2] <= size_rc[1]).all()
    assert (found.xyxy[:, 3] <= size_rc[0]).all()
    assert (found.xyxy[:, :2] < found.xyxy[:, 2:]).all()
    assert len(unrivalled(found.xyxy)) == len(found.xyxy)


def test_a_mirrored_slice_gives_the_mirrored_boxes() -> None:
    model = random_model("brain_tumour_boxes", **OPEN)
    assert isinstance(model, Detector)
    grey = build_head((240, 190))
    there, back = model.boxes(grey), model.boxes(np.ascontiguousarray(grey[:, ::-1]))
    assert len(there.scores) == len(back.scores)
    assert np.allclose(there.scores, back.scores, atol=1e-4)
    turned = back.xyxy[:, [2, 1, 0, 3]] * [-1, 1, -1, 1] + [190, 0, 190, 0]
    assert np.abs(there.xyxy[0] - turned[0]).max() < 0.05


@pytest.fixture
def small_eyes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Vessels at a quarter of the scale, for the time that it takes."""
    monkeypatch.setattr(vessels, "WORKING_DIAMETER", 128)


@pytest.mark.usefixtures("small_eyes")
@pytest.mark.parametrize("name", SEGMENTERS)
def test_a_mirrored_picture_gives_the_mirrored_outline(name: str) -> None:
    model = random_model(name)
    assert isinstance(model, Segmenter)
    shown = picture_for(model.card, (180, 220))
    there, back = model.probabilities(shown), model.probabilities(np.ascontiguousarray(shown[:, ::-1]))
    assert np.abs(there - back[:, ::-1]).max() < 2e-3


@pytest.mark.parametrize("name", PATTERNS)
@pytest.mark.parametrize("size_rc", SIZES)
def test_each_concept_has_a_finding_and_a_map_of_the_image_s_size(name: str, size_rc: tuple[int, int]) -> None:
    model = random_model(name)
    assert isinstance(model, Classifier)
    reading = model.read(build_image(picture_for(model.card, size_rc), handle="img1"))
    assert [f.concept for f in reading.findings] == [c.concept for c in model.card.concepts.values()]
    assert "normal" not in [f.concept for f in reading.findings]
    assert all(m.shape == size_rc and m.dtype == np.uint8 for m in reading.saliency)
    shares = [model.probability(picture_for(model.card, size_rc), f.concept) for f in reading.findings]
    assert [f.probability for f in reading.findings] == shares


def test_the_eye_s_map_lies_on_the_disc_and_is_mirrored_with_it() -> None:
    model = random_model("eye_disease")
    assert isinstance(model, Classifier)
    model._network.net.classifier.weight.mul_(20000)  # type: ignore[attr-defined]
    rgb = np.pad(build_eye((200, 200)), ((0, 0), (60, 20), (0, 0)))
    there, back = (model.read(build_image(np.ascontiguousarray(p))) for p in (rgb, rgb[:, ::-1]))
    assert max(int(m.max()) for m in there.saliency) > 60
    for one, other in zip(there.saliency, back.saliency, strict=True):
        assert one[:, :55].max() == 0
        assert np.abs(one.astype(int) - other[:, ::-1].astype(int)).max() <= 3


@pytest.mark.parametrize("name", ["brain_tumour_boxes", "brain_tumour_outline"])
@pytest.mark.parametrize("kind", [np.uint16, np.int16, np.float32])
def test_a_deep_slice_reads_as_a_screen_shows_it(name: str, kind: type[np.generic]) -> None:
    deep = build_image((build_head((160, 150)).astype(np.float32) * 16 + 100).astype(kind), bits_stored=12)
    model = random_model(name, **OPEN)
    shown = windowed(deep)
    assert shown.max() == 255
    assert _answer(model, deep) == _answer(model, build_image(shown))


@pytest.mark.parametrize("name", ["brain_tumour_boxes", "brain_tumour_outline"])
def test_a_slice_stored_as_colour_reads_the_same(name: str) -> None:
    grey = build_head((120, 110))
    model = random_model(name, **OPEN)
    assert _answer(model, build_image(grey)) == _answer(model, build_image(np.repeat(grey[:, :, None], 3, axis=2)))


@pytest.mark.usefixtures("small_eyes")
@pytest.mark.parametrize("name", [*SEGMENTERS, *PATTERNS, "brain_tumour_boxes"])
def test_same_answer_in_threads_and_after_other_pictures(name: str) -> None:
    model = random_model(name, **OPEN)
    image, other = (build_image(picture_for(model.card, size, seed)) for size, seed in (((120, 96), 3), ((90, 130), 8)))
    first = _answer(model, image)
    _answer(model, other)
    with ThreadPoolExecutor(3) as pool:
        assert all(again == first for again in pool.map(lambda _: _answer(model, image), range(3)))


def _answer(model: object, image: object) -> list[float | None]:
    if isinstance(model, Detector):
        return [f.probability for f in model.detect(image).findings]  # type: ignore[arg-type]
    if isinstance(model, Segmenter):
        found = model.outline(image)  # type: ignore[arg-type]
        return [found.finding.probability, float(found.probability.sum(dtype=np.float64))]
    assert isinstance(model, Classifier)
    return [f.probability for f in model.read(image).findings]  # type: ignore[arg-type]


def test_where_no_box_is_sure_enough_one_finding_says_so_without_a_place() -> None:
    limits = {"present": 0.1, "absent": 0.6}
    model = random_model("brain_tumour_boxes", intercept=-9.0, conformal_quantile=limits)
    assert isinstance(model, Detector)
    (finding,) = model.detect(build_image(build_head())).findings
    assert finding.region is None
    assert finding.kinds == ()
    assert finding.presence is Presence.ABSENT
    assert finding.prediction_set == ("absent",)
    assert finding.probability is not None
    assert finding.probability < 0.02


@pytest.mark.usefixtures("small_eyes")
def test_where_nothing_was_measured_nothing_is_ruled_out() -> None:
    for name in (*SEGMENTERS, "brain_tumour_boxes"):
        model = random_model(name, intercept=-30.0, conformal_quantile={})
        image = build_image(picture_for(model.card, (96, 96)))
        finding = model.outline(image).finding if isinstance(model, Segmenter) else model.detect(image).findings[0]  # type: ignore[attr-defined]
        assert finding.presence is Presence.INDETERMINATE
        assert finding.prediction_set == ("present", "absent")


def test_kinds_beyond_their_quantile_are_ruled_out_and_where_all_are_none_is() -> None:
    grey = build_head()
    tight = {"glioma": 0.0, "meningioma": 1.0, "pituitary": 0.0}
    for limits, expected in (
        (tight, {"meningioma"}),
        (dict.fromkeys(tight, 0.0), {"glioma", "meningioma", "pituitary tumour"}),
    ):
        model = random_model("brain_tumour_boxes", threshold=0.02, conformal_quantile=limits, **OPEN)
        assert isinstance(model, Detector)
        finding = model.detect(build_image(grey)).findings[0]
        assert {k.name for k in finding.kinds if k.in_set} == expected
        assert [k.probability for k in finding.kinds] == sorted((k.probability for k in finding.kinds), reverse=True)


def test_a_box_inside_a_box_and_a_near_copy_go_and_a_neighbour_stays() -> None:
    boxes = np.array([[10, 10, 50, 50], [12, 11, 52, 49], [20, 20, 30, 30], [55, 10, 90, 50], [0, 0, 100, 100.0]])
    assert unrivalled(boxes).tolist() == [0, 3]
    assert unrivalled(np.zeros((0, 4))).tolist() == []
