"""Numbers as they are written: digits, decimals with point or comma, words, shares, "nine in ten"; both languages."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.language.phrasing import Language

__all__ = ["Numeral", "numeral_at"]

_ONES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_TEENS = ("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
_DECADES = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_UNITS_EN = {w: i for i, w in enumerate((*_ONES, *_TEENS))}
_TENS_EN = {w: 10 * i for i, w in enumerate(_DECADES, 2)}
_UNITS_VI = {"khong": 0, "mot": 1, "mot1": 1, "hai": 2, "ba": 3, "bon": 4, "tu": 4, "nam": 5, "lam": 5, "sau": 6,
             "bay": 7, "tam": 8, "chin": 9}  # fmt: skip
_PARTS_EN = {"third": 3, "thirds": 3, "quarter": 4, "quarters": 4, "fifth": 5, "fifths": 5, "tenth": 10, "tenths": 10,
             "twentieth": 20, "twentieths": 20}  # fmt: skip
_PARTS_VI = {"hai": 2, "ba": 3, "tu": 4, "bon": 4, "nam": 5, "muoi": 10}
_COUNTED_VI = frozenset(
    {
        "vung",
        "khung",
        "phat",
        "loai",
        "benh",
        "ket",
        "con",
        "chan",
        "khoi",
        "ton",
        "hop",
        "mo",
        "phan",
        "anh",
        "lat",
        "u",
        "cau",
        "hinh",
        "tap",
        "dap",
        "mm",
        "cm",
    }
)


@dataclass(frozen=True, slots=True)
class Numeral:
    """`decimals`: how exactly it is said; `ratio`: said as a share, such as two thirds or nine in ten."""

    value: float
    decimals: int = 0
    ratio: bool = False
    in_words: bool = False


def numeral_at(words: Sequence[str], at: int, language: Language) -> tuple[Numeral | None, int]:
    """The number that starts here and how many words it takes; (None, 0) where there is none."""
    if words[at][0].isdigit():
        return _digits(words, at, language)
    return _english(words, at) if language == "en" else _vietnamese(words, at)


def _digits(words: Sequence[str], at: int, language: Language) -> tuple[Numeral | None, int]:
    text = words[at]
    if re.fullmatch(r"\d{1,3}(,\d{3})+", text) and language == "en" and not text.startswith("0"):
        text = text.replace(",", "")
    if re.fullmatch(r"\d{1,3}(\.\d{3})+", text) and language == "vi" and not text.startswith("0"):
        text = text.replace(".", "")
    text = text.replace(",", ".")
    if text.count(".") > 1:
        return Numeral(float("nan")), 1
    value, decimals = float(text), len(text.partition(".")[2])
    among = {"in", "of"} if language == "en" else {"tren", "trong"}
    after = words[at + 1 : at + 4]
    if decimals == 0 and after[:1] and (after[0] in among or after[0] == "/"):
        skip = 2 if after[1:2] in (["every"], ["so"]) else 1
        total = after[skip : skip + 1]
        if total and re.fullmatch(r"\d+", total[0]) and 0 < value <= int(total[0]):
            return Numeral(value / int(total[0]), 1, ratio=True), 2 + skip
    if after[:1] and after[0] in ("nghin", "ngan", "thousand"):
        return Numeral(value * 1000, decimals - 3), 2
    return Numeral(value, decimals), 1


def _english(words: Sequence[str], at: int) -> tuple[Numeral | None, int]:
    if words[at] == "single" and _counts(words[at + 1 :]):
        return Numeral(1.0, in_words=True), 1
    value, length = _english_whole(words, at)
    if length == 0:
        if words[at] == "half" and words[at + 1 : at + 2] in (["a"], ["an"]):
            return Numeral(0.5, 1, in_words=True), 2
        if words[at] == "a" and words[at + 1 : at + 2] and words[at + 1] in _PARTS_EN:
            return Numeral(1 / _PARTS_EN[words[at + 1]], 0, ratio=True, in_words=True), 2
        return None, 0
    rest = words[at + length :]
    if list(rest[:3]) == ["and", "a", "half"]:
        return Numeral(value + 0.5, 1, in_words=True), length + 3
    if rest and rest[0] == "point":
        digits = []
        for word in rest[1:]:
            if word not in _UNITS_EN or _UNITS_EN[word] > 9:
                break
            digits.append(str(_UNITS_EN[word]))
        if digits:
            decimal = float(f"{value}.{''.join(digits)}")
            return Numeral(decimal, len(digits), in_words=True), length + 1 + len(digits)
    if rest and rest[0] in _PARTS_EN:
        return Numeral(value / _PARTS_EN[rest[0]], 0, ratio=True, in_words=True), length + 1
    if len(rest) > 1 and rest[0] in ("in", "out"):
        skip = 2 if rest[0] == "out" and rest[1] == "of" else 1
        skip += rest[skip] == "every" if len(rest) > skip else 0
        total, more = _english_whole(words, at + length + skip) if len(rest) > skip else (0, 0)
        if more and 0 < value <= total:
            return Numeral(value / total, 1, ratio=True, in_words=True), length + skip + more
    if words[at] == "one" and length == 1 and not _counts(rest):
        return None, 0
    return Numeral(float(value), 0, in_words=True), length


def _counts(rest: Sequence[str]) -> bool:
    """Whether what follows makes "one" a number and not a pronoun."""
    return bool(rest) and rest[0] in {
        "region", "regions", "box", "finding", "lesion", "mass", "tumour", "tumor", "spot", "present", "absent",
        "positive", "negative", "indeterminate", "single", "image", "slice", "picture", "brain", "marked", "boxed",
        "outlined", "hundred", "percent", "millimetre", "centimetre", "cm", "mm", "model", "undecided", "glioma",
        "meningioma", "area", "photograph", "open", "accepted", "rejected", "half", "per",
    }  # fmt: skip


def _english_whole(words: Sequence[str], at: int) -> tuple[int, int]:
    total, length = 0, 0
    while at + length < len(words):
        word = words[at + length]
        if word == "-" and length and at + length + 1 < len(words) and words[at + length + 1] in _UNITS_EN:
            length += 1
            continue
        if word in _TENS_EN and total % 100 == 0:
            total += _TENS_EN[word]
        elif word in _UNITS_EN and (total == 0 or (total % 10 == 0 and total % 100 >= 20) or total % 100 == 0):
            total += _UNITS_EN[word]
        elif word in ("hundred", "thousand") and total:
            total = total // 1000 * 1000 + total % 1000 * 100 if word == "hundred" else total * 1000
        elif (
            word == "and"
            and length
            and total >= 100
            and at + length + 1 < len(words)
            and (words[at + length + 1] in _UNITS_EN or words[at + length + 1] in _TENS_EN)
        ):
            pass
        else:
            break
        length += 1
    return total, length


def _vietnamese(words: Sequence[str], at: int) -> tuple[Numeral | None, int]:
    word = words[at]
    rest = words[at + 1 :]
    if word in _UNITS_VI and len(rest) > 1 and rest[0] == "phan" and rest[1] in _PARTS_VI and rest[1] != "tram":
        return Numeral(_UNITS_VI[word] / _PARTS_VI[rest[1]], 0, ratio=True, in_words=True), 3
    value, length = _vietnamese_whole(words, at)
    if length == 0:
        return None, 0
    rest = words[at + length :]
    if rest[:1] == ["phay"] and len(rest) > 1 and rest[1] in _UNITS_VI:
        return Numeral(value + _UNITS_VI[rest[1]] / 10, 1, in_words=True), length + 2
    alone = length == 1 and word != "muoi"
    if alone and not (rest and (rest[0] in _COUNTED_VI or rest[:2] == ["phan", "tram"])):
        return None, 0
    if alone and word in ("khong", "tu", "sau", "nam") and not (rest[:1] and rest[0] in ("phan", "mm", "cm")):
        return None, 0
    return Numeral(float(value), 0, in_words=True), length


def _vietnamese_whole(words: Sequence[str], at: int) -> tuple[int, int]:
    word = words[at]
    nxt = words[at + 1] if at + 1 < len(words) else ""
    if word == "muoi":
        if nxt in _UNITS_VI and nxt not in ("khong",):
            return 10 + _UNITS_VI[nxt], 2
        return 10, 1
    if word not in _UNITS_VI:
        return 0, 0
    if nxt in ("muoi", "chuc"):
        after = words[at + 2] if at + 2 < len(words) else ""
        if after in _UNITS_VI and after != "khong":
            return _UNITS_VI[word] * 10 + _UNITS_VI[after], 3
        return _UNITS_VI[word] * 10, 2
    if nxt in ("nghin", "ngan") and _UNITS_VI[word]:
        more, length = _vietnamese_whole(words, at + 2) if at + 2 < len(words) else (0, 0)
        return _UNITS_VI[word] * 1000 + more, 2 + length
    if nxt == "tram" and _UNITS_VI[word]:
        more, length = _vietnamese_whole(words, at + 2) if at + 2 < len(words) else (0, 0)
        return _UNITS_VI[word] * 100 + more, 2 + length
    return _UNITS_VI[word], 1
