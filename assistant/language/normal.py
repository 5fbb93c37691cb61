"""Text as it is compared: lower case, accents folded, one space between words. Vietnamese loses its tone marks here."""

import re
import unicodedata
from collections.abc import Iterable

__all__ = ["folded", "has_any", "tokens"]

_TOKEN = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")


def folded(text: str) -> str:
    """Lower case without accents; composed and decomposed spellings are the same."""
    flat = unicodedata.normalize("NFD", text.lower().replace("đ", "d").replace("’", "'"))
    return "".join(c for c in flat if not unicodedata.combining(c))


def tokens(text: str) -> list[str]:
    """Words and numbers of a folded text."""
    return _TOKEN.findall(text)


def has_any(text: str, phrases: Iterable[str]) -> bool:
    """Whether one of the folded phrases stands in the folded text, as whole words."""
    padded = f" {' '.join(tokens(text))} "
    return any(f" {p} " in padded for p in phrases)
