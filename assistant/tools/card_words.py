"""What the manifest's cards say, in the plain words that the claim ledger holds text against.

Every sentence that is ever rendered from a card stands in it, in both languages: such a sentence is held word for word,
so that one that differs from the card in a figure or a name is not.
"""

from collections.abc import Iterator
from itertools import combinations, permutations

from assistant.domain.report import ModelNote
from assistant.language.claims import CardWords, Rates
from assistant.language.concepts import in_language, picture_name
from assistant.language.listing import listed
from assistant.language.phrasing import Language, say
from assistant.language.report_words import model_lines
from assistant.tools.ability_sentences import abilities
from assistant.tools.card_sentences import Speaker, alike, alike_names, concepts_of, everything, rates_of
from assistant.vision.manifest import Figure, Manifest, ModelCard

__all__ = ["card_words", "model_note"]

_LANGUAGES: tuple[Language, ...] = ("en", "vi")
_KEPT: list[tuple[Manifest, tuple[CardWords, ...]]] = []
_MOST = 4


def card_words(manifest: Manifest) -> tuple[CardWords, ...]:
    """One for each model that reads images (the gate finds nothing), and one of what can be asked here.

    Rendered once for each manifest object: it is frozen."""
    for kept, words in _KEPT:
        if kept is manifest:
            return words
    voices = [Speaker(language) for language in _LANGUAGES]
    here = tuple(text for voice in voices for text in abilities(voice, manifest))
    here += tuple(_reads(language, manifest) for language in _LANGUAGES)
    here += (*_asks_back(), *_alike_besides(voices, manifest))
    words = (
        *(_words(c, voices) for c in manifest.cards if c.task != "gate"),
        CardWords(name="", title="", sentences=here),
    )
    _KEPT.append((manifest, words))
    del _KEPT[:-_MOST]
    return words


def model_note(card: ModelCard) -> ModelNote:
    """What a report says of a model."""
    return ModelNote(
        name=card.name,
        title=card.title,
        version=card.version,
        weights_sha256=card.sha256,
        looks_for=card.looks_for,
        not_looked_for=card.not_looked_for,
        limits=tuple(card.limits),
    )


def _asks_back() -> Iterator[str]:
    """The questions back: this tool, or that one?"""
    from assistant.tools.catalog import TOOLS

    for language in _LANGUAGES:
        for first, second in permutations((f'"{t.example(language)}"' for t in TOOLS), 2):
            yield say("clarify", language, first=first, second=second)


def _alike_besides(voices: list[Speaker], manifest: Manifest) -> Iterator[str]:
    """What can look like a concept to one model and was not named with the others that look for it."""
    for card, concept in ((c, name) for c in manifest.cards if c.task != "gate" for name in concepts_of(c)):
        others = [alike_names(o, concept) for o in manifest.cards if o is not card and concept in concepts_of(o)]
        for told in (t for n in range(1, len(others) + 1) for t in combinations(others, n)):
            before = {name for names in told for name in names}
            if set(alike_names(card, concept)) - before:
                yield from (s.text for voice in voices for s in alike(voice, card, concept, before))


def _reads(language: Language, manifest: Manifest) -> str:
    """Which kinds of picture are read here, as a refusal says it."""
    read = [picture_name(k.name, k.title, language) for k in manifest.kinds if k.admitted]
    return say("refused_reads", language, kinds=listed(read, language))


def _words(card: ModelCard, voices: list[Speaker]) -> CardWords:
    texts = (card.scope, card.looks_for, card.not_looked_for, *card.limits)
    alike = (*card.look_alikes, *(a for c in card.concepts.values() for a in c.look_alikes))
    return CardWords(
        name=card.name,
        title=card.title,
        texts=tuple(t for t in texts if t),
        sentences=(
            *(s.text for voice in voices for s in everything(voice, card)),
            *model_lines(model_note(card)),
        ),
        task=card.task,
        concepts=concepts_of(card),
        look_alikes=tuple(dict.fromkeys(alike)),
        alike={
            concept: tuple(
                in_language(name, language) for name in alike_names(card, concept) for language in _LANGUAGES
            )
            for concept in concepts_of(card)
        },
        figures={name: figure.value for name, figure in card.metrics.items()},
        rates={c: _rates(*found) for c in concepts_of(card) if (found := rates_of(card, c))},
    )


def _rates(sensitivity: Figure, specificity: Figure) -> Rates:
    of = [(f.value, f.low, f.high) for f in (sensitivity, specificity)]
    return Rates(sensitivity=of[0], specificity=of[1], pictures=sensitivity.n)
