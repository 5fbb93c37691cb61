"""What a whole sentence says that no finding holds, though each of its words is known: it is then denied.

The words of each rule stand in `prompts/ledger_rules.toml` under `[banks]`. None: nothing is denied here.
"""

import re
from collections.abc import Callable, Sequence

from assistant.domain.finding import Finding, Presence, ReviewState
from assistant.language.claims.banks import at_word, bank, words_in
from assistant.language.claims.denying_scope import SCOPE_RULES
from assistant.language.claims.facts import Holds, bands_of
from assistant.language.claims.framed import Checked, World, handles_of, task_of
from assistant.language.claims.ruling import names_alike, note_refused, other_words, versioned
from assistant.language.claims.vocabulary import Item, words_of

__all__ = ["denied"]

_REVIEWS = frozenset({"accepted", "rejected", "edited"})
_CAUSES = frozenset({"do", "vi", "boi", "boi vi"})
_SURE_AT_MOST = 0.05
"""An unsure band up to this share of an outline may be called no doubt at all."""


def denied(items: Sequence[Item], world: World, asked: bool) -> Checked | None:
    """A firm denial; None where no rule speaks."""
    flat = " ".join(i.text for i in items)
    for rule in (_presumed,) if asked else (*_RULES, *SCOPE_RULES):
        found = rule(items, flat, world)
        if found is not None:
            return Checked(Holds.NO, handles_of(found), firm=True, final=True)
    return None


def _kinds_in_set(items: Sequence[Item], flat: str, world: World) -> Sequence[Finding] | None:
    """ "Both X and Y stay in play at 90 % coverage", where one of them is outside the set."""
    kinds = {i.value for i in items if i.tag == "kind"}
    if not kinds or not at_word("set_cue", flat) or at_word("set_out", flat) or words_in("denials", flat):
        return None
    named = {i.value for i in items if i.tag == "handle"}
    found = [f for f in world.session.findings if f.kinds and (not named or f.handle in named)]
    inside = [f for f in found if kinds <= {k.name for k in f.kinds if k.in_set}]
    return found if found and not inside else None


def _reason(items: Sequence[Item], flat: str, world: World) -> Sequence[Finding] | None:
    """ "Rejected because of X", where the reader wrote no X."""
    if at_word("no_reason", flat):
        named = {i.value for i in items if i.tag == "handle"}
        return [f for f in world.session.findings if f.review.text and (not named or f.handle in named)] or None
    if not any(i.tag in _REVIEWS or at_word("decided", i.text) for i in items):
        return None
    told = next((n for n, i in enumerate(items) if i.tag == "cause" and i.text in _CAUSES), None)
    if cause := at_word("because", flat):
        ahead, behind = flat[: cause.start()], flat[cause.end() :]
    elif told is not None:
        ahead, behind = (" ".join(i.text for i in part) for part in (items[:told], items[told + 1 :]))
    else:
        return None
    behind = behind if at_word("decided", ahead) or not ahead.strip() else ahead
    if at_word("denials", behind) or at_word("reasons_of_state", behind):
        return None
    given = [w for w in words_of(behind) if w[0].isalpha() and w not in bank("empty_words")]
    reviewed = [f for f in world.session.findings if f.review.state is not ReviewState.UNREVIEWED]
    kept = {w for f in reviewed for w in words_of(f.review.text)}
    return reviewed if given and not all(w in kept or w in other_words(frozenset(kept)) for w in given) else None


def _every_image(items: Sequence[Item], flat: str, world: World) -> Sequence[Finding] | None:
    """ "At least one tumour in every picture", where one picture has none."""
    concepts = {i.value for i in items if i.tag == "concept"}
    tags = {i.tag for i in items}
    quiet = {"asked", "limit", "calibrated", "offer", "hypothetical", "cannot", "set", "indeterminate", "probability"}
    if len(concepts) != 1 or not at_word("every_image", flat) or at_word("denials", flat) or tags & quiet:
        return None
    if tags & {"absent", "unit", "correct", "missed", "excluded", "than", "less_than"}:
        return None
    found = [f for f in world.session.findings if f.concept in concepts]
    held = {f.image for f in found if f.presence is Presence.PRESENT}
    return found if found and {i.handle for i in world.session.images} - held else None


