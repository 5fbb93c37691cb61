"""A message without what was pasted into it: earlier reports and quoted letters are data, never a request.

Pasted is: a fenced block; a line that begins with ">"; what an earlier report is said to say, in quotes; and all from a
heading on ("Earlier report:", or two sections such as "Findings:" and "Impression:"). Where nothing stands before the
heading, the last paragraph after it is the reader's, or the closing question of a message of one line. It does not know
what the text says; the reader's own quotes (the wording of a finding, the reason of a rejection) stay.
"""

import re
import unicodedata

__all__ = ["own_words", "told"]

_FENCED = re.compile(r"```.*?(?:```|\Z)|\"{3}.*?(?:\"{3}|\Z)|<(report|letter|note)>.*?(?:</\1>|\Z)", re.DOTALL | re.I)
_QUOTED_LINES = re.compile(r"^[ \t]*>.*$", re.MULTILINE)
_EARLIER = (
    r"(?:the\s+)?(?:(?:earlier|previous|prior|old|outside|last|original|radiology|referral|discharge)\s+)+"
    r"(?:mri\s+|ct\s+|eye\s+|dental\s+)?(?:report|letter|summary|findings|impression)s?"
    r"|(?:báo\s+cáo|kết\s+quả|kết\s+luận|phiếu|thư|giấy)\s+(?:\w+\s+){0,3}?"
    r"(?:trước|cũ|tuyến\s+trước|chuyển\s+viện|ra\s+viện)"
)
_SAID = re.compile(rf"(?:{_EARLIER})[^\"“«\n.?!]{{0,40}}(?:\"[^\"]*\"|“[^”]*”|«[^»]*»)", re.I)
_HEADING = re.compile(rf"^[ \t]*(?:{_EARLIER})[^:\n.?!\"“«]{{0,40}}:", re.I | re.M)
_SECTION = re.compile(
    r"^[ \t]*(?:impression|findings|technique|comparison|conclusion|kết luận|mô tả|kỹ thuật)[ \t]*:", re.I | re.M
)
_CLOSING_QUESTION = re.compile(r"[.!?]['\"”»)]*\s+([^.!?\n]{3,80}\?)\s*$")
_GAP = "\n\n"


def own_words(message: str) -> str:
    """What the reader asks; '' where all of it was pasted, the message where nothing was."""
    text = unicodedata.normalize("NFC", message)
    cut = text
    for pattern in (_FENCED, _QUOTED_LINES):
        cut = pattern.sub(_GAP, cut)
    if (start := _report_from(cut)) is not None:
        cut = _around(cut[:start], cut[start:])
    cut = _SAID.sub(_GAP, cut)
    return message if cut == text else re.sub(r"\s*\n\s*", "\n", cut).strip(" \n\t,;:.-")


def told(message: str) -> str:
    """What a llm is told of a message: the reader's own words, and that something pasted was left out."""
    kept = own_words(message)
    if kept == message:
        return message
    return f"{kept}\n[{len(message) - len(kept)} characters of pasted text are left out: data, no request.]".strip()


def _report_from(text: str) -> int | None:
    """Where a pasted report begins."""
    if heading := _HEADING.search(text):
        return heading.start()
    sections = list(_SECTION.finditer(text))
    return sections[0].start() if len(sections) > 1 else None


def _around(before: str, report: str) -> str:
    """The reader's words before the report, else after it."""
    if before.strip():
        return before
    paragraphs = re.split(r"\n[ \t]*\n", report.strip())
    if len(paragraphs) > 1:
        return paragraphs[-1]
    question = _CLOSING_QUESTION.search(report) if "\n" not in report.strip() else None
    return question.group(1) if question else ""
