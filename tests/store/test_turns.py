"""Turns on either database: begun, filled, finished, sent twice, cut off."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from assistant.domain.turn import Status
from assistant.errors import ArchiveError, InputError
from assistant.store import BeganTurn, Store
from assistant.store.runners import Runner
from assistant.store.turns import CUT_OFF, CUT_OFF_EARLY
from tests.builders import build_facts, build_finding, build_pixels, build_tool_call, build_turn
from tests.store.processes import begin_and_die, start


def begin_elsewhere(url: str | None, home: Path, session_id: str) -> None:
    """A turn in a process of its own, which dies in the middle of it without a word."""
    process, reports = start(begin_and_die, url, home, session_id)
    process.join()
    reports.close()
    assert process.exitcode == -9


def pretend_runner(store: Store, **columns: object) -> None:
    settings = ", ".join(f"{name} = :{name}" for name in columns)
    with store._database.migrating() as connection:
        connection.execute(text(f"UPDATE turns SET {settings}"), columns)


def test_turns_are_numbered_from_one_in_each_session(store: Store) -> None:
    one, two = store.create_session("reader"), store.create_session("reader")
    assert store.begin_turn(one.id, "a") == BeganTurn(number=1, fresh=True)
    assert store.begin_turn(one.id, "b").number == 2
    assert store.begin_turn(two.id, "c").number == 1


def test_a_double_send_gets_the_first_number_and_is_not_fresh(store: Store) -> None:
    one, two = store.create_session("reader"), store.create_session("reader")
    assert store.begin_turn(one.id, "a", "send-1").fresh
    assert store.begin_turn(one.id, "a", "send-1") == BeganTurn(number=1, fresh=False)
    assert store.begin_turn(one.id, "a", "send-2") == BeganTurn(number=2, fresh=True)
    assert store.begin_turn(two.id, "a", "send-1") == BeganTurn(number=1, fresh=True)
    assert len(store.load(one.id).turns) == 2


def test_a_running_turn_of_a_living_process_is_shown_as_it_grows(open_store: Callable[[], Store]) -> None:
    store = open_store()
    session = store.create_session("reader")
    store.begin_turn(session.id, "is there a tumour?")
    store.record_tool_call(session.id, 1, build_tool_call())
    (turn,) = open_store().load(session.id).turns
    assert turn.status is Status.RUNNING
    assert (turn.reply, turn.claims) == ("", ())
    assert [call.name for call in turn.tools] == ["classify_image"]
    store.finish_turn(session.id, build_turn())
    assert store.load(session.id).turns[0].status is Status.ANSWERED


def test_images_are_attached_and_filled_in(store: Store) -> None:
    session = store.create_session("reader")
    for seed in range(3):
        store.add_image(session.id, build_facts(), build_pixels(seed), None, None)
    store.begin_turn(session.id, "compare", images=["img2"])
    store.attach_images(session.id, 1, ["img1", "img2"])
    with pytest.raises(InputError):
        store.attach_images(session.id, 1, ["img4"])
    with pytest.raises(InputError):
        store.begin_turn(session.id, "compare", images=["../img1"])
    assert store.finish_turn(session.id, build_turn()).images == ("img2", "img1")
    assert store.load(session.id).turns[0].images == ("img2", "img1")


def test_a_turn_is_answered_once(store: Store) -> None:
    session = store.create_session("reader")
    store.begin_turn(session.id, "a")
    store.finish_turn(session.id, build_turn(reply="first"))
    with pytest.raises(ArchiveError, match="already answered"):
        store.finish_turn(session.id, build_turn(reply="second"))
    with pytest.raises(InputError, match="no such turn"):
        store.finish_turn(session.id, build_turn(number=2))
    with pytest.raises(ValueError, match="neither running"):
        store.finish_turn(session.id, build_turn(status=Status.RUNNING))
    assert store.load(session.id).turns[0].reply == "first"


def test_a_turn_whose_process_was_killed_is_interrupted_with_what_it_had(
    url: str | None, open_store: Callable[[], Store], tmp_path: Path
) -> None:
    store = open_store()
    session = store.create_session("reader")
    store.add_image(session.id, build_facts(), build_pixels(), None, None)
    begin_elsewhere(url, tmp_path / "home", session.id)
    read = store.load(session.id).turns
    settled = open_store().load(session.id).turns
    pretend_runner(store, runner_pid=os.getpid(), runner_host="elsewhere")
    (turn,) = settled
    assert read == settled == store.load(session.id).turns
    assert turn.status is Status.INTERRUPTED
    assert (turn.user, turn.reply, turn.images) == ("where is it?", CUT_OFF, ("img1",))
    assert turn.tools == (build_tool_call(),)
    assert [f.handle for f in turn.findings] == ["F1"]
    assert turn.claims[0].text == CUT_OFF
    assert store.begin_turn(session.id, "where is it?", "c9") == BeganTurn(number=1, fresh=False)
    assert store.begin_turn(session.id, "again", "c10") == BeganTurn(number=2, fresh=True)


@pytest.mark.parametrize(("uploads", "lost"), [(0, False), (1, False), (2, True)])
def test_a_turn_that_was_cut_off_knows_whether_a_file_that_came_with_it_was_kept(
    store: Store, uploads: int, lost: bool
) -> None:
    session = store.create_session("reader")
    number = store.begin_turn(session.id, "where is it?", uploads=uploads).number
    store.add_image(session.id, build_facts(), build_pixels(), None, None, number)
    assert not store.load(session.id).turns[0].lost_upload, "it still runs"
    pretend_runner(store, runner_started="long ago")
    (turn,) = store.load(session.id).turns
    assert (turn.status, turn.lost_upload, turn.images) == (Status.INTERRUPTED, lost, ("img1",))
    assert turn.reply == (CUT_OFF_EARLY if lost else CUT_OFF)


def test_a_reused_process_id_is_not_taken_for_the_runner(store: Store) -> None:
    session = store.create_session("reader")
    store.begin_turn(session.id, "a")
    assert store.load(session.id).turns[0].status is Status.RUNNING
    pretend_runner(store, runner_started="long ago")
    assert store.load(session.id).turns[0].status is Status.INTERRUPTED


def test_a_turn_of_another_host_counts_as_dead_when_it_was_silent_for_long(store: Store) -> None:
    session = store.create_session("reader")
    store.begin_turn(session.id, "a")
    pretend_runner(store, runner_host="another")
    assert store.load(session.id).turns[0].status is Status.RUNNING
    store._stale_after = timedelta(seconds=-1)
    assert store.load(session.id).turns[0].status is Status.INTERRUPTED
    store._settle()
    store._stale_after = timedelta(seconds=900)
    assert store.load(session.id).turns[0].status is Status.INTERRUPTED
    store.heartbeat(session.id, 1)
    store.finish_turn(session.id, build_turn(reply="it was only slow"))
    assert store.load(session.id).turns[0].reply == "it was only slow"


def test_a_runner_knows_itself_and_a_dead_process() -> None:
    here = Runner.here()
    assert here.alive
    assert not Runner.is_dead(here.key)
    with subprocess.Popen([sys.executable, "-c", "pass"]) as child:
        pid = child.pid
    gone = Runner(here.host, pid, here.started)
    assert gone.alive is False
    assert Runner.is_dead(gone.key)
    assert Runner("elsewhere", pid, "then").alive is None
    assert not Runner.is_dead(Runner("elsewhere", pid, "then").key)
    assert not Runner.is_dead("something-else")


def test_flags_are_stored_and_listed(store: Store) -> None:
    one, two = store.create_session("reader"), store.create_session("reader")
    for session in (one, two):
        store.begin_turn(session.id, "a")
        store.flag(session.id, 1, f"wrong in {session.id}", "reader")
    assert [f.note for f in store.flags(one.id)] == [f"wrong in {one.id}"]
    assert len(store.flags()) == 2
    with pytest.raises(InputError):
        store.flag(one.id, 7, "no such turn", "reader")


def test_what_a_turn_shows_stays_when_the_finding_is_reviewed_later(store: Store) -> None:
    session = store.create_session("reader")
    store.add_image(session.id, build_facts(), build_pixels(), None, None)
    store.begin_turn(session.id, "a")
    finding = store.add_finding(session.id, 1, build_finding())
    turn = build_turn(findings=(finding,))
    store.finish_turn(session.id, turn)
    assert json.loads(store.load(session.id).turns[0].model_dump_json()) == json.loads(turn.model_dump_json())


def test_a_turn_may_be_the_newer_version_of_the_last_one_and_brings_its_images(store: Store) -> None:
    session = store.create_session("reader").id
    for seed in (1, 2):
        pixels = build_pixels(seed)
        store.add_image(session, build_facts(pixels), pixels, None, None)
    store.begin_turn(session, "a", images=("img1",))
    store.finish_turn(session, build_turn(number=1))
    newer = store.begin_turn(session, "b", images=("img2",), replaces=1)
    assert newer == BeganTurn(number=2, fresh=True, images=("img1",))
    running = store.load(session).turns[1]
    assert (running.replaces, running.images) == (1, ("img1", "img2"))
    assert [t.number for t in store.load(session).standing] == [2]
    assert store.finish_turn(session, build_turn(number=2)).replaces == 1
    late = store.begin_turn(session, "c", replaces=1)
    assert late.images == (), "another question came in between, so this one stands beside it"
    store.finish_turn(session, build_turn(number=3, replaces=1))
    assert [t.number for t in store.load(session).standing] == [2, 3]
    assert [t.replaces for t in store.load(session).turns] == [None, 1, None]