def _axes(items: Sequence[Item], flat: str, world: World) -> Sequence[Finding] | None:
    """ "The short axis is longer than the long one"."""
    more, less = at_word("longer_than", flat), at_word("shorter_than", flat)
    at = more or less
    if at is None or (more and less):
        return None
    ahead, behind = flat[: at.start()], flat[at.end() :]
    short, long = (bool(at_word(n, ahead)) for n in ("axis_short", "axis_long"))
    other = at_word("axis_long" if short else "axis_short", behind)
    if short is long or other is None or at_word("denials", flat):
        return None
    wrong = short if more else long
    return [f for f in world.session.findings if f.measurements] if wrong else None


def _no_doubt(items: Sequence[Item], flat: str, world: World) -> Sequence[Finding] | None:
    """ "The model hardly wavered along the outline", where its unsure band is wide; the same of an open answer."""
    doubt = at_word("wavering", flat)
    if doubt is None or not at_word("hardly", flat[: doubt.start()]) or any(i.tag == "number" for i in items):
        return None
    if at_word("drawing", flat):
        wide = [f for f in world.session.findings if any(b > _SURE_AT_MOST for b in bands_of(f))]
        return wide or None
    return [f for f in world.session.findings if f.presence is Presence.INDETERMINATE] or None


def _presumed(items: Sequence[Item], flat: str, world: World) -> Sequence[Finding] | None:
    """ "How far along is the retinopathy that you found?", where none was found."""
    concepts = {i.value for i in items if i.tag == "concept"}
    asks_of = at_word("asks_grade", flat) or at_word("you_found", flat)
    if not concepts or asks_of is None or at_word("whether", flat.replace(asks_of[0], "")):
        return None
    found = [f for f in world.session.findings if f.concept in concepts]
    there = {f.concept for f in found if f.presence is Presence.PRESENT}
    return found if concepts - there else None


def _not_sought(items: Sequence[Item], flat: str, world: World) -> Sequence[Finding] | None:
    """ "Cataract is not something the model looked for", where it was."""
    concepts = {i.value for i in items if i.tag == "concept"}
    looked = at_word("looked_for", flat)
    if not concepts or looked is None or at_word("and_else", flat) or not at_word("denials", flat[: looked.start()]):
        return None
    tags = {i.tag for i in items}
    if tags & {"absent", "alone", "nothing_else", "correct", "limit", "img", "cannot"}:
        return None
    found = [f for f in world.session.findings if f.concept in concepts]
    return found if found and len(concepts) == len({f.concept for f in found}) else None


def _talk(items: Sequence[Item], flat: str, world: World) -> Sequence[Finding] | None:
    """What was done with notes, signatures and dates, where none was kept."""
    findings, session = world.session.findings, world.session
    if at_word("denials", flat) and not at_word("signed_off", flat) and not at_word("you_refused", flat):
        return None
    if (
        at_word("note_word", flat)
        and (at_word("was_kept", flat) or at_word("you_refused", flat))
        and note_refused(world)
    ):
        return findings
    if at_word("signed_off", flat) and not session.signatures and not at_word("until", flat):
        return findings
    undated = all(i.source == "raster" and not i.header for i in session.images)
    return findings if undated and at_word("date_word", flat) and at_word("is_stored", flat) else None


def _map(items: Sequence[Item], flat: str, world: World) -> Sequence[Finding] | None:
    """A heat map that is trusted, though it deserves little, or that locates something."""
    if not at_word("heat_word", flat) or at_word("denials", flat[: _first(flat, "locating", "relying")]):
        return None
    if at_word("locating", flat):
        return world.session.findings
    if not at_word("relying", flat) or at_word("hardly", flat) or at_word("denials", flat):
        return None
    mapped = [f for f in world.session.findings if any(e.trust for e in f.evidence)]
    return mapped if mapped and all(e.trust.low for f in mapped for e in f.evidence if e.trust) else None


