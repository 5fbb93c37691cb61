"""Who runs a turn: host, process id, and when that process started, so that a reused id is not taken for it."""

import functools
import hashlib
import os
import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Self

__all__ = ["Runner"]


@dataclass(frozen=True, slots=True)
class Runner:
    """One process on one host. Containers count as one host where they share a host name."""

    host: str
    pid: int
    started: str

    @classmethod
    def here(cls) -> Self:
        pid = os.getpid()
        return cls(platform.node(), pid, _own_start(pid))

    @property
    def alive(self) -> bool | None:
        """None: it ran on another host, nobody can tell from here."""
        if self.host != platform.node():
            return None
        return _start_of(self.pid) == self.started

    @property
    def key(self) -> str:
        """Short and safe in a file name."""
        return f"{_short(self.host)}-{self.pid}-{_short(self.started)}"

    @staticmethod
    def is_dead(key: str) -> bool:
        """Whether `key` names a process of this host that is gone."""
        host, _, rest = key.partition("-")
        pid, _, started = rest.partition("-")
        if host != _short(platform.node()) or not pid.isdecimal():
            return False
        now = _start_of(int(pid))
        return now is None or _short(now) != started


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


@functools.lru_cache(maxsize=4)
def _own_start(pid: int) -> str:
    return _start_of(pid) or ""


@functools.cache
def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def _start_of(pid: int) -> str | None:
    """When a process of this host started, as the system says it (proc(5): field 22, ticks since boot); None: gone."""
    if not Path("/proc/self/stat").exists():
        return _start_by_ps(pid)
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    state, *fields = stat.rpartition(")")[2].split()
    if state in ("Z", "X"):
        return None
    return f"{_boot()}:{fields[18]}"


def _start_by_ps(pid: int) -> str | None:
    """Where there is no /proc (macOS)."""
    command = ["ps", "-o", "lstart=", "-p", str(pid)]
    found = subprocess.run(
        command, capture_output=True, text=True, check=False, env={"LC_ALL": "C", "PATH": "/bin:/usr/bin"}
    )
    return found.stdout.strip() or None
