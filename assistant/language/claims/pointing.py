"""Words that point or count without a digit -> what they stand for: "the second image" is img2, "both images" two."""

from collections.abc import Sequence

from assistant.language.claims.numerals import Numeral
from assistant.language.claims.vocabulary import Item

__all__ = ["pointed"]

_PLACES = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "other": 2, "dau": 1, "dau tien": 1, "thu nhat": 1, "thu hai": 2,
    "thu ba": 3, "kia": 2, "sau": 2, "con lai": 2,
}  # fmt: skip
_UPLOADS = frozenset({"upload", "file"})
_ORDINALS = {
    "one": 1, "two": 2, "number one": 1, "number two": 2, "thu nhat": 1, "thu hai": 2, "so mot": 1, "so hai": 2,
    "so 1": 1, "so 2": 2, "mot": 1, "hai": 2, "1": 1, "2": 2, "thu 2": 2, "dau tien": 1,
}  # fmt: skip
_AFTER = frozenset({"co", "la", "thi", "chi", "cho", "bi", "duoc", "has", "is", "was", "shows", "had", "holds", "qua"})
_COUNTED = frozenset({"image", "finding", "model", "region", "box", "mask", "sorts", "lesion"})
_SIDES = frozenset({"left", "right", "upper", "lower", "middle", "sides_named"})
_ONE = frozenset({"one", "mot"})
_AMONG = frozenset({"of", "out", "among", "in", "trong", "trong so"})
_FILLED = frozenset({"the", "all", "of", "these", "those", "my", "your"})


def pointed(items: Sequence[Item], images: int) -> list[Item]:
    """Items in which a place names its image and "both" its number. `images`: how many a session holds."""
    found: list[Item] = []
    at = 0
    while at < len(items):
        item = items[at]
        if item.text == "second" and found and found[-1].text == "every":
            found[-1] = Item("number", "0.5", "every second", Numeral(0.5, 0, ratio=True, in_words=True))
            at += 1
            continue
        place, length = _image_at(items, at, images)
        if place:
            found.append(Item("img", f"img{place}", f"img{place}"))
            at += length
        elif (item.tag == "number" or item.text in _ONE) and (skip := _of_all(items[at + 1 :])):
            found.append(_part(item, items[at + skip], items[at + skip + 1], images))
            at += 1 + skip
        elif item.tag == "evens":
            found.append(Item("number", "0.5", item.text, Numeral(0.5, 0, ratio=True, in_words=True)))
            at += 1
        elif item.tag == "half" and not _halves(items, at):
            if found and found[-1].text == "mot":
                found.pop()
            found.append(Item("number", "0.5", item.text, Numeral(0.5, 0, ratio=True, in_words=True)))
            at += 1
        elif item.tag == "both" and item.text in ("both", "ca hai") and _counts(items[at + 1 :]):
            found.append(Item("number", "2", "2", Numeral(2.0, in_words=True)))
            at += 1
        else:
            found.append(item)
            at += 1
    return found


def _halves(items: Sequence[Item], at: int) -> bool:
    """Whether "half" is a side of a picture: "the left half", "nửa trái", "half of it" being a number."""
    item, beside = items[at], [*items[max(0, at - 2) : at], *items[at + 1 : at + 3]]
    if item.text not in ("half", "nua") or any(i.tag in _SIDES for i in beside):
        return True
    ahead, behind = items[at - 1] if at else None, items[at + 1] if at + 1 < len(items) else None
    if item.text == "half":
        return behind is None or behind.text not in ("of", "the")
    return ahead is None or not (ahead.text == "mot" or ahead.tag in ("above", "below", "approx"))


def _of_all(behind: Sequence[Item]) -> int:
    """How many items say of how many: "two | of the three | findings"; 0 where none do."""
    at = 0
    while at < len(behind) and (behind[at].text in _AMONG if at == 0 else behind[at].text in _FILLED):
        at += 1
    if at == 0 or at + 1 >= len(behind):
        return 0
    if behind[at].tag != "number" and behind[at].text not in ("hai", "ba", "bon"):
        return 0
    return at + 1 if behind[at + 1].tag in _COUNTED | {"soft"} else 0


def _part(item: Item, whole: Item, noun: Item, images: int) -> Item:
    """ "two of the three findings" are two; "one of ten pictures", more than there are, is a tenth."""
    of = whole.number.value if whole.number is not None else 0.0
    part = item.number.value if item.number is not None else 1.0
    if noun.tag == "image" and of > max(images, 3) and part < of:
        text = f"{item.text} of {whole.text}"
        return Item("number", text, text, Numeral(part / of, 0, ratio=True, in_words=True))
    return item if item.tag == "number" else Item("number", "1", "1", Numeral(1.0, in_words=True))


def _image_at(items: Sequence[Item], at: int, images: int) -> tuple[int, int]:
    """The number of the image that items name by its place, and how many items name it; 0 where they name none."""
    item, behind = items[at], items[at + 1] if at + 1 < len(items) else None
    if behind is None:
        return 0, 0
    place, length = 0, 2
    one = behind.text == "one" and images > 1 and not any(i.tag == "kind" for i in items)
    if item.text in _PLACES and (one or behind.tag == "image" or behind.text in _UPLOADS):
        place = _PLACES[item.text]
    elif item.tag in ("image", "of_picture"):
        names = [i.text for i in items[at + 1 : at + 4]]
        for said, number in _ORDINALS.items():
            words = said.split()
            if names[: len(words)] == words and (len(words) > 1 or _ends(items, at + 2)):
                place, length = number, 1 + len(words)
        if behind.text == "thu hai la":
            place = 2
        if not place and behind.text in _PLACES and behind.tag != "number":
            place = _PLACES[behind.text]
    return (place, length) if images > 1 or place > 1 else (0, 0)


def _ends(items: Sequence[Item], at: int) -> bool:
    """Whether a bare number after "image" names it: nothing that it could count follows."""
    return at >= len(items) or items[at].tag in ("sign", "neg") or items[at].text in _AFTER


def _counts(behind: Sequence[Item]) -> bool:
    noun = next((i for i in behind if i.text not in _FILLED), None)
    return noun is not None and noun.tag in _COUNTED
