"""Frames: what a network sees, and the exact way back to image coordinates."""

import numpy as np
import pytest

from assistant.vision.preprocess import Frame, cut, head_frame, luma, normalised, whole_frame

SIZES = [(64, 64), (201, 173), (97, 331), (512, 65), (333, 512)]


@pytest.mark.parametrize("size_rc", SIZES)
def test_whole_frame_covers_the_picture_and_is_centred(size_rc: tuple[int, int]) -> None:
    frame = whole_frame(size_rc)
    assert frame.side == max(size_rc)
    assert frame.to_image(0.5, 0.5) == (size_rc[1] / 2, size_rc[0] / 2)


@pytest.mark.parametrize("size_rc", SIZES)
def test_there_and_back_is_the_same_place(size_rc: tuple[int, int]) -> None:
    frame = Frame(-3.5, 7.25, 131.0)
    for x, y in [(0.0, 0.0), (size_rc[1] * 1.0, size_rc[0] * 1.0), (10.5, 3.25)]:
        assert frame.to_image(*frame.to_frame(x, y)) == pytest.approx((x, y))


@pytest.mark.parametrize("size_rc", SIZES)
@pytest.mark.parametrize("square", ["whole", "head"])
def test_a_bright_spot_is_drawn_back_where_it_was(size_rc: tuple[int, int], square: str) -> None:
    rows, columns = size_rc
    grey = np.zeros(size_rc, dtype=np.uint8)
    grey[rows // 8 : rows - rows // 10, columns // 8 : columns - columns // 10] = 60
    y, x = int(rows * 0.6), int(columns * 0.35)
    grey[y - 3 : y + 4, x - 3 : x + 4] = 255
    frame = whole_frame(size_rc) if square == "whole" else head_frame(grey)
    seen = cut(grey, frame, 224).astype(np.float32)
    back = frame.draw_back(np.where(seen > 150, seen, 0), size_rc)
    assert back.shape == size_rc
    ys, xs = np.nonzero(back > 60)
    step = frame.side / 224
    assert ys.mean() + 0.5 == pytest.approx(y + 0.5, abs=max(0.6, step))
    assert xs.mean() + 0.5 == pytest.approx(x + 0.5, abs=max(0.6, step))


def test_nothing_is_drawn_outside_the_frame() -> None:
    back = Frame(10, 20, 30).draw_back(np.ones((7, 7), dtype=np.float32), (80, 60))
    assert back[20:50, 10:40].min() == pytest.approx(1.0)
    back[20:50, 10:40] = 0
    assert back.max() == 0


def test_cut_is_black_beyond_the_picture_and_exact_inside() -> None:
    grey = np.full((8, 8), 200, dtype=np.uint8)
    seen = cut(grey, Frame(-8, -8, 24), 24)
    assert seen.shape == (24, 24)
    assert (seen[8:16, 8:16] == 200).all()
    seen[8:16, 8:16] = 0
    assert seen.max() == 0


def test_head_frame_ignores_black_margins_and_lone_letters() -> None:
    grey = np.zeros((400, 300), dtype=np.uint8)
    grey[100:300, 60:240] = 120
    grey[5:9, 5:9] = 255
    frame = head_frame(grey)
    assert frame.side == pytest.approx(200 * 1.08)
    assert frame.to_image(0.5, 0.5) == pytest.approx((150, 200))


def test_head_frame_of_a_blank_picture_is_the_whole_picture() -> None:
    assert head_frame(np.zeros((50, 80), dtype=np.uint8)) == whole_frame((50, 80))


def test_normalised_is_centred_and_bounded() -> None:
    values = normalised(np.arange(64, dtype=np.uint8).reshape(8, 8))
    assert values.dtype == np.float32
    assert values.min() == -1
    assert values.max() == 1
    assert np.isfinite(normalised(np.full((8, 8), 7, dtype=np.uint8))).all()


def test_luma_of_a_grey_colour_picture_is_that_grey() -> None:
    grey = np.arange(64, dtype=np.uint8).reshape(8, 8)
    assert (luma(np.repeat(grey[:, :, None], 3, axis=2)) == grey).all()
