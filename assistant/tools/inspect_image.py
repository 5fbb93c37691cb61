"""inspect_image: what is known of the picture itself, from its header and its grey levels; no model runs."""

from typing import Literal

from langchain.tools import ToolRuntime, tool

from assistant.domain.image import ImageFacts
from assistant.domain.turn import Sentence
from assistant.errors import Declined
from assistant.language.image_lines import image_lines
from assistant.language.normal import folded, has_any
from assistant.tools.context import Outcome, ToolContext
from assistant.tools.tool import Tool

__all__ = ["TOOL", "Facet"]

Facet = Literal["all", "quality", "modality", "scanner", "date", "spacing", "size", "kind", "orientation"]

_CUES: tuple[tuple[Facet, tuple[str, ...]], ...] = (
    ("date", ("date", "when", "acquired", "taken", "how old", "ngay", "khi nao", "chup luc nao")),
    ("scanner", ("scanner", "machine", "manufacturer", "vendor", "device", "field strength", "tesla", "equipment",
                 "may gi", "may chup", "hang", "may nao", "model name")),
    ("spacing", ("spacing", "millimetre", "millimetres", "mm per pixel", "pixel size", "scale", "slice thickness",
                 "khoang cach", "do day")),
    ("size", ("dimensions", "dimension", "how many pixels", "matrix", "width", "height", "resolution", "image size",
              "size", "bit depth", "bits", "do phan giai", "kich thuoc", "bao nhieu pixel")),
    ("quality", ("quality", "sharp", "sharpness", "blurry", "blurred", "blur", "readable", "noise", "noisy", "artefact",
                 "artefacts", "artifact", "artifacts", "motion", "adequate", "good enough", "clear", "usable",
                 "diagnostic", "contrast", "exposure", "chat luong", "ro", "net", "mo", "nhieu", "du tot", "tot khong",
                 "doc duoc")),
    ("orientation", ("orientation", "flipped", "mirrored", "upside", "plane", "axial", "sagittal", "coronal", "huong",
                     "mat cat")),
    ("modality", ("modality", "t1", "t2", "flair", "sequence", "contrast agent", "phuong thuc", "chuoi xung")),
    ("kind", ("kind", "type", "what did i upload", "what image", "body part", "loai", "anh gi", "bo phan")),
)  # fmt: skip


def _facet(clause: str) -> dict[str, Facet]:
    words = folded(clause)
    return {"about": next((key for key, cues in _CUES if has_any(words, cues)), "all")}


@tool(parse_docstring=True)
def inspect_image(image: str, runtime: ToolRuntime[ToolContext], about: Facet = "all") -> str:
    """State facts of the picture itself: quality, modality, scanner, date, pixel spacing, size, kind of picture.

    It works on images that may not be read, and runs no disease model.

    Args:
        image: Handle of the image, such as img1.
        about: What is asked: all, quality, modality, scanner, date, spacing, size, kind or orientation.
    """
    context = runtime.context
    facts = context.facts(image)
    order: tuple[Facet, ...] = (
        ("kind", "modality", "quality", "size", "spacing", "orientation") if about == "all" else (about,)
    )
    lines = [line for facet in order for line in _lines(context, facts, facet)]
    return context.tell(
        Outcome(
            tool="inspect_image",
            sentences=tuple(Sentence(text=line, rests_on="image") for line in dict.fromkeys(lines)),
            chips=(context.say("chip_read"), context.say("chip_abilities")),
            summary=f"{image}, {about}" if about != "all" else image,
        )
    )


def _lines(context: ToolContext, facts: ImageFacts, facet: Facet) -> list[str]:
    if facet == "kind":
        return [_kind(context, facts)]
    return image_lines(facts, "size" if facet == "all" else facet, context.language)


def _kind(context: ToolContext, facts: ImageFacts) -> str:
    try:
        verdict = context.admitted(facts.handle)
    except Declined as refused:
        return context.say("kind_refused", image=facts.handle, reason=str(refused))
    return context.say("kind", image=facts.handle, kind=context.kind_words(verdict))


TOOL = Tool(
    function=inspect_image,
    rank=10,
    needs="image",
    fill=_facet,
    utterances=(
        "how good is the image",
        "how good is the image quality",
        "is the quality good enough",
        "image quality?",
        "quality of both images",
        "check the quality",
        "is it sharp enough",
        "look whether it is sharp enough",
        "is the picture sharp",
        "is it blurred",
        "is this image too blurry",
        "is the scan readable",
        "is this image adequate",
        "is it usable",
        "any artefacts?",
        "motion artefacts in the scan?",
        "is it noisy",
        "how noisy is the picture",
        "is the contrast of the image ok",
        "what modality is this",
        "which modality",
        "modality?",
        "is this an mri or a ct",
        "is it t1 or t2 weighted",
        "which sequence is this",
        "what sequence was used",
        "is this with contrast agent",
        "which scanner",
        "what scanner was used",
        "scanner and manufacturer",
        "which machine took this picture",
        "what is the field strength",
        "when was it taken",
        "when was this scan acquired",
        "date of the study",
        "what is the date of this image",
        "how old is this scan",
        "what is the pixel spacing",
        "spacing?",
        "pixel size in mm",
        "slice thickness",
        "is there a scale",
        "how large is the image in pixels",
        "image size",
        "size of the image",
        "dimensions of the picture",
        "what resolution is it",
        "how many pixels",
        "matrix size",
        "bit depth?",
        "what kind of picture is this",
        "what type of image is this",
        "what image is this",
        "what did I upload",
        "what is this a picture of",
        "which body part is this",
        "which plane is it, axial or sagittal",
        "is the image flipped",
        "orientation of the image",
        "technical details",
        "metadata",
        "show the header",
        "image information",
        "chất lượng ảnh thế nào",
        "ảnh có rõ không",
        "ảnh có bị mờ không",
        "ảnh có đủ nét không",
        "ảnh có đủ tốt để đọc không",
        "đây là loại ảnh gì",
        "ảnh này là ảnh gì",
        "ảnh chụp bằng máy gì",
        "máy chụp nào",
        "chụp khi nào",
        "ngày chụp",
        "kích thước ảnh là bao nhiêu",
        "độ phân giải của ảnh",
        "khoảng cách điểm ảnh",
        "thông tin ảnh",
        "ảnh này là t1 hay t2",
        "how many mm per pixel",
        "was contrast given",
        "is it contrast enhanced",
        "ct or mr",
        "is this axial",
        "exam date",
        "who made the scanner",
        "technical quality",
        "good enough for reading",
        "is it good enough to read",
        "any noise in it",
        "is the picture too dark",
        "is the picture cut off",
        "how big is the picture",
        "how big is the file",
        "what format is it",
        "is this a dicom file",
        "is there burned in text",
        "ảnh có bị nhiễu không",
        "phim chụp ngày nào",
        "phim này chụp bằng gì",
        "có tiêm thuốc tương phản không",
        "ảnh có đạt không",
    ),
)
