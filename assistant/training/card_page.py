"""The page of one disease model, `cards/NAME.md`: from its manifest row, its words and its figures, nothing else."""

from collections.abc import Mapping, Sequence

from assistant.training.card_words import CardFigures, CardWords, as_cell, figure_rows
from assistant.training.evaluation import Evaluation
from assistant.training.folds import FoldsEvaluation
from assistant.vision.calibrate import predictive_values
from assistant.vision.manifest import Figure, ModelCard

__all__ = ["ladder_plot", "model_page"]

_PREVALENCES = (0.01, 0.1, 0.5)
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "classify": ("auc", "macro_auc", "accuracy", "balanced_accuracy", "sensitivity", "specificity", "ece", "brier"),
    "detect": ("mean_iou", "map50", "box_class_accuracy", "sensitivity", "precision", "ece"),
    "segment": ("dice", "auc", "sensitivity", "specificity", "ece_before", "ece"),
}


def model_page(card: ModelCard, words: CardWords, figures: CardFigures) -> str:
    """Markdown."""
    tests = [e for e in figures.evaluations if e.split != "val"]
    parts = [
        _opening(card),
        _made(words, figures),
        _folds(words, figures.folds) if figures.folds is not None else [],
        _sources(card, figures.evaluations),
        _concepts(tests),
        _calibration(card, tests),
        _predictive(card, figures),
        _scores(tests),
        _robustness(tests),
        _subgroups(tests),
        _ablations(words),
        _limits(card, words),
    ]
    return "\n".join(line for part in parts if part for line in (*part, "")).rstrip() + "\n"


def _opening(card: ModelCard) -> list[str]:
    says = [f"Its probability is the probability {card.probability_of}."] if card.probability_of else []
    says += [
        f"For {c.concept}: the probability {c.probability_of}." for c in card.concepts.values() if c.probability_of
    ]
    return [
        f"# {card.title} ({card.name} {card.version})",
        "",
        f"Research use only; not a medical device. Weights `{card.sha256}`.",
        "",
        f"It looks for {card.looks_for}. It does not look for {card.not_looked_for}. " + " ".join(says),
    ]


def _made(words: CardWords, figures: CardFigures) -> list[str]:
    lines = ["## How it was made", "", f"Start: {words.start}."]
    for paragraph in words.how:
        lines += ["", paragraph]
    if figures.made is not None:
        recipe = ", ".join(f"{k} {v}" for k, v in figures.made.recipe.items() if v is not None)
        lines += ["", f"Recipe of `medvision train`: {recipe}."]
        lines += ["", "| training pictures | n |", "|---|---|"]
        lines += [f"| {name} | {n} |" for name, n in figures.made.drawn.items()]
    lines += ["", "| data | origin | licence, as far as known |", "|---|---|---|"]
    return lines + [f"| {d.name} | {d.origin} | {d.licence} |" for d in words.data]


def _folds(words: CardWords, folds: FoldsEvaluation) -> list[str]:
    spread = ", ".join(f"{k} {v:.3f}" for k, v in folds.spread.items())
    balanced = all(f.balanced_accuracy is not None for f in folds.folds)
    lines = [
        f"## {folds.evaluation.split} of {folds.evaluation.data}",
        "",
        "Every picture read by a network that saw neither it nor a copy of it; pooled, class = argmax. Spread of folds"
        f" (standard deviation): {spread}." + (f" {words.folds_note}" if words.folds_note else ""),
        "",
        *figure_rows(folds.evaluation.metrics),
        "",
        "| fold | n | AUC | accuracy |" + (" balanced accuracy |" if balanced else ""),
        "|---|---|---|---|" + ("---|" if balanced else ""),
        *[
            f"| {f.fold} | {f.n} | {f.auc:.3f} | {f.accuracy:.3f} |"
            + (f" {f.balanced_accuracy:.3f} |" if balanced else "")
            for f in folds.folds
        ],
        "",
        "Coverage of 90 % prediction sets calibrated on the other folds: "
        + "; ".join(f"{k} {as_cell(v)} of {v.n}" for k, v in folds.coverage.items())
        + ".",
    ]
    for concept, sets in folds.concept_coverage.items():
        told = "; ".join(f"{k} {as_cell(v)} of {v.n}" for k, v in sets.items())
        lines += ["", f"Sets of {concept} by itself, calibrated on the other folds: {told}."]
    return lines


