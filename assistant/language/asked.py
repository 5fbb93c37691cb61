"""What a message asks about, as far as an answer is ordered by it: names of concepts and kinds, sides, types, errors.

It chooses no tool and reads no model: the same findings are told, what was asked first.
"""

from collections.abc import Iterable
from functools import cache

from assistant.language.knowledge import term_cards
from assistant.language.normal import folded, has_any, tokens

__all__ = ["asks_for_errors", "asks_for_kind", "asks_for_side", "named_in", "names_of"]

_TOO_WIDE = frozenset({"tumour", "tumor", "disease", "u"})
_ERRORS = ("wrong", "mistaken", "mistake", "error", "errors", "err", "false alarm", "false positive", "false negative",
           "miss", "missed", "reliable", "trust", "rely", "sai", "nham", "sot", "tin cay", "dang tin")  # fmt: skip
_SIDES = ("side", "left", "right", "hemisphere", "orientation", "ben nao", "ben trai", "ben phai", "ben", "ban cau",
          "trai", "phai", "huong")  # fmt: skip
_KINDS = ("type", "kind", "class", "loai", "loai u", "loai nao", "u gi")


def asks_for_errors(text: str) -> bool:
    """ "Could you be wrong?", and not "how sure are you?"."""
    return has_any(folded(text), _ERRORS)


def asks_for_side(text: str) -> bool:
    return has_any(folded(text), _SIDES)


def asks_for_kind(text: str, kinds: Iterable[str] = ()) -> bool:
    """Whether the type of a lesion is asked for, by that word or by one of `kinds`."""
    return has_any(folded(text), _KINDS) or bool(named_in(text, kinds))


def named_in(text: str, concepts: Iterable[str]) -> tuple[str, ...]:
    """Those of the concepts (or kinds) that a text names, in either language and by any name of their cards."""
    flat = folded(text)
    return tuple(c for c in dict.fromkeys(concepts) if has_any(flat, names_of(c)))


@cache
def names_of(concept: str) -> tuple[str, ...]:
    """What a concept is called, in both languages, and its last word; folded."""
    said = " ".join(tokens(folded(concept)))
    cards = ({" ".join(tokens(folded(n))) for n in (card.name, *card.names)} for card in term_cards())
    names = next((names for names in cards if said in names), set())
    return tuple(sorted({said, said.split()[-1], *names} - _TOO_WIDE))
