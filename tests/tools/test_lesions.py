"""Boxes, outlines, sizes and disagreements on a brain slice, by plain talk on a desk without weights."""

import io

import numpy as np
import pytest
from PIL import Image as Pil

from assistant.domain.codes import CODES
from assistant.domain.finding import Finding, Presence
from assistant.domain.geometry import Box, Mask, Orientation, Spacing, SpacingSource
from assistant.domain.turn import Status
from tests.agent.worlds import Desk, FakeShelf, Lesion, world


def finding(desk: Desk, handle: str) -> Finding:
    found = desk.session.finding(handle)
    assert found is not None
    return found


def outlined(desk: Desk) -> Finding:
    return next(f for f in desk.session.findings if isinstance(f.region, Mask))


def overlay(desk: Desk, name: str) -> Pil.Image:
    return Pil.open(io.BytesIO(desk.artifacts[name])).convert("RGBA")


def test_one_box_is_counted_placed_typed_and_drawn_over_the_whole_image() -> None:
    desk = Desk()
    answer = desk.say("where is it?")
    assert answer.status is Status.ANSWERED
    assert "One region was boxed, in the right half of the image (upper right quadrant)." in answer.reply
    assert "Its type looks like meningioma (71 %); glioma is not ruled out." in answer.reply
    assert "left and right here are image halves" in answer.reply
    assert [(v.finding, v.kind) for v in answer.overlays] == [("F1", "box")]
    drawn = overlay(desk, answer.overlays[0].artifact)
    assert drawn.width / drawn.height == pytest.approx(80 / 64, abs=0.01)
    box = finding(desk, "F1").region
    assert isinstance(box, Box)
    scale = drawn.width / 80
    alpha = np.asarray(drawn)[:, :, 3]
    assert alpha[round((box.y0 + box.y1) / 2 * scale), round(box.x0 * scale)] > 0
    assert alpha[round((box.y0 + box.y1) / 2 * scale), round((box.x0 + box.x1) / 2 * scale)] == 0


def test_several_boxes_are_counted_and_told_apart_and_an_open_type_stays_open() -> None:
    second = Lesion((0.1, 0.6, 0.3, 0.8), 0.7, (("glioma", 0.45), ("meningioma", 0.4), ("pituitary tumour", 0.15)))
    answer = Desk(shelf=FakeShelf(lesions=(Lesion(), second))).say("how many lesions?")
    assert "Two regions were boxed: F1 in the right half" in answer.reply
    assert "F2 in the left half of the image (lower left quadrant)" in answer.reply
    assert "The types that F2 looks most like: glioma (45 %) and meningioma (40 %)." in answer.reply


def test_no_box_is_said_with_its_scope_and_the_word_normal_does_not_occur() -> None:
    answer = Desk(shelf=FakeShelf(lesions=())).say("where is it?")
    assert "No region was boxed in this slice: the surest place has a probability of 4 %, calibrated" in answer.reply
    assert "the detector looks for nothing else" in answer.reply
    assert "normal" not in answer.reply
    assert answer.overlays == ()


def test_a_file_with_orientation_names_the_patients_side() -> None:
    marks = Orientation(left="R", right="L", top="A", bottom="P")
    answer = Desk(orientation=marks).say("which side?")
    assert "towards the patient's left and front by the file's orientation" in answer.reply
    assert "image halves" not in answer.reply


def test_boxes_are_made_once() -> None:
    desk = Desk()
    for text in ("where is it?", "how many?", "ở đâu?"):
        desk.say(text)
    assert desk.shelf.looks == 1
    assert len(desk.session.findings) == 1


def test_an_outline_is_kept_as_a_one_bit_mask_of_the_images_own_size() -> None:
    desk = Desk()
    answer = desk.say("outline the tumour")
    region = finding(desk, "F1").region
    assert isinstance(region, Mask)
    mask = Pil.open(io.BytesIO(desk.artifacts[region.artifact]))
    assert (mask.mode, mask.size) == ("1", (80, 64))
    inside = np.asarray(mask)
    assert int(inside.sum()) == region.area_px
    x0, y0, x1, y1 = (round(v) for v in region.bounds.xyxy)
    assert inside[y0:y1, x0:x1].sum() == region.area_px
    assert [(v.finding, v.kind) for v in answer.overlays] == [("F1", "outline")]
    assert "The shaded band, where the model is unsure, is 6.2 % of the outlined area" in answer.reply
    assert finding(desk, "F1").measured(CODES["unsure_band"], CODES["percent"]) == pytest.approx(6.25, abs=0.1)


def test_a_size_comes_from_the_outline_which_is_drawn_first() -> None:
    desk = world("1r")
    answer = desk.say("how big?")
    assert [c.name for c in answer.tools] == ["measure_finding"]
    measured = outlined(desk)
    long = measured.measured(CODES["long_axis"], CODES["pixels"])
    assert long == pytest.approx(np.hypot(16, 11), abs=0.01)
    assert "pixels (longest axis and across)" in answer.reply
    assert "states no pixel spacing, so I can't give millimetres" in answer.reply
    assert not any(m.unit.value.startswith("mm") for m in measured.measurements)