def _sources(card: ModelCard, evaluations: Sequence[Evaluation]) -> list[str]:
    names = [c for c in _COLUMNS.get(card.task, ()) if any(c in e.metrics for e in evaluations)]
    extra = list(dict.fromkeys(k for e in evaluations for k in e.extra if k != "pixel_auc"))
    point = list(dict.fromkeys(k for e in evaluations for k in e.operating_point))
    titles = [*names, *[f"at threshold: {k}" for k in point], *extra]
    lines = [
        "## The shipped weights, source by source",
        "",
        "As `medvision evaluate` prints it. `val` chose everything that was chosen; `test` was opened to report.",
        "",
        "| source | split | n | " + " | ".join(t.replace("_", " ") for t in titles) + " |",
        "|---" * (3 + len(titles)) + "|",
    ]
    for e in evaluations:
        cells = [as_cell(e.metrics.get(k)) for k in names]
        cells += [as_cell(e.operating_point.get(k)) for k in point] + [as_cell(e.extra.get(k)) for k in extra]
        lines.append(f"| {e.data} | {e.split} | {e.n} | " + " | ".join(cells) + " |")
    notes = list(dict.fromkeys(note for e in evaluations for note in e.notes))
    left = [
        f"{e.data} {e.split}: " + ", ".join(f"{k} {v}" for k, v in e.skipped.items()) for e in evaluations if e.skipped
    ]
    lines += ["", *[f"- {note}" for note in notes]] if notes else []
    return lines + (["", f"Left out, by label: {'; '.join(left)}."] if left else [])


def _concepts(tests: Sequence[Evaluation]) -> list[str]:
    rows = [
        (e, name, figures) for e in tests for name, figures in {**e.concepts, **e.subsets}.items() if "ece" in figures
    ]
    if not rows:
        return []
    keys = ("auc", "sensitivity", "specificity", "ece_before", "ece", "coverage_present", "coverage_absent")
    head = "| source | concept | n | " + " | ".join(k.replace("_", " ") for k in keys) + " | sets of one |"
    lines = [
        "## Each concept by itself",
        "",
        "Sensitivity and specificity at the concept's own threshold; ECE (15 bins) before and after scaling; coverage"
        " of its prediction sets.",
        "",
        head,
        "|---" * (len(keys) + 4) + "|",
    ]
    for e, name, f in rows:
        cells = [*[as_cell(f.get(k)) for k in keys], as_cell(f.get("sets_of_one"))]
        lines.append(f"| {e.data} {e.split} | {name} | {f['ece'].n} | " + " | ".join(cells) + " |")
    return lines


def _calibration(card: ModelCard, tests: Sequence[Evaluation]) -> list[str]:
    lines = ["## Calibration and operating point", ""]
    share = f" The probability holds at a prevalence of {card.prevalence:.0%}." if card.prevalence is not None else ""
    if card.task == "classify" and card.concepts:
        lines += [f"Temperature of the argmax {card.temperature:g}. Each concept scaled by itself (Platt):", ""]
        lines += ["| concept | slope | intercept | prevalence | threshold | why |", "|---|---|---|---|---|---|"]
        for name, c in card.concepts.items():
            held = f"{c.prevalence:.0%}" if c.prevalence is not None else "-"
            lines.append(f"| {name} | {c.slope:g} | {c.intercept:g} | {held} | {c.threshold:g} | {c.threshold_why} |")
    else:
        scaled = f"Temperature {card.temperature:g}. " if card.task != "segment" else ""
        scaled += f"Slope {card.slope:g}, intercept {card.intercept:g}. " if card.task != "classify" else ""
        lines += [f"{scaled}Threshold {card.threshold:g}: {card.threshold_why}.{share}"]
    lines += ["", f"Prediction sets at {card.coverage:.0%} coverage, a class at a time, on `val`."]
    covered = [(e, c, f) for e in tests for c, f in e.coverage.items()]
    if covered:
        lines += ["", "| set on | of | covered | n |", "|---|---|---|---|"]
        lines += [f"| {e.data} {e.split} | {name} | {as_cell(f)} | {f.n} |" for e, name, f in covered]
    return lines


