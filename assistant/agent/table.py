"""What a llm is told of a session: structured text. Never pixels, a path, an identity or the study label.

Old turns are cut short; the table of findings never is.
"""

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage

from assistant.agent.pasted import told
from assistant.domain.finding import Finding
from assistant.domain.image import ImageFacts
from assistant.domain.session import Session
from assistant.tools.context import ToolContext
from assistant.vision.manifest import ModelCard

__all__ = ["messages_for", "models_there", "on_the_table"]

_TURNS = 6
_OLD_WORDS = 600
"""Characters that are kept of an old message or reply."""


def on_the_table(context: ToolContext) -> str:
    """Images and findings, a line each."""
    session = context.session
    lines = ["On the table:"]
    lines += [_image(i) for i in session.images] or ["- no image"]
    lines += [_finding(f) for f in session.findings] or ["- no finding yet"]
    return "\n".join(lines)


def models_there(context: ToolContext) -> str:
    """The models, a line each: the same in every turn, so they stand first and a server need not read them anew."""
    return "\n".join(["Models:", *(_model(c) for c in context.models.manifest.cards if c.task != "gate")])


def _model(card: ModelCard) -> str:
    """A card with its measured accuracy."""
    figures = "; ".join(
        f"{name.replace('_', ' ')} {f.value:.3f} ({f.low:.3f} to {f.high:.3f}, {f.n} pictures)"
        for name, f in card.metrics.items()
    )
    measured = f"; measured: {figures}" if figures else ""
    return f"- model {card.name}: looks for {card.looks_for}; not for {card.not_looked_for}{measured}"


def _image(facts: ImageFacts) -> str:
    kind = facts.admission.title if facts.admission else "kind not looked at yet"
    rows, columns = facts.size_rc
    return f"- {facts.handle}: {kind}, {columns} x {rows} pixels, readable: {facts.quality.readable}"


def _finding(finding: Finding) -> str:
    parts = [f"- {finding.handle} on {finding.image}: {finding.concept} {finding.presence.value}"]
    if finding.probability is not None:
        parts.append(f"probability {finding.probability:.2f} {finding.probability_of}".strip())
    if finding.prediction_set:
        parts.append(f"prediction set {' or '.join(finding.prediction_set)}")
    parts += [f"kind {k.name} {k.probability:.2f}{'' if k.in_set else ', not in the set'}" for k in finding.kinds]
    if finding.region is not None:
        box = finding.region.bounds
        parts.append(f"region x {box.x0:.0f} to {box.x1:.0f}, y {box.y0:.0f} to {box.y1:.0f} px")
    parts += [f"{m.concept.meaning} {m.value:.4g} {m.unit.value}" for m in finding.measurements]
    return ", ".join([*parts, f"review: {finding.review.state.value}", f"by {finding.model}"])


def messages_for(session: Session, table: str, text: str) -> list[BaseMessage]:
    """The last turns as they were shown, the table, and the new message; pasted text is left out."""
    messages: list[BaseMessage] = []
    for turn in session.turns[-_TURNS:]:
        if turn.reply:
            messages += [HumanMessage(_short(told(turn.user))), AIMessage(_short(turn.reply))]
    return [*messages, HumanMessage(f"{table}\n\nThe clinician's message:\n{told(text)}")]


def _short(text: str) -> str:
    return text if len(text) <= _OLD_WORDS else f"{text[:_OLD_WORDS]} ..."
