"""Overlap, matches and average precision on cases counted by hand, and a detector measured on made-up slices."""

from pathlib import Path

import numpy as np
import pytest

from assistant.errors import InputError
from assistant.training.box_metrics import RankedHits, hits, matched, overlaps
from assistant.training.calibration import calibrate_boxes
from assistant.training.detection import detections
from assistant.training.evaluate import evaluate
from tests.training.fakes import BrightBoxes, box_card, picture_row, write_index, write_picture

ONE = np.array([[0.0, 0, 10, 10]])


def square(*places: tuple[int, int, int, int, int], side: int = 64) -> np.ndarray:
    """A black slice with filled squares x0, y0, x1, y1, value."""
    grey = np.zeros((side, side), dtype=np.uint8)
    for x0, y0, x1, y1, value in places:
        grey[y0:y1, x0:x1] = value
    return grey


def precision_of(scores: list[float], right: list[bool], total: int) -> float:
    picture = np.zeros(len(scores), dtype=np.intp)
    ranked = RankedHits.ranked(np.array(scores), np.array(right), picture, np.array([total]))
    return ranked.average_precision(np.array([1]))


def test_overlap_is_shared_area_over_joined_area() -> None:
    assert overlaps(ONE, np.array([[5.0, 0, 15, 10]]))[0, 0] == pytest.approx(1 / 3)
    assert overlaps(ONE, np.array([[10.0, 0, 20, 10]]))[0, 0] == 0
    assert overlaps(ONE, np.zeros((0, 4))).shape == (1, 0)


def test_one_box_stands_for_one_lesion_alone() -> None:
    truth = np.array([[0.0, 0, 10, 10], [4, 0, 14, 10]])
    which, reached = matched(truth, np.array([[1.0, 0, 11, 10]]))
    assert which.tolist() == [0, -1]
    assert reached.tolist() == [pytest.approx(9 / 11), 0]
    assert hits(truth, np.array([[1.0, 0, 11, 10], [1, 0, 11, 10]])).tolist() == [True, True]
    assert hits(ONE, np.array([[1.0, 0, 11, 10], [0, 0, 10, 10]])).tolist() == [True, False]


def test_average_precision_of_cases_counted_by_hand() -> None:
    assert precision_of([0.9, 0.8], [True, True], 2) == pytest.approx(1.0)
    assert precision_of([0.9], [True], 2) == pytest.approx(51 / 101), "half is found: recall 0 to 0.50 of 101 points"
    assert precision_of([0.9, 0.8], [False, True], 1) == pytest.approx(0.5)
    assert precision_of([0.9, 0.8, 0.7], [True, False, True], 2) == pytest.approx((51 + 50 * 2 / 3) / 101)
    assert np.isnan(precision_of([0.9], [False], 0))


def test_a_picture_drawn_twice_counts_twice() -> None:
    ranked = RankedHits.ranked(np.array([0.9, 0.8]), np.array([True, False]), np.array([0, 1]), np.array([1, 1]))
    assert ranked.average_precision(np.array([2, 0])) == pytest.approx(1.0)
    assert ranked.average_precision(np.array([1, 1])) == pytest.approx(51 / 101)


def made_up(folder: Path) -> Path:
    """Two gliomas, one found and one half found; a meningioma taken for a glioma; two lesions, one missed; two slices
    without a lesion, one with a false box; a label that is unknown, and a lesion without a box."""
    pictures = {
        "a": square((10, 10, 20, 20, 200)),
        "b": square((10, 10, 20, 20, 220)),
        "c": square((30, 30, 40, 40, 240)),
        "d": square((0, 0, 10, 10, 180)),
        "e": square(),
        "f": square((5, 5, 15, 15, 150)),
        "g": square(),
        "h": square(),
    }
    for name, grey in pictures.items():
        write_picture(folder / f"{name}.png", grey)
    boxes: dict[str, tuple[str, list[list[object]] | str]] = {
        "a": ("glioma", [[10, 10, 20, 20, "glioma"]]),
        "b": ("gli", [[10, 10, 20, 15, "gli"]]),
        "c": ("meningioma", [[30, 30, 40, 40, "meningioma"]]),
        "d": ("glioma", [[0, 0, 10, 10, "glioma"], [40, 40, 50, 50, "glioma"]]),
        "e": ("no_tumour", []),
        "f": ("no_tumour", ""),
        "g": ("unmarked", []),
        "h": ("glioma", ""),
    }
    return write_index(
        folder,
        [
            {"image": f"{k}.png", "label": label, "split": "test", "group": k, "boxes": cell, "plane": k in "ab"}
            for k, (label, cell) in boxes.items()
        ],
    )


