"""The conversation: what a browser says goes to the façade, and the turn's events come back as chat messages.

A turn runs in the façade's own thread, so a handler here only watches: a reload, a closed tab or a lost connection
stops nothing, and the next page follows the same feed from its first event on.
"""

import json
import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from assistant.domain.base import Frozen
from assistant.domain.session import Session
from assistant.errors import AssistantError, InputError
from assistant.intake.samples import Sample
from assistant.language.concepts import in_language
from assistant.language.phrasing import Language
from assistant.running import TurnFeed
from ui.face import Desk
from ui.owners import Owners
from ui.paint import ChatMessage, LiveTurn, earlier_of, paint_turns, plain
from ui.uploads import Uploads
from ui.words import language_of, words

__all__ = ["Chat", "Screen"]

Screen = tuple[list[ChatMessage] | Any, str | Any]
"""What a handler yields: the chat's messages, and the signal that the page's own script watches."""

_MOST_TABS = 4000
_MOST_SENT = 4000
_CLIENT = re.compile(r"[0-9a-f]{1,64}")


class Message(Frozen):
    """What a reader sent, by the line, a button or a sample."""

    session_id: str
    text: str
    arrivals: tuple[Path, ...] = ()
    client_id: str | None = None
    replaces: int | None = None
    is_sample: bool = False


class Chat:
    """Handlers of the chat; one instance serves every browser, the owner comes with each request."""

    def __init__(self, desk: Desk, owners: Owners, uploads: Uploads, samples: Sequence[Sample]) -> None:
        self._desk = desk
        self._owners = owners
        self._uploads = uploads
        self._samples = {s.id: s for s in samples}
        self._views: OrderedDict[str, int] = OrderedDict()
        self._sent_to: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._lock = threading.Lock()
        self._sending = threading.Lock()

    def restore(self, request: gr.Request) -> Iterator[Screen]:
        """A page was opened: show the session that its address names, and follow the turn that is still running."""
        yield from _at_least_once(self._open(str(request.query_params.get("session", "")), request))

    def command(self, order: str, request: gr.Request) -> Iterator[Screen]:
        """A wish of the page's own script: open a session, or say something that a button stands for."""
        wish = _read(order)
        session_id, client_id = wish.get("session", ""), wish.get("client") or None
        screens: Iterator[Screen] = iter(())
        if wish.get("do") == "open":
            screens = self._open(session_id, request)
        elif wish.get("do") == "say":
            replaces = int(wish["replaces"]) if wish.get("replaces", "").isdecimal() else None
            message = Message(
                session_id=session_id,
                text=wish.get("text", ""),
                arrivals=_paths(wish.get("files", "")),
                client_id=client_id,
                replaces=replaces,
            )
            screens = self._say(message, request, again=bool(wish.get("again")))
        elif wish.get("do") == "sample":
            screens = self._sample(session_id, wish.get("sample", ""), client_id, request)
        yield from _at_least_once(screens)

    def send(self, message: dict[str, Any], state: str, request: gr.Request) -> Iterator[Screen]:
        """A message was sent; `state` is what the page's script wrote: session, and an id against double sends.

        The line is emptied by the page's script, never from here: by then the reader may be typing the next one.
        """
        yield from _at_least_once(self._sent(message, _read(state), request))

    def _sent(self, message: dict[str, Any], state: dict[str, str], request: gr.Request) -> Iterator[Screen]:
        text = str(message.get("text") or "").strip()
        arrivals = tuple(Path(str(file)) for file in message.get("files") or ())
        if text or arrivals:
            said = Message(
                session_id=state.get("session", ""), text=text, arrivals=arrivals, client_id=state.get("client") or None
            )
            yield from self._say(said, request)

    def _sample(self, session_id: str, name: str, client_id: str | None, request: gr.Request) -> Iterator[Screen]:
        sample = self._samples.get(name)
        if sample is None:
            yield self._notice(session_id, name, words("unknown_sample", _language(request)), request, client_id)
            return
        message = Message(session_id=session_id, text="", arrivals=(sample.path,), client_id=client_id, is_sample=True)
        yield from self._say(message, request)

    def _say(self, message: Message, request: gr.Request, again: bool = False) -> Iterator[Screen]:
        owner, language = self._owner(request), _language(request)
        view = self._view(request, fresh=True)
        text, client = message.text, message.client_id
        try:
            with self._sending:
                session, before, feed = self._started(message, owner, language, again)
        except AssistantError as error:
            told = in_language(str(error), language)
            yield self._notice(message.session_id, text, told, request, client)
            return
        yield [*before, *LiveTurn(text, language).messages()[:1]], _signal(session.id, running=True)
        yield from self._follow(session.id, owner, feed, text, view, request, client)

    def _started(
        self, message: Message, owner: str, language: Language, again: bool
    ) -> tuple[Session, list[ChatMessage], TurnFeed]:
        """The session and the turn of a message; of one that came before, those that it got then.

        One message at a time: what is sent again while it is on its way finds its files taken and its turn begun.
        """
        known = self._sent_to.get((owner, message.client_id or ""))
        if known is None and again and message.client_id:
            known = self._desk.session_of(message.client_id, owner)
        paths: tuple[Path, ...] = ()
        if known is None:
            taken = self._taken(message)
            if taken is None:
                raise InputError(words("lost_upload", language))
            paths = taken
        try:
            there = known or message.session_id
            session = self._desk.session(there, owner) if there else self._desk.new_session(owner)
            before = paint_turns(session.turns, language, replaced=message.replaces)
            feed = self._desk.say(
                session.id,
                message.text,
                paths,
                owner=owner,
                client_id=message.client_id,
                first_read=not message.text and (bool(paths) or message.replaces is not None),
                forget_uploads=True,
                replaces=message.replaces,
                language=language,
            )
        except AssistantError:
            for path in paths:
                path.unlink(missing_ok=True)
            raise
        if message.client_id:
            self._sent_to[owner, message.client_id] = session.id
            while len(self._sent_to) > _MOST_SENT:
                self._sent_to.popitem(last=False)
        return session, before, feed

    def _taken(self, message: Message) -> tuple[Path, ...] | None:
        if message.is_sample:
            return tuple(self._uploads.copy(path) for path in message.arrivals)
        return self._uploads.take(message.arrivals)

    def _open(self, session_id: str, request: gr.Request) -> Iterator[Screen]:
        owner = self._owner(request)
        view = self._view(request, fresh=True)
        if not session_id:
            yield [], _signal("")
            return
        try:
            session = self._desk.session(session_id, owner)
            feed = self._desk.running(session_id, owner)
            self._desk.viewed(session_id, owner)
        except AssistantError as error:
            told = in_language(str(error), _language(request))
            yield [{"role": "assistant", "content": plain(told)}], _signal("")
            return
        while feed is not None:
            yield from self._follow(session_id, owner, feed, "", view, request)
            feed = self._desk.running(session_id, owner)
            if view != self._view(request):
                return
        yield paint_turns(self._desk.session(session_id, owner).turns, _language(request)), _signal(session.id)

    def _follow(
        self,
        session_id: str,
        owner: str,
        feed: TurnFeed,
        text: str,
        view: int,
        request: gr.Request,
        client: str | None = None,
    ) -> Iterator[Screen]:
        """Show a feed to its end, unless this tab has gone on to something else."""
        language = _language(request)
        live = LiveTurn(text, language)
        before: list[ChatMessage] | None = None
        for event in feed:
            live.add(event)
            if view != self._view(request):
                return
            if before is None:
                turns = self._desk.session(session_id, owner).turns
                live.earlier = earlier_of(turns, next((t.replaces for t in turns if t.number == live.number), None))
                before = paint_turns(turns, language, before=live.number)
            yield [*before, *live.messages()], _signal(session_id, live.finished is None, "has", client)
        if live.finished is None and view == self._view(request):
            turns = self._desk.session(session_id, owner).turns
            yield paint_turns(turns, language), _signal(session_id, False, "has", client)

    def _notice(
        self, session_id: str, text: str, sentence: str, request: gr.Request, client: str | None = None
    ) -> Screen:
        """One sentence under what was said; it is shown and not stored, and the page takes the words back."""
        messages: list[ChatMessage] = []
        if session_id:
            try:
                messages = paint_turns(self._desk.session(session_id, self._owner(request)).turns, _language(request))
            except AssistantError:
                session_id = ""
        if text:
            messages.append({"role": "user", "content": plain(text)})
        return [*messages, {"role": "assistant", "content": plain(sentence)}], _signal(
            session_id, False, "back", client
        )

    def _owner(self, request: gr.Request) -> str:
        owner = self._owners.owner_of(request.cookies.get(self._owners.cookie_name))
        if owner is None:
            raise gr.Error("Open the page from the address that the server printed.", print_exception=False)
        return owner

    def _view(self, request: gr.Request, fresh: bool = False) -> int:
        """Which view of this tab is the current one; a fresh one makes older streams of the tab end."""
        tab = str(request.session_hash)
        with self._lock:
            if fresh:
                self._views[tab] = self._views.pop(tab, 0) + 1
                while len(self._views) > _MOST_TABS:
                    self._views.popitem(last=False)
            return self._views.get(tab, 0)


