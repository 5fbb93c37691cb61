"""measure_finding: how big: axes and area of an outline, the sides of a box named so, the density of vessels.

It draws what it measures first where that is missing. Nothing is measured on a heat map; millimetres need a scale that
the file or the reader states.
"""

import re

from langchain.tools import ToolRuntime, tool
from pydantic import JsonValue

from assistant.domain.codes import CODES
from assistant.domain.finding import Finding, Measurement, ReviewState
from assistant.domain.geometry import Box, Mask, Spacing, SpacingSource
from assistant.domain.image import ImageFacts
from assistant.domain.shape import Axes, axes, pieces
from assistant.domain.turn import Overlay, Sentence, Status
from assistant.language.asked import asks_for
from assistant.language.narrative import remark
from assistant.language.normal import folded, has_any
from assistant.language.sizes import VESSELS, measured_out
from assistant.tools.context import Outcome, ToolContext
from assistant.tools.disagreement import disagreements
from assistant.tools.looks import box_lesions, kept, mask_of, outline_structure
from assistant.tools.segment_structures import chosen_card, hiding
from assistant.tools.tool import Tool

__all__ = ["TOOL"]

_SCALE = (
    re.compile(
        r"(\d+(?:[.,]\d+)?)\s?mm\s?(?:per|a|each|an|/|for (?:a|each|every)|moi|cho moi|tren|mot)"
        r"\s?(?:pixels?|px|diem anh)"
    ),
    re.compile(r"(?:pixels?|px|diem anh)(?: spacing| size)?(?: is| are| la| =|:)?\s?(?:of )?(\d+(?:[.,]\d+)?)\s?mm\b"),
    re.compile(
        r"(?:spacing|scale|khoang cach(?: diem anh)?|ti le|ty le)"
        r"(?: (?:of|for|in|cua|cho) (?:both|all|each|them|these|the two|ca hai|hai|tat ca|cac)"
        r"(?: of them| images?| pictures| anh| phim)?)?"
        r"(?: is| la| =|:)?\s?(?:of )?(\d+(?:[.,]\d+)?)\s?mm\b"
    ),
)
_BARE = re.compile(r"(?<![\d.,])(0[.,]\d{1,4})(?![.,]?\d)(?!\s?(?:cm|%|percent))")
_RANKS = ("large", "high", "low", "too much", "too little", "cao khong", "thap khong", "co lon khong", "cao hay thap")
_AMENDS = (
    "not", "meant", "mean", "said", "sorry", "wrong", "actually", "correction", "should be", "instead", "nham",
    "khong phai", "y toi", "moi dung", "sua lai", "phai la",
)  # fmt: skip
_VESSEL_WORDS = ("vessel", "vessels", "vascular", "vessel density", "mach mau", "mach", "mat do mach")
_SANE_MM = (0.0005, 20.0)
_OWN_SCALE = (SpacingSource.PIXEL_SPACING, SpacingSource.ULTRASOUND_REGION)


def _arguments(clause: str) -> dict[str, JsonValue]:
    words = folded(clause)
    found: dict[str, JsonValue] = {}
    scale = next((m for pattern in _SCALE if (m := pattern.search(words))), None)
    if scale is not None:
        found["spacing_mm"] = float(scale.group(1).replace(",", "."))
    if has_any(words, _VESSEL_WORDS):
        found["structure"] = "vessels"
    return found


@tool(parse_docstring=True)
def measure_finding(
    image: str,
    runtime: ToolRuntime[ToolContext],
    finding: str = "",
    structure: str = "",
    spacing_mm: float = 0.0,
) -> str:
    """Measure a region: longest axis and width across it, area, share of the picture; density of vessels.

    It outlines or boxes first what it needs. Millimetres come only with a pixel spacing that file or person states.

    Args:
        image: Handle of the image, such as img1.
        finding: Handle of the finding to measure, such as F1; empty for the main one of the image.
        structure: "vessels" for the vessels of the retina, whatever finding is named; else empty.
        spacing_mm: Millimetres per pixel as the person states it; 0 where none was stated.
    """
    context = runtime.context
    verdict = context.admitted(image)
    named = context.finding(finding) if finding else None
    stated = spacing_mm or _amended(context, image)
    said: list[Sentence] = list(_scaled(context, image, stated)) if stated else []
    if (structure == "vessels" or (named and named.concept == VESSELS)) and _ranked(context.asked):
        said.append(remark(context.say("untold_range")))
    concept = _concept(context, verdict.kind, named, structure)
    targets, held_back = _regions(context, image, verdict.kind, named, concept)
    if not targets:
        return _nothing(context, image, concept, said + held_back)
    facts = context.facts(image)
    several = len(targets) > 1
    measured: list[Finding] = []
    for target in targets:
        values, count = _values(context, target, facts)
        after = target.model_copy(update={"measurements": values})
        after = context.extend(after) if after != target else after
        measured.append(after)
        said += measured_out(after, facts, context.language, count, several)
    if facts.spacing is None and concept != VESSELS:
        said.append(Sentence(text=context.say("spacing_unstated", image=image), rests_on="image"))
        said.append(remark(context.say("no_scale")))
    told = disagreements(context, image)
    handles = dict.fromkeys([*(f.handle for f in measured), *(h for s in told for h in s.findings)])
    drawn = [(f, e) for f in measured for e in f.evidence if e.kind in ("box", "outline")]
    return context.tell(
        Outcome(
            tool="measure_finding",
            sentences=(*said, *told),
            findings=tuple(handles),
            overlays=tuple(Overlay(finding=f.handle, kind=e.kind, artifact=e.artifact) for f, e in drawn),
            chips=tuple(context.say(c) for c in ("chip_how_sure", "chip_report")),
            summary=", ".join(f.handle for f in measured),
        )
    )


