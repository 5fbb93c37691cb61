"""What a whole sentence says of counts, images, models and scope, though the session holds another."""

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from assistant.domain.finding import Finding, Presence, ReviewState
from assistant.language.claims.banks import at_word, without
from assistant.language.claims.framed import World, task_of
from assistant.language.claims.vocabulary import Item

__all__ = ["SCOPE_RULES"]

_Rule = Callable[[Sequence[Item], str, World], Sequence[Finding] | None]
_SORTS = (("box_model", "detect"), ("outline_model", "segment"), ("slice_model", "classify"))
_STATES = {s.value: s for s in ReviewState}
_READ = frozenset({"brain_mri", "fundus", "mouth"})
_DOWNWARD = re.compile(r"\b(\d+) (?:to|until|toi|den|–|-) (?:pixel )?(\d+)\b")
_JOINT = re.compile(r" (?:while|whereas|but|and|though|although|trong khi|con|nhung|thi con|,) ")


def _coordinates(items: Sequence[Item], flat: str, world: World) -> Sequence[Finding] | None:
    """Columns and rows run upwards, and in pixels."""
    if not at_word("axis_named", flat):
        return None
    down = any(int(m[1]) > int(m[2]) for m in _DOWNWARD.finditer(flat))
    metric = any(i.tag == "unit" and i.value in ("mm", "cm") for i in items)
    return world.session.findings if down or metric else None


def _wider(items: Sequence[Item], flat: str, world: World) -> Sequence[Finding] | None:
    """ "It isn't limited to one slice"."""
    told = at_word("not_only", flat)
    single = told is not None and (at_word("single_slice", flat[told.end() :]) or at_word("single_photo", flat))
    return world.session.findings if single and at_word("rests", flat) else None


def _review_count(items: Sequence[Item], flat: str, world: World) -> Sequence[Finding] | None:
    """ "Two findings await review", where one does."""
    if any(i.tag in ("handle", "concept", "kind", "img", "box", "mask") for i in items) or at_word("and_else", flat):
        return None
    tags = {i.tag for i in items}
    told = [s for s in _STATES if s in tags]
    counts = [
        one.number.value if one.number is not None else 5.0
        for one, two in pairwise(items)
        if two.tag == "finding" and (one.number is not None or one.text == "nam")
    ]
    if at_word("awaiting", flat):
        told = ["unreviewed"]
    done = not told and at_word("review_done", flat) is not None
    if len(counts) != 1 or not (done or len(told) == 1) or (told != ["unreviewed"] and at_word("denials", flat)):
        return None
    there = [
        f
        for f in world.session.findings
        if (f.review.state is not ReviewState.UNREVIEWED if done else f.review.state is _STATES[told[0]])
    ]
    return None if len(there) == counts[0] else world.session.findings


def _look_count(items: Sequence[Item], flat: str, world: World) -> Sequence[Finding] | None:
    """ "Only two diseases were looked for", where the model knows three."""
    if not at_word("considered", flat) or not at_word("only_these", flat):
        return None
    counts = [
        one.number.value for one, two in pairwise(items) if one.number is not None and at_word("disease_word", two.text)
    ]
    images = {i.value for i in items if i.tag == "img"}
    ran = {f.model for f in world.session.findings if not images or f.image in images}
    known = {len(c.concepts) for c in world.cards if c.name in ran}
    return world.session.findings if counts and known and not set(counts) <= {float(k) for k in known} else None


def _kinds_of_images(items: Sequence[Item], flat: str, world: World) -> Sequence[Finding] | None:
    """ "img1 is a mouth, img2 an eye", the other way round."""
    told: list[tuple[str, str]] = []
    image, plain = "", True
    for item in items:
        if item.tag == "img":
            image, plain = item.value, True
        elif item.tag == "picture" and image and plain:
            told, image = [*told, (image, item.value)], ""
        elif item.tag not in ("glue", "image", "seen", "sign", "remark"):
            plain = False
    own = {i.handle: i.admission.kind for i in world.session.images if i.admission is not None}
    kinds = {i.value for i in items if i.tag == "picture"}
    if len(kinds) == 1 and _of_all_images(items, len(own)):
        return world.session.findings if set(own.values()) != kinds else None
    if len(told) < 2 or at_word("denials", flat):
        return None
    return world.session.findings if any(own.get(i, k) != k for i, k in told) else None


def _of_all_images(items: Sequence[Item], images: int) -> bool:
    """Whether nothing is said but what every image is of."""
    if any(i.tag not in ("glue", "image", "seen", "number", "picture", "of_picture", "both") for i in items):
        return False
    return images > 1 and any(i.number is not None and i.number.value == images for i in items)


def _model_calls(items: Sequence[Item], flat: str, world: World) -> Sequence[Finding] | None:
    """ "The detector sees a tumour on img1 while the classifier does not", where it sees none."""
    if any(i.tag in ("asked", "correct", "missed", "set", "cannot", "hypothetical") for i in items):
        return None
    images = {i.value for i in items if i.tag == "img"}
    pool = [f for f in world.session.findings if not images or f.image in images]
    cuts = list(_JOINT.finditer(flat))
    parts = [p for j in cuts for p in (flat[: j.start()], flat[j.end() :])] or [flat]
    if any(i.tag == "number" for i in items) and not (at_word("found_tumour", flat) and not cuts):
        return None
    for part in parts:
        sorts = [t for n, t in _SORTS if at_word(n, part)]
        calls = at_word("sees_it", without("box_model", without("outline_model", part)))
        if len(sorts) != 1 or calls is None or at_word("denials", part) or at_word("is_open", part):
            continue
        found = [f for f in pool if task_of(f, world) == sorts[0]]
        if found and not any(f.presence is Presence.PRESENT for f in found):
            return found
    return None


def _box_apiece(items: Sequence[Item], flat: str, world: World) -> Sequence[Finding] | None:
    """ "Each image holds a box", where one holds none."""
    tags = {i.tag for i in items}
    if not at_word("every_image", flat) or not at_word("holds_box", flat) or at_word("denials", flat):
        return None
    if tags & {"unit", "asked", "limit", "probability", "calibrated", "hypothetical", "correct"}:
        return None
    task = "segment" if "mask" in tags else "detect"
    drawn = {f.image for f in world.session.findings if f.region is not None and task_of(f, world) == task}
    ran = any(task_of(f, world) == task for f in world.session.findings)
    return world.session.findings if ran and {i.handle for i in world.session.images} - drawn else None


def _read_refused(items: Sequence[Item], flat: str, world: World) -> Sequence[Finding] | None:
    """A refused picture that was read, or a kind that is read and is said not to be."""
    images = {i.value for i in items if i.tag == "img"}
    kinds = {i.value for i in items if i.tag == "picture"}
    refused = {i.handle for i in world.session.images if i.admission is not None and not i.admission.admitted}
    if images and images <= refused and at_word("was_read", flat) and not at_word("denials", flat):
        return world.session.findings
    gates = {i.admission.kind for i in world.session.images if i.admission is not None and not i.admission.admitted}
    if kinds and at_word("turned_away", flat) and not at_word("denials", flat) and not kinds <= gates:
        return world.session.findings
    verb = at_word("reads_verb", flat)
    if images or not kinds or not kinds <= _READ or verb is None or at_word("and_else", flat):
        return None
    return world.session.findings if at_word("denials", flat[: verb.end()]) else None


SCOPE_RULES: tuple[_Rule, ...] = (
    _coordinates, _wider, _review_count, _look_count, _kinds_of_images, _model_calls, _box_apiece, _read_refused,
)  # fmt: skip
