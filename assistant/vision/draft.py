"""A finding as a model drafts it: without handle and evidence, with what the card says of itself. No pixels here."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime

from assistant.domain.finding import Finding, Kind
from assistant.domain.geometry import Region
from assistant.errors import ModelError
from assistant.vision.calibrate import prediction_set, presence_of
from assistant.vision.manifest import ConceptCard, ModelCard

__all__ = ["drafted", "kept_in_set"]


def kept_in_set(quantiles: Mapping[str, float], name: str) -> float:
    """The highest 1 - p(name) that keeps it in the prediction set; where none was measured, nothing is ruled out."""
    return quantiles.get(name, 1.0)


def drafted(
    card: ModelCard,
    image: str,
    probability: float,
    *,
    concept: ConceptCard | None = None,
    verdict_names: tuple[str, str] = ("present", "absent"),
    region: Region | None = None,
    kinds: tuple[Kind, ...] = (),
) -> Finding:
    """A finding of `card` on the image of that handle, with presence by the contract's rule.

    `concept`: of several; else the card's own. `verdict_names`: what presence and absence are called among the
    quantiles. Raises ModelError where the card has no code.
    """
    own = concept or card
    if own.code is None:
        raise ModelError(f"The manifest row of {card.name} needs a code.")
    limits = {name: kept_in_set(own.conformal_quantile, name) for name in verdict_names}
    verdicts = prediction_set(probability, limits, *verdict_names)
    return Finding(
        tracking_uid=f"2.25.{uuid.uuid4().int}",
        concept=own.concept,
        code=own.code,
        presence=presence_of(probability, own.threshold, verdicts),
        probability=probability,
        probability_of=own.probability_of or card.probability_of,
        prevalence=own.prevalence,
        prediction_set=verdicts,
        coverage=card.coverage,
        image=image,
        region=region,
        kinds=kinds,
        scope=card.scope,
        model=card.name,
        model_version=card.version,
        weights_sha256=card.sha256,
        created=datetime.now(UTC),
    )
