"""list_findings: what was found so far, how sure that is, what else it could be; no model runs."""

from typing import Literal

from langchain.tools import ToolRuntime, tool

from assistant.domain.finding import Finding, Presence, ReviewState
from assistant.domain.geometry import Box
from assistant.domain.turn import Sentence, Status
from assistant.errors import InputError
from assistant.language.asked import asks_for
from assistant.language.concepts import concept_name, is_structure, picture_name
from assistant.language.doubts import how_sure, kinds_open, sets_of, still_open
from assistant.language.lesions import boxes_out
from assistant.language.narrative import counted, one_line, remark
from assistant.language.normal import folded, has_any
from assistant.language.patient import for_patient
from assistant.language.sizes import band_out
from assistant.tools.card_sentences import alike, alike_names, concepts_of, errs, not_looked_for, rates_of
from assistant.tools.context import Outcome, ToolContext
from assistant.tools.tool import Tool
from assistant.vision.manifest import ModelCard

__all__ = ["TOOL", "About"]

About = Literal["summary", "certainty", "alternatives", "patient"]

_CUES: tuple[tuple[About, tuple[str, ...]], ...] = (
    (
        "alternatives",
        ("else", "differential", "differentials", "ddx", "dd", "mimic", "mimics", "alternatives", "alternative",
         "khac", "phan biet", "other options", "possibilities", "possibility", "instead", "candidates", "alt dx",
         "runner up", "look alikes", "cdpb", "nghi toi gi", "nghi den gi"),
    ),
    (
        "patient",
        ("patient", "plain words", "plain language", "plain english", "lay", "layman", "layperson", "simple", "simply",
         "family", "grandma", "grandmother", "child", "mother", "relatives", "benh nhan", "de hieu", "nguoi nha",
         "normal words", "easy words", "everyday", "jargon", "non medic", "medical degree", "wife", "husband", "kids",
         "dumb it down", "like i am", "like i'm", "ho hieu", "hieu duoc", "binh dan", "loi thuong", "don gian"),
    ),
    (
        "summary",
        ("summary", "summarise", "summarize", "recap", "list", "overview", "so far", "found", "gist", "nutshell",
        "bottom line", "earlier", "previous",
         "findings", "results", "everything", "tldr", "tl dr", "sum up", "tom tat", "liet ke", "truoc do", "tong ket",
         "tom lai", "tong hop", "luc nay thay", "nhac lai"),
    ),
    (
        "certainty",
        ("sure", "certain", "confident", "confidence", "wrong", "mistaken", "mistake", "error", "reliable", "trust",
         "probability", "likely", "likelihood", "chance", "odds", "percent", "percentage", "false", "doubt", "chac",
         "xac suat", "tin cay", "sai", "kha nang", "phan tram",
         "missed", "overlooked", "bo sot",
         "conf", "prob", "firm", "solid", "faith", "bet", "weight", "nham", "tin duoc", "dang tin", "may phan"),
    ),
)  # fmt: skip


def _about(clause: str) -> dict[str, str]:
    words = folded(clause)
    return {"about": next((key for key, cues in _CUES if has_any(words, cues)), "summary")}


@tool(parse_docstring=True)
def list_findings(
    runtime: ToolRuntime[ToolContext],
    image: str = "all",
    about: About = "summary",
    finding: str = "",
    concept: str = "",
) -> str:
    """Say what was found so far, from what is kept; no model runs.

    Use it for a summary, earlier findings, "how sure are you", "could you be wrong", the probability, "what else
    could it be", and plain words for the patient.

    Args:
        image: Handle of one image, such as img1, or "all".
        about: What is asked: summary, certainty, alternatives, or patient for plain words.
        finding: Handle of the one finding that is asked about, such as F1, or "" for all.
        concept: The one concept that is asked about, such as glaucoma, or "" for all.
    """
    context = runtime.context
    if image != "all":
        context.facts(image)
    findings = context.session.findings if image == "all" else context.session.findings_of(image)
    if findings and finding:
        one = context.finding(finding)
        image, findings = one.image, (one,)
    elif findings and concept:
        findings = tuple(f for f in findings if f.concept == concept)
        if not findings:
            there = ", ".join(dict.fromkeys(f.concept for f in context.session.findings))
            raise InputError(context.say("no_such_finding", finding=concept, there=there))
    if not findings:
        text = context.say("nothing_found_yet")
        return context.tell(
            Outcome(tool="list_findings", ok=False, status=Status.DECLINED, sentences=(remark(text),), summary=image)
        )
    standing = [f for f in findings if f.review.state is not ReviewState.REJECTED] or list(findings)
    match about:
        case "certainty":
            sentences = _certainty(context, standing)
        case "alternatives":
            sentences = _alternatives(context, standing)
        case "patient":
            several = len({f.image for f in findings}) > 1
            looked_for = {c.name: concepts_of(c) for c in context.models.manifest.cards}
            sentences = list(for_patient(findings, looked_for, context.language, several))
        case _:
            sentences = _summary(context, findings, image, counts=not (finding or concept))
    sentences = [*_limited(context, finding, concept), *sentences]
    unreviewed = [f.handle for f in findings if f.review.state is ReviewState.UNREVIEWED]
    chips = [context.say("chip_accept", finding=h) for h in unreviewed[:1]]
    next_ones = ("chip_how_sure" if about == "alternatives" else "chip_what_else", "chip_where_looked", "chip_report")
    chips += [context.say(k) for k in next_ones]
    return context.tell(
        Outcome(
            tool="list_findings",
            sentences=tuple(dict.fromkeys(sentences)),
            findings=tuple(f.handle for f in findings),
            chips=tuple(chips),
            summary=image,
        )
    )


