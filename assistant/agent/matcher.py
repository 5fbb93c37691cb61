"""Matcher: which intent a clause is, by the example utterances of every tool and every kind of talk.

Three things are weighed into the log odds of each intent: a linear model (ridge regression over words, word pairs,
letter groups, concepts of `lexicon`, and the mean vector of the words that `prompts/words.npz` knows), the nearest
example, and what a sentence encoder (`encoder`) reads in the words in their order. What was solved is kept in
`prompts/understanding.npz` with fingerprints of the examples; where these are others, it is solved anew, so a new tool
needs no training step. Deterministic; knows no torch and no network.
"""

import hashlib
import math
import zlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from assistant.agent.encoder import Encoder
from assistant.agent.lexicon import Lexicon, Words
from assistant.language.normal import folded, tokens
from assistant.language.phrasing import PROMPTS

__all__ = ["DECISIONS", "REVIEW", "SOLVED", "Match", "Matcher", "Matching", "common_words"]

SOLVED = PROMPTS / "understanding.npz"
_VECTORS = PROMPTS / "words.npz"
_SIZE = 2048
_IDF_SIZE = 1 << 16
_RIDGE = 0.3
_WEIGHTS = {"w": 1.0, "g": 1.7, "b": 0.6, "s": 0.5, "c": 0.22}
_MEANING = 0.7
_SAME = 0.995
_UNSEEN = 0.5
_LINEAR, _NEAREST, _LIKELY = 2.5, 6.5, 0.71
"""How much ridge, nearest example and encoder weigh in the log odds; `_ALONE`: without the encoder.

They were fitted on writers whose utterances had been left out of everything else."""
_ALONE = (6.7, 8.9)
_EXACT = 6.0
_LEAST = 1e-4
REVIEW = "review_finding"
LOOKS = frozenset({"read", "classify_image"})
"""A whole read and a question after a disease: two intents whose examples are told apart by a hair, and one look."""
DECISIONS = ("accept", "reject", "edit", "undo", "note")
"""What a reader may do to a finding: names of examples of their own, and one intent."""


@dataclass(frozen=True)
class Match:
    """What a clause may be. `odds`: the log odds of each intent, up to one constant; `words`: the clause as seen.

    `near`: cosine to the nearest example. `action`: which decision it is, where it is one on a finding.
    """

    odds: tuple[tuple[str, float], ...]
    near: float
    words: Words
    action: str = ""

    @cached_property
    def _shares(self) -> list[tuple[str, float]]:
        most = max(odds for _, odds in self.odds)
        shares = [(name, math.exp(odds - most)) for name, odds in self.odds]
        whole = sum(share for _, share in shares)
        return [(name, share / whole) for name, share in shares]

    @cached_property
    def intents(self) -> tuple[tuple[str, float], ...]:
        """Intents with their probabilities, best first; the two ways of looking at a picture are ranked as one."""
        return tuple(sorted(self._shares, key=lambda row: (-self._share(row), -row[1])))

    @property
    def intent(self) -> str:
        return self.intents[0][0]

    @property
    def score(self) -> float:
        """The probability of `intent`; of looking at the picture, whichever way, where it is one of these."""
        return self._share(self.intents[0])

    def _share(self, row: tuple[str, float]) -> float:
        name, share = row
        return sum(s for n, s in self._shares if n in LOOKS) if name in LOOKS else share

    def leant(self, towards: Mapping[str, float]) -> "Match":
        """The same with log odds added to some intents."""
        return replace(self, odds=tuple((name, odds + towards.get(name, 0.0)) for name, odds in self.odds))


class Matching(Protocol):
    """What says which intent a clause is; `prepare` works several out at once, which is quicker."""

    @property
    def lexicon(self) -> Lexicon: ...

    def match(self, clause: str) -> Match: ...

    def prepare(self, clauses: Iterable[str]) -> None: ...

    def changes(self, before: str, after: str) -> float:
        """How likely another request begins with a piece that follows another; 0.5 where nothing tells."""
        ...

    def heard(self, clause: str, intents: Collection[str]) -> float | None:
        """How likely a clause asks for one of some intents where it stands in its message; None where nothing tells."""
        ...


