"""Matcher: which intent a clause is, by a linear model over every tool's and talk intent's example utterances.

Features are words, word pairs, letter groups, concepts (`lexicon`) and the mean vector of the words that
`prompts/words.npz` knows; weights come from ridge regression over the examples alone. To these scores comes what a
sentence encoder (`encoder`) thinks likely of a clause that is no example and has no accents, from its words in their
order. What was solved is kept in `prompts/understanding.npz` with a fingerprint of the examples; where that is
another, it is solved anew, so a new tool needs no training step. Deterministic; knows no torch and no network.
"""

import hashlib
import math
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from assistant.agent.encoder import Encoder
from assistant.agent.lexicon import Lexicon, Words
from assistant.language.phrasing import PROMPTS

__all__ = ["SOLVED", "Match", "Matcher", "Matching", "common_words"]

SOLVED = PROMPTS / "understanding.npz"
_VECTORS = PROMPTS / "words.npz"
_SIZE = 2048
_IDF_SIZE = 1 << 16
_RIDGE = 0.3
_WEIGHTS = {"w": 1.0, "g": 1.7, "b": 0.6, "s": 0.5, "c": 0.22}
_MEANING = 0.7
_NEAREST = 0.35
_SAME = 0.995
_UNSEEN = 0.5
_CONCEPTS = 0.3
_NEIGHBOURS = 15
_LIKELY = 0.7
_SURE = 0.6
_ACCENTED = re.compile(r"[^\x00-\x7f\u2010-\u2027…]")


@dataclass(frozen=True, slots=True)
class Match:
    """Intents with their scores, best first; `words`: the clause as seen.

    `near`: cosine to the nearest example, or how sure the encoder is, where that is more. `in_order`: whether
    the encoder was asked.
    """

    intents: tuple[tuple[str, float], ...]
    near: float
    words: Words
    in_order: bool = False

    @property
    def intent(self) -> str:
        return self.intents[0][0]

    @property
    def score(self) -> float:
        return self.intents[0][1]

    def score_of(self, intent: str) -> float:
        return next((s for name, s in self.intents if name == intent), 0.0)


class Matching(Protocol):
    """What says which intent a clause is."""

    def match(self, clause: str) -> Match: ...


