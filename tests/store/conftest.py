"""Stores over both databases: SQLite in a folder, PostgreSQL in a private cluster that lives as long as the run."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assistant.store import Store

_BINARIES = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)


def _as_postgres(*command: str | Path) -> None:
    """PostgreSQL refuses to run as root."""
    words = [str(word) for word in command]
    if os.geteuid() == 0:
        words = ["runuser", "-u", "postgres", "--", *words]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[Path]:
    """A folder that holds a running cluster's socket."""
    if _BINARIES is None:
        pytest.skip("the PostgreSQL server is not installed here")
    # pytest's own folders are closed to the user postgres, and a socket's path may have 107 characters only
    folder = Path(tempfile.mkdtemp(prefix="medvision-pg-"))
    data = folder / "data"
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off -c max_connections=200"
    try:
        _as_postgres(_BINARIES / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        _as_postgres(_BINARIES / "pg_ctl", "-D", data, "-w", "-o", options, "-l", folder / "log", "start")
        yield folder
    finally:
        if (data / "postmaster.pid").exists():
            _as_postgres(_BINARIES / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_cluster: Path, tmp_path: Path) -> str:
    """An empty schema of this test's own: to the store it is a database, and it costs a hundredth of one."""
    import psycopg

    name = f"t{abs(hash(str(tmp_path))):x}"
    with psycopg.connect(f"host={postgres_cluster} user=postgres dbname=postgres", autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}".encode())
    return f"postgresql://postgres@/postgres?host={postgres_cluster}&options=-csearch_path%3D{name}"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str | None:
    return None if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def open_store(url: str | None, tmp_path: Path) -> Iterator[Callable[[], Store]]:
    """Opens the same store again and again, as one process after another would."""
    opened: list[Store] = []

    def again() -> Store:
        opened.append(Store.open(url, tmp_path / "home"))
        return opened[-1]

    yield again
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: Callable[[], Store]) -> Store:
    return open_store()
