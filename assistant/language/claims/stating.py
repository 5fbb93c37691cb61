"""What an atom states of the session as a whole: how many there are, what a file holds, how good a model is."""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from assistant.domain.finding import ReviewState
from assistant.domain.geometry import SpacingSource
from assistant.domain.image import ImageFacts
from assistant.domain.report import digest_of
from assistant.domain.session import Session
from assistant.language.claims.atom import Atom, Polarity, Quantity
from assistant.language.claims.beyond import PARTS
from assistant.language.claims.facts import CardWords, Holds, counted
from assistant.language.claims.weighing import is_share, near

__all__ = ["Stated", "stated_of"]

_PICTURE_SIZE = re.compile(r"\b(?:pixel|px) (?:image|picture|photograph|slice)\b")


@dataclass(frozen=True, slots=True)
class Stated:
    """One thing said of session, file or model. `used`: the numbers that it accounts for."""

    holds: Holds
    why: str
    what: str = ""
    used: tuple[Quantity, ...] = ()
    of_image: bool = True


def stated_of(
    atom: Atom, session: Session, cards: Iterable[CardWords], images: Sequence[ImageFacts], known: int
) -> list[Stated]:
    """Counts, facts of files, signatures and measured figures. `known`: how many things are being spoken of."""
    found = [*_file(atom, images), *_signed(atom, session), *_figures(atom, cards)]
    used = {id(q) for s in found for q in s.used}
    return found + [s for q in atom.quantities if id(q) not in used and (s := _count(atom, q, session, images, known))]


def _file(atom: Atom, images: Sequence[ImageFacts]) -> list[Stated]:
    found: list[Stated] = []
    without = atom.has("unknown_fact", "neg", "cannot", "indeterminate")
    if atom.has("hypothetical"):
        return []
    if atom.has("spacing"):
        said = [q for q in atom.quantities if q.unit in ("mm", "cm")]
        by_file = "file" in atom.words or "tep" in atom.words
        scaled = [i.spacing for i in images if i.spacing and not (by_file and i.spacing.source is SpacingSource.USER)]
        values = [(s.row_mm, s.column_mm) for s in scaled]
        if said:
            fits = all(any(near(q, v, 10.0 if q.unit == "cm" else 1.0) for pair in values for v in pair) for q in said)
            found.append(Stated(Holds.YES if fits else Holds.NO, "why_no_file", "spacing", tuple(said)))
        else:
            found.append(Stated(_as(bool(values) is not without), "why_no_file", "spacing"))
    if atom.has("orientation"):
        known = any(i.orientation is not None for i in images)
        found.append(Stated(_as(known is not without), "why_no_file", "orientation"))
    if {"scanner", "manufacturer"} & set(atom.words) and {"states", "stated", "names", "gives"} & set(atom.words):
        named = any(i.header.get("Manufacturer") or i.header.get("ManufacturerModelName") for i in images)
        found.append(Stated(_as(named is not without), "why_no_file", "scanner"))
    if atom.has("readable"):
        found.append(Stated(_as(any(i.quality.readable is not without for i in images)), "why_no_file", "readable"))
    found += _qualities(atom, images)
    for tag, channels in (("grey", 1), ("colour", 3)):
        if atom.has(tag):
            found.append(Stated(_as(any(i.channels == channels for i in images)), "why_no_file", tag))
    for picture in atom.values("picture"):
        kinds = [i.admission.kind for i in images if i.admission is not None]
        if atom.has("asked", "remark", "limit", "offer"):
            continue
        holds = (
            Holds.UNKNOWN
            if not kinds
            else _as((picture in kinds) is not (atom.has("neg") and not atom.has("concept", "kind")))
        )
        if holds is Holds.YES and not atom.has("neg") and _only_parts(atom):
            continue
        found.append(Stated(holds, "why_no_file", picture))
    for q in atom.quantities:
        if q.unit == "bit":
            found.append(Stated(_as(any(i.bits_stored == q.number.value for i in images)), "why_no_file", q.text, (q,)))
        if q.unit in ("tesla", "ms") or atom.has("header"):
            values_ = {v for i in images for v in i.header.values()}
            holds = _as(any(_number(v) == q.number.value for v in values_))
            found.append(Stated(holds, "why_no_file", q.text, (q,)))
        in_image = (
            q.unit == "px" and atom.has("image", "img", "it") and not atom.has("region", "box", "mask", "finding")
        )
        if q.unit == "px" and _PICTURE_SIZE.search(" ".join(atom.words)):
            holds = _as(any(q.number.value in i.size_rc for i in images))
            found.append(Stated(holds, "why_no_file", q.text, (q,)))
        elif in_image and any(q.number.value in i.size_rc for i in images):
            found.append(Stated(Holds.YES, "why_no_file", q.text, (q,)))
    return found


def _only_parts(atom: Atom) -> bool:
    """Whether a picture is named by nothing but what it is of: "the teeth", "mắt" say of no image what it is."""
    named = {i.text for i in atom.items if i.tag == "picture"}
    return named <= PARTS and not atom.has("image", "img")


