"""Which neighbouring pieces of a message are one request: weighed by how well each is understood, alone and together.

A cut costs something, so that "difference between T1 and T2" stays whole. It knows no tool.
"""

import re
from dataclasses import replace

from assistant.agent.clauses import Atom, negated
from assistant.agent.matcher import Match, Matching

__all__ = ["grouped"]

_WIDEST = 6
_COST = 1.05
"""What a cut takes from the sum over the pieces."""
_NEAR, _UNKNOWN, _ONE_WORD = 0.15, 0.3, 0.2
"""What a piece gains besides its probability: by how near an example is; where nothing is like it, so that it is not
joined to a request. What a word cut off alone loses, unless it is said as an example says it."""
_KNOWN, _SAME = 0.6, 0.95
_RUN_ON = 12
"""The most words of a piece that may be two requests with nothing between them."""
_SURE, _SAID_WHOLE = 0.9, 0.85
"""A piece that is as sure, or as near to an example, is one request."""
_SAID_EACH, _MORE, _PERHAPS = 0.9, 0.1, 0.05
"""How near to an example each half must be, how much nearer than the whole, how likely its intent of the whole."""
_QUOTED = re.compile(r"[\"“”«»']")


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
    return [part for clause in clauses for part in _run_on(*clause, matcher)]


def _run_on(atom: Atom, match: Match, matcher: Matching) -> list[tuple[Atom, Match]]:
    """ "Accept F1 mask please": two requests with nothing between them, where each is said as an example says it."""
    words = atom.text.split()
    sure = match.score >= _SURE or match.near >= _SAID_WHOLE
    if sure or not 2 <= len(words) <= _RUN_ON or _QUOTED.search(atom.text) or negated(atom.text, matcher) is not None:
        return [(atom, match)]
    likely = {name for name, share in match.intents[:3] if share >= _PERHAPS}
    cuts = [(" ".join(words[:i]), " ".join(words[i:])) for i in range(1, len(words))]
    matcher.prepare(side for cut in cuts for side in cut)
    found = []
    for cut in cuts:
        one, other = (matcher.match(side) for side in cut)
        near = min(one.near, other.near)
        if (
            one.intent != other.intent
            and {one.intent, other.intent} <= likely
            and min(one.score, other.score) >= _SURE
            and near >= max(_SAID_EACH, match.near + _MORE)
        ):
            found.append((near, cut, (one, other)))
    if not found:
        return [(atom, match)]
    _, cut, matches = max(found, key=lambda f: f[0])
    return [(replace(atom, text=text), m) for text, m in zip(cut, matches, strict=True)]


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
            options.append((before + _gain(match, first=start == 0), [*chosen, (whole, match)]))
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