def _ranked(asked: str) -> bool:
    """Whether a value is asked to be called normal, high or low."""
    return "?" in asked and (asks_for("health", asked) or has_any(folded(asked), _RANKS))


def _amended(context: ToolContext, image: str) -> float:
    """The scale that a reader who had stated one now states instead: "I said 0.4, not 0.5"; 0 where there is none."""
    spacing, words = context.facts(image).spacing, folded(context.asked)
    if spacing is None or spacing.source is not SpacingSource.USER or not has_any(words, _AMENDS):
        return 0.0
    told = {float(n.replace(",", ".")) for n in _BARE.findall(words)} - {spacing.row_mm}
    return told.pop() if len(told) == 1 else 0.0


def _scaled(context: ToolContext, image: str, stated: float) -> tuple[Sentence, ...]:
    """Keep the scale that the reader states, unless the file states its own or the value can't be."""
    facts = context.facts(image)
    if not _SANE_MM[0] <= stated <= _SANE_MM[1]:
        return (remark(context.say("scale_absurd", stated=f"{stated:g}")),)
    if facts.spacing is not None and facts.spacing.source in _OWN_SCALE:
        text = context.say("scale_kept", image=image)
        return (Sentence(text=text, rests_on="image"),)
    spacing = Spacing(row_mm=stated, column_mm=stated, source=SpacingSource.USER)
    context.know(facts.model_copy(update={"spacing": spacing}))
    return ()


def _concept(context: ToolContext, kind: str, named: Finding | None, structure: str) -> str:
    """What is to be measured: the vessels where they are named, the finding's concept, else what is drawn here."""
    if structure == "vessels":
        return VESSELS
    if named is not None:
        return named.concept
    drawing = (*context.cards("segment", kind), *context.cards("detect", kind))
    reading = context.cards("classify", kind)
    return drawing[0].concept if drawing else reading[0].concept if reading else ""


def _regions(
    context: ToolContext, image: str, kind: str, named: Finding | None, concept: str
) -> tuple[list[Finding], list[Sentence]]:
    """Outlined findings of the concept, made first where a model can; else its boxes. And why none was drawn."""
    if named is not None and isinstance(named.region, Mask) and named.concept == concept:
        return [named], []
    drawn = [f for f in _standing(context, image, concept) if isinstance(f.region, Mask) and _meets(named, f)]
    if drawn:
        return drawn[:1], []
    card = chosen_card(context, kind)
    if card is not None and card.concept == concept and not kept(context, image, card):
        if (veil := hiding(context, image, card)) is not None:
            return [], [*veil[0], remark(context.say("haze_anyway"))]
        outlined = outline_structure(context, image, card)
        if isinstance(outlined.region, Mask) and _meets(named, outlined):
            return [outlined], []
    if named is not None and isinstance(named.region, Box):
        return [named], []
    box_lesions(context, image)
    return [f for f in _standing(context, image, concept) if isinstance(f.region, Box)], []


def _standing(context: ToolContext, image: str, concept: str) -> list[Finding]:
    found = (f for f in context.session.findings_of(image) if f.concept == concept)
    return [f for f in found if f.review.state is not ReviewState.REJECTED]


def _meets(named: Finding | None, outlined: Finding) -> bool:
    """Whether an outline lies in the box that was asked about; any does where no box was."""
    if named is None or named.region is None or outlined.region is None:
        return True
    a, b = named.region.bounds, outlined.region.bounds
    return min(a.x1, b.x1) > max(a.x0, b.x0) and min(a.y1, b.y1) > max(a.y0, b.y0)


