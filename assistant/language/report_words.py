"""Session -> Report: every word of the report, by rule, from findings, images and model notes, in one language.

It knows no file format and no layout: exporters print what stands here. A result is only what a person accepted or
wrote; rejected findings leave no trace in the words.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

from assistant.domain.finding import READER as THE_READER
from assistant.domain.finding import Finding, Presence, ReviewState
from assistant.domain.geometry import Mask
from assistant.domain.image import ImageFacts
from assistant.domain.report import ModelNote, Report, digest_of
from assistant.domain.session import Session
from assistant.language.concepts import in_language
from assistant.language.finding_words import finding_words, half_words, presence_words
from assistant.language.image_words import image_words
from assistant.language.listing import listed
from assistant.language.phrasing import Language, capital, say, stopped
from assistant.language.sizes import VESSELS

__all__ = [
    "GENERAL_LIMITS",
    "READER",
    "model_lines",
    "pseudonym_of",
    "report_of",
    "review_counts",
    "status_words",
    "utc",
]

READER = "reader"
"""`Finding.model` of what a person wrote."""

_LANGUAGES: tuple[Language, ...] = ("en", "vi")
_GENERAL = ("paper_limit_device", "paper_limit_prevalence", "paper_limit_pictures")
GENERAL_LIMITS = tuple(say(key, language) for language in _LANGUAGES for key in (*_GENERAL, "paper_nothing_else"))
"""What every report says of itself, in each language."""


def report_of(
    session: Session,
    models: tuple[ModelNote, ...],
    now: datetime,
    clinical_context: str = "",
    language: Language = "en",
) -> Report:
    """The report of a session as it stands; signed only where the last signature covers exactly this content."""
    images = {i.handle: i for i in session.images}
    results = tuple(f for f in session.findings if f.is_result)
    unreviewed = tuple(f for f in session.findings if f.review.state is ReviewState.UNREVIEWED)
    used = {f.model for f in session.findings}
    ran = tuple(_note(m, language) for m in models if m.name in used)
    digest = digest_of(session)
    last = session.signatures[-1] if session.signatures else None
    limits = [say(key, language) for key in _GENERAL]
    limits += _limits_of(ran, language)
    return Report(
        session=session.id,
        language=language,
        pseudonym=pseudonym_of(session),
        label=session.label,
        created=now,
        clinical_context=clinical_context,
        images=session.images,
        technique=tuple(image_words(i, language) for i in session.images),
        results=results,
        result_sentences=tuple(_result(f, images.get(f.image), language) for f in results),
        impression=tuple(_concluded(f, images.get(f.image), language) for f in sorted(results, key=_weight)),
        evidence=tuple(f for f in results if f.model != READER),
        unreviewed=unreviewed,
        unreviewed_sentences=tuple(_unreviewed(f, images.get(f.image), language) for f in unreviewed),
        not_looked_for=_not_looked_for(ran, language),
        models=ran,
        limits=tuple(limits),
        digest=digest,
        signature=last if last and last.digest == digest else None,
    )


def pseudonym_of(session: Session) -> str:
    """Name of the study on paper: from the UID that intake made, else from the session; never an identity."""
    uid = session.images[0].study_uid if session.images else session.id
    letters = hashlib.sha256(f"medvision study {uid}".encode()).hexdigest()[:8].upper()
    return f"MV-{letters[:4]}-{letters[4:]}"


def status_words(report: Report) -> str:
    """UNVERIFIED, or who signed and when; the one place where that is phrased."""
    if report.signature is None:
        return say("paper_status_draft", report.language)
    signature = report.signature
    return say("paper_status_signed", report.language, name=signature.name, at=utc(signature.at))


def review_counts(report: Report) -> str:
    """'1 accepted, 1 in the reader's words, 2 not reviewed'"""
    counts = {
        "paper_count_accepted": sum(f.review.state is ReviewState.ACCEPTED for f in report.results),
        "paper_count_edited": sum(f.review.state is ReviewState.EDITED for f in report.results),
        "paper_count_unreviewed": len(report.unreviewed),
    }
    said = [say(key, report.language, n=n) for key, n in counts.items() if n]
    return ", ".join(said) or say("paper_count_none", report.language)


def utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _note(note: ModelNote, language: Language) -> ModelNote:
    """A model's note in the reader's language; its name, version and hash stay."""
    return note.model_copy(
        update={
            "title": in_language(note.title, language),
            "looks_for": in_language(note.looks_for.rstrip(". "), language),
            "not_looked_for": in_language(note.not_looked_for.rstrip(". "), language),
            "limits": tuple(in_language(limit, language) for limit in note.limits),
        }
    )


def _limits_of(models: Sequence[ModelNote], language: Language) -> list[str]:
    """A line a model, then what several models share: said once, with all their names."""
    sharing = {limit: [m for m in models if limit in m.limits] for m in models for limit in m.limits}
    shared = {limit: listed([m.title for m in held], language) for limit, held in sharing.items() if len(held) > 1}
    own = [m.model_copy(update={"limits": tuple(x for x in m.limits if x not in shared)}) for m in models]
    lines = [_limits(m, language) for m in own if m.limits]
    return lines + [say("paper_limit_of", language, title=names, limit=stopped(x)) for x, names in shared.items()]


def _limits(note: ModelNote, language: Language) -> str:
    return say("paper_limit_of", language, title=note.title, limit=" ".join(stopped(limit) for limit in note.limits))


def _result(finding: Finding, facts: ImageFacts | None, language: Language) -> str:
    review = finding.review
    who = review.by if review.by and review.by != THE_READER else say("paper_reader", language)
    by = f"{who}{f', {utc(review.at)}' if review.at else ''}"
    if review.state is ReviewState.EDITED:
        key = "paper_by_reader" if finding.model == READER else "paper_own_words"
        if key == "paper_own_words" and review.by == THE_READER and review.at:
            by = utc(review.at)
        return say(key, language, words=_unstopped(review.text or finding.concept), by=by)
    said = say("paper_accepted_by", language, words=finding_words(finding, facts, language), by=by)
    note = review.text.strip()
    return f"{said} {say('paper_note', language, text=note)}" if note else said


def _unstopped(words: str) -> str:
    """A person's words before a bracket: the full stop stands behind it."""
    return words.strip().removesuffix(".")


def _unreviewed(finding: Finding, facts: ImageFacts | None, language: Language) -> str:
    words = finding_words(finding, facts, language)
    said = say("paper_unreviewed", language, handle=finding.handle, image=finding.image, words=words)
    note = finding.review.text.strip()
    return f"{said} {say('paper_note', language, text=note)}" if note else said


def _concluded(finding: Finding, facts: ImageFacts | None, language: Language) -> str:
    review, place = finding.review, {"handle": finding.handle, "image": finding.image}
    if review.state is ReviewState.EDITED:
        return say("paper_concluded_own", language, words=_unstopped(review.text or finding.concept), **place)
    said = capital(presence_words(finding, language))
    if finding.presence is Presence.ABSENT:
        said = say("paper_concluded_absent", language, words=said)
    elif finding.region and facts and finding.concept != VESSELS:
        key = "paper_concluded_outlined" if isinstance(finding.region, Mask) else "paper_concluded_boxed"
        half = half_words(finding.region.bounds, facts, language, short=True)
        said = say(key, language, words=said, half=half)
    return say("paper_concluded", language, words=said, **place)


def _weight(finding: Finding) -> int:
    if finding.review.state is ReviewState.EDITED:
        return 0
    return {Presence.PRESENT: 1, Presence.INDETERMINATE: 2, Presence.ABSENT: 3}[finding.presence]


def _not_looked_for(models: Sequence[ModelNote], language: Language) -> tuple[str, ...]:
    if not models:
        return (say("paper_nothing_ran", language),)
    return (*(_scope(m, language) for m in models), say("paper_nothing_else", language))


def _scope(note: ModelNote, language: Language) -> str:
    what = stopped(note.not_looked_for)
    return say("paper_looked", language, title=note.title, what=note.looks_for, not_what=what)


def model_lines(note: ModelNote) -> tuple[str, ...]:
    """What a report says of a model, in each language: what it looks for and what not, and its limits."""
    notes = [(_note(note, language), language) for language in _LANGUAGES]
    return tuple(line for n, language in notes for line in (_scope(n, language), _limits(n, language)))
