"""The report as PDF (A4): pages, their heads and feet, metadata; what stands on them is in `pdf_story`.

Same report, same bytes. The tags that PDF/UA asks for are beyond reportlab: title, language and an outline are set,
and the text reads in order.
"""

import io
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC
from functools import cache
from typing import Any

from PIL import Image as Pil
from PIL import ImageDraw, ImageFont
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate
from reportlab.platypus.doctemplate import LayoutError

from assistant.domain.report import Report
from assistant.errors import ReportError
from assistant.language.phrasing import say
from assistant.language.report_words import status_words, utc
from assistant.reports.overlay import FONTS
from assistant.reports.pdf_story import story
from assistant.reports.pdf_style import (
    ACCENT,
    BOLD,
    GREY,
    INK,
    REGULAR,
    ROOMY,
    RULE,
    TIGHTER,
    Density,
    fit,
    register_fonts,
)
from assistant.reports.pictures import Pictures

__all__ = ["check", "render"]

_TAGS = {"en": "en-GB", "vi": "vi-VN"}
_TOP, _BOTTOM = 28 * mm, 16 * mm


def render(report: Report, pictures: Pictures) -> bytes:
    """The whole report; laid out twice, because 'page x of y' needs y, and tighter where one image would take more
    than a page."""
    register_fonts()
    density, flowables, pages = _fitted(report, pictures)
    data, again = _laid_out(report, flowables(), pages, density)
    if again != pages:
        raise ReportError("The PDF did not come out the same twice; it was held back. Export the report again.")
    return data


def _fitted(report: Report, pictures: Pictures) -> tuple[Density, Callable[[], list[Any]], int]:
    """How it is laid out, what makes its flowables, and how many pages that takes."""
    flowables = story(report, pictures, ROOMY)
    _, pages = _laid_out(report, flowables(), 0, ROOMY)
    if pages > 1 and len(report.images) < 2:
        for density in TIGHTER:
            tight = story(report, pictures, density)
            with suppress(LayoutError):
                if _laid_out(report, tight(), 0, density)[1] == 1:
                    return density, tight, 1
    return ROOMY, flowables, pages


def check(data: bytes, report: Report) -> None:
    """Re-reads the file's skeleton: head, cross-reference table, one page object for each page of the page tree."""
    start = re.search(rb"startxref\s+(\d+)\s+%%EOF\s*$", data)
    count = re.search(rb"/Count (\d+)[^>]*/Type /Pages\b", data)
    pages = len(re.findall(rb"/Type /Page\b", data))
    sound = data.startswith(b"%PDF-") and start is not None and data[int(start[1]) :].startswith(b"xref")
    if not sound or count is None or not pages or int(count[1]) != pages:
        raise ReportError("The PDF did not read back as it was written; it was held back. Export the report again.")


def _laid_out(report: Report, flowables: list[Any], pages: int, density: Density) -> tuple[bytes, int]:
    out = io.BytesIO()
    seen, title = 0, say("paper_title", report.language)

    def furnish(canvas: Any, doc: Any) -> None:
        nonlocal seen
        seen = doc.page
        _furnish(canvas, report, doc.page, pages, density.width)

    doc = BaseDocTemplate(
        out,
        pagesize=A4,
        title=f"{title} {report.pseudonym}",
        author="MedVision Assistant",
        subject=f"{title}, {say('paper_research', report.language)}",
        creator="MedVision Assistant",
        producer="MedVision Assistant",
        keywords="",
        lang=_TAGS[report.language],
        displayDocTitle=True,
        invariant=1,
    )
    left = (A4[0] - density.width) / 2
    frame = Frame(left, _BOTTOM, density.width, A4[1] - _TOP - _BOTTOM, leftPadding=0, rightPadding=0, topPadding=0)
    doc.addPageTemplates([PageTemplate("page", [frame], onPage=furnish)])
    doc.afterFlowable = _outlined(doc)
    doc.build(flowables)
    return out.getvalue(), seen


