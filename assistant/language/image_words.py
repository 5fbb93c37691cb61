"""What is known of an image -> the technique line of a report: kind, source, size, acquisition, quality, refusal."""

from collections.abc import Sequence

from assistant.domain.image import Admission, ImageFacts
from assistant.language.concepts import in_language, picture_name
from assistant.language.listing import listed
from assistant.language.phrasing import Language, capital, figure, percent, say, stopped

__all__ = ["image_words", "refusal_sentences", "refusal_words"]

_ACQUISITION = {
    "MagneticFieldStrength": "paper_field_strength",
    "KVP": "paper_tube_voltage",
    "SliceThickness": "paper_slice_thickness",
    "RepetitionTime": "paper_repetition_time",
    "EchoTime": "paper_echo_time",
}


def image_words(facts: ImageFacts, language: Language = "en") -> str:
    """Sentences of one image, its handle first."""
    gate = facts.admission
    admitted = gate is not None and gate.admitted
    kind = picture_name(gate.kind, gate.title, language) if gate and admitted else say("paper_kind_unknown", language)
    known = {"handle": facts.handle, "kind": kind, "parts": ", ".join(_parts(facts, language))}
    sentences = [say("paper_technique", language, **known), _readable(facts, language)]
    if gate and not admitted:
        reason = refusal_words(gate, facts, language)
        sentences.append(say("paper_refused", language, reason=stopped(reason)))
    sentences += [capital(stopped(in_language(n, language))) for n in facts.notes]
    return " ".join(sentences)


def refusal_words(gate: Admission, facts: ImageFacts, language: Language = "en") -> str:
    """Why no model read the image: the gate's own words in English, else what its verdict holds."""
    if language == "en":
        return gate.reason or say("paper_refused_gate", language)
    if not facts.quality.readable:
        return say("paper_refused_unreadable", language)
    if gate.kind == "unknown":
        return say("paper_refused_unknown", language)
    kind = picture_name(gate.kind, gate.title, language)
    return say("paper_refused_kind", language, kind=kind, p=percent(gate.probability, language))


def refusal_sentences(gate: Admission, facts: ImageFacts, read: Sequence[str], language: Language) -> str:
    """Why the gate refuses and what would help, said to the reader; `read`: the kinds that are read here, in words."""
    if language == "en":
        reason = gate.reason or say("not_read", language, kind=gate.title)
        return " ".join(part for part in (reason, gate.remedy) if part)
    said = [capital(stopped(refusal_words(gate, facts, language)))]
    if facts.quality.readable:
        said.append(say("refused_reads", language, kinds=listed(read, language)))
    else:
        said.append(_readable(facts, language))
    return " ".join(said)


def _parts(facts: ImageFacts, language: Language) -> list[str]:
    rows, columns = facts.size_rc
    colour = say("paper_grey" if facts.channels == 1 else "paper_colour", language)
    dicom = facts.source == "dicom"
    parts = [
        say("paper_source_dicom" if dicom else "paper_source_raster", language, modality=facts.modality.value),
        say("paper_pixels", language, columns=columns, rows=rows, bits=facts.bits_stored, colour=colour),
    ]
    if facts.body_part:
        parts.append(facts.body_part)
    if facts.view:
        parts.append(say("paper_view", language, view=facts.view))
    if facts.laterality:
        parts.append(say("paper_laterality", language, laterality=facts.laterality))
    held = ((key, facts.header.get(name, "")) for name, key in _ACQUISITION.items())
    parts += [say(key, language, value=figure(value, language)) for key, value in held if value]
    if facts.spacing:
        mm = figure(f"{facts.spacing.column_mm:.3g} x {facts.spacing.row_mm:.3g}", language)
        source = in_language(facts.spacing.source.value, language)
        parts.append(say("paper_spacing", language, spacing=mm, source=source))
    else:
        parts.append(say("paper_no_spacing", language))
    parts.append(say("paper_oriented" if facts.orientation else "paper_not_oriented", language))
    return parts


def _readable(facts: ImageFacts, language: Language) -> str:
    quality = facts.quality
    issues = "; ".join(in_language(i.rstrip(". "), language) for i in quality.issues)
    if not quality.readable:
        key = "paper_unreadable_issues" if issues else "paper_unreadable"
        return say(key, language, issues=issues, remedy=in_language(quality.remedy, language)).strip()
    return say("paper_readable_limits", language, issues=issues) if issues else say("paper_readable", language)
