"""explain_finding: where the model looked when it made a finding, as an overlay; never a location."""

from langchain.tools import ToolRuntime, tool

from assistant.domain.turn import Overlay, Status
from assistant.errors import InputError
from assistant.language.narrative import concept_words, remark, rests
from assistant.language.phrasing import percent
from assistant.tools.context import Outcome, ToolContext
from assistant.tools.tool import Tool

__all__ = ["TOOL"]


@tool(parse_docstring=True)
def explain_finding(image: str, finding: str, runtime: ToolRuntime[ToolContext]) -> str:
    """Show why a finding was made: the heat map of where the model looked, laid over the image.

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
    maps = [e for e in found.evidence if e.kind == "saliency"]
    if not maps:
        text = context.say("no_saliency", finding=finding)
        return context.tell(
            Outcome(
                tool="explain_finding", ok=False, status=Status.DECLINED, sentences=(remark(text),), summary=finding
            )
        )
    language = context.language
    p = percent(found.probability) if found.probability is not None else ""
    values = {"finding": finding, "image": image, "method": maps[0].method, "p": p}
    first = context.say(f"looked_{found.presence}", concept=concept_words(found, language), **values)
    return context.tell(
        Outcome(
            tool="explain_finding",
            sentences=(rests(first, finding), rests(context.say("not_an_outline"), finding)),
            findings=(finding,),
            overlays=tuple(Overlay(finding=finding, kind=e.kind, artifact=e.artifact) for e in maps),
            chips=(context.say("chip_how_sure"), context.say("chip_what_else"), context.say("chip_report")),
            summary=f"{finding}, {image}",
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
