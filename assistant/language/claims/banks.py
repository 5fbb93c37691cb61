"""Banks of words (`prompts/ledger_rules.toml`) that rules on a whole sentence look for, in both languages, folded."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from assistant.language.phrasing import PROMPTS

__all__ = ["at_word", "bank", "pattern", "rules_table", "spread", "without", "words_in"]


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads((PROMPTS / "ledger_rules.toml").read_text("utf-8"))


@cache
def bank(name: str) -> tuple[str, ...]:
    """The words of a bank."""
    return tuple(_table()["banks"][name])


@cache
def _bank_pattern(name: str) -> re.Pattern[str]:
    return pattern(bank(name))


def at_word(name: str, text: str) -> re.Match[str] | None:
    """Where a word of that bank stands first."""
    return _bank_pattern(name).search(text)


def without(name: str, text: str) -> str:
    """The text without the words of that bank."""
    return _bank_pattern(name).sub(" ", text)


def words_in(name: str, text: str) -> int:
    """How many words of that bank stand there."""
    return len(_bank_pattern(name).findall(text))


def pattern(phrases: Sequence[str]) -> re.Pattern[str]:
    """Any of these phrases, as whole words; "*" ends a stem."""
    told = "|".join(re.escape(p).replace(r"\*", r"[\w']*") for p in sorted(phrases, key=len, reverse=True))
    return re.compile(rf"(?<![\w'])(?:{told or '(?!)'})(?![\w])")


def spread(phrases: Sequence[str]) -> list[str]:
    """Phrases, with the words of a bank where "@name" stands."""
    return [w for p in phrases for w in (bank(p[1:]) if p.startswith("@") else (p,))]


def rules_table() -> Mapping[str, Mapping[str, Any]]:
    """The rules by name."""
    table: Mapping[str, Mapping[str, Any]] = _table()["rules"]
    return table
