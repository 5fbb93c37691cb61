"""A message -> its clauses: where one request ends and the next begins, what is negated, what is quoted.

Splitting is weighed, not only cut: "difference between T1 and T2" stays whole because it is understood better so.
"""

import re
import unicodedata
from dataclasses import dataclass

from assistant.agent.matcher import Match, Matcher
from assistant.language.normal import folded

__all__ = ["Atom", "aligned", "atoms_of", "grouped", "negated"]

_SPLIT = re.compile(
    r"""(?P<hard>[.;!?\n]+(?=\s|$)|(?<=\s)[-–—](?=\s)|…)
      | (?P<soft>,(?!\d)
        | \b(?:and\s+then|and\s+also|and|then|also|plus|as\s+well\s+as|after\s+that|afterwards|before\s+that)\b(?!\s*$)
        | &|\+(?=\s)
        | (?<!\w)(?:và|rồi|sau\s+đó|đồng\s+thời)(?!\w)
        | (?=\b(?:but|without|except|instead\s+of|rather\s+than|no\s+need)\b)
        | (?=(?<!\w)(?:nhưng|không\s+cần|đừng|khỏi\s+cần)(?!\w)))""",
    re.IGNORECASE | re.VERBOSE,
)
_QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|«[^»]*»|(?<!\w)'[^']*'(?!\w)")
_BETWEEN = re.compile(
    r"\b(?:between|differ(?:ence)? of)\s[^,.;?]{1,40}?\sand\s|\bgiữa\s[^,.;?]{1,40}?\svà\s", re.IGNORECASE
)
_LEAD = r"^(?:\W|please\b|but\b|and\b|just\b|so\b|nhung\b|thoi\b)*"
_STRONG = re.compile(
    _LEAD + r"(?:do not|don'?t|dont|no need (?:to|for|of)?|skip|without|leave out|leave the|omit|never|ignore|forget"
    r"(?: about)?|except(?: for)?|spare me|hold off(?: on)?|instead of|rather than|not yet|khong can"
    r"|dung(?= (?:co )?(?:do|doc|ve|xuat|khoanh|cho|hien|viet|so)\b)|khoi can|bo qua"
    r"|chua can)\b(?! (?:you|they|we|hesitate|forget)\b)\s*(?P<rest>.*)$"
)
_WEAK = re.compile(_LEAD + r"(?:not|no|khong)\b\s*(?P<rest>.*)$")
_OPERATIONS = frozenset(
    {"heatmap", "measure", "report", "file", "outline", "box", "compare", "enhance", "where", "keep"}
)
_WHAT_THAT = re.compile(
    r"^(?:what(?:'s| is| does) (?:that|it|this)(?: mean)?|what do you mean(?: by that)?|nghia la gi|la gi)$"
)
_SPLIT_COST = 0.5
_MOST = 14


@dataclass(frozen=True, slots=True)
class Atom:
    """The smallest piece of a message; `hard`: a sentence ends after it; `asks`: it ends with a question mark."""

    text: str
    hard: bool
    asks: bool = False


def aligned(text: str) -> str:
    """`folded`, letter for letter: an index in it is an index in the NFC text."""
    return "".join((folded(c) or " ")[0] for c in unicodedata.normalize("NFC", text))


def atoms_of(message: str) -> list[Atom]:
    """Pieces between separators; what stands in quotes is never cut."""
    text = unicodedata.normalize("NFC", message)
    quoted = [m.span() for p in (_QUOTED, _BETWEEN) for m in p.finditer(text)]
    atoms: list[Atom] = []
    start = 0
    for cut in _SPLIT.finditer(text):
        if any(a <= cut.start() < b for a, b in quoted):
            continue
        hard = cut.group("hard") is not None
        piece = text[start : cut.start()].strip()
        if piece:
            atoms.append(Atom(piece, hard, "?" in cut.group()))
        elif hard and atoms:
            atoms[-1] = Atom(atoms[-1].text, True, atoms[-1].asks or "?" in cut.group())
        start = cut.end()
    tail = text[start:].strip()
    if tail:
        atoms.append(Atom(tail, True))
    atoms = _joined(atoms)
    if len(atoms) > _MOST:
        atoms = [*atoms[: _MOST // 2], *atoms[-_MOST // 2 :]]
    return atoms


def _joined(atoms: list[Atom]) -> list[Atom]:
    """ "Grad-CAM? What is that?" is one question."""
    joined: list[Atom] = []
    for atom in atoms:
        if joined and _WHAT_THAT.match(folded(atom.text)):
            joined[-1] = Atom(f"what is {joined[-1].text}", True, True)
        else:
            joined.append(atom)
    return joined


def grouped(atoms: list[Atom], matcher: Matcher) -> list[tuple[Atom, Match]]:
    """Neighbouring atoms put together where they are understood better as one."""
    clauses: list[tuple[Atom, Match]] = []
    run: list[Atom] = []
    for atom in atoms:
        run.append(atom)
        if atom.hard:
            clauses += _best(run, matcher)
            run = []
    return clauses + (_best(run, matcher) if run else [])


def _best(run: list[Atom], matcher: Matcher) -> list[tuple[Atom, Match]]:
    best: list[tuple[float, list[tuple[Atom, Match]]]] = [(0.0, [])]
    for end in range(1, len(run) + 1):
        options = []
        for start in range(max(0, end - 4), end):
            parts = run[start:end]
            if len(parts) > 1 and any(negated(p.text, matcher) for p in parts):
                continue
            whole = Atom(" and ".join(p.text for p in parts), parts[-1].hard, parts[-1].asks)
            match = matcher.match(whole.text)
            gain = min(match.score, 1.25) * min(1.0, match.near + 0.35) - _SPLIT_COST
            before, chosen = best[start]
            options.append((before + gain, [*chosen, (whole, match)]))
        best.append(max(options, key=lambda o: o[0]))
    return best[-1][1]


def negated(clause: str, matcher: Matcher) -> str | None:
    """What a clause asks to leave out; None where it negates nothing that a tool does."""
    flat = folded(clause)
    if strong := _STRONG.match(flat):
        return strong.group("rest") or "all"
    if (weak := _WEAK.match(flat)) and not clause.lower().startswith("nó") and weak.group("rest"):
        rest = weak.group("rest")
        if matcher.match(rest).words.concepts & _OPERATIONS:
            return rest
    return None