def _language(request: gr.Request) -> Language:
    return language_of(request.cookies, request.headers)


def _read(text: str) -> dict[str, str]:
    """What the page's script wrote; nothing where it is not an object of strings."""
    try:
        value = json.loads(text or "{}")
    except ValueError:
        return {}
    return {k: v for k, v in value.items() if isinstance(v, str)} if isinstance(value, dict) else {}


def _at_least_once(screens: Iterator[Screen]) -> Iterator[Screen]:
    """Gradio empties the outputs of a handler that yields nothing; this leaves them as they are."""
    shown = False
    for screen in screens:
        shown = True
        yield screen
    if not shown:
        yield gr.skip(), gr.skip()


def _paths(files: str) -> tuple[Path, ...]:
    """Where a message's files arrived, as the page's script noted it; `Uploads.take` holds each against its folder."""
    try:
        named = json.loads(files or "[]")
    except ValueError:
        return ()
    return tuple(Path(str(name)) for name in named) if isinstance(named, list) else ()


def _signal(session_id: str, running: bool = False, word: str = "", client: str | None = None) -> str:
    """Changes with each event, so that the page's script looks again: `mv session state nonce`.

    `word` and the message that it is about may follow: `has`, its turn is in the store; `back`, it was not taken.
    """
    told = f" {word} {client}" if client and _CLIENT.fullmatch(client) else ""
    return f"mv {session_id or 'none'} {'running' if running else 'idle'} {secrets.token_hex(4)}{told}"
