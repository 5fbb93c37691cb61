"""A model that the manifest does not have yet, made after one that it has: its row, and the first words of its card.

What is drafted here claims nothing that the data does not say: the model's own classes, and that a person has still to
write what it does not look for and what looks alike. A class becomes a concept only where its code is known.
"""

import json
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

from assistant.domain.codes import CODES
from assistant.errors import InputError, ModelError
from assistant.training.data import Row
from assistant.training.publish import as_toml
from assistant.vision.manifest import Manifest, ModelCard, card_of_row

__all__ = ["add_row", "classes_in", "drafted_card", "drafted_words"]

_NAME = re.compile(r"[a-z][a-z0-9_]{2,39}")
_UNCHECKED = "This row was drafted by `medvision train`: a person has to write what it does not look for."
_SAME = ("kinds", "task", "pattern_only", "frame", "input_size", "mean", "std", "coverage")


def classes_in(rows: Sequence[Row], task: str) -> tuple[str, ...]:
    """The classes that labelled rows name, sorted; of a detector, those of its boxes; of a segmenter, none."""
    if task == "segment":
        return ()
    if task == "detect":
        return tuple(sorted({b.label for r in rows for b in r.boxes}))
    names = {n for r in rows for n in (r.cells.get("all_labels") or r.label).split("|")}
    return tuple(sorted(n for n in names if n))


def drafted_card(manifest: Manifest, like: ModelCard, name: str, classes: Sequence[str]) -> ModelCard:
    """A card for `name` with the architecture, the kinds of picture and the frame of `like`.

    A segmenter keeps the concept of `like`; so does a model whose data has the classes of `like` under their own names
    or those that its labels map. Raises InputError for a name that is taken or is none, and for a class without a code.
    """
    if not _NAME.fullmatch(name):
        raise InputError("A model's name is 3 to 40 small letters, digits and underscores, a letter first.")
    if any(c.name == name for c in manifest.cards):
        raise InputError(f"There is a model called '{name}' already; leave --like out to train that one.")
    if like.task == "gate":
        raise InputError("The gate is no model of a disease; name another with --like.")
    mapped = {like.labels.get(c, c) for c in classes}
    row: dict[str, object] = {
        "title": name.replace("_", " ").capitalize(),
        "version": "0.1.0",
        "weights": f"{name}.safetensors",
        "sha256": "0" * 64,
        "network": like.network or like.name,
        **{k: getattr(like, k) for k in _SAME},
        "licence": "as the training data has it; not stated yet",
    }
    if like.task == "segment" or mapped == set(like.classes):
        row |= {"classes": like.classes, "labels": dict(like.labels), "concept": like.concept}
        row |= {"code": _key_of(like), "positive": like.positive, "probability_of": like.probability_of}
        concepts = {
            c: {
                "concept": of.concept,
                "code": next(k for k, v in CODES.items() if v == of.code),
                "probability_of": of.probability_of,
            }
            for c, of in like.concepts.items()
        }
        said = [of.concept for of in like.concepts.values()] or [like.concept]
    else:
        if not like.concepts:
            raise InputError(
                f"{like.title} tells {' from '.join(like.classes)}; the data has the classes {', '.join(classes)}."
                " Name a model of several concepts with --like, or let the labels be those."
            )
        if unknown := [c for c in classes if c not in (*CODES, *like.concepts, "normal")]:
            raise InputError(
                f"No code is known for the class(es) {', '.join(unknown)}: add each to assistant/domain/codes.py, with"
                " who checked it, or rename the label to one that stands there."
            )
        shown = [c for c in classes if c != "normal"]
        said = [like.concepts[c].concept if c in like.concepts else c.replace("_", " ") for c in shown]
        row |= {"classes": tuple(classes), "concept": like.concept, "code": _key_of(like)}
        concepts = {
            c: {"concept": words, "code": _code_of(c, like), "probability_of": f"that this picture shows {words}"}
            for c, words in zip(shown, said, strict=True)
        }
    listed = ", ".join(said[:-1]) + (" and " if len(said) > 1 else "") + said[-1]
    row |= {
        "scope": f"one picture, for {listed} alone",
        "looks_for": f"{listed} in one picture",
        "not_looked_for": f"anything but {listed}, and anything outside this picture",
        "limits": (_UNCHECKED,),
        "concepts": concepts,
    }
    return card_of_row(name, {k: v for k, v in row.items() if v not in (None, "", {}, ())})


def _code_of(name: str, like: ModelCard) -> str:
    of = like.concepts.get(name)
    return name if of is None else next(k for k, v in CODES.items() if v == of.code)


def _key_of(card: ModelCard) -> str | None:
    return next((k for k, v in CODES.items() if v == card.code), None)


def add_row(manifest_file: Path, card: ModelCard) -> None:
    """Append the card's row, its measured lines and its concepts' tables. Raises ModelError where it has one."""
    text = manifest_file.read_text(encoding="utf-8")
    if card.name in tomllib.loads(text).get("models", {}):
        raise ModelError(f"The manifest has a row for '{card.name}' already.")
    lines = [f"[models.{card.name}]"]
    several = bool(card.concepts) and card.task == "classify"
    measured = {"sha256", "temperature"}
    measured |= set() if several else {"slope", "intercept", "threshold", "threshold_why", "prevalence"}
    measured |= set() if several else {"conformal_quantile"}
    always = measured - ({"slope", "intercept"} if card.task == "classify" else set())
    always -= {"temperature"} if card.task == "segment" else set()
    plain = card.model_dump(exclude={"name", "concepts", "code", "metrics"})
    default = ModelCard.model_fields
    for key, value in plain.items():
        if value is not None and (key in always or (value != default[key].default and value not in ((), {}))):
            lines.append(f"{key} = {as_toml(value)}" + ("  # measured" if key in measured else ""))
    if (code := _key_of(card)) is not None:
        lines.append(f"code = {json.dumps(code)}")
    for name, of in card.concepts.items():
        lines += ["", f"[models.{card.name}.concepts.{name}]", f"concept = {json.dumps(of.concept)}"]
        lines.append(f"code = {json.dumps(next(k for k, v in CODES.items() if v == of.code))}")
        if several:
            for key in ("slope", "intercept", "threshold", "threshold_why", "conformal_quantile", "prevalence"):
                if (value := getattr(of, key)) is not None:
                    lines.append(f"{key} = {as_toml(value)}  # measured")
        lines.append(f"probability_of = {json.dumps(of.probability_of)}")
    manifest_file.write_text(text.rstrip("\n") + "\n\n" + "\n".join(lines) + "\n", encoding="utf-8")


def drafted_words(card: ModelCard, like: ModelCard, start: Path | None, data_dirs: Sequence[Path]) -> str:
    """The first text of `cards/NAME.toml`: what is known, and that the rest is not written yet."""
    lines = [
        "# What a person says of the model; drafted by `medvision train`, to be written by a person.",
        f"what = {json.dumps(f'architecture of {like.network or like.name}, trained here on other pictures')}",
        f"start = {json.dumps(f'`{start.name}`' if start is not None else 'the weights that timm gives')}",
    ]
    for folder in data_dirs:
        lines += ["", "[[data]]", f"name = {json.dumps(folder.resolve().name)}"]
        lines += ['origin = "not stated yet"', 'licence = "not stated yet"']
    return "\n".join(lines) + "\n"
