"""What people say, by intent: each tool's own examples, `prompts/talk.toml`, and families of `prompts/utterances`.

A family is a way of talking (terse, a patient's words, a referral letter); measuring leaves one family out at a time.
An intent is a tool's name, a kind of talk, or READ: a whole read, which a disease question is not.
"""

import tomllib
from collections.abc import Collection, Mapping
from functools import cache

from assistant.language.phrasing import PROMPTS
from assistant.tools.catalog import TOOLS

__all__ = ["FAMILIES", "READ", "examples", "family"]

READ = "read"
_FOLDER = PROMPTS / "utterances"
FAMILIES: tuple[str, ...] = tuple(sorted(f.stem for f in _FOLDER.glob("*.toml")))


@cache
def family(name: str) -> Mapping[str, tuple[str, ...]]:
    """The utterances of one family, by intent."""
    table = tomllib.loads((_FOLDER / f"{name}.toml").read_text("utf-8"))
    return {intent: tuple(row["utterances"]) for intent, row in table.items()}


@cache
def _talk() -> Mapping[str, tuple[str, ...]]:
    table = tomllib.loads((PROMPTS / "talk.toml").read_text("utf-8"))
    return {name: tuple(row["utterances"]) for name, row in table.items()}


def examples(left_out: Collection[str] = ()) -> dict[str, tuple[str, ...]]:
    """Every example, once an intent; `left_out`: families to do without."""
    found: dict[str, list[str]] = {t.name: list(t.utterances) for t in TOOLS}
    found[READ] = [u for t in TOOLS for u in t.reads]
    for name, utterances in _talk().items():
        found.setdefault(name, []).extend(utterances)
    for one in FAMILIES:
        if one not in left_out:
            for intent, utterances in family(one).items():
                found[intent].extend(utterances)
    return {intent: tuple(dict.fromkeys(utterances)) for intent, utterances in found.items()}
