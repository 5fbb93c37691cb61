"""Outlines and boxes on pictures, and their words in the report."""

import io

import numpy as np
import pytest
from PIL import Image as Pil

from assistant.domain.codes import CODES
from assistant.domain.finding import DISAGREEMENT, Finding, Kind, Measurement, Presence
from assistant.domain.geometry import Box, Mask, Spacing, SpacingSource
from assistant.language.finding_words import finding_words, presence_words, size_words
from assistant.reports import overlay
from tests.builders import build_facts, build_finding, build_pixels

BOX = Box(x0=30, y0=20, x1=50, y1=40)


def measured(**values: float) -> tuple[Measurement, ...]:
    units = {"mm": "millimetre", "px": "pixels", "mm2": "square_millimetre", "pct": "percent"}
    parts = ((name.rpartition("_"), value) for name, value in values.items())
    return tuple(Measurement(concept=CODES[c], value=v, unit=CODES[units[u]]) for (c, _, u), v in parts)


def outlined(**changes: object) -> Finding:
    region = Mask(artifact="m.png", size_rc=(60, 80), area_px=300, bounds=BOX)
    return build_finding(**({"handle": "F2", "region": region} | changes))


@pytest.mark.parametrize("size_rc", [(60, 80), (61, 333), (1500, 900), (40, 31)])
def test_an_outline_lies_where_its_mask_lies_and_covers_the_image(size_rc: tuple[int, int]) -> None:
    mask = np.zeros(size_rc, bool)
    mask[size_rc[0] // 3 : size_rc[0] * 2 // 3, size_rc[1] // 4 : size_rc[1] // 2 + 1] = True
    drawn = Pil.open(io.BytesIO(overlay.alone(outlined(handle="F1"), size_rc, mask))).convert("RGBA")
    assert drawn.width / drawn.height == pytest.approx(size_rc[1] / size_rc[0], rel=0.03)
    colour = np.asarray(drawn)[:, :, :3] == overlay.STYLES[0].colour
    rows, columns = np.nonzero(colour.all(axis=2) & (np.asarray(drawn)[:, :, 3] == 255))
    scale = drawn.width / size_rc[1]
    slack = max(8.0, scale)
    assert columns.min() == pytest.approx(size_rc[1] // 4 * scale, abs=slack)
    assert rows.max() == pytest.approx(size_rc[0] * 2 // 3 * scale, abs=slack)


def test_the_unsure_band_is_shaded_and_vessels_are_filled() -> None:
    mask = np.zeros((90, 90), bool)
    mask[20:70, 20:70] = True
    unsure = np.zeros_like(mask)
    unsure[15:25, 20:70] = True
    alpha = np.asarray(Pil.open(io.BytesIO(overlay.alone(outlined(), (90, 90), mask, unsure))).convert("RGBA"))[:, :, 3]
    assert (alpha == 90).any()
    thin = np.zeros_like(mask)
    thin[::6] = True
    drawn = np.asarray(Pil.open(io.BytesIO(overlay.alone(outlined(), (90, 90), thin))).convert("RGBA"))
    assert (drawn[:, :, 3] == 205).mean() > 0.1


def test_outlines_of_two_findings_differ_without_colour() -> None:
    y, x = np.ogrid[0:200, 0:200]
    mask = np.asarray((x - 100) ** 2 + (y - 100) ** 2 < 70**2)
    covered = []
    for handle in ("F1", "F2", "F3"):
        drawn = np.asarray(
            Pil.open(io.BytesIO(overlay.alone(outlined(handle=handle), (200, 200), mask))).convert("RGBA")
        )
        covered.append(int((drawn[:, :, 3] == 255).sum()))
    assert covered[0] > 1.1 * covered[1] > 1.1 * covered[2]


def test_two_pictures_stand_side_by_side() -> None:
    both = Pil.open(io.BytesIO(overlay.beside(build_pixels(0, (40, 60)), build_pixels(1, (60, 40), 3), ("a", "b"))))
    assert both.size == (640 + 12 + 427, 30 + 640)


def test_axes_come_first_in_pixels_then_in_millimetres() -> None:
    values = measured(
        long_axis_px=118, short_axis_px=86, area_px=7600, share_of_picture_pct=3.1, long_axis_mm=59, short_axis_mm=43
    )
    assert size_words(outlined(measurements=values)).startswith("axes 118 x 86 px, 59 x 43 mm; area 7600 px")


def test_a_box_size_is_named_a_box_size() -> None:
    finding = build_finding(region=BOX, measurements=measured(box_width_px=20, box_height_px=20))
    assert size_words(finding) == "box 20 x 20 px"
    assert "Size of the box: box 20 x 20 px." in finding_words(finding, build_facts(size_rc=(60, 80)))


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (SpacingSource.USER, "a scale that the reader stated"),
        (SpacingSource.IMAGER_PIXEL_SPACING, "at the detector, an overestimate"),
    ],
)
def test_millimetres_name_whose_scale_they_rest_on(source: SpacingSource, words: str) -> None:
    facts = build_facts(size_rc=(60, 80), spacing=Spacing(row_mm=0.5, column_mm=0.5, source=source))
    assert words in finding_words(outlined(measurements=measured(long_axis_mm=59, short_axis_mm=43)), facts)


def test_types_are_said_with_what_is_not_ruled_out_and_open_where_none_leads() -> None:
    def kind(name: str, p: float) -> Kind:
        return Kind(name=name, code=CODES["neoplasm"], probability=p, in_set=p > 0.2)

    clear = build_finding(region=BOX, kinds=(kind("meningioma", 0.71), kind("glioma", 0.24)))
    assert "Its type looks like meningioma (71 %); glioma is not ruled out." in finding_words(clear)
    unclear = build_finding(region=BOX, kinds=(kind("glioma", 0.45), kind("meningioma", 0.4)))
    assert "The types that it looks most like: glioma (45 %) and meningioma (40 %)." in finding_words(unclear)


def test_a_disagreement_and_outlined_vessels_have_words_of_their_own() -> None:
    apart = build_finding(
        model=DISAGREEMENT, between=("F1", "F2"), presence=Presence.INDETERMINATE, probability=None, scope="F1 and F2"
    )
    assert presence_words(apart) == "indeterminate for brain tumour in this image: F1 and F2 disagree"
    vessels = outlined(concept="retinal vessels", scope="one photograph", probability_of="")
    assert presence_words(vessels) == "retinal vessels outlined in this image"
    assert "pattern" not in finding_words(vessels, build_facts(size_rc=(60, 80)))
