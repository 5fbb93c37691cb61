"""EXPORTERS, the table, and export(): a report in one of its forms, held against the report before it leaves.

One more form = a module with `render` and `check`, and one row here.
"""

from collections.abc import Callable
from dataclasses import dataclass

from assistant.domain.report import Report
from assistant.errors import ReportError
from assistant.reports import record, text
from assistant.reports.pictures import Pictures

__all__ = ["EXPORTERS", "Exported", "Exporter", "Pictures", "export"]


@dataclass(frozen=True)
class Exported:
    """A finished file. `suffix` has no dot."""

    data: bytes
    media_type: str
    suffix: str


@dataclass(frozen=True)
class Exporter:
    """One row: `check` re-reads what `render` wrote and raises ReportError where it does not hold the report."""

    format: str
    media_type: str
    suffix: str
    render: Callable[[Report, Pictures], bytes]
    check: Callable[[bytes, Report], None]


def _pdf(report: Report, pictures: Pictures) -> bytes:
    from assistant.reports import pdf

    return pdf.render(report, pictures)


def _check_pdf(data: bytes, report: Report) -> None:
    from assistant.reports import pdf

    pdf.check(data, report)


_ROWS = (
    Exporter("pdf", "application/pdf", "pdf", _pdf, _check_pdf),
    Exporter("json", "application/json", "json", record.render, record.check),
    Exporter("txt", "text/plain; charset=utf-8", "txt", text.render, text.check),
)
EXPORTERS: dict[str, Exporter] = {row.format: row for row in _ROWS}


def export(format: str, report: Report, pictures: Pictures) -> Exported:
    """The report as a file; ReportError names the formats that there are where it is another."""
    exporter = EXPORTERS.get(format.strip().lower().lstrip("."))
    if exporter is None:
        asked = " ".join(format.split())[:40] or "no format"
        raise ReportError(f"A report as {asked!r} is not built here; there is {_listed(tuple(EXPORTERS))}.")
    data = exporter.render(report, pictures)
    exporter.check(data, report)
    return Exported(data, exporter.media_type, exporter.suffix)


def _listed(names: tuple[str, ...]) -> str:
    return " and ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else names[0]
