"""Wordings by key and language, read once from the files of `prompts/sentences/`; this module decides nothing."""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Literal

__all__ = ["PROMPTS", "Language", "capital", "certainty", "figure", "percent", "say", "stopped", "wordings"]

Language = Literal["en", "vi"]
PROMPTS = Path(__file__).resolve().parents[2] / "prompts"


@cache
def wordings() -> dict[str, dict[str, str]]:
    """Every wording: key -> language -> template of `str.format`."""
    found: dict[str, dict[str, str]] = {}
    for file in sorted((PROMPTS / "sentences").glob("*.toml")):
        rows = tomllib.loads(file.read_text("utf-8"))
        if twice := sorted(found.keys() & rows.keys()):
            raise ValueError(f"two files of wordings hold {', '.join(twice)}")
        found |= rows
    return found


def say(key: str, language: Language, **values: object) -> str:
    """The wording of `key`; English where the other language has none."""
    entry = wordings()[key]
    return entry.get(language, entry["en"]).format(**values)


def percent(p: float, language: Language = "en") -> str:
    """A probability as a reader says it; never 0 % and never 100 %."""
    if p < 0.01:
        return say("percent_under", language)
    if p > 0.99:
        return say("percent_over", language)
    return f"{p:.0%}".replace("%", " %")


def certainty(p: float) -> str:
    """The key of the certainty word that a probability carries (contract): very_likely, likely, possible, or none."""
    if p >= 0.9:
        return "very_likely"
    if p >= 0.6:
        return "likely"
    return "possible" if p >= 0.2 else ""


def figure(value: str, language: Language) -> str:
    """Numbers with the decimal mark of the language: '0.5 x 1.25' -> '0,5 x 1,25'."""
    return re.sub(r"(?<=\d)\.(?=\d)", ",", value) if language == "vi" else value


def stopped(text: str) -> str:
    """A sentence that ends as one."""
    text = text.strip()
    return text if re.search(r"[.!?…]$", text) else f"{text}."


def capital(text: str) -> str:
    """The first letter large, the rest as it is."""
    return text[:1].upper() + text[1:]
