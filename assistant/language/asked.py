"""What a message asks about, as far as an answer is ordered by it: names of concepts and kinds, sides, types, errors.

It chooses no tool and reads no model: the same findings are told, what was asked first.
"""

import re
from collections.abc import Iterable
from functools import cache

from assistant.language.knowledge import term_cards
from assistant.language.normal import folded, has_any, tokens

__all__ = [
    "as_typed",
    "asks_for_change",
    "asks_for_errors",
    "asks_for_grade",
    "asks_for_health",
    "asks_for_kind",
    "asks_for_lobe",
    "asks_for_side",
    "named_in",
    "names_of",
    "sizes_presumed",
]

_TOO_WIDE = frozenset({"tumour", "tumor", "disease", "u"})
_ERRORS = ("wrong", "mistaken", "mistake", "error", "errors", "err", "false alarm", "false positive", "false negative",
           "miss", "missed", "reliable", "trust", "rely", "sai", "nham", "sot", "tin cay", "dang tin")  # fmt: skip
_SIDES = ("side", "left", "right", "hemisphere", "orientation", "ben nao", "ben trai", "ben phai", "ben", "ban cau",
          "trai", "phai", "huong")  # fmt: skip
_GRADES = ("benign", "malignant", "malignancy", "cancer", "cancerous", "grade", "lanh tinh", "ac tinh", "ung thu",
           "lanh hay ac", "do may", "u ac", "u lanh")  # fmt: skip
_HEALTH = ("normal", "healthy", "all right", "alright", "ok", "fine", "nothing", "binh thuong", "khoe", "khoe manh",
           "khong sao", "on khong")  # fmt: skip
_LOBES = ("lobe", "frontal", "temporal", "parietal", "occipital", "cerebellum", "cerebellar", "thuy", "tieu nao")
_CHANGES = ("change", "changed", "changes", "grow", "grown", "growth", "grew", "progress", "progression", "progressed",
            "response", "shrunk", "shrink", "thay doi", "to len", "lon len", "tien trien", "nho di")  # fmt: skip
_SIZE = re.compile(r"(?<![\d.,])\d+(?:[.,]\d+)?\s?(?:mm|cm)\b")
_COMPARED = ("bigger", "larger", "smaller", "more than", "less than", "over", "under", "above", "below", "at least",
             "spacing", "per pixel", "pixel", "scale", "hon", "tren", "duoi", "moi diem anh")  # fmt: skip
_KINDS = ("type", "kind", "class", "loai", "loai u", "loai nao", "u gi")


def asks_for_errors(text: str) -> bool:
    """ "Could you be wrong?", and not "how sure are you?"."""
    return has_any(folded(text), _ERRORS)


def asks_for_side(text: str) -> bool:
    return has_any(folded(text), _SIDES)


def asks_for_kind(text: str, kinds: Iterable[str] = ()) -> bool:
    """Whether the type of a lesion is asked for, by that word or by one of `kinds`."""
    return has_any(folded(text), _KINDS) or bool(named_in(text, kinds))


def asks_for_grade(text: str) -> bool:
    """Benign or malignant, cancer, a grade: what no model here tells."""
    return has_any(folded(text), _GRADES)


def asks_for_health(text: str) -> bool:
    """Normal, healthy, nothing: what no finding says."""
    return has_any(folded(text), _HEALTH)


def as_typed(folded_words: str, text: str) -> str:
    """The words of `text` that `folded_words` stand for, with their accents; those words where it has none such."""
    typed = re.findall(r"[^\W_]+(?:'[^\W_]+)?", text)
    wanted = tokens(folded(folded_words))
    for start in range(len(typed) - len(wanted) + 1):
        if wanted and [folded(w) for w in typed[start : start + len(wanted)]] == wanted:
            return " ".join(typed[start : start + len(wanted)])
    return folded_words


def asks_for_lobe(text: str) -> bool:
    return has_any(folded(text), _LOBES)


def asks_for_change(text: str) -> bool:
    return has_any(folded(text), _CHANGES)


def sizes_presumed(text: str) -> tuple[str, ...]:
    """Sizes that a question takes for granted ("did the 3 cm mass bleed?"), as they were typed."""
    if "?" not in text or has_any(folded(text), _COMPARED):
        return ()
    return tuple(dict.fromkeys(_SIZE.findall(text)))


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
