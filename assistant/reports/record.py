"""The whole report as JSON, for other programs. Keys may be added; none changes its meaning."""

import json

from pydantic import ValidationError

from assistant.domain.report import Report
from assistant.errors import ReportError
from assistant.reports.pictures import Pictures

__all__ = ["FORMAT", "VERSION", "check", "read", "render"]

FORMAT = "medvision-report"
VERSION = 1


def render(report: Report, pictures: Pictures) -> bytes:
    """UTF-8; `format` and `version`, `status` (UNVERIFIED or signed), then the fields of Report."""
    head = {"format": FORMAT, "version": VERSION, "status": "signed" if report.signature else "UNVERIFIED"}
    return (json.dumps(head | report.model_dump(mode="json"), ensure_ascii=False, indent=2) + "\n").encode()


def read(data: bytes) -> Report:
    """The way back; ReportError where it is no such record."""
    try:
        fields = json.loads(data)
        if not isinstance(fields, dict) or (fields.pop("format", ""), fields.pop("version", 0)) != (FORMAT, VERSION):
            raise ReportError(f"This is no {FORMAT} of version {VERSION}; export the session again as json.")
        fields.pop("status", None)
        return Report.model_validate(fields)
    except (ValueError, ValidationError) as error:
        raise ReportError("The report record cannot be read; export the session again as json.") from error


def check(data: bytes, report: Report) -> None:
    if read(data) != report:
        raise ReportError("The report record did not read back as it was written; it was held back. Export it again.")
