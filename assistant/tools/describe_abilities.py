"""describe_abilities: what can be read and asked here, from the manifest; also signs that no model here looks for."""

from langchain.tools import ToolRuntime, tool

from assistant.domain.turn import Sentence
from assistant.language.asked import as_typed
from assistant.language.concepts import concept_name, concept_table, pictures_asked
from assistant.language.listing import listed
from assistant.language.normal import folded, has_any, tokens
from assistant.language.phrasing import Language
from assistant.tools.ability_sentences import asking_out, kind_title, kinds_out
from assistant.tools.card_sentences import concepts_of, looks_for_out
from assistant.tools.context import Outcome, ToolContext
from assistant.tools.tool import Tool

__all__ = ["TOOL"]


@tool(parse_docstring=True)
def describe_abilities(runtime: ToolRuntime[ToolContext], topic: str = "") -> str:
    """Say what can be read and asked here, and whether a sign or disease is one that any model here looks for.

    Use it for "what can you do", "help", "which images", and for a sign that no model here measures.

    Args:
        topic: A sign, disease or kind of image that was asked about, such as midline shift; empty for all.
    """
    context = runtime.context
    if topic.strip():
        said = _about(context, topic)
    else:
        said = [*kinds_out(context, context.models.manifest), *asking_out(context, context.models.manifest)]
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
        titles = [kind_title(context, k) for k in kinds if bool(manifest.readers(k.name)) is wanted]
        if titles:
            said.append(context.say(key, kinds=listed(titles, context.language, "or")))
    for card in (c for c in manifest.cards if c.task != "gate"):
        if any(has_any(words, _names(c)) for c in concepts_of(card)):
            said += [s.text for s in looks_for_out(context, card)[1:]]
    return said or [context.say("not_measured", topic=_typed(topic, context.asked, context.language))]


def _typed(topic: str, asked: str, language: Language) -> str:
    """What was asked about, as it was typed; several topics are parted by commas."""
    return listed([as_typed(part.strip(), asked) for part in topic.split(",")], language, "or")


def _names(concept: str) -> tuple[str, ...]:
    words = concept_table().concepts.get(concept)
    names = (concept, concept_name(concept, "vi")) if words else (concept,)
    return tuple(" ".join(tokens(folded(n))) for n in names)


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
