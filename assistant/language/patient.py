"""Findings -> plain words for the patient: what the computer saw, what it did not look for, what to ask the doctor.

No jargon, no comfort that the findings don't hold: an absent finding is never an all-clear, and each picture's scope
stands beside it. It knows concepts from `prompts/concepts.toml` alone; what a model looks for is given to it.
"""

from collections.abc import Mapping, Sequence

from assistant.domain.finding import Finding, Presence, ReviewState
from assistant.domain.turn import Sentence
from assistant.language.concepts import is_structure, kind_name, plain_about, plain_name
from assistant.language.listing import listed
from assistant.language.narrative import remark, rests
from assistant.language.phrasing import Language, percent, say

__all__ = ["for_patient"]


def for_patient(
    findings: Sequence[Finding], looked_for: Mapping[str, Sequence[str]], language: Language, several: bool = False
) -> tuple[Sentence, ...]:
    """The findings of one or several images; `looked_for`: model name -> every concept that it looks for."""
    said: list[Sentence] = []
    for image in dict.fromkeys(f.image for f in findings):
        here = [f for f in findings if f.image == image]
        where = say("patient_there", language, image=image) if several else say("patient_here", language)
        said += _one_image(here, where, language)
        said += _scope(here, looked_for, where, language)
    said += [remark(say("patient_close", language)), remark(say("patient_ask", language))]
    return tuple(said)


def _one_image(findings: list[Finding], where: str, language: Language) -> list[Sentence]:
    said: list[Sentence] = []
    decided = [f for f in findings if f.review.state in (ReviewState.REJECTED, ReviewState.EDITED)]
    open_ones = [f for f in findings if f not in decided]
    explained: set[str] = set()
    for finding in sorted(open_ones, key=_weight):
        if finding.presence is Presence.ABSENT and not is_structure(finding.concept):
            continue
        again = finding.concept in explained and finding.presence is Presence.PRESENT
        said.append(rests(_seen(finding, where, language, again), finding.handle))
        if finding.review.state is ReviewState.ACCEPTED:
            said.append(rests(say("patient_accepted", language), finding.handle))
        said += _kinds(finding, language)
        if finding.concept not in explained:
            said += _about(finding.concept, language)
        explained.add(finding.concept)
    said += _absent([f for f in open_ones if f.presence is Presence.ABSENT], where, language)
    return said + [_decided(f, language) for f in decided]


def _weight(finding: Finding) -> int:
    return [Presence.PRESENT, Presence.INDETERMINATE, Presence.ABSENT].index(finding.presence)


def _seen(finding: Finding, where: str, language: Language, again: bool) -> str:
    p = finding.probability
    values = {
        "where": where,
        "plain": plain_name(finding.concept, language),
        "p": percent(p, language) if p is not None else "",
    }
    bare = "" if p is not None else "_bare"
    if finding.is_disagreement:
        return say("patient_disagree", language, **values)
    if is_structure(finding.concept):
        there = finding.presence is Presence.PRESENT
        return say("patient_structure" if there else "patient_no_structure", language, **values)
    if finding.presence is Presence.INDETERMINATE:
        return say(f"patient_indeterminate{bare}", language, **values)
    return say(f"patient_{'second' if again else 'present'}{bare}", language, **values)


def _kinds(finding: Finding, language: Language) -> list[Sentence]:
    kinds = [f"{kind_name(k.name, language)} ({percent(k.probability, language)})" for k in finding.kinds if k.in_set]
    if not kinds or finding.presence is not Presence.PRESENT:
        return []
    return [rests(say("patient_kind", language, kinds=listed(kinds, language, "or")), finding.handle)]


def _about(concept: str, language: Language) -> list[Sentence]:
    about = plain_about(concept, language)
    return [Sentence(text=about, rests_on="card")] if about else []


def _absent(findings: list[Finding], where: str, language: Language) -> list[Sentence]:
    diseases = [f for f in findings if not is_structure(f.concept)]
    if not diseases:
        return []
    items = []
    for concept in dict.fromkeys(f.concept for f in diseases):
        p = next((f.probability for f in diseases if f.concept == concept and f.probability is not None), None)
        plain = plain_name(concept, language)
        items.append(plain if p is None else say("patient_item", language, plain=plain, p=percent(p, language)))
    text = say("patient_absent", language, where=where, items="; ".join(items))
    return [rests(text, *(f.handle for f in diseases))]


def _decided(finding: Finding, language: Language) -> Sentence:
    key = "patient_rejected" if finding.review.state is ReviewState.REJECTED else "patient_written"
    plain = plain_name(finding.concept, language)
    return rests(say(key, language, handle=finding.handle, plain=plain, text=finding.review.text), finding.handle)


def _scope(
    findings: list[Finding], looked_for: Mapping[str, Sequence[str]], where: str, language: Language
) -> list[Sentence]:
    """What was looked for on an image, by every model that left a finding there."""
    models = dict.fromkeys(f.model for f in findings)
    concepts = dict.fromkeys(c for m in models for c in looked_for.get(m, ()))
    if not concepts:
        return []
    items = listed([plain_name(c, language) for c in concepts], language)
    return [rests(say("patient_scope", language, where=where, items=items), *(f.handle for f in findings))]
