"""compare_images: two images side by side. Not built yet."""

from langchain.tools import ToolRuntime, tool

from assistant.tools.context import ToolContext
from assistant.tools.tool import Tool
from assistant.tools.unbuilt import refuse

__all__ = ["TOOL"]


@tool(parse_docstring=True)
def compare_images(images: list[str], runtime: ToolRuntime[ToolContext]) -> str:
    """Put two images side by side and say what differs between their findings.

    It refuses until it is built.

    Args:
        images: Handles of the two images, in order of upload, such as ["img1", "img2"].
    """
    context = runtime.context
    for image in images:
        context.facts(image)
    return refuse(context, "compare_images", ", ".join(images), ("chip_summary",))


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
