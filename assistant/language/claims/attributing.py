"""A person's own words: never blocked where they are attributed and were said; unsupported where nobody said them."""

import re
from collections.abc import Sequence

from assistant.domain.session import Session
from assistant.language.claims.facts import Held, Verdict
from assistant.language.claims.vocabulary import Item, words_of
from assistant.language.phrasing import Language, say

__all__ = ["attributed", "without_quotes"]

_QUOTED = re.compile(r"[\"“«]([^\"”»]+)[\"”»]|(?<!\w)'([^']{3,})'(?!\w)")
_FILLER = frozenset({"that", "as", "is", "it", "rang", "la", ":", ",", '"', "of", "for"})


def attributed(
    sentence: str, items: Sequence[Item], session: Session, language: Language
) -> tuple[list[Item], Held] | None:
    """What stands before the attribution, and the verdict on the person's words; None where nothing is attributed."""
    at = next((n for n, i in enumerate(items) if i.tag == "attributed"), None)
    if at is None:
        return None
    quoted = [next(g for g in m.groups() if g) for m in _QUOTED.finditer(sentence)]
    said = quoted or [" ".join(i.text for i in items[at + 1 :] if i.text not in ("[", "]"))]
    if not any(c.isalnum() for words in said for c in words) and "words" not in items[at].text:
        said = [" ".join(i.text for i in items[:at] if i.text[0].isalnum())]
    handles: list[str] = []
    for words in said:
        tokens = words_of(words)
        while tokens and tokens[0] in _FILLER:
            tokens.pop(0)
        plain = " ".join(t for t in tokens if t[0].isalnum())
        if not plain:
            continue
        by = [f.handle for f in session.findings if plain in _plain(f.review.text)]
        if not by and not any(plain in _plain(t.user) for t in session.turns):
            held = Held(sentence=sentence, verdict=Verdict.UNSUPPORTED, why=say("why_no_person", language))
            return list(items[:at]), held
        handles += by
    verdict = Verdict.SUPPORTED if handles else Verdict.GENERAL
    held = Held(
        sentence=sentence, verdict=verdict, findings=tuple(dict.fromkeys(handles)), why=say("why_person", language)
    )
    return list(items[:at]), held


def without_quotes(items: Sequence[Item], session: Session, every: bool) -> list[Item]:
    """Items without what stands in quotes and was kept as a reader's words (`every`: whatever stands in quotes)."""
    kept: list[Item] = []
    quoted: list[Item] | None = None
    for item in items:
        if item.text != '"':
            (kept if quoted is None else quoted).append(item)
        elif quoted is None:
            quoted = []
        else:
            words = " ".join(i.text for i in quoted if i.text[0].isalnum())
            stored = every or (len(words) > 2 and any(words in _plain(f.review.text) for f in session.findings))
            kept += [] if stored else quoted
            quoted = None
    return kept + (quoted or [])


def _plain(text: str) -> str:
    return " ".join(t for t in words_of(text) if t[0].isalnum())