def _qualities(atom: Atom, images: Sequence[ImageFacts]) -> Iterator[Stated]:
    """Sharpness and contrast, each number with the word that it stands nearest to."""
    words = [(n, i.tag) for n, i in enumerate(atom.items) if i.tag in ("sharpness", "contrast")]
    if not words:
        return
    places = [n for n, i in enumerate(atom.items) if i.number is not None]
    for at, q in zip(places, atom.quantities, strict=False):
        measured = min(words, key=lambda w: abs(w[0] - at))[1]
        scale = 0.01 if q.unit == "percent" else 1.0
        known = [i.quality.sharpness if measured == "sharpness" else i.quality.contrast for i in images]
        fits = any(near(q, v, scale) or float(f"{v:.3g}") == q.number.value for v in known)
        yield Stated(_as(fits), "why_no_file", q.text, (q,))


def _signed(atom: Atom, session: Session) -> list[Stated]:
    if not atom.has("signed", "unsigned") or "button" in atom.words:
        return []
    signed = bool(session.signatures) and session.signatures[-1].digest == digest_of(session)
    says = atom.has("signed") and not atom.has("neg", "unsigned")
    return [Stated(_as(signed is says), "why_review", "signature")]


def _figures(atom: Atom, cards: Iterable[CardWords]) -> list[Stated]:
    """Measured figures of a model, by their name."""
    words = f" {' '.join(atom.words)} "
    found: list[Stated] = []
    for card in cards:
        for name, value in card.figures.items():
            if f" {name.replace('_', ' ')} " not in words:
                continue
            said = [q for q in atom.quantities if is_share(q)]
            fits = all(near(q, value, 0.01 if q.unit == "percent" else 1.0) for q in said)
            found.append(Stated(_as(fits), "why_number", name, tuple(said), of_image=False))
    best = min(found, key=lambda s: s.holds, default=None)
    return [best] if best else []


def _count(atom: Atom, q: Quantity, session: Session, images: Sequence[ImageFacts], known: int) -> Stated | None:
    """A whole number without a unit counts something, or it is held by nothing."""
    if is_share(q) or q.unit in ("mm", "cm", "mm2", "cm2", "px") or (not q.unit and atom.has("coordinate")):
        return None
    if q.unit or q.number.decimals or math.isnan(q.number.value):
        return Stated(Holds.UNKNOWN, "why_no_number", q.text, (q,))
    concept = next(iter(atom.values("concept")), None) if q.noun not in ("image", "finding", "model") else None
    image = images[0].handle if len(images) == 1 and len(session.images) > 1 else None
    noun = "region" if q.noun in ("concept", "kind", "seen") else q.noun
    if not noun:
        fits = q.number.value in (known, len(session.findings), len({f.concept for f in session.findings}))
        return Stated(_as(fits) if fits else Holds.UNKNOWN, "why_no_number", q.text, (q,))
    there = counted(session, concept, image, noun)
    if noun == "finding":
        reviewed = _by_review(atom, session, image)
        there = reviewed if reviewed is not None else there | _by_presence(atom, session, concept, image)
        if reviewed is None and atom.has("seen") and not atom.has("neg", "asked", "absent"):
            there = counted(session, concept, image, "present")
    value = int(q.number.value)
    fits = value in there
    if q.how in ("above", "below"):
        fits = any(n >= value if q.how == "above" else n <= value for n in there)
    return Stated(_as(fits), "why_count", q.text, (q,))


def _by_presence(atom: Atom, session: Session, concept: str | None, image: str | None) -> set[int]:
    """ "two findings are present": counted by what is said of them."""
    said = [t for t in ("present", "absent", "indeterminate") if atom.has(t)]
    if not said and ("co" in atom.words[-1:] or " la co " in f" {' '.join(atom.words)} "):
        said = ["present"]
    if not said and atom.polarity is Polarity.ABSENT:
        said = ["absent"]
    return counted(session, concept, image, said[0]) if len(said) == 1 else set()


def _by_review(atom: Atom, session: Session, image: str | None) -> set[int] | None:
    """ "all three were reviewed": counted by what a person decided; None where nothing of the kind is said."""
    if not atom.has("reviewed", "unreviewed", "accepted", "rejected", "edited") or atom.has("remark", "hypothetical"):
        return None
    there = [f for f in session.findings if image is None or f.image == image]
    negated = sum(i.tag == "neg" for i in atom.items) % 2 == 1
    if atom.has("reviewed", "unreviewed"):
        open_ = atom.has("unreviewed") is not negated or (negated and not atom.has("unreviewed"))
        held = [f for f in there if (f.review.state is ReviewState.UNREVIEWED) is open_]
    else:
        states = {ReviewState(s) for s in ("accepted", "rejected", "edited") if atom.has(s)}
        held = [f for f in there if (f.review.state in states) is not negated]
    return {len(held)}


def _as(fits: bool) -> Holds:
    return Holds.YES if fits else Holds.NO


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
