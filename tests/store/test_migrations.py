"""Models, migrations and the databases of earlier versions agree; opening is cheap and safe for two at once."""

import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic import command, op
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.config import main as command_line
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from assistant.errors import ArchiveError
from assistant.store import Store, schema
from assistant.store.database import Database
from assistant.store.tables import Row
from tests.builders import build_facts, build_pixels
from tests.store.processes import open_and_create, start

_MIGRATIONS = Path(schema.__file__).parent / "migrations"


def run(code: str, *words: str) -> subprocess.Popen[str]:
    line = [sys.executable, "-W", "error", "-c", textwrap.dedent(code), *words]
    return subprocess.Popen(line, stdout=subprocess.PIPE, text=True)


def test_models_and_migrations_agree(store: Store) -> None:
    with store._database.engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), Row.metadata) == []


def test_there_is_one_head_and_the_code_knows_it() -> None:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [schema.HEAD]


def test_no_migration_builds_todays_tables() -> None:
    for revision in (_MIGRATIONS / "versions").glob("0*.py"):
        source = revision.read_text()
        assert "create_all" not in source
        assert "assistant.store" not in source


def test_the_developers_entry_upgrades_a_database_and_finds_nothing_to_change(tmp_path: Path) -> None:
    words = ["-c", str(_MIGRATIONS / "alembic.ini"), "-x", f"url=sqlite:///{tmp_path / 'scratch.db'}"]
    command_line([*words, "upgrade", "head"])
    command_line([*words, "check"])  # exits where models and tables differ


def test_a_database_of_revision_1_opens_and_keeps_its_content(tmp_path: Path) -> None:
    """As written by the first version: raw SQL, so that this test stays what it is when the models move on."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    database = Database(None, tmp_path)
    with database.migrating() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(text("INSERT INTO sessions VALUES ('aged', 'reader', '2026-11-23 12:00:00.000000', 'old')"))
        connection.execute(
            text(
                "INSERT INTO turns VALUES ('aged', 1, NULL, 'hello', '[]', 'running', '2026-11-23 12:00:00.000000',"
                " '2026-11-23 12:00:01.000000', 'host', 1, 'then', NULL)"
            )
        )
    database.close()
    with Store.open(None, tmp_path) as store:
        session = store.load("aged")
        assert (session.label, session.turns[0].status) == ("old", "interrupted")
        assert store.add_image("aged", build_facts(), build_pixels(), None, None).handle == "img1"


def test_a_failed_migration_leaves_the_database_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object) -> None:
        raise RuntimeError("in the middle")

    with monkeypatch.context() as patch:
        patch.setattr(op, "create_index", fail)
        with pytest.raises(RuntimeError, match="in the middle"):
            Store.open(None, tmp_path)
    with Store.open(None, tmp_path) as store:
        assert store.sessions() == ()


def test_two_processes_that_open_at_once_do_not_collide(url: str | None, tmp_path: Path) -> None:
    children = [start(open_and_create, url, tmp_path / "home") for _ in range(4)]
    made = set()
    for process, reports in children:
        made.add(reports.recv())
        reports.close()
        process.join()
    assert [process.exitcode for process, _ in children] == [0, 0, 0, 0]
    with Store.open(url, tmp_path / "home") as store:
        assert {s.session for s in store.sessions()} == made


def test_opening_again_is_fast_and_imports_no_alembic(tmp_path: Path) -> None:
    with Store.open(None, tmp_path):
        pass
    code = """
    import sys, time
    from pathlib import Path
    from assistant.store import Store
    seconds = []
    for _ in range(5):
        start = time.process_time()
        store = Store.open(None, Path(sys.argv[1]))
        seconds.append(time.process_time() - start)
        store.close()
    assert "alembic" not in sys.modules and "torch" not in sys.modules
    print(min(seconds))
    """
    child = run(code, str(tmp_path))
    assert float(child.communicate()[0]) < 0.05


def test_a_database_of_a_newer_version_is_refused_with_what_to_do(open_store: Callable[[], Store]) -> None:
    store = open_store()
    with store._database.migrating() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ArchiveError, match="newer version"):
        open_store()


def test_the_program_waits_for_a_migration_that_runs(tmp_path: Path) -> None:
    code = """
    import fcntl, os, sys, time
    lock = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
    fcntl.flock(lock, fcntl.LOCK_EX)
    print("locked", flush=True)
    time.sleep(0.5)
    """
    child = run(code, str(tmp_path / "medvision.db.lock"))
    assert child.stdout is not None
    assert child.stdout.readline() == "locked\n"
    start = time.perf_counter()
    with Store.open(None, tmp_path):
        assert time.perf_counter() - start > 0.3
    child.communicate()
