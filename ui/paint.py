"""A turn, stored or on its way, as messages of Gradio's chat.

What people and files say is shown as text, never as markup.
"""

import re
from collections.abc import Iterable
from typing import Any

from assistant.agent.stream import Event, Said, ToolFinished, ToolStarted, TurnFinished, TurnStarted
from assistant.domain.turn import Sentence, Status, ToolCall, Turn
from ui.words import EMPTY_PROMPT, FIRST_READ, INTERRUPTED, WAITING

__all__ = ["ChatMessage", "LiveTurn", "paint_turn", "paint_turns", "plain"]

ChatMessage = dict[str, Any]

_MARKUP = re.compile(r"([\\`*\[\]|<>~$&]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9]))")
_LINE_START = re.compile(r"^(\s*)([#+\-=])|^(\s*\d+)([.)])", re.M)
_TAIL = re.compile(r"\s*\[(?:F\d+(?:\s*,\s*F\d+)*)\]\s*(?=\.?$)")


def plain(text: str) -> str:
    """Text that Markdown shows letter by letter; line breaks stay."""
    return _LINE_START.sub(lambda m: f"{m[1] or m[3] or ''}\\{m[2] or m[4]}", _MARKUP.sub(r"\\\1", text))


def paint_turns(turns: Iterable[Turn]) -> list[ChatMessage]:
    return [message for turn in turns for message in paint_turn(turn)]


def paint_turn(turn: Turn) -> list[ChatMessage]:
    messages = [_asked(turn.user, turn.images)]
    messages += [_step(f"{turn.number}-{i}", c.name, dict(c.arguments), c) for i, c in enumerate(turn.tools)]
    said = turn.claims or ((Sentence(text=turn.reply),) if turn.reply else ())
    text = _sentences(said)
    if turn.status is Status.INTERRUPTED:
        text = text or plain(INTERRUPTED)
    if text:
        messages.append({"role": "assistant", "content": text})
    return messages


class LiveTurn:
    """Folds events into messages, in the order in which a reader sees them."""

    def __init__(self, user: str = "") -> None:
        self.number: int | None = None
        self.finished: Turn | None = None
        self._user = user
        self._images: tuple[str, ...] = ()
        self._steps: dict[str, ChatMessage] = {}
        self._said: list[Sentence] = []

    def add(self, event: Event) -> None:
        match event:
            case TurnStarted():
                self.number, self._user, self._images = event.number, event.user, event.images
            case ToolStarted():
                self._steps[event.call_id] = _step(event.call_id, event.name, dict(event.arguments), None)
            case ToolFinished():
                arguments = dict(event.call.arguments)
                self._steps[event.call_id] = _step(event.call_id, event.call.name, arguments, event.call)
            case Said():
                self._said.append(event.sentence)
            case TurnFinished():
                self.number, self.finished = event.turn.number, event.turn

    def messages(self) -> list[ChatMessage]:
        if self.finished is not None:
            return paint_turn(self.finished)
        messages = [_asked(self._user, self._images), *self._steps.values()]
        if self._said:
            messages.append({"role": "assistant", "content": _sentences(self._said)})
        elif self.number is None:
            messages.append({"role": "assistant", "content": f"*{plain(WAITING)}*"})
        return messages


def _asked(user: str, images: tuple[str, ...]) -> ChatMessage:
    links = " ".join(f"[{handle}](#{handle})" for handle in images)
    words = plain(user) or plain(FIRST_READ if images else EMPTY_PROMPT)
    return {"role": "user", "content": f"{links} {words}".strip()}


def _step(step_id: str, name: str, arguments: dict[str, Any], call: ToolCall | None) -> ChatMessage:
    named = arguments.get("image") or arguments.get("images") or arguments.get("finding") or ""
    seen = " ".join(str(n) for n in named) if isinstance(named, (list, tuple)) else str(named)
    title = f"{name} {seen}".strip()
    metadata: dict[str, Any] = {"id": step_id, "title": plain(title), "status": "pending" if call is None else "done"}
    if call is None:
        return {"role": "assistant", "content": "", "metadata": metadata}
    metadata["duration"] = round(call.seconds, 2)
    if not call.ok:
        metadata["log"] = "refused"
    return {
        "role": "assistant",
        "content": plain(call.summary or ("done" if call.ok else "refused")),
        "metadata": metadata,
    }


def _sentences(said: Iterable[Sentence]) -> str:
    parts = []
    for sentence in said:
        text = plain(_TAIL.sub("", sentence.text))
        links = " ".join(f"[{handle}](#{handle})" for handle in sentence.findings)
        parts.append(f"{text} {links}".rstrip())
    return _paragraphs(parts)


def _paragraphs(parts: list[str]) -> str:
    return " ".join(parts).replace("\n ", "\n")
