"""What stands in the PDF, in the order of a radiology report, as reportlab flowables."""

import io
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, Image, KeepTogether, Paragraph, Spacer, Table

from assistant.domain.finding import Finding, ReviewState
from assistant.domain.report import Report
from assistant.language.concepts import in_language
from assistant.language.finding_words import set_words, size_words
from assistant.language.listing import listed
from assistant.language.narrative import concept_words
from assistant.language.phrasing import Language, percent, say
from assistant.language.report_words import review_counts, status_words, utc
from assistant.language.sizes import VESSELS
from assistant.reports import overlay
from assistant.reports.pdf_style import (
    ACCENT,
    BOLD,
    ITALIC,
    LACKING,
    PALE,
    REGULAR,
    RULE,
    WIDTH,
    safe,
    style,
)
from assistant.reports.pictures import Pictures
from assistant.reports.plain import plain, plain_lines

__all__ = ["story"]

_LONG_TITLE = 90
_CELL_MAX = 240
_BESIDE_MAX = 700
_KEEP = 28 * mm
Cell = TypeVar("Cell")
_PIXELS_PER_MM = 14
_COLUMNS = (14, 23, 19, 17, 23, 30, 32, 16)
_HEADS = ("finding", "concept", "presence", "probability", "set", "size", "model", "review")


def _in_order(cells: Sequence[Cell], language: Language) -> list[Cell]:
    """The cells of a row: in Vietnamese presence stands before its concept."""
    finding, concept, presence, *rest = cells
    return [finding, *((presence, concept) if language == "vi" else (concept, presence)), *rest]


def story(report: Report, pictures: Pictures) -> Callable[[], list[Any]]:
    """Makes the flowables anew at each call (reportlab uses them up); pictures are drawn once."""
    many = len(report.results)
    side = (52 if many <= 2 else 44 if many <= 6 else 34) * mm
    drawn = {f.handle: _drawn(f, pictures, round(side / mm * _PIXELS_PER_MM), report.language) for f in report.results}
    shown = {f.image for f in report.results if drawn[f.handle]}
    plain_ones = [
        (i.handle, overlay.jpeg(overlay.base(pictures.images[i.handle], round(26 * _PIXELS_PER_MM))))
        for i in report.images
        if i.handle not in shown and i.handle in pictures.images
    ]

    def flowables() -> list[Any]:
        words = _words(report)
        typed = plain_lines(report.clinical_context)
        context = (words("context_typed"), *typed) if typed else (words("none_given"),)
        return [
            *_head(report),
            *_section(words("head_context"), _said(context, "body")),
            *_section(
                words("head_technique"),
                _said(report.technique or (words("no_image"),), "body"),
                *_thumbnails(plain_ones),
            ),
            *_findings(report, drawn, side),
            *_section(words("head_impression"), *_impression(report)),
            *_section(words("head_evidence"), *_evidence(report)),
            *_section(words("head_unreviewed"), _said(report.unreviewed_sentences or (words("none"),), "small")),
            *_section(words("head_not_looked_for"), _said(report.not_looked_for, "small")),
            *_section(words("head_limits"), _said(_limits(report), "small")),
            KeepTogether(Paragraph(safe(status_words(report), BOLD), style("status"))),
        ]

    return flowables


def _words(report: Report) -> Callable[..., str]:
    """The fixed words of this report, in its language."""

    def words(key: str, **values: object) -> str:
        return say(f"paper_{key}", report.language, **values)

    return words


def _said(sentences: Iterable[str], name: str, font: str = REGULAR) -> list[Any]:
    return [Paragraph(safe(s, font), style(name)) for s in sentences]


def _section(title: str, *groups: list[Any]) -> list[Any]:
    """A heading on a line of its own, kept with the first thing under it."""
    content = [flowable for group in groups for flowable in group]
    return [CondPageBreak(_KEEP), Paragraph(title, style("heading")), Spacer(1, 1.2 * mm), *content]


def _head(report: Report) -> list[Any]:
    words = _words(report)
    label = plain(report.label) or words("no_label")
    title = "title" if len(label) <= _LONG_TITLE else "long_title"
    images = ", ".join(i.handle for i in report.images[:12]) or words("none").rstrip(".").lower()
    if len(report.images) > 12:
        images = words("images_more", images=images, count=len(report.images) - 12)
    facts = (
        (words("study"), report.pseudonym),
        (words("date"), utc(report.created)),
        (words("images"), images),
        (words("review"), review_counts(report)),
    )
    cells = [[Paragraph(k, style("key")), Paragraph(safe(v, BOLD), style("value"))] for k, v in facts]
    grid = Table([cells], colWidths=[36 * mm, 40 * mm, 40 * mm, 58 * mm])
    grid.setStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("BACKGROUND", (0, 0), (-1, -1), PALE),
            ("TOPPADDING", (0, 0), (-1, -1), 4),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 5),
        ]
    )
    return [
        Paragraph(words("title"), style("kicker")),
        Paragraph(safe(label, BOLD), style(title)),
        Spacer(1, 1.5 * mm),
        grid,
    ]


def _thumbnails(plain_ones: list[tuple[str, bytes]]) -> list[list[Any]]:
    """The images that no result shows, six a row."""
    rows = []
    for start in range(0, len(plain_ones), 6):
        cells = [
            [_picture(data, 26 * mm), Paragraph(safe(handle, ITALIC), style("caption"))]
            for handle, data in plain_ones[start : start + 6]
        ]
        rows.append(_bare([cells], [29 * mm] * len(cells)))
    return [[Spacer(1, 1 * mm), *rows]] if rows else []


