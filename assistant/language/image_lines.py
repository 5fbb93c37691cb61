"""What is known of a picture itself, modality, sequence, scanner, date, spacing, orientation, size, sharpness.

Only what the file and its grey levels state; what kind of picture it is says the gate, which this module does not know.
"""

import re
from typing import Literal

from assistant.domain.image import ImageFacts
from assistant.language.concepts import in_language
from assistant.language.phrasing import Language, figure, say

__all__ = ["FACETS", "Facet", "image_lines"]

Facet = Literal["quality", "modality", "scanner", "date", "spacing", "orientation", "size"]
FACETS: tuple[Facet, ...] = ("quality", "modality", "scanner", "date", "spacing", "orientation", "size")

_NUMBER = re.compile(r"[-+]?\d+\.\d+")
_SCANNER = ("Manufacturer", "ManufacturerModelName", "MagneticFieldStrength", "KVP")
_NAMED = {
    "Manufacturer": "paper_manufacturer",
    "ManufacturerModelName": "paper_model_name",
    "MagneticFieldStrength": "paper_field_strength",
    "KVP": "paper_tube_voltage",
    "RepetitionTime": "paper_line_repetition_time",
    "EchoTime": "paper_line_echo_time",
    "ScanningSequence": "paper_scanning_sequence",
    "SequenceVariant": "paper_sequence_variant",
    "SeriesDescription": "paper_series_description",
    "ProtocolName": "paper_protocol_name",
}
_SEQUENCE = ("ScanningSequence", "SequenceVariant", "SeriesDescription", "ProtocolName", "EchoTime", "RepetitionTime")


def image_lines(facts: ImageFacts, facet: Facet, language: Language) -> list[str]:
    """The sentences on one side of a picture, in order."""
    image = facts.handle
    match facet:
        case "quality":
            return _quality(facts, language)
        case "modality":
            found = _header(facts, _SEQUENCE, language)
            stated = say("sequence_stated", language, facts=found) if found else say("sequence_unstated", language)
            if facts.source == "dicom":
                return [say("modality_stated", language, image=image, modality=facts.modality.value), stated]
            return [say("modality_unstated", language, image=image), say("sequence_unstated", language)]
        case "scanner":
            found = _header(facts, _SCANNER, language)
            return [say("scanner_stated" if found else "scanner_unstated", language, image=image, facts=found)]
        case "date":
            return [say("date_dicom" if facts.source == "dicom" else "date_raster", language, image=image)]
        case "spacing":
            if facts.spacing is None:
                return [say("spacing_unstated", language, image=image)]
            s = facts.spacing
            row, column = (figure(f"{mm:g}", language) for mm in (s.row_mm, s.column_mm))
            values = {"row": row, "column": column, "source": in_language(s.source.value, language)}
            return [say("spacing_stated", language, image=image, **values)]
        case "orientation":
            o = facts.orientation
            if o is None:
                return [say("orientation_unstated", language, image=image)]
            values = {"left": o.left, "right": o.right, "top": o.top, "bottom": o.bottom}
            return [say("orientation_stated", language, image=image, **values)]
        case _:
            rows, columns = facts.size_rc
            channels = say("colour" if facts.channels == 3 else "grey", language)
            bits = facts.bits_stored
            return [say("size", language, image=image, rows=rows, columns=columns, channels=channels, bits=bits)]


def _quality(facts: ImageFacts, language: Language) -> list[str]:
    q = facts.quality
    contrast = f"{q.contrast:.0%}".replace("%", " %")
    key = "quality_good" if q.readable else "quality_bad"
    sharpness = figure(f"{q.sharpness:.3g}", language)
    lines = [say(key, language, image=facts.handle, sharpness=sharpness, contrast=contrast)]
    if q.issues:
        lines.append(say("quality_issues", language, issues="; ".join(in_language(i, language) for i in q.issues)))
    if not q.readable and q.remedy:
        lines.append(in_language(q.remedy, language))
    return lines


def _header(facts: ImageFacts, keywords: tuple[str, ...], language: Language) -> str:
    held = ((k, facts.header.get(k, "")) for k in keywords)
    return ", ".join(say(_NAMED[k], language, value=_value(v, language)) for k, v in held if v)


def _value(value: str, language: Language) -> str:
    return figure(value, language) if _NUMBER.fullmatch(value) else value
