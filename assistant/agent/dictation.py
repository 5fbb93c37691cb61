"""Marks that are spoken or numbered -> plain punctuation, so that clauses end where the speaker ended them.

"full stop", "question mark", "new line" said aloud; "um" and "uh"; requests numbered from 1; the letters of a handover
("S:", "B:", "A:", "R:"). It does not know what is asked; text in quotes is left alone.
"""

import re

__all__ = ["plainly"]

_SPOKEN = (
    (re.compile(r"\s+(?:full stop|end (?:of )?sentence|chấm hết|chấm xuống dòng)(?=\W|$)", re.I), "."),
    (re.compile(r"\s+(?:question mark|dấu hỏi|chấm hỏi)(?=\W|$)", re.I), "?"),
    (re.compile(r"\s+(?:comma|(?:dấu )?phẩy)(?=\W|$)", re.I), ","),
    (re.compile(r"\s+(?:colon|hai chấm)(?=\s)", re.I), ":"),
    (re.compile(r"\s+chấm$", re.I), "."),
    (re.compile(r"\bp d f\b", re.I), "pdf"),
    (re.compile(r"\bf (one|1|một)\b", re.I), "F1"),
    (re.compile(r"\bf (two|2|hai)\b", re.I), "F2"),
    (re.compile(r"\s*\b(?:new (?:line|paragraph)|xuống dòng)(?:\s+|$)", re.I), "\n"),
    (re.compile(r"^question mark\s+", re.I), "? "),
)
_HESITATES = re.compile(r"(?<![\w'])(?:u+m+|u+h+|e+rm+|ừ+m+|ờ+|hmm+)(?![\w'])[,.…]*\s*(?=\S)", re.I)
_HANDOVER = re.compile(r"(?:(?<=^)|(?<=[.;?\n]\s)|(?<=[.;?\n]))[SBAR]:\s+")
_ITEM = re.compile(
    r"(?<!\S)[#(]?(?P<n>\d|i{1,3}v?|[a-d])(?P<mark>[.):]|/(?!\S)|(?=\s))\s*[-–]?\s+(?=[^\W\d])", re.IGNORECASE
)
_COUNTS = re.compile(r"(?:of|or|and|to|mm|cm|images?|lesions?|scans?|slices?|ảnh|phim|tấm|khối|lát)\b", re.I)
_ORDER = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "a": 1, "b": 2, "c": 3, "d": 4}
_NUMBERED = r"(?:câu|cau|việc|viec|question|point)"
_WORDED = re.compile(
    r"(?:^|(?<=[.:;,\n!?–—-])) *"
    rf"(?:(?P<one>first(?:ly)?|one|{_NUMBERED} (?:1|một|mot)|một là|mot la|thứ nhất|thu nhat)"
    rf"|(?P<two>second(?:ly)?|two|{_NUMBERED} (?:2|hai)|hai là|hai la|thứ (?:hai|nhì)|thu (?:hai|nhi))"
    rf"|(?P<three>third(?:ly)?|three|{_NUMBERED} (?:3|ba)|ba là|ba la|thứ ba|thu ba))\b"
    r"(?! (?:image|scan|picture|slice|finding|lesion|one|of|or|and|is|things?)\b)(?: (?:là|la)\b)?[,:]? *",
    re.IGNORECASE,
)
"""Where an item begins that is counted in words; "first image" counts none."""
_QUOTE = re.compile(r"[\"“”«»]")


def plainly(message: str) -> str:
    """A message with its spoken and numbered marks written as punctuation."""
    if _QUOTE.search(message):
        return message
    text = _HANDOVER.sub("", message)
    for pattern, sign in _SPOKEN:
        text = pattern.sub(sign, text)
    text = _HESITATES.sub("", text)
    return _worded(_itemised(text)).strip() or message


def _worded(text: str) -> str:
    """Items that count up in words, "first ..., second ...", each on a line of its own."""
    found = list(_WORDED.finditer(text))
    if [m.lastgroup for m in found] not in (["one", "two"], ["one", "two", "three"]):
        return text
    return _WORDED.sub("\n", text)


def _itemised(text: str) -> str:
    """Items that count up from 1, each on a line of its own."""
    items = [m for m in _ITEM.finditer(text) if not _COUNTS.match(text, m.end())]
    run: list[re.Match[str]] = []
    for item in items:
        number = item.group("n").lower()
        if not number.isdigit() and not item.group("mark"):
            continue
        if (int(number) if number.isdigit() else _ORDER.get(number, 0)) == len(run) + 1:
            run.append(item)
    if len(run) < 2 or text[: run[0].start()].strip(" \n"):
        return text
    ends = [*(m.start() for m in run[1:]), len(text)]
    return "\n".join(text[m.end() : end].strip() for m, end in zip(run, ends, strict=True))
