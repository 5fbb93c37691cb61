"""Two models of one concept that contradict each other on one image: that is a finding of its own, made once."""

import hashlib
import uuid

from assistant.domain.finding import DISAGREEMENT, Finding, Presence, ReviewState
from assistant.domain.turn import Sentence
from assistant.language.lesions import disagreement_out
from assistant.tools.context import ToolContext

__all__ = ["disagreements"]

_VERSION = "1"


def disagreements(context: ToolContext, image: str) -> tuple[Sentence, ...]:
    """Sentences on every concept of an image that one model says is present and another says is absent.

    Indeterminate contradicts nothing; what the reader rejected takes no part. The sentences come back each time, the
    finding is made the first time.
    """
    standing = [f for f in context.session.findings_of(image) if f.review.state is not ReviewState.REJECTED]
    read = [f for f in standing if context.card(f.model) is not None]
    said: list[Sentence] = []
    for concept in dict.fromkeys(f.concept for f in read):
        sides = [
            next((f for f in read if f.concept == concept and f.presence is presence), None)
            for presence in (Presence.ABSENT, Presence.PRESENT)
        ]
        absent, present = sides
        if absent is None or present is None:
            continue
        first, second = sorted((absent, present), key=lambda f: int(f.handle[1:] or 0))
        finding = _kept(context, image, concept) or context.keep(_made(context, first, second))
        if finding.review.state is ReviewState.REJECTED:
            continue
        several = len(context.session.images) > 1
        said += disagreement_out(
            finding,
            (first, _task(context, first)),
            (second, _task(context, second)),
            context.language,
            several,
        )
    return tuple(said)


def _kept(context: ToolContext, image: str, concept: str) -> Finding | None:
    found = context.session.findings_of(image)
    return next((f for f in found if f.is_disagreement and f.concept == concept), None)


def _task(context: ToolContext, finding: Finding) -> str:
    card = context.card(finding.model)
    return card.task if card else "classify"


def _made(context: ToolContext, first: Finding, second: Finding) -> Finding:
    """Its hash is that of the two models' hashes: another pair of weights is another disagreement."""
    weights = hashlib.sha256(f"{first.weights_sha256}\n{second.weights_sha256}".encode()).hexdigest()
    return Finding(
        tracking_uid=f"2.25.{uuid.uuid4().int}",
        concept=first.concept,
        code=first.code,
        presence=Presence.INDETERMINATE,
        image=first.image,
        between=(first.handle, second.handle),
        scope=f"{first.handle} and {second.handle} alone: one says present, the other absent",
        model=DISAGREEMENT,
        model_version=_VERSION,
        weights_sha256=weights,
        created=context.now(),
    )
