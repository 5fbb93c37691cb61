"""detect_lesions: boxes around lesions: where, which side, how many. Its model has not landed yet."""

from langchain.tools import ToolRuntime, tool

from assistant.tools.context import ToolContext
from assistant.tools.tool import Tool
from assistant.tools.unbuilt import refuse

__all__ = ["TOOL"]


@tool(parse_docstring=True)
def detect_lesions(image: str, runtime: ToolRuntime[ToolContext]) -> str:
    """Box the lesions of one image: where they are, which side, how many.

    It refuses as long as no detector reads this kind of image; a heat map is no location.

    Args:
        image: Handle of the image, such as img1.
    """
    context = runtime.context
    context.admitted(image)
    return refuse(context, "detect_lesions", image, ("chip_where_looked", "chip_how_sure"))


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
