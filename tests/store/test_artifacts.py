"""Files beside the database."""

import contextlib
import errno
import os
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from assistant.errors import ArchiveError, InputError
from assistant.store import Artifacts
from assistant.store.runners import Runner


def files_in(folder: Path) -> set[str]:
    return {p.name for p in folder.rglob("*") if p.is_file() and p.name != "lock"}


def test_a_file_is_named_by_its_content_and_comes_back(tmp_path: Path) -> None:
    artifacts = Artifacts(tmp_path / "a")
    name = artifacts.put(b"abc", "png")
    assert name == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad.png"
    assert artifacts.read(name) == b"abc"
    assert artifacts.path(name) == tmp_path / "a" / "ba" / name
    assert artifacts.put(b"abc", ".png") == name
    assert files_in(tmp_path / "a") == {name}


def test_files_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    artifacts = Artifacts(tmp_path / "a")
    path = artifacts.path(artifacts.put(b"abc", "png"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) & 0o077 == 0


@pytest.mark.parametrize(
    "name",
    ["", "..", "../../etc/passwd", "/etc/passwd", "a" * 64, f"{'a' * 64}.png/..", f"{'A' * 64}.png", f"{'a' * 64}.p\n",
     f"{'a' * 64}.png\n", f"../{'a' * 64}.png", f"{'a' * 64}.png\x00"],
)  # fmt: skip
def test_a_name_that_put_cannot_have_given_is_not_looked_up(tmp_path: Path, name: str) -> None:
    artifacts = Artifacts(tmp_path / "a")
    with pytest.raises(InputError):
        artifacts.path(name)
    with pytest.raises(InputError):
        artifacts.read(name)


@pytest.mark.parametrize("suffix", ["", "../x", "a/b", "PNG", "tar.gz", "waytoolong"])
def test_a_suffix_is_plain(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(ValueError, match="suffix"):
        Artifacts(tmp_path / "a").put(b"abc", suffix)


def test_a_missing_and_a_damaged_file_are_told_and_the_damage_is_repaired_by_the_same_bytes(tmp_path: Path) -> None:
    artifacts = Artifacts(tmp_path / "a")
    with pytest.raises(ArchiveError, match="missing"):
        artifacts.read(f"{'a' * 64}.png")
    name = artifacts.put(b"abc", "png")
    artifacts.path(name).write_bytes(b"ab")
    with pytest.raises(ArchiveError, match="damaged"):
        artifacts.read(name)
    artifacts.put(b"abc", "png")
    assert artifacts.read(name) == b"abc"


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    artifacts = Artifacts(tmp_path / "a")

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ArchiveError, match="disk is full"):
        artifacts.put(b"abc", "png")
    assert files_in(tmp_path / "a") == set()


def test_what_a_dead_process_left_half_written_is_cleaned_and_a_living_ones_is_not(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    Artifacts(folder)
    with subprocess.Popen([sys.executable, "-c", "pass"]) as child:
        pid = child.pid
    here = Runner.here()
    dead, living = Runner(here.host, pid, "then").key, here.key
    stranger = Runner("elsewhere", 1, "then").key
    old = folder / "incoming" / f"{stranger}-old"
    for key in (dead, living, stranger):
        (folder / "incoming" / f"{key}-half").write_bytes(b"ha")
    old.write_bytes(b"ha")
    os.utime(old, (0, time.time() - 7200))
    Artifacts(folder)
    assert files_in(folder) == {f"{living}-half", f"{stranger}-half"}


def test_a_file_that_somebody_just_put_again_is_not_removed(tmp_path: Path) -> None:
    artifacts = Artifacts(tmp_path / "a")
    name = artifacts.put(b"abc", "png")
    before = artifacts.path(name).stat().st_mtime
    os.utime(artifacts.path(name), (before - 60, before - 60))
    artifacts.put(b"abc", "png")
    assert not artifacts.remove(name, not_after=before - 30)
    assert artifacts.read(name) == b"abc"
    assert artifacts.remove(name, not_after=time.time() + 1)
    assert artifacts.remove(name, not_after=time.time() + 1)
    assert list(artifacts.names()) == []


def test_many_threads_put_and_remove_the_same_file_and_nobody_sees_half_of_it(tmp_path: Path) -> None:
    artifacts = Artifacts(tmp_path / "a")
    data = os.urandom(50_000)

    def work(number: int) -> None:
        for _ in range(20):
            name = artifacts.put(data, "bin")
            if number == 0:
                artifacts.remove(name, not_after=time.time() + 1)
            else:
                with contextlib.suppress(ArchiveError, FileNotFoundError):
                    assert artifacts.path(name).stat().st_size == len(data)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert files_in(tmp_path / "a" / "incoming") == set()


def test_a_file_whose_row_came_between_is_spared_and_one_that_went_before_is_put_back(tmp_path: Path) -> None:
    artifacts = Artifacts(tmp_path)
    name = artifacts.put(b"a picture", "npy")
    assert artifacts.remove(name, time.time() + 1, wanted=lambda: True)
    assert artifacts.read(name) == b"a picture"
    assert artifacts.remove(name, time.time() + 1, wanted=lambda: False)
    artifacts.ensure(name, b"a picture")
    assert artifacts.read(name) == b"a picture"
