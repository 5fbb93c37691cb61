"""Whether a clause asks for a card: what a term means, how two differ, how good a model is; it knows no session."""

import re

from assistant.agent.lexicon import Words
from assistant.language.knowledge import term_cards
from assistant.language.normal import folded, tokens

__all__ = ["asks_for_a_card", "asks_how_good"]

_MERITS = frozenset(("dice", "auc", "iou", "accuracy", "sensitivity", "specificity", "brier", "ece", "validation"))
_TWO_TERMS = re.compile(
    r"^(?P<a>.+?) (?:versus|vs|and|or|khac(?: gi)?(?: voi)?|va) (?P<b>.+?)"
    r" (?:what (?:separates|distinguishes|sets) .+|how (?:do|are) they .+|the nao|ra sao|o cho nao|o diem nao|khac .+)$"
)
_CARD_NAMES = frozenset(" ".join(tokens(folded(n))) for card in term_cards() for n in card.names)


def asks_for_a_card(words: tuple[str, ...]) -> bool:
    """ "What is X" where X is the name of a card, in full."""
    said = " ".join(words)
    m = re.match(r"^(?:what is|define|explain what|meaning of|what does) (?:an? )?(.+?)(?: is| mean| means)?$", said)
    m = m or re.match(
        r"^(?:explain|describe) (?:an? |the )?(.+?) (?:as a (?:concept|term|condition)|in general)$", said
    )
    m = m or re.search(
        r"\b(?:what (?:exactly |actually |really |precisely )?is|what signifies|the word|the term)"
        r" (?:this word |the word )?(?:an? )?(.+?)(?: precisely| exactly| really| mean| means)?$",
        said,
    )
    m = m or re.match(r"^(.+?) la (?:cai |benh |chuoi xung |u |loai )?(?:gi|chi)(?: .*)?$", said)
    m = m or re.match(r"^(.+?) (?:la gi|nghia la gi|la sao|la the nao|la benh gi|meaning)$", said)
    if m is not None and m.group(1) in _CARD_NAMES:
        return True
    two = _TWO_TERMS.match(said)
    return two is not None and {two.group("a"), two.group("b")} <= _CARD_NAMES


def asks_how_good(words: Words) -> bool:
    """A figure of merit asked of a model by what it does: "AUC of the eye classifier"."""
    merits = bool(_MERITS & set(words.words)) or "accuracy" in words.concepts
    return merits and "model" in words.concepts and "xfinding" not in words.words
