"""Findings -> sentences, by rule: the answer first, each sentence with the findings that it rests on.

Every negative carries its scope, every probability says what it is a probability of and at which share of positives
it was calibrated. The word "normal" does not occur.
"""

from assistant.domain.finding import Finding, Presence, ReviewState
from assistant.domain.turn import Sentence
from assistant.language.concepts import concept_name
from assistant.language.phrasing import Language, certainty, percent, say

__all__ = ["concept_words", "doubt", "one_line", "read_out", "remark", "rests", "review_words"]


def rests(text: str, *handles: str) -> Sentence:
    return Sentence(text=text, findings=tuple(handles), rests_on="finding")


def remark(text: str) -> Sentence:
    """A remark about the conversation, a question or a limit."""
    return Sentence(text=text, rests_on="talk")


def concept_words(finding: Finding, language: Language) -> str:
    return concept_name(finding.concept, language)


def _probability_of(finding: Finding, language: Language) -> str:
    if language == "vi" or not finding.probability_of:
        return say("probability_of", language, concept=concept_words(finding, language))
    return finding.probability_of


def _calibrated(finding: Finding, language: Language) -> str:
    if finding.prevalence is None:
        return ""
    return say("calibrated", language, prevalence=percent(finding.prevalence))


def read_out(finding: Finding, language: Language, several: bool = False) -> tuple[Sentence, ...]:
    """A finding as the answer to a read: what is there, how likely, and how far that goes."""
    concept, p = concept_words(finding, language), finding.probability
    where = say("in_image", language, image=finding.image) if several else say("in_this_image", language)
    if p is None:
        return (rests(say(f"bare_{finding.presence}", language, concept=concept, where=where), finding.handle),)
    values = {
        "concept": concept,
        "where": where,
        "p": percent(p),
        "of": _probability_of(finding, language),
        "calibrated": _calibrated(finding, language),
    }
    word = certainty(p)
    match finding.presence:
        case Presence.PRESENT if word:
            first = say("present", language, word=say(word, language), **values)
        case Presence.PRESENT:
            first = say("present_faint", language, **values)
        case Presence.ABSENT:
            first = say("absent", language, **values)
        case _:
            first = say("indeterminate", language, **values)
    key = "scope_absent" if finding.presence is Presence.ABSENT else "scope"
    return (rests(first, finding.handle), rests(say(key, language, scope=finding.scope), finding.handle))


def set_words(finding: Finding, language: Language) -> str:
    """The prediction set in words."""
    members = frozenset(finding.prediction_set)
    key = {
        frozenset({"present"}): "set_present",
        frozenset({"absent"}): "set_absent",
        frozenset({"present", "absent"}): "set_both",
    }.get(members, "set_none")
    coverage = percent(finding.coverage) if finding.coverage is not None else "90 %"
    return say(key, language, coverage=coverage, concept=concept_words(finding, language))


def review_words(finding: Finding, language: Language) -> str:
    """What the reader decided, with their own words."""
    key = f"review_{finding.review.state}"
    if finding.review.text and finding.review.state is not ReviewState.EDITED:
        return say(f"{key}_text", language, text=finding.review.text)
    return say(key, language, text=finding.review.text)


def one_line(finding: Finding, language: Language) -> Sentence:
    """A finding as a line of a summary: handle, image, what, how likely, review."""
    p = finding.probability
    text = say(
        "one_line" if p is not None else "one_line_bare",
        language,
        handle=finding.handle,
        image=finding.image,
        concept=concept_words(finding, language),
        presence=say(f"word_{finding.presence}", language),
        p=percent(p) if p is not None else "",
        review=review_words(finding, language),
    )
    return rests(text, finding.handle)


def doubt(finding: Finding, language: Language) -> tuple[Sentence, ...]:
    """How sure: the probability with what it is of, the prediction set, and that it can be wrong."""
    parts = []
    if finding.probability is not None:
        parts.append(
            say(
                "how_sure",
                language,
                handle=finding.handle,
                p=percent(finding.probability),
                of=_probability_of(finding, language),
                calibrated=_calibrated(finding, language),
            )
        )
    parts.append(set_words(finding, language))
    return tuple(rests(p, finding.handle) for p in parts)
