"""classify_image: the disease models that read this kind of image, and what they say of it."""

from langchain.tools import ToolRuntime, tool

from assistant.domain.finding import Finding, Presence, ReviewState
from assistant.domain.turn import Sentence, Status
from assistant.language.asked import asks_for, named_in
from assistant.language.doubts import kinds_open
from assistant.language.lesions import type_out
from assistant.language.narrative import read_out, remark
from assistant.language.patterns import patterns_out
from assistant.tools.context import Outcome, ToolContext
from assistant.tools.disagreement import disagreements
from assistant.tools.looks import read_image
from assistant.tools.tool import Tool

__all__ = ["TOOL"]


@tool(parse_docstring=True)
def classify_image(image: str, runtime: ToolRuntime[ToolContext]) -> str:
    """Read one image: say which disease patterns its models see, with calibrated probabilities.

    Use it for a read, for "is there ...?", and for the name of a disease. It says nothing about where or how big.

    Args:
        image: Handle of the image to read, such as img1.
    """
    context = runtime.context
    findings = read_image(context, image)
    if not findings:
        title = context.admitted(image).title
        text = context.say("no_model_for_kind", kind=title)
        return context.tell(
            Outcome(tool="classify_image", ok=False, status=Status.DECLINED, sentences=(remark(text),), summary=image)
        )
    kinds = _kinds_asked(context, image)
    sentences = [s for name in _asked_first(context, findings) for s in _said(context, findings, name)]
    if kinds:
        sentences = [*kinds, *(s.model_copy(update={"aside": True}) for s in sentences)]
    told = disagreements(context, image)
    handles = [*(f.handle for f in findings), *(h for s in told for h in s.findings)]
    return context.tell(
        Outcome(
            tool="classify_image",
            sentences=(*sentences, *told),
            findings=tuple(dict.fromkeys(handles)),
            chips=_chips(context, image, findings),
            summary=image,
        )
    )


def _asked_first(context: ToolContext, findings: tuple[Finding, ...]) -> list[str]:
    """The models that answered, those first whose disease is named in the message."""
    models = {f.model: [g.concept for g in findings if g.model == f.model] for f in findings}
    return sorted(models, key=lambda name: not named_in(context.asked, models[name]))


def _kinds_asked(context: ToolContext, image: str) -> list[Sentence]:
    """The type of each box that is kept, where the type is what is asked for."""
    boxed = [f for f in context.session.findings_of(image) if f.kinds and f.region is not None]
    boxed = [f for f in boxed if f.review.state is not ReviewState.REJECTED]
    kinds = [k.name for f in boxed for k in f.kinds]
    if not (asks_for("kind", context.asked) or named_in(context.asked, kinds)):
        return []
    named = named_in(context.asked, kinds)
    return [s for f in boxed for s in (type_out(f, context.language, alone=False), *kinds_named(f, named, context))]


def kinds_named(finding: Finding, named: tuple[str, ...], context: ToolContext) -> list[Sentence]:
    """How likely the kinds are that the reader names, where the sentence on the type leaves them out."""
    told = {finding.kinds[0].name, *(k.name for k in finding.kinds if k.in_set)}
    if not set(named) - told:
        return []
    return [s for s in kinds_open(finding, context.language) if len(finding.kinds) > len(told)][-1:]


def _said(context: ToolContext, findings: tuple[Finding, ...], model: str) -> tuple[Sentence, ...]:
    """One model's answer: of a single concept, or of several that occur together.

    Where some of several are named, they come alone, with every other one that is not absent."""
    own = [f for f in findings if f.model == model]
    several = len(context.session.images) > 1
    card = context.card(model)
    if card is not None and len(card.concepts) > 1:
        named = named_in(context.asked, (f.concept for f in own))
        asked = [f for f in own if f.concept in named]
        rest = [f for f in own if f.concept not in named]
        open_ones = [f for f in rest if f.presence is not Presence.ABSENT]
        if not asked or len(open_ones) == len(rest):
            return patterns_out(own, context.language, several, card.pattern_only)
        return patterns_out([*asked, *open_ones], context.language, several, card.pattern_only)
    return tuple(s for f in own for s in read_out(f, context.language, several))


