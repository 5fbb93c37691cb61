"""Findings -> sentences, by rule: the answer first, each sentence with the findings that it rests on.

Every negative carries its scope, every probability says what it is a probability of and at which share of positives
it was calibrated. The word "normal" does not occur.
"""

from collections.abc import Sequence

from assistant.domain.finding import Finding, Presence, ReviewState
from assistant.domain.geometry import Mask
from assistant.domain.image import ImageFacts
from assistant.domain.turn import Sentence
from assistant.language.concepts import concept_name, in_language, kind_name
from assistant.language.listing import listed
from assistant.language.phrasing import Language, certainty, percent, say
from assistant.language.places import place_words

__all__ = [
    "calibrated",
    "concept_words",
    "counted",
    "doubt",
    "left_open",
    "one_line",
    "place_kind",
    "probability_of",
    "read_out",
    "remark",
    "rests",
    "review_words",
]


def rests(text: str, *handles: str) -> Sentence:
    return Sentence(text=text, findings=tuple(handles), rests_on="finding")


def remark(text: str) -> Sentence:
    """A remark about the conversation, a question or a limit."""
    return Sentence(text=text, rests_on="talk")


def concept_words(finding: Finding, language: Language) -> str:
    return concept_name(finding.concept, language)


def place_kind(finding: Finding, language: Language) -> str:
    """'this slice' where one slice was looked at, else 'this picture'."""
    return say("in_this_image" if "slice" in finding.scope.lower() else "this_picture", language)


def probability_of(finding: Finding, language: Language, otherwise: str = "") -> str:
    """What the probability is of: the finding's own words, else `otherwise`, else that the picture shows it.

    In Vietnamese `otherwise` comes first, and the finding's own words where they are translated."""
    own = finding.probability_of.rstrip(". ")
    if language != "vi" and own:
        return finding.probability_of
    if not otherwise and (told := in_language(own, language)) != own:
        return told
    key = otherwise or ("probability_of" if "slice" in finding.scope.lower() else "this_picture_of")
    return say(key, language, concept=concept_words(finding, language))


def calibrated(finding: Finding, language: Language) -> str:
    """At which share of positives the probability holds, as the end of a sentence."""
    if finding.prevalence is None:
        return ""
    return say("calibrated", language, prevalence=percent(finding.prevalence, language))


def read_out(finding: Finding, language: Language, several: bool = False) -> tuple[Sentence, ...]:
    """A finding as the answer to a read: what is there, how likely, and how far that goes."""
    concept, p = concept_words(finding, language), finding.probability
    where = say("in_image", language, image=finding.image) if several else place_kind(finding, language)
    if p is None:
        return (rests(say(f"bare_{finding.presence}", language, concept=concept, where=where), finding.handle),)
    values = {
        "concept": concept,
        "where": where,
        "p": percent(p, language),
        "of": probability_of(finding, language),
        "calibrated": calibrated(finding, language),
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
    coverage = percent(finding.coverage, language) if finding.coverage is not None else "90 %"
    return say(key, language, coverage=coverage, concept=concept_words(finding, language))


def review_words(finding: Finding, language: Language) -> str:
    """What the reader decided, with their own words."""
    key = f"review_{finding.review.state}"
    if finding.review.text and finding.review.state is not ReviewState.EDITED:
        return say(f"{key}_text", language, text=finding.review.text)
    return say(key, language, text=finding.review.text)


def one_line(finding: Finding, language: Language, facts: ImageFacts | None = None) -> Sentence:
    """A finding as a line of a summary: handle, image, what, how likely, where, review."""
    p = finding.probability
    if finding.is_disagreement:
        return rests(say("one_line_disagree", language, **_apart(finding, language)), finding.handle, *finding.between)
    if finding.region is not None and p is not None:
        return rests(_line_with_region(finding, p, facts, language), finding.handle)
    text = say(
        "one_line" if p is not None else "one_line_bare",
        language,
        handle=finding.handle,
        image=finding.image,
        concept=concept_words(finding, language),
        presence=say(f"word_{finding.presence}", language),
        p=percent(p, language) if p is not None else "",
        review=review_words(finding, language),
    )
    return rests(text, finding.handle)


def _apart(finding: Finding, language: Language) -> dict[str, str]:
    return {
        "handle": finding.handle,
        "image": finding.image,
        "between": listed(list(finding.between), language),
        "concept": concept_words(finding, language),
        "review": review_words(finding, language),
    }


def _line_with_region(finding: Finding, p: float, facts: ImageFacts | None, language: Language) -> str:
    values = {
        "handle": finding.handle,
        "image": finding.image,
        "concept": concept_words(finding, language),
        "presence": say(f"word_{finding.presence}", language),
        "p": percent(p, language),
        "review": review_words(finding, language),
    }
    if isinstance(finding.region, Mask):
        return say("line_outline", language, area=finding.region.area_px, **values)
    kind = ""
    if finding.kinds and finding.kinds[0].probability >= 0.5:
        best = finding.kinds[0]
        kind = say("line_kind", language, kind=kind_name(best.name, language), p=percent(best.probability, language))
    place = f" {place_words(finding.region, facts, language)}" if finding.region and facts else ""
    return say("line_box", language, kind=kind, place=place, **values)


def doubt(finding: Finding, language: Language) -> tuple[Sentence, ...]:
    """How sure: the probability with what it is of, the prediction set, and that it can be wrong."""
    if finding.is_disagreement:
        return (rests(say("disagree_doubt", language, **_apart(finding, language)), finding.handle, *finding.between),)
    parts = []
    if finding.probability is not None:
        parts.append(
            say(
                "how_sure",
                language,
                handle=finding.handle,
                p=percent(finding.probability, language),
                of=probability_of(finding, language),
                calibrated=calibrated(finding, language),
            )
        )
    parts.append(set_words(finding, language))
    return tuple(rests(p, finding.handle) for p in parts)


def counted(findings: Sequence[Finding], language: Language) -> Sentence:
    """How many findings on how many images, by presence, and how many nobody has reviewed."""
    n, images = len(findings), len({f.image for f in findings})
    counts = [(f"counted_{p.value}", sum(f.presence is p for f in findings)) for p in Presence]
    counts.append(("counted_unreviewed", sum(f.review.state is ReviewState.UNREVIEWED for f in findings)))
    text = say(
        "counted",
        language,
        count=say("counted_many", language, n=n),
        images=say("counted_images_one" if images == 1 else "counted_images_many", language, n=images),
        parts=listed([say(key, language, n=k) for key, k in counts if k], language),
    )
    return rests(text, *(f.handle for f in findings))


def left_open(findings: Sequence[Finding], language: Language) -> Sentence:
    """What an impression leaves out because nobody has reviewed it."""
    items = [say("report_open_item", language, finding=f.handle, image=f.image) for f in findings]
    return rests(say("report_open", language, items=listed(items, language)), *(f.handle for f in findings))
