"""Saliency pictures cover the image edge to edge."""

import io

import numpy as np
import pytest
from PIL import Image as Picture

from assistant.vision.explain import LONGEST_SIDE, saliency_of, saliency_png


@pytest.mark.parametrize("size_rc", [(8, 8), (97, 331), (512, 65)])
def test_saliency_png_has_the_size_of_the_image_and_alpha(size_rc: tuple[int, int]) -> None:
    saliency = np.zeros(size_rc, dtype=np.uint8)
    saliency[0, 0] = 255
    with Picture.open(io.BytesIO(saliency_png(saliency))) as picture:
        assert picture.mode == "P"
        assert picture.size == (size_rc[1], size_rc[0])
        rgba = np.asarray(picture.convert("RGBA"))
    assert rgba[-1, -1, 3] == 0, "where nothing speaks for it the image shows through"
    assert rgba[0, 0, 3] >= 190


def test_a_large_image_gets_a_smaller_picture_of_the_same_shape() -> None:
    with Picture.open(io.BytesIO(saliency_png(np.zeros((1500, 3000), dtype=np.uint8)))) as picture:
        assert picture.size == (LONGEST_SIDE, LONGEST_SIDE // 2)


def test_evidence_against_is_nothing_and_faint_evidence_stays_faint() -> None:
    assert saliency_of(np.array([[-5.0, -1.0]], dtype=np.float32)).max() == 0
    assert saliency_of(np.array([[0.5, 0.0]], dtype=np.float32)).max() == 64
    assert saliency_of(np.array([[20.0, 0.0]], dtype=np.float32)).max() == 255
