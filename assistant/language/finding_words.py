"""Finding -> words on paper, by rule: observation, what its number means, where, how big, how far it goes.

No sentence claims more than its finding holds. Texts of the manifest come in the reader's language where
`prompts/concepts.toml` has them; numbers carry that language's decimal mark.
"""

from assistant.domain.codes import CODES
from assistant.domain.finding import Finding, Measurement, Presence
from assistant.domain.geometry import Box, Mask, SpacingSource
from assistant.domain.image import ImageFacts
from assistant.language.concepts import in_language, kind_name
from assistant.language.listing import listed
from assistant.language.narrative import UNRELIABLE, concept_words, probability_of
from assistant.language.phrasing import Language, capital, certainty, figure, percent, say, stopped
from assistant.language.sizes import VESSELS, number

__all__ = [
    "finding_words",
    "half_words",
    "measured_words",
    "presence_words",
    "scope_words",
    "set_words",
    "size_words",
]

_UNITS = {"1": "", "{pixel}": "px", "{pixels}": "px", "[px]": "px", "mm2": "mm²", "cm2": "cm²", "deg": "°"}
_AXES = ("long_axis", "short_axis")
_SIDES_OF_BOX = ("box_width", "box_height")


def presence_words(finding: Finding, language: Language = "en") -> str:
    """What was observed, with the certainty word that its probability allows; no full stop."""
    p = finding.probability
    values = {
        "concept": concept_words(finding, language),
        "place": say("paper_slice" if "slice" in finding.scope.lower() else "paper_image", language),
    }
    if finding.is_disagreement:
        return say("paper_disagree", language, between=listed(list(finding.between), language), **values)
    if finding.concept == VESSELS and isinstance(finding.region, Mask):
        return say("paper_vessels", language, **values)
    if finding.presence is Presence.ABSENT:
        return say("paper_absent", language, **values)
    if finding.presence is Presence.INDETERMINATE:
        rest = "paper_rest_possible" if p is not None and 0.2 <= p <= 0.8 else "paper_rest_open"
        return say("paper_indeterminate", language, rest=say(rest, language), **values)
    if p is None:
        return say("paper_marked", language, **values)
    if not certainty(p):
        return say("paper_faint", language, **values)
    return say("paper_present", language, word=say(f"word_{certainty(p)}", language), **values)


def finding_words(finding: Finding, facts: ImageFacts | None = None, language: Language = "en") -> str:
    """A model's finding in full sentences: observation, what the number means, where, how big, scope."""
    said = presence_words(finding, language)
    if finding.probability is not None:
        said += f" ({percent(finding.probability, language)})"
    absent = finding.presence is Presence.ABSENT
    parts = [capital(say("paper_covers_no_more", language, said=said) if absent else f"{said}.")]
    parts += [_meaning(finding, language), _where(finding, facts, language)]
    if finding.kinds:
        parts.append(_types(finding, language))
    if finding.measurements:
        key = "paper_size_box" if isinstance(finding.region, Box) else "paper_size"
        parts += [say(key, language, size=size_words(finding, language)), _scale(finding, facts, language)]
    if finding.scope:
        parts.append(say("paper_scope", language, scope=stopped(scope_words(finding, language))))
    return " ".join(p for p in parts if p)


def scope_words(finding: Finding, language: Language = "en") -> str:
    """What was looked at and for, with what makes an outline unreliable."""
    if language == "en" or not finding.scope:
        return finding.scope
    if finding.is_disagreement:
        return say("paper_scope_apart", language, between=listed(list(finding.between), language))
    scope, marked, why = finding.scope.partition(UNRELIABLE)
    said = in_language(scope, language)
    if not marked:
        return said
    reason = say("haze_cataract" if "cataract" in why else "haze_blur", language)
    return say("paper_scope_unreliable", language, scope=said, reason=reason)


def set_words(finding: Finding, language: Language = "en") -> str:
    """The prediction set in words: what the model could not rule out at its stated coverage."""
    if not finding.prediction_set:
        return say("paper_set_none", language)
    said = listed([say(f"paper_presence_{p}", language) for p in finding.prediction_set], language, "or")
    if not finding.coverage:
        return said
    return say("paper_set_coverage", language, set=said, coverage=percent(finding.coverage, language))


