"""Session -> Report: every word of the report, by rule, from findings, images and model notes.

It knows no file format and no layout: exporters print what stands here. A result is only what a person accepted or
wrote; rejected findings leave no trace in the words. No sentence claims more than its finding holds.
"""

import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime

from assistant.domain.codes import CODES
from assistant.domain.finding import Finding, Measurement, Presence, ReviewState
from assistant.domain.geometry import Box, Mask, SpacingSource
from assistant.domain.image import ImageFacts
from assistant.domain.report import ModelNote, Report, digest_of
from assistant.domain.session import Session
from assistant.language.listing import listed
from assistant.language.phrasing import certainty, percent
from assistant.language.sizes import VESSELS

__all__ = [
    "READER",
    "finding_words",
    "measured_words",
    "model_limits",
    "model_scope",
    "presence_words",
    "pseudonym_of",
    "report_of",
    "review_counts",
    "set_words",
    "size_words",
    "status_words",
    "utc",
]

READER = "reader"
"""`Finding.model` of what a person wrote."""

GENERAL_LIMITS = (
    "AI, research use: not a medical device, and no basis for treating a patient.",
    "Each probability holds for pictures like those that it was calibrated on; where fewer pictures show the finding, "
    "a positive result is right less often.",
    "Only the pictures listed here were read; earlier studies, other slices and the patient's history were not.",
)

NAMED_ALONE = "Whatever is not named here was not looked for."
NOTHING_READ = "No model has read an image of this study, so nothing was looked for."

_ACQUISITION = (
    ("MagneticFieldStrength", "field strength", "T"),
    ("KVP", "tube voltage", "kV"),
    ("SliceThickness", "slice thickness", "mm"),
    ("RepetitionTime", "repetition time", "ms"),
    ("EchoTime", "echo time", "ms"),
)
_UNITS = {"1": "", "{pixel}": "px", "{pixels}": "px", "[px]": "px", "mm2": "mm²", "cm2": "cm²", "deg": "°"}
_AXES = ("long_axis", "short_axis")
_SIDES_OF_BOX = ("box_width", "box_height")
_SIDES = {"R": "right", "L": "left"}


def report_of(session: Session, models: tuple[ModelNote, ...], now: datetime, clinical_context: str = "") -> Report:
    """The report of a session as it stands; signed only where the last signature covers exactly this content."""
    images = {i.handle: i for i in session.images}
    results = tuple(f for f in session.findings if f.is_result)
    unreviewed = tuple(f for f in session.findings if f.review.state is ReviewState.UNREVIEWED)
    used = {f.model for f in session.findings}
    ran = tuple(m for m in models if m.name in used)
    digest = digest_of(session)
    last = session.signatures[-1] if session.signatures else None
    return Report(
        session=session.id,
        pseudonym=pseudonym_of(session),
        label=session.label,
        created=now,
        clinical_context=clinical_context,
        images=session.images,
        technique=tuple(_technique(i) for i in session.images),
        results=results,
        result_sentences=tuple(_result(f, images.get(f.image)) for f in results),
        impression=tuple(_concluded(f) for f in sorted(results, key=_weight)),
        evidence=tuple(f for f in results if f.model != READER),
        unreviewed=unreviewed,
        unreviewed_sentences=tuple(_unreviewed(f, images.get(f.image)) for f in unreviewed),
        not_looked_for=_not_looked_for(ran),
        models=ran,
        limits=(*GENERAL_LIMITS, *(limit for m in ran for limit in model_limits(m))),
        digest=digest,
        signature=last if last and last.digest == digest else None,
    )


def pseudonym_of(session: Session) -> str:
    """Name of the study on paper: from the UID that intake made, else from the session; never an identity."""
    uid = session.images[0].study_uid if session.images else session.id
    letters = hashlib.sha256(f"medvision study {uid}".encode()).hexdigest()[:8].upper()
    return f"MV-{letters[:4]}-{letters[4:]}"


def status_words(report: Report) -> str:
    """UNVERIFIED, or who signed and when; the one place where that is phrased."""
    if report.signature is None:
        return "UNVERIFIED: not signed by a reader."
    name, at = report.signature.name, report.signature.at
    return f"Signed: reviewed by {name}, identity not authenticated, {utc(at)}."


def review_counts(report: Report) -> str:
    """'1 accepted, 1 in the reader's words, 2 not reviewed'"""
    counts = [
        (sum(f.review.state is ReviewState.ACCEPTED for f in report.results), "accepted"),
        (sum(f.review.state is ReviewState.EDITED for f in report.results), "in the reader's words"),
        (len(report.unreviewed), "not reviewed"),
    ]
    said = [f"{n} {what}" for n, what in counts if n]
    return ", ".join(said) or "no findings"


def utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def presence_words(finding: Finding) -> str:
    """What was observed, with the certainty word that its probability allows; no full stop."""
    concept, p = finding.concept, finding.probability
    place = _place(finding)
    if finding.is_disagreement:
        return f"indeterminate for {concept} in this image: {listed(list(finding.between), 'en')} disagree"
    if finding.concept == VESSELS and isinstance(finding.region, Mask):
        return f"{concept} outlined in this {place}"
    if finding.presence is Presence.ABSENT:
        return f"no {concept} pattern in this one {place}"
    if finding.presence is Presence.INDETERMINATE:
        rest = "possible, not settled" if p is not None and 0.2 <= p <= 0.8 else "the models do not settle it"
        return f"indeterminate for {concept} in this {place}: {rest}"
    if p is None:
        return f"{concept} pattern marked in this {place}"
    if not certainty(p):
        return f"{concept} pattern marked by the model in this {place} at a low probability"
    return f"{concept} pattern {certainty(p).replace('_', ' ')} in this {place}"


def finding_words(finding: Finding, facts: ImageFacts | None = None) -> str:
    """A model's finding in full sentences: observation, what the number means, where, how big, scope."""
    said = presence_words(finding)
    absent = finding.presence is Presence.ABSENT
    if finding.probability is not None:
        said += f" ({percent(finding.probability)})"
    said += "; this answer covers nothing else." if absent else "."
    parts = [_capital(said), _meaning(finding)]
    if finding.region:
        parts.append(_where(finding, facts))
    if finding.kinds:
        parts.append(_types(finding))
    if finding.measurements:
        parts.append(f"{'Size of the box' if isinstance(finding.region, Box) else 'Size'}: {size_words(finding)}.")
        parts.append(_scale(finding, facts))
    if finding.scope:
        parts.append(f"Scope: {_stop(finding.scope)}")
    return " ".join(p for p in parts if p)


def set_words(finding: Finding) -> str:
    """The prediction set in words: what the model could not rule out at its stated coverage."""
    if not finding.prediction_set:
        return "none given"
    said = " or ".join(finding.prediction_set)
    return f"{said}, at {percent(finding.coverage)} coverage" if finding.coverage else said


def size_words(finding: Finding) -> str:
    """Axes or sides first, then what else was measured; else the sides of the box in pixels, else ''."""
    pairs = [(p, u) for p in (_AXES, _SIDES_OF_BOX) for u in ("pixels", "millimetre") if _pair(finding, p, u)]
    if pairs:
        said = [f"{_pair(finding, p, u)} {_UNITS.get(CODES[u].value, CODES[u].value)}" for p, u in pairs]
        paired = [CODES[c] for c in (*_AXES, *_SIDES_OF_BOX)]
        rest = [measured_words(m) for m in finding.measurements if m.concept not in paired]
        what = "axes" if pairs[0][0] == _AXES else "box"
        return "; ".join([f"{what} {', '.join(said)}", *rest])
    if finding.measurements:
        return "; ".join(measured_words(m) for m in finding.measurements)
    if finding.region:
        x0, y0, x1, y1 = finding.region.bounds.xyxy
        return f"box {x1 - x0:.0f} x {y1 - y0:.0f} px"
    return ""


def measured_words(measurement: Measurement) -> str:
    code = measurement.unit.value
    unit = _UNITS.get(code, code.strip("{}[]"))
    return f"{measurement.concept.meaning} {measurement.value:.4g} {unit}".rstrip()


def _pair(finding: Finding, concepts: tuple[str, str], unit: str) -> str:
    """'118 x 86', where both were measured."""
    values = [finding.measured(CODES[c], CODES[unit]) for c in concepts]
    return " x ".join(f"{v:.3g}" if v < 100 else f"{v:.0f}" for v in values if v is not None) if all(values) else ""


def _scale(finding: Finding, facts: ImageFacts | None) -> str:
    """Whose scale the millimetres rest on, where that is not the file's plain pixel spacing."""
    if facts is None or facts.spacing is None or not any(m.unit.value.startswith("mm") for m in finding.measurements):
        return ""
    if facts.spacing.source is SpacingSource.USER:
        return "The millimetres rest on a scale that the reader stated."
    if facts.spacing.source is SpacingSource.IMAGER_PIXEL_SPACING:
        return "The millimetres hold at the detector, an overestimate of the size in the patient."
    return ""


def _types(finding: Finding) -> str:
    """Which kind of the concept it looks like, and which are not ruled out."""
    best = finding.kinds[0]
    others = [k.name for k in finding.kinds[1:] if k.in_set]
    if best.probability < 0.5:
        items = [f"{k.name} ({percent(k.probability)})" for k in finding.kinds if k.in_set or k is best]
        return f"The types that it looks most like: {listed(items, 'en')}."
    rest = f"; {listed(others, 'en')} {'is' if len(others) == 1 else 'are'} not ruled out" if others else ""
    return f"Its type looks like {best.name} ({percent(best.probability)}){rest}."


def _place(finding: Finding) -> str:
    return "slice" if "slice" in finding.scope.lower() else "image"


def _meaning(finding: Finding) -> str:
    if finding.probability is None or not finding.probability_of:
        return ""
    said = f"{_capital(percent(finding.probability))} is the probability {finding.probability_of.rstrip('. ')}"
    if finding.prevalence is not None:
        return f"{said}, calibrated where {percent(finding.prevalence)} of the pictures had one."
    return f"{said}, calibrated at a prevalence that is not stated."


