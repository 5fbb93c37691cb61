"""A turn, stored or on its way, as messages of Gradio's chat.

What people, files and language models say is shown as text, never as markup. A sentence that rests on findings is one
link to them, `#F1` or `#F1,F2`: so a keyboard reaches it, and the page's script lights what it is about.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from assistant.agent.stream import Event, Said, ToolFinished, ToolStarted, TurnFinished, TurnStarted
from assistant.domain.turn import Sentence, Status, ToolCall, Turn
from assistant.language.phrasing import Language
from ui.words import words

__all__ = ["ChatMessage", "LiveTurn", "earlier_of", "paint_turn", "paint_turns", "plain"]

ChatMessage = dict[str, Any]

_MARKUP = re.compile(r"([\\`*|<>~$&@]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9]))")
_BRACKETS = str.maketrans({"[": "&#91;", "]": "&#93;"})
_ADDRESS = re.compile(r"(?<=[A-Za-z]):(?=//)|(?<=\bwww)\.", re.I)
_LINE_START = re.compile(r"^([^\S\n]*)([#+\-=])|^([^\S\n]*\d+)([.)])", re.M)
_INDENT = re.compile(r"^[^\S\n]+", re.M)
_TAIL = re.compile(r"\s*\[(?:F\d+(?:\s*,\s*F\d+)*)\]\s*(?=\.?$)")
_BREAK = re.compile(r"\s*\n\s*")


def plain(text: str) -> str:
    """Text that Markdown shows letter by letter: no link, picture, tag or list comes of it; line breaks stay.

    Brackets become entities: Gradio's Markdown takes their backslashes off inside a link and reads what is left again.
    """
    text = _ADDRESS.sub(lambda m: f"\\{m[0]}", _MARKUP.sub(r"\\\1", text)).translate(_BRACKETS)
    text = _LINE_START.sub(lambda m: f"{m[1] or m[3] or ''}\\{m[2] or m[4]}", text)
    return _INDENT.sub(lambda m: "\u00a0" * len(m[0]), text)


def paint_turns(
    turns: Sequence[Turn], language: Language = "en", before: int | None = None, replaced: int | None = None
) -> list[ChatMessage]:
    """The conversation as it stands, up to turn `before`; earlier versions of a turn are folded under its question.

    `replaced` is a turn that is just being asked anew.
    """
    gone = {replaced, *(t.replaces for t in turns)}
    return [
        message
        for turn in turns
        if turn.number not in gone and (before is None or turn.number < before)
        for message in paint_turn(turn, language, earlier_of(turns, turn.replaces))
    ]


def earlier_of(turns: Sequence[Turn], replaced: int | None) -> tuple[Turn, ...]:
    """The versions up to the replaced one, the oldest first."""
    turn = next((t for t in turns if t.number == replaced), None)
    return (*earlier_of(turns, turn.replaces), turn) if turn else ()


def paint_turn(turn: Turn, language: Language = "en", earlier: Sequence[Turn] = ()) -> list[ChatMessage]:
    messages = [_asked(turn.user, turn.images, language), *_versions(turn.number, earlier, language)]
    messages += [_step(f"{turn.number}-{i}", c.name, dict(c.arguments), c, language) for i, c in enumerate(turn.tools)]
    said = turn.claims or ((Sentence(text=turn.reply),) if turn.reply else ())
    text = _sentences(said)
    if turn.status is Status.INTERRUPTED:
        text = plain(words("interrupted_early" if turn.lost_upload else "interrupted", language))
    if text:
        messages.append({"role": "assistant", "content": text})
    if turn.status is not Status.RUNNING:
        behind = f"[{plain(words('behind', language))}](#turn-{turn.number})"
        if text:
            messages[-1]["content"] += f"\n\n{behind}"
        else:
            messages.append({"role": "assistant", "content": behind})
    return messages


class LiveTurn:
    """Folds events into messages, in the order in which a reader sees them."""

    def __init__(self, user: str = "", language: Language = "en") -> None:
        self.number: int | None = None
        self.finished: Turn | None = None
        self.earlier: tuple[Turn, ...] = ()
        self._user = user
        self._language = language
        self._images: tuple[str, ...] = ()
        self._steps: dict[str, ChatMessage] = {}
        self._said: list[Sentence] = []

    def add(self, event: Event) -> None:
        match event:
            case TurnStarted():
                self.number, self._user, self._images = event.number, event.user, event.images
            case ToolStarted():
                arguments = dict(event.arguments)
                self._steps[event.call_id] = _step(event.call_id, event.name, arguments, None, self._language)
            case ToolFinished():
                call, arguments = event.call, dict(event.call.arguments)
                self._steps[event.call_id] = _step(event.call_id, call.name, arguments, call, self._language)
            case Said():
                self._said.append(event.sentence)
            case TurnFinished():
                self.number, self.finished = event.turn.number, event.turn

    def messages(self) -> list[ChatMessage]:
        if self.finished is not None:
            return paint_turn(self.finished, self._language, self.earlier)
        messages = [_asked(self._user, self._images, self._language)]
        if self.number is not None:
            messages += _versions(self.number, self.earlier, self._language)
        messages += self._steps.values()
        if self._said:
            messages.append({"role": "assistant", "content": _sentences(self._said)})
        elif self.number is None:
            messages.append({"role": "assistant", "content": f"*{plain(words('waiting', self._language))}*"})
        return messages


def _asked(user: str, images: tuple[str, ...], language: Language) -> ChatMessage:
    links = " ".join(f"[{handle}](#{handle})" for handle in images)
    asked = plain(user) or plain(words("first_read", language))
    return {"role": "user", "content": f"{links} {asked}".strip()}


def _versions(number: int, earlier: Sequence[Turn], language: Language) -> list[ChatMessage]:
    """A fold of what was asked and answered before; nothing where this is the first version."""
    if not earlier:
        return []
    parts = []
    for turn in earlier:
        asked = plain(_BREAK.sub(" ", turn.user) or words("first_read", language))
        answered = plain(turn.reply) or plain(words("no_answer", language))
        parts.append(f"**{asked}**\n\n{answered} [{plain(words('behind', language))}](#turn-{turn.number})")
    title = plain(words("earlier", language, count=len(earlier)))
    metadata = {"id": f"earlier-{number}", "title": title, "status": "done"}
    return [{"role": "assistant", "content": "\n\n".join(parts), "metadata": metadata}]


def _step(step_id: str, name: str, arguments: dict[str, Any], call: ToolCall | None, language: Language) -> ChatMessage:
    named = arguments.get("image") or arguments.get("images") or arguments.get("finding") or ""
    seen = " ".join(str(n) for n in named) if isinstance(named, (list, tuple)) else str(named)
    title = f"{name} {seen}".strip()
    metadata: dict[str, Any] = {"id": step_id, "title": plain(title), "status": "pending" if call is None else "done"}
    if call is None:
        return {"role": "assistant", "content": "", "metadata": metadata}
    metadata["duration"] = round(call.seconds, 2)
    if not call.ok:
        metadata["log"] = words("step_refused", language)
    done = words("step_done" if call.ok else "step_refused", language)
    return {"role": "assistant", "content": plain(call.summary or done), "metadata": metadata}


def _sentences(said: Iterable[Sentence]) -> str:
    """One after the other; what rests on findings is a link to them, with their handles at its end."""
    parts = []
    for sentence in said:
        text = plain(_TAIL.sub("", sentence.text).strip())
        handles = [h for h in sentence.findings if _HANDLE.fullmatch(h)]
        if not handles:
            parts.append(text)
            continue
        *before, last = text.split("\n")
        target = ",".join(handles)
        lines = [f"[{line}](#{target})" if line.strip() else line for line in before]
        lines.append(f"[{last} {' '.join(f'**{h}**' for h in handles)}](#{target})")
        parts.append("\n".join(lines))
    return " ".join(parts).replace("\n ", "\n")


_HANDLE = re.compile(r"F\d+")