def _findings(report: Report, drawn: dict[str, list[tuple[bytes, str]]], side: float) -> list[Any]:
    words = _words(report)
    if not report.results:
        return _section(words("head_findings"), _said((words("no_findings"),), "body"))
    blocks = []
    for finding, sentence in zip(report.results, report.result_sentences, strict=True):
        head = f'<font name="{BOLD}">{safe(finding.handle, BOLD)}</font> ({safe(finding.image)}): {safe(sentence)}'
        said = Paragraph(head, style("result"))
        pictures = drawn[finding.handle]
        if len(pictures) == 1 and len(sentence) <= _BESIDE_MAX:
            block = [_key_images(pictures, side, report.language, above=[said])]
        else:
            block = [said, *([_key_images(pictures, side, report.language)] if pictures else [])]
        blocks.append(KeepTogether([*block, Spacer(1, 2 * mm)]))
    return _section(words("head_findings"), blocks)


def _drawn(finding: Finding, pictures: Pictures, max_side: int, language: Language) -> list[tuple[bytes, str]]:
    """The key image, with its outline where there is one, and the heat map beside it; each with its caption."""
    image = pictures.images.get(finding.image)
    if image is None:
        return []
    layers = overlay.layers_of(finding)
    marks = [layer for layer in layers if layer != "saliency"]
    at = {"image": finding.image, "handle": finding.handle}
    where = say("paper_as_read", language, image=finding.image)
    if marks:
        filled = finding.concept == VESSELS
        line = say("paper_filled", language) if filled else in_language(overlay.style_of(finding).name, language)
        named = listed([say(f"paper_mark_{m}", language) for m in marks], language)
        where = say(
            "paper_drawn_unsure" if "outline" in marks else "paper_drawn", language, marks=named, line=line, **at
        )
    made = [(overlay.jpeg(overlay.draw(image, [finding], pictures.artifacts, marks, max_side)), where)]
    if "saliency" in layers:
        heat = next(e for e in finding.evidence if e.kind == "saliency")
        caption = say("paper_heat", language, method=heat.method, **at)
        made.append((overlay.jpeg(overlay.draw(image, [finding], pictures.artifacts, ["saliency"], max_side)), caption))
    return made


def _key_images(drawn: list[tuple[bytes, str]], side: float, language: Language, above: Sequence[Any] = ()) -> Any:
    """The pictures side by side; to the right of them what is given and their captions."""
    said = [caption for _, caption in drawn]
    if len(drawn) > 1:
        said = [say(key, language, caption=c) for key, c in zip(("paper_left", "paper_right"), said, strict=True)]
    captions = [Paragraph(safe(c, ITALIC), style("caption")) for c in said]
    column = side + 4 * mm
    cells: list[Any] = [_picture(data, side) for data, _ in drawn]
    return _bare([[*cells, [*above, *captions]]], [column] * len(drawn) + [WIDTH - column * len(drawn)])


def _picture(data: bytes, side: float) -> Any:
    picture = Image(io.BytesIO(data), hAlign="LEFT")
    scale = side / max(picture.imageWidth, picture.imageHeight)
    picture.drawWidth, picture.drawHeight = picture.imageWidth * scale, picture.imageHeight * scale
    return picture


def _bare(rows: list[list[Any]], widths: list[float]) -> Any:
    table = Table(rows, colWidths=widths, hAlign="LEFT")
    table.setStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("TOPPADDING", (0, 0), (-1, -1), 0),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
        ]
    )
    return table


def _impression(report: Report) -> list[list[Any]]:
    if not report.impression:
        return [_said((_words(report)("no_impression"),), "impression")]
    return [_said(report.impression, "impression", BOLD)]


def _evidence(report: Report) -> list[list[Any]]:
    words = _words(report)
    if not report.evidence:
        return [_said((words("no_evidence"),), "body")]
    heads = [Paragraph(words(f"cell_{h}"), style("cell_head")) for h in _in_order(_HEADS, report.language)]
    rows = [heads, *(_row(f, report.language) for f in report.evidence)]
    widths = _in_order(_COLUMNS, report.language)
    table = Table(rows, colWidths=[c * mm for c in widths], repeatRows=1)
    table.setStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, 0), 0.9, ACCENT),
            ("LINEBELOW", (0, 1), (-1, -1), 0.35, RULE),
            ("LEFTPADDING", (0, 0), (-1, -1), 2),
            ("RIGHTPADDING", (0, 0), (-1, -1), 3),
            ("TOPPADDING", (0, 0), (-1, -1), 2.2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
        ]
    )
    return [[table]]


def _row(finding: Finding, language: Language) -> list[Any]:
    size = size_words(finding, language) or say("paper_not_measured", language)
    edited = finding.review.state is ReviewState.EDITED
    p = finding.probability
    words = (
        f"{finding.handle}, {finding.image}",
        concept_words(finding, language),
        say(f"paper_presence_{finding.presence}", language),
        say("paper_no_probability", language) if p is None else percent(p, language),
        set_words(finding, language),
        size,
        f"{finding.model} {finding.model_version}, {finding.weights_sha256[:8]}",
        say("paper_edited" if edited else "paper_accepted", language),
    )
    return [Paragraph(safe(w[:_CELL_MAX]), style("cell")) for w in _in_order(words, language)]


def _limits(report: Report) -> list[str]:
    """The limits, a paragraph a model, then its version."""
    words = _words(report)
    limits = [*report.limits, words("limit_show")]
    typed = (report.label, report.clinical_context, *report.result_sentences, *report.impression)
    if any(LACKING in safe(t) for t in typed):
        limits.append(words("limit_font", mark=LACKING))
    versions = (
        words("versions", title=m.title, name=m.name, version=m.version, weights=m.weights_sha256[:16])
        for m in report.models
    )
    return [*limits, *versions]
