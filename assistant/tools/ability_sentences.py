"""What can be read and asked here, in sentences from the manifest; it sees no session."""

from assistant.language.concepts import picture_name
from assistant.language.listing import listed
from assistant.tools.card_sentences import Voice, looks_for, title_of
from assistant.vision.manifest import KindCard, Manifest

__all__ = ["abilities", "asking_out", "kind_title", "kinds_out"]


def abilities(voice: Voice, manifest: Manifest) -> list[str]:
    """All that is said of what can be read and asked here, whatever was asked."""
    said = kinds_out(voice, manifest) + asking_out(voice, manifest)
    for kind in manifest.kinds:
        key = "kind_is_read" if manifest.readers(kind.name) else "kind_not_read"
        said.append(voice.say(key, kinds=kind_title(voice, kind)))
    return said


def kinds_out(context: Voice, manifest: Manifest) -> list[str]:
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
            context.say("kind_read_for", article=kind.article, kind=kind_title(context, kind), tasks="; ".join(tasks))
        )
    return said


def kind_title(context: Voice, kind: KindCard) -> str:
    return picture_name(kind.name, kind.title, context.language)


def _plural(context: Voice, kind: KindCard) -> str:
    return kind_title(context, kind) if context.language == "vi" else kind.plural or f"{kind.title}s"


def asking_out(context: Voice, manifest: Manifest) -> list[str]:
    """What one can ask for with the models that are here, and what not."""
    tasks = {c.task for c in manifest.cards}
    asks = [context.say(f"ask_{task}") for task in ("classify", "detect", "segment") if task in tasks]
    lacking = [context.say(f"abilities_lack_{task}") for task in ("detect", "segment") if task not in tasks]
    asks.append(context.say("ask_always"))
    return [context.say("abilities_ask", asks=", ".join(asks)), *lacking, context.say("abilities_never")]
