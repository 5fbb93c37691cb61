"""Findings -> how sure that is and what stays possible: probabilities, prediction sets, kinds that are not ruled out.

What a model was measured at and what it was never taught comes from its card, which this module does not know.
"""

from collections.abc import Sequence

from assistant.domain.finding import Finding, Presence
from assistant.domain.turn import Sentence
from assistant.language.concepts import concept_name, kind_name
from assistant.language.listing import listed
from assistant.language.narrative import doubt, rests
from assistant.language.phrasing import Language, percent, say

__all__ = ["how_sure", "kinds_open", "sets_of", "still_open"]

_SET_KEYS = {
    frozenset({"present"}): "sets_present",
    frozenset({"absent"}): "sets_absent",
    frozenset({"present", "absent"}): "sets_both",
}


def how_sure(findings: Sequence[Finding], language: Language) -> tuple[Sentence, ...]:
    """Each probability with what it is of, then the prediction sets, those that are alike in one sentence."""
    said: list[Sentence] = []
    for finding in findings:
        if finding.probability is not None or finding.is_disagreement:
            said.append(doubt(finding, language)[0])
    said += sets_of(findings, language)
    for finding in findings:
        said += kinds_open(finding, language)
    return tuple(said)


def sets_of(findings: Sequence[Finding], language: Language) -> list[Sentence]:
    """The prediction sets; findings with the same set share a sentence."""
    groups: dict[tuple[str, float | None], list[str]] = {}
    for finding in (f for f in findings if not f.is_disagreement):
        key = _SET_KEYS.get(frozenset(finding.prediction_set), "sets_empty")
        if finding.coverage is None:
            key = "sets_none"
        groups.setdefault((key, finding.coverage), []).append(finding.handle)
    return [
        rests(
            say(
                key,
                language,
                handles=listed(handles, language),
                coverage=percent(coverage, language) if coverage is not None else "",
            ),
            *handles,
        )
        for (key, coverage), handles in groups.items()
    ]


def kinds_open(finding: Finding, language: Language) -> list[Sentence]:
    """Which kinds of the concept the picture leaves open, and which lie outside the set."""
    inside, outside = (
        [
            f"{kind_name(k.name, language)} {percent(k.probability, language)}"
            for k in finding.kinds
            if k.in_set is wanted
        ]
        for wanted in (True, False)
    )
    said = []
    if inside and finding.coverage is not None:
        values = {"handle": finding.handle, "coverage": percent(finding.coverage, language)}
        key = "kinds_open" if len(inside) > 1 else "kinds_alone"
        said.append(rests(say(key, language, kinds=listed(inside, language), **values), finding.handle))
        if outside:
            text = say("kinds_outside", language, handle=finding.handle, kinds=listed(outside, language))
            said.append(rests(text, finding.handle))
    return said


def still_open(findings: Sequence[Finding], language: Language) -> list[Sentence]:
    """Several concepts on one image: those that are present or not settled, beside each other."""
    said = []
    for image in dict.fromkeys(f.image for f in findings):
        here = [f for f in findings if f.image == image and f.presence is not Presence.ABSENT]
        concepts = dict.fromkeys(f.concept for f in here)
        if len(concepts) > 1:
            names = listed([concept_name(c, language) for c in concepts], language)
            text = say("also_open", language, image=image, concepts=names)
            said.append(rests(text, *(f.handle for f in here)))
    return said
