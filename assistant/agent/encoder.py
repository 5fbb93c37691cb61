"""Encoder: a small sentence encoder that says how likely each intent is, from the words of a clause in their order.

Transformer layers that began as the first ones of multilingual-e5-small (MIT) and learned the examples of
`prompts/utterances` in both languages; `benchmarks/encoder_training.py` made `prompts/encoder.npz`. Weights are bytes
with a scale a row. It runs in numpy: no torch. An intent that was not there when it learned is scored 0.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.language.phrasing import PROMPTS

__all__ = ["ENCODER", "HEADS", "LONGEST", "SPOKEN", "START", "Encoder", "encoder", "pieces"]

ENCODER = PROMPTS / "encoder.npz"
LONGEST = 48
HEADS = 12
START = "\u2581"
"""What a piece that begins a word begins with."""
SPOKEN = {"xfinding": "finding", "ximage": "image"}
_TINY = 1e-12
_UNKNOWN = -30.0

_Rows = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Encoder:
    """`likely(words)`: the probability of each of `names`. Weights by name, in float32; matrices are [out, in].

    `pieces`: place and score (log probability) of each.
    """

    names: tuple[str, ...]
    pieces: Mapping[str, tuple[int, float]]
    weights: Mapping[str, _Rows]
    layers: int
    _cut: dict[str, tuple[int, ...]] = field(default_factory=dict)

    @classmethod
    def read(cls, file: Path) -> "Encoder":
        """What `encoder_training` wrote: `NAME` as bytes and `NAME.scale` a row, or `NAME` in half precision."""
        with np.load(file) as kept:
            stored = {name: kept[name] for name in kept.files}
        names = tuple(stored.pop("names").tobytes().decode().split("\n"))
        known = stored.pop("pieces").tobytes().decode().split("\n")
        scores = stored.pop("scores").astype(float).tolist()
        weights: dict[str, _Rows] = {}
        for name, value in stored.items():
            if name.endswith(".scale"):
                continue
            rows = value.astype(np.float32)
            scale = stored.get(f"{name}.scale")
            weights[name] = rows if scale is None else rows * scale.astype(np.float32)[:, None]
        layers = sum(name.endswith(".query.weight") for name in weights)
        placed = {piece: (i, score) for i, (piece, score) in enumerate(zip(known, scores, strict=True))}
        return cls(names, placed, weights, layers)

    def likely(self, clauses: Sequence[Sequence[str]]) -> _Rows:
        """Probabilities of several clauses at once, [clauses, names] in the order of `names`; each row sums to 1."""
        w = self.weights
        rows = [[self.pieces["<s>"][0], *self._cut_up(words), self.pieces["</s>"][0]] for words in clauses]
        ends = np.cumsum([len(row) for row in rows])
        parts = [slice(end - len(row), end) for row, end in zip(rows, ends, strict=True)]
        ids = [i for row in rows for i in row]
        places = [i for row in rows for i in range(len(row))]
        x = self._normed("start", w["pieces.weight"][ids] + w["places.weight"][places])
        for layer in range(self.layers):
            x = self._normed(f"{layer}.after", x + self._attended(f"{layer}", x, parts))
            x = self._normed(
                f"{layer}.end", x + self._linear(f"{layer}.narrow", _gelu(self._linear(f"{layer}.wide", x)))
            )
        means = np.stack([x[part].mean(axis=0) for part in parts])
        logits = self._linear("intent", means)
        shares: _Rows = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        return shares

    def _cut_up(self, words: Sequence[str]) -> list[int]:
        found: list[int] = []
        for word in words[:LONGEST]:
            found += self._ids(word)
        return found[: LONGEST - 2]

    def _ids(self, word: str) -> tuple[int, ...]:
        if word not in self._cut:
            if len(self._cut) > 8000:
                self._cut.clear()
            self._cut[word] = tuple(self.pieces[p][0] for p in pieces(SPOKEN.get(word, word), self.pieces))
        return self._cut[word]

    def _attended(self, layer: str, x: _Rows, parts: Sequence[slice]) -> _Rows:
        """Each clause looks at itself alone."""
        length, width = x.shape
        q, k, v = (
            self._linear(f"{layer}.{part}", x).reshape(length, HEADS, width // HEADS).transpose(1, 0, 2)
            for part in ("query", "key", "value")
        )
        seen = np.empty_like(x)
        for part in parts:
            weights = q[:, part] @ k[:, part].transpose(0, 2, 1) / math.sqrt(width // HEADS)
            weights = np.exp(weights - weights.max(axis=-1, keepdims=True))
            weights /= weights.sum(axis=-1, keepdims=True)
            seen[part] = (weights @ v[:, part]).transpose(1, 0, 2).reshape(-1, width)
        return self._linear(f"{layer}.out", seen)

    def _linear(self, name: str, x: _Rows) -> _Rows:
        out: _Rows = x @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]
        return out

    def _normed(self, name: str, x: _Rows) -> _Rows:
        centred = x - x.mean(axis=-1, keepdims=True)
        spread = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + _TINY)
        out: _Rows = centred / spread * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]
        return out


def pieces(word: str, known: Mapping[str, tuple[int, float]]) -> list[str]:
    """A word as its most probable known pieces; `<unk>` stands for a letter that none holds."""
    text = START + word
    best: list[tuple[float, list[str]]] = [(0.0, [])]
    for end in range(1, len(text) + 1):
        before, cut = best[end - 1]
        found = (before + _UNKNOWN, [*cut, "<unk>"])
        for start in range(end):
            piece = text[start:end]
            if piece in known:
                score = best[start][0] + known[piece][1]
                if score > found[0]:
                    found = (score, [*best[start][1], piece])
        best.append(found)
    return best[-1][1]


@cache
def encoder() -> Encoder:
    """The one that ships."""
    return Encoder.read(ENCODER)


def _gelu(x: _Rows) -> _Rows:
    out: _Rows = 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    return out
