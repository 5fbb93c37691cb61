"""A region is a box or a mask; both have bounds, and a stored finding gives back the one that it was stored with."""

import pytest
from pydantic import ValidationError

from assistant.domain.finding import Finding
from assistant.domain.geometry import Box, Mask, Region
from assistant.wire import finding_object
from tests.builders import build_finding

BOX = Box(x0=1.5, y0=2, x1=6, y1=7.5)
MASK = Mask(artifact="m.png", size_rc=(8, 8), area_px=11, bounds=BOX)


@pytest.mark.parametrize("region", [BOX, MASK], ids=["box", "mask"])
def test_a_region_survives_being_stored(region: Region) -> None:
    stored = build_finding(region=region).model_dump_json()
    assert Finding.model_validate_json(stored).region == region


@pytest.mark.parametrize("region", [BOX, MASK], ids=["box", "mask"])
def test_every_region_has_bounds(region: Region) -> None:
    assert region.bounds == BOX


def test_a_mask_without_a_pixel_is_none() -> None:
    with pytest.raises(ValidationError):
        Mask(artifact="m.png", size_rc=(8, 8), area_px=0, bounds=BOX)


def test_the_wire_says_which_kind_of_region_it_is() -> None:
    assert finding_object(build_finding(region=BOX))["region"] == {"kind": "box", "xyxy": [1.5, 2, 6, 7.5]}
    mask = finding_object(build_finding(region=MASK))["region"]
    assert mask == {"kind": "mask", "xyxy": [1.5, 2, 6, 7.5], "area_px": 11, "artifact": "m.png"}
    assert finding_object(build_finding())["region"] is None
