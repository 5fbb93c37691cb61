"""What is offered next: suggestions and buttons of the last answer as far as they fit, and what the state asks for.

An answer offers what fitted when it was given; a review or a signature since then changes that.
"""

from assistant.agent.talk import language_of
from assistant.domain.finding import ReviewState
from assistant.domain.report import digest_of
from assistant.domain.session import Session
from assistant.domain.turn import Turn
from assistant.language.phrasing import Language, say

__all__ = ["buttons_of", "chips_of"]

_MOST = 5
_LANGUAGES: tuple[Language, ...] = ("en", "vi")
_NEEDS_FINDING = ("chip_how_sure", "chip_what_else", "chip_where_looked", "chip_report", "chip_pdf", "chip_summary")
_ANSWERED_BY = {
    "chip_where_looked": "explain_finding",
    "chip_quality": "inspect_image",
    "chip_abilities": "describe_abilities",
}


def chips_of(session: Session, language: Language) -> tuple[str, ...]:
    """Suggested next requests, in the language of the last question, else in the page's."""
    last = session.standing[-1] if session.standing else None
    if last is not None and last.user:
        language = language_of(last.user)
    misfits = _misfits(session, last)
    offered = [c for c in (last.chips if last else ()) if c not in misfits]
    if len(offered) < 2:
        offered += [c for c in (say(key, language) for key in _asked_for(session)) if c not in misfits]
    return tuple(dict.fromkeys(offered))[:_MOST]


def buttons_of(session: Session) -> tuple[str, ...]:
    """What acts without a word: `accept:F1`, `sign`, `download:pdf` ..."""
    last = session.standing[-1] if session.standing else None
    kept = [b for b in (last.buttons if last else ()) if _fits(session, b)]
    if session.findings and all(f.review.state is not ReviewState.UNREVIEWED for f in session.findings):
        kept.append("download:pdf" if _is_signed(session) else "sign")
    return tuple(dict.fromkeys(kept))


def _asked_for(session: Session) -> tuple[str, ...]:
    if not session.images:
        return ("chip_abilities",)
    if not session.findings:
        return ("chip_read", "chip_quality")
    return ("chip_how_sure", "chip_summary", "chip_report")


def _misfits(session: Session, last: Turn | None) -> set[str]:
    """Suggestions that were just followed, or that need what is not there or no longer open."""
    keys = set() if session.findings else set(_NEEDS_FINDING)
    if not session.images:
        keys |= {"chip_read", "chip_quality"}
    if last is not None:
        ran = {c.name for c in last.tools if c.ok}
        keys |= {key for key, tool in _ANSWERED_BY.items() if tool in ran}
    decided = [f.handle for f in session.findings if f.review.state is not ReviewState.UNREVIEWED]
    known = {say(key, language) for key in keys for language in _LANGUAGES}
    known |= {say("chip_accept", language, finding=handle) for handle in decided for language in _LANGUAGES}
    return known | ({last.user} if last else set())


def _fits(session: Session, button: str) -> bool:
    what, _, handle = button.partition(":")
    if what == "sign":
        return bool(session.images) and not _is_signed(session)
    if what not in ("accept", "reject", "edit", "undo"):
        return True
    finding = session.finding(handle)
    if finding is None:
        return False
    is_open = finding.review.state is ReviewState.UNREVIEWED
    if what == "undo":
        return not is_open or bool(finding.review.text)
    return is_open or what == "edit"


def _is_signed(session: Session) -> bool:
    return bool(session.signatures) and session.signatures[-1].digest == digest_of(session)
