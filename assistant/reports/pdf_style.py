"""Type and colour of the PDF: Source Sans 3 (SIL OFL 1.1, in `fonts/`), black text, one accent."""

from dataclasses import dataclass
from functools import cache
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_LEFT
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from assistant.reports.overlay import FONTS
from assistant.reports.plain import plain

__all__ = [
    "ACCENT",
    "BOLD",
    "GREY",
    "INK",
    "ITALIC",
    "LACKING",
    "PALE",
    "REGULAR",
    "ROOMY",
    "RULE",
    "TIGHTER",
    "Density",
    "fit",
    "register_fonts",
    "safe",
    "style",
]

REGULAR, BOLD, ITALIC = "SourceSans3", "SourceSans3-SemiBold", "SourceSans3-Italic"
INK, GREY, ACCENT = HexColor("#111111"), HexColor("#4A4A4A"), HexColor("#0B4F6C")
RULE, PALE = HexColor("#B9C3C9"), HexColor("#F1F4F6")
LACKING = "□"
"""Stands for a character that the font lacks."""

_SMALLEST_PT = 7.0


@dataclass(frozen=True, slots=True)
class Density:
    """How much stands on a page: `text`, `leading` and `space` are shares of what the roomy page has."""

    text: float = 1.0
    leading: float = 1.0
    space: float = 1.0
    width_mm: float = 174
    picture_mm: float = 52
    columns_mm: tuple[float, ...] = (14, 23, 19, 17, 23, 30, 32, 16)

    @property
    def width(self) -> float:
        """Of the text, in points."""
        return float(self.width_mm * mm)

    @property
    def is_tight(self) -> bool:
        """Pictures stand beside the words of their findings, limits in two columns."""
        return self.text < 1


ROOMY = Density()
_NARROW_COLUMNS = (12, 21, 18, 17, 26, 42, 34, 14)
TIGHTER = tuple(
    Density(text, leading, space, 184, picture, _NARROW_COLUMNS)
    for text, leading, space, picture in (
        (0.94, 0.95, 0.8, 42),
        (0.9, 0.92, 0.6, 39),
        (0.86, 0.91, 0.5, 36),
        (0.82, 0.9, 0.45, 32),
        (0.78, 0.88, 0.35, 27),
    )
)
"""For a report of one image that would take a second page; no type is smaller than 7 pt."""

_FILES = {
    REGULAR: "SourceSans3-Regular.ttf",
    BOLD: "SourceSans3-SemiBold.ttf",
    ITALIC: "SourceSans3-Italic.ttf",
}
_SIZES: dict[str, dict[str, Any]] = {
    "kicker": {"fontSize": 8.5, "leading": 11, "textColor": GREY},
    "title": {"fontName": BOLD, "fontSize": 16, "leading": 20, "spaceAfter": 2},
    "long_title": {"fontName": BOLD, "fontSize": 9.5, "leading": 12, "spaceAfter": 2},
    "key": {"fontSize": 7.5, "leading": 9.5, "textColor": GREY},
    "value": {"fontName": BOLD, "fontSize": 9.5, "leading": 12},
    "heading": {"fontName": BOLD, "fontSize": 10.5, "leading": 13, "spaceBefore": 6, "textColor": ACCENT},
    "body": {"fontSize": 9.5, "leading": 12.5, "spaceAfter": 2},
    "result": {"fontSize": 9.5, "leading": 12.5, "spaceAfter": 3},
    "impression": {"fontName": BOLD, "fontSize": 10, "leading": 13.5, "spaceAfter": 2},
    "caption": {"fontName": ITALIC, "fontSize": 7.8, "leading": 9.8, "textColor": GREY},
    "small": {"fontSize": 8, "leading": 10.2, "spaceAfter": 1.5, "textColor": GREY},
    "cell": {"fontSize": 7.8, "leading": 9.6},
    "cell_head": {"fontName": BOLD, "fontSize": 7.8, "leading": 9.6},
    "status": {"fontName": BOLD, "fontSize": 9.5, "leading": 12.5, "spaceBefore": 7},
}


@cache
def register_fonts() -> None:
    for name, file in _FILES.items():
        pdfmetrics.registerFont(TTFont(name, str(FONTS / file)))
    pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=ITALIC, boldItalic=BOLD)


@cache
def style(name: str, density: Density = ROOMY) -> ParagraphStyle:
    known = {"fontName": REGULAR, "textColor": INK, "alignment": TA_LEFT, "allowWidows": 0, "allowOrphans": 0}
    made = known | _SIZES[name]
    size = max(_SMALLEST_PT, made["fontSize"] * density.text)
    made["leading"] *= size / made["fontSize"] * density.leading
    made["fontSize"] = size
    for gap in ("spaceBefore", "spaceAfter"):
        made[gap] = made.get(gap, 0) * density.space
    return ParagraphStyle(name, **made)


def safe(text: str, font: str = REGULAR) -> str:
    """Anybody's text -> paragraph markup that prints it as it is; what the font lacks becomes `LACKING`."""
    return escape(_drawable(text, font))


def fit(text: str, width: float, font: str, size: float) -> str:
    """One line for the canvas, cut with an ellipsis where it is too wide."""
    said = _drawable(text, font)
    if pdfmetrics.stringWidth(said, font, size) <= width:
        return said
    low, high = 0, len(said)
    while low < high:
        middle = (low + high + 1) // 2
        wide = pdfmetrics.stringWidth(said[:middle] + "…", font, size) > width
        low, high = (low, middle - 1) if wide else (middle, high)
    return said[:low].rstrip() + "…"


def _drawable(text: str, font: str) -> str:
    glyphs = pdfmetrics.getFont(font).face.charToGlyph
    return "".join(c if ord(c) in glyphs else LACKING for c in plain(text))
