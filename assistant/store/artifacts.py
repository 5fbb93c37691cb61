"""Files beside the database (pixels, overlays, exports), each named by the SHA-256 of its content.

A file appears whole or not at all (temporary file, fsync, rename, fsync of the folder) and is never written again.
What it does not know: which session a file belongs to; the rows do.

    <folder>/ab/abcdef....npy      <folder>/incoming/<runner>-<random>      <folder>/lock
"""

import errno
import fcntl
import hashlib
import os
import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from assistant.errors import ArchiveError, InputError
from assistant.store.rows import UNWRITABLE
from assistant.store.runners import Runner

__all__ = ["Artifacts"]

_NAME = re.compile(r"[0-9a-f]{64}\.[a-z0-9]{1,8}")
_SUFFIX = re.compile(r"[a-z0-9]{1,8}")
_ABANDONED_S = 3600.0


class Artifacts:
    """A folder of content-addressed files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._incoming = folder / "incoming"
        with _told():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._incoming.mkdir(mode=0o700, exist_ok=True)
            self._sweep_incoming()

    def put(self, data: bytes, suffix: str) -> str:
        """Keep `data`; its name is `<sha256>.<suffix>`. The same bytes twice are one file."""
        suffix = suffix.removeprefix(".")
        if not _SUFFIX.fullmatch(suffix):
            raise ValueError("a suffix is one to eight lower-case letters or digits")
        name = f"{hashlib.sha256(data).hexdigest()}.{suffix}"
        target = self._target(name)
        with _told():
            if not self._touch(target, len(data)):
                self._write(target, data)
        return name

    def path(self, name: str) -> Path:
        """Where a file lies. Only a name that `put` can have given is looked up at all."""
        target = self._target(name)
        if not target.is_file():
            raise ArchiveError("A stored file is missing; the rest of the session can still be read.")
        return target

    def read(self, name: str) -> bytes:
        """The bytes, held against their name: damage on disk is told, not shown."""
        with _told():
            data = self.path(name).read_bytes()
        if hashlib.sha256(data).hexdigest() != name.partition(".")[0]:
            raise ArchiveError("A stored file is damaged and was not used; add the image again, or restore a backup.")
        return data

    def ensure(self, name: str, data: bytes) -> None:
        """After a row that names the file is committed: put it back if `remove` came between."""
        target = self._target(name)
        with _told(), self._locked():
            if not target.is_file():
                self._write(target, data)

    def remove(self, name: str, not_after: float, wanted: Callable[[], bool] = lambda: False) -> bool:
        """Unlink a file that no row names. False: somebody put it again after `not_after` and may be about to name it.

        Ten minutes after that the file is taken for forgotten and goes all the same. `wanted` is asked once more
        under the lock that `ensure` takes: whoever commits a row first and then ensures the file never loses it.
        """
        target = self._target(name)
        with _told(), self._locked():
            if wanted():
                return True
            try:
                touched = target.stat().st_mtime
            except FileNotFoundError:
                return True
            if touched > not_after and time.time() - touched < 600:
                return False
            target.unlink()
            _sync_folder(target.parent)
            return True

    def names(self) -> Iterator[str]:
        """Every file there is, in no order."""
        for folder in self._folder.glob("[0-9a-f][0-9a-f]"):
            yield from (entry.name for entry in folder.iterdir() if _NAME.fullmatch(entry.name))

    def age_s(self, name: str) -> float:
        """Seconds since a file was last put; 0 where it is gone."""
        try:
            return time.time() - self._target(name).stat().st_mtime
        except FileNotFoundError:
            return 0.0

    def _target(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise InputError("There is no such file in this session.")
        return self._folder / name[:2] / name

    def _touch(self, target: Path, size: int) -> bool:
        """Whether the file is there; if so, say by its time that somebody wants it now (see `remove`)."""
        with self._locked():
            try:
                if target.stat().st_size != size:
                    return False
                now = time.time_ns()  # the kernel's own stamp is coarse and may lie before an earlier moment
                os.utime(target, ns=(now, now))
            except FileNotFoundError:
                return False
            return True

    def _write(self, target: Path, data: bytes) -> None:
        draft = self._incoming / f"{Runner.here().key}-{secrets.token_hex(8)}"
        try:
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            if not target.parent.is_dir():
                target.parent.mkdir(mode=0o700, exist_ok=True)
                _sync_folder(self._folder)
            draft.rename(target)
            _sync_folder(target.parent)
        finally:
            draft.unlink(missing_ok=True)

    def _sweep_incoming(self) -> None:
        """What a killed process left half-written; a living one's drafts stay."""
        for draft in self._incoming.iterdir():
            key = draft.name.rpartition("-")[0]
            try:
                if Runner.is_dead(key) or time.time() - draft.stat().st_mtime > _ABANDONED_S:
                    draft.unlink(missing_ok=True)
            except FileNotFoundError:
                continue

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One at a time over all threads and processes: between looking at a file and unlinking it nobody puts it."""
        descriptor = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _told() -> Iterator[None]:
    """A failing disk, in one sentence for a person."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise ArchiveError("The disk is full, so this was not stored; free some space and ask again.") from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR):
            raise ArchiveError(UNWRITABLE) from error
        raise ArchiveError("The disk could not be read or written; check it and ask again.") from error