@pytest.mark.parametrize("text", ["0.5 mm per pixel", "mỗi pixel 0,5 mm", "the spacing is 0.5 mm per pixel"])
def test_a_scale_that_the_reader_states_gives_millimetres_named_as_theirs(text: str) -> None:
    desk = world("1r")
    desk.say("how big?")
    answer = desk.say(text)
    facts = desk.session.image("img1")
    assert facts is not None
    assert facts.spacing == Spacing(row_mm=0.5, column_mm=0.5, source=SpacingSource.USER)
    assert "stated by you" in answer.reply or "do bạn nêu" in answer.reply
    found = outlined(desk)
    in_pixels, in_mm = (found.measured(CODES["long_axis"], CODES[u]) for u in ("pixels", "millimetre"))
    assert in_pixels is not None
    assert in_mm == pytest.approx(in_pixels / 2)
    assert found.measured(CODES["area"], CODES["square_millimetre"]) == pytest.approx(found.region.area_px / 4)  # type: ignore[union-attr]


def test_the_files_own_spacing_is_not_overruled_by_what_someone_types() -> None:
    own = Spacing(row_mm=0.4, column_mm=0.9, source=SpacingSource.PIXEL_SPACING)
    desk = Desk(spacing=own)
    answer = desk.say("how big is it? 0.5 mm per pixel")
    facts = desk.session.image("img1")
    assert facts is not None
    assert facts.spacing == own
    assert "0.9 x 0.4 mm" in answer.reply


def test_spacing_at_the_detector_is_called_an_overestimate() -> None:
    imager = Spacing(row_mm=0.2, column_mm=0.2, source=SpacingSource.IMAGER_PIXEL_SPACING)
    answer = Desk(spacing=imager).say("how big?")
    assert "at the detector, so an overestimate" in answer.reply


def test_a_scale_that_no_picture_has_is_not_used() -> None:
    answer = Desk().say("400 mm per pixel")
    assert "does not fit a medical picture" in answer.reply


def test_without_an_outline_the_box_gives_a_box_size_named_so() -> None:
    desk = Desk(shelf=FakeShelf(outlined=()))
    answer = desk.say("how big?")
    assert "that is a box size" in answer.reply
    boxed = next(f for f in desk.session.findings if isinstance(f.region, Box))
    assert [m.concept for m in boxed.measurements] == [CODES["box_width"], CODES["box_height"]]


def test_an_outline_in_pieces_is_measured_on_the_largest_and_says_so() -> None:
    parts = ((0.58, 0.28, 0.78, 0.46), (0.1, 0.7, 0.2, 0.8))
    answer = Desk(shelf=FakeShelf(outlined=parts)).say("how big?")
    assert "The outline is in 2 pieces; the axes are those of the largest." in answer.reply


def test_an_outline_of_something_unsettled_says_so() -> None:
    answer = Desk(shelf=FakeShelf(outline_presence=Presence.INDETERMINATE)).say("outline the tumour")
    assert "It stays open whether this slice shows brain tumour." in answer.reply


def test_nothing_found_is_nothing_to_measure() -> None:
    answer = Desk(shelf=FakeShelf(outlined=(), lesions=())).say("how big?")
    assert answer.status is Status.DECLINED
    assert "neither a box nor an outline was drawn" in answer.reply


def test_without_any_model_of_regions_nothing_is_measured_on_a_heat_map() -> None:
    answer = world("l1r").say("how big?")
    assert (answer.status, [c.ok for c in answer.tools]) == (Status.DECLINED, [False])
    assert "a heat map is no region" in answer.reply


def test_a_contradiction_is_a_finding_of_its_own_stated_and_made_once() -> None:
    desk = Desk(shelf=FakeShelf(presence=Presence.ABSENT, probability=0.08, lesions=(Lesion(score=0.58),)))
    desk.say("read it")
    answer = desk.say("where is it?")
    assert "The classifier sees no brain tumour pattern (8 %), but the detector boxes a region with score 58 %" in (
        answer.reply
    )
    apart = finding(desk, "F3")
    assert (apart.presence, apart.probability, apart.model) == (Presence.INDETERMINATE, None, "rule:disagreement")
    assert apart.between == ("F1", "F2")
    assert {"F1", "F2", "F3"} <= {f.handle for f in answer.findings}
    desk.say("is there a tumour?")
    desk.say("where is it?")
    assert sum(f.is_disagreement for f in desk.session.findings) == 1
    assert "F1 and F2 disagree on brain tumour" in desk.say("list the findings").reply


def test_a_contradiction_the_other_way_round_is_told_too() -> None:
    desk = Desk(shelf=FakeShelf(lesions=()))
    desk.say("read it")
    answer = desk.say("where is it?")
    assert "the classifier marks a brain tumour pattern (94 %)" in answer.reply.lower()
    assert "the detector boxes no region (4 %)" in answer.reply


@pytest.mark.parametrize("no_box", [(Presence.INDETERMINATE, 0.31)])
def test_an_indeterminate_answer_contradicts_nothing(no_box: tuple[Presence, float]) -> None:
    desk = Desk(shelf=FakeShelf(lesions=(), no_box=no_box))
    desk.say("read it")
    answer = desk.say("where is it?")
    assert "it stays open whether there is one" in answer.reply
    assert not any(f.is_disagreement for f in desk.session.findings)


def test_what_the_reader_rejected_takes_no_part_in_a_disagreement() -> None:
    desk = Desk(shelf=FakeShelf(presence=Presence.ABSENT, probability=0.08))
    desk.say("read it")
    desk.say("reject F1")
    assert "disagree" not in desk.say("where is it?").reply
