"""Transformer: the layers of multilingual-e5-small (MIT) in numpy, for the encoder of clauses and the message tagger.

Weights come from a file that `benchmarks/` made: a matrix as bytes with a scale a row (`NAME`, `NAME.scale`), as halves
of bytes with a scale for each 32 of a row (`NAME`, `NAME.scale4`), or in half precision. No torch.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["HEADS", "SPOKEN", "START", "Rows", "Stored", "Transformer", "lines", "pieces", "softmax", "stored"]

HEADS = 12
START = "\u2581"
"""What a piece that begins a word begins with."""
SPOKEN = {"xfinding": "finding", "ximage": "image"}
_BLOCK = 32
_TINY = 1e-12
_UNKNOWN = -30.0
_LONGEST_PIECE = 16

Rows = NDArray[np.float32]
Stored = dict[str, NDArray[np.generic]]


def stored(file: Path) -> Stored:
    with np.load(file) as kept:
        return {name: kept[name] for name in kept.files}


def lines(kept: Stored, name: str) -> tuple[str, ...]:
    """A list of words that is stored as one text."""
    return tuple(kept[name].tobytes().decode().split("\n"))


@dataclass(frozen=True, slots=True)
class Transformer:
    """`hidden(rows)`: what stands behind each piece. Weights by name, in float32; matrices are [out, in].

    `pieces`: place and score (log probability) of each.
    """

    pieces: Mapping[str, tuple[int, float]]
    weights: Mapping[str, Rows]
    layers: int
    _cut: dict[str, tuple[int, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, kept: Stored) -> "Transformer":
        known = zip(lines(kept, "pieces"), kept["scores"].astype(float).tolist(), strict=True)
        placed = {piece: (i, score) for i, (piece, score) in enumerate(known)}
        weights = {
            name: _unpacked(name, kept) for name in kept if name.endswith((".weight", ".bias")) and "scale" not in name
        }
        return cls(placed, weights, sum(name.endswith(".query.weight") for name in weights))

    @property
    def longest(self) -> int:
        """The most pieces of a row, with its two ends."""
        return len(self.weights["places.weight"])

    def ids(self, word: str) -> tuple[int, ...]:
        if word not in self._cut:
            if len(self._cut) > 8000:
                self._cut.clear()
            self._cut[word] = tuple(self.pieces[p][0] for p in pieces(SPOKEN.get(word, word), self.pieces))
        return self._cut[word]

    def hidden(self, rows: Sequence[Sequence[int]]) -> list[Rows]:
        """Of each row of pieces (its ends are added here), [pieces and ends, width]; rows do not see each other."""
        w = self.weights
        first, last = self.pieces["<s>"][0], self.pieces["</s>"][0]
        whole = [[first, *row, last] for row in rows]
        ends = np.cumsum([len(row) for row in whole])
        parts = [slice(end - len(row), end) for row, end in zip(whole, ends, strict=True)]
        ids = [i for row in whole for i in row]
        places = [i for row in whole for i in range(len(row))]
        x = self._normed("start", w["pieces.weight"][ids] + w["places.weight"][places])
        for layer in range(self.layers):
            x = self._normed(f"{layer}.after", x + self._attended(f"{layer}", x, parts))
            x = self._normed(f"{layer}.end", x + self.linear(f"{layer}.narrow", _gelu(self.linear(f"{layer}.wide", x))))
        return [x[part] for part in parts]

    def linear(self, name: str, x: Rows) -> Rows:
        out: Rows = x @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]
        return out

    def _attended(self, layer: str, x: Rows, parts: Sequence[slice]) -> Rows:
        length, width = x.shape
        q, k, v = (
            self.linear(f"{layer}.{part}", x).reshape(length, HEADS, width // HEADS).transpose(1, 0, 2)
            for part in ("query", "key", "value")
        )
        seen = np.empty_like(x)
        for part in parts:
            weights = softmax(q[:, part] @ k[:, part].transpose(0, 2, 1) / math.sqrt(width // HEADS))
            seen[part] = (weights @ v[:, part]).transpose(1, 0, 2).reshape(-1, width)
        return self.linear(f"{layer}.out", seen)

    def _normed(self, name: str, x: Rows) -> Rows:
        centred = x - x.mean(axis=-1, keepdims=True)
        spread = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + _TINY)
        out: Rows = centred / spread * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]
        return out


def pieces(word: str, known: Mapping[str, tuple[int, float]]) -> list[str]:
    """A word as its most probable known pieces; `<unk>` stands for a letter that none holds."""
    text = START + word
    best: list[tuple[float, list[str]]] = [(0.0, [])]
    for end in range(1, len(text) + 1):
        before, cut = best[end - 1]
        found = (before + _UNKNOWN, [*cut, "<unk>"])
        for start in range(max(0, end - _LONGEST_PIECE), end):
            piece = text[start:end]
            if piece in known:
                score = best[start][0] + known[piece][1]
                if score > found[0]:
                    found = (score, [*best[start][1], piece])
        best.append(found)
    return best[-1][1]


def softmax(x: Rows) -> Rows:
    """Along the last axis."""
    shares: Rows = np.exp(x - x.max(axis=-1, keepdims=True))
    shares /= shares.sum(axis=-1, keepdims=True)
    return shares


def _unpacked(name: str, kept: Stored) -> Rows:
    value = kept[name]
    if (small := kept.get(f"{name}.scale4")) is not None:
        halves = value.astype(np.uint8)
        codes = np.empty((len(value), 2 * value.shape[1]), np.float32)
        codes[:, 0::2], codes[:, 1::2] = halves & 15, halves >> 4
        blocks = (codes - 8).reshape(len(value), -1, _BLOCK) * small.astype(np.float32)[..., None]
        return np.ascontiguousarray(blocks.reshape(len(value), -1))
    rows: Rows = value.astype(np.float32)
    scale = kept.get(f"{name}.scale")
    return rows if scale is None else rows * scale.astype(np.float32)[:, None]


def _gelu(x: Rows) -> Rows:
    out: Rows = 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    return out
