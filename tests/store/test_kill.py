"""kill -9 at random moments: what was reported as committed is there, and nothing is half-written."""

import random
import sqlite3
import time
from pathlib import Path

import pytest

from assistant.domain.turn import Status
from assistant.store import Store
from tests.builders import build_pixels
from tests.store.processes import delete_and_die, open_and_stay, start, write_for_ever

Report = tuple[str, str | int, int]


def killed_writer(url: str | None, home: Path, session: str, seed: int, steps: int, more_s: float) -> list[Report]:
    """What a writer reported before it was killed: `more_s` after its step number `steps`."""
    process, reports = start(write_for_ever, url, home, session, seed)
    reported: list[Report] = []
    with reports:
        while len(reported) < steps:
            reported.append(reports.recv())
        time.sleep(more_s)
        process.kill()
        process.join()
        try:
            while True:
                reported.append(reports.recv())
        except EOFError:
            process.close()
            return reported


def hold_to(store: Store, session_id: str, reported: list[Report]) -> None:
    session = store.load(session_id)
    turns = {turn.number: turn for turn in session.turns}
    for kind, name, seed in reported:
        if isinstance(name, int):
            turn = turns[name]
            assert turn.user == f"question {seed}"
            assert kind == "begin" or len(turn.tools) == 1
            assert kind != "finish" or (turn.status is Status.ANSWERED and len(turn.findings) == 1)
        elif kind == "image":
            assert (store.pixels(session_id, name).pixels == build_pixels(seed, (64, 64))).all()
        else:
            finding = session.finding(name)
            assert finding is not None
            assert kind != "review" or finding.review.text == str(seed)


def test_nothing_that_was_reported_is_lost_and_nothing_is_half_written(url: str | None, tmp_path: Path) -> None:
    home = tmp_path / "home"
    with Store.open(url, home) as store:
        session = store.create_session("reader").id
    chance = random.Random(11)
    reported: list[Report] = []
    for kill in range(10):
        reported += killed_writer(url, home, session, 1000 * kill, chance.randrange(1, 14), chance.uniform(0, 0.02))
        with Store.open(url, home) as store:
            hold_to(store, session, reported)
            loaded = store.load(session)
            assert {t.status for t in loaded.turns} <= {Status.ANSWERED, Status.INTERRUPTED}
            assert [t.number for t in loaded.turns] == list(range(1, len(loaded.turns) + 1))
            assert [i.handle for i in loaded.images] == [f"img{n + 1}" for n in range(len(loaded.images))]
            for image in loaded.images:
                store.pixels(session, image.handle)
            assert list((home / "artifacts" / "incoming").iterdir()) == []
    assert {kind for kind, *_ in reported} == {"image", "begin", "tool", "finding", "finish", "review"}
    assert any(t.status is Status.INTERRUPTED for t in loaded.turns)
    if url is None:
        connection = sqlite3.connect(home / "medvision.db")
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        connection.close()


def test_a_deletion_that_is_killed_between_rows_and_files_is_finished_on_the_next_start(
    url: str | None, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    process, reports = start(delete_and_die, url, home)
    process.join()
    reports.close()
    assert process.exitcode == -9
    assert len(list((home / "artifacts").glob("??/*"))) == 2
    with Store.open(url, home) as store:
        assert store.sessions() == ()
        assert list(store.artifacts.names()) == []


@pytest.mark.parametrize("after_s", [0.0, 0.01, 0.03, 0.1])
def test_a_first_start_that_is_killed_leaves_nothing_in_the_way_of_the_next(tmp_path: Path, after_s: float) -> None:
    process, reports = start(open_and_stay, tmp_path)
    with reports:
        assert reports.recv() == "go"
        time.sleep(after_s)
        process.kill()
        process.join()
    with Store.open(None, tmp_path) as store:
        assert store.create_session("reader").turns == ()
