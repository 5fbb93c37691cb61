"""What people say, by intent: each tool's own examples, `prompts/talk.toml`, and families of `prompts/utterances`.

A family is a way of talking (terse, a patient's words, a referral letter); measuring leaves one family out at a time.
An intent is a tool's name, a kind of talk, a decision on a finding (`matcher.DECISIONS`), or READ: a whole read, which
a disease question is not.
"""

import hashlib
import tomllib
from collections import Counter
from collections.abc import Collection, Mapping
from functools import cache

from assistant.language.normal import folded, tokens
from assistant.language.phrasing import PROMPTS
from assistant.tools.catalog import TOOLS

__all__ = ["FAMILIES", "READ", "examples", "family", "sources", "vietnamese_words"]

READ = "read"
_FAR_MORE = 10
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
                found.setdefault(intent, []).extend(utterances)
    return {intent: tuple(dict.fromkeys(utterances)) for intent, utterances in found.items()}


def vietnamese_words() -> frozenset[str]:
    """Folded words that the Vietnamese examples use far more often than the English ones, which quote some."""
    utterances = [u for said in examples().values() for u in said]
    accented = Counter(w for u in utterances if folded(u) != u.lower() for w in tokens(folded(u)))
    others = (u for said in examples([f for f in FAMILIES if f.startswith("viet")]).values() for u in said)
    plain = Counter(w for u in others if folded(u) == u.lower() for w in tokens(u.lower()))
    return frozenset(w for w, n in accented.items() if n >= _FAR_MORE * plain[w])


@cache
def sources() -> str:
    """A fingerprint of the files and tables that the examples and the words stand in; quicker than reading them."""
    files = (*(_FOLDER / f"{name}.toml" for name in FAMILIES), PROMPTS / "talk.toml", PROMPTS / "lexicon.toml")
    state = hashlib.sha256(repr([(t.name, t.utterances, t.reads) for t in TOOLS]).encode())
    for file in files:
        state.update(file.read_bytes())
    return state.hexdigest()
