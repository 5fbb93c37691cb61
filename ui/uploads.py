"""Where Gradio puts what a browser sends: a private folder of this process that is kept empty.

A file lies here from its arrival until intake has taken it; one that is never sent on is removed after minutes. Its
name on arrival is dropped before anyone reads it.
"""

import os
import secrets
import shutil
import threading
import time
from collections.abc import Sequence
from pathlib import Path

__all__ = ["Uploads"]

_FORGET_AFTER_S = 15 * 60.0


class Uploads:
    def __init__(self, home: Path) -> None:
        root = home / "tmp"
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        for left in root.iterdir():
            if not _is_alive(left.name):
                shutil.rmtree(left, ignore_errors=True)
        self.folder = root / f"{os.getpid()}-{secrets.token_hex(4)}"
        self.arrivals = self.folder / "arrivals"
        self._taken = self.folder / "taken"
        self.arrivals.mkdir(parents=True, mode=0o700)
        self._taken.mkdir(mode=0o700)
        self._closed = threading.Event()
        os.environ["GRADIO_TEMP_DIR"] = str(self.arrivals)

    def take(self, arrivals: Sequence[Path]) -> tuple[Path, ...] | None:
        """Move files out of Gradio's reach under names of our own; None where one is no longer there.

        Only files inside the folder of arrivals are moved, whatever a request claims.
        """
        taken = []
        for arrival in arrivals:
            place = self._taken / secrets.token_hex(8)
            try:
                inside = arrival.resolve(strict=True)
                if not inside.is_relative_to(self.arrivals.resolve()):
                    return None
                inside.rename(place)
            except OSError:
                return None
            shutil.rmtree(arrival.parent, ignore_errors=True) if arrival.parent != self.arrivals else None
            taken.append(place)
        return tuple(taken)

    def copy(self, path: Path) -> Path:
        """A copy of a sample, to be forgotten like any upload."""
        place = self._taken / secrets.token_hex(8)
        shutil.copyfile(path, place)
        return place

    def sweep(self, older_than_s: float = _FORGET_AFTER_S) -> None:
        """Remove what was never sent on."""
        limit = time.time() - older_than_s
        for folder, _, names in os.walk(self.folder, topdown=False):
            for name in names:
                path = Path(folder, name)
                if _changed(path) <= limit:
                    path.unlink(missing_ok=True)
            if Path(folder) not in (self.folder, self.arrivals, self._taken) and _changed(Path(folder)) <= limit:
                shutil.rmtree(folder, ignore_errors=True)

    def keep_empty(self, every_s: float = 60.0) -> None:
        """Sweep until closed; meant for a background thread."""
        while not self._closed.wait(every_s):
            self.sweep()

    def close(self) -> None:
        self._closed.set()
        shutil.rmtree(self.folder, ignore_errors=True)


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return time.time()


def _is_alive(name: str) -> bool:
    pid = name.partition("-")[0]
    if not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
