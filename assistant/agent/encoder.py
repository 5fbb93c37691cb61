"""Encoder: a small sentence encoder that says how likely each intent is, from the words of a clause in their order.

The first layers of `transformer`, which learned the examples of `prompts/utterances` in both languages;
`benchmarks/encoder_training.py` made `prompts/encoder.npz`. An intent that was not there when it learned is scored 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from assistant.agent.transformer import Rows, Transformer, lines, softmax, stored
from assistant.language.phrasing import PROMPTS

__all__ = ["ENCODER", "LONGEST", "Encoder", "encoder"]

ENCODER = PROMPTS / "encoder.npz"
LONGEST = 48


@dataclass(frozen=True, slots=True)
class Encoder:
    """`likely(words)`: the probability of each of `names`."""

    names: tuple[str, ...]
    network: Transformer

    @classmethod
    def read(cls, file: Path) -> "Encoder":
        kept = stored(file)
        return cls(lines(kept, "names"), Transformer.of(kept))

    def likely(self, clauses: Sequence[Sequence[str]]) -> Rows:
        """Probabilities of several clauses at once, [clauses, names] in the order of `names`; each row sums to 1."""
        rows = [[i for word in words[:LONGEST] for i in self.network.ids(word)][: LONGEST - 2] for words in clauses]
        means = np.stack([x.mean(axis=0) for x in self.network.hidden(rows)])
        return softmax(self.network.linear("intent", means))


@cache
def encoder() -> Encoder:
    """The one that ships."""
    return Encoder.read(ENCODER)
