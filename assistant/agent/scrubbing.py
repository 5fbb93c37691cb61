"""Scrubber: the last look at every text before it goes to a provider: identities, paths and the study label come out.

What tools and table hand over holds none (identity stops at intake); what a person types may. What is sent is kept
word for word, so that the page can show exactly what left the machine.
"""

import re
import unicodedata
from collections.abc import Sequence

from langchain_core.messages import AIMessage, BaseMessage, ToolMessage

__all__ = ["Scrubber"]

_NAME = r"[^\W\d_a-z][^\W\d_]+"
_SURNAMES = (
    "Nguyễn|Nguyen|Trần|Tran|Lê|Phạm|Pham|Hoàng|Hoang|Huỳnh|Huynh|Phan|Vũ|Võ|Đặng|Dang|Bùi|Bui|Đỗ|Hồ|Ngô|Dương|Duong|Lý"
)
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "[address]"),
    (re.compile(r"\b(?:[a-z]+://|www\.)\S+", re.I), "[address]"),
    (re.compile(r"(?:[A-Za-z]:\\|\\\\)[^\s\"']+"), "[path]"),
    (re.compile(r"(?<![\w.])~?(?:/[\w.@%+-]+){2,}/?"), "[path]"),
    (re.compile(r"\b[\w-]+\.(?:dcm|dicom|nii(?:\.gz)?|png|jpe?g|tiff?|bmp|zip|pdf|docx?)\b", re.I), "[file]"),
    (re.compile(r"\b[A-Z][A-Za-z'-]+\^[A-Z][A-Za-z'^-]*"), "[name]"),
    (
        re.compile(
            r"(?i:\b(?:mrn|patient\s*(?:id|number|no)|hospital\s*(?:id|number|no)|nhs|ssn|accession(?:\s*number)?|"
            r"mã\s*(?:bệnh\s*nhân|bn|số)|số\s*(?:hồ\s*sơ|bệnh\s*án|bhyt)|cccd|cmnd)\b)\s*(?:is|là|[:#=.])?\s*[\w/-]*\d[\w/-]*"
        ),
        "[number]",
    ),
    (
        re.compile(r"(?i:\b(?:dob|born(?:\s+on)?|date of birth|ngày sinh|sinh ngày|sinh năm)\b)\s*[:=]?\s*[\d./-]+"),
        "[date]",
    ),
    (
        re.compile(r"\b\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d{2}\b|\b(?:19|20)\d{2}-\d{2}-\d{2}\b|\b(?:19|20)\d{6}\b"),
        "[date]",
    ),
    (re.compile(r"(?<![\w.])\+?\d[\d ().-]{7,}\d(?![\w.])"), "[number]"),
    (re.compile(r"\b\d(?:\.\d+){5,}\b"), "[number]"),
    (
        re.compile(
            rf"((?i:\b(?:patient(?:'s)?\s+name(?:\s+is)?|name(?:\s+is)?|called|mrs?|ms|miss|dr|prof|tên(?:\s+là)?|"
            rf"bệnh nhân|bn|ông|bà|anh|chị|cháu|bác sĩ|bs)\b\.?)\s*[:=]?\s*){_NAME}(?:[ ]{_NAME}){{0,4}}"
        ),
        r"\1[name]",
    ),
    (re.compile(rf"\b(?:{_SURNAMES})(?:[ ]{_NAME}){{1,4}}"), "[name]"),
)


class Scrubber:
    """Takes identities out of texts; `private` are words of this session that may never leave: label, file names."""

    def __init__(self, private: Sequence[str] = ()) -> None:
        words = [w.strip() for p in private for w in (p, *re.split(r"[\s,;^_]+", p)) if len(w.strip()) > 2]
        longest = sorted(dict.fromkeys(words), key=len, reverse=True)
        self._private = re.compile("|".join(rf"(?<!\w){re.escape(w)}(?!\w)" for w in longest), re.I) if words else None

    def text(self, text: str) -> str:
        clean = unicodedata.normalize("NFC", text)
        if self._private:
            clean = self._private.sub("[label]", clean)
        for pattern, by in _PATTERNS:
            clean = pattern.sub(by, clean)
        return clean

    def message(self, message: BaseMessage) -> BaseMessage:
        """The message with clean words; anything but text (a picture) is left out."""
        parts = message.content if isinstance(message.content, list) else [message.content]
        texts = [p if isinstance(p, str) else str(p.get("text", "")) for p in parts]
        return message.model_copy(update={"content": self.text("\n".join(t for t in texts if t))})

    def shown(self, message: BaseMessage) -> str:
        """A sent message as a person reads it."""
        who = {"human": "user", "ai": "assistant"}.get(message.type, message.type)
        calls = [f"{c['name']} {c['args']}" for c in message.tool_calls] if isinstance(message, AIMessage) else []
        name = f" {message.name}" if isinstance(message, ToolMessage) and message.name else ""
        return f"{who}{name}: {' '.join([str(message.content), *calls]).strip()}"
