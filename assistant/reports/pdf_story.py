"""What stands in the PDF, in the order of a radiology report, as reportlab flowables."""

import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
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
    Density,
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
_ENDLESS = 10_000 * mm
Cell = TypeVar("Cell")
Drawn = tuple[bytes, str]
"""A picture and its caption."""
_PIXELS_PER_MM = 14
_HEADS = ("finding", "concept", "presence", "probability", "set", "size", "model", "review")


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A report on its way onto paper: its words, and the styles of the density that it is laid out with."""

    report: Report
    density: Density

    def words(self, key: str, **values: object) -> str:
        """The fixed words, in the language of the report."""
        return say(f"paper_{key}", self.report.language, **values)

    def line(self, text: str, name: str, font: str = REGULAR) -> Any:
        return Paragraph(safe(text, font), style(name, self.density))

    def lines(self, sentences: Iterable[str], name: str, font: str = REGULAR) -> list[Any]:
        return [self.line(s, name, font) for s in sentences]

    def section(self, title: str, *groups: list[Any]) -> list[Any]:
        """A heading on a line of its own, kept with the first thing under it."""
        content = [flowable for group in groups for flowable in group]
        heading = Paragraph(self.words(f"head_{title}"), style("heading", self.density))
        gap = Spacer(1, 1.2 * mm * self.density.space)
        return [*([] if self.density.is_tight else [CondPageBreak(_KEEP)]), heading, gap, *content]

    def small(self, sentences: Sequence[str]) -> list[Any]:
        """Small print; in two columns where the page is tight, so that a line is not too long for the eye."""
        said = self.lines(sentences, "small")
        if not self.density.is_tight or sum(map(len, sentences)) < _BESIDE_MAX:
            return said
        return [_in_columns(said, self.density.width)]


def _in_columns(paragraphs: Sequence[Any], width: float) -> Any:
    """The paragraphs in two columns of about the same height."""
    column = (width - 5 * mm) / 2
    heights = [p.wrap(column, _ENDLESS)[1] + p.getSpaceAfter() for p in paragraphs]
    left: list[Any] = []
    right: list[Any] = []
    room = sum(heights) / 2
    for paragraph, height in zip(paragraphs, heights, strict=True):
        if right or room <= 0:
            right.append(paragraph)
        elif height <= room:
            left.append(paragraph)
        else:
            over, *rest = paragraph.split(column, room) or [None, paragraph]
            left += [over] if over else []
            right += rest
        room -= height
    return _bare([[left, right]], [column + 5 * mm, column])


def story(report: Report, pictures: Pictures, density: Density) -> Callable[[], list[Any]]:
    """Makes the flowables anew at each call (reportlab uses them up); pictures are drawn once."""
    sheet = _Sheet(report, density)
    findings = _together(sheet, pictures) if density.is_tight else _one_by_one(sheet, pictures)
    shown = {f.image for f in report.results if f.image in pictures.images}
    plain_ones = [
        (i.handle, overlay.jpeg(overlay.base(pictures.images[i.handle], round(26 * _PIXELS_PER_MM))))
        for i in report.images
        if i.handle not in shown and i.handle in pictures.images
    ]

    def flowables() -> list[Any]:
        return [
            *_head(sheet),
            *sheet.section("context", _context(sheet)),
            *sheet.section(
                "technique",
                sheet.lines(report.technique or (sheet.words("no_image"),), "body"),
                *_thumbnails(sheet, plain_ones),
            ),
            *sheet.section("findings", findings()),
            *sheet.section("impression", _impression(sheet)),
            *sheet.section("evidence", _evidence(sheet)),
            *sheet.section("unreviewed", sheet.small(report.unreviewed_sentences or (sheet.words("none"),))),
            *sheet.section("not_looked_for", sheet.small(report.not_looked_for)),
            *sheet.section("limits", sheet.small(_limits(sheet))),
            KeepTogether(sheet.line(status_words(report), "status", BOLD)),
        ]

    return flowables


def _context(sheet: _Sheet) -> list[Any]:
    typed = plain_lines(sheet.report.clinical_context)
    if not typed:
        return sheet.lines((sheet.words("none_given"),), "body")
    if sheet.density.is_tight and len(typed) == 1:
        return sheet.lines((f"{sheet.words('context_typed')} {typed[0]}",), "body")
    return sheet.lines((sheet.words("context_typed"), *typed), "body")


def _head(sheet: _Sheet) -> list[Any]:
    report, words = sheet.report, sheet.words
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
    cells = [[sheet.line(k, "key"), sheet.line(v, "value", BOLD)] for k, v in facts]
    rest = sheet.density.width - 116 * mm
    grid = Table([cells], colWidths=[36 * mm, 40 * mm, 40 * mm, rest])
    grid.setStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("BACKGROUND", (0, 0), (-1, -1), PALE),
            ("TOPPADDING", (0, 0), (-1, -1), 4 * sheet.density.space),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 5 * sheet.density.space),
        ]
    )
    return [
        sheet.line(words("title"), "kicker"),
        sheet.line(label, title, BOLD),
        Spacer(1, 1.5 * mm * sheet.density.space),
        grid,
    ]


def _thumbnails(sheet: _Sheet, plain_ones: list[tuple[str, bytes]]) -> list[list[Any]]:
    """The images that no result shows, six a row."""
    rows = []
    for start in range(0, len(plain_ones), 6):
        cells = [
            [_picture(data, 26 * mm), sheet.line(handle, "caption", ITALIC)]
            for handle, data in plain_ones[start : start + 6]
        ]
        rows.append(_bare([cells], [29 * mm] * len(cells)))
    return [[Spacer(1, 1 * mm), *rows]] if rows else []


def _results(sheet: _Sheet) -> list[Any]:
    """The sentence of each result behind its handle."""
    report = sheet.report
    heads = (
        f'<font name="{BOLD}">{safe(f.handle, BOLD)}</font> ({safe(f.image)}): {safe(sentence)}'
        for f, sentence in zip(report.results, report.result_sentences, strict=True)
    )
    return [Paragraph(head, style("result", sheet.density)) for head in heads]


def _one_by_one(sheet: _Sheet, pictures: Pictures) -> Callable[[], list[Any]]:
    """Each result with its own pictures."""
    report, many = sheet.report, len(sheet.report.results)
    side = (sheet.density.picture_mm if many <= 2 else 44 if many <= 6 else 34) * mm
    drawn = [_drawn(sheet, f, pictures, round(side / mm * _PIXELS_PER_MM)) for f in report.results]

    def blocks() -> list[Any]:
        made = []
        for said, own, sentence in zip(_results(sheet), drawn, report.result_sentences, strict=True):
            if len(own) == 1 and len(sentence) <= _BESIDE_MAX:
                block = [_key_images(sheet, own, side, above=[said])]
            else:
                block = [said, *([_key_images(sheet, own, side)] if own else [])]
            made.append(KeepTogether([*block, Spacer(1, 2 * mm)]))
        return made or sheet.lines((sheet.words("no_findings"),), "body")

    return blocks


def _together(sheet: _Sheet, pictures: Pictures) -> Callable[[], list[Any]]:
    """The results of one image: every outline on one key image, each heat map beside it, the words to their left."""
    results, side = sheet.report.results, sheet.density.picture_mm * mm
    pixels = round(sheet.density.picture_mm * _PIXELS_PER_MM)
    marked = [f for f in results if set(overlay.layers_of(f)) - {"saliency"}]
    drawn: list[Drawn] = []
    if image := next((pictures.images[f.image] for f in results if f.image in pictures.images), None):
        key = overlay.draw(image, marked, pictures.artifacts, ("outline", "box"), pixels)
        captions = [_mark_words(f, sheet.report.language) for f in marked]
        as_read = sheet.words("as_read", image=image.facts.handle)
        drawn.append((overlay.jpeg(key), " ".join(captions) or as_read))
        heats = (_heat(sheet, f, pictures, pixels) for f in results if "saliency" in overlay.layers_of(f))
        drawn += [heat for heat in heats if heat is not None]

    def block() -> list[Any]:
        said = _results(sheet)
        if not drawn:
            return said or sheet.lines((sheet.words("no_findings"),), "body")
        column = side + 3 * mm
        cells = [[_picture(data, side), sheet.line(caption, "caption", ITALIC)] for data, caption in drawn]
        if len(drawn) <= 2:
            return [_bare([[said, *cells]], [sheet.density.width - column * len(cells), *[column] * len(cells)])]
        return [*said, _bare([cells], [sheet.density.width / len(cells)] * len(cells))]

    return block


def _mark_words(finding: Finding, language: Language) -> str:
    """The caption of the box or outline of a finding: how its line looks."""
    marks = [layer for layer in overlay.layers_of(finding) if layer != "saliency"]
    filled = finding.concept == VESSELS
    line = say("paper_filled", language) if filled else in_language(overlay.style_of(finding).name, language)
    named = listed([say(f"paper_mark_{m}", language) for m in marks], language)
    key = "paper_drawn_unsure" if "outline" in marks else "paper_drawn"
    return say(key, language, marks=named, line=line, image=finding.image, handle=finding.handle)


def _heat(sheet: _Sheet, finding: Finding, pictures: Pictures, max_side: int) -> Drawn | None:
    image = pictures.images.get(finding.image)
    if image is None:
        return None
    method = next(e for e in finding.evidence if e.kind == "saliency").method
    caption = sheet.words("heat", method=method, image=finding.image, handle=finding.handle)
    return overlay.jpeg(overlay.draw(image, [finding], pictures.artifacts, ["saliency"], max_side)), caption


def _drawn(sheet: _Sheet, finding: Finding, pictures: Pictures, max_side: int) -> list[Drawn]:
    """The key image, with its outline where there is one, and the heat map beside it; each with its caption."""
    image = pictures.images.get(finding.image)
    if image is None:
        return []
    layers = overlay.layers_of(finding)
    marks = [layer for layer in layers if layer != "saliency"]
    where = _mark_words(finding, sheet.report.language) if marks else sheet.words("as_read", image=finding.image)
    made = [(overlay.jpeg(overlay.draw(image, [finding], pictures.artifacts, marks, max_side)), where)]
    heat = _heat(sheet, finding, pictures, max_side) if "saliency" in layers else None
    return [*made, heat] if heat else made


def _key_images(sheet: _Sheet, drawn: list[Drawn], side: float, above: Sequence[Any] = ()) -> Any:
    """The pictures side by side; to the right of them what is given and their captions."""
    said = [caption for _, caption in drawn]
    if len(drawn) > 1:
        said = [sheet.words(key, caption=c) for key, c in zip(("left", "right"), said, strict=True)]
    captions = sheet.lines(said, "caption", ITALIC)
    column = side + 4 * mm
    cells: list[Any] = [_picture(data, side) for data, _ in drawn]
    rest = sheet.density.width - column * len(drawn)
    return _bare([[*cells, [*above, *captions]]], [column] * len(drawn) + [rest])


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


def _impression(sheet: _Sheet) -> list[Any]:
    if not sheet.report.impression:
        return sheet.lines((sheet.words("no_impression"),), "impression")
    return sheet.lines(sheet.report.impression, "impression", BOLD)


def _in_order(cells: Sequence[Cell], language: Language) -> list[Cell]:
    """The cells of a row: in Vietnamese presence stands before its concept."""
    finding, concept, presence, *rest = cells
    return [finding, *((presence, concept) if language == "vi" else (concept, presence)), *rest]


def _evidence(sheet: _Sheet) -> list[Any]:
    report, density = sheet.report, sheet.density
    if not report.evidence:
        return sheet.lines((sheet.words("no_evidence"),), "body")
    heads = [sheet.line(sheet.words(f"cell_{h}"), "cell_head") for h in _in_order(_HEADS, report.language)]
    rows = [heads, *(_row(sheet, f) for f in report.evidence)]
    widths = _in_order(density.columns_mm, report.language)
    table = Table(rows, colWidths=[c * mm for c in widths], repeatRows=1)
    table.setStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, 0), 0.9, ACCENT),
            ("LINEBELOW", (0, 1), (-1, -1), 0.35, RULE),
            ("LEFTPADDING", (0, 0), (-1, -1), 2),
            ("RIGHTPADDING", (0, 0), (-1, -1), 3),
            ("TOPPADDING", (0, 0), (-1, -1), 2.2 * density.space),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3 * density.space),
        ]
    )
    return [table]


def _row(sheet: _Sheet, finding: Finding) -> list[Any]:
    language = sheet.report.language
    size = size_words(finding, language) or sheet.words("not_measured")
    edited = finding.review.state is ReviewState.EDITED
    p = finding.probability
    words = (
        f"{finding.handle}, {finding.image}",
        concept_words(finding, language),
        sheet.words(f"presence_{finding.presence}"),
        sheet.words("no_probability") if p is None else percent(p, language),
        set_words(finding, language),
        size,
        f"{finding.model} {finding.model_version}, {finding.weights_sha256[:8]}",
        sheet.words("edited" if edited else "accepted"),
    )
    return [sheet.line(w[:_CELL_MAX], "cell") for w in _in_order(words, language)]


def _limits(sheet: _Sheet) -> list[str]:
    """The limits, a paragraph a model, then the versions of all."""
    report, words = sheet.report, sheet.words
    limits = [*report.limits, words("limit_show")]
    typed = (report.label, report.clinical_context, *report.result_sentences, *report.impression)
    if any(LACKING in safe(t) for t in typed):
        limits.append(words("limit_font", mark=LACKING))
    versions = (
        words("versions", title=m.title, name=m.name, version=m.version, weights=m.weights_sha256[:16])
        for m in report.models
    )
    return [*limits, " ".join(versions)] if sheet.density.is_tight and report.models else [*limits, *versions]
