"""The words in an exported file, on one line."""

import io

from pypdf import PdfReader

from assistant.reports.export import Exporter

__all__ = ["pages_of", "words_of"]


def pages_of(data: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(data)).pages]


def words_of(row: Exporter, data: bytes) -> str:
    text = "\n".join(pages_of(data)) if row.format == "pdf" else data.decode()
    return " ".join(text.split())
