"""Report: findings and the words around them, in the order of a radiology report.

UNVERIFIED until a person signs. A later finding or review changes the digest: the report is UNVERIFIED again and the
signed version stays as it was signed.
"""

import hashlib
from datetime import datetime
from typing import Literal

from pydantic import Field

from assistant.domain.base import Frozen
from assistant.domain.finding import Finding, ReviewState
from assistant.domain.image import ImageFacts
from assistant.domain.session import Session, Signature

__all__ = ["ModelNote", "Report", "digest_of"]


class ModelNote(Frozen):
    """What the report says of a model that was run: versions, what it looks for, and what it does not."""

    name: str
    title: str
    version: str
    weights_sha256: str
    looks_for: str
    not_looked_for: str
    limits: tuple[str, ...]


class Report(Frozen):
    """Everything that an exporter prints, words included; it computes nothing."""

    session: str
    language: Literal["en", "vi"] = Field(default="en", description="of the words; names, codes and handles have none")
    pseudonym: str = Field(description="of the study; never the patient's own id")
    label: str
    created: datetime
    clinical_context: str = Field(default="", description="what the reader told of the patient, as typed")
    images: tuple[ImageFacts, ...]
    technique: tuple[str, ...] = Field(description="a sentence an image: kind, source, quality, what was not readable")
    results: tuple[Finding, ...] = Field(description="accepted or edited: the Findings section")
    result_sentences: tuple[str, ...] = Field(description="one for each of `results`, in the reader's words if edited")
    impression: tuple[str, ...] = Field(description="only what the reader accepted or wrote; empty: 'none yet'")
    evidence: tuple[Finding, ...] = Field(description="the AI evidence table: model findings among `results`")
    unreviewed: tuple[Finding, ...]
    unreviewed_sentences: tuple[str, ...]
    not_looked_for: tuple[str, ...]
    models: tuple[ModelNote, ...]
    limits: tuple[str, ...]
    digest: str
    signature: Signature | None = Field(default=None, description="None: UNVERIFIED")


def digest_of(session: Session) -> str:
    """SHA-256 over what a signature covers: label, images, standing findings with their reviews."""
    parts = [session.id, session.label, *(i.content_sha256 for i in session.images)]
    parts += [f.model_dump_json() for f in session.findings if f.review.state is not ReviewState.REJECTED]
    parts += [f"{f.handle} rejected" for f in session.findings if f.review.state is ReviewState.REJECTED]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
