"""The words of a llm, held against the ledger: what holds is shown, what does not is told to it once, then left out.

It decides nothing about tools. What is left out, and why, goes to the turn's record; the sentence written by rule
takes its place, and so does one for every finding that the llm's words pass over.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assistant.domain.finding import Presence
from assistant.domain.session import Session
from assistant.domain.turn import Sentence
from assistant.language.claims import Held, Ledger, Verdict
from assistant.language.concepts import concept_name, kind_name
from assistant.language.normal import folded, has_any
from assistant.tools.context import Outcome

__all__ = ["PHRASED", "Phrased", "asked_again", "left_over", "phrased"]

PHRASED = frozenset(
    {
        "classify_image",
        "detect_lesions",
        "segment_structures",
        "measure_finding",
        "explain_finding",
        "list_findings",
        "inspect_image",
        "compare_images",
    }
)
"""Tools whose outcome a llm may put into its own words; acts, cards and report wording are always told by rule."""

_CLAUSES = re.compile(r"[,;]\s*(?:(?:and|but|so|và|nhưng)\s+)?|\.\s+")
_MOST = 12
_LONGEST = 400


@dataclass(frozen=True, slots=True)
class Phrased:
    """A draft: what holds, in order, and what does not; what is no whole sentence is neither."""

    sentences: tuple[Sentence, ...]
    failing: tuple[Held, ...]
    broken: tuple[str, ...] = ()

    @property
    def says_something(self) -> bool:
        return any(s.rests_on in ("finding", "image") for s in self.sentences)

    @property
    def handles(self) -> frozenset[str]:
        return frozenset(h for s in self.sentences for h in s.findings)

    @property
    def record(self) -> tuple[str, ...]:
        held = [f'Held back ({f.verdict.value}): "{f.sentence[:_LONGEST]}" {f.why}' for f in self.failing]
        return (*held, *(f'Left out (no whole sentence): "{s[:_LONGEST]}"' for s in self.broken))


def phrased(text: str, ledger: Ledger) -> Phrased:
    """A draft split into sentences, each held; never more than a reader would read."""
    sentences: list[Sentence] = []
    failing: list[Held] = []
    broken: list[str] = []
    for held in ledger.check(text[:8000]):
        if not held.passes:
            failing.append(held)
        elif _broken(held.sentence):
            broken.append(held.sentence)
        elif len(sentences) < _MOST and len(held.sentence) <= _LONGEST and not held.sentence.endswith(":"):
            sentences.append(_sentence(held))
    if not any(s.rests_on in ("finding", "image") for s in sentences):
        sentences = []
    return Phrased(tuple(dict.fromkeys(sentences)), tuple(failing), tuple(broken))


def _broken(sentence: str) -> bool:
    """Whether a sentence was cut off, or says one thing over and over, as a small llm does."""
    if not re.search(r"[.!?:|][\])\"'*_]*$", sentence.rstrip()) and not re.match(r"\s*(?:[-*|#]|\d+[.)])\s", sentence):
        return True
    clauses = [c for c in (folded(part).strip() for part in _CLAUSES.split(sentence)) if len(c.split()) > 2]
    return len(clauses) != len(set(clauses))


def _sentence(held: Held) -> Sentence:
    if held.verdict is Verdict.GENERAL:
        return Sentence(text=held.sentence, rests_on="talk")
    return Sentence(text=held.sentence, findings=held.findings, rests_on="finding" if held.findings else "image")


def asked_again(draft: Phrased) -> str:
    """What a llm is told of the sentences that do not hold; the only retry that it gets."""
    lines = [f'- "{f.sentence[:_LONGEST]}": {f.why}' for f in draft.failing[:_MOST]]
    return "\n".join(
        [
            "These sentences do not hold against the findings and will not be shown:",
            *lines,
            "Write the whole answer once more, with nothing but what the tools' results hold.",
        ]
    )


def left_over(outcomes: Iterable[Outcome], draft: Phrased, session: Session) -> list[Sentence]:
    """What must still be said by rule: findings that the draft passes over or got wrong, and every negative's scope."""
    wrong = {h for f in draft.failing for h in f.findings}
    nameless = any(not f.findings for f in draft.failing)
    told = _told(draft, session) - wrong if draft.says_something else frozenset()
    rest: list[Sentence] = []
    for outcome in outcomes:
        if not outcome.findings:
            about_image = any(s.rests_on == "image" for s in draft.sentences)
            rest += () if about_image and not draft.failing else outcome.sentences
            continue
        missing = [h for h in outcome.findings if h not in told or nameless]
        rest += [s for s in outcome.sentences if set(s.findings) & set(missing)]
        rest += [s for s in outcome.sentences if not s.findings and s.rests_on == "card"]
        rest += _scopes(outcome, session, [h for h in outcome.findings if h not in missing])
    return list(dict.fromkeys(rest))


def _told(draft: Phrased, session: Session) -> frozenset[str]:
    """Findings that the draft tells: one alone in its sentence, and of several those that are named."""
    told: set[str] = set()
    for sentence in draft.sentences:
        text = folded(sentence.text)
        for handle in sentence.findings:
            finding = session.finding(handle)
            names = {handle} | ({finding.concept} | {k.name for k in finding.kinds} if finding else set())
            names |= {concept_name(n, "vi") for n in names} | {kind_name(n, "vi") for n in names}
            if len(sentence.findings) == 1 or has_any(text, (folded(n) for n in names)):
                told.add(handle)
    return frozenset(told)


def _scopes(outcome: Outcome, session: Session, handles: Sequence[str]) -> list[Sentence]:
    """The last sentence of a read about an absent finding: how far the negative goes."""
    if outcome.tool not in ("classify_image", "detect_lesions"):
        return []
    absent = [h for h in handles if (f := session.finding(h)) and f.presence is Presence.ABSENT]
    scopes = []
    for handle in absent:
        about = [s for s in outcome.sentences if handle in s.findings]
        scopes += about[1:][-1:]
    return scopes
