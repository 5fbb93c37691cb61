"""What the manifest's cards say, in the plain words that the claim ledger holds text against."""

from assistant.language.claims import CardWords
from assistant.vision.manifest import Manifest, ModelCard

__all__ = ["card_words"]


def card_words(manifest: Manifest) -> tuple[CardWords, ...]:
    """One for each model that reads images; the gate finds nothing."""
    return tuple(_words(c) for c in manifest.cards if c.task != "gate")


def _words(card: ModelCard) -> CardWords:
    texts = (card.scope, card.looks_for, card.not_looked_for, *card.limits)
    alike = (*card.look_alikes, *(a for c in card.concepts.values() for a in c.look_alikes))
    return CardWords(
        name=card.name,
        title=card.title,
        texts=tuple(t for t in texts if t),
        look_alikes=tuple(dict.fromkeys(alike)),
        figures={name: figure.value for name, figure in card.metrics.items()},
    )
