"""What the browser gets and sends, as closed models, in the words of the page's language.

No artifact of pixels, no UID, no header leaves by here.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from pydantic import Field

from assistant.domain.base import Frozen
from assistant.domain.finding import Finding, Presence, ReviewState
from assistant.domain.geometry import Mask, Orientation, Spacing
from assistant.domain.image import ImageFacts, Window
from assistant.domain.report import digest_of
from assistant.domain.session import Session, SessionSummary
from assistant.domain.turn import Status
from assistant.language.claims import CardWords
from assistant.language.concepts import in_language
from assistant.language.finding_words import scope_words, size_words
from assistant.language.image_words import refusal_words
from assistant.language.narrative import concept_words
from assistant.language.phrasing import Language, percent
from ui.beside import Beside
from ui.chips import buttons_of, chips_of
from ui.face import ReviewAction
from ui.words import kind_words, words

__all__ = [
    "Fault",
    "FlagBody",
    "Intro",
    "LabelBody",
    "PageFinding",
    "PageImage",
    "PagePicture",
    "PageSession",
    "PageShown",
    "PageSignature",
    "PageTurn",
    "ReviewBody",
    "SampleRow",
    "SessionRow",
    "SignBody",
    "TaskRow",
    "page_session",
    "session_row",
]


class Fault(Frozen):
    """What went wrong, in one sentence."""

    error: str


class SessionRow(Frozen):
    """A row of the list; its title is put together in the browser, which knows the reader's clock."""

    id: str
    label: str
    kinds: tuple[str, ...]
    created: datetime
    images: int
    turns: int
    signed: bool


class PageImage(Frozen):
    """What the viewer needs beside the pixels."""

    handle: str
    kind: str = Field(description="as a title says it")
    admitted: bool | None = Field(description="None: the gate has not looked")
    reason: str
    modality: str
    size_rc: tuple[int, int]
    channels: int
    unit: str
    bits_stored: int
    spacing: Spacing | None
    orientation: Orientation | None
    laterality: str
    view: str
    window: Window | None
    notes: tuple[str, ...]
    issues: tuple[str, ...]


class PagePicture(Frozen):
    """An overlay that covers its image edge to edge."""

    kind: str
    artifact: str
    caption: str
    method: str


class PageFinding(Frozen):
    """A row of the findings panel."""

    handle: str
    image: str
    concept: str = Field(description="in the page's language")
    wording: str = Field(description="as the report says it")
    presence: Presence
    probability: float | None
    probability_of: str
    prediction_set: str = Field(description="in words")
    size: str = Field(description="in words; empty where nothing was measured")
    scope: str
    region: tuple[float, float, float, float] | None
    outlined: bool = Field(description="the region is a mask: its outline is among the evidence")
    evidence: tuple[PagePicture, ...]
    model: str
    model_version: str
    weights: str = Field(description="first 12 letters of the hash")
    review: ReviewState
    review_text: str
    alt: str = Field(description="what the picture's alternative text says of it")
    reviewed_at: datetime | None


class PageShown(Frozen):
    """A picture that answers a request and backs no finding."""

    kind: str
    images: tuple[str, ...]
    artifact: str
    caption: str


class PageTurn(Frozen):
    number: int
    user: str
    reply: str
    status: Status
    images: tuple[str, ...]
    tools: tuple[str, ...]
    findings: tuple[str, ...]
    pictures: tuple[PageShown, ...]
    lost_upload: bool = Field(description="cut off before its picture was kept: asking again would be of nothing")


class PageSignature(Frozen):
    """The newest signature; `current` is False once something changed after it."""

    name: str
    at: datetime
    current: bool


class PageSession(Frozen):
    id: str
    label: str
    created: datetime
    images: tuple[PageImage, ...]
    findings: tuple[PageFinding, ...]
    turns: int
    last: PageTurn | None
    chips: tuple[str, ...]
    buttons: tuple[str, ...]
    running: bool
    signature: PageSignature | None


class TaskRow(Frozen):
    """A button before an upload: what a model does and what it does not look for."""

    title: str
    reads: tuple[str, ...]
    looks_for: str
    not_looked_for: str
    say: str


class SampleRow(Frozen):
    name: str
    title: str
    what: str
    credit: str
    refused: bool


class Intro(Frozen):
    """What stands on the page before an upload."""

    reads: tuple[str, ...]
    refuses: tuple[str, ...]
    tasks: tuple[TaskRow, ...]
    samples: tuple[SampleRow, ...]
    limit_mb: int


