"""segment_structures: outlines and masks of lesions or vessels. Its model has not landed yet."""

from langchain.tools import ToolRuntime, tool

from assistant.tools.context import ToolContext
from assistant.tools.tool import Tool
from assistant.tools.unbuilt import refuse

__all__ = ["TOOL"]


@tool(parse_docstring=True)
def segment_structures(image: str, runtime: ToolRuntime[ToolContext]) -> str:
    """Outline a structure of one image as a mask: a lesion, an organ, the vessels.

    It refuses as long as no segmentation model reads this kind of image.

    Args:
        image: Handle of the image, such as img1.
    """
    context = runtime.context
    context.admitted(image)
    return refuse(context, "segment_structures", image, ("chip_where_looked", "chip_abilities"))


TOOL = Tool(
    function=segment_structures,
    rank=50,
    utterances=(
        "outline it",
        "outline the tumour",
        "outline the lesion",
        "draw the outline",
        "draw the contour",
        "draw the border",
        "draw the edges of the mass",
        "outline the vessels",
        "show me the vessels",
        "extract the vessels",
        "vessel map",
        "trace the vessels",
        "trace the border",
        "trace it",
        "segment it",
        "segment the tumour",
        "segment the lesion",
        "segmentation please",
        "segmentation of the mass",
        "run the segmentation",
        "give me the mask",
        "mask of the tumour",
        "make a mask",
        "pixel mask please",
        "contour it",
        "contours of the lesion",
        "delineate the tumour",
        "delineate the lesion",
        "mark the margins",
        "margins of the tumour",
        "exact boundary",
        "show the boundary of the lesion",
        "where does the tumour end",
        "segment the brain",
        "segment the ventricles",
        "skull stripping",
        "outline anyway",
        "vẽ đường viền",
        "vẽ viền khối u",
        "vẽ ranh giới",
        "phân đoạn khối u",
        "phân đoạn ảnh",
        "tách khối u ra",
        "tạo mặt nạ",
        "đường bao của khối u",
        "vạch rõ bờ khối u",
        "vẽ mạch máu",
        "phân đoạn mạch máu",
        "draw round its edges",
        "draw a line around the tumour",
        "colour in the tumour",
        "mark the extent of the lesion",
        "khoanh đường bao",
        "tô vùng khối u",
    ),
)
