"""segment_structures: the outline of a lesion or of the vessels as a mask, with a band where the model is unsure.

What hides the fine vessels (the haze of a cataract, a soft picture) holds an outline back; asked for anyway, it is
made and its finding says that it is unreliable, and why.
"""

from langchain.tools import ToolRuntime, tool
from pydantic import JsonValue

from assistant.domain.finding import Finding, Presence, ReviewState
from assistant.domain.turn import Overlay, Sentence, Status
from assistant.language.concepts import concept_name
from assistant.language.narrative import place_kind, remark, rests
from assistant.language.normal import folded, has_any
from assistant.language.phrasing import percent
from assistant.language.sizes import VESSELS, outline_out
from assistant.tools.context import Outcome, ToolContext
from assistant.tools.disagreement import disagreements
from assistant.tools.looks import kept, outline_structure
from assistant.tools.tool import Tool
from assistant.tools.veil import is_veiled
from assistant.vision.manifest import ModelCard

__all__ = ["TOOL", "chosen_card", "hiding"]

_ANYWAY = ("anyway", "regardless", "nevertheless", "all the same", "cu ve", "van ve", "ve luon", "du sao")
_HIDES = "cataract"
_LESION = ("tumour", "tumor", "lesion", "mass", "growth", "glioma", "meningioma", "khoi u", "ton thuong", "u nao")
_VESSELS = ("vessel", "vessels", "vasculature", "arteries", "veins", "mach mau", "mach")
_OTHERS = ("ventricle", "ventricles", "skull", "brain", "cortex", "white matter", "grey matter", "optic disc",
           "optic cup", "macula", "fovea", "exudates", "haemorrhages", "iris", "lens", "teeth", "tooth", "gum", "gums",
           "tongue", "nao that", "gai thi", "hoang diem", "rang", "nuou")  # fmt: skip


def _arguments(clause: str) -> dict[str, JsonValue]:
    words = folded(clause)
    found: dict[str, JsonValue] = {}
    if has_any(words, _ANYWAY):
        found["anyway"] = True
    if has_any(words.replace("u-net", "unet"), ("unet", "u net")):
        found["model"] = "retinal_vessels_unet"
    if structure := _structure(words):
        found["structure"] = structure
    return found


def _structure(words: str) -> str:
    """What is named: lesion, vessels, something else; "" where nothing is."""
    if has_any(words, _LESION):
        return "lesion"
    if has_any(words, _VESSELS):
        return "vessels"
    return next((w for w in _OTHERS if has_any(words, (w,))), "")


@tool(parse_docstring=True)
def segment_structures(
    image: str, runtime: ToolRuntime[ToolContext], structure: str = "", model: str = "", anyway: bool = False
) -> str:
    """Outline a structure of one image as a mask: a brain lesion, or the vessels of the retina.

    It refuses where no outline model reads this kind of image, and where haze hides the vessels.

    Args:
        image: Handle of the image, such as img1.
        structure: What to outline: lesion, vessels, or another name; empty for the usual one of this kind of image.
        model: Name of the outline model; empty for the usual one of this kind of image.
        anyway: Outline vessels although haze hides them; the outline is then marked as unreliable.
    """
    context = runtime.context
    verdict = context.admitted(image)
    card = chosen_card(context, verdict.kind, model)
    if card is None:
        there = [c.name for c in context.cards("segment", verdict.kind)]
        key = "no_such_segmenter" if there else "no_segmenter"
        text = context.say(key, kind=context.kind_words(verdict), model=model, there=", ".join(there))
        return _refused(context, image, (remark(text),), ("chip_where_looked", "chip_abilities"))
    if structure and structure != ("vessels" if card.concept == VESSELS else "lesion"):
        concept = concept_name(card.concept, context.language)
        text = context.say("no_outline_of", structure=_named(context, structure), concept=concept)
        return _refused(context, image, (remark(text),), ("chip_outline", "chip_abilities"))
    veil = None if kept(context, image, card) else hiding(context, image, card)
    if veil is not None and not anyway:
        said = (*veil[0], remark(context.say("haze_anyway")))
        return _refused(context, image, said, ("chip_outline_anyway", "chip_how_sure"))
    finding = outline_structure(context, image, card, veil[1] if veil else "")
    sentences = [*outline_out(finding, context.language, len(context.session.images) > 1)]
    told = disagreements(context, image)
    handles = dict.fromkeys([finding.handle, *(h for s in told for h in s.findings)])
    drawn = [e for e in finding.evidence if e.kind == "outline"]
    return context.tell(
        Outcome(
            tool="segment_structures",
            sentences=(*sentences, *told),
            findings=tuple(handles),
            overlays=tuple(Overlay(finding=finding.handle, kind=e.kind, artifact=e.artifact) for e in drawn),
            chips=_chips(context, finding),
            summary=f"{image}, {card.name}",
        )
    )


def _named(context: ToolContext, structure: str) -> str:
    return context.say(f"structure_{structure}") if structure in ("lesion", "vessels") else structure


def chosen_card(context: ToolContext, kind: str, model: str = "") -> ModelCard | None:
    """The named outline model of a kind of image, else its first one."""
    rows = context.cards("segment", kind)
    if model:
        return next((c for c in rows if c.name == model), None)
    return rows[0] if rows else None


def hiding(context: ToolContext, image: str, card: ModelCard) -> tuple[tuple[Sentence, ...], str] | None:
    """What hides the vessels: the sentences that say so, and the reason as the finding keeps it (English)."""
    if card.concept != VESSELS:
        return None
    found = next((f for f in context.session.findings_of(image) if _hides(f)), None)
    if found is not None:
        where = image if len(context.session.images) > 1 else place_kind(found, context.language)
        p = percent(found.probability or 0.0, context.language)
        text = context.say("haze_refused_cataract", where=where, p=p)
        said = (rests(text, found.handle), remark(context.say("haze_refused")))
        return said, f"the haze that goes with a {_HIDES} pattern ({found.handle}) hides vessels"
    if is_veiled(context.pixels(image)):
        text = context.say("haze_refused_blur", image=image)
        return (Sentence(text=text, rests_on="image"),), "the picture is too soft to show fine vessels"
    return None


def _hides(finding: Finding) -> bool:
    standing = finding.review.state is not ReviewState.REJECTED
    return finding.concept == _HIDES and finding.presence is Presence.PRESENT and standing


def _chips(context: ToolContext, finding: Finding) -> tuple[str, ...]:
    chips = [context.say("chip_how_big")] if finding.region is not None else []
    if finding.review.state is ReviewState.UNREVIEWED:
        chips.append(context.say("chip_accept", finding=finding.handle))
    return (*chips, context.say("chip_report"))


def _refused(context: ToolContext, image: str, said: tuple[Sentence, ...], chips: tuple[str, ...]) -> str:
    return context.tell(
        Outcome(
            tool="segment_structures",
            ok=False,
            status=Status.DECLINED,
            sentences=said,
            findings=tuple(h for s in said for h in s.findings),
            chips=tuple(context.say(c) for c in chips),
            summary=image,
        )
    )


TOOL = Tool(
    function=segment_structures,
    rank=50,
    fill=_arguments,
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
