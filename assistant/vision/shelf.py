"""Loaded models under a memory limit: the one that was used longest ago goes first. Knows no torch.

What a session still holds stays in memory until it lets go; the limit counts what the shelf keeps for the next look.
Not safe between threads by itself: `assistant.vision.loading` holds its lock around every call.
"""

import logging
from collections import OrderedDict
from typing import Generic, TypeVar

__all__ = ["Shelf"]

_logger = logging.getLogger(__name__)

T = TypeVar("T")


class Shelf(Generic[T]):
    """Things by name, with the bytes that each takes."""

    def __init__(self, limit_bytes: int | None) -> None:
        self._limit = limit_bytes
        self._things: OrderedDict[str, tuple[T, int]] = OrderedDict()

    @property
    def used_bytes(self) -> int:
        return sum(size for _, size in self._things.values())

    @property
    def names(self) -> tuple[str, ...]:
        """From the one used longest ago to the one used last."""
        return tuple(self._things)

    def take(self, name: str) -> T | None:
        """The thing, which is now the one used last; None where it is not here."""
        found = self._things.get(name)
        if found is None:
            return None
        self._things.move_to_end(name)
        return found[0]

    def has_room(self, size: int) -> bool:
        """Whether so many bytes would fit without a thing going."""
        return self._limit is None or self.used_bytes + size <= self._limit

    def put(self, name: str, thing: T, size: int) -> None:
        """Keep it as the one used last; others go until the limit holds, but never itself."""
        self._things[name] = (thing, size)
        self._things.move_to_end(name)
        while self._limit is not None and self.used_bytes > self._limit and len(self._things) > 1:
            gone, (_, freed) = self._things.popitem(last=False)
            _logger.info("model %s left memory (%d bytes) for %s", gone, freed, name)
