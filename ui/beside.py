"""What the page writes under and behind its pictures, in its language: captions and alternative texts, each held.

They are written anew from the findings as they stand, never from what was stored when a picture was drawn.
"""

from collections.abc import Sequence

from assistant.domain.finding import Evidence, Finding
from assistant.domain.session import Session
from assistant.language.claims import CardWords, Ledger
from assistant.language.claims.beside import held_beside
from assistant.language.narrative import concept_words
from assistant.language.phrasing import Language, percent, say
from ui.words import words

__all__ = ["Beside"]

_CAPTIONS = {"box": "caption_box", "outline": "caption_outline", "saliency": "caption_heat"}


class Beside:
    """The texts of one session, held against its findings."""

    def __init__(self, session: Session, cards: Sequence[CardWords], language: Language) -> None:
        self._ledger = Ledger(session, cards, remembers=False)
        self._language = language

    def caption(self, finding: Finding, evidence: Evidence) -> str:
        """What an overlay is; "picture of F1" where that does not hold."""
        key = _CAPTIONS.get(evidence.kind)
        plain = say("caption_held_back", self._language, there=finding.handle)
        if key is None:
            return plain
        text = say(key, self._language, concept=concept_words(finding, self._language))
        return held_beside(self._ledger, text, plain, finding.handle)[0]

    def alt(self, finding: Finding) -> str:
        """A finding as the picture's alternative text says it; its handle alone where that does not hold."""
        p = "" if finding.probability is None else f" {percent(finding.probability, self._language)}"
        seen = words(f"seen_{finding.presence}", self._language, concept=concept_words(finding, self._language))
        review = words(f"review_{finding.review.state}", self._language)
        text = words("alt_finding", self._language, handle=finding.handle, seen=seen, p=p, review=review)
        return held_beside(self._ledger, text, finding.handle)[0]
