"""explain_finding: what a finding rests on: the heat map of a classifier with its trust, the box or outline itself.

A heat map is laid over the image and never given as a location. How far it may be trusted is measured on the first
question and kept with it.
"""

from collections.abc import Mapping
from types import MappingProxyType

from langchain.tools import ToolRuntime, tool

from assistant.domain.finding import Evidence, Finding, Presence, ReviewState
from assistant.domain.geometry import Box
from assistant.domain.turn import Overlay, Sentence, Status
from assistant.errors import InputError
from assistant.language.listing import listed
from assistant.language.looking import heat_of, heat_out
from assistant.language.narrative import remark, rests
from assistant.language.phrasing import percent
from assistant.tools.context import Outcome, ToolContext, Trusting
from assistant.tools.looks import region_of
from assistant.tools.tool import Tool

__all__ = ["TOOL"]


@tool(parse_docstring=True)
def explain_finding(image: str, finding: str, runtime: ToolRuntime[ToolContext]) -> str:
    """Show why a finding was made: the heat map of where the model looked, and how far to trust it; or box and outline.

    Use it for "why", "heat map", "saliency", "what did it look at". A heat map is not an outline and no location.

    Args:
        image: Handle of the image that the finding is on, such as img1.
        finding: Handle of the finding to explain, such as F1.
    """
    context = runtime.context
    context.facts(image)
    found = context.finding(finding)
    if found.image != image:
        raise InputError(context.say("finding_elsewhere", finding=finding, image=image, there=found.image))
    found = _with_trust(context, found)
    heat = heat_of(found)
    if heat is None:
        return _without_heat(context, found)
    return _told(context, found, _heat_words(context, found, heat), {found.handle: (heat,)})


def _heat_words(context: ToolContext, found: Finding, heat: Evidence) -> list[Sentence]:
    return heat_out(found, heat, _region(context, found), context.language)


def _region(context: ToolContext, finding: Finding) -> Finding | None:
    """The region of another model for the same concept: its surest box, else its outline."""
    standing = [
        f
        for f in context.session.findings_of(finding.image)
        if f.concept == finding.concept and f.region is not None and f.review.state is not ReviewState.REJECTED
    ]
    standing = [f for f in standing if f.presence is Presence.PRESENT]
    return next((f for f in standing if isinstance(f.region, Box)), standing[0] if standing else None)


def _with_trust(context: ToolContext, found: Finding) -> Finding:
    """The finding with the trust of its heat map measured: once, and again where a region came since."""
    heat, region = heat_of(found), _region(context, found)
    card = context.card(found.model)
    if heat is None or card is None or card.sha256 != found.weights_sha256:
        return found
    if heat.trust is not None and (heat.trust.overlap is not None or region is None):
        return found
    model = context.models.classifier(card.name)
    if not isinstance(model, Trusting):
        return found
    picture = context.pixels(found.image)
    reading = model.read(picture)
    maps = {f.concept: m for f, m in zip(reading.findings, reading.saliency, strict=True)}
    if found.concept not in maps:
        return found
    inside = region_of(context, region) if region is not None else None
    trust = model.trust(picture, found.concept, maps[found.concept], inside)
    evidence = tuple(e.model_copy(update={"trust": trust}) if e is heat else e for e in found.evidence)
    return context.extend(found.model_copy(update={"evidence": evidence}))


