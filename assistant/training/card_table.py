"""The README's table of models, written between two comments from the same figures as the cards."""

from collections.abc import Sequence

from assistant.errors import InputError
from assistant.training.card_gate import GateFigures
from assistant.training.card_words import CardFigures, CardWords
from assistant.vision.manifest import Figure, ModelCard

__all__ = ["BEGIN", "END", "table_of", "with_table"]

BEGIN = "<!-- models: written by `medvision card`, not by hand -->"
END = "<!-- end of models -->"

_NAMES = {
    "auc": "AUC",
    "macro_auc": "macro AUC",
    "mean_iou": "mean IoU",
    "map50": "mAP50",
    "dice": "Dice",
    "box_class_accuracy": "class right",
}
_SHOWN = {
    "classify": ("auc", "macro_auc", "accuracy", "balanced_accuracy"),
    "detect": ("mean_iou", "map50", "box_class_accuracy"),
    "segment": ("dice", "auc"),
}


def table_of(rows: Sequence[tuple[ModelCard, CardWords | None, CardFigures | GateFigures]]) -> str:
    """One row a source of figures."""
    lines = ["| model | what | figure (95 % interval, n) | printed by |", "|---|---|---|---|"]
    notes: list[str] = []
    for card, words, figures in rows:
        if isinstance(figures, GateFigures):
            lines.append(_gate_row(card, figures))
            continue
        name, what = f"`{card.name}` {card.version}", words.what if words is not None else card.title
        if figures.folds is not None:
            e = figures.folds.evaluation
            lines.append(
                f"| {name} | {what} | {e.data}, {e.split}: {_told(card, e.metrics)} |"
                f" `medvision evaluate {card.name} --data DIR... --folds --json` |"
            )
            name, what = "", "the shipped weights on pictures never trained on"
        for e in figures.evaluations:
            told = _told(card, e.metrics)
            if e.split != "test" or not told:
                continue
            lines.append(
                f"| {name} | {what} | {e.data} `{e.split}`: {told} |"
                f" `medvision evaluate {card.name} --data {e.data} --split {e.split} --json` |"
            )
            name, what = "", "the same, other pictures"
        if words is not None and words.readme_note:
            notes.append(f"`{card.name}`: {words.readme_note}")
    return "\n".join([*lines, *(x for note in notes for x in ("", note))])


def _told(card: ModelCard, metrics: dict[str, Figure]) -> str:
    shown = [(k, metrics[k]) for k in _SHOWN.get(card.task, ()) if k in metrics]
    return ", ".join(
        f"{_NAMES.get(k, k.replace('_', ' '))} {f.value:.3f} ({f.low:.3f} to {f.high:.3f}, {f.n})" for k, f in shown
    )


def _gate_row(card: ModelCard, figures: GateFigures) -> str:
    told = "; ".join(
        f"`{e.split}`: false refusals {e.refused_overall.value:.1%} of {e.refused_overall.n}, other kinds admitted"
        f" {e.admitted_overall.value:.1%} of {e.admitted_overall.n}"
        for e in figures.evaluations
        if e.split != "val"
    )
    page = f"[card](weights/cards/{card.name}.md)"
    return f"| `{card.name}` {card.version} | kind of picture: admit or refuse | {told} | {page} |"


def with_table(readme: str, table: str) -> str:
    """The README with its table between the two comments. Raises InputError where they are missing."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise InputError(f"The README lacks the two comments {BEGIN} and {END} that the table stands between.")
    return f"{before}{BEGIN}\n{table}\n{END}{after}"
