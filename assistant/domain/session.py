"""Session: one reading session of one clinician: images, findings and turns on the table; it hands out handles."""

from datetime import datetime

from pydantic import Field

from assistant.domain.base import Frozen
from assistant.domain.finding import Finding, Presence, ReviewState
from assistant.domain.image import ImageFacts
from assistant.domain.turn import Turn

__all__ = ["Session", "SessionContents", "SessionSummary", "Signature", "title_of"]


class Signature(Frozen):
    """A person's signature under one version of the report."""

    name: str
    at: datetime
    digest: str = Field(description="of the content that was signed; a later finding or review changes it")
    artifact: str = Field(description="the signed PDF, kept for ever")


class Session(Frozen):
    """An immutable view of what is stored; `with_*` give the next one."""

    id: str
    owner: str
    created: datetime
    label: str = Field(default="", description="typed by the reader; heads list and report, goes to no llm and no log")
    images: tuple[ImageFacts, ...] = ()
    findings: tuple[Finding, ...] = ()
    turns: tuple[Turn, ...] = ()
    signatures: tuple[Signature, ...] = ()

    def image(self, handle: str) -> ImageFacts | None:
        return next((i for i in self.images if i.handle == handle), None)

    def finding(self, handle: str) -> Finding | None:
        return next((f for f in self.findings if f.handle == handle), None)

    @property
    def standing(self) -> tuple[Turn, ...]:
        """The conversation as it stands: each turn in its newest version."""
        gone = {t.replaces for t in self.turns}
        return tuple(t for t in self.turns if t.number not in gone)

    def findings_of(self, image: str) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.image == image)

    @property
    def next_image_handle(self) -> str:
        return f"img{len(self.images) + 1}"

    @property
    def next_finding_handle(self) -> str:
        return f"F{len(self.findings) + 1}"

    @property
    def main_finding(self) -> Finding | None:
        """What "it" means: of the last turn with findings, the first present one, else the first not rejected."""
        for turn in reversed(self.standing):
            now = [g for f in turn.findings if (g := self.finding(f.handle))]
            standing = [f for f in now if f.review.state is not ReviewState.REJECTED] or now
            if standing:
                return next((f for f in standing if f.presence is Presence.PRESENT), standing[0])
        return None

    def with_image(self, facts: ImageFacts) -> "Session":
        """With one more image, or with the newer facts of one that is there."""
        if self.image(facts.handle):
            images = tuple(facts if i.handle == facts.handle else i for i in self.images)
            return self.model_copy(update={"images": images})
        return self.model_copy(update={"images": (*self.images, facts)})

    def with_finding(self, finding: Finding) -> "Session":
        """With one more finding, or with the newer state of one that is there."""
        if self.finding(finding.handle):
            findings = tuple(finding if f.handle == finding.handle else f for f in self.findings)
            return self.model_copy(update={"findings": findings})
        return self.model_copy(update={"findings": (*self.findings, finding)})

    def with_turn(self, turn: Turn) -> "Session":
        return self.model_copy(update={"turns": (*(t for t in self.turns if t.number != turn.number), turn)})


class SessionSummary(Frozen):
    """A row of the list of sessions."""

    session: str
    created: datetime
    images: int
    turns: int
    label: str
    signed: bool
    kinds: tuple[str, ...] = Field(default=(), description="which kinds of picture there are, in words")
    title: str = Field(default="", description="from label, kinds and date; never from what was typed into the chat")


class SessionContents(Frozen):
    """What a session holds, and so what goes with it; files that another session holds too stay."""

    images: int
    findings: int
    turns: int
    reports: int = Field(description="exported or signed")
    flags: int
    files: int
    shared: int = Field(description="how many of the files another session holds too")


def title_of(label: str, kinds: tuple[str, ...], created: datetime) -> str:
    """What a list calls a session: the typed label, the kinds of its images, the day."""
    parts = (label, ", ".join(kinds) or "no image yet", f"{created.astimezone():%Y-%m-%d}")
    return " · ".join(p for p in parts if p)
