"""look_up_term: short curated cards, and the measured figures of a model; says when it has none."""

from langchain.tools import ToolRuntime, tool

from assistant.domain.turn import Sentence, Status
from assistant.language.knowledge import find_terms, term_text
from assistant.language.narrative import remark
from assistant.language.normal import folded, has_any
from assistant.tools.context import Outcome, ToolContext
from assistant.tools.tool import Tool
from assistant.vision.manifest import ModelCard

__all__ = ["TOOL"]

_MODEL_CUES = (
    "model", "models", "classifier", "network", "algorithm", "your accuracy", "accurate are you", "how accurate",
    "how good are you", "auc of", "miss", "performance", "mo hinh", "thuat toan", "trained", "validated", "tested",
)  # fmt: skip


@tool(parse_docstring=True)
def look_up_term(term: str, runtime: ToolRuntime[ToolContext]) -> str:
    """Say what a term, a condition or a figure means, the difference of two, or how good a model here is.

    Args:
        term: The question or the term, in the person's words, such as "meningioma" or "how good is the model".
    """
    context = runtime.context
    words = folded(term)
    found = find_terms(words)
    sentences: list[Sentence] = []
    if has_any(words, _MODEL_CUES):
        cards = [c for c in context.models.manifest.cards if c.task != "gate"]
        sentences = [Sentence(text=t, rests_on="card") for c in cards for t in _figures(context, c)]
    if not sentences or found:
        sentences += [Sentence(text=term_text(name, context.language), rests_on="card") for name in found[:3]]
    if not sentences:
        text = context.say("no_card")
        refused = (remark(text),)
        return context.tell(
            Outcome(tool="look_up_term", ok=False, status=Status.DECLINED, sentences=refused, summary=term[:40])
        )
    return context.tell(
        Outcome(
            tool="look_up_term",
            sentences=tuple(dict.fromkeys(sentences)),
            chips=(context.say("chip_abilities"),),
            summary=", ".join(found[:3]) or term[:40],
        )
    )


def _figures(context: ToolContext, card: ModelCard) -> list[str]:
    """The measured figures of a model, as its card holds them."""
    figures = ", ".join(
        context.say(
            "figure",
            name=name.replace("_", " "),
            value=f"{m.value:.3g}",
            low=f"{m.low:.3g}",
            high=f"{m.high:.3g}",
            n=m.n,
        )
        for name, m in card.metrics.items()
    )
    key = "model_figures" if figures else "model_no_figures"
    lines = [context.say(key, title=card.title, version=card.version, figures=figures)]
    lines.append(context.say("model_scope", title=card.title, looks_for=card.looks_for.rstrip(".")))
    return [*lines, *card.limits]


TOOL = Tool(
    function=look_up_term,
    rank=86,
    needs="nothing",
    fill=lambda clause: {"term": clause.strip()},
    utterances=(
        "what is a glioma?",
        "what is a meningioma",
        "what is a pituitary tumour",
        "what is a pituitary adenoma?",
        "what is a schwannoma",
        "what is magnetic resonance imaging",
        "what is t1",
        "what does t2 weighted mean",
        "what does grad-cam mean",
        "what is a saliency map",
        "what is a heat map, in general",
        "what does calibrated mean",
        "what does prediction set mean",
        "what is conformal prediction",
        "what does specificity mean",
        "what does auc mean",
        "what does dice mean",
        "what is an operating threshold",
        "define sensitivity",
        "define meningioma",
        "definition of glioma",
        "meaning of prevalence",
        "explain what a glioma is",
        "explain the term calibration",
        "tell me about meningiomas",
        "difference between glioma and meningioma",
        "what is the difference between t1 and t2",
        "difference between sensitivity and specificity",
        "glioma versus meningioma, what is the difference",
        "glioma vs meningioma",
        "t1 vs t2",
        "glioma or meningioma, how do they differ",
        "how do t1 and t2 differ",
        "how good is the model",
        "how good is your model",
        "how good is your tumour model",
        "how accurate is the model",
        "how accurate are you",
        "how well does the classifier work",
        "what is the accuracy of the model",
        "what is the auc of your model",
        "sensitivity of your classifier",
        "how was the model trained",
        "what data was it trained on",
        "was the model validated",
        "how often is the model wrong",
        "how many tumours does it miss",
        "model card",
        "u thần kinh đệm là gì",
        "u màng não là gì",
        "u tuyến yên là gì",
        "mri là gì",
        "t1 và t2 khác nhau thế nào",
        "độ nhạy là gì",
        "độ đặc hiệu nghĩa là gì",
        "bản đồ nhiệt là gì",
        "mô hình chính xác đến mức nào",
        "mô hình tốt đến đâu",
        "độ chính xác của mô hình",
        "mô hình được huấn luyện thế nào",
        "định nghĩa u màng não",
        "nghĩa là gì",
        "what is the false negative rate of your model",
        "what is the error rate of the model",
        "how does t2 differ from flair",
        "what do you mean by prediction set",
        "what do you mean by calibrated",
        "what exactly is an adenoma",
        "remind me what specificity means",
        "how accurate is this software",
        "how reliable is the model in general",
        "how was it validated",
        "on how many patients was it tested",
        "what is a hamartoma",
        "what is an ependymoma",
        "grad-cam what is that",
    ),
)
