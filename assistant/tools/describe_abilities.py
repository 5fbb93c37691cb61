"""describe_abilities: what can be read and asked here, from the manifest; also signs that no model here looks for."""

from langchain.tools import ToolRuntime, tool

from assistant.domain.turn import Sentence
from assistant.language.concepts import concept_name, concept_table, picture_name, pictures_asked
from assistant.language.listing import listed
from assistant.language.normal import folded, has_any, tokens
from assistant.tools.card_sentences import Voice, concepts_of, looks_for, looks_for_out, title_of
from assistant.tools.context import Outcome, ToolContext
from assistant.tools.tool import Tool
from assistant.vision.manifest import KindCard, Manifest

__all__ = ["TOOL", "abilities"]


@tool(parse_docstring=True)
def describe_abilities(runtime: ToolRuntime[ToolContext], topic: str = "") -> str:
    """Say what can be read and asked here, and whether a sign or disease is one that any model here looks for.

    Use it for "what can you do", "help", "which images", and for a sign that no model here measures.

    Args:
        topic: A sign, disease or kind of image that was asked about, such as midline shift; empty for all.
    """
    context = runtime.context
    said = _about(context, topic) if topic.strip() else []
    said += _kinds(context, context.models.manifest)
    if not topic.strip():
        said += _asking(context, context.models.manifest)
    sentences = [Sentence(text=text, rests_on="card") for text in said]
    return context.tell(
        Outcome(
            tool="describe_abilities",
            sentences=tuple(sentences),
            chips=(context.say("chip_read"), context.say("chip_model")),
            summary=topic,
        )
    )


def _about(context: ToolContext, topic: str) -> list[str]:
    """Whether the sign, disease or kind of picture that was asked about is read or looked for here."""
    words = folded(topic)
    manifest = context.models.manifest
    said = []
    kinds = [k for name in pictures_asked(words) if (k := manifest.kind(name)) is not None]
    for key, wanted in (("kind_is_read", True), ("kind_not_read", False)):
        titles = [_title(context, k) for k in kinds if bool(manifest.readers(k.name)) is wanted]
        if titles:
            said.append(context.say(key, kinds=listed(titles, context.language, "or")))
    for card in (c for c in manifest.cards if c.task != "gate"):
        if any(has_any(words, _names(c)) for c in concepts_of(card)):
            said += [s.text for s in looks_for_out(context, card)[1:]]
    return said or [context.say("not_measured", topic=topic.strip())]


def _names(concept: str) -> tuple[str, ...]:
    words = concept_table().concepts.get(concept)
    names = (concept, concept_name(concept, "vi")) if words else (concept,)
    return tuple(" ".join(tokens(folded(n))) for n in names)


def abilities(voice: Voice, manifest: Manifest) -> list[str]:
    """All that is said of what can be read and asked here, whatever was asked."""
    said = _kinds(voice, manifest) + _asking(voice, manifest)
    for kind in manifest.kinds:
        key = "kind_is_read" if manifest.readers(kind.name) else "kind_not_read"
        said.append(voice.say(key, kinds=_title(voice, kind)))
    return said


def _kinds(context: Voice, manifest: Manifest) -> list[str]:
    """The kinds of picture that are read, and on each, which models look for what."""
    read = [k for k in manifest.kinds if manifest.readers(k.name)]
    several = [_plural(context, k) for k in read]
    said = [context.say("reads_kinds", kinds=listed(several, context.language))]
    for kind in read:
        tasks = [
            context.say("kind_task", title=title_of(context, c), looks_for=looks_for(context, c))
            for c in manifest.readers(kind.name)
        ]
        said.append(
            context.say("kind_read_for", article=kind.article, kind=_title(context, kind), tasks="; ".join(tasks))
        )
    return said


def _title(context: Voice, kind: KindCard) -> str:
    return picture_name(kind.name, kind.title, context.language)


def _plural(context: Voice, kind: KindCard) -> str:
    return _title(context, kind) if context.language == "vi" else kind.plural or f"{kind.title}s"


def _asking(context: Voice, manifest: Manifest) -> list[str]:
    """What one can ask for with the models that are here, and what not."""
    tasks = {c.task for c in manifest.cards}
    asks = [context.say(f"ask_{task}") for task in ("classify", "detect", "segment") if task in tasks]
    lacking = [context.say(f"abilities_lack_{task}") for task in ("detect", "segment") if task not in tasks]
    asks.append(context.say("ask_always"))
    return [context.say("abilities_ask", asks=", ".join(asks)), *lacking, context.say("abilities_never")]


def _topic(clause: str) -> dict[str, str]:
    """The kind of picture that a request names, so that it is answered yes or no."""
    return {"topic": clause.strip(" ?!.")} if pictures_asked(folded(clause)) else {}


TOOL = Tool(
    function=describe_abilities,
    rank=99,
    needs="nothing",
    fill=_topic,
    utterances=(
        "what can you do",
        "what can you do?",
        "what do you do",
        "what are you able to do",
        "what are you",
        "who are you",
        "what is this tool for",
        "help",
        "help me",
        "how does this work",
        "how do I use this",
        "how do I start",
        "what should I ask",
        "what can I ask you",
        "show me the commands",
        "list your features",
        "your capabilities",
        "your abilities",
        "what are your limits",
        "what can you not do",
        "which images can you read",
        "which images do you accept",
        "what kinds of images do you read",
        "what formats can I upload",
        "which file types do you take",
        "which diseases do you know",
        "which diseases can you detect",
        "what do you look for",
        "what does your model look for",
        "which models do you have",
        "can you read ct scans",
        "can you read chest x-rays",
        "do you read ultrasound",
        "can you read a dicom file",
        "can you analyse skin photos",
        "is there midline shift",
        "any hydrocephalus",
        "any mass effect",
        "is there oedema",
        "any haemorrhage",
        "do you see a bleed",
        "any infarct",
        "is there a stroke",
        "any atrophy",
        "is there a fracture",
        "does it enhance",
        "signs of raised pressure",
        "is there pneumonia",
        "bạn có thể làm gì",
        "bạn làm được gì",
        "giúp tôi",
        "trợ giúp",
        "hướng dẫn sử dụng",
        "dùng thế nào",
        "bạn đọc được những ảnh nào",
        "bạn nhận ảnh gì",
        "bạn biết những bệnh nào",
        "bạn có đọc được x quang phổi không",
        "có phù não không",
        "có xuất huyết không",
        "có lệch đường giữa không",
        "có giãn não thất không",
        "bạn là ai",
        "what are you good at",
        "how do i begin",
        "i am new here",
        "what do you understand of fundus pictures",
        "what else can you do",
        "what kind of tool is this",
        "which scans can i upload",
        "has he had a stroke",
        "any sign of haemorrhage",
        "is the ventricle enlarged",
        "are the ventricles dilated",
        "does it cross the midline",
        "bạn giúp được gì",
        "có đột quỵ không",
        "có nhồi máu không",
        "tôi nên bắt đầu thế nào",
    ),
)
