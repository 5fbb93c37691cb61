"""compare_images: two images of one kind side by side, their findings matched by concept.

It says what each reading holds and never that something changed: no date is kept, and nothing is measured from one
image to the other.
"""

from langchain.tools import ToolRuntime, tool

from assistant.domain.image import Admission, windowed
from assistant.domain.turn import Shown, Status
from assistant.errors import Declined
from assistant.language.asked import asks_for
from assistant.language.comparing import boxes_compared, matched
from assistant.language.narrative import remark
from assistant.reports.overlay import beside
from assistant.tools.context import Outcome, ToolContext
from assistant.tools.disagreement import disagreements
from assistant.tools.looks import box_lesions, read_image
from assistant.tools.tool import Tool

__all__ = ["TOOL"]


@tool(parse_docstring=True)
def compare_images(images: list[str], runtime: ToolRuntime[ToolContext]) -> str:
    """Put two images of one kind side by side and match their findings; it states no change and no growth.

    It reads first what was not read yet, and declines images of two kinds.

    Args:
        images: Handles of the two images, in order of upload, such as ["img1", "img2"].
    """
    context = runtime.context
    pair = tuple(dict.fromkeys(images))[:2]
    for image in pair:
        context.facts(image)
    if len(pair) < 2:
        return _declined(context, pair, context.say("compare_two"))
    first, second = pair
    kinds = [_admitted(context, image) for image in pair]
    if kinds[0].kind != kinds[1].kind:
        titles = {"first_kind": context.kind_words(kinds[0]), "second_kind": context.kind_words(kinds[1])}
        return _declined(context, pair, context.say("compare_other_kinds", first=first, second=second, **titles))
    if context.facts(first).content_sha256 == context.facts(second).content_sha256:
        return _declined(context, pair, context.say("compare_same_file", first=first, second=second))
    read = {image: read_image(context, image) for image in pair}
    boxed = {image: box_lesions(context, image) for image in pair}
    said = [
        *matched((first, second), read, context.language),
        *boxes_compared((first, second), boxed, context.language),
    ]
    said += [s for image in pair for s in disagreements(context, image)]
    handles = dict.fromkeys(h for s in said for h in s.findings)
    no_change = remark(context.say("compare_no_change"))
    said = (
        [no_change, *said]
        if asks_for("change", context.asked)
        else [*said, no_change.model_copy(update={"aside": True})]
    )
    pixels = [windowed(context.pixels(image)) for image in pair]
    artifact = context.put_artifact(beside(pixels[0], pixels[1], (first, second)), "png")
    caption = context.say("compare_caption", first=first, second=second)
    return context.tell(
        Outcome(
            tool="compare_images",
            sentences=tuple(said),
            findings=tuple(handles),
            pictures=(Shown(kind="side_by_side", images=pair, artifact=artifact, caption=caption),),
            chips=tuple(context.say(c) for c in ("chip_summary", "chip_how_sure", "chip_report")),
            summary=", ".join(pair),
        )
    )


def _admitted(context: ToolContext, image: str) -> Admission:
    """The gate's verdict; a refusal names which of the two it is."""
    try:
        return context.admitted(image)
    except Declined as refused:
        raise Declined(context.say("kind_refused", image=image, reason=str(refused))) from refused


def _declined(context: ToolContext, pair: tuple[str, ...], text: str) -> str:
    return context.tell(
        Outcome(
            tool="compare_images",
            ok=False,
            status=Status.DECLINED,
            sentences=(remark(text),),
            chips=(context.say("chip_summary"),),
            summary=", ".join(pair),
        )
    )


TOOL = Tool(
    function=compare_images,
    rank=75,
    needs="image",
    utterances=(
        "compare them",
        "compare the two",
        "compare the two images",
        "compare both scans",
        "compare img1 and img2",
        "compare with the other image",
        "compare to the previous one",
        "compare with the last scan",
        "compare this to the prior study",
        "comparison please",
        "comparison with prior",
        "versus prior",
        "vs last",
        "vs prior",
        "vs previous",
        "what changed",
        "what has changed",
        "what has changed since last time",
        "any change?",
        "any change since the last scan",
        "any interval change",
        "has it changed",
        "is it the same as before",
        "has it grown",
        "did it grow",
        "is it growing",
        "is it bigger than before",
        "is it bigger than last time",
        "has it shrunk",
        "is it smaller than before",
        "is it stable",
        "progression?",
        "any progression or regression",
        "is it better or worse than before",
        "is it getting worse",
        "response to treatment compared with baseline",
        "difference between the two images",
        "what is different between the two scans",
        "what is the difference between img1 and img2",
        "differences between both pictures",
        "side by side",
        "show them side by side",
        "put both images next to each other",
        "before and after",
        "so sánh",
        "so sánh hai ảnh",
        "so sánh với ảnh trước",
        "so sánh ảnh 1 và ảnh 2",
        "có gì thay đổi không",
        "có thay đổi gì so với lần trước không",
        "hai ảnh khác nhau thế nào",
        "khối u có to hơn trước không",
        "có tiến triển không",
        "đặt hai ảnh cạnh nhau",
        "how do these two differ",
        "which of the two looks worse",
        "interval growth",
        "is it any bigger than it was",
        "show img2 next to img1",
        "ảnh 1 với ảnh 2 có gì khác",
        "ảnh này với ảnh kia khác gì",
        "img1 vs img2",
        "first versus second",
        "are these the same",
        "do they show the same thing",
        "is there any progress",
        "has the lesion changed in size",
        "has it changed in size",
    ),
)
