"""Figures of outlines from counts of pixels, held against figures counted pixel by pixel."""

from pathlib import Path

import numpy as np
import pytest

from assistant.errors import InputError, ModelError
from assistant.training.calibration import calibrate_masks
from assistant.training.data import read_index
from assistant.training.evaluate import evaluate
from assistant.training.mask_metrics import auc_of_counts, counts_of, dice, dice_at_edges, edge_band, edges
from assistant.training.metrics import auc
from assistant.training.platt_fit import logit, raw_score
from assistant.training.segmentation import outlines
from tests.training.fakes import BrightOutline, mask_card, write_index, write_picture


def scored(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = np.zeros((40, 50), dtype=np.bool_)
    truth[10:20, 12:30] = True
    return rng.normal(0, 1.5, truth.shape) + np.where(truth, 1.5, -1.5), truth


def test_dice_of_an_empty_outline_that_is_read_empty_is_one() -> None:
    nothing, something = np.zeros((4, 4), dtype=np.bool_), np.eye(4, dtype=np.bool_)
    assert dice(nothing, nothing) == 1
    assert dice(something, nothing) == 0
    assert dice(something, np.ones((4, 4), dtype=np.bool_)) == pytest.approx(8 / 20)


def test_the_area_under_the_curve_from_counts_is_that_of_the_pixels() -> None:
    scores, truth = scored()
    inside = np.ones(truth.shape, dtype=np.bool_)
    exact = auc(scores.ravel(), truth.ravel())
    assert auc_of_counts(counts_of(scores, truth, inside)) == pytest.approx(exact, abs=1e-4)
    inside[:, 25:] = False
    part = counts_of(scores, truth, inside)
    assert part.sum() == 40 * 25
    assert auc_of_counts(part) == pytest.approx(auc(scores[:, :25].ravel(), truth[:, :25].ravel()), abs=1e-4)


def test_dice_at_every_threshold_is_that_of_the_thresholded_map() -> None:
    scores, truth = scored(1)
    values = dice_at_edges(counts_of(scores, truth, np.ones(truth.shape, dtype=np.bool_)))
    for bin_number in (900, 1024, 1200):
        assert values[bin_number] == pytest.approx(dice(scores >= edges()[bin_number], truth))


def test_the_band_lies_on_both_sides_of_the_edge() -> None:
    truth = np.zeros((20, 20), dtype=np.bool_)
    truth[:, 10:] = True
    band = edge_band(truth, 3)
    assert np.flatnonzero(band[5]).tolist() == [7, 8, 9, 10, 11, 12], "and not along the picture's own edge"
    assert not edge_band(np.zeros((9, 9), dtype=np.bool_)).any()


def made_up(folder: Path, n: int = 4) -> Path:
    """Vessels half of which are bright, a field of view that leaves out the left, a second reader who sees half."""
    lines = []
    for i in range(n):
        grey = np.full((30, 40), 20, dtype=np.uint8)
        grey[10:14, 20:30] = 240
        grey[:, :10] = 255
        truth = np.zeros((30, 40), dtype=np.uint8)
        truth[10:14, 20:40] = 255
        view = np.zeros((30, 40), dtype=np.uint8)
        view[:, 10:] = 255
        second = np.zeros((30, 40), dtype=np.uint8)
        second[10:14, 30:40] = 255
        for kind, pixels in (("image", grey), ("mask", truth), ("view", view), ("second", second)):
            write_picture(folder / kind / f"{i}.png", pixels)
        lines.append(
            {
                "image": f"image/{i}.png",
                "label": "vessel",
                "split": ("test", "val")[i % 2],
                "group": f"p{i // 4}",
                "mask": f"mask/{i}.png",
                "field_of_view": f"view/{i}.png" if i < 4 else "",
                "mask_second_reader": f"second/{i}.png",
            }
        )
    return write_index(folder, lines)


def test_a_segmenter_is_measured_inside_the_field_of_view(tmp_path: Path) -> None:
    found = evaluate(BrightOutline(mask_card(threshold=0.5)), made_up(tmp_path / "d"), "test", tmp_path / "out")
    assert found.n == 2
    assert found.metrics["dice"].value == pytest.approx(2 / 3, abs=1e-4), "the lit left lies outside the field of view"
    assert found.metrics["sensitivity"].value == 0.5
    assert found.metrics["specificity"].value == 1.0
    assert found.extra["second_reader_dice"].value == pytest.approx(2 / 3, abs=1e-4)
    assert found.extra["pixel_auc"] == found.metrics["auc"]
    assert "inside the field of view" in " ".join(found.notes)
    assert (tmp_path / "out" / "failures.png").is_file()
    assert (tmp_path / "out" / "reliability.png").is_file()
    assert set(found.metrics) <= {
        *("dice", "auc", "sensitivity", "specificity", "precision", "accuracy", "ece", "ece_before", "brier")
    }


def test_without_a_field_of_view_the_whole_picture_counts(tmp_path: Path) -> None:
    data = made_up(tmp_path / "d", 8)
    index = data / "index.csv"
    lines = [line for line in index.read_text().splitlines() if "view/" not in line]
    index.write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = evaluate(BrightOutline(mask_card(threshold=0.5)), data, "test")
    assert found.metrics["dice"].value == pytest.approx(2 * 40 / (40 + 300 + 80), abs=1e-4)
    assert "whole picture" in found.notes[0]


def test_what_is_drawn_on_slices_without_a_lesion_is_told_apart(tmp_path: Path) -> None:
    write_picture(tmp_path / "a.png", np.full((20, 20), 250, dtype=np.uint8))
    write_picture(tmp_path / "b.png", np.zeros((20, 20), dtype=np.uint8))
    write_index(tmp_path, [{"image": f"{n}.png", "label": "no_tumour", "split": "test"} for n in "ab"])
    found = evaluate(BrightOutline(mask_card()), tmp_path, "test")
    assert found.metrics == {}
    assert found.extra["drawn_on_slices_without_lesion"].value == 0.5


def test_rows_without_outlines_and_masks_of_another_size_are_said(tmp_path: Path) -> None:
    write_picture(tmp_path / "a.png", np.zeros((20, 20), dtype=np.uint8))
    write_picture(tmp_path / "m.png", np.zeros((10, 20), dtype=np.uint8))
    write_index(tmp_path, [{"image": "a.png", "label": "vessel", "split": "test"}])
    with pytest.raises(InputError, match="mask"):
        evaluate(BrightOutline(mask_card()), tmp_path, "test")
    write_index(tmp_path, [{"image": "a.png", "label": "vessel", "split": "test", "mask": "m.png"}])
    with pytest.raises(InputError, match="20 x 10"):
        evaluate(BrightOutline(mask_card()), tmp_path, "test")


def test_the_threshold_of_best_dice_is_found_from_counts(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    for i in range(5):
        truth = np.zeros((40, 40), dtype=np.uint8)
        truth[5:25, 10 + i : 30] = 255
        grey = np.clip(rng.normal(np.where(truth > 0, 120, 60), 20), 1, 254).astype(np.uint8)
        write_picture(tmp_path / f"{i}.png", grey)
        write_picture(tmp_path / f"m{i}.png", truth)
    lines = [{"image": f"{i}.png", "label": "x", "split": "val", "mask": f"m{i}.png"} for i in range(5)]
    rows = read_index(write_index(tmp_path, lines))
    card = mask_card()
    found = calibrate_masks(card, outlines(BrightOutline(card), rows))
    assert found.slope > 1
    plain = raw_score(np.array([found.threshold]), found.slope, found.intercept)
    assert 80 < 255 / (1 + np.exp(-plain[0])) < 110, "between the two brightnesses"
    calibrated = card.model_copy(update=found.model_dump())

    class Scaled(BrightOutline):
        def probabilities(self, pixels: np.ndarray) -> np.ndarray:
            plain = logit(super().probabilities(pixels).astype(np.float64))
            return (1 / (1 + np.exp(-(found.slope * plain + found.intercept)))).astype(np.float32)

    after = evaluate(Scaled(calibrated), tmp_path, "val").metrics
    before = evaluate(BrightOutline(card), tmp_path, "val").metrics
    assert after["dice"].value > before["dice"].value
    assert after["ece"].value < before["ece"].value
    assert after["ece_before"].value == pytest.approx(before["ece"].value, abs=0.01)
    with pytest.raises(ModelError, match="no outline"):
        calibrate_masks(card, outlines(BrightOutline(card), _empty(tmp_path)))


def _empty(folder: Path) -> tuple:
    write_index(folder / "e", [{"image": "../0.png", "label": "no_tumour", "split": "val"}])
    return read_index(folder / "e")
