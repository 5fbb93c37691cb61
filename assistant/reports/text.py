"""The report as plain text to paste into a reporting system: accepted findings first, review status last."""

import textwrap

from assistant.domain.report import Report
from assistant.errors import ReportError
from assistant.language.report_words import review_counts, status_words, utc
from assistant.reports.pictures import Pictures
from assistant.reports.plain import plain, plain_lines

__all__ = ["COLUMNS", "check", "render"]

COLUMNS = 80


def render(report: Report, pictures: Pictures) -> bytes:
    """UTF-8, NFC, no line longer than `COLUMNS`."""
    results = [f"{f.handle} ({f.image}): {s}" for f, s in zip(report.results, report.result_sentences, strict=True)]
    sections = [
        ("Findings", results or ["None: no finding has been accepted or written by a reader."]),
        ("Impression", report.impression or ["none yet"]),
        ("Not reviewed", report.unreviewed_sentences or ["none"]),
        ("Clinical context", plain_lines(report.clinical_context) or ["none given"]),
        ("Technique", report.technique or ["no image"]),
        ("What was not looked for", report.not_looked_for),
        ("Limits", report.limits),
        ("Versions", [f"{m.title} {m.version}, weights {m.weights_sha256[:8]}" for m in report.models] or ["none"]),
    ]
    lines = [line for title, said in sections for line in (title, *_wrapped(said), "")]
    lines += _wrapped([f"Study {report.pseudonym}{f': {report.label}' if plain(report.label) else ''}"], "")
    lines += _wrapped([f"MedVision Assistant, AI, research use; report made {utc(report.created)}"], "")
    lines += ["", *_wrapped([f"Review status: {review_counts(report)}. {status_words(report)}"], "")]
    return ("\n".join(lines) + "\n").encode()


def check(data: bytes, report: Report) -> None:
    """Holds the text against the report: every width, every sentence of a finding, the status at the end."""
    said = data.decode(errors="replace")
    narrow = all(len(line) <= COLUMNS for line in said.splitlines())
    flat = _squeezed(said)
    sentences = (*report.result_sentences, *report.impression, *report.unreviewed_sentences)
    whole = all(_squeezed(s) in flat for s in sentences) and flat.endswith(_squeezed(status_words(report)))
    if not narrow or not whole:
        raise ReportError("The text report did not read back as it was written; it was held back. Export it again.")


def _squeezed(text: str) -> str:
    return "".join(plain(text).split())


def _wrapped(said: "tuple[str, ...] | list[str]", indent: str = "  ") -> list[str]:
    follow = indent + "  " if indent else ""
    return [
        line
        for sentence in said
        for line in textwrap.wrap(plain(sentence), COLUMNS, initial_indent=indent, subsequent_indent=follow)
    ]