def size_words(finding: Finding, language: Language = "en") -> str:
    """Axes or sides first, then what else was measured; else the sides of the box in pixels, else ''."""
    pairs = [(p, u) for p in (_AXES, _SIDES_OF_BOX) for u in ("pixels", "millimetre") if _pair(finding, p, u)]
    if pairs:
        said = [f"{_pair(finding, p, u)} {_UNITS.get(CODES[u].value, CODES[u].value)}" for p, u in pairs]
        paired = [CODES[c] for c in (*_AXES, *_SIDES_OF_BOX)]
        rest = [measured_words(m, language) for m in finding.measurements if m.concept not in paired]
        what = "paper_axes" if pairs[0][0] == _AXES else "paper_box"
        return "; ".join([say(what, language, values=figure(", ".join(said), language)), *rest])
    if finding.measurements:
        return "; ".join(measured_words(m, language) for m in finding.measurements)
    if finding.region:
        x0, y0, x1, y1 = finding.region.bounds.xyxy
        return say("paper_box", language, values=f"{x1 - x0:.0f} x {y1 - y0:.0f} px")
    return ""


def measured_words(measurement: Measurement, language: Language = "en") -> str:
    code = measurement.unit.value
    unit = _UNITS.get(code, code.strip("{}[]"))
    value = number(measurement.value, language)
    meaning = in_language(measurement.concept.meaning, language)
    return f"{meaning[:1].lower()}{meaning[1:]} {value} {unit}".rstrip()


def _pair(finding: Finding, concepts: tuple[str, str], unit: str) -> str:
    """'118 x 86', where both were measured."""
    values = [finding.measured(CODES[c], CODES[unit]) for c in concepts]
    return " x ".join(f"{v:.3g}" if v < 100 else f"{v:.0f}" for v in values if v is not None) if all(values) else ""


def _scale(finding: Finding, facts: ImageFacts | None, language: Language) -> str:
    """Whose scale the millimetres rest on, where that is not the file's plain pixel spacing."""
    if facts is None or facts.spacing is None or not any(m.unit.value.startswith("mm") for m in finding.measurements):
        return ""
    if facts.spacing.source is SpacingSource.USER:
        return say("paper_scale_user", language)
    if facts.spacing.source is SpacingSource.IMAGER_PIXEL_SPACING:
        return say("paper_scale_detector", language)
    return ""


def _types(finding: Finding, language: Language) -> str:
    """Which kind of the concept it looks like, and which are not ruled out."""
    best = finding.kinds[0]
    if best.probability < 0.5:
        items = [
            f"{kind_name(k.name, language)} ({percent(k.probability, language)})"
            for k in finding.kinds
            if k.in_set or k is best
        ]
        return say("paper_types_open", language, items=listed(items, language))
    others = [kind_name(k.name, language) for k in finding.kinds[1:] if k.in_set]
    key = "paper_type" if not others else "paper_type_and" if len(others) == 1 else "paper_type_and_more"
    values = {"kind": kind_name(best.name, language), "p": percent(best.probability, language)}
    return say(key, language, others=listed(others, language), **values)


def _meaning(finding: Finding, language: Language) -> str:
    if finding.probability is None or not finding.probability_of:
        return ""
    of = in_language(finding.probability_of.rstrip(". "), language)
    if language != "en" and of == finding.probability_of.rstrip(". "):
        of = probability_of(finding, language)
    values = {"p": capital(percent(finding.probability, language)), "of": of}
    if finding.prevalence is None:
        return say("paper_meaning_unstated", language, **values)
    return say("paper_meaning", language, prevalence=percent(finding.prevalence, language), **values)


def _where(finding: Finding, facts: ImageFacts | None, language: Language) -> str:
    if finding.region is None or finding.concept == VESSELS:
        return ""
    box = finding.region.bounds
    edges = {"x0": f"{box.x0:.0f}", "x1": f"{box.x1:.0f}", "y0": f"{box.y0:.0f}", "y1": f"{box.y1:.0f}"}
    where = f"{half_words(box, facts, language)} " if facts else ""
    key = "paper_outlined" if isinstance(finding.region, Mask) else "paper_boxed"
    return say(key, language, where=where, corners=say("paper_corners", language, **edges))


def half_words(box: Box, facts: ImageFacts, language: Language, short: bool = False) -> str:
    """Which half of the image, and whose side that is where the file says."""
    middle = (box.x0 + box.x1) / 2 / facts.size_rc[1]
    side = "left" if middle < 0.45 else "right" if middle > 0.55 else ""
    half = say(f"paper_half_{side}", language)
    letters = facts.orientation
    patient = getattr(letters, side)[:1] if letters and side else ""
    if patient in ("R", "L"):
        return say(f"paper_patient_{patient}", language, half=half)
    return say("paper_half_unknown" if short else "paper_patient_unknown", language, half=half) if side else half
