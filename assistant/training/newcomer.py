"""A new model after one that the manifest has: drafted before its training, settled after it (weights, row, card)."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from assistant.errors import InputError
from assistant.training.card import Printed, write_card
from assistant.training.data import read_index
from assistant.training.evaluate import evaluate
from assistant.training.pool import Progress
from assistant.training.publish import calibrated
from assistant.training.rows import add_row, classes_in, drafted_card, drafted_words
from assistant.training.train import opened
from assistant.vision.manifest import Manifest, ModelCard

__all__ = ["newcomer", "settle"]


def newcomer(manifest: Manifest, name: str, like: ModelCard, data_dirs: Sequence[Path]) -> ModelCard:
    """The card to train with. Raises InputError: the name, a class without a code, or no `val` rows to calibrate on."""
    rows = [r for folder in data_dirs for r in read_index(folder)]
    if not any(r.split == "val" for r in rows):
        raise InputError("None of the data folders has rows of the split 'val', which calibration needs.")
    return drafted_card(manifest, like, name, classes_in([r for r in rows if r.split == "train"], like.task))


def settle(
    card: ModelCard,
    like: ModelCard,
    weights: Path,
    data_dirs: Sequence[Path],
    weights_dir: Path,
    start: Path | None,
    run: Path,
    progress: Progress,
) -> str:
    """Calibrate on `val`, put the weights in place, write the row, and the card where a folder has a `test` split.

    Gives the sentence that says what there is now.
    """
    new = calibrated(card, weights, data_dirs, progress)
    shutil.copyfile(weights, weights_dir / new.weights)
    add_row(weights_dir / "manifest.toml", new)
    words = weights_dir / "cards" / f"{new.name}.toml"
    words.parent.mkdir(parents=True, exist_ok=True)
    if not words.is_file():
        words.write_text(drafted_words(new, like, start, data_dirs), encoding="utf-8")
    there = f"{new.weights}, its row in the manifest"
    tested = next((d for d in data_dirs if any(r.split == "test" for r in read_index(d))), None)
    if tested is None:
        return f"In place: {there}. No folder has a split 'test', so its card waits for `medvision evaluate`."
    found = evaluate(opened(new, weights), tested, "test", run, None, progress)
    readme = weights_dir.parent / "README.md"
    write_card(new, [Printed(evaluation=found)], weights_dir, readme if readme.is_file() else None, run=run)
    return f"In place: {there} and its card, cards/{new.name}.md; a person has to check the words of both."
