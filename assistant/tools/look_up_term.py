"""look_up_term: short curated cards, and the measured figures of a model; says when it has none."""

import re

from langchain.tools import ToolRuntime, tool

from assistant.domain.finding import ReviewState
from assistant.domain.turn import Sentence, Status
from assistant.language.asked import named_in
from assistant.language.concepts import concept_name, models_asked
from assistant.language.doubts import kinds_open
from assistant.language.knowledge import difference_text, find_terms, nearest_term, term_text
from assistant.language.lesions import type_out
from assistant.language.narrative import remark
from assistant.language.normal import folded, has_any
from assistant.tools.card_sentences import (
    concepts_of,
    errs,
    limits,
    looks_for_out,
    measured,
    predictive,
    rates_of,
    title_of,
)
from assistant.tools.context import Outcome, ToolContext
from assistant.tools.tool import Tool
from assistant.vision.manifest import ModelCard

__all__ = ["TOOL"]

_MODEL_CUES = (
    "model", "models", "classifier", "detector", "segmenter", "network", "algorithm", "your accuracy",
    "accurate are you", "how accurate", "how good are you", "how good is your", "auc of", "dice of", "miss",
    "performance", "performs", "mo hinh", "thuat toan", "trained", "validated", "tested",
)  # fmt: skip
_MEANING_CUES = (
    "what is",
    "what are",
    "what does",
    "mean",
    "meaning",
    "define",
    "explain",
    "la gi",
    "nghia la",
    "nghia",
)
_DIFFERENCE_CUES = (
    "difference", "differ", "differs", "different", "distinguish", "versus", "vs", "compared", "or", "khac",
    "khac nhau", "phan biet", "so voi", "hay",
)  # fmt: skip
_MISSES = ("miss", "misses", "missed", "false negative", "false negatives", "bo sot", "sot")
_MOST_CARDS = 3
_IS_IT = re.compile(
    r"^(?:so |and |but )?(?:is|was|could|might|may|can) (?:it|this|that|f\d+)\b|\bco phai\b|\bphai khong\b"
)


@tool(parse_docstring=True)
def look_up_term(term: str, runtime: ToolRuntime[ToolContext]) -> str:
    """Say what a term, a condition or a figure means, the difference of two, or how good a model here is.

    Args:
        term: The question or the term, in the person's words, such as "meningioma" or "how good is the model".
    """
    context = runtime.context
    words = folded(term)
    about_models = has_any(words, _MODEL_CUES)
    found = find_terms(words)[:_MOST_CARDS]
    sentences = list(_models(context, words)) if about_models else []
    if found and (not sentences or has_any(words, _MEANING_CUES)):
        sentences += _terms(context, found, has_any(words, _DIFFERENCE_CUES))
    if held := _held(context, term):
        sentences = [*held, *sentences]
    if not sentences and (near := nearest_term(words)):
        found = (near[0],)
        sentences = [remark(context.say("took_as", name=near[1])), *_terms(context, found, False)]
    if not sentences:
        refused = (remark(context.say("no_term_card")),)
        return context.tell(
            Outcome(tool="look_up_term", ok=False, status=Status.DECLINED, sentences=refused, summary=term[:40])
        )
    return context.tell(
        Outcome(
            tool="look_up_term",
            sentences=tuple(dict.fromkeys(sentences)),
            findings=tuple(dict.fromkeys(h for s in sentences for h in s.findings)),
            chips=(context.say("chip_abilities"),),
            summary=", ".join(n.removesuffix("_card").replace("_", " ") for n in found) or term[:40],
        )
    )


def _held(context: ToolContext, term: str) -> list[Sentence]:
    """ "Is it a meningioma?": what the boxes that are kept hold of that kind, before what the word means."""
    if not _IS_IT.search(folded(term)):
        return []
    boxed = [f for f in context.session.findings if f.kinds and f.review.state is not ReviewState.REJECTED]
    boxed = [f for f in boxed if named_in(term, (k.name for k in f.kinds))]
    return [
        s for f in boxed for s in (type_out(f, context.language, alone=False), *kinds_open(f, context.language)[1:])
    ]


def _terms(context: ToolContext, names: tuple[str, ...], compared: bool) -> list[Sentence]:
    """The cards; of two that are compared, what tells them apart comes first."""
    texts = [term_text(name, context.language) for name in names]
    said = [Sentence(text=t, rests_on="card") for t in texts]
    if len(names) < 2 or not compared:
        return said
    apart = difference_text(names[0], names[1], context.language)
    first = remark(context.say("no_difference_card")) if apart is None else Sentence(text=apart, rests_on="card")
    return [first, *said]


def _models(context: ToolContext, words: str) -> list[Sentence]:
    """What the cards of the models that are asked about hold; of all of them, the headline figures alone."""
    cards = [c for c in context.models.manifest.cards if c.task != "gate"]
    asked = models_asked(words)
    chosen = [c for c in context.models.manifest.cards if c.name in asked]
    if asked and not chosen:
        there = ", ".join(title_of(context, c) for c in cards)
        return [remark(context.say("model_not_here", there=there or context.say("nothing")))]
    used = {f.model for f in context.session.findings}
    meant = chosen or [c for c in cards if c.name in used] or cards
    one = {c.name: named_in(words, concepts_of(c)) for c in meant}
    if has_any(words, _MISSES):
        named = [(c, concept) for c in meant for concept in one[c.name] or concepts_of(c)]
        counted = [pair for pair in named if rates_of(*pair)] or named
        told = [errs(context, c, concept, True)[0] for c, concept in counted]
        return told + [s for c, concept in counted if rates_of(c, concept) is None for s in measured(context, c)[:1]]
    if any(one[c.name] and len(concepts_of(c)) > 1 for c in meant):
        return [s for c in meant for concept in one[c.name] for s in _of_concept(context, c, concept)]
    if not asked and len(cards) > 1:
        return [s for c in meant for s in measured(context, c)]
    return [s for c in meant for s in _whole(context, c)]


def _of_concept(context: ToolContext, card: ModelCard, concept: str) -> list[Sentence]:
    """What a card measured of the one concept that is asked about."""
    name = concept_name(concept, context.language)
    figures = measured(context, card)
    own = [s for s in figures[1:] if f" {name}: " in f" {s.text}"] or figures[:1]
    about = [c for c in concepts_of(card) if rates_of(card, c)]
    values = dict(zip(about, predictive(context, card), strict=True))
    return [*own, *([values[concept]] if concept in values else [])]


def _whole(context: ToolContext, card: ModelCard) -> list[Sentence]:
    return [
        *measured(context, card),
        *predictive(context, card),
        *looks_for_out(context, card)[:1],
        *limits(context, card),
    ]


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
