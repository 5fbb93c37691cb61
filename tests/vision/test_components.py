"""Parts of a mask: the same as by walking from pixel to pixel."""

import numpy as np
import pytest

from assistant.vision.components import without_specks


def walked(mask: np.ndarray, least: int) -> np.ndarray:
    """The slow and certain way."""
    out, left = np.zeros_like(mask), {(int(y), int(x)) for y, x in zip(*np.nonzero(mask), strict=True)}
    while left:
        part, todo = [], [left.pop()]
        while todo:
            y, x = todo.pop()
            part.append((y, x))
            near = {(y + dy, x + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)} & left
            left -= near
            todo += near
        if len(part) >= least:
            out[tuple(np.array(part).T)] = True
    return out


@pytest.mark.parametrize("density", [0.15, 0.35, 0.5, 0.9])
@pytest.mark.parametrize("size_rc", [(1, 30), (30, 1), (17, 29), (40, 33)])
@pytest.mark.parametrize("least", [2, 5, 14])
def test_small_parts_go_and_others_stay_whole(density: float, size_rc: tuple[int, int], least: int) -> None:
    mask = np.random.default_rng(int(100 * density)).random(size_rc) < density
    assert (without_specks(mask, least) == walked(mask, least)).all()


def test_an_empty_mask_stays_empty_and_the_mask_given_is_left_alone() -> None:
    mask = np.zeros((6, 7), dtype=np.bool_)
    assert not without_specks(mask, 3).any()
    mask[2, 2] = True
    assert not without_specks(mask, 3).any()
    assert mask.sum() == 1
