"""What a session holds, as the ledger asks for it; what a model's card says, in plain values.

`Knowledge` comes from above (the manifest is vision's): this room knows no weights.
"""

from collections.abc import Mapping
from enum import IntEnum, StrEnum

from pydantic import Field

from assistant.domain.base import Frozen
from assistant.domain.finding import Finding, Measurement, Presence, ReviewState
from assistant.domain.image import ImageFacts
from assistant.domain.session import Session

__all__ = ["CardWords", "Held", "Holds", "Rates", "Verdict", "bands_of", "region_side", "shares_of", "sizes_of"]


class Verdict(StrEnum):
    """What became of a sentence (contract, "check: verdicts")."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    UNSUPPORTED = "unsupported"
    GENERAL = "general"


class Held(Frozen):
    """A sentence and how it stands against the session."""

    sentence: str
    verdict: Verdict
    findings: tuple[str, ...] = ()
    why: str

    @property
    def passes(self) -> bool:
        return self.verdict in (Verdict.SUPPORTED, Verdict.GENERAL)


class Holds(IntEnum):
    """How a fact stands against a finding."""

    YES = 0
    UNKNOWN = 1
    NO = 2


class Rates(Frozen):
    """Measured on `pictures` pictures, as fractions, each (value, low, high) of the 95 % interval."""

    sensitivity: tuple[float, float, float]
    specificity: tuple[float, float, float]
    pictures: int = Field(gt=0)


class CardWords(Frozen):
    """What a model's card says of it, and its measured figures by name."""

    name: str
    title: str
    texts: tuple[str, ...] = Field(default=(), description="scope, limits, what it looks for and what not")
    sentences: tuple[str, ...] = Field(default=(), description="what is said of it by rule, in every language")
    task: str = Field(default="", description="classify, detect or segment")
    concepts: tuple[str, ...] = Field(default=(), description="what it looks for, by name")
    look_alikes: tuple[str, ...] = ()
    alike: Mapping[str, tuple[str, ...]] = Field(
        default_factory=dict, description="concept -> what can look like it, by name, in every language"
    )
    figures: Mapping[str, float] = Field(default_factory=dict)
    rates: Mapping[str, Rates] = Field(default_factory=dict, description="concept -> how often the model is right")

    def __hash__(self) -> int:
        return hash((self.name, self.title, self.texts, self.sentences))


_MM = {"mm": 1.0, "cm": 10.0, "mm2": 1.0, "cm2": 100.0}
_UNITS = {"{pixels}": "px", "{pixel}": "px", "[px]": "px", "{pixels}2": "px2", "1": "share", "%": "percent"}


def sizes_of(finding: Finding) -> tuple[tuple[str, float, str], ...]:
    """(role, value, unit) of every size: measurements in mm, mm2 or px, and the sides of its box in px."""
    sizes: list[tuple[str, float, str]] = []
    for m in finding.measurements:
        words = f"{m.concept.meaning} {m.concept.value}".lower()
        unit = m.unit.value
        if unit in ("mm", "cm", "mm2", "cm2"):
            value, unit = m.value * _MM[unit], "mm2" if unit.endswith("2") else "mm"
        else:
            value, unit = m.value, _UNITS.get(unit, unit.strip("{}[]"))
        is_area = unit in ("mm2",) or "area" in words
        short = any(w in words for w in ("short", "across", "width", "perpendicular", "minor"))
        long = any(w in words for w in ("long", "length", "major", "diameter", "feret", "axis"))
        role = "area" if is_area else "short" if short else "long" if long else ""
        sizes.append((role, value, unit))
    if finding.region is not None:
        x0, y0, x1, y1 = finding.region.bounds.xyxy
        sizes += [("", x1 - x0, "px"), ("", y1 - y0, "px")]
        sizes += [("edge", v, "edge") for v in (x0, y0, x1, y1, (x0 + x1) / 2, (y0 + y1) / 2)]
        area = getattr(finding.region, "area_px", None)
        if area:
            sizes.append(("area", float(area), "px"))
    return tuple(sizes)


def shares_of(finding: Finding, facts: ImageFacts | None) -> tuple[float, ...]:
    """Shares of the picture that a finding holds: measured ones, else of its mask or box."""
    shares = [_share(m) for m in finding.measurements if m.unit.value in ("%", "1") and not _is_band(m)]
    area = getattr(finding.region, "area_px", None)
    if facts is not None and area:
        shares.append(area / (facts.size_rc[0] * facts.size_rc[1]))
    return tuple(shares)


def bands_of(finding: Finding) -> tuple[float, ...]:
    """How much of an outline is the band where its model is unsure, as shares of the outlined area."""
    return tuple(_share(m) for m in finding.measurements if m.unit.value in ("%", "1") and _is_band(m))


def _is_band(measurement: Measurement) -> bool:
    return "band" in measurement.concept.meaning.lower()


def _share(measurement: Measurement) -> float:
    return measurement.value / (100 if measurement.unit.value == "%" else 1)


def region_side(finding: Finding, facts: ImageFacts | None, side: str) -> Holds:
    """Whether the middle of a region lies in that half of its image; "middle" is the inner fifth across."""
    if finding.region is None or facts is None:
        return Holds.UNKNOWN
    box = finding.region.bounds
    x = (box.x0 + box.x1) / 2 / facts.size_rc[1]
    y = (box.y0 + box.y1) / 2 / facts.size_rc[0]
    if side == "middle":
        return Holds.YES if abs(x - 0.5) <= 0.1 else Holds.NO
    off = {"left": 0.5 - x, "right": x - 0.5, "upper": 0.5 - y, "lower": y - 0.5}[side]
    return Holds.YES if off > 0 else Holds.NO


def patient_side(facts: ImageFacts | None, side: str) -> str:
    """The image half ("left", "right") that is the patient's `side`; '' where the file states no orientation."""
    if facts is None or facts.orientation is None:
        return ""
    letter = side[:1].upper()
    if facts.orientation.left[:1] == letter:
        return "left"
    return "right" if facts.orientation.right[:1] == letter else ""


def counted(session: Session, concept: str | None, image: str | None, noun: str) -> set[int]:
    """The counts that may be said: of findings, of regions, of images; by what is there."""
    findings = [
        f for f in session.findings if (concept is None or f.concept == concept) and (image is None or f.image == image)
    ]
    if noun == "image":
        return {len(session.images), 1}
    if noun == "model":
        return {len({f.model for f in session.findings}), 1}
    if noun == "sorts":
        return {len(f.kinds) for f in findings if f.kinds} or {0}
    if noun in ("present", "absent", "indeterminate"):
        return {sum(f.presence is Presence(noun) for f in findings)}
    if noun in ("unreviewed", "accepted", "rejected", "edited"):
        return {sum(f.review.state is ReviewState(noun) for f in findings)}
    if noun == "finding":
        standing = [f for f in findings if f.review.state is not ReviewState.REJECTED]
        return {len(findings), len(standing)}
    regions = [f for f in findings if f.region is not None and f.presence is Presence.PRESENT]
    boxes = [f for f in regions if not hasattr(f.region, "area_px")]
    masks = [f for f in regions if hasattr(f.region, "area_px")]
    if noun == "box":
        return {len(boxes)}
    if noun == "mask":
        return {len(masks)}
    return {max(len(boxes), len(masks))}
