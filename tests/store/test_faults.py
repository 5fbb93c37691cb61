"""What can go wrong around the store is told in one sentence that says what to do, with no path in it."""

import os
import re
import sqlite3
import stat
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError

from assistant.errors import ArchiveError
from assistant.store import Store
from assistant.store.tables import FlagRow
from tests.builders import NOON, build_facts, build_pixels


def refused(url: str | None, home: Path) -> str:
    with pytest.raises(ArchiveError) as error:
        Store.open(url, home)
    message = str(error.value)
    assert str(home) not in message
    assert "/" not in message.replace("postgresql://user@host/name", "")
    assert re.fullmatch(r"[A-Z].*\.", message)
    return message


def test_a_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert "cannot be reached" in refused(f"postgresql://nobody@/none?host={tmp_path}", tmp_path)


def test_a_database_that_is_not_there_is_told(postgres_url: str, tmp_path: Path) -> None:
    assert "cannot be reached" in refused(postgres_url.replace("@/postgres?", "@/other?"), tmp_path)


def test_a_plain_address_and_one_with_the_driver_are_the_same(postgres_url: str, tmp_path: Path) -> None:
    for prefix in ("postgresql://", "postgresql+psycopg://", "postgres://"):
        with Store.open(postgres_url.replace("postgresql://", prefix), tmp_path) as store:
            assert store.sessions() == ()


@pytest.mark.parametrize("url", ["not an address", "nosuch://x/y", "mysql://x/y", "sqlite://", "sqlite:///:memory:"])
def test_an_address_that_cannot_serve_is_told(url: str, tmp_path: Path) -> None:
    refused(url, tmp_path)


def test_a_home_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("x")
    assert "MEDVISION_HOME" in refused(None, tmp_path / "home")


def test_a_home_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        assert "MEDVISION_HOME" in refused(None, Path("/proc/self/nothing-can-be-written-here"))
        return
    (tmp_path / "home").mkdir(mode=0o500)
    assert "MEDVISION_HOME" in refused(None, tmp_path / "home")


def test_a_file_that_is_no_database_is_told_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "medvision.db").write_bytes(b"holiday photographs " * 100)
    assert "restore a backup" in refused(None, tmp_path)
    assert (tmp_path / "medvision.db").read_bytes() == b"holiday photographs " * 100


def test_the_database_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    with Store.open(None, tmp_path / "home") as store:
        store.create_session("reader")
        for file in (tmp_path / "home").glob("medvision.db*"):
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == 0o700


def test_a_full_disk_is_told_and_what_was_stored_stays_whole(tmp_path: Path) -> None:
    with Store.open(None, tmp_path) as store:
        session = store.create_session("reader").id

        def shrink(connection: sqlite3.Connection, *_more: object) -> None:
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            connection.execute(f"PRAGMA max_page_count={pages + 2}").fetchone()

        store._database.engine.dispose()
        event.listen(store._database.engine, "connect", shrink)
        with pytest.raises(ArchiveError, match="disk of the database is full"):
            store.begin_turn(session, "a long question " * 10_000)
        assert store.load(session).turns == ()
        assert store.history(session)[-1].action == "session_created"
        event.remove(store._database.engine, "connect", shrink)
        store._database.engine.dispose()
        assert store.begin_turn(session, "a short one").number == 1


def test_a_database_that_another_program_holds_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.store.database._BUSY_S", 0.2)
    with Store.open(None, tmp_path) as store:
        other = sqlite3.connect(tmp_path / "medvision.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(ArchiveError, match="busy"):
            store.create_session("reader")
        other.execute("ROLLBACK")
        other.close()
        assert store.create_session("reader").owner == "reader"


def test_sqlite_runs_as_it_should(tmp_path: Path) -> None:
    with Store.open(None, tmp_path) as store, store._database.engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "secure_delete", "busy_timeout")
        }
    assert found == {"journal_mode": "wal", "foreign_keys": 1, "secure_delete": 1, "busy_timeout": 10_000}


def test_nothing_of_a_deleted_session_is_left_in_sqlites_files(tmp_path: Path) -> None:
    with Store.open(None, tmp_path) as store:
        session = store.create_session("reader", "Mrs Unmistakable").id
        store.add_image(session, build_facts(header={"StudyDescription": "Unmistakable"}), build_pixels(), None, None)
        store.begin_turn(session, "an Unmistakable question")
        store.delete(session)
        for file in tmp_path.rglob("*"):
            assert not file.is_file() or b"Unmistakable" not in file.read_bytes()


def test_the_text_of_a_database_error_carries_nothing_that_was_typed(store: Store) -> None:
    with pytest.raises(IntegrityError) as error:
        store._database.write(lambda db: db.add(FlagRow(session_id="s", turn=1, note="Unmistakable", by="x", at=NOON)))
    assert "Unmistakable" not in str(error.value)