def _without_heat(context: ToolContext, found: Finding) -> str:
    """What a box, an outline or a disagreement rests on."""
    card = context.card(found.model)
    if card is None or card.task == "classify":
        if found.is_disagreement:
            between = listed(list(found.between), context.language)
            text = context.say("explain_disagreement", finding=found.handle, between=between)
            return _told(context, found, [rests(text, found.handle, *found.between)])
        text = context.say("no_saliency", finding=found.handle)
        return context.tell(
            Outcome(
                tool="explain_finding",
                ok=False,
                status=Status.DECLINED,
                sentences=(remark(text),),
                summary=found.handle,
            )
        )
    keys = {
        ("detect", True): "explain_box",
        ("detect", False): "explain_no_box",
        ("segment", True): "explain_outline",
        ("segment", False): "explain_no_outline",
    }
    p = percent(found.probability, context.language) if found.probability is not None else ""
    key = keys[card.task, found.region is not None]
    said = [rests(context.say(key, finding=found.handle, image=found.image, p=p), found.handle)]
    if found.region is not None:
        said.append(rests(context.say("no_heat_here"), found.handle))
    drawn = {found.handle: tuple(e for e in found.evidence if e.kind != "saliency")}
    other = _of_the_classifier(context, found)
    if other is not None and (heat := heat_of(other)) is not None:
        said += _heat_words(context, other, heat)
        drawn[other.handle] = (heat,)
    return _told(context, found, said, drawn)


def _of_the_classifier(context: ToolContext, found: Finding) -> Finding | None:
    """The classifier's finding of the same concept, whose heat map says where the first call came from."""
    others = [f for f in context.session.findings_of(found.image) if f.concept == found.concept and heat_of(f)]
    standing = [f for f in others if f.review.state is not ReviewState.REJECTED]
    return _with_trust(context, standing[0]) if standing else None


def _told(
    context: ToolContext,
    found: Finding,
    said: list[Sentence],
    drawn: Mapping[str, tuple[Evidence, ...]] = MappingProxyType({}),
) -> str:
    handles = dict.fromkeys([found.handle, *(h for s in said for h in s.findings)])
    overlays = [Overlay(finding=h, kind=e.kind, artifact=e.artifact) for h, shown in drawn.items() for e in shown]
    return context.tell(
        Outcome(
            tool="explain_finding",
            sentences=tuple(said),
            findings=tuple(handles),
            overlays=tuple(overlays),
            chips=(context.say("chip_how_sure"), context.say("chip_what_else"), context.say("chip_report")),
            summary=f"{found.handle}, {found.image}",
        )
    )


TOOL = Tool(
    function=explain_finding,
    rank=70,
    rests_on_findings=True,
    utterances=(
        "why?",
        "why do you say that",
        "why do you say tumour",
        "why do you think so",
        "why do you think it is a tumour",
        "how come?",
        "how did you come to that",
        "how do you know",
        "what makes you think that",
        "what is the reason",
        "reasoning?",
        "rationale please",
        "explain",
        "explain that",
        "explain this finding",
        "explain your answer",
        "explain the result",
        "justify that",
        "on what grounds",
        "what is that based on",
        "what did it look at",
        "what did the model look at",
        "where did the model look",
        "show me where you looked",
        "where the model looked",
        "what part of the image was important",
        "which region influenced the decision",
        "which pixels mattered",
        "what in the picture made you decide",
        "show the heat map",
        "heatmap please",
        "heat map",
        "saliency map",
        "show saliency",
        "saliency overlay",
        "grad-cam",
        "gradcam overlay",
        "class activation map",
        "attention map",
        "show me the evidence",
        "what evidence do you have",
        "visualise the decision",
        "tại sao?",
        "vì sao",
        "sao vậy",
        "tại sao bạn nghĩ vậy",
        "vì sao bạn cho là có u",
        "giải thích",
        "giải thích kết quả này",
        "dựa vào đâu",
        "căn cứ vào đâu mà nói vậy",
        "bản đồ nhiệt",
        "cho xem bản đồ nhiệt",
        "mô hình nhìn vào đâu",
        "mô hình đã nhìn vào chỗ nào",
        "lý do là gì",
        "overlay the cam",
        "which area did it focus on",
        "which area did the ai focus on",
        "where was its attention",
        "talk me through your reasoning",
        "what led you to that conclusion",
        "for what reason",
        "why would that be a tumour",
        "what convinced you",
        "what are the signs for that",
        "show the hot spots",
        "ai nhìn vào vùng nào",
        "sao lại nghĩ là u",
        "cơ sở nào",
    ),
)
