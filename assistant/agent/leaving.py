"""What a message asks to leave out: the tools that the words of "without ..." name.

It is told the words alone; `clauses` and `hearing` know which these are.
"""

import re

from assistant.agent.clauses import atoms_of
from assistant.agent.cuts import grouped
from assistant.agent.examples import READ
from assistant.agent.leanings import Leaning
from assistant.agent.plans import READING, Asked
from assistant.agent.talk import matcher
from assistant.language.normal import folded

__all__ = ["asked_otherwise", "in_passing", "left_out", "unless_asked"]

_IN_PASSING = re.compile(r"\W*(?:without|except|ignore|rather than|instead of)\b")
_WITHOUT = re.compile(r"\W*without\b")


def in_passing(clause: str) -> bool:
    """Whether what a clause does without may also be a part of a story: "it came without a report"."""
    return _IN_PASSING.match(folded(clause)) is not None


def unless_asked(clause: str) -> bool:
    """Whether a clause leaves out only what is not asked for: "he trusts nothing without a percentage. How likely?"."""
    return _WITHOUT.match(folded(clause)) is not None


def asked_otherwise(name: str, left: frozenset[str], asked: list[Asked]) -> bool:
    """Whether a tool that is left out by one of its words is asked for by others: "not the report, the pdf"."""
    words = [matcher().lexicon.words(a.clause).concepts for a in asked if a.tool.name == name and not a.whole]
    return any(w and not w & left for w in words)


def left_out(rest: str, lean: Leaning) -> tuple[set[str], set[str]]:
    """Tools that "without ..." names, and those that it may name as well where nobody asked for them."""
    names: set[str] = set()
    perhaps: set[str] = set()
    for _, match in grouped(atoms_of(rest), lean):
        best, second = (READING if name == READ else name for name, _ in match.intents[:2])
        names.add(best)
        if match.intents[1][1] > match.intents[0][1] - 0.15:
            perhaps.add(second)
        reported = match.words.concepts & {"report", "file", "impression", "compose"} == {"report"}
        if best in ("write_report", "export_report") and reported:
            names |= {"write_report", "export_report"}
    return names, perhaps - names
