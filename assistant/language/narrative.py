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
    "UNRELIABLE",
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
    "scope_out",
    "seen_words",
]

UNRELIABLE = "; unreliable, as "
"""What stands in the scope of an outline that was drawn on request although something hides what it is of."""


def rests(text: str, *handles: str, aside: bool = False) -> Sentence:
    return Sentence(text=text, findings=tuple(handles), rests_on="finding", aside=aside)


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


def scope_out(key: str, finding: Finding, language: Language) -> str:
    """How far a look went, by the wording `key`; "this" where the scope has no words in the reader's language."""
    bare = finding.scope.partition(UNRELIABLE)[0]
    scope = in_language(bare, language)
    if scope == bare and language != "en":
        scope = say("scope_slice" if "slice" in bare.lower() else "scope_picture", language)
    return say(key, language, scope=scope)


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
    negative = finding.presence is Presence.ABSENT
    scope = scope_out("scope_absent" if negative else "scope", finding, language)
    return (rests(first, finding.handle), rests(scope, finding.handle, aside=not negative))


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


def one_line(finding: Finding, language: Language, facts: ImageFacts | None = None, brief: bool = False) -> Sentence:
    """A finding as a line of a summary: handle, image, what, how likely, where, review.

    `brief`: its image, and that nobody has reviewed it, stand in the line before."""
    p = finding.probability
    unreviewed = finding.review.state is ReviewState.UNREVIEWED and not finding.review.text
    values = {
        "head": finding.handle if brief else say("line_head", language, handle=finding.handle, image=finding.image),
        "seen": seen_words(finding, language),
        "p": percent(p, language) if p is not None else "",
        "review": "" if brief and unreviewed else f"; {review_words(finding, language)}",
    }
    if finding.is_disagreement:
        apart = {**values, **_apart(finding, language), "review": values["review"]}
        return rests(say("one_line_disagree", language, **apart), finding.handle, *finding.between)
    if finding.region is not None and p is not None:
        return rests(_line_with_region(finding, values, facts, language), finding.handle)
    return rests(say("one_line" if p is not None else "one_line_bare", language, **values), finding.handle)


def seen_words(finding: Finding, language: Language) -> str:
    """Concept and presence as one phrase, in the order of the language: 'glaucoma absent', 'có khối u não'."""
    return say(f"seen_{finding.presence}", language, concept=concept_words(finding, language))


def _apart(finding: Finding, language: Language) -> dict[str, str]:
    return {
        "handle": finding.handle,
        "between": listed(list(finding.between), language),
        "concept": concept_words(finding, language),
    }


def _line_with_region(finding: Finding, values: dict[str, str], facts: ImageFacts | None, language: Language) -> str:
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


def counted(findings: Sequence[Finding], language: Language, image: str = "") -> Sentence:
    """How many findings on how many images (or on `image`), by presence, and how many nobody has reviewed."""
    n, images = len(findings), len({f.image for f in findings})
    standing = [f for f in findings if f.review.state is not ReviewState.REJECTED]
    counts = [(f"counted_{p.value}", sum(f.presence is p for f in standing)) for p in Presence]
    counts.append(("counted_rejected", n - len(standing)))
    unreviewed = sum(f.review.state is ReviewState.UNREVIEWED for f in findings)
    reviewed = "none" if unreviewed == n else "some" if unreviewed else "all"
    text = say(
        "counted",
        language,
        count=say("counted_many", language, n=n),
        images=image or say("counted_images_one" if images == 1 else "counted_images_many", language, n=images),
        parts=listed([say(f"{key}_all" if k == n else key, language, n=k) for key, k in counts if k], language),
        reviewed=say(f"counted_reviewed_{reviewed}", language, n=unreviewed),
    )
    return rests(text, *(f.handle for f in findings))


def left_open(findings: Sequence[Finding], language: Language) -> Sentence:
    """What an impression leaves out because nobody has reviewed it."""
    items = [say("report_open_item", language, finding=f.handle, image=f.image) for f in findings]
    return rests(say("report_open", language, items=listed(items, language)), *(f.handle for f in findings))
