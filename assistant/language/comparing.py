"""Two images of one kind, finding by finding, in sentences: what either holds, and never that something changed."""

from collections.abc import Mapping, Sequence

from assistant.domain.finding import Finding
from assistant.domain.turn import Sentence
from assistant.language.narrative import concept_words, rests
from assistant.language.phrasing import Language, capital, percent, say

__all__ = ["boxes_compared", "matched"]

Of = Mapping[str, Sequence[Finding]]


def matched(pair: tuple[str, str], read: Of, language: Language) -> list[Sentence]:
    """A sentence a concept that both images were read for: what it is on either."""
    said = []
    for concept in dict.fromkeys(f.concept for image in pair for f in read[image]):
        one, two = (next((f for f in read[image] if f.concept == concept), None) for image in pair)
        if one is None or two is None:
            continue
        values = {"concept": capital(concept_words(one, language)), "first": pair[0], "second": pair[1]}
        states = {"first_state": _state(one, language), "second_state": _state(two, language)}
        said.append(rests(say("compare_line", language, **values, **states), one.handle, two.handle))
    return said


def _state(finding: Finding, language: Language) -> str:
    if finding.probability is None:
        return say(f"state_bare_{finding.presence}", language)
    return say(f"state_{finding.presence}", language, p=percent(finding.probability, language))


def boxes_compared(pair: tuple[str, str], boxed: Of, language: Language) -> list[Sentence]:
    """How many regions were boxed on either image, where a detector reads both."""
    if not all(boxed[image] for image in pair):
        return []
    counts = [str(sum(f.region is not None for f in boxed[image])) for image in pair]
    values = {"first": pair[0], "second": pair[1], "first_count": counts[0], "second_count": counts[1]}
    return [rests(say("compare_boxes", language, **values), *(f.handle for image in pair for f in boxed[image]))]
