"""Many threads and processes on one session, on either database."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from assistant.domain.turn import Status
from assistant.store import Store
from tests.builders import build_facts, build_finding, build_pixels, build_review, build_tool_call, build_turn
from tests.store.processes import start, write_turns


def at_once(*works: Callable[[], None]) -> None:
    """Run all at the same time; a fault of any is raised here."""
    with ThreadPoolExecutor(len(works)) as pool:
        gate = threading.Barrier(len(works))
        for done in [pool.submit(lambda work=work: (gate.wait(), work())) for work in works]:  # type: ignore[misc]
            done.result()


def test_handles_and_numbers_stay_unique_under_many_threads(store: Store) -> None:
    session = store.create_session("reader").id
    store.add_image(session, build_facts(), build_pixels(), None, None)
    got: list[str] = []

    def work() -> None:
        for seed in range(3):
            number = store.begin_turn(session, "a question").number
            got.append(f"turn{number}")
            store.record_tool_call(session, number, build_tool_call())
            got.append(store.add_image(session, build_facts(), build_pixels(seed), None, None).handle)
            finding = store.add_finding(session, number, build_finding())
            got.append(finding.handle)
            store.review(session, finding.handle, build_review())
            store.review(session, "F1", build_review())
            store.finish_turn(session, build_turn(number=number, findings=(finding,)))
            store.load(session)

    at_once(*[work] * 8)
    assert len(got) == len(set(got)) == 72
    loaded = store.load(session)
    assert [t.number for t in loaded.turns] == list(range(1, 25))
    assert {t.status for t in loaded.turns} == {Status.ANSWERED}
    assert [f.handle for f in loaded.findings] == [f"F{n}" for n in range(1, 25)]
    assert [i.handle for i in loaded.images] == [f"img{n}" for n in range(1, 26)]
    assert len(store.reviews(session, "F1")) == 25


def test_a_double_send_from_many_threads_is_fresh_once(store: Store) -> None:
    session = store.create_session("reader").id
    fresh: list[bool] = []
    at_once(*[lambda: fresh.append(store.begin_turn(session, "a", "same").fresh)] * 8)
    assert sorted(fresh) == [False] * 7 + [True]
    assert len(store.load(session).turns) == 1


def test_two_processes_write_one_session(url: str | None, open_store: Callable[[], Store], tmp_path: Path) -> None:
    session = open_store().create_session("reader").id
    children = [start(write_turns, url, tmp_path / "home", session, 15) for _ in range(2)]
    for process, reports in children:
        process.join()
        reports.close()
    assert [process.exitcode for process, _ in children] == [0, 0]
    assert [t.number for t in open_store().load(session).turns] == list(range(1, 31))


def test_a_picture_that_two_sessions_add_and_delete_is_never_lost_to_the_one_that_keeps_it(store: Store) -> None:
    keeper = store.create_session("reader").id
    pixels = build_pixels(5)

    def come_and_go() -> None:
        for _ in range(5):
            session = store.create_session("reader").id
            store.add_image(session, build_facts(pixels), pixels, None, None)
            store.delete(session)

    def keep() -> None:
        for _ in range(5):
            handle = store.add_image(keeper, build_facts(pixels), pixels, None, None).handle
            assert store.pixels(keeper, handle).pixels.shape == (8, 8)

    at_once(come_and_go, come_and_go, keep)
    assert store.pixels(keeper, "img1").pixels.shape == (8, 8)
