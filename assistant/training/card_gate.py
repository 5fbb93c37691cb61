"""The gate's card: what it was taught, whom it refuses and admits in vain."""

from pydantic import Field

from assistant.domain.base import Frozen
from assistant.training.card_words import as_cell
from assistant.training.gate import GateEvaluation
from assistant.vision.manifest import Figure, ModelCard

__all__ = ["GateFigures", "gate_page"]


class GateFigures(Frozen):
    """All that the gate's card quotes."""

    headline: dict[str, Figure]
    weights_sha256: str
    start: str
    counts: dict[str, int]
    held_out: tuple[tuple[str, int, int], ...] = Field(description="kind, pictures, admitted")
    evaluations: tuple[GateEvaluation, ...]


def gate_page(card: ModelCard, figures: GateFigures) -> str:
    lines = [
        f"# {card.title} ({card.name} {card.version})",
        "",
        "Says what kind of picture an upload is, and admits the kinds that a model reads. Weights `"
        + card.sha256
        + "`.",
        "",
        f"Start: {figures.start}, kept as it is. On its channel means: a linear classifier of kinds, and the distance"
        " to the nearest pictures of that kind that it was taught with. Admitted: a kind that is read, probability at"
        f" least {card.threshold:g} (temperature {card.temperature:g}), distance at most {_distances(card)}; by `val`."
        " A DICOM header that names another modality or another part of the body refuses by itself.",
        "",
        "| kind | pictures taught (made ones counted) |",
        "|---|---|",
        *[f"| {kind} | {n} |" for kind, n in figures.counts.items()],
        "",
        "## False refusals and false admissions, pixels alone",
        "",
    ]
    for e in figures.evaluations:
        lines += [
            f"`{e.split}`: refused {as_cell(e.refused_overall)} of {e.refused_overall.n} pictures that are read,"
            f" admitted {as_cell(e.admitted_overall)} of {e.admitted_overall.n} others.",
            "",
            "| folder | n | share wrong |",
            "|---|---|---|",
            *[f"| {k}: refused | {v.n} | {as_cell(v)} |" for k, v in e.refused.items()],
            *[f"| {k}: admitted | {v.n} | {as_cell(v)} |" for k, v in e.admitted.items()],
            "",
        ]
    lines += [
        "CT slices that lie among the brain MRI folders (16, in every split) were found by a cross-validated gate,"
        " looked at one by one, and are taught and counted as head CT.",
        "",
        "## Kinds that it never saw",
        "",
        "Each kind left out of training in turn; how many of its pictures would then be admitted:",
        "",
        "| kind left out | n | admitted |",
        "|---|---|---|",
        *[f"| {kind} | {n} | {admitted} |" for kind, n, admitted in figures.held_out],
        "",
        "## Limits",
        "",
        "- A head CT is told apart because it was taught; kinds that are like those that are read and were not taught"
        " may pass.",
        "- MRI of other parts of the body is represented by three pictures and by made ones.",
        "- A stricter first setting was seen on `test` before `val` chose this one, so `test` is not wholly untouched.",
        "- It says nothing of sharpness or noise; intake measures those.",
        "",
        f"Licence of the weights: {card.licence}.",
    ]
    return "\n".join(lines) + "\n"


def _distances(card: ModelCard) -> str:
    return ", ".join(f"{limit:g} ({kind})" for kind, limit in card.farthest.items()) or "any"
