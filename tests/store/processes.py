"""Other processes for the tests of this room, forked from a server that has imported the store once.

A fresh interpreter would cost a second or more each; these start in milliseconds and can be killed at any moment.
"""

import multiprocessing
import os
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from assistant.store import Store, files
from tests.builders import build_facts, build_finding, build_pixels, build_review, build_tool_call, build_turn

__all__ = [
    "begin_and_die",
    "delete_and_die",
    "open_and_create",
    "open_and_stay",
    "start",
    "write_for_ever",
    "write_turns",
]

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["alembic.command", "tests.store.processes"])


def start(work: Callable[..., None], *arguments: Any) -> tuple[BaseProcess, Connection]:
    """Run `work(reports, *arguments)` in a process of its own; what it sends comes out of the connection."""
    ours, theirs = _CONTEXT.Pipe(duplex=False)
    process = _CONTEXT.Process(target=work, args=(theirs, *arguments))
    process.start()
    theirs.close()
    return process, ours


def begin_and_die(_reports: Connection, url: str | None, home: Path, session: str) -> None:
    store = Store.open(url, home)
    number = store.begin_turn(session, "where is it?", "c9", images=["img1"]).number
    store.record_tool_call(session, number, build_tool_call())
    store.add_finding(session, number, build_finding())
    os.kill(os.getpid(), 9)


def delete_and_die(_reports: Connection, url: str | None, home: Path) -> None:
    """Dies after the rows are gone and before the files are."""
    store = Store.open(url, home)
    session = store.create_session("reader").id
    store.add_image(session, build_facts(), build_pixels(), b"dicom", None)
    files.bury = lambda *_: os.kill(os.getpid(), 9)  # type: ignore[assignment]
    store.delete(session)


def open_and_create(reports: Connection, url: str | None, home: Path) -> None:
    with Store.open(url, home) as store:
        reports.send(store.create_session("reader").id)


def open_and_stay(reports: Connection, home: Path) -> None:
    reports.send("go")
    Store.open(None, home)
    reports.send("open")


def write_turns(_reports: Connection, url: str | None, home: Path, session: str, count: int) -> None:
    with Store.open(url, home) as store:
        for _ in range(count):
            number = store.begin_turn(session, "a").number
            store.finish_turn(session, build_turn(number=number))


def write_for_ever(reports: Connection, url: str | None, home: Path, session: str, seed: int) -> None:
    """Whole turns, one after the other; each step is reported once the store says that it is done."""
    store = Store.open(url, home)
    while True:
        seed += 1
        pixels = build_pixels(seed, (64, 64))
        image = store.add_image(session, build_facts(pixels), pixels, None, None).handle
        reports.send(("image", image, seed))
        number = store.begin_turn(session, f"question {seed}", images=[image]).number
        reports.send(("begin", number, seed))
        store.record_tool_call(session, number, build_tool_call())
        reports.send(("tool", number, seed))
        finding = store.add_finding(session, number, build_finding(image=image))
        reports.send(("finding", finding.handle, seed))
        turn = build_turn(number=number, user=f"question {seed}", findings=(finding,), tools=(build_tool_call(),))
        store.finish_turn(session, turn)
        reports.send(("finish", number, seed))
        store.review(session, finding.handle, build_review(text=str(seed)))
        reports.send(("review", finding.handle, seed))
