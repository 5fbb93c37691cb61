"""Tagger: which words of a message ask for what, read in the message as a whole.

A network (`transformer`) gives each word the probability of each label: an intent, "unknown" or none ("O": story,
courtesy, joints), whether a request begins there, and whether it is asked for, left out, or taken back later in the
same message. `benchmarks/tagger_training.py` made `prompts/tagger.npz` from the marked messages beside it.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from assistant.agent.transformer import Rows, Transformer, lines, softmax, stored
from assistant.language.phrasing import PROMPTS

__all__ = ["NONE", "TAGGER", "WORD", "Tagged", "Tagger", "tagger"]

TAGGER = PROMPTS / "tagger.npz"
WORD = re.compile(r"[^\W_]+|[^\w\s]|_")
NONE = "O"
_MOST_ROWS = 4
_GAP = 6
_JOINTS = frozenset({"and", "/"})


@dataclass(frozen=True, slots=True)
class Tagged:
    """A message, NFC, with for each word where it stands and what it may ask for.

    `shares` [words, labels]; `modes` [words, 3]: asked, left out, taken back; `begins` [words]. A very
    long message is read at its beginning alone.
    """

    text: str
    spans: tuple[tuple[int, int], ...]
    labels: tuple[str, ...]
    shares: Rows
    modes: Rows
    begins: Rows

    def words_of(self, clause: str) -> tuple[slice, ...]:
        """Where the words of a clause stand in the message, each time; a joint put between them is passed over."""
        wanted = [w.lower() for w in WORD.findall(unicodedata.normalize("NFC", clause))]
        there = [self.text[a:b].lower() for a, b in self.spans]
        found = []
        for start in (i for i, word in enumerate(there) if wanted and word == wanted[0]):
            at = start
            for word in wanted[1:]:
                later = next((k for k in range(at + 1, min(at + _GAP, len(there))) if there[k] == word), None)
                if later is None and word not in _JOINTS:
                    break
                at = at if later is None else later
            else:
                found.append(slice(start, at + 1))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Tagger:
    labels: tuple[str, ...]
    network: Transformer

    @classmethod
    def read(cls, file: Path) -> "Tagger":
        kept = stored(file)
        return cls(lines(kept, "labels"), Transformer.of(kept))

    def tag(self, message: str) -> Tagged:
        """What each word of a message may ask for."""
        text = unicodedata.normalize("NFC", message)
        rows: list[list[int]] = [[]]
        first: list[list[int]] = [[]]
        spans: list[tuple[int, int]] = []
        for found in WORD.finditer(text):
            ids = self.network.ids(found.group().lower())[: self.network.longest - 2]
            if len(rows[-1]) + len(ids) > self.network.longest - 2:
                if len(rows) == _MOST_ROWS:
                    break
                rows.append([])
                first.append([])
            first[-1].append(1 + len(rows[-1]))
            rows[-1] += ids
            spans.append(found.span())
        x = np.concatenate([h[at] for h, at in zip(self.network.hidden(rows), first, strict=True)])
        begins: Rows = np.divide(1, 1 + np.exp(-self.network.linear("begin", x)[:, 0]), dtype=np.float32)
        shares, modes = (softmax(self.network.linear(name, x)) for name in ("tag", "mode"))
        return Tagged(text, tuple(spans), self.labels, shares, modes, begins)


@cache
def tagger() -> Tagger:
    """The one that ships."""
    return Tagger.read(TAGGER)
