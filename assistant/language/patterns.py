"""The read-out of a model of several diseases: one answer in few sentences, each with the findings that it rests on.

Diseases of one picture occur together, so each has a probability of its own: what is marked comes first, then what
stays open, then what is absent, then what the figures mean and how far the look went. It knows no model card.
"""

from collections.abc import Sequence

from assistant.domain.finding import Finding, Presence
from assistant.domain.turn import Sentence
from assistant.language.listing import listed
from assistant.language.narrative import concept_words, place_kind, rests, scope_out
from assistant.language.phrasing import Language, certainty, percent, say

__all__ = ["patterns_out"]


def patterns_out(
    findings: Sequence[Finding], language: Language, several: bool = False, pattern_only: bool = False
) -> tuple[Sentence, ...]:
    """Findings of one model on one image. `pattern_only`: no healthy picture was taught, so "as in" is said."""
    where = say("in_image", language, image=findings[0].image) if several else place_kind(findings[0], language)
    by_p = sorted(findings, key=lambda f: -(f.probability or 0.0))
    said: list[Sentence] = []
    if marked := [f for f in by_p if f.presence is Presence.PRESENT]:
        said.append(_marked(marked, where, language, pattern_only))
    if unsettled := [f for f in by_p if f.presence is Presence.INDETERMINATE]:
        items = listed([_with_p(f, language) for f in unsettled], language, "or")
        said.append(_rests(say("patterns_open", language, where=where, items=items), unsettled))
    if absent := [f for f in by_p if f.presence is Presence.ABSENT]:
        items = listed([_with_p(f, language) for f in absent], language, "or")
        key = "patterns_absent_as_in" if pattern_only else "patterns_absent"
        said.append(_rests(say(key, language, where=where, items=items), absent))
    if calibrated := _calibrated(by_p, language):
        said.append(_rests(calibrated, by_p, aside=True))
    said.append(_rests(scope_out("patterns_scope", findings[0], language), by_p, aside=not absent))
    if pattern_only:
        said.append(Sentence(text=say("patterns_no_healthy", language), rests_on="card", aside=not absent))
    return tuple(said)


def _rests(text: str, findings: Sequence[Finding], aside: bool = False) -> Sentence:
    return rests(text, *(f.handle for f in findings), aside=aside)


def _with_p(finding: Finding, language: Language) -> str:
    concept = concept_words(finding, language)
    if finding.probability is None:
        return concept
    return say("concept_p", language, concept=concept, p=percent(finding.probability, language))


def _marked(marked: Sequence[Finding], where: str, language: Language, pattern_only: bool) -> Sentence:
    if len(marked) == 1 and (p := marked[0].probability) is not None:
        pattern = say(
            "pattern_as_in" if pattern_only else "pattern", language, concept=concept_words(marked[0], language)
        )
        word = certainty(p)
        key = "pattern_present" if word else "pattern_present_faint"
        values = {
            "pattern": pattern,
            "word": say(word, language) if word else "",
            "where": where,
            "p": percent(p, language),
        }
        return _rests(say(key, language, **values), marked)
    items = []
    for finding in marked:
        p = finding.probability
        concept = concept_words(finding, language)
        word = "" if p is None else say(f"word_{certainty(p) or 'low'}", language)
        items.append(
            concept if p is None else say("pattern_item", language, concept=concept, word=word, p=percent(p, language))
        )
    key = "patterns_present_as_in" if pattern_only else "patterns_present"
    return _rests(say(key, language, items=listed(items, language), where=where), marked)


def _calibrated(findings: Sequence[Finding], language: Language) -> str:
    """At which share of positives each figure holds."""
    known = [(f, f.prevalence) for f in findings if f.probability is not None and f.prevalence is not None]
    if not known:
        return ""
    if len({percent(p) for _, p in known}) == 1:
        shares = percent(known[0][1], language)
    else:
        items = [
            say("share_of_concept", language, share=percent(p, language), concept=concept_words(f, language))
            for f, p in known
        ]
        shares = listed(items, language)
    return say("pattern_calibrated" if len(known) == 1 else "patterns_calibrated", language, shares=shares)
