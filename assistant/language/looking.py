"""Where a classifier looked, in sentences: its heat map, and how far that may be trusted. Never a location."""

from assistant.domain.finding import Evidence, Finding, Trust
from assistant.domain.geometry import Box
from assistant.domain.turn import Sentence
from assistant.language.narrative import concept_words, rests
from assistant.language.phrasing import Language, percent, say

__all__ = ["heat_of", "heat_out"]

_SHARES = (
    (0.125, "nothing"), (0.29, "quarter"), (0.42, "third"), (0.58, "half"), (0.71, "two_thirds"),
    (0.875, "three_quarters"), (1.01, "nearly_all"),
)  # fmt: skip


def heat_of(finding: Finding) -> Evidence | None:
    return next((e for e in finding.evidence if e.kind == "saliency"), None)


def heat_out(finding: Finding, heat: Evidence, region: Finding | None, language: Language) -> list[Sentence]:
    """What the heat map shows, how far it may be trusted, and what it is not. `region`: what it was held against."""
    p = percent(finding.probability, language) if finding.probability is not None else ""
    values = {"finding": finding.handle, "image": finding.image, "method": heat.method, "p": p}
    first = say(f"looked_{finding.presence}", language, concept=concept_words(finding, language), **values)
    trusted = _trusted(heat.trust, region, language) if heat.trust is not None else []
    return [rests(t, finding.handle) for t in (first, *trusted, say("not_an_outline", language))]


def _trusted(trust: Trust, region: Finding | None, language: Language) -> list[str]:
    values = {"before": percent(trust.before, language), "after": percent(trust.after, language)}
    if trust.overlap is None or region is None:
        said = [say("trust_alone", language, **values)]
    else:
        share = next(name for limit, name in _SHARES if (trust.overlap or 0.0) < limit)
        where = say("region_boxed" if isinstance(region.region, Box) else "region_outlined", language)
        verb = "lie" if share in ("two_thirds", "three_quarters") else "lies"
        part = say(f"share_{share}", language)
        said = [say("trust_inside", language, share=part, verb=verb, region=where, **values)]
    return [*said, say("trust_low", language)] if trust.low else said
