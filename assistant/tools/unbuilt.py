"""The one way in which a tool refuses whose model has not landed yet: what is missing, what there is instead."""

from assistant.domain.turn import Status
from assistant.language.narrative import remark
from assistant.tools.context import Outcome, ToolContext

__all__ = ["refuse"]


def refuse(context: ToolContext, tool: str, summary: str, chips: tuple[str, ...] = ()) -> str:
    """Leave a refusal with the words of `unbuilt_<tool>`; `chips` are keys of wordings."""
    return context.tell(
        Outcome(
            tool=tool,
            ok=False,
            status=Status.DECLINED,
            sentences=(remark(context.say(f"unbuilt_{tool}")),),
            chips=tuple(context.say(c) for c in chips),
            summary=summary,
        )
    )
