"""What a llm is told of a session: structured text. Never pixels, a path, an identity or the study label."""

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage

from assistant.agent.pasted import told
from assistant.domain.finding import Finding
from assistant.domain.image import ImageFacts
from assistant.domain.session import Session
from assistant.tools.context import ToolContext

__all__ = ["messages_for", "on_the_table"]

_TURNS = 6


def on_the_table(context: ToolContext) -> str:
    """Images, findings and models, a line each."""
    session = context.session
    lines = ["On the table:"]
    lines += [_image(i) for i in session.images] or ["- no image"]
    lines += [_finding(f) for f in session.findings] or ["- no finding yet"]
    lines += [f"- model {c.name}: {c.looks_for}" for c in context.models.manifest.cards if c.task != "gate"]
    return "\n".join(lines)


def _image(facts: ImageFacts) -> str:
    kind = facts.admission.title if facts.admission else "kind not looked at yet"
    rows, columns = facts.size_rc
    return f"- {facts.handle}: {kind}, {columns} x {rows} pixels, readable: {facts.quality.readable}"


def _finding(finding: Finding) -> str:
    p = "" if finding.probability is None else f", probability {finding.probability:.2f}"
    review = finding.review.state.value
    return f"- {finding.handle} on {finding.image}: {finding.concept} {finding.presence.value}{p}, {review}"


def messages_for(session: Session, table: str, text: str) -> list[BaseMessage]:
    """The last turns as they were shown, the table, and the new message; pasted text is left out."""
    messages: list[BaseMessage] = []
    for turn in session.turns[-_TURNS:]:
        if turn.reply:
            messages += [HumanMessage(told(turn.user)), AIMessage(turn.reply)]
    return [*messages, HumanMessage(f"{table}\n\nThe clinician's message:\n{told(text)}")]
