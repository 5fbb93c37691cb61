"""Turns in progress: feeds from the start, one queue a session, a double send that runs once."""

import threading

from assistant.agent.stream import Said, TurnFinished, TurnStarted
from assistant.domain.turn import Sentence, Status, Turn
from assistant.running import RunningTurns, TurnFeed


def finished(number: int = 1) -> TurnFinished:
    return TurnFinished(turn=Turn(number=number, user="?", reply="!", status=Status.ANSWERED))


def test_a_listener_that_comes_late_gets_every_event_from_the_first_on() -> None:
    turns, gate = RunningTurns(), threading.Event()

    def work(feed: TurnFeed) -> None:
        feed.publish(TurnStarted(number=1, user="?"))
        gate.wait(5)
        feed.publish(Said(sentence=Sentence(text="Here.")))
        feed.publish(finished())

    feed = turns.start("s", None, work)
    seen: list[str] = []
    early = threading.Thread(target=lambda: seen.extend(e.kind for e in feed))
    early.start()
    gate.set()
    early.join(5)
    assert [e.kind for e in feed] == ["turn_started", "said", "turn_finished"]
    assert seen == ["turn_started", "said", "turn_finished"]
    assert turns.of("s") is None


def test_turns_of_one_session_run_one_after_the_other_in_order() -> None:
    turns, running, most, order = RunningTurns(), 0, 0, []
    lock = threading.Lock()

    def work(number: int, feed: TurnFeed) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
            order.append(number)
        feed.publish(finished(number))
        with lock:
            running -= 1

    feeds = [turns.start("s", None, lambda feed, n=i: work(n, feed)) for i in range(20)]  # type: ignore[misc]
    for feed in feeds:
        feed.result()
    assert most == 1
    assert order == sorted(order)


def test_turns_of_two_sessions_run_side_by_side() -> None:
    turns, both = RunningTurns(), threading.Barrier(2, timeout=5)

    def work(feed: TurnFeed) -> None:
        both.wait()
        feed.publish(finished())

    feeds = [turns.start(name, None, work) for name in ("a", "b")]
    assert [f.result().status for f in feeds] == [Status.ANSWERED] * 2


def test_a_double_send_joins_the_first() -> None:
    turns, ran = RunningTurns(), []

    def work(feed: TurnFeed) -> None:
        ran.append(1)
        feed.publish(finished())

    first = turns.start("s", "click-1", work)
    first.result()
    again = turns.start("s", "click-1", work)
    assert again is first
    assert turns.start("s", "click-2", work).result().status is Status.ANSWERED
    assert len(ran) == 2


def test_a_feed_whose_work_breaks_ends_for_its_listeners() -> None:
    turns = RunningTurns()
    feed = turns.start("s", None, lambda feed: feed.close())
    assert list(feed) == []
    assert feed.done
