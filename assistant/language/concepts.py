"""Concepts, kinds, pictures and the manifest's texts in both languages; concepts also in plain words for the patient.

Read once from `prompts/concepts.toml`. What the table lacks is said in the English of the finding or of the manifest: a
model that lands tomorrow can be spoken of before anyone has translated it.
"""

import re
import tomllib
from functools import cache

from pydantic import Field

from assistant.domain.base import Frozen
from assistant.language.normal import folded, has_any, tokens
from assistant.language.phrasing import PROMPTS, Language

__all__ = [
    "ConceptWords",
    "concept_name",
    "concept_table",
    "in_language",
    "is_structure",
    "kind_name",
    "models_asked",
    "picture_name",
    "pictures_asked",
    "plain_about",
    "plain_name",
]


class ConceptWords(Frozen):
    """How one concept is said."""

    vi: str
    plain_en: str
    plain_vi: str
    about_en: str
    about_vi: str
    structure: bool = Field(default=False, description="anatomy that everyone has, no disease")


class PictureWords(Frozen):
    """How one kind of picture is said, and asked for."""

    vi: str
    asked: tuple[str, ...]


class ModelWords(Frozen):
    """How one model is asked for."""

    asked: tuple[str, ...]


class ConceptTable(Frozen):
    """The whole file."""

    concepts: dict[str, ConceptWords]
    kinds: dict[str, str]
    pictures: dict[str, PictureWords]
    models: dict[str, ModelWords]
    phrases: dict[str, str] = Field(description="English text of the manifest -> Vietnamese")


_WHOLE = re.compile(r"\d{1,3}(?:,\d{3})+|\d+")


@cache
def concept_table() -> ConceptTable:
    return ConceptTable.model_validate(tomllib.loads((PROMPTS / "concepts.toml").read_text("utf-8")))


def concept_name(concept: str, language: Language) -> str:
    words = concept_table().concepts.get(concept)
    return words.vi if words and language == "vi" else concept


def kind_name(kind: str, language: Language) -> str:
    """The name of a kind of a concept, such as meningioma."""
    return concept_table().kinds.get(kind, kind) if language == "vi" else kind


def plain_name(concept: str, language: Language) -> str:
    """A concept as one says it to a patient."""
    words = concept_table().concepts.get(concept)
    if words is None:
        return concept
    return words.plain_vi if language == "vi" else words.plain_en


def plain_about(concept: str, language: Language) -> str:
    """One plain sentence of what a concept is; '' where nobody wrote one."""
    words = concept_table().concepts.get(concept)
    if words is None:
        return ""
    return words.about_vi if language == "vi" else words.about_en


def is_structure(concept: str) -> bool:
    """Whether a concept is anatomy, whose presence says nothing of illness."""
    words = concept_table().concepts.get(concept)
    return words is not None and words.structure


def in_language(text: str, language: Language) -> str:
    """A text of the manifest, of intake or of quality; in English where no one has translated these very words.

    A key of the table may hold `#` for a whole number, or `*` for any words, which are translated where they can be.
    """
    if language != "vi":
        return text
    phrases = concept_table().phrases
    bare = text.rstrip(" ")
    if bare in phrases:
        return phrases[bare]
    numbers = iter(_WHOLE.findall(bare))
    pattern = phrases.get(_WHOLE.sub("#", bare))
    if pattern:
        return re.sub("#", lambda _: next(numbers).replace(",", "."), pattern)
    for starred, told in _starred():
        if match := starred.fullmatch(bare):
            first, *parts = told.split("*")
            words = (in_language(w, language) for w in match.groups())
            return first + "".join(w + part for w, part in zip(words, parts, strict=True))
    return text


@cache
def _starred() -> tuple[tuple[re.Pattern[str], str], ...]:
    """The phrases with `*`, the longest first."""
    found = sorted((p for p in concept_table().phrases.items() if "*" in p[0]), key=lambda p: -len(p[0]))
    return tuple((re.compile(r"(.{1,200}?)".join(re.escape(part) for part in k.split("*"))), vi) for k, vi in found)


def picture_name(kind: str, title: str, language: Language) -> str:
    """A kind of picture by the gate's name; `title` is what the manifest or the gate calls it."""
    words = concept_table().pictures.get(kind)
    return words.vi if words and language == "vi" else in_language(title, language)


def models_asked(words: str) -> tuple[str, ...]:
    """The models that a folded text asks for: those with the longest name in it."""
    return _asked(words, {name: w.asked for name, w in concept_table().models.items()})


def pictures_asked(words: str) -> tuple[str, ...]:
    """The kinds of picture that a folded text asks for: those with the longest name in it."""
    return _asked(words, {name: w.asked for name, w in concept_table().pictures.items()})


def _asked(words: str, table: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    lengths = {}
    for name, phrases in table.items():
        flat = [" ".join(tokens(folded(p))) for p in phrases]
        lengths[name] = max((len(p.split()) for p in flat if has_any(words, (p,))), default=0)
    longest = max(lengths.values(), default=0)
    return tuple(n for n, length in lengths.items() if longest and length == longest)