class LabelBody(Frozen):
    label: str = Field(max_length=400)


class ReviewBody(Frozen):
    action: ReviewAction
    text: str = Field(default="", max_length=4000)


class SignBody(Frozen):
    name: str = Field(max_length=400)


class FlagBody(Frozen):
    turn: int
    note: str = Field(default="", max_length=4000)


def session_row(summary: SessionSummary, language: Language = "en", kinds: frozenset[str] = frozenset()) -> SessionRow:
    return SessionRow(
        id=summary.session,
        label=summary.label,
        kinds=tuple(kind_words(k, language, kinds) for k in summary.kinds),
        created=summary.created,
        images=summary.images,
        turns=summary.turns,
        signed=summary.signed,
    )


def page_session(
    session: Session,
    running: bool,
    language: Language = "en",
    cards: Sequence[CardWords] = (),
    kinds: frozenset[str] = frozenset(),
) -> PageSession:
    """A session as the page shows it; `cards` and `kinds` say what models and kinds of picture there are: what stands
    beside the pictures is held against them."""
    beside = Beside(session, cards, language)
    last = session.turns[-1] if session.turns else None
    signature = session.signatures[-1] if session.signatures else None
    return PageSession(
        id=session.id,
        label=session.label,
        created=session.created,
        images=tuple(_image(i, language, kinds) for i in session.images),
        findings=tuple(_finding(f, language, beside) for f in session.findings),
        turns=len(session.turns),
        last=last
        and PageTurn(
            number=last.number,
            user=last.user,
            reply=last.reply,
            status=last.status,
            images=last.images,
            tools=tuple(c.name for c in last.tools if c.ok),
            findings=tuple(f.handle for f in last.findings),
            pictures=tuple(PageShown.model_validate(p.model_dump()) for p in last.pictures),
            lost_upload=last.lost_upload,
        ),
        chips=chips_of(session, language),
        buttons=buttons_of(session),
        running=running,
        signature=signature
        and PageSignature(name=signature.name, at=signature.at, current=signature.digest == digest_of(session)),
    )


def _image(facts: ImageFacts, language: Language, kinds: frozenset[str]) -> PageImage:
    gate = facts.admission
    return PageImage(
        handle=facts.handle,
        kind=kind_words(facts.kind_title, language, kinds),
        admitted=gate.admitted if gate else None,
        reason=refusal_words(gate, facts, language) if gate and not gate.admitted else "",
        modality=facts.modality.value,
        size_rc=facts.size_rc,
        channels=facts.channels,
        unit=facts.unit,
        bits_stored=facts.bits_stored,
        spacing=facts.spacing,
        orientation=facts.orientation,
        laterality=facts.laterality,
        view=facts.view,
        window=facts.window,
        notes=tuple(in_language(n, language) for n in facts.notes),
        issues=tuple(in_language(i, language) for i in facts.quality.issues),
    )


def _finding(finding: Finding, language: Language, beside: Beside) -> PageFinding:
    return PageFinding(
        handle=finding.handle,
        image=finding.image,
        concept=concept_words(finding, language),
        wording=finding.concept,
        presence=finding.presence,
        probability=finding.probability,
        probability_of=_probability_of(finding, language),
        prediction_set=_set_in_words(finding, language),
        size=size_words(finding, language),
        scope=scope_words(finding, language),
        region=finding.region.bounds.xyxy if finding.region else None,
        outlined=isinstance(finding.region, Mask),
        evidence=tuple(
            PagePicture(kind=e.kind, artifact=e.artifact, caption=beside.caption(finding, e), method=e.method)
            for e in finding.evidence
        ),
        model=finding.model,
        model_version=finding.model_version,
        weights=finding.weights_sha256[:12],
        review=finding.review.state,
        review_text=finding.review.text,
        alt=beside.alt(finding),
        reviewed_at=finding.review.at,
    )


_SETS: dict[frozenset[Literal["present", "absent"]], str] = {
    frozenset({"present"}): "set_present",
    frozenset({"absent"}): "set_absent",
    frozenset({"present", "absent"}): "set_both",
    frozenset(): "set_neither",
}


def _probability_of(finding: Finding, language: Language) -> str:
    if language == "en":
        return finding.probability_of
    return words("probability_of", language, concept=concept_words(finding, language))


def _set_in_words(finding: Finding, language: Language) -> str:
    if finding.coverage is None:
        return ""
    known = words(_SETS[frozenset(finding.prediction_set)], language)
    return words("set_coverage", language, set=known, coverage=percent(finding.coverage, language))
