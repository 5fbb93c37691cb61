"""Where one request of a message ends and the next begins: learnt, not listed.

The sentence encoder reads a sentence once; from what its lower layers hold of a word and of the word before, a small
network says how likely a request begins there, where no joint stands ("how big how sure"). The ways to put neighbouring
pieces together are weighed by how well each is understood; a cut costs something, so that "difference between T1 and
T2" stays whole. The network is data (`prompts/cuts.npz`, made by `benchmarks/cut_training.py`). It knows no tool.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.agent.clauses import Atom, corrects, negated, whole_spans
from assistant.agent.encoder import Encoder, gelu
from assistant.agent.lexicon import Lexicon
from assistant.agent.matcher import Match, Matcher, Matching
from assistant.language.phrasing import PROMPTS

__all__ = ["CUTS", "LAYERS", "Cuts", "cut_up", "cuts", "grouped"]

CUTS = PROMPTS / "cuts.npz"
LAYERS = 3
"""Layers of the encoder that the head looks at."""
_LEAST = -0.5
"""The log odds from which on a sentence may be cut between two words that no joint parts."""
_WIDEST = 6
_MOST_BARE = 4
"""Cuts without a joint that are weighed in one sentence: the likeliest."""
_JOINT_COST, _BARE_COST = 1.04, 1.14
"""What a cut takes from the sum over the pieces, where a joint stands and where none does."""
_NEAR, _UNKNOWN, _ONE_WORD = 0.15, 0.3, 0.2
"""What a piece gains besides its probability: by how near an example is; where nothing is like it, so that it is not
joined to a request. What a word cut off alone loses, unless it is said as an example says it."""
_KNOWN, _SAME = 0.6, 0.95


@dataclass(frozen=True, slots=True)
class Cuts:
    """A layer `wide` [hidden, 2 * width] and a `head` [hidden] say how likely a request begins at a word."""

    wide: NDArray[np.float32]
    wide_bias: NDArray[np.float32]
    head: NDArray[np.float32]
    head_bias: float

    @classmethod
    def read(cls, file: Path) -> "Cuts":
        with np.load(file) as kept:
            wide, wide_bias, head = (kept[name].astype(np.float32) for name in ("wide", "wide_bias", "head"))
            return cls(wide, wide_bias, head, float(kept["head_bias"]))

    def begins(self, sentences: Sequence[Sequence[str]], encoder: Encoder) -> list[NDArray[np.float32]]:
        """For each word of each sentence, the log odds that a request begins there; the first word's mean nothing."""
        found = []
        for states in encoder.states(sentences, LAYERS):
            before = np.roll(states, 1, axis=0)
            before[:1] = 0
            hidden = gelu(np.concatenate([states, before], axis=1) @ self.wide.T + self.wide_bias)
            found.append(hidden @ self.head + np.float32(self.head_bias))
        return found


@cache
def cuts() -> Cuts:
    """The one that ships."""
    return Cuts.read(CUTS)


def cut_up(atoms: list[Atom], matcher: Matcher) -> list[Atom]:
    """Atoms cut further where a request likely begins and no joint stands."""
    if matcher.encoder is None:
        return atoms
    learnt, lexicon = cuts(), matcher.lexicon
    runs: list[list[Atom]] = [[]]
    for atom in atoms:
        runs[-1].append(atom)
        if atom.hard:
            runs.append([])
    read = [_words(run, lexicon) for run in runs]
    asked = [(run, words) for run, words in zip(runs, read, strict=True) if len(words) > 1]
    odds = iter(learnt.begins([[w for w, *_ in words] for _, words in asked], matcher.encoder)) if asked else iter(())
    found: list[Atom] = []
    for run, words in zip(runs, read, strict=True):
        if len(words) > 1:
            whole = [corrects(atom.text) or negated(atom.text, matcher) is not None for atom in run]
            found += _cut(run, words, next(odds), whole)
        else:
            found += run
    return found


_CHUNK = re.compile(r"\S+")


def _words(run: list[Atom], lexicon: Lexicon) -> list[tuple[str, int, int]]:
    """Words of a sentence as the encoder reads them; of each its atom (-1: a joint) and where it starts there."""
    words: list[tuple[str, int, int]] = []
    for i, atom in enumerate(run):
        for chunk in _CHUNK.finditer(atom.text):
            words += [(w, i, chunk.start()) for w in lexicon.spelt(chunk.group())]
        if not atom.hard:
            words += [(w, -1, 0) for chunk in atom.joint.split() for w in lexicon.spelt(chunk)]
    return words


def _cut(
    run: list[Atom], words: list[tuple[str, int, int]], odds: NDArray[np.float32], refuses: list[bool]
) -> list[Atom]:
    """`refuses`: atoms that leave something out or take something back, and stay as they are."""
    whole = [[(0, len(a.text))] if refused else whole_spans(a.text) for a, refused in zip(run, refuses, strict=True)]
    bare: dict[tuple[int, int], float] = {}
    for (_, i, at), odd in zip(words, odds.tolist(), strict=False):
        if i >= 0 and at > 0 and odd >= _LEAST and not any(a <= at < b for a, b in whole[i]):
            bare[i, at] = max(odd, bare.get((i, at), _LEAST))
    kept = sorted(bare, key=lambda place: -bare[place])[:_MOST_BARE]
    found: list[Atom] = []
    for i, atom in enumerate(run):
        start = 0
        for at in sorted(at for j, at in kept if j == i):
            found.append(Atom(atom.text[start:at].strip(), False, False, " "))
            start = at
        found.append(replace(atom, text=atom.text[start:].strip()))
    return found


def grouped(atoms: list[Atom], matcher: Matching) -> list[tuple[Atom, Match]]:
    """Neighbouring atoms put together where they are understood better as one."""
    clauses: list[tuple[Atom, Match]] = []
    run: list[Atom] = []
    for atom in atoms:
        run.append(atom)
        if atom.hard:
            clauses += _best(run, matcher)
            run = []
    return clauses + (_best(run, matcher) if run else [])


def _best(run: list[Atom], matcher: Matching) -> list[tuple[Atom, Match]]:
    best: list[tuple[float, list[tuple[Atom, Match]]]] = [(0.0, [])]
    refuses = [negated(p.text, matcher) is not None for p in run]
    wholes = {
        (start, end): _whole(run[start:end])
        for end in range(1, len(run) + 1)
        for start in range(max(0, end - _WIDEST), end)
        if end - start == 1 or not any(refuses[start:end])
    }
    matcher.prepare(whole.text for whole in wholes.values())
    for end in range(1, len(run) + 1):
        options = []
        for start in range(max(0, end - _WIDEST), end):
            whole = wholes.get((start, end))
            if whole is None:
                continue
            match = matcher.match(whole.text)
            before, chosen = best[start]
            options.append((before + _gain(match, run[start - 1] if start else None), [*chosen, (whole, match)]))
        best.append(max(options, key=lambda o: o[0]))
    return best[-1][1]


def _gain(match: Match, before: Atom | None) -> float:
    """What a piece adds; `before`: the atom that ends at the cut before it."""
    said = len(match.words.words)
    gain = match.score + _NEAR * match.near + _UNKNOWN * (match.score < _KNOWN or not said)
    if before is None:
        return gain
    bare = not before.joint.strip()
    alone = said < 2 and (bare or match.near < _SAME)
    return gain - (_BARE_COST if bare else _JOINT_COST) - _ONE_WORD * alone


def _whole(parts: list[Atom]) -> Atom:
    text = "".join(p.text + (p.glue if p is not parts[-1] else "") for p in parts)
    return replace(parts[-1], text=text)