def _chips(context: ToolContext, image: str, findings: tuple[Finding, ...]) -> tuple[str, ...]:
    kind = context.admitted(image).kind
    there = any(f.presence is not Presence.ABSENT for f in findings)
    boxes, draws = context.cards("detect", kind), context.cards("segment", kind)
    keys = ["chip_where"] if boxes and there else []
    if draws and (there or not boxes):
        keys.append("chip_how_big" if boxes else "chip_vessels")
    chips = [context.say(k) for k in (*keys, "chip_why", "chip_how_sure")]
    marked = [f for f in findings if f.presence is Presence.PRESENT] or list(findings)
    open_ones = [f.handle for f in marked if f.review.state is ReviewState.UNREVIEWED]
    return (*chips, *(context.say("chip_accept", finding=h) for h in open_ones[:1]), context.say("chip_report"))


TOOL = Tool(
    function=classify_image,
    rank=30,
    utterances=(
        "is there a tumour?",
        "check the image for tumour",
        "check both images for tumour",
        "any tumour in either of them",
        "is it normal?",
        "is this scan normal or abnormal",
        "what is this lesion",
        "what disease is this",
        "diagnosis?",
        "what is the diagnosis",
        "classify the image",
        "run the classifier",
        "just the call",
        "only the call",
        "tumour or no tumour?",
        "is there a mass in this slice",
        "any tumour?",
        "any mass or lesion",
        "do you see a lesion",
        "does it show a tumour",
        "does this patient have a brain tumour",
        "has she got a tumour",
        "tumour yes or no",
        "rule out tumour",
        "exclude a mass",
        "query tumour",
        "query space occupying lesion",
        "is it a glioma",
        "could this be a meningioma",
        "is it glioma or meningioma",
        "which type of tumour is it",
        "what class is it",
        "is it malignant",
        "is it cancer",
        "benign or malignant?",
        "positive or negative?",
        "screen this for tumours",
        "evaluate for intracranial neoplasm",
        "có khối u không?",
        "có u không",
        "có thấy khối u trong ảnh này không",
        "có tổn thương không",
        "chẩn đoán là gì",
        "chẩn đoán giúp tôi",
        "đây là bệnh gì",
        "có phải u não không",
        "kiểm tra ảnh này có u không",
        "là u lành hay u ác",
        "do we have a tumour",
        "tell me if there is a tumour",
        "is there cancer",
        "any evidence of neoplasm",
        "evidence of a mass",
        "sol?",
        "tumour y/n",
        "verdict",
        "concerned about a mass",
        "please report on any mass",
        "could this thing be a tumour",
        "dx",
        "phim này có u không",
        "u não?",
        "có tổn thương choán chỗ không",
        "is this normal?",
        "does it look normal",
        "normal or not",
        "is the brain normal",
        "is this a normal study",
        "could this be normal",
        "ảnh này có bình thường không",
        "có bình thường không",
    ),
    reads=(
        "which type is it",
        "đây là loại u gì",
        "what do you see?",
        "what do you see in this image",
        "read this",
        "read this scan",
        "read it",
        "read the mri",
        "can you read this for me",
        "please have a look at this",
        "take a look",
        "look at this image",
        "check this scan",
        "analyse this image",
        "analyze the scan",
        "interpret this mri",
        "what do you make of it",
        "what do you make of this picture",
        "tell me what you see",
        "read both images",
        "read both",
        "read the two scans",
        "analyse both pictures",
        "look at each image",
        "đọc cả hai ảnh",
        "give me a read",
        "first read please",
        "your read?",
        "what is your impression of this image",
        "your opinion on this scan",
        "what do you think of this one",
        "thoughts?",
        "anything?",
        "anything abnormal?",
        "anything suspicious here?",
        "see anything?",
        "is anything wrong here",
        "what is wrong with this brain",
        "any abnormality?",
        "any pathology",
        "what is it",
        "run the model on this image",
        "assess this brain",
        "go ahead",
        "run it again",
        "what does the scan show",
        "what does this picture show",
        "tell me about this scan",
        "describe the findings in this image",
        "đọc ảnh này",
        "đọc phim giúp tôi",
        "phân tích ảnh này",
        "bạn thấy gì",
        "bạn thấy gì trong ảnh",
        "ảnh này có gì bất thường không",
        "có bất thường gì không",
        "xem giúp ảnh này",
        "có gì lạ không",
        "how does it look",
        "is anything lurking in there",
        "anything worrying",
        "once over please",
        "what does the model say about it",
        "is the brain ok",
        "is everything alright in there",
        "kết quả thế nào",
        "xem hộ tấm phim",
        "look at image 2",
        "look at this one",
        "only look at img1",
    ),
)
