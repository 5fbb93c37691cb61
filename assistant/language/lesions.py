"""What a detector boxed, in sentences: how many, where, how sure, of which type; and what two models disagree on."""

from collections.abc import Sequence

from assistant.domain.finding import Finding, Presence
from assistant.domain.geometry import Box
from assistant.domain.image import ImageFacts
from assistant.domain.turn import Sentence
from assistant.language.concepts import kind_name
from assistant.language.listing import listed
from assistant.language.narrative import calibrated, concept_words, place_kind, probability_of, rests, scope_out
from assistant.language.phrasing import Language, percent, say
from assistant.language.places import place_words

__all__ = ["boxes_out", "disagreement_out", "type_out"]

_OPEN = 0.5


def boxes_out(
    findings: Sequence[Finding],
    facts: ImageFacts,
    language: Language,
    several: bool = False,
    scoped: bool = False,
    side: bool = False,
) -> tuple[Sentence, ...]:
    """Findings of one detector on one image, the surest box first.

    `scoped`: the scope of the same look is told beside it. `side`: the reader asks for a side.
    """
    boxed = [f for f in findings if isinstance(f.region, Box)]
    if not boxed:
        return _none(findings[0], language, several)
    said = [_where(boxed, facts, language, several)]
    alone = len(boxed) == 1
    for finding in boxed:
        if finding.probability is not None:
            key = "box_probability" if alone else "box_probability_of"
            values = {
                "handle": finding.handle,
                "p": percent(finding.probability, language),
                "of": probability_of(finding, language, "that_in_box"),
                "calibrated": calibrated(finding, language),
            }
            said.append(rests(say(key, language, **values), finding.handle, aside=True))
        if finding.kinds:
            said.append(type_out(finding, language, alone).model_copy(update={"aside": side}))
    if facts.orientation is None:
        text = say("orientation_unstated", language, image=facts.handle)
        said.append(Sentence(text=text, rests_on="image", aside=not side))
    if not scoped:
        said.append(rests(scope_out("boxes_scope", boxed[0], language), *(f.handle for f in boxed), aside=True))
    return tuple(said)


def _where(boxed: Sequence[Finding], facts: ImageFacts, language: Language, several: bool) -> Sentence:
    handles = [f.handle for f in boxed]
    places = [place_words(f.region, facts, language, several) for f in boxed if f.region is not None]
    if len(boxed) == 1:
        return rests(say("one_boxed", language, place=places[0]), *handles)
    number = say(f"number_{len(boxed)}", language) if len(boxed) <= 5 else str(len(boxed))
    each = [say("one_of_the_boxes", language, handle=h, place=place) for h, place in zip(handles, places, strict=True)]
    return rests(say("several_boxed", language, number=number, places=listed(each, language)), *handles)


def type_out(finding: Finding, language: Language, alone: bool) -> Sentence:
    """The likeliest kind and those that are not ruled out; "open" where none reaches one half."""
    best = finding.kinds[0]
    others = [kind_name(k.name, language) for k in finding.kinds[1:] if k.in_set]
    tail = "" if alone else "_of"
    if best.probability < _OPEN:
        items = [
            say("concept_p", language, concept=kind_name(k.name, language), p=percent(k.probability, language))
            for k in finding.kinds
            if k.in_set or k is best
        ]
        text = say(f"type_open{tail}", language, handle=finding.handle, items=listed(items, language))
        return rests(text, finding.handle)
    rest = ""
    if others:
        verb = say("verb_is" if len(others) == 1 else "verb_are", language)
        rest = say("type_not_ruled_out", language, others=listed(others, language), verb=verb)
    values = {"kind": kind_name(best.name, language), "p": percent(best.probability, language), "rest": rest}
    return rests(say(f"type_looks_like{tail}", language, handle=finding.handle, **values), finding.handle)


def _none(finding: Finding, language: Language, several: bool) -> tuple[Sentence, ...]:
    where = finding.image if several else place_kind(finding, language)
    key = "none_boxed" if finding.presence is Presence.ABSENT else "boxes_open"
    if finding.probability is None:
        first = say("none_boxed_bare", language, where=where)
    else:
        values = {
            "where": where,
            "p": percent(finding.probability, language),
            "calibrated": calibrated(finding, language),
        }
        first = say(key, language, **values)
    scope = scope_out("boxes_scope", finding, language)
    return (rests(first, finding.handle), rests(scope, finding.handle))


def disagreement_out(
    finding: Finding, first: tuple[Finding, str], second: tuple[Finding, str], language: Language, several: bool = False
) -> tuple[Sentence, ...]:
    """`first`, `second`: one of each side, with the task of its model (classify, detect, segment)."""
    sides = [_sees(f, task, language) for f, task in (first, second)]
    against = say("against", language, first=sides[0], second=sides[1])
    where = finding.image if several else place_kind(first[0], language)
    verdict = say("disagree", language, concept=concept_words(finding, language), where=where)
    return (
        rests(against[:1].upper() + against[1:], first[0].handle, second[0].handle),
        rests(verdict, finding.handle),
    )


def _sees(finding: Finding, task: str, language: Language) -> str:
    p = percent(finding.probability, language) if finding.probability is not None else "-"
    return say(f"sees_{task}_{finding.presence}", language, concept=concept_words(finding, language), p=p)
