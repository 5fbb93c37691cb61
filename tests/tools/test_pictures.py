"""Comparison, enhanced copies, and what an explanation says of its heat map."""

import io

import numpy as np
import pytest
from PIL import Image as Pil

from assistant.domain.finding import Trust
from assistant.domain.image import Window
from assistant.domain.turn import Status
from assistant.tools.enhance_image import TOOL
from assistant.tools.enhancing import OPERATIONS, PRESETS, enhanced, window_of
from tests.agent.worlds import Desk, FakeShelf, world
from tests.builders import build_image, build_pixels


def test_two_images_of_one_kind_are_read_matched_and_shown_without_a_word_of_change() -> None:
    desk = Desk(2)
    answer = desk.say("compare the two scans, has it grown?")
    assert "Brain tumour: img1 present (94 %), img2 present (94 %)." in answer.reply
    assert "Boxed regions: 1 on img1, 1 on img2." in answer.reply
    assert "can't say that anything changed" in answer.reply
    assert desk.shelf.reads == 2
    (shown,) = answer.pictures
    assert (shown.kind, shown.images) == ("side_by_side", ("img1", "img2"))
    assert Pil.open(io.BytesIO(desk.artifacts[shown.artifact])).width > 1000


def test_two_kinds_are_kindly_declined() -> None:
    answer = world("2bf").say("compare them")
    assert answer.status is Status.DECLINED
    assert "can't be matched" in answer.reply
    assert "ảnh đáy mắt" in world("2bf").say("so sánh hai ảnh").reply


def test_one_image_alone_and_the_same_pixels_twice_are_no_comparison() -> None:
    assert "please add the second" in Desk().say("compare img1 with itself").reply
    desk = Desk(2)
    same = desk.session.image("img1")
    assert same is not None
    desk.session = desk.session.with_image(same.model_copy(update={"handle": "img2"}))
    assert "hold the same pixels" in desk.say("compare them").reply


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("make it sharper", ["sharpen"]),
        ("more contrast and less noise", ["denoise", "contrast"]),
        ("apply clahe", ["clahe"]),
        ("invert it", ["invert"]),
        ("too dark, lighten it", ["brighter"]),
        ("narrower window", ["window"]),
        ("làm nét ảnh", ["sharpen"]),
        ("khử nhiễu", ["denoise"]),
        ("đảo màu ảnh", ["invert"]),
        ("tăng tương phản", ["contrast"]),
        ("ảnh tối quá", ["brighter"]),
        ("zoom in", []),
    ],
)
def test_operations_are_read_from_the_words(text: str, wanted: list[str]) -> None:
    assert TOOL.fill(text)["operations"] == wanted


@pytest.mark.parametrize(
    ("text", "window"),
    [("bone window", "bone"), ("window 80 level 40", "40/80"), ("a wider window please", "wider"), ("window it", None)],
)
def test_a_window_is_read_from_the_words(text: str, window: str | None) -> None:
    filled = TOOL.fill(text)
    assert filled["operations"] == ["window"]
    assert filled.get("window") == window


def test_an_enhanced_copy_stands_beside_the_original_and_no_model_reads_it() -> None:
    desk = Desk()
    answer = desk.say("sharpen it and invert it")
    assert desk.shelf.reads == desk.shelf.looks == 0
    assert all(p.kind == "enhanced" and p.images == ("img1",) for p in answer.pictures)
    assert "no model reads it" in answer.reply
    assert answer.findings == ()
    before = desk.image("img1").pixels.copy()
    desk.say("read it")
    assert np.array_equal(desk.image("img1").pixels, before)


def test_zooming_is_left_to_the_viewer() -> None:
    answer = Desk().say("zoom in")
    assert (answer.status, [c.ok for c in answer.tools]) == (Status.DECLINED, [False])
    assert "done in the viewer" in answer.reply


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("shape", [(37, 61), (64, 48, 3), (5, 5)])
def test_every_operation_keeps_size_and_colour_and_is_repeatable(operation: str, shape: tuple[int, ...]) -> None:
    image = build_image(build_pixels(1, shape[:2], 3 if len(shape) == 3 else 1))
    first = enhanced(image, [operation])  # type: ignore[list-item]
    assert (first.shape, first.dtype) == (image.pixels.shape, np.uint8)
    assert np.array_equal(first, enhanced(image, [operation]))  # type: ignore[list-item]


def test_operations_do_what_their_names_say() -> None:
    ramp = np.tile(np.linspace(90, 160, 64).astype(np.uint8), (64, 1))
    image = build_image(ramp)
    assert np.array_equal(enhanced(image, ["invert"]), 255 - ramp)
    assert np.ptp(enhanced(image, ["contrast"])) > 240
    assert enhanced(image, ["brighter"]).mean() > ramp.mean() > enhanced(image, ["darker"]).mean()
    steps = [np.abs(np.diff(p.astype(int), axis=1)).mean() for p in (enhanced(image, ["clahe"]), ramp)]
    assert steps[0] > 1.5 * steps[1]
    noisy = build_image(build_pixels(2, (64, 64)))
    assert enhanced(noisy, ["denoise"]).std() < noisy.pixels.std() < 1.2 * enhanced(noisy, ["sharpen"]).std()


def test_windows_of_ct_are_for_hounsfield_units_alone() -> None:
    values = np.arange(-1000, 1000, 5, dtype=np.int16).reshape(20, 20)
    ct = build_image(values, unit="[hnsf'U]")
    assert window_of(ct, "bone") == PRESETS["bone"]
    assert window_of(build_image(values), "bone").center < 50
    assert window_of(ct, "40/80") == Window(center=40, width=80)
    wide = window_of(ct, "")
    assert window_of(ct, "narrower").width < wide.width < window_of(ct, "wider").width


def test_the_trust_of_a_heat_map_is_measured_once_and_said_with_the_region() -> None:
    desk = Desk()
    desk.say("is there a tumour?")
    first = desk.say("why?").reply
    assert "Hiding what it marks takes the probability from 94 % to 22 %." in first
    desk.say("where is it?")
    second = desk.say("why F1?").reply
    assert "About three quarters of it lie inside the boxed region" in second
    reads = desk.shelf.reads
    assert desk.say("why F1?").reply == second
    assert desk.shelf.reads == reads
    found = desk.session.finding("F1")
    assert found is not None
    assert found.evidence[0].trust is not None
    assert found.evidence[0].trust.overlap == 0.75


def test_a_low_trust_is_said_aloud() -> None:
    low = Trust(overlap=0.1, before=0.94, after=0.93, deletion=0.01, low=True)
    desk = world("1r", FakeShelf(trusts=low))
    assert "deserves little trust" in desk.say("why?").reply


def test_a_box_explains_itself_and_points_to_the_classifiers_heat_map() -> None:
    desk = world("1r")
    desk.say("where is it?")
    answer = desk.say("why F2?")
    assert "F2 is a box of the detector on img1" in answer.reply
    assert {(v.finding, v.kind) for v in answer.overlays} == {("F2", "box"), ("F1", "saliency")}
    assert "it locates nothing" in answer.reply