def _limited(context: ToolContext, finding: str, concept: str) -> list[Sentence]:
    """That this is not everything, where one finding or one concept was named."""
    what = finding or concept_name(concept, context.language)
    return [remark(context.say("limited_to", what=what))] if what else []


def _certainty(context: ToolContext, findings: list[Finding]) -> list[Sentence]:
    """How sure each finding is; or, where the reader asks for errors, that it can be wrong and how often it was."""
    diseases = [f for f in findings if not is_structure(f.concept)] or findings
    leading = [(card, c, p) for m, c, p in _leading(context, diseases) if (card := context.card(m))]
    if not asks_for("errors", context.asked):
        main = context.session.main_finding
        drawn = [s for f in findings if f == main and f not in diseases for s in band_out(f, context.language)]
        if asks_for("side", context.asked):
            drawn = [*drawn, *_places(context, findings)]
        return [*drawn, *how_sure(_by_weight(diseases), context.language), remark(context.say("still_wrong"))]
    said = [remark(context.say("can_be_wrong"))]
    measured = {concept for card, concept, _ in leading if rates_of(card, concept)}
    for card, concept, positive in leading:
        if not is_structure(concept) and (rates_of(card, concept) or concept not in measured):
            said += errs(context, card, concept, positive)
            measured.add(concept)
    return said + _alike(context, leading)[:1]


def _places(context: ToolContext, findings: list[Finding]) -> list[Sentence]:
    """Where the boxes lie, and whose side that is."""
    said: list[Sentence] = []
    for image in dict.fromkeys(f.image for f in findings):
        boxed = [f for f in findings if f.image == image and isinstance(f.region, Box)]
        several = len(context.session.images) > 1
        told = boxes_out(boxed, context.facts(image), context.language, several) if boxed else ()
        said += [s for s in told if s is told[0] or s.rests_on == "image"]
    return said


def _alternatives(context: ToolContext, findings: list[Finding]) -> list[Sentence]:
    """What stays possible on the image, and what the models were never taught and can't tell from it."""
    ordered = _by_weight(findings)
    leading = [(card, c, p) for m, c, p in _leading(context, findings) if (card := context.card(m))]
    said = [s for finding in ordered for s in kinds_open(finding, context.language)]
    said += still_open(ordered, context.language)
    unsettled = [f for f in ordered if f.prediction_set != ("present",)]
    said += [*sets_of(unsettled, context.language), *_alike(context, leading)]
    first = next((card for card, concept, _ in leading if not is_structure(concept)), None)
    return said if first is None else [*said, *not_looked_for(context, first)]


def _alike(context: ToolContext, leading: list[tuple[ModelCard, str, bool]]) -> list[Sentence]:
    """What can look like each concept, every name once."""
    said: list[Sentence] = []
    named: dict[str, set[str]] = {}
    for card, concept, _ in leading:
        names = alike_names(card, concept)
        before = named.setdefault(concept, set())
        if not is_structure(concept) and (not before or set(names) - before):
            said += alike(context, card, concept, before)
        before |= set(names)
    return said


def _leading(context: ToolContext, findings: list[Finding]) -> list[tuple[str, str, bool]]:
    """Model, concept and whether it is positive, once each: of what is present or open, else of everything."""
    found = [f for f in findings if context.card(f.model) is not None]
    open_ones = [f for f in found if f.presence is not Presence.ABSENT]
    return list(dict.fromkeys((f.model, f.concept, f.presence is Presence.PRESENT) for f in open_ones or found))


def _by_weight(findings: list[Finding]) -> list[Finding]:
    order = (Presence.PRESENT, Presence.INDETERMINATE, Presence.ABSENT)
    return sorted(findings, key=lambda f: order.index(f.presence))


