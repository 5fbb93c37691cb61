"""What stands beside an answer (chip, caption, alternative text, kind in a title) -> itself where it holds, else plain.

The one guard of every such text; it never sees what was said before. A text that does not hold is logged and noted.
"""

import logging
from datetime import UTC, datetime
from functools import lru_cache

from assistant.domain.session import Session
from assistant.language.claims.ledger import Ledger

__all__ = ["held_beside", "kind_held"]

_logger = logging.getLogger(__name__)


def held_beside(ledger: Ledger, text: str, plain: str = "", about: str = "") -> tuple[str, tuple[str, ...]]:
    """The text where every sentence of it passes, else `plain`; and what the record is to keep of it.

    `about`: the finding that it is shown with, which it must hold of.
    """
    denied = [h for h in ledger.check(f"{about}: {text}" if about else text) if not h.passes]
    for held in denied:
        _logger.error("a text beside the answer does not hold: %s", held.verdict.value)
    notes = tuple(f'Held back, beside the answer: "{h.sentence}" {h.why}' for h in denied)
    return (plain if denied else text), notes


@lru_cache(maxsize=256)
def kind_held(kind: str, known: frozenset[str] = frozenset(), plain: str = "picture") -> str:
    """What a title calls a picture: one of the `known` kinds, or words that state nothing of any finding."""
    if kind in known:
        return kind
    return held_beside(Ledger(Session(id="", owner="", created=datetime.now(UTC)), remembers=False), kind, plain)[0]
