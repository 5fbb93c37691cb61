"""measure_finding: sizes of a region. No model gives a region to measure yet."""

from langchain.tools import ToolRuntime, tool

from assistant.tools.context import ToolContext
from assistant.tools.tool import Tool
from assistant.tools.unbuilt import refuse

__all__ = ["TOOL"]


@tool(parse_docstring=True)
def measure_finding(image: str, runtime: ToolRuntime[ToolContext], finding: str = "") -> str:
    """Measure the region of a finding: diameter, area, share of the picture, density.

    It refuses as long as no model gives a region; nothing is measured on a heat map.

    Args:
        image: Handle of the image, such as img1.
        finding: Handle of the finding to measure, such as F1; empty for the main one of the image.
    """
    context = runtime.context
    context.admitted(image)
    if finding:
        context.finding(finding)
    return refuse(context, "measure_finding", finding or image, ("chip_where_looked", "chip_how_sure"))


TOOL = Tool(
    function=measure_finding,
    rank=60,
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
