"""enhance_image: a clearer copy of an image, shown beside the original; no model ever reads it."""

import re

from langchain.tools import ToolRuntime, tool
from pydantic import JsonValue

from assistant.domain.image import Image, windowed
from assistant.domain.turn import Sentence, Shown, Status
from assistant.language.listing import listed
from assistant.language.narrative import remark
from assistant.language.normal import folded, has_any
from assistant.language.phrasing import figure
from assistant.reports.overlay import beside
from assistant.tools.context import Outcome, ToolContext
from assistant.tools.enhancing import OPERATIONS, PRESETS, Operation, enhanced, in_hounsfield, window_of
from assistant.tools.tool import Tool

__all__ = ["TOOL"]

_CUES: dict[Operation, tuple[str, ...]] = {
    "window": ("window", "windowing", "level", "grey levels", "cua so"),
    "contrast": ("contrast", "enhance", "improve", "better", "clearer", "clean up", "hardly see", "not see", "crisp",
                 "equalisation", "equalization", "stretch", "tuong phan", "ro", "ro hon", "ro net", "tang cuong",
                 "flat", "dull", "punch", "pop", "washed out", "grey", "greyish", "murky", "nicer", "squashed",
                 "autocontrast", "de nhin", "kho nhin"),
    "brighter": ("brighter", "brightness", "brighten", "lighten", "lighter", "too dark", "dark", "sang", "sang hon",
                 "sang len", "do sang", "toi qua", "dim", "lit", "tang sang", "can sang", "underexposed"),
    "darker": ("darker", "darken", "too bright", "toi hon", "toi di", "toi bot", "sang qua", "choi", "giam sang",
               "tone it down", "overexposed"),
    "clahe": ("clahe", "adaptive", "histogram", "local contrast", "equalisation", "equalization", "cuc bo"),
    "denoise": ("noise", "denoise", "noisy", "grain", "grainy", "smooth", "filter", "clean up", "despeckle",
                "nhieu", "graininess",
                "khu nhieu", "giam nhieu", "lam min", "bot hat"),
    "sharpen": ("sharpen", "sharper", "sharp", "crisp", "sharpening", "deblur", "blurry", "fuzzy", "edges", "net",
                "lam net", "net hon",
                "sac net"),
    "invert": ("invert", "inverted", "inverse", "negative", "reverse", "inversion", "flip black and white",
               "swap black and white",
               "black and white", "dao mau", "dao den trang", "dao trang den", "am ban", "dao nguoc"),
}  # fmt: skip
_VIETNAMESE = {
    "brain": ("cua so nao",),
    "bone": ("cua so xuong",),
    "lung": ("cua so phoi",),
    "mediastinum": ("cua so trung that",),
    "abdomen": ("cua so bung", "cua so o bung"),
    "liver": ("cua so gan",),
}
_WINDOWS = (
    *((name, (name, *_VIETNAMESE.get(name, ()))) for name in PRESETS),
    ("narrower", ("narrower", "narrow", "hep hon", "hep lai")),
    ("wider", ("wider", "wide", "rong hon", "rong ra")),
)
_BY_HAND = (
    "zoom",
    "enlarge",
    "crop",
    "rotate",
    "turn",
    "flip",
    "upscale",
    "resolution",
    "colour map",
    "phong to",
    "xoay",
)
_LEVEL = re.compile(r"\b(?:level|center|centre|l|muc)\s*[:=]?\s*(-?\d+(?:\.\d+)?)")
_WIDTH = re.compile(r"\b(?:width|window|w|rong)\s*[:=]?\s*(\d+(?:\.\d+)?)")


def _arguments(clause: str) -> dict[str, JsonValue]:
    """Operations and window that the words name; contrast where they name none and nothing for the viewer's hands."""
    words = folded(clause)
    named: list[Operation] = [o for o in OPERATIONS if has_any(words, _CUES[o])]
    window = next((name for name, cues in _WINDOWS if has_any(words, cues)), "")
    level, width = _LEVEL.search(words), _WIDTH.search(words)
    if level and width:
        window = f"{float(level.group(1)):g}/{float(width.group(1)):g}"
    if window and "window" not in named:
        named.append("window")
    if "clahe" in named and not has_any(words, ("contrast", "tuong phan")):
        named = [o for o in named if o != "contrast"]
    if "darker" in named and "brighter" in named:
        named.remove("darker" if has_any(words, ("too dark", "toi qua", "brighter", "lighten")) else "brighter")
    if words.strip() and not named and not has_any(words, _BY_HAND):
        named = ["contrast"]
    found: dict[str, JsonValue] = {"operations": list(named)}
    return found | {"window": window} if window else found


@tool(parse_docstring=True)
def enhance_image(
    image: str, runtime: ToolRuntime[ToolContext], operations: list[Operation] | None = None, window: str = ""
) -> str:
    """Make a copy of one image, sharper, brighter, with more contrast, another window, less noise, or inverted.

    It is shown beside the original and read by no model; zooming, turning and cropping are done in the viewer.

    Args:
        image: Handle of the image, such as img1.
        operations: Any of window, contrast, brighter, darker, clahe, denoise, sharpen, invert.
        window: For the window: brain, subdural, stroke, bone, lung, mediastinum, abdomen or liver for CT, narrower,
            wider, or LEVEL/WIDTH such as 40/80; empty for the range of most grey levels.
    """
    context = runtime.context
    context.facts(image)
    chosen = [o for o in OPERATIONS if o in (operations or ())]
    if not chosen:
        text = context.say("enhanced_nothing")
        return context.tell(
            Outcome(tool="enhance_image", ok=False, status=Status.DECLINED, sentences=(remark(text),), summary=image)
        )
    picture = context.pixels(image)
    named = listed([_named(context, picture, o, window) for o in chosen], context.language)
    titles = (image, f"{image}: {', '.join(chosen)}")
    artifact = context.put_artifact(beside(windowed(picture), enhanced(picture, chosen, window), titles), "png")
    caption = context.say("enhanced_caption", image=image, operations=named)
    texts = [context.say("enhanced", image=image, operations=named), context.say("enhanced_only_shown")]
    if "window" in chosen and window in PRESETS and not in_hounsfield(picture):
        texts.insert(0, context.say("untold_window"))
    return context.tell(
        Outcome(
            tool="enhance_image",
            sentences=tuple(Sentence(text=t, rests_on="image") for t in texts),
            pictures=(Shown(kind="enhanced", images=(image,), artifact=artifact, caption=caption),),
            chips=(context.say("chip_quality"), context.say("chip_read")),
            summary=f"{image}, {', '.join(chosen)}",
        )
    )


def _named(context: ToolContext, picture: Image, operation: Operation, window: str) -> str:
    if operation != "window":
        return context.say(f"op_{operation}")
    level = window_of(picture, window)
    center, width = (figure(f"{v:.4g}", context.language) for v in (level.center, level.width))
    return context.say("op_window", center=center, width=width)


TOOL = Tool(
    function=enhance_image,
    rank=20,
    needs="image",
    fill=_arguments,
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
