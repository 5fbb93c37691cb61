"""Leanings: what a request more likely is where the session stands as it does, and which clauses only tell a story.

The state adds a little to each intent's score, so that a clear request is never overruled: after a read, "glaucoma"
is more often asked about than looked for anew; without a picture, terms and abilities are asked for.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from assistant.agent.examples import READ
from assistant.agent.lexicon import Lexicon
from assistant.agent.matcher import Match, Matching
from assistant.domain.session import Session
from assistant.language.normal import folded

__all__ = ["Leaning", "asks", "leaning", "tells"]

_UNREAD: Mapping[str, float] = {
    "list_findings": -0.12,
    "explain_finding": -0.04,
    "review_finding": -0.1,
    "write_report": -0.08,
    "export_report": -0.06,
    "look_up_term": -0.08,
    "send_report": -0.05,
    "order": -0.05,
    "undo": -0.1,
    "compare_images": -0.08,
    READ: 0.04,
    "classify_image": 0.04,
}
_AFTER: Mapping[str, float] = {
    READ: -0.15,
    "classify_image": -0.13,
    "describe_abilities": -0.06,
    "inspect_image": -0.06,
    "enhance_image": -0.04,
    "compare_images": -0.1,
    "search_archive": -0.03,
    "fetch_study": -0.03,
    "list_findings": 0.04,
}
_EMPTY: Mapping[str, float] = {
    "look_up_term": 0.08,
    "describe_abilities": 0.06,
    "list_findings": -0.15,
    "explain_finding": -0.1,
    "export_report": -0.08,
    "compare_images": -0.06,
}
_TWO: Mapping[str, float] = {"compare_images": 0.1, "list_findings": -0.06, "look_up_term": -0.05}
_TWO_READ: Mapping[str, float] = {"compare_images": 0.05}
_PHOTOGRAPH: Mapping[str, float] = {"detect_lesions": -0.06}

_WEIGHT = 16.0
"""What one of the weights above is in log odds."""

_ASKS = re.compile(
    r"\?|\b(?:please|pls|plz|kindly|can you|could you|would you|will you|can i|could i|may i|might i|can we|could we"
    r"|i want|i need|i would like|i'd like|i'd love|i'd rather|we need|we want|let me|let's|give me|show me|tell me"
    r"|i wonder|i'm wondering|wondering|help me|do me|remind me|what|how|why|where|which|whether|if you)\b"
    r"|\b(?:giup|gium|gium|dum|ho|cho (?:toi|em|minh|con|tui|biet|xem|hoi)|hay|vui long|lam on|can|muon|khong|hong"
    r"|hok|ko|gi|sao|bao nhieu|dau|nao|may|coi|di|nhe|nha|bao lon|the nao)\b"
)
_TELLS = re.compile(
    r"^(?:\W|so|well|and|but|ok|okay|now|yes|no|oh|sorry|honestly|actually|because|since|although|though)*"
    r"(?:(?:i|he|she|they|we|you|it|there|this|that|these|those|someone|nobody|everyone|everybody|one)(?:'\w+)?\b"
    r"(?! (?:one|side|finding|image)\b)"
    r"|(?:my|his|her|our|their|the|a|an) (?:\w+ ){1,4}?(?:is|are|was|were|has|have|had|'s|says|said|keeps|kept"
    r"|wants|wanted|asked|asks|claims|thinks|called|came|went|told|needs|did|does|waved|means|meant|likes|found)\b"
    r"|(?:dr|mr|mrs|professor|dad|mum|mom) \w+ \w+"
    r"|(?:toi|em|minh|tui|chung toi|ba|me|bo|con|vo|chong|ong|bac|thay|sep|benh nhan|bn|nguoi nha) \w+ )"
)


@dataclass(frozen=True, slots=True)
class Leaning:
    """A matcher whose scores lean to what a state makes likelier."""

    base: Matching
    towards: Mapping[str, float]

    @property
    def lexicon(self) -> Lexicon:
        return self.base.lexicon

    def prepare(self, clauses: Iterable[str]) -> None:
        self.base.prepare(clauses)

    def changes(self, before: str, after: str) -> float:
        return self.base.changes(before, after)

    def heard(self, clause: str, intents: Collection[str]) -> float | None:
        return self.base.heard(clause, intents)

    def match(self, clause: str) -> Match:
        return self.base.match(clause).leant(self.towards)


def leaning(base: Matching, session: Session, brings: bool = False) -> Leaning:
    """The matcher as the session's state makes it lean; `brings`: a picture that nobody has read comes along."""
    parts: Sequence[Mapping[str, float]]
    if not session.images:
        parts = (_EMPTY,)
    else:
        kinds = {i.admission.kind for i in session.images if i.admission is not None}
        parts = (
            _AFTER if session.findings and not brings else _UNREAD,
            {} if len(session.images) < 2 else _TWO_READ if session.findings else _TWO,
            _PHOTOGRAPH if kinds and "brain_mri" not in kinds else {},
        )
    towards: dict[str, float] = {}
    for part in parts:
        for name, weight in part.items():
            towards[name] = towards.get(name, 0.0) + _WEIGHT * weight
    return Leaning(base, towards)


def asks(clause: str, asked: bool) -> bool:
    """Whether a clause has a word or a mark of asking."""
    return asked or _ASKS.search(folded(clause)) is not None


def tells(clause: str, asks: bool) -> bool:
    """Whether a clause states something and asks for nothing: "he fell last week"."""
    flat = folded(clause).strip()
    return not asks and _ASKS.search(flat) is None and _TELLS.match(flat) is not None
