"""Image: the pixels of one picture and what is known of them; no file format, no identity."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from assistant.domain.base import Frozen
from assistant.domain.geometry import Orientation, Spacing

__all__ = ["Admission", "Image", "ImageFacts", "Modality", "Quality", "Window", "windowed"]


class Modality(StrEnum):
    """Acquisition modality, the terms of DICOM CID 29 that an image can carry; OT where a picture states none."""

    CR = "CR"
    CT = "CT"
    DX = "DX"
    ES = "ES"
    GM = "GM"
    IO = "IO"
    MG = "MG"
    MR = "MR"
    NM = "NM"
    OP = "OP"
    OT = "OT"
    PT = "PT"
    PX = "PX"
    RF = "RF"
    RG = "RG"
    SC = "SC"
    SM = "SM"
    US = "US"
    XA = "XA"
    XC = "XC"


class Window(Frozen):
    """Window Center and Window Width (PS3.3 C.11.2.1.2), in modality units."""

    center: float
    width: float = Field(gt=0)


class Quality(Frozen):
    """How readable an image is, measured without a model (see `assistant.intake.quality`)."""

    readable: bool
    sharpness: float = Field(ge=0, description="dimensionless; higher is sharper")
    contrast: float = Field(ge=0, le=1, description="spread of the grey levels, fraction of full scale")
    issues: tuple[str, ...] = Field(default=(), description="what is wrong, in words for the reader")
    remedy: str = Field(default="", description="what would help, where not readable")


class Admission(Frozen):
    """The gate's verdict on an image: what kind it is, and whether a model here may read it."""

    admitted: bool
    kind: str = Field(description="e.g. brain_mri, as in the manifest's `kinds`; 'unknown' where none fits")
    title: str = Field(description="the kind in words: 'brain MRI', 'chest film'")
    probability: float = Field(ge=0, le=1, description="of the kind, calibrated on val")
    reason: str = Field(default="", description="one sentence, where refused")
    remedy: str = Field(default="", description="one sentence: what would help, where refused")


class ImageFacts(Frozen):
    """Everything known of an image but its pixels. Stored; safe to show to tools and llm."""

    handle: str = Field(default="", description="img1, img2 ...; given by the session")
    modality: Modality
    source: Literal["dicom", "raster"]
    size_rc: tuple[int, int]
    channels: Literal[1, 3]
    unit: str = Field(default="1", description="UCUM of the pixel values; [hnsf'U] for HU, 1 for none")
    bits_stored: int = 8
    spacing: Spacing | None = None
    orientation: Orientation | None = None
    laterality: str = ""
    view: str = ""
    body_part: str = ""
    window: Window | None = None
    study_uid: str = Field(description="a new UID made at intake, never the file's own")
    series_uid: str
    sop_instance_uid: str
    header: Mapping[str, str] = Field(
        default_factory=dict, description="acquisition facts that survive de-identification, by DICOM keyword"
    )
    notes: tuple[str, ...] = Field(default=(), description="what intake changed, e.g. 'first of 3 palette colours'")
    quality: Quality
    content_sha256: str = Field(description="of the pixel array: the same picture has the same one")
    pixels_artifact: str = Field(default="", description="name in the artifact store")
    dicom_artifact: str = Field(default="", description="the de-identified file, where the source was DICOM")
    admission: Admission | None = Field(default=None, description="set once the gate has looked")

    @property
    def kind_title(self) -> str:
        """The kind in words: the gate's, else the modality's."""
        if self.admission is not None and self.admission.kind != "unknown":
            return self.admission.title
        return "picture" if self.modality is Modality.OT else f"{self.modality.value} image"


@dataclass(frozen=True, slots=True)
class Image:
    """Facts and pixels.

    `pixels`: `[row, column]` grey or `[row, column, 3]` RGB (uint8); grey is uint8, uint16, int16 or float32 in
    modality units, MONOCHROME1 already inverted, so brighter is always higher.
    """

    facts: ImageFacts
    pixels: NDArray[np.generic]


def windowed(image: Image, window: Window | None = None) -> NDArray[np.uint8]:
    """Pixels for a screen: uint8, same shape.

    Uses `window`, else the image's own, else the 0.5..99.5 percentile range; 8-bit pictures without a window are
    returned as they are. Linear VOI function of PS3.3 C.11.2.1.2.1.
    """
    window = window or image.facts.window
    if window is None and image.pixels.dtype == np.uint8:
        return image.pixels.astype(np.uint8, copy=False)
    values = image.pixels.astype(np.float32)
    if window is None:
        low, high = (float(v) for v in np.percentile(values, (0.5, 99.5)))
        if high <= low:
            low, high = float(values.min()), float(values.max())
    else:
        low = window.center - 0.5 - (window.width - 1) / 2
        high = window.center - 0.5 + (window.width - 1) / 2
    scale = 255.0 / (high - low) if high > low else 255.0
    eight_bit: NDArray[np.uint8] = np.clip((values - low) * scale + 0.5, 0, 255).astype(np.uint8)
    return eight_bit
