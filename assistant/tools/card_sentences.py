"""A model's card in sentences: its measured figures, how often it errs, what looks alike, what it looks for.

Every sentence is general knowledge rendered from the manifest (`rests_on` card); it knows no finding but the concept
that is asked about.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from assistant.domain.turn import Sentence
from assistant.language.concepts import concept_name, in_language
from assistant.language.phrasing import Language, figure, percent, say, wordings
from assistant.vision.calibrate import predictive_values
from assistant.vision.manifest import Figure, ModelCard

__all__ = [
    "Speaker",
    "Voice",
    "alike",
    "concepts_of",
    "errs",
    "everything",
    "limits",
    "looks_for",
    "looks_for_out",
    "measured",
    "not_looked_for",
    "predictive",
    "rates_of",
    "title_of",
]


class Voice(Protocol):
    """Who speaks: a turn's context, or a `Speaker` without one."""

    language: Language

    def say(self, key: str, **values: object) -> str: ...


@dataclass(slots=True)
class Speaker:
    """Wordings of one language, without a session."""

    language: Language

    def say(self, key: str, **values: object) -> str:
        return say(key, self.language, **values)


def title_of(context: Voice, card: ModelCard) -> str:
    return in_language(card.title, context.language)


def looks_for(context: Voice, card: ModelCard) -> str:
    return in_language(card.looks_for.rstrip(". "), context.language)


def concepts_of(card: ModelCard) -> tuple[str, ...]:
    """Every concept that a model looks for. A detector's several concepts are kinds of its one."""
    if card.concept:
        return (card.concept,)
    return tuple(dict.fromkeys(c.concept for c in card.concepts.values()))


def measured(context: Voice, card: ModelCard) -> list[Sentence]:
    """The headline figures and those of each concept, with interval and number; says so where there are none."""
    values = {"title": title_of(context, card), "version": card.version}
    if not card.metrics:
        return [_card(context.say("model_no_figures", figures="", **values))]
    said = [_card(context.say("model_figures", figures=_figures(context, card.metrics), **values))]
    for concept in (c for c in card.concepts.values() if c.metrics):
        name = concept_name(concept.concept, context.language)
        figures = _figures(context, concept.metrics)
        said.append(_card(context.say("concept_figures", concept=name, figures=figures, **values)))
    return said


def _figures(context: Voice, figures: Mapping[str, Figure]) -> str:
    return ", ".join(
        context.say(
            "figure",
            name=_figure_word(context, name),
            value=figure(f"{m.value:.3g}", context.language),
            low=figure(f"{m.low:.3g}", context.language),
            high=figure(f"{m.high:.3g}", context.language),
            n=m.n,
        )
        for name, m in figures.items()
    )


def predictive(context: Voice, card: ModelCard) -> list[Sentence]:
    """Positive and negative predictive values at 1, 10 and 50 %, of each concept with both rates."""
    said = []
    for concept in concepts_of(card):
        rates = rates_of(card, concept)
        if rates is None:
            continue
        values: dict[str, str] = {}
        for share in (1, 10, 50):
            right, cleared = predictive_values(rates[0].value, rates[1].value, share / 100)
            values |= {f"p{share}": percent(right, context.language), f"n{share}": percent(cleared, context.language)}
        name = concept_name(concept, context.language)
        said.append(_card(context.say("predictive_values", title=title_of(context, card), concept=name, **values)))
    return said


def rates_of(card: ModelCard, concept: str) -> tuple[Figure, Figure] | None:
    """Sensitivity and specificity for a concept, where both were measured."""
    own = card.metrics if card.concept == concept else {}
    figures = next((c.metrics for c in card.concepts.values() if c.concept == concept), own)
    sensitivity, specificity = figures.get("sensitivity"), figures.get("specificity")
    return (sensitivity, specificity) if sensitivity and specificity else None


def errs(context: Voice, card: ModelCard, concept: str, positive: bool) -> list[Sentence]:
    """How often a model was wrong about a concept where it was measured, and how often an answer is right."""
    title, name = title_of(context, card), concept_name(concept, context.language)
    rates = rates_of(card, concept)
    if rates is None:
        return [_card(context.say("no_rates", title=title, concept=name))]
    sensitivity, specificity = rates
    at = {n: predictive_values(sensitivity.value, specificity.value, n / 100) for n in (1, 10, 50)}
    share = partial(percent, language=context.language)
    values = {"title": title, "concept": name}
    missed, false = _rate(sensitivity, share, "missed"), _rate(specificity, share, "false")
    erred = context.say("measured_errs", n=sensitivity.n, **missed, **false, **values)
    if positive:
        right = context.say("positive_right", p1=share(at[1][0]), p10=share(at[10][0]), **values)
    else:
        right = context.say("negative_right", n10=share(at[10][1]), n50=share(at[50][1]), **values)
    return [_card(erred), _card(right)]


def alike_names(card: ModelCard, concept: str) -> tuple[str, ...]:
    """What can look like a concept to a model: the concept's own row, else the whole card's."""
    own = next((c.look_alikes for c in card.concepts.values() if c.concept == concept), ())
    return tuple(own or card.look_alikes)


def alike(context: Voice, card: ModelCard, concept: str, told: Collection[str] = ()) -> list[Sentence]:
    """What can look like a concept and was never taught to the model as such, without what was `told` already."""
    names = [in_language(n, context.language) for n in alike_names(card, concept) if n not in told]
    title = title_of(context, card)
    values = {"concept": concept_name(concept, context.language), "title": title[:1].lower() + title[1:]}
    key = "alike" if names else "alike_none"
    return [_card(context.say(key, names=", ".join(names), **values))]


def limits(context: Voice, card: ModelCard) -> list[Sentence]:
    return [_card(in_language(text, context.language)) for text in card.limits]


def looks_for_out(context: Voice, card: ModelCard) -> list[Sentence]:
    """What a model looks for, as it is said of it and in answer to "is there ...?"."""
    values = {"title": title_of(context, card), "looks_for": looks_for(context, card)}
    return [_card(context.say(key, **values)) for key in ("model_scope", "is_looked_for")]


def everything(context: Voice, card: ModelCard) -> list[Sentence]:
    """All that is ever said of a model without a finding."""
    said = [*measured(context, card), *predictive(context, card), *looks_for_out(context, card)]
    for concept in concepts_of(card):
        said += [s for positive in (True, False) for s in errs(context, card, concept, positive)]
        said += alike(context, card, concept)
    return [*said, *limits(context, card), *not_looked_for(context, card)]


def not_looked_for(context: Voice, card: ModelCard) -> list[Sentence]:
    if not card.not_looked_for:
        return []
    names = in_language(card.not_looked_for.rstrip(". "), context.language)
    return [_card(context.say("not_covered", title=title_of(context, card), names=names))]


def _rate(figure: Figure, share: Callable[[float], str], name: str) -> dict[str, str]:
    """The share of errors that a sensitivity or specificity leaves, with its interval."""
    ends = {"": figure.value, "_low": figure.high, "_high": figure.low}
    return {f"{name}{end}": share(1 - value) for end, value in ends.items()}


def _figure_word(context: Voice, name: str) -> str:
    known = f"figure_name_{name}"
    return context.say(known) if known in wordings() else name.replace("_", " ")


def _card(text: str) -> Sentence:
    return Sentence(text=text, rests_on="card")
