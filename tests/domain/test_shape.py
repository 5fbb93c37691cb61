"""Axes and pieces of masks against shapes whose size is known."""

import math

import numpy as np
import pytest

from assistant.domain.shape import axes, edge, pieces


def disc(radius: float, size: int = 101) -> np.ndarray:
    y, x = np.ogrid[0:size, 0:size]
    return (x + 0.5 - size / 2) ** 2 + (y + 0.5 - size / 2) ** 2 <= radius**2


def test_a_row_of_pixels_is_as_long_as_it_has_pixels() -> None:
    mask = np.zeros((7, 30), bool)
    mask[3, 4:24] = True
    found = axes(mask)
    assert found.long == pytest.approx(math.hypot(20, 1))
    assert found.across == pytest.approx(2 * 20 / math.hypot(20, 1), abs=0.05)


@pytest.mark.parametrize("radius", [5, 17.5, 40])
def test_both_axes_of_a_disc_are_its_diameter(radius: float) -> None:
    found = axes(disc(radius))
    assert found.long == pytest.approx(2 * radius, abs=1.5)
    assert found.across == pytest.approx(2 * radius, abs=1.5)


def test_a_slanted_ellipse_keeps_its_axes() -> None:
    y, x = np.mgrid[0:200, 0:220] + 0.5
    u, v = (x - 110 + (y - 100)) / math.sqrt(2), ((y - 100) - (x - 110)) / math.sqrt(2)
    found = axes((u / 70) ** 2 + (v / 30) ** 2 <= 1)
    assert found.long == pytest.approx(140, abs=2)
    assert found.across == pytest.approx(60, abs=2.5)


def test_unequal_spacing_is_taken_in_before_the_longest_axis_is_sought() -> None:
    mask = np.zeros((40, 40), bool)
    mask[10:30, 15:25] = True
    found = axes(mask, row=0.5, column=2.0)
    assert found.long == pytest.approx(math.hypot(10, 20))


def test_pieces_come_by_size_and_make_up_the_whole() -> None:
    mask = np.zeros((30, 30), bool)
    mask[2:5, 2:5] = True
    mask[10:20, 10:25] = True
    mask[20, 25] = True
    mask[28, 1:4] = True
    mask[26:29, 3] = True
    parts = pieces(mask)
    assert [int(p.sum()) for p in parts] == [151, 9, 5]
    assert np.array_equal(np.logical_or.reduce(parts), mask)


def test_the_parts_of_a_u_are_one_piece() -> None:
    mask = np.zeros((10, 10), bool)
    mask[1:9, 1] = mask[1:9, 8] = mask[8, 1:9] = True
    assert len(pieces(mask)) == 1


def test_an_edge_is_one_pixel_wide_and_closed() -> None:
    mask = np.zeros((9, 9), bool)
    mask[2:7, 2:7] = True
    assert int(edge(mask).sum()) == 16
    assert int(edge(np.ones((4, 5), bool)).sum()) == 14


def test_an_empty_mask_has_no_axes() -> None:
    with pytest.raises(ValueError, match="empty"):
        axes(np.zeros((4, 4), bool))
    assert pieces(np.zeros((4, 4), bool)) == []
