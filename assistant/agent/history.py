"""What a reader told of the patient, out of what was typed: the clinical context, without the requests around it.

It knows clauses and the matcher; it judges nothing of what is told.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from assistant.agent.clauses import atoms_of
from assistant.agent.cuts import grouped
from assistant.agent.talk import matcher
from assistant.agent.understanding import understood

__all__ = ["told_of_patient"]

_SENTENCE = re.compile(r"[^.;!?\n]*(?:(?:\.(?=\d)|[.;!?](?!\s|$))[^.;!?\n]*)*[.;!?]*")


def told_of_patient(messages: Iterable[str]) -> str:
    """The clauses that tell of the patient, as typed, a line for each message that has some; "" where none has."""
    lines = dict.fromkeys(line for message in messages if (line := _told(message)))
    return "\n".join(lines)


@lru_cache(maxsize=1024)
def _told(message: str) -> str:
    kept: list[str] = []
    for sentence in _SENTENCE.findall(unicodedata.normalize("NFC", message)):
        clauses = grouped(atoms_of(sentence), matcher())
        tells = [atom.text for atom, match in clauses if not atom.asks and understood(match) == "context"]
        if tells and len(tells) == len(clauses):
            kept.append(sentence.strip().rstrip(";"))
        elif tells:
            kept.append(", ".join(tells))
    return " ".join(kept)
