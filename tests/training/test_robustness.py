"""The ladder: pictures are disturbed, what the model says of turned ones is turned back, each rung has its figure."""

from pathlib import Path

import numpy as np
import pytest

from assistant.training.box_metrics import overlaps
from assistant.training.evaluate import evaluate
from assistant.training.robustness import LADDER, _Boxed, _Drawn, steps_of
from tests.training.fakes import BrightBoxes, BrightOutline, box_card, mask_card, write_index, write_picture


def square(x: int, y: int, size: int = 12) -> np.ndarray:
    grey = np.zeros((64, 80), dtype=np.uint8)
    grey[y : y + size, x : x + size] = 240
    return grey


@pytest.mark.parametrize("step", LADDER, ids=lambda s: f"{s.name} {s.level}")
def test_a_disturbance_keeps_the_size_and_repeats(step: object) -> None:
    for pixels in (square(10, 20), np.stack([square(10, 20)] * 3, axis=2)):
        once = step.change(pixels)  # type: ignore[attr-defined]
        assert once.shape == pixels.shape
        assert once.dtype == np.uint8
        assert (once == step.change(pixels)).all()  # type: ignore[attr-defined]
        assert (once != pixels).any()


@pytest.mark.parametrize("step", [s for s in LADDER if s.degrees], ids=lambda s: s.level)
def test_what_is_said_of_a_turned_picture_is_turned_back(step: object) -> None:
    picture = square(40, 12)
    drawn = _Drawn(BrightOutline(mask_card()), step).probabilities(picture) > 0.5  # type: ignore[arg-type]
    truth = picture > 0
    assert (drawn & truth).sum() > 0.85 * truth.sum()
    assert (drawn & ~truth).sum() < 0.15 * truth.sum()


def test_boxes_of_a_turned_picture_lie_where_the_lesion_is() -> None:
    class Brightest(BrightBoxes):
        def boxes(self, pixels: np.ndarray) -> object:  # type: ignore[override]
            return super().boxes(np.where(pixels > 128, 200, 0).astype(np.uint8))

    truth = np.array([[40.0, 12, 52, 24]])
    for step in (s for s in LADDER if s.degrees):
        found = _Boxed(Brightest(box_card()), step).boxes(square(40, 12))
        assert overlaps(truth, found.xyxy)[0, 0] > 0.4, "a box of a turned square is wider than the square"
        assert np.abs((found.xyxy[0, :2] + found.xyxy[0, 2:]) / 2 - (46, 18)).max() < 1.5


def test_every_rung_has_its_figure_and_the_first_is_undisturbed(tmp_path: Path) -> None:
    lines = []
    for i in range(3):
        write_picture(tmp_path / f"{i}.png", square(10 + 8 * i, 20))
        write_picture(tmp_path / f"m{i}.png", (square(10 + 8 * i, 20) > 0).astype(np.uint8) * 255)
        lines.append({"image": f"{i}.png", "label": "tumour", "split": "test", "mask": f"m{i}.png"})
    data = write_index(tmp_path, lines)
    rungs = evaluate(BrightOutline(mask_card()), data, "test", tmp_path / "out", robustness=True).robustness
    assert (rungs[0].disturbance, rungs[0].level, rungs[0].figure.value) == ("none", "dice", 1.0)
    assert [(r.disturbance, r.level) for r in rungs[1:]] == [(s.name, s.level) for s in LADDER]
    faint = next(r for r in rungs if (r.disturbance, r.level) == ("contrast", "20%"))
    assert faint.figure.value == 0, "of a fifth of the contrast nothing is bright enough"
    assert steps_of(rungs)["blur"][0] == ("none", 1.0)
    assert (tmp_path / "out" / "robustness.png").is_file()
    assert "| rotation | 30 degrees |" in (tmp_path / "out" / "evaluation.md").read_text(encoding="utf-8")