def _where(finding: Finding, facts: ImageFacts | None) -> str:
    if finding.region is None:
        return ""
    box = finding.region.bounds
    corners = f"x {box.x0:.0f} to {box.x1:.0f}, y {box.y0:.0f} to {box.y1:.0f}"
    drawn = "outlined" if isinstance(finding.region, Mask) else "boxed"
    if finding.concept == VESSELS:
        return ""
    if facts is None:
        return f"One region was {drawn} ({corners} px)."
    middle = (box.x0 + box.x1) / 2 / facts.size_rc[1]
    side = "left" if middle < 0.45 else "right" if middle > 0.55 else ""
    half = f"in the {side} half of the image" if side else "near the midline of the image"
    letters = facts.orientation
    patient = _SIDES.get(getattr(letters, side)[:1], "") if letters and side else ""
    if patient:
        half += f", the patient's {patient} by the file's orientation"
    elif side:
        half += ", which says nothing of the patient's side: the orientation is unknown"
    return f"One region was {drawn} {half} ({corners} px)."


def _result(finding: Finding, facts: ImageFacts | None) -> str:
    review = finding.review
    by = f"{review.by or 'the reader'}{f', {utc(review.at)}' if review.at else ''}"
    if review.state is ReviewState.EDITED:
        verb = "written by" if finding.model == READER else "the reader's own words:"
        return f"{_stop(review.text or finding.concept)} ({verb} {by})"
    note = f' Note of the reader: "{review.text.strip()}"' if review.text.strip() else ""
    return f"{finding_words(finding, facts)} Accepted by {by}.{note}"


def _unreviewed(finding: Finding, facts: ImageFacts | None) -> str:
    return f"{finding.handle}, {finding.image}, not reviewed: {finding_words(finding, facts)}"


def _concluded(finding: Finding) -> str:
    review = finding.review
    if review.state is ReviewState.EDITED:
        return f"{_stop(review.text or finding.concept)} ({finding.handle}, {finding.image}, the reader's own words)"
    said = _capital(presence_words(finding))
    said += "; this covers nothing else" if finding.presence is Presence.ABSENT else ""
    return f"{said} ({finding.handle}, {finding.image}, accepted by the reader)."


def _weight(finding: Finding) -> int:
    if finding.review.state is ReviewState.EDITED:
        return 0
    return {Presence.PRESENT: 1, Presence.INDETERMINATE: 2, Presence.ABSENT: 3}[finding.presence]


def _technique(facts: ImageFacts) -> str:
    rows, columns = facts.size_rc
    gate = facts.admission
    kind = gate.title if gate and gate.admitted else "kind of image not established"
    source = f"DICOM file, modality {facts.modality.value}" if facts.source == "dicom" else "plain picture file"
    grey = "grey" if facts.channels == 1 else "colour"
    parts = [source, f"{columns} x {rows} pixels, {facts.bits_stored} bit, {grey}"]
    parts += [x for x in (facts.body_part, f"view {facts.view}" if facts.view else "") if x]
    if facts.laterality:
        parts.append(f"laterality {facts.laterality}")
    parts += [f"{words} {facts.header[key]} {unit}" for key, words, unit in _ACQUISITION if facts.header.get(key)]
    if facts.spacing:
        mm = f"{facts.spacing.column_mm:.3g} x {facts.spacing.row_mm:.3g} mm"
        parts.append(f"pixel spacing {mm} ({facts.spacing.source.value})")
    else:
        parts.append("no pixel spacing, so no millimetres")
    parts.append("orientation by the file" if facts.orientation else "orientation unknown")
    sentences = [f"{facts.handle}: {kind}; {', '.join(parts)}.", _readable(facts)]
    if gate and not gate.admitted:
        sentences.append(f"No model read it: {_stop(gate.reason or 'the gate refused it')}")
    sentences += [_capital(_stop(n)) for n in facts.notes]
    return " ".join(sentences)


def _readable(facts: ImageFacts) -> str:
    quality = facts.quality
    issues = "; ".join(i.rstrip(". ") for i in quality.issues)
    if not quality.readable:
        return f"Not readable{': ' + issues if issues else ''}. {quality.remedy}".strip()
    return f"Readable, with limits: {issues}." if issues else "Readable."


def _not_looked_for(models: Sequence[ModelNote]) -> tuple[str, ...]:
    if not models:
        return (NOTHING_READ,)
    return (*(model_scope(m) for m in models), NAMED_ALONE)


def model_scope(model: ModelNote) -> str:
    """What a model looks for, and what not."""
    return f"{model.title} looks for {model.looks_for.rstrip('. ')}; not for {_stop(model.not_looked_for)}"


def model_limits(model: ModelNote) -> tuple[str, ...]:
    return tuple(f"{model.title}: {_stop(limit)}" for limit in model.limits)


def _stop(text: str) -> str:
    text = text.strip()
    return text if re.search(r"[.!?…]$", text) else f"{text}."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