def _values(context: ToolContext, finding: Finding, facts: ImageFacts) -> tuple[tuple[Measurement, ...], int]:
    """All measurements of a finding, those of the look itself kept, and the number of pieces."""
    kept_ones = ("share_of_picture", "vessel_density", "unsure_band")
    before = tuple(m for m in finding.measurements if m.concept in [CODES[c] for c in kept_ones])
    if isinstance(finding.region, Box):
        return _sides(finding.region, facts.spacing), 1
    if not isinstance(finding.region, Mask):
        raise ValueError(f"{finding.handle} has no region")
    area = float(finding.region.area_px)
    made = [_of("area", area, "pixels")]
    if facts.spacing is not None:
        made.append(_of("area", area * facts.spacing.row_mm * facts.spacing.column_mm, "square_millimetre"))
    if finding.concept == VESSELS:
        return (*made, *before), 1
    parts = pieces(mask_of(context, finding.region))
    made = [*_lengths(axes(parts[0]), "pixels"), *made]
    if facts.spacing is not None:
        made += _lengths(axes(parts[0], facts.spacing.row_mm, facts.spacing.column_mm), "millimetre")
    return (*made, *before), len(parts)


def _lengths(found: Axes, unit: str) -> list[Measurement]:
    return [_of("long_axis", found.long, unit), _of("short_axis", found.across, unit)]


def _sides(box: Box, spacing: Spacing | None) -> tuple[Measurement, ...]:
    width, height = box.x1 - box.x0, box.y1 - box.y0
    made = [_of("box_width", width, "pixels"), _of("box_height", height, "pixels")]
    if spacing is not None:
        made.append(_of("box_width", width * spacing.column_mm, "millimetre"))
        made.append(_of("box_height", height * spacing.row_mm, "millimetre"))
    return tuple(made)


def _of(concept: str, value: float, unit: str) -> Measurement:
    return Measurement(concept=CODES[concept], value=value, unit=CODES[unit])


def _nothing(context: ToolContext, image: str, concept: str, said: list[Sentence]) -> str:
    """Why there is nothing to measure, with the look that says so."""
    kind = context.admitted(image).kind
    drawing = (*context.cards("segment", kind), *context.cards("detect", kind))
    looked = [f for f in context.session.findings_of(image) if f.model in {c.name for c in drawing}]
    if not any(s.findings or s.rests_on == "image" for s in said):
        key = "why_none_found" if any(c.concept == concept for c in drawing) else "why_no_model"
        said.append(remark(context.say("nothing_to_measure", image=image, why=context.say(key))))
        if key == "why_no_model" and any(c.concept == VESSELS for c in drawing):
            said.append(remark(context.say("vessels_instead")))
    rested = [f.handle for f in looked if f.concept == concept]
    return context.tell(
        Outcome(
            tool="measure_finding",
            ok=False,
            status=Status.DECLINED,
            sentences=tuple(said),
            findings=tuple(dict.fromkeys([*(h for s in said for h in s.findings), *rested])),
            chips=tuple(context.say(c) for c in ("chip_where_looked", "chip_how_sure")),
            summary=image,
        )
    )


TOOL = Tool(
    function=measure_finding,
    rank=60,
    fill=_arguments,
    utterances=(
        "how big?",
        "how big is it",
        "how big is the tumour",
        "how large is it",
        "how large is the lesion",
        "how wide is it",
        "how long is it",
        "how small is it",
        "size?",
        "size of the tumour",
        "size of the lesion",
        "what size is the mass",
        "what is its size",
        "measure it",
        "measure the tumour",
        "measure the lesion",
        "take a measurement",
        "measurements please",
        "size up the lesion",
        "diameter?",
        "what is the diameter",
        "largest diameter",
        "longest axis",
        "maximum dimension of the mass",
        "dimensions of the lesion",
        "area of the lesion",
        "what is the area",
        "volume?",
        "tumour volume",
        "how many millimetres",
        "how many mm",
        "how many cm is it",
        "how many pixels is the lesion",
        "what share of the picture",
        "what fraction of the brain is it",
        "what percentage of the brain does the tumour take up",
        "density of the lesion",
        "how dense are the vessels",
        "how dense is the vessel tree",
        "mạch máu dày đặc cỡ nào",
        "mean intensity in the lesion",
        "hounsfield units of the lesion",
        "cross section of the mass",
        "0.5 mm per pixel",
        "the spacing is 0.5 mm per pixel",
        "bidimensional product",
        "to bao nhiêu",
        "khối u to bao nhiêu",
        "lớn bao nhiêu",
        "khối u lớn cỡ nào",
        "kích thước khối u",
        "kích thước tổn thương bao nhiêu",
        "đo khối u",
        "đo kích thước",
        "đường kính bao nhiêu",
        "diện tích bao nhiêu",
        "thể tích khối u",
        "bao nhiêu mm",
        "give me the dimensions of the mass",
        "how many centimetres does it span",
        "long axis and short axis",
        "cross-sectional area",
        "is it bigger than 3 cm",
        "is it a big one",
        "u này bao nhiêu cm",
        "đo giúp kích thước u",
        "how much space does it take",
    ),
)
