"""enhance_image: a clearer view of an image. Not built yet; the viewer's own window, zoom and invert are there."""

from langchain.tools import ToolRuntime, tool

from assistant.tools.context import ToolContext
from assistant.tools.tool import Tool
from assistant.tools.unbuilt import refuse

__all__ = ["TOOL"]


@tool(parse_docstring=True)
def enhance_image(image: str, runtime: ToolRuntime[ToolContext]) -> str:
    """Show one image sharper, brighter, with more contrast, another window, less noise, or inverted.

    It refuses until it is built; the viewer changes window, zoom and inversion by hand.

    Args:
        image: Handle of the image, such as img1.
    """
    context = runtime.context
    context.facts(image)
    return refuse(context, "enhance_image", image, ("chip_quality",))


TOOL = Tool(
    function=enhance_image,
    rank=20,
    needs="image",
    utterances=(
        "make it sharper",
        "sharpen it",
        "sharpen the image",
        "enhance the image",
        "enhance it",
        "enhance the contrast",
        "more contrast",
        "increase the contrast",
        "improve the contrast",
        "improve the image",
        "improve the picture quality",
        "adjust the contrast",
        "adjust the brightness",
        "make it brighter",
        "make it darker",
        "brighten the image",
        "darken it",
        "too dark, lighten it",
        "change the window",
        "change window and level",
        "set a brain window",
        "narrower window",
        "wider window please",
        "window it",
        "remove the noise",
        "denoise",
        "denoise the image",
        "reduce the noise",
        "clean up the picture",
        "smooth it",
        "filter the image",
        "deblur it",
        "invert it",
        "invert the image",
        "invert the grey scale",
        "negative of the image",
        "black and white inverted",
        "histogram equalisation",
        "apply clahe",
        "zoom in",
        "enlarge the image",
        "crop to the lesion",
        "rotate the image",
        "flip it",
        "colour map",
        "upscale the picture",
        "super resolution",
        "làm rõ ảnh",
        "làm nét ảnh",
        "làm ảnh nét hơn",
        "làm sáng ảnh",
        "tăng tương phản",
        "tăng độ sáng",
        "khử nhiễu",
        "giảm nhiễu",
        "đảo màu ảnh",
        "chỉnh cửa sổ",
        "phóng to ảnh",
        "i can hardly see anything",
        "i can not see anything on it",
        "too dark to see",
        "crisp it up",
        "show a negative",
        "increase brightness",
        "lighten the picture",
        "more brightness",
        "stretch the grey levels",
        "bone window",
        "chỉnh sáng lên",
        "ảnh tối quá chỉnh lại",
        "phóng to lên",
        "less grainy please",
        "reduce the grain",
    ),
)
