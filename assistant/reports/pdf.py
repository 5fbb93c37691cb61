"""The report as PDF (A4): pages, their heads and feet, metadata; what stands on them is in `pdf_story`.

Same report, same bytes. The tags that PDF/UA asks for are beyond reportlab: title, language and an outline are set,
and the text reads in order.
"""

import io
import re
from collections.abc import Callable
from datetime import UTC
from functools import cache
from typing import Any

from PIL import Image as Pil
from PIL import ImageDraw, ImageFont
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate

from assistant.domain.report import Report
from assistant.errors import ReportError
from assistant.language.report_words import status_words, utc
from assistant.reports.overlay import FONTS
from assistant.reports.pdf_story import story
from assistant.reports.pdf_style import ACCENT, BOLD, GREY, INK, REGULAR, RULE, WIDTH, fit, register_fonts
from assistant.reports.pictures import Pictures

__all__ = ["check", "render"]

_LEFT = (A4[0] - WIDTH) / 2
_TOP, _BOTTOM = 28 * mm, 16 * mm


def render(report: Report, pictures: Pictures) -> bytes:
    """The whole report; laid out twice, because 'page x of y' needs y."""
    register_fonts()
    flowables = story(report, pictures)
    _, pages = _laid_out(report, flowables(), 0)
    data, again = _laid_out(report, flowables(), pages)
    if again != pages:
        raise ReportError("The PDF did not come out the same twice; it was held back. Export the report again.")
    return data


def check(data: bytes, report: Report) -> None:
    """Re-reads the file's skeleton: head, cross-reference table, one page object for each page of the page tree."""
    start = re.search(rb"startxref\s+(\d+)\s+%%EOF\s*$", data)
    count = re.search(rb"/Count (\d+)[^>]*/Type /Pages\b", data)
    pages = len(re.findall(rb"/Type /Page\b", data))
    sound = data.startswith(b"%PDF-") and start is not None and data[int(start[1]) :].startswith(b"xref")
    if not sound or count is None or not pages or int(count[1]) != pages:
        raise ReportError("The PDF did not read back as it was written; it was held back. Export the report again.")


def _laid_out(report: Report, flowables: list[Any], pages: int) -> tuple[bytes, int]:
    out = io.BytesIO()
    seen = 0

    def furnish(canvas: Any, doc: Any) -> None:
        nonlocal seen
        seen = doc.page
        _furnish(canvas, report, doc.page, pages)

    doc = BaseDocTemplate(
        out,
        pagesize=A4,
        title=f"Imaging report {report.pseudonym}",
        author="MedVision Assistant",
        subject="Imaging report, AI, research use",
        creator="MedVision Assistant",
        producer="MedVision Assistant",
        keywords="",
        lang="en-GB",
        displayDocTitle=True,
        invariant=1,
    )
    frame = Frame(_LEFT, _BOTTOM, WIDTH, A4[1] - _TOP - _BOTTOM, leftPadding=0, rightPadding=0, topPadding=0)
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


def _furnish(canvas: Any, report: Report, page: int, pages: int) -> None:
    canvas.setDateFormatter(lambda *_: report.created.astimezone(UTC).strftime("D:%Y%m%d%H%M%SZ"))
    right, top = _LEFT + WIDTH, A4[1] - 15 * mm
    canvas.saveState()
    if report.signature is None:
        canvas.drawImage(_watermark(), 0, 0, A4[0], A4[1], mask="auto")
    canvas.setFillColor(ACCENT)
    canvas.setFont(BOLD, 10)
    canvas.drawString(_LEFT, top, "MedVision Assistant")
    canvas.setFillColor(GREY)
    canvas.setFont(REGULAR, 8.5)
    canvas.drawString(_LEFT + 36 * mm, top, "AI, research use")
    canvas.drawRightString(right, top, f"Study {report.pseudonym}")
    canvas.setStrokeColor(RULE)
    canvas.setLineWidth(0.6)
    canvas.line(_LEFT, top - 2.2 * mm, right, top - 2.2 * mm)
    _status(canvas, report, top - 9 * mm)
    canvas.line(_LEFT, 13 * mm, right, 13 * mm)
    canvas.setFillColor(GREY)
    canvas.setFont(REGULAR, 8)
    canvas.drawString(_LEFT, 9 * mm, f"Report made {utc(report.created)}; content {report.digest[:12]}")
    canvas.drawRightString(right, 9 * mm, f"Page {page} of {pages}")
    canvas.restoreState()


def _status(canvas: Any, report: Report, y: float) -> None:
    """On each page: a framed band while UNVERIFIED, a line with the reader's name once signed."""
    canvas.setFillColor(INK)
    if report.signature is not None:
        canvas.setFont(BOLD, 8.5)
        canvas.drawString(_LEFT, y + 1.6 * mm, fit(status_words(report), WIDTH, BOLD, 8.5))
        return
    canvas.saveState()
    canvas.setStrokeColor(INK)
    canvas.setLineWidth(0.9)
    canvas.rect(_LEFT, y, WIDTH, 5.4 * mm)
    canvas.setFont(BOLD, 9.5)
    canvas.drawString(_LEFT + 2.5 * mm, y + 1.6 * mm, "UNVERIFIED")
    canvas.setFont(REGULAR, 8.5)
    canvas.drawString(_LEFT + 26 * mm, y + 1.6 * mm, "Draft, not signed by a reader.")
    canvas.restoreState()


@cache
def _watermark() -> ImageReader:
    """A pale word across the page, as a picture, so that it does not run into the text on extraction."""
    wide, high = 620, 877
    ink = Pil.new("L", (high, high), 0)
    font = ImageFont.truetype(str(FONTS / "SourceSans3-SemiBold.ttf"), 132)
    ImageDraw.Draw(ink).text((high / 2, high / 2), "UNVERIFIED", fill=255, font=font, anchor="mm")
    ink = ink.rotate(54, Pil.Resampling.BICUBIC).crop(((high - wide) // 2, 0, (high + wide) // 2, high))
    pale = Pil.new("RGBA", ink.size, (60, 60, 60, 0))
    pale.putalpha(ink.point(lambda v: v * 14 // 255))
    return ImageReader(pale)
