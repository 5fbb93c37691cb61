"""Outlines and sizes in sentences. Millimetres only with a scale that somebody states, named with its source."""

from assistant.domain.codes import CODES
from assistant.domain.finding import Finding, Presence
from assistant.domain.geometry import Box, Mask, SpacingSource
from assistant.domain.image import ImageFacts
from assistant.domain.turn import Sentence
from assistant.language.narrative import UNRELIABLE, concept_words, place_kind, rests, scope_out
from assistant.language.phrasing import Language, figure, say

__all__ = ["VESSELS", "band_out", "measured_out", "number", "outline_out", "share_words"]

VESSELS = "retinal vessels"
"""The concept whose outline has a density and no axes."""


def number(value: float, language: Language) -> str:
    """Three significant digits at most; whole from 100 on."""
    return f"{value:.0f}" if value >= 100 else figure(f"{value:.3g}", language)


def share_words(percent_value: float, language: Language) -> str:
    """A share in percent with one decimal below 10; never a bare 0."""
    if percent_value < 0.1:
        return say("share_under", language)
    return figure(f"{percent_value:.1f} %" if percent_value < 10 else f"{percent_value:.0f} %", language)


def outline_out(finding: Finding, language: Language, several: bool = False) -> tuple[Sentence, ...]:
    """A finding of a segmenter: how much is outlined, where it is unsure, how far it goes."""
    where = finding.image if several else place_kind(finding, language)
    concept = concept_words(finding, language)
    if not isinstance(finding.region, Mask):
        key = "none_outlined" if finding.presence is Presence.ABSENT else "none_outlined_open"
        first = rests(say(key, language, concept=concept, where=where), finding.handle)
        return (first, rests(scope_out("scope_absent", finding, language), finding.handle))
    vessels = finding.concept == VESSELS
    share, whole = _share(finding, language)
    key = "outlined_vessels" if vessels else "outlined"
    values = {"concept": concept, "share": share_words(share, language), "whole": whole, "area": finding.region.area_px}
    said = [rests(say(key, language, **values), finding.handle)]
    if finding.presence is Presence.INDETERMINATE:
        said.append(rests(say("patterns_open", language, where=where, items=concept), finding.handle))
    said += band_out(finding, language)
    said += _unreliable(finding, language)
    said.append(rests(scope_out("outline_scope", finding, language), finding.handle, aside=True))
    return tuple(said)


def band_out(finding: Finding, language: Language) -> list[Sentence]:
    """How much of an outline the model is unsure of; nothing where that was not kept."""
    band = finding.measured(CODES["unsure_band"], CODES["percent"])
    if band is None:
        return []
    return [rests(say("outlined_band", language, share=share_words(band, language)), finding.handle)]


def _unreliable(finding: Finding, language: Language) -> list[Sentence]:
    """That an outline was drawn although something hides what it is of, and what."""
    _, marked, why = finding.scope.partition(UNRELIABLE)
    if not marked:
        return []
    reason = say("haze_cataract" if "cataract" in why else "haze_blur", language)
    return [rests(say("outline_unreliable", language, reason=reason), finding.handle)]


def measured_out(
    finding: Finding, facts: ImageFacts, language: Language, pieces: int = 1, several_boxes: bool = False
) -> tuple[Sentence, ...]:
    """The measurements of a finding that `measure_finding` has just stored."""
    if isinstance(finding.region, Box):
        said = _box(finding, facts, language, several_boxes)
    elif finding.concept == VESSELS:
        said = _vessels(finding, facts, language)
    else:
        said = _axes(finding, facts, language, pieces)
    scaled = facts.spacing is not None
    told = (rests(s, finding.handle, aside=scaled and s is said[0]) for s in said)
    return (*told, *_unreliable(finding, language))


def scale_words(facts: ImageFacts, language: Language) -> str:
    """The scale with its source; "" without one."""
    spacing = facts.spacing
    if spacing is None:
        return ""
    row, column = (figure(f"{mm:.4g}", language) for mm in (spacing.row_mm, spacing.column_mm))
    stated = row if row == column else f"{column} x {row}"
    return say(f"scale_{SpacingSource(spacing.source).name}", language, spacing=stated)


def _share(finding: Finding, language: Language) -> tuple[float, str]:
    density = finding.measured(CODES["vessel_density"], CODES["percent"])
    if density is not None:
        return density, say("whole_view", language)
    return finding.measured(CODES["share_of_picture"], CODES["percent"]) or 0.0, say("whole_picture", language)


def _value(finding: Finding, concept: str, unit: str) -> float:
    value = finding.measured(CODES[concept], CODES[unit])
    if value is None:
        raise ValueError(f"{finding.handle} has no {concept} in {unit}")
    return value


def _axes(finding: Finding, facts: ImageFacts, language: Language, pieces: int) -> list[str]:
    said = [
        say(
            "size_axes",
            language,
            long=number(_value(finding, "long_axis", "pixels"), language),
            across=number(_value(finding, "short_axis", "pixels"), language),
            share=share_words(_value(finding, "share_of_picture", "percent"), language),
        )
    ]
    if pieces > 1:
        said.append(say("size_pieces", language, count=pieces))
    if scale := scale_words(facts, language):
        values = {
            "long": number(_value(finding, "long_axis", "millimetre"), language),
            "across": number(_value(finding, "short_axis", "millimetre"), language),
            "area": number(_value(finding, "area", "square_millimetre"), language),
        }
        said.append(say("size_axes_mm", language, scale=scale, **values))
    return said


def _box(finding: Finding, facts: ImageFacts, language: Language, several: bool) -> list[str]:
    values = {
        "handle": finding.handle,
        "width": number(_value(finding, "box_width", "pixels"), language),
        "height": number(_value(finding, "box_height", "pixels"), language),
    }
    said = [say("size_box_of" if several else "size_box", language, **values)]
    if scale := scale_words(facts, language):
        values = {
            "width": number(_value(finding, "box_width", "millimetre"), language),
            "height": number(_value(finding, "box_height", "millimetre"), language),
        }
        said.append(say("size_box_mm", language, scale=scale, **values))
    return said


def _vessels(finding: Finding, facts: ImageFacts, language: Language) -> list[str]:
    share, whole = _share(finding, language)
    area = _value(finding, "area", "pixels")
    said = [say("size_vessels", language, share=share_words(share, language), whole=whole, area=f"{area:.0f}")]
    if scale := scale_words(facts, language):
        area_mm2 = number(_value(finding, "area", "square_millimetre"), language)
        said.append(say("size_vessels_mm", language, scale=scale, area=area_mm2))
    return said
