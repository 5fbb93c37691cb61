"""A text -> its sentences, whatever it was dressed in: lists, tables, headings, emphasis, links, html, quotes.

It knows no finding. What it gives is plain text: the only form in which a llm's words ever reach a page.
"""

import re

__all__ = ["plain_text", "sentences_of"]

_MARKUP: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1\s*>", re.S | re.I), " "),
    (re.compile(r"</?[a-zA-Z][^<>]*>"), " "),
    (re.compile(r"!?\[([^\]\n]*)\]\((?:[^()\n]|\([^()\n]*\))*\)"), r"\1"),
    (re.compile(r"(?:https?|ftp|javascript|data):\S+", re.I), " "),
    (re.compile(r"`{1,3}[a-z]*"), ""),
    (re.compile(r"\*{1,3}|_{2,3}|~~"), ""),
)
_BULLET = re.compile(r"^\s*(?:[-*+•·–—>]|\(?\d{1,2}[.)](?=\s))\s*")
_HEADING = re.compile(r"^\s*#{1,6}\s*|\s*#+\s*$")
_RULE = re.compile(r"^[\s|:=+_-]*$")
_END = re.compile(r"""[.!?…]+["'”»)\]]*(?=\s|$)""")
_SOURCE = re.compile(r"\s*\([^()]{3,200}\)(?=\s+[^\W\d_a-z])")
"""A source in brackets behind a full stop belongs to what is before it, not to the sentence behind."""
_SHORT = re.compile(
    r"(?:\b(?:e\.g|i\.e|approx|vs|cf|ca|no|fig|dr|mr|mrs|ms|prof|incl|resp|st|tp|bs|ths|ts)|\b(?-i:[A-Z]))\.$", re.I
)
_MODALITY = re.compile(r"\bMR\.$")
"""The modality at the end of a sentence, no title before a name."""
_HANDLES = re.compile(r"^[\s\[\](),;F\dimg]*$")


def plain_text(text: str) -> str:
    """Without markup: html, links' addresses, emphasis and code marks are gone, their words stay."""
    for pattern, by in _MARKUP:
        text = pattern.sub(by, text)
    return text.replace("<", "‹").replace(">", "›") if "<" in text else text


def sentences_of(text: str) -> tuple[str, ...]:
    """The sentences in order; a list item, a table row and a heading are a sentence each."""
    found: list[str] = []
    for raw in plain_text(text).splitlines():
        if _RULE.match(raw):
            continue
        line = _HEADING.sub("", _BULLET.sub("", raw)).strip()
        if line.count("|") >= 2:
            cells = [c.strip() for c in line.strip("|").split("|")]
            line = ", ".join(c for c in cells if c)
        for sentence in _cut(line):
            if found and _HANDLES.match(sentence):
                found[-1] = f"{found[-1]} {sentence}"
            else:
                found.append(sentence)
    return tuple(found)


def _cut(line: str) -> list[str]:
    pieces: list[str] = []
    start = 0
    for end in _END.finditer(line):
        piece = line[start : end.end()]
        short = _SHORT.search(piece) and not _MODALITY.search(piece)
        if piece.count('"') % 2 or piece.count("“") > piece.count("”") or short:
            continue
        pieces.append(piece.strip())
        start = end.end()
        if source := _SOURCE.match(line, start):
            pieces.append(source.group().strip())
            start = source.end()
    pieces.append(line[start:].strip())
    return [p for p in pieces if re.search(r"\w", p)]
