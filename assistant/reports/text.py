"""The report as plain text to paste into a reporting system: accepted findings first, review status last."""

import textwrap

from assistant.domain.report import Report
from assistant.errors import ReportError
from assistant.language.phrasing import say
from assistant.language.report_words import review_counts, status_words, utc
from assistant.reports.pictures import Pictures
from assistant.reports.plain import plain, plain_lines

__all__ = ["COLUMNS", "check", "render"]

COLUMNS = 80


def render(report: Report, pictures: Pictures) -> bytes:
    """UTF-8, NFC, no line longer than `COLUMNS`."""

    def words(key: str, **values: object) -> str:
        return say(f"paper_{key}", report.language, **values)

    results = [f"{f.handle} ({f.image}): {s}" for f, s in zip(report.results, report.result_sentences, strict=True)]
    versions = [
        words("version_short", title=m.title, version=m.version, weights=m.weights_sha256[:8]) for m in report.models
    ]
    none = words("none").rstrip(".").lower()
    typed = plain_lines(report.clinical_context)
    context = (words("context_typed"), *typed) if typed else (words("none_given").rstrip(".").lower(),)
    sections = [
        ("head_findings", results or [words("no_findings")]),
        ("head_impression", report.impression or [words("no_impression")]),
        ("head_unreviewed", report.unreviewed_sentences or [none]),
        ("head_context", context),
        ("head_technique", report.technique or [words("no_image").rstrip(".").lower()]),
        ("head_not_looked_for", report.not_looked_for),
        ("head_limits_alone", report.limits),
        ("head_versions", versions or [none]),
    ]
    lines = [line for title, said in sections for line in (words(title), *_wrapped(said), "")]
    study = words("study_named", pseudonym=report.pseudonym)
    lines += _wrapped([f"{study}{f': {report.label}' if plain(report.label) else ''}"], "")
    lines += _wrapped([words("made_by", at=utc(report.created))], "")
    status = words("status_of", counts=review_counts(report), status=status_words(report))
    lines += ["", *_wrapped([status], "")]
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
