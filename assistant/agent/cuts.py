"""Which neighbouring pieces of a message are one request: weighed by how well each is understood, alone and together.

A cut costs something, so that "difference between T1 and T2" stays whole. It knows no tool.
"""

from dataclasses import replace

from assistant.agent.clauses import Atom, negated
from assistant.agent.matcher import Match, Matching

__all__ = ["grouped"]

_WIDEST = 6
_COST = 1.05
"""What a cut takes from the sum over the pieces."""
_HEARD = 0.5
"""How much less a cut costs where another request is heard to begin, and more where none is."""
_NEAR, _UNKNOWN, _ONE_WORD = 0.15, 0.3, 0.2
"""What a piece gains besides its probability: by how near an example is; where nothing is like it, so that it is not
joined to a request. What a word cut off alone loses, unless it is said as an example says it."""
_KNOWN, _SAME = 0.6, 0.95


def grouped(atoms: list[Atom], matcher: Matching) -> list[tuple[Atom, Match]]:
    """Neighbouring atoms put together where they are understood better as one."""
    clauses: list[tuple[Atom, Match]] = []
    run: list[Atom] = []
    for atom in atoms:
        run.append(atom)
        if atom.hard:
            clauses += _best(run, matcher)
            run = []
    clauses += _best(run, matcher) if run else []
    return clauses


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
            gain = _gain(match, first=start == 0)
            if start:
                gain += _HEARD * (2 * matcher.changes(run[start - 1].text, run[start].text) - 1)
            options.append((before + gain, [*chosen, (whole, match)]))
        best.append(max(options, key=lambda o: o[0]))
    return best[-1][1]


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