def _first(flat: str, *names: str) -> int:
    return min((at.start() for n in names if (at := at_word(n, flat))), default=0)


def _agree(items: Sequence[Item], flat: str, world: World) -> Sequence[Finding] | None:
    """ "Both the classifier and the detector call a tumour", where one of them does not."""
    sorts = {t for n, t in _SORTS if at_word(n, flat)}
    if len(sorts) < 2 or not at_word("both_models", flat) or not at_word("calling", flat):
        return None
    if at_word("denials", flat) or any(i.tag in ("number", "unit", "indeterminate", "absent", "asked") for i in items):
        return None
    images = {i.value for i in items if i.tag == "img"}
    found = [f for f in world.session.findings if task_of(f, world) in sorts and (not images or f.image in images)]
    return [f for f in found if f.presence is not Presence.PRESENT] or None


def _stranger(items: Sequence[Item], flat: str, world: World) -> Sequence[Finding] | None:
    """ "Caries can look like this and was never taught": a look-alike that no card names."""
    if not at_word("alike", flat) or not at_word("never_taught", flat) or at_word("health", flat):
        return None
    return world.session.findings if world.session.findings and not names_alike(flat, world) else None


def _never_healthy(items: Sequence[Item], flat: str, world: World) -> Sequence[Finding] | None:
    """ "The eye model was never shown a healthy eye", where its card says no such thing."""
    pictures = {i.value for i in items if i.tag == "picture"}
    if not pictures or not at_word("never_taught", flat) or not at_word("health", flat):
        return None
    words = [w for p, w in _OF_PICTURE.items() if p in pictures]
    cards = [c for c in world.cards if c.texts and any(w in c.texts[0] for w in words)]
    said = any("never shown a healthy" in t for c in cards for t in c.texts)
    return None if said or not cards else world.session.findings


def _excluded(items: Sequence[Item], flat: str, world: World) -> Sequence[Finding] | None:
    """ "X was ruled out", where it was not; "it may be X", of a type that is hardly possible."""
    tags = {i.tag for i in items}
    if at_word("denials", flat) or tags & {"asked", "limit", "cannot", "not_excluded", "number", "hypothetical"}:
        return None
    concepts, kinds = ({i.value for i in items if i.tag == t} for t in ("concept", "kind"))
    if "excluded" in tags and len(concepts) == 1 and not kinds:
        found = [f for f in world.session.findings if f.concept in concepts]
        return found if found and all(f.presence is not Presence.ABSENT for f in found) else None
    if "possible" not in tags or len(kinds) != 1 or tags & {"set", "correct", "missed", "remark", "box"}:
        return None
    found = [f for f in world.session.findings if any(k.name in kinds for k in f.kinds)]
    hardly = all(k.probability < _POSSIBLE_FROM for f in found for k in f.kinds if k.name in kinds)
    return found if found and hardly else None


_POSSIBLE_FROM = 0.2


def _version(items: Sequence[Item], flat: str, world: World) -> Sequence[Finding] | None:
    """A model's version that is another."""
    told = _VERSION.search(flat)
    if told is None:
        return None
    own = {f.model_version for f in versioned(flat, world)}
    return world.session.findings if own and told[1] not in own else None


_VERSION = re.compile(r"\b(?:version|release|ban|phien ban)\b(?: \w+){0,2}? (\d+(?: ?\. ?\d+)+)\b")
_OF_PICTURE = {"fundus": "eye", "mouth": "teeth", "brain_mri": "slice"}
_SORTS = (("box_model", "detect"), ("outline_model", "segment"), ("slice_model", "classify"))
_RULES: tuple[Callable[[Sequence[Item], str, World], Sequence[Finding] | None], ...] = (
    _kinds_in_set, _reason, _every_image, _axes, _no_doubt, _not_sought, _talk, _map, _agree, _stranger, _version,
    _never_healthy, _excluded,
)  # fmt: skip