class Matcher:
    """`match(clause)`; the examples are gone through once, at load or when they were solved."""

    def __init__(
        self,
        examples: Mapping[str, Sequence[str]],
        solved: Path | None = None,
        encoder: Encoder | None = None,
    ) -> None:
        utterances = [u for said in examples.values() for u in said]
        self._print = _fingerprint(examples)
        self._begin(tuple(examples), [len(u) for u in examples.values()], Counter(_words_of(utterances)), encoder)
        self.solved_before = solved is not None and self._read(solved, "print", self._print)
        if not self.solved_before:
            self._solve(utterances)
        self._columns()

    @classmethod
    def kept(cls, solved: Path, sources: str, encoder: Encoder | None = None) -> "Matcher | None":
        """The one that was solved for examples of these `sources` (a fingerprint of the files that hold them), without
        reading them; None where it was solved for others."""
        if not solved.is_file():
            return None
        with np.load(solved) as stored:
            if str(stored["sources"]) != sources:
                return None
            names = tuple(stored["names"].tobytes().decode().split("\n"))
            said = Counter(
                dict(zip(stored["words"].tobytes().decode().split("\n"), stored["said"].tolist(), strict=True))
            )
            counts = stored["counts"].tolist()
        made = cls.__new__(cls)
        made._print = ""
        made._begin(names, counts, said, encoder)
        made.solved_before = made._read(solved, "sources", sources)
        made._columns()
        return made

    def _begin(self, names: tuple[str, ...], counts: list[int], said: Counter[str], encoder: Encoder | None) -> None:
        self.encoder = encoder
        self._words_said = said
        self._lexicon = Lexicon.load(said, common_words())
        self._said, self._counts = names, counts
        self.names = tuple(dict.fromkeys(REVIEW if n in DECISIONS else n for n in names))
        self._intent = np.array([self.names.index(REVIEW if n in DECISIONS else n) for n in names])
        self._word_rows, self._word_vectors = _word_vectors()
        self._of = np.repeat(np.arange(len(names)), counts)
        self._rarest = math.log(1 + len(self._of))
        self._cache: dict[str, Match] = {}

    @property
    def lexicon(self) -> Lexicon:
        return self._lexicon

    def _read(self, file: Path, key: str, wanted: str) -> bool:
        """Whether what was solved for these very examples could be read."""
        if not file.is_file():
            return False
        with np.load(file) as kept:
            if str(kept[key]) != wanted:
                return False
            self._idf = kept["idf"].astype(np.float32)
            self._w = kept["weights"].astype(np.float32)
            self._rows = (kept["starts"], kept["slots"], kept["values"].astype(np.float32))
        return True

    def write(self, file: Path, sources: str = "", vietnamese: Iterable[str] = ()) -> None:
        """Keep what was solved; `sources`: the fingerprint of the examples' files; `vietnamese`: words of that language
        alone, which `talk` tells it by."""
        starts, slots, values = self._rows
        np.savez_compressed(
            file,
            print=np.array(self._print),
            sources=np.array(sources),
            vietnamese=np.frombuffer("\n".join(sorted(vietnamese)).encode(), np.uint8),
            names=np.frombuffer("\n".join(self._said).encode(), np.uint8),
            counts=np.array(self._counts, np.int32),
            words=np.frombuffer("\n".join(self._words_said).encode(), np.uint8),
            said=np.array([*self._words_said.values()], np.int32),
            idf=self._idf.astype(np.float16),
            weights=self._w.astype(np.float16),
            starts=starts,
            slots=slots,
            values=values.astype(np.float16),
        )

    def _solve(self, utterances: Sequence[str]) -> None:
        """Ridge regression with each intent's examples weighing alike."""
        rows = [self.lexicon.words(u) for u in utterances]
        counts = Counter(_slot(f, _IDF_SIZE) for words in rows for f in set(_features(words)))
        self._idf = np.zeros(_IDF_SIZE, np.float32)
        for slot, n in counts.items():
            self._idf[slot] = math.log(1 + len(rows) / n)
        x = np.stack([self._vector(words) for words in rows])
        per_intent = np.bincount(self._of, minlength=len(self._said))
        weight = np.sqrt(len(rows) / (len(self._said) * per_intent[self._of])).astype(np.float32)
        y = np.zeros((len(rows), len(self._said)), np.float32)
        y[np.arange(len(rows)), self._of] = 1
        gram = x.T @ (x * weight[:, None])
        gram[np.diag_indices(x.shape[1])] += _RIDGE
        self._w = np.linalg.solve(gram, x.T @ (y * weight[:, None])).astype(np.float32)
        found = [np.nonzero(row[:_SIZE])[0] for row in x]
        starts = np.concatenate([[0], np.cumsum([len(f) for f in found])]).astype(np.int32)
        values = np.concatenate([row[f] for row, f in zip(x, found, strict=True)])
        self._rows = (starts, np.concatenate(found).astype(np.uint16), values)

    def _columns(self) -> None:
        """For each slot, the examples that use it: the nearest example is found through these."""
        starts, slots, values = self._rows
        example = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
        order = np.argsort(slots, kind="stable")
        self._examples, self._values = example[order], values[order]
        self._first = np.searchsorted(slots[order], np.arange(_SIZE + 1))

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

    def match(self, clause: str) -> Match:
        """The odds of every intent; the same clause is worked out once."""
        if clause not in self._cache:
            self.prepare((clause,))
        return self._cache[clause]

    def changes(self, before: str, after: str) -> float:
        return 0.5

    def heard(self, clause: str, intents: Collection[str]) -> float | None:
        return None

    def prepare(self, clauses: Iterable[str]) -> None:
        """Work out clauses; those that the encoder is asked about go through it together."""
        if len(self._cache) > 4000:
            self._cache.clear()
        new = [c for c in dict.fromkeys(clauses) if c not in self._cache]
        seen = [self._seen(self.lexicon.words(c)) for c in new]
        asked = [one for one in seen if self.encoder is not None and one.words.words and one.closest <= _SAME]
        if self.encoder is not None and asked:
            for one, likely in zip(asked, self.encoder.likely([o.words.written for o in asked]), strict=True):
                column = dict(zip(self.encoder.names, likely, strict=True))
                one.likely = np.array([column.get(name, 0.0) for name in self._said], np.float32)
        self._cache.update(zip(new, map(self._weighed, seen), strict=True))

    def _seen(self, words: Words) -> "_Seen":
        vector = self._vector(words)
        near = np.zeros(len(self._of), np.float32)
        for slot in np.nonzero(vector[:_SIZE])[0]:
            part = slice(self._first[slot], self._first[slot + 1])
            near[self._examples[part]] += self._values[part] * vector[slot]
        nearest = np.zeros(len(self._said), np.float32)
        np.maximum.at(nearest, self._of, near)
        return _Seen(words, vector @ self._w, nearest)

    def _weighed(self, seen: "_Seen") -> Match:
        """All that was seen of a clause as one probability an intent; decisions on a finding are one intent."""
        linear, nearest = self._merged(seen.linear, np.add), self._merged(seen.nearest, np.maximum)
        closest = float(nearest.max())
        if seen.likely is None:
            odds = _ALONE[0] * linear + _ALONE[1] * nearest + _EXACT * (nearest > _SAME)
            fine = seen.linear + seen.nearest
        else:
            odds = _LINEAR * linear + _NEAREST * nearest + _LIKELY * np.log(self._merged(seen.likely, np.add) + _LEAST)
            fine = _LINEAR * seen.linear + _NEAREST * seen.nearest + _LIKELY * np.log(seen.likely + _LEAST)
        action = max((n for n in self._said if n in DECISIONS), key=lambda n: fine[self._said.index(n)], default="")
        words = seen.words
        return Match(tuple(zip(self.names, odds.tolist(), strict=True)), closest if words.words else 0.0, words, action)

    def _merged(self, fine: NDArray[np.float32], how: np.ufunc) -> NDArray[np.float32]:
        merged = np.zeros(len(self.names), np.float32)
        how.at(merged, self._intent, fine)
        return merged


@dataclass(slots=True)
class _Seen:
    """A clause before its parts are weighed; one number for each name that examples have."""

    words: Words
    linear: NDArray[np.float32]
    nearest: NDArray[np.float32]
    likely: NDArray[np.float32] | None = None

    @property
    def closest(self) -> float:
        return float(self.nearest.max())


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: NDArray[np.float32] = (rows / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return unit


def _words_of(utterances: Iterable[str]) -> Iterable[str]:
    return (w for u in utterances for w in tokens(folded(u)))


def _fingerprint(examples: Mapping[str, Sequence[str]]) -> str:
    """Of everything that the solution rests on."""
    state = repr((_SIZE, _RIDGE, _WEIGHTS, _MEANING, [(n, list(u)) for n, u in examples.items()]))
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
    from assistant.agent.examples import examples, sources, vietnamese_words

    Matcher(examples()).write(SOLVED, sources(), vietnamese_words())
