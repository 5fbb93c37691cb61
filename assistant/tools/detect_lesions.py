"""detect_lesions: boxes around lesions: where, which side, how many. A heat map is never given as a location."""

from langchain.tools import ToolRuntime, tool

from assistant.domain.finding import Evidence, Finding, ReviewState
from assistant.domain.turn import Overlay, Sentence, Status
from assistant.language.asked import asks_for, named_in
from assistant.language.lesions import boxes_out, type_out
from assistant.language.narrative import remark
from assistant.tools.context import Outcome, ToolContext
from assistant.tools.disagreement import disagreements
from assistant.tools.looks import box_lesions
from assistant.tools.tool import Tool

__all__ = ["TOOL"]


@tool(parse_docstring=True)
def detect_lesions(image: str, runtime: ToolRuntime[ToolContext]) -> str:
    """Box the lesions of one image: where they are, which side, how many, and of which type they look.

    It refuses where no detector reads this kind of image; a heat map is no location.

    Args:
        image: Handle of the image, such as img1.
    """
    context = runtime.context
    verdict = context.admitted(image)
    if not context.cards("detect", verdict.kind):
        text = context.say("no_detector", kind=context.kind_words(verdict))
        chips = tuple(context.say(k) for k in ("chip_where_looked", "chip_how_sure"))
        return context.tell(
            Outcome(
                tool="detect_lesions",
                ok=False,
                status=Status.DECLINED,
                sentences=(remark(text),),
                chips=chips,
                summary=image,
            )
        )
    findings = box_lesions(context, image)
    said = [s for name in dict.fromkeys(f.model for f in findings) for s in _said(context, image, findings, name)]
    told = disagreements(context, image)
    handles = dict.fromkeys([*(f.handle for f in findings), *(h for s in told for h in s.findings)])
    return context.tell(
        Outcome(
            tool="detect_lesions",
            sentences=(*said, *told),
            findings=tuple(handles),
            overlays=tuple(Overlay(finding=f.handle, kind=e.kind, artifact=e.artifact) for f, e in _boxes(findings)),
            chips=_chips(context, image, findings),
            summary=image,
        )
    )


def _said(context: ToolContext, image: str, findings: tuple[Finding, ...], model: str) -> tuple[Sentence, ...]:
    """One detector's answer; the place is what is asked, unless the type is."""
    own = [f for f in findings if f.model == model]
    scoped = any(f.scope and f.region is None and f.concept == own[0].concept for f in _read(context, image, own))
    side = asks_for("side", context.asked)
    lobes = (remark(context.say("no_lobe")),) if asks_for("lobe", context.asked) else ()
    said = boxes_out(own, context.facts(image), context.language, len(context.session.images) > 1, scoped, side)
    if not (asks_for("kind", context.asked) or named_in(context.asked, (k.name for f in own for k in f.kinds))):
        return (*lobes, *said)
    types = [type_out(f, context.language, alone=False) for f in own if f.kinds]
    alone = {type_out(f, context.language, alone=True).text for f in own if f.kinds}
    rest = [s.model_copy(update={"aside": True}) for s in said if s not in types and s.text not in alone]
    return (*lobes, *types, *rest) if types else (*lobes, *said)


def _read(context: ToolContext, image: str, own: list[Finding]) -> list[Finding]:
    """What other models found on the image."""
    return [f for f in context.session.findings_of(image) if f.model not in {o.model for o in own}]


def _boxes(findings: tuple[Finding, ...]) -> list[tuple[Finding, Evidence]]:
    return [(f, e) for f in findings for e in f.evidence if e.kind == "box"]


def _chips(context: ToolContext, image: str, findings: tuple[Finding, ...]) -> tuple[str, ...]:
    boxed = [f for f in findings if f.region is not None]
    keys = ["chip_how_big"] if boxed else ["chip_where_looked"]
    if boxed and context.cards("segment", context.admitted(image).kind):
        keys.append("chip_outline")
    chips = [context.say(k) for k in (*keys, "chip_how_sure")]
    chips += [
        context.say("chip_accept", finding=f.handle) for f in boxed[:1] if f.review.state is ReviewState.UNREVIEWED
    ]
    return (*chips, context.say("chip_report"))


TOOL = Tool(
    function=detect_lesions,
    rank=40,
    utterances=(
        "where is it?",
        "where is the tumour",
        "where is the lesion",
        "where exactly",
        "where does it sit",
        "where do you see it",
        "whereabouts",
        "location?",
        "location of the mass",
        "locate the lesion",
        "localise the tumour",
        "find the lesion",
        "show me where",
        "show me where it is",
        "show me the lesion",
        "show me the tumour",
        "point it out",
        "point at it",
        "mark it",
        "mark the tumour on the image",
        "which side is it on",
        "which side?",
        "left or right?",
        "is it left or right sided",
        "which lobe",
        "which hemisphere",
        "which half of the image",
        "which quadrant is it in",
        "how many lesions",
        "how many tumours are there",
        "how many are there",
        "count the lesions",
        "one lesion or several",
        "is there more than one",
        "single or multiple",
        "are there other lesions",
        "draw a box around it",
        "box it",
        "bounding box",
        "bounding boxes please",
        "detect the lesions",
        "run the detector",
        "circle it",
        "circle the lesion",
        "draw a circle around the mass",
        "put an arrow on it",
        "highlight the lesion",
        "ở đâu?",
        "khối u ở đâu",
        "khối u nằm ở đâu",
        "vị trí khối u",
        "vị trí ở đâu",
        "bên nào",
        "bên trái hay bên phải",
        "nằm ở bán cầu nào",
        "có mấy khối u",
        "có bao nhiêu tổn thương",
        "khoanh vùng khối u",
        "khoanh lại cho tôi",
        "đóng khung tổn thương",
        "chỉ cho tôi chỗ đó",
        "đánh dấu vị trí tổn thương",
        "in which part of the brain",
        "which part of the brain is affected",
        "frontal or temporal",
        "is there just the one",
        "just one or several",
        "put a ring around it",
        "is it in the cerebellum",
        "supratentorial or infratentorial",
        "how far from the midline",
        "is it central or peripheral",
        "left or right",
        "nó nằm bên trái hay bên phải",
        "ở thuỳ nào",
        "chỉ vị trí giúp tôi",
        "u nằm chỗ nào",
    ),
)
