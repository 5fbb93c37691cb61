"""Talk intents: requests that no tool answers, from `prompts/talk.toml`; and the matcher over every intent.

The examples come with every tool, and so with langchain: they are imported when they are first needed.
"""

import re
import tomllib
import unicodedata
from functools import cache

import numpy as np
from pydantic import Field

from assistant.agent.encoder import encoder
from assistant.agent.lexicon import untelexed
from assistant.agent.matcher import SOLVED, Matcher
from assistant.domain.base import Frozen
from assistant.domain.turn import Status
from assistant.language.normal import folded, tokens
from assistant.language.phrasing import PROMPTS, Language

__all__ = ["TALK", "Talk", "language_of", "matcher", "talk_named"]


class Talk(Frozen):
    """One kind of talk: how people say it, what is answered, which buttons are shown."""

    name: str
    status: Status
    utterances: tuple[str, ...]
    reply: dict[str, str] = Field(description="by language")
    buttons: tuple[str, ...] = ()

    def words(self, language: Language) -> str:
        return self.reply.get(language, self.reply["en"])


def _read() -> tuple[Talk, ...]:
    rows = tomllib.loads((PROMPTS / "talk.toml").read_text("utf-8"))
    return tuple(Talk(name=name, **row) for name, row in rows.items())


TALK: tuple[Talk, ...] = _read()
_ACCENTS = re.compile(r"[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệịỉĩọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹàáãèéìíòóõùúý]")
_BY_NAME = {t.name: t for t in TALK}


def talk_named(name: str) -> Talk | None:
    return _BY_NAME.get(name)


@cache
def matcher() -> Matcher:
    """The matcher over every tool and talk intent; built at first use."""
    from assistant.agent.examples import examples, sources

    return Matcher.kept(SOLVED, sources(), encoder()) or Matcher(examples(), SOLVED, encoder())


@cache
def _vietnamese() -> frozenset[str]:
    from assistant.agent.examples import sources, vietnamese_words

    with np.load(SOLVED) as kept:
        if str(kept["sources"]) == sources():
            return frozenset(kept["vietnamese"].tobytes().decode().split("\n"))
    return vietnamese_words()


def language_of(text: str) -> Language:
    """The language of a message, also where Vietnamese is typed without accents."""
    flat = folded(text)
    quoted = re.sub(r"\"[^\"]*\"|“[^”]*”", " ", text)
    if _ACCENTS.search(unicodedata.normalize("NFC", quoted.lower())):
        return "vi"
    words = [w for w in untelexed(tokens(flat), _vietnamese()) if w.isalpha() and len(w) > 1]
    known = sum(w in _vietnamese() for w in words)
    return "vi" if words and known >= max(1, 0.5 * len(words)) else "en"