class Matcher:
    """`match(clause)`; the examples are gone through once, at load or when they were solved."""

    def __init__(
        self,
        examples: Mapping[str, Sequence[str]],
        solved: Path | None = None,
        encoder: Encoder | None = None,
    ) -> None:
        self.encoder = encoder
        self.lexicon = Lexicon.load(u for utterances in examples.values() for u in utterances)
        self.names = tuple(examples)
        self._concepts = tuple(sorted({c for found in self.lexicon.phrases.values() for c in found}))
        self._word_rows, self._word_vectors = _word_vectors()
        self._of = np.repeat(np.arange(len(self.names)), [len(u) for u in examples.values()])
        self._rarest = math.log(1 + len(self._of))
        self._cache: dict[str, Match] = {}
        self._print = _fingerprint(examples, self._concepts)
        self.solved_before = solved is not None and self._read(solved)
        if not self.solved_before:
            self._solve([u for utterances in examples.values() for u in utterances])
        self._columns()

    def _read(self, file: Path) -> bool:
        """Whether what was solved for these very examples could be read."""
        if not file.is_file():
            return False
        with np.load(file) as kept:
            if str(kept["print"]) != self._print:
                return False
            self._idf = kept["idf"].astype(np.float32)
            self._w = kept["weights"].astype(np.float32)
            self._rows = (kept["starts"], kept["slots"], kept["values"].astype(np.float32))
            named = np.unpackbits(kept["concepts"], axis=1)[:, : len(self._concepts)]
            self._c = _unit(named * self._concept_idf())
        return True

    def write(self, file: Path) -> None:
        """Keep what was solved."""
        starts, slots, values = self._rows
        np.savez_compressed(
            file,
            print=np.array(self._print),
            idf=self._idf.astype(np.float16),
            weights=self._w.astype(np.float16),
            starts=starts,
            slots=slots,
            values=values.astype(np.float16),
            concepts=np.packbits(self._c > 0, axis=1),
        )

    def _solve(self, utterances: Sequence[str]) -> None:
        """Ridge regression with each intent's examples weighing alike."""
        rows = [self.lexicon.words(u) for u in utterances]
        counts = Counter(_slot(f, _IDF_SIZE) for words in rows for f in set(_features(words)))
        self._idf = np.zeros(_IDF_SIZE, np.float32)
        for slot, n in counts.items():
            self._idf[slot] = math.log(1 + len(rows) / n)
        x = np.stack([self._vector(words) for words in rows])
        per_intent = np.bincount(self._of, minlength=len(self.names))
        weight = np.sqrt(len(rows) / (len(self.names) * per_intent[self._of])).astype(np.float32)
        y = np.zeros((len(rows), len(self.names)), np.float32)
        y[np.arange(len(rows)), self._of] = 1
        gram = x.T @ (x * weight[:, None])
        gram[np.diag_indices(x.shape[1])] += _RIDGE
        self._w = np.linalg.solve(gram, x.T @ (y * weight[:, None])).astype(np.float32)
        found = [np.nonzero(row[:_SIZE])[0] for row in x]
        starts = np.concatenate([[0], np.cumsum([len(f) for f in found])]).astype(np.int32)
        values = np.concatenate([row[f] for row, f in zip(x, found, strict=True)])
        self._rows = (starts, np.concatenate(found).astype(np.uint16), values)
        named = np.array([[c in words.concepts for c in self._concepts] for words in rows], np.float32)
        self._c = _unit(named * self._concept_idf())

    def _columns(self) -> None:
        """For each slot, the examples that use it: the nearest example is found through these."""
        starts, slots, values = self._rows
        example = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
        order = np.argsort(slots, kind="stable")
        self._examples, self._values = example[order], values[order]
        self._first = np.searchsorted(slots[order], np.arange(_SIZE + 1))

    def _concept_idf(self) -> NDArray[np.float32]:
        return np.array([self._idf[_slot(f"g:{c}", _IDF_SIZE)] for c in self._concepts], np.float32)

    def _vector(self, words: Words) -> NDArray[np.float32]:
        """Hashed features, unit length; then the mean vector of the words, `_MEANING` long."""
        vector = np.zeros(_SIZE + self._word_vectors.shape[1], np.float32)
        meaning = vector[_SIZE:]
        for feature, count in Counter(_features(words)).items():
            idf = float(self._idf[_slot(feature, _IDF_SIZE)])
            if feature[0] == "w":
                row = self._word_rows.get(feature[2:])
                if row is not None:
                    meaning += self._word_vectors[row] * ((idf or self._rarest) * count)
                idf = idf or _UNSEEN * self._rarest
            if idf:
                vector[_slot(feature, _SIZE)] += _WEIGHTS[feature[0]] * idf * math.sqrt(count)
        for part, length in ((vector[:_SIZE], 1.0), (meaning, _MEANING)):
            norm = float(np.linalg.norm(part))
            if norm:
                part *= length / norm
        return vector

    def _by_concepts(self, words: Words) -> NDArray[np.float32]:
        """Share of each intent among the examples that name the most similar concepts, whatever their words."""
        share = np.zeros(len(self.names), np.float32)
        named = np.array([[c in words.concepts for c in self._concepts]], np.float32)
        near = self._c @ _unit(named * self._concept_idf())[0]
        rows = np.argpartition(-near, _NEIGHBOURS)[:_NEIGHBOURS]
        rows = rows[np.lexsort((rows, -near[rows]))]
        np.add.at(share, self._of[rows], near[rows] / _NEIGHBOURS)
        return share

    def match(self, clause: str) -> Match:
        """Scores of every intent; the same clause is worked out once."""
        if clause in self._cache:
            return self._cache[clause]
        words = self.lexicon.words(clause)
        vector = self._vector(words)
        near = np.zeros(len(self._of), np.float32)
        for slot in np.nonzero(vector[:_SIZE])[0]:
            part = slice(self._first[slot], self._first[slot + 1])
            near[self._examples[part]] += self._values[part] * vector[slot]
        nearest = np.zeros(len(self.names), np.float32)
        np.maximum.at(nearest, self._of, near)
        scores = vector @ self._w + _NEAREST * nearest + _CONCEPTS * self._by_concepts(words)
        scores += nearest > _SAME
        closest = float(near.max())
        new = bool(words.words) and closest <= _SAME
        in_order = self.encoder is not None and new and not _ACCENTED.search(clause)
        if self.encoder is not None and in_order:
            likely = self.encoder.likely(words.words)
            column = dict(zip(self.encoder.names, likely, strict=True))
            scores += _LIKELY * np.array([column.get(name, 0.0) for name in self.names], np.float32)
            closest = max(closest, _SURE * float(likely.max()))
        order = np.argsort(-scores, kind="stable")
        ranked = tuple((self.names[i], float(scores[i])) for i in order)
        found = Match(ranked, closest if words.words else 0.0, words, in_order)
        if len(self._cache) > 4000:
            self._cache.clear()
        self._cache[clause] = found
        return found


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: NDArray[np.float32] = (rows / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return unit


def _fingerprint(examples: Mapping[str, Sequence[str]], concepts: Sequence[str]) -> str:
    """Of everything that the solution rests on."""
    state = repr((_SIZE, _RIDGE, _WEIGHTS, _MEANING, [(n, list(u)) for n, u in examples.items()], list(concepts)))
    data = state.encode() + (PROMPTS / "lexicon.toml").read_bytes() + str(_VECTORS.stat().st_size).encode()
    return hashlib.sha256(data).hexdigest()


@cache
def _word_vectors() -> tuple[dict[str, int], NDArray[np.float32]]:
    """Vectors of English words, unit length, and the row of each word."""
    with np.load(_VECTORS) as kept:
        words = kept["words"].tobytes().decode().split("\n")
        vectors = _unit(kept["vectors"].astype(np.float32))
    return {w: i for i, w in enumerate(words)}, vectors


def common_words() -> tuple[str, ...]:
    """Common English words that have a vector."""
    return tuple(_word_vectors()[0])


@cache
def _slot(feature: str, size: int) -> int:
    return zlib.crc32(feature.encode()) % size


@cache
def _letters(word: str) -> tuple[str, ...]:
    padded = f"^{word}$"
    return tuple(f"c:{padded[i : i + n]}" for n in (3, 4) for i in range(len(padded) - n + 1))


def _features(words: Words) -> Iterable[str]:
    seen = words.words
    yield from (f"w:{w}" for w in seen)
    yield from (f"g:{c}" for c in words.concepts)
    yield from (f"b:{a} {b}" for a, b in pairwise(seen))
    if seen:
        yield f"s:{seen[0]}"
        yield f"s:{' '.join(seen[:2])}"
    for w in seen:
        if len(w) > 3:
            yield from _letters(w)


if __name__ == "__main__":
    from assistant.agent.examples import examples

    Matcher(examples()).write(SOLVED)
