"""Encoder: a small sentence encoder that says how likely each intent is, from the words of a clause in their order.

Three transformer layers that began as those of all-MiniLM-L6-v2 (Apache-2.0) and learned the examples of
`prompts/utterances`; `benchmarks/encoder_training.py` made `prompts/encoder.npz`. Weights are bytes with a scale a row.
It runs in numpy: no torch. It does not know an intent that was not there when it learned; that one is scored 0.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.language.phrasing import PROMPTS

__all__ = ["ENCODER", "HEADS", "LONGEST", "SPOKEN", "Encoder", "encoder", "pieces"]

ENCODER = PROMPTS / "encoder.npz"
LONGEST = 40
HEADS = 12
_TINY = 1e-12
SPOKEN = {"xfinding": "finding", "ximage": "image"}

_Rows = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Encoder:
    """`likely(words)`: the probability of each of `names`. Weights by name, in float32; matrices are [out, in]."""

    names: tuple[str, ...]
    pieces: Mapping[str, int]
    weights: Mapping[str, _Rows]
    layers: int

    @classmethod
    def read(cls, file: Path) -> "Encoder":
        """What `encoder_training` wrote: `NAME` as bytes and `NAME.scale` a row, or `NAME` in half precision."""
        with np.load(file) as kept:
            stored = {name: kept[name] for name in kept.files}
        names = tuple(stored.pop("names").tobytes().decode().split("\n"))
        known = stored.pop("pieces").tobytes().decode().split("\n")
        weights: dict[str, _Rows] = {}
        for name, value in stored.items():
            if name.endswith(".scale"):
                continue
            rows = value.astype(np.float32)
            scale = stored.get(f"{name}.scale")
            weights[name] = rows if scale is None else rows * scale.astype(np.float32)[:, None]
        layers = sum(name.endswith(".query.weight") for name in weights)
        return cls(names, {piece: i for i, piece in enumerate(known)}, weights, layers)

    def likely(self, words: Sequence[str]) -> _Rows:
        """Probabilities in the order of `names`; they sum to 1."""
        ids = [self.pieces["[CLS]"]]
        for word in words:
            ids += [self.pieces[p] for p in pieces(SPOKEN.get(word, word), self.pieces)]
        ids = [*ids[: LONGEST - 1], self.pieces["[SEP]"]]
        w = self.weights
        x = self._normed("start", w["pieces.weight"][ids] + w["places.weight"][: len(ids)])
        for layer in range(self.layers):
            x = self._normed(f"{layer}.after", x + self._attended(f"{layer}", x))
            x = self._normed(
                f"{layer}.end", x + self._linear(f"{layer}.narrow", _gelu(self._linear(f"{layer}.wide", x)))
            )
        logits = self._linear("intent", x.mean(axis=0, keepdims=True))[0]
        shares: _Rows = np.exp(logits - logits.max())
        shares /= shares.sum()
        return shares

    def _attended(self, layer: str, x: _Rows) -> _Rows:
        length, width = x.shape
        q, k, v = (
            self._linear(f"{layer}.{part}", x).reshape(length, HEADS, width // HEADS).transpose(1, 0, 2)
            for part in ("query", "key", "value")
        )
        weights = q @ k.transpose(0, 2, 1) / math.sqrt(width // HEADS)
        weights = np.exp(weights - weights.max(axis=-1, keepdims=True))
        weights /= weights.sum(axis=-1, keepdims=True)
        return self._linear(f"{layer}.out", (weights @ v).transpose(1, 0, 2).reshape(length, width))

    def _linear(self, name: str, x: _Rows) -> _Rows:
        out: _Rows = x @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]
        return out

    def _normed(self, name: str, x: _Rows) -> _Rows:
        centred = x - x.mean(axis=-1, keepdims=True)
        spread = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + _TINY)
        out: _Rows = centred / spread * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]
        return out


def pieces(word: str, known: Mapping[str, int]) -> list[str]:
    """A word as the longest known pieces from the left; `[UNK]` stands for the rest where no piece fits."""
    if "'" in word and word != "'":
        before, _, after = word.partition("'")
        return [*pieces(before, known), "'", *pieces(after, known)]
    found: list[str] = []
    start = 0
    while start < len(word):
        end = next((e for e in range(len(word), start, -1) if ("##" if start else "") + word[start:e] in known), start)
        if end == start:
            return [*found, "[UNK]"]
        found.append(("##" if start else "") + word[start:end])
        start = end
    return found


@cache
def encoder() -> Encoder:
    """The one that ships."""
    return Encoder.read(ENCODER)


def _gelu(x: _Rows) -> _Rows:
    out: _Rows = 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    return out
