"""Reads of eyes and mouths, the vessels' outline, and what hides it."""

import numpy as np
import pytest
from PIL import Image as Pil
from PIL import ImageFilter

from assistant.domain.codes import CODES
from assistant.domain.geometry import Mask
from assistant.domain.turn import Status
from assistant.tools.veil import fine_detail
from tests.agent.worlds import Desk, FakeShelf, world

CLEAR = (0.03, 0.04, 0.02)


def eye(*told: float) -> Desk:
    return world("1f", FakeShelf(eye=told or CLEAR))  # type: ignore[arg-type]


def test_an_eye_is_answered_with_what_is_marked_first_then_open_then_absent() -> None:
    answer = eye(0.81, 0.34, 0.03).say("what do you see?")
    texts = [s.text for s in answer.sentences]
    assert texts[0] == "A cataract pattern is likely in this picture: 81 %."
    assert texts[1] == "It stays open whether this picture shows glaucoma (34 %)."
    assert texts[2] == "No pattern of diabetic retinopathy (3 %) in this picture."
    assert "calibrated where 25 % of the pictures had it" in texts[3]
    assert [s.findings for s in answer.sentences[:3]] == [("F1",), ("F2",), ("F3",)]
    assert "nothing else was looked for" in texts[4]


def test_an_eye_with_none_of_the_three_is_never_called_normal_or_healthy() -> None:
    answer = eye().say("is it normal?")
    assert "No pattern of glaucoma (4 %), cataract (3 %) or diabetic retinopathy (2 %)" in answer.reply
    assert "normal" not in answer.reply
    assert "healthy" not in answer.reply
    assert len(answer.findings) == 3


def test_a_mouth_says_pattern_as_in_and_that_no_healthy_mouth_was_taught() -> None:
    answer = world("1m").say("what do you see?")
    assert "Patterns as in dental calculus (very likely, 93 %) and gingivitis (likely, 71 %)" in answer.reply
    assert "No pattern as in hypodontia (2 %)" in answer.reply
    assert "never taught what a healthy picture of this kind looks like" in answer.reply


def test_the_same_in_vietnamese() -> None:
    answer = world("1m").say("bạn thấy gì trong ảnh?")
    assert "cao răng (rất có thể, 93 %) và viêm nướu (nhiều khả năng, 71 %)" in answer.reply
    answer = eye(0.95, 0.1, 0.1).say("đọc ảnh này")
    assert "Rất có thể có hình ảnh đục thuỷ tinh thể trong ảnh này: 95 %." in answer.reply


def test_a_model_of_several_diseases_runs_once() -> None:
    desk = eye()
    desk.say("read it")
    desk.say("is there glaucoma?")
    assert desk.shelf.reads == 1
    assert len(desk.session.findings) == 3


def test_a_place_on_a_photograph_is_refused_with_what_there_is() -> None:
    answer = world("1m").say("where is it?")
    assert answer.status is Status.DECLINED
    assert "of picture (a photograph of teeth or gums): no detector here reads it" in answer.reply


def test_vessels_are_outlined_with_their_density_inside_the_field_of_view() -> None:
    desk = eye()
    answer = desk.say("outline the vessels")
    found = desk.session.findings[0]
    assert isinstance(found.region, Mask)
    density = found.measured(CODES["vessel_density"], CODES["percent"])
    share = found.measured(CODES["share_of_picture"], CODES["percent"])
    assert density is not None
    assert share is not None
    assert density > share
    assert f"they cover {density:.0f} % of the field of view" in answer.reply
    assert found.model == "retinal_vessels"


def test_the_other_vessel_model_is_used_when_it_is_named() -> None:
    desk = eye()
    desk.say("outline the vessels with the u-net")
    assert desk.session.findings[0].model == "retinal_vessels_unet"


def test_haze_holds_the_vessels_back_and_anyway_marks_them_as_unreliable() -> None:
    desk = eye(0.81, 0.34, 0.03)
    answer = desk.say("outline the vessels and tell me the disease")
    assert [(c.name, c.ok) for c in answer.tools] == [("classify_image", True), ("segment_structures", False)]
    assert "The haze that goes with it hides fine vessels" in answer.reply
    assert 'Say "outline anyway"' in answer.reply
    anyway = desk.say("outline anyway")
    assert [c.arguments["anyway"] for c in anyway.tools] == [True]
    assert "This outline is unreliable: haze hides fine vessels." in anyway.reply
    assert "unreliable" in desk.session.findings[-1].scope
    assert "unreliable" in desk.say("vessel density").reply


def test_a_soft_picture_holds_the_vessels_back_without_any_read() -> None:
    desk = eye()
    soft = Pil.fromarray(desk._images["img1"]).filter(ImageFilter.GaussianBlur(9))
    desk._images["img1"] = np.asarray(soft)
    answer = desk.say("outline the vessels")
    assert "img1 is too soft to show fine vessels" in answer.reply
    assert desk.shelf.looks == 0


def test_fine_detail_falls_with_blur_whatever_the_size() -> None:
    rng = np.random.default_rng(0)
    grain = Pil.fromarray(rng.integers(60, 200, (96, 96, 3), dtype=np.uint8))
    for side in (300, 900):
        sharp = grain.resize((side, side), Pil.Resampling.BICUBIC)
        values = [fine_detail(np.asarray(sharp.filter(ImageFilter.GaussianBlur(b * side / 300)))) for b in (0, 3, 12)]
        assert values[0] > values[1] > values[2]
        assert values[0] > 0.02 > values[2]


@pytest.mark.parametrize("name", ["1f", "1m"])
def test_a_disease_without_a_region_is_not_measured(name: str) -> None:
    desk = world(name)
    desk.say("read it")
    answer = desk.say("how big is it?")
    assert answer.status is Status.DECLINED
    assert "no model here gives a region for that" in answer.reply


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("1", "segment the ventricles"),
        ("1", "outline the vessels"),
        ("1f", "outline the optic disc"),
        ("1f", "vẽ viền khối u"),
    ],
)
def test_a_structure_that_no_model_outlines_is_declined_with_what_there_is(name: str, text: str) -> None:
    desk = world(name, FakeShelf(eye=CLEAR))
    answer = desk.say(text)
    assert [(c.name, c.ok) for c in answer.tools] == [("segment_structures", False)]
    assert desk.shelf.looks == 0
    assert desk.session.findings == ()
