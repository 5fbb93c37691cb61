"""Millimetres and patient directions of a DICOM image, each only from a stated source."""

from assistant.domain.geometry import Orientation, Spacing, SpacingSource
from assistant.intake.dicom_header import Header

__all__ = ["orientation_of", "spacing_of"]

_OPPOSITE = {"R": "L", "L": "R", "A": "P", "P": "A", "H": "F", "F": "H"}
_AXES = ("LR", "PA", "HF")
_OBLIQUE = 0.4
_CENTIMETRES = 3
_TWO_DIMENSIONAL = 1
_MM = {"low": 1e-4, "high": 100.0}


def orientation_of(header: Header) -> Orientation | None:
    """From Image Orientation (Patient), else Patient Orientation; a direction that is oblique has two letters."""
    cosines = header.numbers("ImageOrientationPatient")
    if len(cosines) == 6:
        row, column = cosines[:3], cosines[3:]
        norms = [sum(c * c for c in vector) for vector in (row, column)]
        if all(abs(n - 1) < 0.05 for n in norms) and abs(sum(a * b for a, b in zip(row, column, strict=True))) < 0.05:
            return _between(_letters(row), _letters(column))
    words = header.texts("PatientOrientation")
    if len(words) == 2 and all(w and set(w) <= set(_OPPOSITE) for w in words):
        return _between(words[0], words[1])
    return None


def _between(right: str, bottom: str) -> Orientation:
    return Orientation(left=_opposite(right), right=right, top=_opposite(bottom), bottom=bottom)


def _opposite(letters: str) -> str:
    return "".join(_OPPOSITE[letter] for letter in letters)


def _letters(vector: tuple[float, ...]) -> str:
    """Where a vector points, in LPS (PS3.3 C.7.6.2.1.1: +x to the left, +y to the back, +z to the head)."""
    parts = sorted(zip(vector, _AXES, strict=True), key=lambda part: -abs(part[0]))
    kept = [parts[0], *(p for p in parts[1:] if abs(p[0]) >= _OBLIQUE)]
    return "".join(names[0] if value > 0 else names[1] for value, names in kept)


def spacing_of(header: Header, notes: list[str]) -> Spacing | None:
    """Pixel Spacing, else Imager Pixel Spacing (at the detector), else the calibration of an ultrasound region."""
    pixel = _pair(header, "PixelSpacing")
    imager = _pair(header, "ImagerPixelSpacing")
    if pixel and pixel != imager:
        return Spacing(row_mm=pixel[0], column_mm=pixel[1], source=SpacingSource.PIXEL_SPACING)
    if imager:
        # Equal values mean that Pixel Spacing is not calibrated either (PS3.3 10.7.1.3).
        return Spacing(row_mm=imager[0], column_mm=imager[1], source=SpacingSource.IMAGER_PIXEL_SPACING)
    return _ultrasound(header, notes)


def _pair(header: Header, keyword: str) -> tuple[float, float] | None:
    numbers = header.numbers(keyword)
    if len(numbers) != 2 or not all(_MM["low"] <= n <= _MM["high"] for n in numbers):
        return None
    return (numbers[0], numbers[1])


def _ultrasound(header: Header, notes: list[str]) -> Spacing | None:
    found: set[tuple[float, float]] = set()
    for region in header.items("SequenceOfUltrasoundRegions"):
        if region.integer("RegionSpatialFormat") != _TWO_DIMENSIONAL:
            continue
        units = (region.integer("PhysicalUnitsXDirection"), region.integer("PhysicalUnitsYDirection"))
        x_cm, y_cm = region.number("PhysicalDeltaX"), region.number("PhysicalDeltaY")
        if units == (_CENTIMETRES, _CENTIMETRES) and x_cm and y_cm:
            found.add((abs(y_cm) * 10, abs(x_cm) * 10))
    if len(found) > 1:
        notes.append("its ultrasound regions have different scales, so no millimetres are given")
    if len(found) != 1:
        return None
    row_mm, column_mm = found.pop()
    if not all(_MM["low"] <= n <= _MM["high"] for n in (row_mm, column_mm)):
        return None
    return Spacing(row_mm=row_mm, column_mm=column_mm, source=SpacingSource.ULTRASOUND_REGION)