def _outlined(doc: Any) -> Callable[[Any], None]:
    """Headings become the document's outline."""

    def after(flowable: Any) -> None:
        if getattr(getattr(flowable, "style", None), "name", "") == "heading":
            title = flowable.getPlainText()
            doc.canv.bookmarkPage(title)
            doc.canv.addOutlineEntry(title, title, level=0)

    return after


def _furnish(canvas: Any, report: Report, page: int, pages: int, width: float) -> None:
    left = (A4[0] - width) / 2
    canvas.setDateFormatter(lambda *_: report.created.astimezone(UTC).strftime("D:%Y%m%d%H%M%SZ"))
    right, top = left + width, A4[1] - 15 * mm
    canvas.saveState()
    if report.signature is None:
        canvas.drawImage(_watermark(say("paper_watermark", report.language)), 0, 0, A4[0], A4[1], mask="auto")
    canvas.setFillColor(ACCENT)
    canvas.setFont(BOLD, 10)
    canvas.drawString(left, top, "MedVision Assistant")
    canvas.setFillColor(GREY)
    canvas.setFont(REGULAR, 8.5)
    canvas.drawString(left + 36 * mm, top, say("paper_research", report.language))
    study = say("paper_study_named", report.language, pseudonym=report.pseudonym)
    canvas.drawRightString(right, top, study)
    canvas.setStrokeColor(RULE)
    canvas.setLineWidth(0.6)
    canvas.line(left, top - 2.2 * mm, right, top - 2.2 * mm)
    _status(canvas, report, left, top - 9 * mm, width)
    canvas.line(left, 13 * mm, right, 13 * mm)
    canvas.setFillColor(GREY)
    canvas.setFont(REGULAR, 8)
    made = say("paper_made", report.language, at=utc(report.created), digest=report.digest[:12])
    canvas.drawString(left, 9 * mm, made)
    canvas.drawRightString(right, 9 * mm, say("paper_page", report.language, page=page, pages=pages))
    canvas.restoreState()


def _status(canvas: Any, report: Report, left: float, y: float, width: float) -> None:
    """On each page: a framed band while UNVERIFIED, a line with the reader's name once signed."""
    canvas.setFillColor(INK)
    if report.signature is not None:
        canvas.setFont(BOLD, 8.5)
        canvas.drawString(left, y + 1.6 * mm, fit(status_words(report), width, BOLD, 8.5))
        return
    canvas.saveState()
    canvas.setStrokeColor(INK)
    canvas.setLineWidth(0.9)
    canvas.rect(left, y, width, 5.4 * mm)
    canvas.setFont(BOLD, 9.5)
    word = say("paper_band", report.language)
    canvas.drawString(left + 2.5 * mm, y + 1.6 * mm, word)
    canvas.setFont(REGULAR, 8.5)
    after = left + 5.5 * mm + stringWidth(word, BOLD, 9.5)
    canvas.drawString(after, y + 1.6 * mm, say("paper_band_text", report.language))
    canvas.restoreState()


@cache
def _watermark(word: str) -> ImageReader:
    """A pale word across the page, as a picture, so that it does not run into the text on extraction."""
    wide, high = 620, 877
    ink = Pil.new("L", (high, high), 0)
    font = ImageFont.truetype(str(FONTS / "SourceSans3-SemiBold.ttf"), 132 if len(word) < 12 else 98)
    ImageDraw.Draw(ink).text((high / 2, high / 2), word, fill=255, font=font, anchor="mm")
    ink = ink.rotate(54, Pil.Resampling.BICUBIC).crop(((high - wide) // 2, 0, (high + wide) // 2, high))
    pale = Pil.new("RGBA", ink.size, (60, 60, 60, 0))
    pale.putalpha(ink.point(lambda v: v * 14 // 255))
    return ImageReader(pale)