def test_a_detector_is_measured_as_the_contract_says(tmp_path: Path) -> None:
    data = made_up(tmp_path / "data")
    found = evaluate(BrightBoxes(box_card(threshold=0.5)), data, "test", tmp_path / "out", by="plane")
    assert found.n == 6
    assert found.skipped == {"unmarked": 1, "glioma": 1}
    assert found.metrics["mean_iou"].value == pytest.approx((1 + 0.5 + 1 + 1 + 0) / 5)
    assert found.metrics["mean_iou"].n == 5
    assert found.metrics["sensitivity"].value == pytest.approx(4 / 5)
    assert found.metrics["precision"].value == pytest.approx(4 / 5)
    assert found.metrics["box_class_accuracy"].value == pytest.approx(3 / 4)
    assert found.extra["false_boxes_per_slice_without_lesion"].value == pytest.approx(0.5)
    assert found.extra["mean_iou_top_box"].value == pytest.approx((1 + 0.5 + 1 + 1) / 4)
    assert found.confusion["meningioma"] == {"glioma": 1, "meningioma": 0}
    assert list(found.by) == ["False", "True"], "the worst first"
    assert found.by["False"]["mean_iou"].value == pytest.approx(2 / 3, abs=1e-4)
    assert (tmp_path / "out" / "score-precision.png").is_file()
    assert (tmp_path / "out" / "failures.png").is_file()
    assert "mean_iou" in (tmp_path / "out" / "evaluation.md").read_text(encoding="utf-8")
    assert set(found.metrics) <= {
        *("mean_iou", "map50", "box_class_accuracy", "sensitivity", "precision", "f1"),
        *("ece", "ece_before", "brier"),
    }


def test_map_of_classes_is_lower_than_of_places_where_a_kind_is_wrong(tmp_path: Path) -> None:
    rows = [
        picture_row(tmp_path, "a", square((10, 10, 20, 20, 200)), [(10, 10, 20, 20)], "glioma"),
        picture_row(tmp_path, "b", square((30, 30, 40, 40, 240)), [(30, 30, 40, 40)], "meningioma"),
    ]
    for row in rows:
        assert row.boxes
    index = [
        {"image": f"{r.image.name}", "label": r.label, "split": "test", "boxes": [[*r.boxes[0].xyxy, r.label]]}
        for r in rows
    ]
    write_index(tmp_path, index)
    model = BrightBoxes(box_card())
    of_classes = evaluate(model, tmp_path, "test").metrics["map50"].value
    assert of_classes == pytest.approx((0.5 + 1.0) / 2), "the glioma stands behind the surer meningioma called glioma"
    for line in index:
        line["boxes"] = [[*line["boxes"][0][:4], "tumour"]]
        line["label"] = "tumour"
    write_index(tmp_path, index)
    places = evaluate(model, tmp_path, "test")
    assert places.metrics["map50"].value == pytest.approx(1.0)
    assert "box_class_accuracy" not in places.metrics


def test_a_folder_without_boxes_is_said(tmp_path: Path) -> None:
    write_picture(tmp_path / "a.png", square())
    write_index(tmp_path, [{"image": "a.png", "label": "glioma", "split": "test"}])
    with pytest.raises(InputError, match="boxes"):
        evaluate(BrightBoxes(box_card()), tmp_path, "test")


def test_the_threshold_finds_the_stated_share_and_keeps_to_few_false_boxes(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = []
    for i in range(40):
        value = int(rng.integers(140, 250))
        rows.append(picture_row(tmp_path, f"ill{i}", square((10, 10, 20, 20, value)), [(10, 10, 20, 20)], "glioma"))
        faint = [(30, 30, 40, 40, int(rng.integers(100, 150)))] if i % 4 == 0 else []
        rows.append(picture_row(tmp_path, f"well{i}", square(*faint), [], "no_tumour"))
    card = box_card(labels={})
    seen = detections(BrightBoxes(card), rows)
    found = calibrate_boxes(card, seen, sensitivity=0.9)
    assert found.slope > 1, "a score that tells right from wrong is made surer"
    assert "90%" in found.threshold_why
    assert set(found.conformal_quantile) == {"present", "absent", "glioma", "meningioma"}
    assert found.conformal_quantile["meningioma"] == 1.0, "of no meningioma nothing can be ruled out"
    assert found.prevalence == 0.5
    above = BrightBoxes(card.model_copy(update={"threshold": found.threshold}))
    assert above.card.threshold > 0