def _summary(context: ToolContext, findings: tuple[Finding, ...], image: str, counts: bool) -> list[Sentence]:
    """A line for each finding; of several, first how many (`counts`), and by image where there are several."""
    session, language = context.session, context.language
    images = [i for i in session.images if image in ("all", i.handle)]
    alone = image if len(session.images) > 1 and image != "all" else ""
    counts &= len(findings) > 1
    said = [counted(findings, language, alone)] if counts else []
    unreviewed = all(f.review.state is ReviewState.UNREVIEWED for f in findings)
    for facts in images:
        here = [f for f in findings if f.image == facts.handle]
        if len(images) > 1 and here and facts.admission is not None:
            kind = picture_name(facts.admission.kind, facts.admission.title, language)
            text = context.say("image_is", image=facts.handle, kind=kind)
            said.append(Sentence(text=text, rests_on="image"))
        said += [one_line(f, language, facts, counts and len(images) == 1 and unreviewed) for f in here]
        if not session.findings_of(facts.handle):
            said.append(remark(context.say("image_unread", image=facts.handle)))
    return said


TOOL = Tool(
    function=list_findings,
    rank=80,
    needs="image",
    rests_on_findings=True,
    fill=_about,
    utterances=(
        "how sure are you?",
        "what did you find in the second image",
        "what was found in the first image",
        "what did you find in img2",
        "only the findings of the second image",
        "only the first image, please: a summary",
        "what did you find about the tumour",
        "what was found about the glaucoma",
        "tell me about F2 alone",
        "ảnh thứ hai đã thấy gì",
        "đã tìm thấy gì ở ảnh thứ nhất",
        "chỉ các phát hiện của ảnh thứ hai",
        "về khối u thì đã thấy gì",
        "đã tìm thấy gì về glôcôm",
        "chỉ nói về F2 thôi",
        "chỉ ảnh thứ hai",
        "bạn chắc chắn đến đâu",
        "chỉ ảnh thứ nhất thôi",
        "how certain are you",
        "how certain is that",
        "how confident are you",
        "what is your confidence",
        "how confident should I be",
        "are you sure?",
        "are you certain",
        "are you sure about that",
        "is that right?",
        "is that correct",
        "really?",
        "could you be wrong",
        "could you be mistaken",
        "might this be wrong",
        "could this be a mistake",
        "can I trust this",
        "can I rely on it",
        "how reliable is this result",
        "how trustworthy is that finding",
        "could it be a false alarm",
        "could that be a false positive",
        "what is the chance that you are wrong",
        "what is the probability",
        "probability?",
        "how probable is a tumour",
        "how likely is it",
        "how likely is a tumour",
        "what are the odds",
        "what percentage",
        "give me the number",
        "what score did it get",
        "what else could it be",
        "what else might this be",
        "could it be anything else",
        "could it be something else",
        "differential diagnosis",
        "differentials?",
        "ddx",
        "what are the alternatives",
        "what mimics this",
        "what did you find",
        "what did you find before",
        "what did you find so far",
        "what have you found",
        "list the findings",
        "show all findings",
        "show me the findings again",
        "earlier findings",
        "previous results",
        "what was the result again",
        "remind me what you said",
        "summarise both images",
        "results of both scans",
        "summary",
        "give me a summary",
        "summarise the findings",
        "summarize what we have",
        "sum it up",
        "recap",
        "overview of the results",
        "in short?",
        "in plain words for the patient",
        "explain it for the patient",
        "explain it in simple words",
        "how would I tell the patient",
        "what do I tell the family",
        "say it in lay terms",
        "plain english please",
        "bạn chắc không",
        "bạn có chắc không",
        "chắc chắn bao nhiêu",
        "xác suất bao nhiêu",
        "khả năng bao nhiêu phần trăm",
        "có thể sai không",
        "bạn có thể nhầm không",
        "còn có thể là gì",
        "có thể là bệnh gì khác không",
        "chẩn đoán phân biệt",
        "tóm tắt",
        "tóm tắt kết quả",
        "bạn đã tìm thấy gì",
        "liệt kê các phát hiện",
        "kết quả trước đó là gì",
        "giải thích cho bệnh nhân",
        "nói đơn giản cho bệnh nhân dễ hiểu",
        "how much faith should i put in that",
        "your level of confidence",
        "is there any chance you got this wrong",
        "other possibilities",
        "give me the gist",
        "what do we know up to now",
        "put this to a layperson",
        "what was the score",
        "could it be something benign instead",
        "could it be an abscess instead",
        "what if you are wrong",
        "how often are you right",
        "where do we stand",
        "what have we got",
        "độ chắc chắn",
        "liệu có sai không",
        "có thể nhầm không",
        "kết quả trước",
        "nói lại kết quả",
        "what are the chances that this is wrong",
        "what other diagnoses are possible",
        "other diagnoses",
        "explain this like i am five",
        "how accurate is this result",
        "kết quả này chính xác bao nhiêu",
    ),
)
