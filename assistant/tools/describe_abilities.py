"""describe_abilities: what can be read and asked here, from the manifest; also signs that no model here looks for."""

from langchain.tools import ToolRuntime, tool

from assistant.domain.turn import Sentence
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
    sentences = []
    if topic:
        sentences.append(Sentence(text=context.say("not_measured", topic=topic), rests_on="card"))
    cards = [c for c in context.models.manifest.cards if c.task != "gate"]
    for card in cards:
        text = context.say(
            "ability", title=card.title, kinds=_kinds(context, card.kinds), looks_for=card.looks_for.rstrip(".")
        )
        sentences.append(Sentence(text=text, rests_on="card"))
    if not topic:
        sentences.append(Sentence(text=context.say("abilities_asking"), rests_on="card"))
        sentences.append(Sentence(text=context.say("abilities_limits"), rests_on="card"))
    return context.tell(
        Outcome(
            tool="describe_abilities",
            sentences=tuple(sentences),
            chips=(context.say("chip_read"), context.say("chip_model")),
            summary=topic,
        )
    )


def _kinds(context: ToolContext, kinds: tuple[str, ...]) -> str:
    found = [context.models.manifest.kind(k) for k in kinds]
    return ", ".join(k.title for k in found if k)


TOOL = Tool(
    function=describe_abilities,
    rank=99,
    needs="nothing",
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
