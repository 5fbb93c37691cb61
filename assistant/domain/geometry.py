"""Where things are on an image: THE coordinate convention of this code.

x runs right along a row, y runs down a column, and (0, 0) is the outer corner of the first pixel (DICOM PS3.3
C.10.5.1.2 "image coordinates"), so a picture of c columns spans 0..c. Boxes are `xyxy`; arrays are `[row, column]`.
"""

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from assistant.domain.base import Frozen

__all__ = ["Box", "Mask", "Orientation", "Region", "Spacing", "SpacingSource"]


class SpacingSource(StrEnum):
    """Where a pixel spacing was read; no other source gives millimetres."""

    PIXEL_SPACING = "Pixel Spacing"
    IMAGER_PIXEL_SPACING = "Imager Pixel Spacing"
    ULTRASOUND_REGION = "ultrasound region calibration"
    USER = "stated by the user"


class Spacing(Frozen):
    """Distance between pixel centres in mm, and who says so."""

    row_mm: float = Field(gt=0, description="between two rows, i.e. along y")
    column_mm: float = Field(gt=0, description="between two columns, i.e. along x")
    source: SpacingSource


class Orientation(Frozen):
    """Patient directions at the four edges, in letters of Patient Orientation (PS3.3 C.7.6.1.1.1): R L A P H F."""

    left: str
    right: str
    top: str
    bottom: str


class Box(Frozen):
    """An axis-aligned rectangle in image coordinates, `xyxy`."""

    x0: float = Field(ge=0)
    y0: float = Field(ge=0)
    x1: float
    y1: float

    @model_validator(mode="after")
    def _has_area(self) -> Self:
        if self.x1 <= self.x0 or self.y1 <= self.y0:
            raise ValueError("a box needs x1 > x0 and y1 > y0")
        return self

    @property
    def xyxy(self) -> tuple[float, float, float, float]:
        return (self.x0, self.y0, self.x1, self.y1)

    @property
    def bounds(self) -> Self:
        """Itself: what every region has."""
        return self


class Mask(Frozen):
    """A region drawn pixel by pixel: a one-bit PNG of the image's own size in the artifact store, white inside."""

    artifact: str
    size_rc: tuple[int, int]
    area_px: int = Field(gt=0, description="pixels inside")
    bounds: Box = Field(description="the smallest box around it")


Region = Box | Mask
