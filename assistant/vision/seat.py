"""The one thread on which models look at images.

Each thread that runs torch gets a team of workers of its own, and idle teams spin: on two cores a look from a fresh
thread was measured at two to three times its cost. So every look goes to one long-lived thread, one after the other.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import ParamSpec, TypeVar

__all__ = ["seated"]

P = ParamSpec("P")
T = TypeVar("T")

_NAME = "vision"


@cache
def _seat() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix=_NAME)


def seated(look: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `look` on the seat and wait for it; what it raises is raised here."""
    if threading.current_thread().name.startswith(f"{_NAME}_"):
        return look(*args, **kwargs)
    return _seat().submit(look, *args, **kwargs).result()
