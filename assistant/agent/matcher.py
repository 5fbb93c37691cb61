"""Matcher: which intent a clause is, by a linear model over every tool's and talk intent's example utterances.

Features are words, word pairs, letter groups and concepts (`lexicon`); weights come from ridge regression, solved once
at load from the examples alone, so a new tool needs no training step. Deterministic; knows no torch and no network.
"""

import math
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from assistant.agent.lexicon import Lexicon, Words

__all__ = ["Match", "Matcher"]

_SIZE = 1024
_RIDGE = 0.12
_WEIGHTS = {"w": 1.0, "g": 1.7, "b": 0.6, "s": 0.5, "c": 0.22}
_NEAREST = 0.35
_SAME = 0.995
_UNSEEN = 0.5
_CONCEPTS = 0.3
_NEIGHBOURS = 15


@dataclass(frozen=True, slots=True)
class Match:
    """Intents with their scores, best first; `near`: cosine to the nearest example; `words`: the clause as seen."""

    intents: tuple[tuple[str, float], ...]
    near: float
    words: Words

    @property
    def intent(self) -> str:
        return self.intents[0][0]

    @property
    def score(self) -> float:
        return self.intents[0][1]

    @property
    def margin(self) -> float:
        return self.intents[0][1] - self.intents[1][1]

    def score_of(self, intent: str) -> float:
        return next((s for name, s in self.intents if name == intent), 0.0)


class Matcher:
    """`match(clause)` after one pass over the examples."""

    def __init__(self, examples: Mapping[str, Sequence[str]]) -> None:
        self.lexicon = Lexicon.load(u for utterances in examples.values() for u in utterances)
        self.names = tuple(examples)
        rows = [(i, self.lexicon.words(u)) for i, name in enumerate(self.names) for u in examples[name]]
        counts = Counter(f for _, words in rows for f in set(_features(words)))
        self._idf = {f: math.log(1 + len(rows) / n) for f, n in counts.items()}
        self._rarest = math.log(1 + len(rows))
        x = np.stack([self._vector(words) for _, words in rows])
        self._of = np.array([i for i, _ in rows])
        self._w = self._solve(x)
        self._postings = [(np.nonzero(column)[0], column[column != 0]) for column in np.ascontiguousarray(x.T)]
        self._concepts = tuple(sorted({c for _, words in rows for c in words.concepts}))
        self._c = np.stack([self._concept_vector(words) for _, words in rows])
        self._cache: dict[str, Match] = {}

    def _solve(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """Ridge regression with each intent's examples weighing alike."""
        counts = np.bincount(self._of, minlength=len(self.names))
        weight = np.sqrt(len(self._of) / (len(self.names) * counts[self._of])).astype(np.float32)
        y = np.zeros((len(self._of), len(self.names)), np.float32)
        y[np.arange(len(self._of)), self._of] = 1
        gram = x.T @ (x * weight[:, None])
        gram[np.diag_indices(_SIZE)] += _RIDGE
        solved: NDArray[np.float32] = np.linalg.solve(gram, x.T @ (y * weight[:, None]))
        return solved

    def _vector(self, words: Words) -> NDArray[np.float32]:
        vector = np.zeros(_SIZE, np.float32)
        for feature, count in Counter(_features(words)).items():
            weight = _WEIGHTS[feature[0]] * self._idf.get(feature, _UNSEEN * self._rarest if feature[0] == "w" else 0.0)
            vector[_slot(feature)] += weight * math.sqrt(count)
        length = float(np.linalg.norm(vector))
        return vector / length if length else vector

    def _concept_vector(self, words: Words) -> NDArray[np.float32]:
        found = words.concepts
        vector = np.array([self._idf[f"g:{c}"] if c in found else 0.0 for c in self._concepts], np.float32)
        length = float(np.linalg.norm(vector))
        return vector / length if length else vector

    def _by_concepts(self, words: Words) -> NDArray[np.float32]:
        """Share of each intent among the examples that name the most similar concepts, whatever their words."""
        share = np.zeros(len(self.names), np.float32)
        near = self._c @ self._concept_vector(words)
        rows = np.argsort(-near, kind="stable")[:_NEIGHBOURS]
        np.add.at(share, self._of[rows], near[rows] / _NEIGHBOURS)
        return share

    def match(self, clause: str) -> Match:
        """Scores of every intent; the same clause is worked out once."""
        if clause in self._cache:
            return self._cache[clause]
        words = self.lexicon.words(clause)
        vector = self._vector(words)
        slots = np.nonzero(vector)[0]
        near = np.zeros(len(self._of), np.float32)
        for slot in slots:
            rows, values = self._postings[slot]
            near[rows] += values * vector[slot]
        nearest = np.zeros(len(self.names), np.float32)
        np.maximum.at(nearest, self._of, near)
        scores = vector[slots] @ self._w[slots] + _NEAREST * nearest + _CONCEPTS * self._by_concepts(words)
        scores += nearest > _SAME
        order = np.argsort(-scores, kind="stable")
        found = Match(
            tuple((self.names[i], float(scores[i])) for i in order), float(near.max()) if words.words else 0.0, words
        )
        if len(self._cache) > 4000:
            self._cache.clear()
        self._cache[clause] = found
        return found


@cache
def _slot(feature: str) -> int:
    return zlib.crc32(feature.encode()) % _SIZE


@cache
def _letters(word: str) -> tuple[str, ...]:
    padded = f"^{word}$"
    return tuple(f"c:{padded[i : i + 3]}" for i in range(len(padded) - 2))


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
