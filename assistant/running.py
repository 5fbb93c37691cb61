"""Turns that are being answered: one queue a session, and feeds that any number of listeners can follow from the start.

It knows nothing of what a turn does; a listener that goes away (a reload, a lost connection) stops nothing.
"""

import threading
from collections.abc import Callable, Iterator

from assistant.agent.stream import Event, TurnFinished
from assistant.domain.turn import Turn

__all__ = ["RunningTurns", "TurnFeed"]


class TurnFeed:
    """The events of one turn. Iterating gives all of them from the first on, then waits for the next."""

    def __init__(self, session: str) -> None:
        self.session = session
        self._events: list[Event] = []
        self._changed = threading.Condition()
        self._closed = False
        self._stop = threading.Event()

    def publish(self, event: Event) -> None:
        with self._changed:
            self._events.append(event)
            self._closed = self._closed or isinstance(event, TurnFinished)
            self._changed.notify_all()

    def close(self) -> None:
        """End the feed without a finished turn; listeners stop waiting."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def stop(self) -> None:
        """Ask the turn to end at its next step."""
        self._stop.set()

    @property
    def stopping(self) -> bool:
        return self._stop.is_set()

    def wait_closed(self, timeout_s: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed, timeout=timeout_s)

    @property
    def done(self) -> bool:
        with self._changed:
            return self._closed

    def __iter__(self) -> Iterator[Event]:
        seen = 0
        while True:
            with self._changed:
                while len(self._events) == seen and not self._closed:
                    self._changed.wait()
                news = self._events[seen:]
                closed = self._closed
            yield from news
            seen += len(news)
            if closed and not news:
                return

    def result(self) -> Turn:
        """Wait for the end and give the stored turn."""
        for event in self:
            if isinstance(event, TurnFinished):
                return event.turn
        raise RuntimeError("the turn ended without a result")


class RunningTurns:
    """Runs turns of one session one after the other, those of different sessions side by side."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._feeds: dict[str, list[TurnFeed]] = {}
        self._by_client: dict[tuple[str, str], TurnFeed] = {}
        self._queues: dict[str, threading.Lock] = {}

    def start(self, session: str, client_id: str | None, work: Callable[[TurnFeed], None]) -> TurnFeed:
        """Run `work(feed)` in a thread of its own, after the session's earlier turns; a double send joins the first."""
        with self._lock:
            if client_id is not None and (known := self._by_client.get((session, client_id))):
                return known
            feed = TurnFeed(session)
            if client_id is not None:
                self._by_client[(session, client_id)] = feed
            self._feeds.setdefault(session, []).append(feed)
            queue = self._queues.setdefault(session, threading.Lock())
            before = [f for f in self._feeds[session] if f is not feed]
        threading.Thread(target=self._run, args=(feed, queue, before, work), name="turn", daemon=True).start()
        return feed

    def _run(
        self, feed: TurnFeed, queue: threading.Lock, before: list[TurnFeed], work: Callable[[TurnFeed], None]
    ) -> None:
        try:
            for earlier in before:
                for _ in earlier:
                    pass
            with queue:
                work(feed)
        finally:
            feed.close()
            with self._lock:
                self._feeds[feed.session].remove(feed)
                if len(self._by_client) > 1000:
                    self._by_client = {k: f for k, f in self._by_client.items() if not f.done}

    def of(self, session: str) -> TurnFeed | None:
        """The turn of this session that is being answered now, or the next in its queue."""
        with self._lock:
            return next((f for f in self._feeds.get(session, []) if not f.done), None)

    def wait(self, timeout_s: float) -> None:
        """Ask all running turns to stop and give each a moment to be stored."""
        with self._lock:
            feeds = [f for many in self._feeds.values() for f in many]
        for feed in feeds:
            feed.stop()
        for feed in feeds:
            feed.wait_closed(timeout_s)