def _predictive(card: ModelCard, figures: CardFigures) -> list[str]:
    """Predictive values where a share of pictures has the disease, for everything that says yes or no of a picture."""
    points: list[tuple[str, Figure, Figure]] = []
    tests = [e for e in figures.evaluations if e.split == "test"]
    pooled = figures.folds.evaluation.metrics if figures.folds is not None else {}
    if {"sensitivity", "specificity"} <= set(pooled):
        points.append((f"{card.concept or card.name} (folds, argmax)", pooled["sensitivity"], pooled["specificity"]))
    for e in tests:
        rows: list[tuple[str, Mapping[str, Figure]]] = list(e.concepts.items())
        if card.task == "classify" and not card.concepts:
            rows.append((card.concept or card.name, e.operating_point))
        rows.append(
            ("a picture with any box", {k.removeprefix("slice_"): f for k, f in e.extra.items() if "slice_s" in k})
        )
        points += [
            (f"{name} ({e.data})", f["sensitivity"], f["specificity"])
            for name, f in rows
            if {"sensitivity", "specificity"} <= set(f)
        ]
    if not points:
        return []
    titles = " | ".join(f"at {p:.0%}: positive, negative" for p in _PREVALENCES)
    lines = [
        "## Predictive values",
        "",
        "What a yes and a no would be worth where 1, 10 or 50 % of pictures have it (Bayes), at the sensitivity and"
        " specificity measured here:",
        "",
        f"| of | {titles} |",
        "|---" * (1 + len(_PREVALENCES)) + "|",
    ]
    for name, sensitivity, specificity in points:
        pairs = [predictive_values(sensitivity.value, specificity.value, p) for p in _PREVALENCES]
        lines.append(f"| {name} | " + " | ".join(f"{a:.3f}, {b:.3f}" for a, b in pairs) + " |")
    return lines


def _scores(tests: Sequence[Evaluation]) -> list[str]:
    lines: list[str] = []
    for e in (e for e in tests if e.score_precision):
        lines += (
            ["", f"{e.data}, {e.split}:", ""] if lines else ["## Score and precision", "", f"{e.data}, {e.split}:", ""]
        )
        lines += [
            "| score at least | boxes | right | lesions found | false a slice without one |",
            "|---|---|---|---|---|",
        ]
        lines += [
            f"| {p.threshold:.2f} | {p.boxes} | {p.precision:.3f} | {p.sensitivity:.3f} | {p.false_boxes:.3f} |"
            for p in e.score_precision
        ]
    return lines


def _head(title: str, e: Evaluation) -> list[str]:
    return [f"## {title}", "", f"{e.data}, {e.split}:", ""]


def _robustness(tests: Sequence[Evaluation]) -> list[str]:
    lines: list[str] = []
    for e in (e for e in tests if e.robustness):
        lines += ["", f"{e.data}, {e.split}:", ""] if lines else _head("Robustness", e)
        lines += ["| disturbance | level | value (95 % interval) |", "|---|---|---|"]
        lines += [f"| {r.disturbance} | {r.level} | {as_cell(r.figure)} |" for r in e.robustness]
        lines += ["", f"![The figure at each level of each disturbance]({ladder_plot(e)})"]
    return lines


def ladder_plot(e: Evaluation) -> str:
    """The name of the picture beside the card that shows the figures under disturbances."""
    return f"{e.model}-{e.data}-robustness.png"


def _subgroups(tests: Sequence[Evaluation]) -> list[str]:
    lines: list[str] = []
    for e in (e for e in tests if e.by):
        names = list(dict.fromkeys(k for f in e.by.values() for k in f))[:5]
        lines += (
            ["", f"{e.data}, {e.split}, by {e.by_column}:", ""]
            if lines
            else [
                "## Subgroups, the worst first",
                "",
                f"{e.data}, {e.split}, by {e.by_column}:",
                "",
            ]
        )
        lines += [f"| {e.by_column} | n | " + " | ".join(names) + " |", "|---" * (2 + len(names)) + "|"]
        for value, f in e.by.items():
            n = max((x.n for x in f.values()), default=0)
            lines.append(f"| {value} | {n} | " + " | ".join(as_cell(f.get(k)) for k in names) + " |")
    return lines


def _ablations(words: CardWords) -> list[str]:
    lines: list[str] = []
    if words.aims:
        lines += ["## Aims", "", *[f"- {aim}" for aim in words.aims]]
    if words.ablations:
        lines += ["", "## What was tried", ""] if lines else ["## What was tried", ""]
        lines += ["| change | figure on `val` | note |", "|---|---|---|"]
        lines += [f"| {a.change} | {a.figure} | {a.note} |" for a in words.ablations]
    return lines


def _limits(card: ModelCard, words: CardWords) -> list[str]:
    alike = [*card.look_alikes, *(x for c in card.concepts.values() for x in c.look_alikes)]
    return [
        "## Limits",
        "",
        *[f"- {limit}" for limit in (*card.limits, *words.limits)],
        *([f"- May look alike: {', '.join(dict.fromkeys(alike))}."] if alike else []),
        f"- Groups that the data does not name ({words.not_named}) could not be measured.",
        "",
        f"Licence of the weights: {card.licence}.",
    ]
