"""Overlays: geometry, layers, and what a black-and-white printer keeps."""

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Pil

from assistant.domain.finding import Evidence, Finding
from assistant.domain.geometry import Box
from assistant.domain.image import Image
from assistant.errors import ReportError
from assistant.reports import overlay
from tests.builders import build_finding, build_image
from tests.reports.cases import build_heat, build_picture

SIZES = [(64, 64), (97, 64), (64, 211), (8, 8), (512, 333), (2000, 65)]


def heat_finding(handle: str = "F1") -> Finding:
    evidence = Evidence(kind="saliency", artifact="heat.png", method="Grad-CAM", caption="")
    return build_finding(handle=handle, evidence=(evidence,))


def box_finding(handle: str, box: Box) -> Finding:
    return build_finding(handle=handle, region=box)


def black(size_rc: tuple[int, int]) -> Image:
    return build_image(np.zeros(size_rc, np.uint8), handle="img1")


def grey(picture: Pil.Image) -> NDArray[np.uint8]:
    return np.asarray(picture.convert("L"))


def nothing(name: str) -> bytes:
    raise AssertionError("no artifact was asked for")


@pytest.mark.parametrize("size_rc", SIZES)
def test_the_peak_of_the_saliency_lands_where_it_was(size_rc: tuple[int, int]) -> None:
    peak = (size_rc[0] // 3, size_rc[1] * 3 // 4)
    picture = overlay.draw(black(size_rc), [heat_finding()], lambda name: build_heat(size_rc, peak))
    heat = np.asarray(picture).astype(float).sum(axis=2)
    rows, columns = np.indices(heat.shape)
    center_rc = np.array([(rows * heat).sum(), (columns * heat).sum()]) / heat.sum() + 0.5
    scale = np.array([picture.height / size_rc[0], picture.width / size_rc[1]])
    off = center_rc - (np.array(peak) + 0.5) * scale
    assert np.abs(off).max() < 0.75 * max(1.0, scale.max())


@pytest.mark.parametrize("size_rc", SIZES)
def test_proportions_are_kept_and_the_longest_side_is_bounded(size_rc: tuple[int, int]) -> None:
    width, height = overlay.fitted(size_rc, 720)
    assert max(width, height) == 720
    assert abs(width / height - size_rc[1] / size_rc[0]) <= max(1 / height, 1 / width) * 3


@pytest.mark.parametrize("size_rc", [(64, 64), (97, 64), (64, 211), (512, 333)])
def test_a_box_is_drawn_along_its_own_edges(size_rc: tuple[int, int]) -> None:
    box = Box(x0=size_rc[1] * 0.25, y0=size_rc[0] * 0.5, x1=size_rc[1] * 0.75, y1=size_rc[0] * 0.875)
    picture = overlay.draw(black(size_rc), [box_finding("F1", box)], nothing)
    strokes = np.asarray(picture).astype(int)
    vermillion = np.abs(strokes - np.array(overlay.STYLES[0].colour)).sum(axis=2) == 0
    rows, columns = np.nonzero(vermillion)
    pen = max(picture.size) / 100
    got = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
    want = np.array([picture.width * 0.25, picture.height * 0.5, picture.width * 0.75, picture.height * 0.875])
    assert np.abs(got - want).max() <= pen


def test_saliency_that_is_smaller_than_the_image_still_covers_it_edge_to_edge() -> None:
    picture = overlay.draw(black((128, 96)), [heat_finding()], lambda name: build_heat((8, 6), (7, 5)), max_side=128)
    bright = np.asarray(picture).sum(axis=2)
    assert bright[120:, 90:].mean() > 10 * bright[:60, :48].mean() + 1


def test_line_styles_differ_without_colour() -> None:
    box = Box(x0=20, y0=20, x1=180, y1=180)
    drawn = [overlay.draw(black((200, 200)), [box_finding(f"F{n}", box)], nothing) for n in range(1, 6)]
    edges = []
    for picture in drawn:
        row = grey(picture)[round(180 * picture.height / 200) - 2]
        on = row > 40
        edges.append((int(on.sum()), int(np.abs(np.diff(on.astype(int))).sum())))
    assert len(set(edges)) == len(overlay.STYLES)


def test_boxes_are_seen_on_black_grey_and_white_by_a_grey_printer() -> None:
    for level in (0, 90, 128, 160, 255):
        image = build_image(np.full((200, 200), level, np.uint8), handle="img1")
        for n in range(1, 6):
            finding = box_finding(f"F{n}", Box(x0=40, y0=40, x1=160, y1=160))
            change = np.abs(grey(overlay.draw(image, [finding], nothing)).astype(int) - level)
            assert change[round(160 * 3.6) - 8 : round(160 * 3.6) + 8].max() >= 60


def test_hot_saliency_is_hatched_so_that_grey_keeps_it() -> None:
    heat = Pil.new("RGBA", (64, 64), (128, 128, 128, 0))
    heat.paste((128, 128, 128, 200), (16, 16, 48, 48))
    out = io.BytesIO()
    heat.save(out, "PNG")
    image = build_image(np.full((64, 64), 128, np.uint8), handle="img1")
    picture = grey(overlay.draw(image, [heat_finding()], lambda name: out.getvalue()))
    middle, corner = picture[300:420, 300:420], picture[:100, :100]
    assert middle.max() - middle.min() > 200
    assert corner.max() == corner.min()


def test_thin_vessels_of_a_large_picture_are_filled_and_no_line_hides_what_is_beside_them() -> None:
    mask = np.zeros((1400, 1400), bool)
    for row in range(100, 1300, 60):
        mask[row : row + 5, 100:1300] = True
    finding = build_finding(handle="F1")
    shown = np.asarray(Pil.open(io.BytesIO(overlay.alone(finding, mask.shape, mask))).convert("RGBA"))
    high, wide = shown.shape[:2]
    covered = shown[:, wide // 4 : -wide // 4, 3] > 0
    assert covered.mean() < 2 * mask[:, 350:-350].mean(), (high, "the drawing is hardly wider than the vessels")
    lesion = np.zeros((320, 320), bool)
    lesion[100:180, 100:180] = True
    shown = np.asarray(Pil.open(io.BytesIO(overlay.alone(finding, lesion.shape, lesion))).convert("RGBA"))
    assert shown[shown.shape[0] * 140 // 320, shown.shape[1] * 140 // 320, 3] == 0, "a lesion is not filled"


def test_two_findings_on_one_image_look_different_and_one_looks_the_same_everywhere() -> None:
    first, second = build_finding(handle="F1"), build_finding(handle="F2")
    assert overlay.style_of(first) != overlay.style_of(second)
    assert overlay.style_of(first) == overlay.style_of(build_finding(handle="F1", image="img2"))


def test_layers_are_drawn_only_when_asked_for() -> None:
    image = build_picture()
    both = heat_finding().model_copy(update={"region": Box(x0=4, y0=4, x1=20, y1=20)})
    assert overlay.layers_of(both) == ("saliency", "box")
    assert overlay.png(overlay.draw(image, [both], nothing, layers=())) == overlay.png(overlay.base(image))


def test_findings_of_another_image_are_left_out() -> None:
    image = build_picture("img1")
    other = build_finding(handle="F1", image="img2", region=Box(x0=4, y0=4, x1=20, y1=20))
    assert overlay.png(overlay.draw(image, [other], nothing)) == overlay.png(overlay.base(image))


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((64, 70, 3), np.uint8),
        np.arange(64 * 70, dtype=np.uint16).reshape(64, 70),
        np.full((64, 70), -1000, np.int16),
        np.linspace(0, 1, 64 * 70, dtype=np.float32).reshape(64, 70),
    ],
    ids=["rgb", "uint16", "flat int16", "float32"],
)
def test_every_kind_of_pixel_can_be_drawn_on(pixels: NDArray[np.generic]) -> None:
    image = build_image(pixels, handle="img1")
    finding = box_finding("F1", Box(x0=0, y0=0, x1=70, y1=64))
    assert overlay.draw(image, [finding], nothing).mode == "RGB"


def test_evidence_that_is_no_picture_is_told_to_the_person() -> None:
    with pytest.raises(ReportError, match="backs F1 cannot be read"):
        overlay.draw(build_picture(), [heat_finding()], lambda name: b"not a picture")
