"""A sentence of the house with one fact changed: a number, a side, a presence, a decision, a name; each is a lie."""

import re
from collections.abc import Iterator

__all__ = ["changed"]

_NUMBER = re.compile(r"(?<![\w.,-])\d+(?:[.,]\d+)?(?![\w.,]*\d)")
_SWAPS = (
    ("left half", "right half"), ("upper", "lower"), ("nửa bên trái", "nửa bên phải"),
    ("brain tumour present", "brain tumour absent"), ("is very likely", "is unlikely"),
    ("accepted by the reader", "rejected by the reader"), ("; not reviewed", "; accepted by the reader"),
    ("người đọc đã chấp nhận", "người đọc đã bác bỏ"), ("; chưa duyệt", "; người đọc đã chấp nhận"),
    ("meningioma", "pituitary tumour"), ("u màng não", "u tuyến yên"), ("boxed", "outlined"),
    ("glaucoma", "cataract"), ("gingivitis", "hypodontia"), ("glôcôm", "đục thủy tinh thể"),
    ("No region", "One region"), ("is readable", "is not readable"), ("states no", "states its"),
    ("in colour", "grey"), ("đọc được", "không đọc được"), ("present alone", "absent alone"),
    ("Acme", "Siemens"), ("img1", "img7"), ("F1", "F8"),
)  # fmt: skip


def changed(sentence: str) -> Iterator[tuple[str, str]]:
    """(what was changed, the sentence with it changed), one fact at a time."""
    for number in _NUMBER.finditer(sentence):
        value = float(number.group().replace(",", "."))
        other = f"{value + 19:g}" if value + 19 <= 100 or value > 100 else f"{value - 19:g}"
        other = other.replace(".", ",") if "," in number.group() else other
        yield f"number {number.group()}", sentence[: number.start()] + other + sentence[number.end() :]
    for one, two in _SWAPS:
        for this, that in ((one, two), (two, one)):
            if re.search(rf"(?<!\w){re.escape(this)}(?!\w)", sentence) and not (this in that and that in sentence):
                yield f"{this} -> {that}", re.sub(rf"(?<!\w){re.escape(this)}(?!\w)", that, sentence, count=1)
