"""Which neighbouring pieces of a message are one request: weighed by how well each is understood, alone and together.

A cut costs something, so that "difference between T1 and T2" stays whole. It knows no tool.
"""

import math
from collections.abc import Mapping
from dataclasses import replace

from assistant.agent.clauses import Atom, negated
from assistant.agent.matcher import Match, Matching

__all__ = ["grouped"]

_WIDEST = 6
_COST = 1.06
"""What a cut takes from the sum over the pieces."""
_NEAR, _UNKNOWN, _ONE_WORD = 0.15, 0.3, 0.2
"""What a piece gains besides its probability: by how near an example is; where nothing is like it, so that it is not
joined to a request. What a word cut off alone loses, unless it is said as an example says it."""
_KNOWN, _SAME = 0.6, 0.95
_SEVERAL, _KEPT = 0.3, 12
"""What the log likelihood of all that a run asks for weighs against the gains; how many cuts are kept for it."""
_LEAST, _HALF = 0.02, 0.5
_SURE, _FEWEST, _MOST = 0.8, 3, 14
"""When a piece without a joint is looked at for two requests: how probable both must be; its fewest and most words."""


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


Cut = list[tuple[Atom, Match]]


def _torn(atom: Atom, matcher: Matching) -> list[Atom]:
    """A piece that asks for two things and has no joint, cut where both are understood: "how big how sure"."""
    words = atom.text.split()
    chances = matcher.each(atom.text) if _FEWEST <= len(words) <= _MOST else {}
    wanted = {name for name, chance in chances.items() if chance >= _SURE}
    if len(wanted) < 2 or negated(atom.text, matcher) is not None:
        return [atom]
    halves = [(" ".join(words[:at]), " ".join(words[at:])) for at in range(1, len(words))]
    matcher.prepare(half for pair in halves for half in pair)
    found: list[tuple[float, str, str]] = []
    for left, right in halves:
        one, two = matcher.match(left), matcher.match(right)
        if one.intent != two.intent and {one.intent, two.intent} <= wanted and min(one.score, two.score) >= _KNOWN:
            found.append((one.score + two.score + _NEAR * (one.near + two.near), left, right))
    if not found:
        return [atom]
    _, left, right = max(found)
    return [replace(atom, text=left, hard=False, asks=False, glue=" "), *_torn(replace(atom, text=right), matcher)]


def _best(run: list[Atom], matcher: Matching) -> Cut:
    run = [part for atom in run for part in _torn(atom, matcher)]
    refuses = [negated(p.text, matcher) is not None for p in run]
    wholes = {
        (start, end): _whole(run[start:end])
        for end in range(1, len(run) + 1)
        for start in range(max(0, end - _WIDEST), end)
        if end - start == 1 or not any(refuses[start:end])
    }
    matcher.prepare(whole.text for whole in wholes.values())
    chances = matcher.each(_whole(run).text) if len(run) > 1 else {}
    best: list[list[tuple[float, Cut]]] = [[(0.0, [])]]
    for end in range(1, len(run) + 1):
        options: list[tuple[float, Cut]] = []
        for start in range(max(0, end - _WIDEST), end):
            whole = wholes.get((start, end))
            if whole is None:
                continue
            match = matcher.match(whole.text)
            gain = _gain(match, first=start == 0)
            options += [(before + gain, [*chosen, (whole, match)]) for before, chosen in best[start]]
        best.append(sorted(options, key=lambda o: -o[0])[:_KEPT])
    return max(best[-1], key=lambda o: o[0] + _SEVERAL * _fits(o[1], chances, matcher))[1]


def _fits(cut: Cut, chances: Mapping[str, float], matcher: Matching) -> float:
    """Log likelihood of what a cut asks for, by what the message as a whole asks for."""
    if not chances:
        return 0.0
    asked = {m.intent for a, m in cut if m.score >= _KNOWN and negated(a.text, matcher) is None}
    fit = 0.0
    for name, chance in chances.items():
        if name in asked:
            fit += math.log(max(chance, _LEAST))
        elif chance > _HALF:
            fit += math.log(max(1 - chance, _LEAST))
    return fit


def _gain(match: Match, first: bool) -> float:
    """What a piece adds; a `first` one has no cut before it."""
    said = len(match.words.words)
    gain = match.score + _NEAR * match.near + _UNKNOWN * (match.score < _KNOWN or not said)
    if first:
        return gain
    return gain - _COST - _ONE_WORD * (said < 2 and match.near < _SAME)


def _whole(parts: list[Atom]) -> Atom:
    text = "".join(p.text + (p.glue if p is not parts[-1] else "") for p in parts)
    return replace(parts[-1], text=text)
