"""Items -> "a, b and c" in either language; nothing more."""

from collections.abc import Sequence
from typing import Literal

from assistant.language.phrasing import Language, say

__all__ = ["listed"]


def listed(items: Sequence[str], language: Language, last: Literal["and", "or"] = "and") -> str:
    """The items with commas, the last one joined by a word."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {say(f'list_{last}', language)} {items[-1]}"
