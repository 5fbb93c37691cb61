"""Finding: one thing that a model observed on an image, or that a person wrote; a draft until reviewed."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field

from assistant.domain.base import Frozen
from assistant.domain.codes import Code
from assistant.domain.geometry import Region

__all__ = [
    "DISAGREEMENT",
    "READER",
    "Evidence",
    "Finding",
    "Kind",
    "Measurement",
    "Presence",
    "Review",
    "ReviewState",
    "Trust",
]


READER = "the reader"
"""Who reviewed, as printed, until accounts give names; the audit keeps the owner."""

DISAGREEMENT = "rule:disagreement"
"""`Finding.model` of a finding that says that models disagree."""


class Presence(StrEnum):
    PRESENT = "present"
    ABSENT = "absent"
    INDETERMINATE = "indeterminate"


class ReviewState(StrEnum):
    UNREVIEWED = "unreviewed"
    ACCEPTED = "accepted"
    EDITED = "edited"
    REJECTED = "rejected"


class Review(Frozen):
    """What a person decided about a finding."""

    state: ReviewState = ReviewState.UNREVIEWED
    by: str = ""
    at: datetime | None = None
    text: str = Field(default="", description="the reader's words: the edited wording, or the reason of a rejection")


class Measurement(Frozen):
    """A value with its concept and UCUM unit; never a bare float."""

    concept: Code
    value: float
    unit: Code


class Kind(Frozen):
    """A kind of a concept (meningioma, of a brain tumour), with its calibrated probability given the concept."""

    name: str
    code: Code
    probability: float = Field(ge=0, le=1)
    in_set: bool = Field(description="not ruled out at the stated coverage")


class Trust(Frozen):
    """How far a saliency map may be trusted.

    `overlap`: share of the map inside the finding's region, where there is one. `deletion`: how much of the probability
    goes when what the map marks is hidden, against hiding as much at random (Petsiuk 2018, "RISE"); 0 says that the map
    marks nothing that the model needed. `low` is what is said aloud.
    """

    overlap: float | None = Field(default=None, ge=0, le=1)
    before: float = Field(ge=0, le=1, description="probability of the concept on the image as it is")
    after: float = Field(ge=0, le=1, description="probability with the marked part hidden")
    deletion: float = Field(ge=-1, le=1)
    low: bool


class Evidence(Frozen):
    """A picture that backs a finding, in image coordinates: it covers the image exactly, edge to edge."""

    kind: Literal["saliency", "box", "outline"]
    artifact: str = Field(description="name in the artifact store; a PNG with alpha, to be laid over the image")
    method: str = Field(description="e.g. Grad-CAM (Selvaraju 2017)")
    caption: str
    trust: Trust | None = Field(default=None, description="of a saliency map")


class Finding(Frozen):
    """One observation. `probability` is of the concept; what exactly, `probability_of` says."""

    handle: str = Field(default="", description="F1, F2 ...; given by the session")
    tracking_uid: str
    concept: str = Field(description="as a clinician would say it: 'brain tumour'")
    code: Code
    presence: Presence
    probability: float | None = Field(default=None, ge=0, le=1, description="calibrated, of the concept")
    probability_of: str = Field(default="", description="'that this slice shows a brain tumour'")
    prevalence: float | None = Field(default=None, description="share of positives that it was calibrated at")
    prediction_set: tuple[Literal["present", "absent"], ...] = ()
    coverage: float | None = Field(default=None, description="target coverage of the prediction set, e.g. 0.9")
    image: str = Field(description="handle of the image")
    region: Region | None = None
    kinds: tuple[Kind, ...] = Field(default=(), description="which kind of the concept it may be, the likeliest first")
    measurements: tuple[Measurement, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    between: tuple[str, ...] = Field(default=(), description="of a disagreement: the findings that disagree")
    scope: str = Field(description="what was looked at and for: 'one slice; tumours alone'")
    model: str = Field(description="manifest name, or 'reader' for what a person wrote")
    model_version: str
    weights_sha256: str
    created: datetime
    review: Review = Review()

    @property
    def is_result(self) -> bool:
        """Only what a person accepted or wrote is a result."""
        return self.review.state in (ReviewState.ACCEPTED, ReviewState.EDITED)

    @property
    def is_disagreement(self) -> bool:
        return self.model == DISAGREEMENT

    def measured(self, concept: Code, unit: Code) -> float | None:
        """The value of a measurement, where it was taken."""
        found = (m.value for m in self.measurements if (m.concept, m.unit) == (concept, unit))
        return next(found, None)
