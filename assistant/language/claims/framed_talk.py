"""What a framed sentence says beside findings: of files, of how good a model is, of scope, of the talk itself."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from assistant.domain.image import ImageFacts
from assistant.language.claims.banks import at_word
from assistant.language.claims.facts import CardWords, Holds, Rates
from assistant.language.claims.framed import Checked, World, named
from assistant.language.claims.framing import Amount, Said, as_holds, fits
from assistant.language.claims.standing import flat

__all__ = ["TALK_CHECKS"]

_MEASURED = re.compile(r"(AUC|accuracy) (\d[\d.]*) \(95 % interval (\d[\d.]*) to (\d[\d.]*), (\d+) pictures\)")
_FIGURES = (
    "sensitivity",
    "missed",
    "specificity",
    "false_alarm",
    "positive_right",
    "negative_right",
    "auc",
    "accuracy",
)
_Triple = tuple[float, float, float]


@lru_cache(maxsize=64)
def _measured(card: CardWords) -> Mapping[str, tuple[_Triple, int]]:
    """AUC and accuracy of the whole model with their interval, and on how many pictures."""
    own = next((s for s in card.sentences if "measured:" in s), "")
    return {
        name.lower(): ((float(value), float(low), float(high)), int(n))
        for name, value, low, high, n in _MEASURED.findall(own)
    }


def rates(said: Said, world: World) -> Checked | None:
    """How often a model is right, as its card measured it."""
    ran = {f.model for f in world.session.findings}
    concepts = said.values("concept")
    cards = [c for c in world.cards if c.name in ran and c.task == "classify" and c.rates]
    cards = [c for c in cards if not concepts or all(k in c.rates for k in concepts)]
    told = [m for m in _FIGURES if said.mark(m)]
    if said.mark("right_on") and told in ([], ["accuracy"]):
        told = ["specificity" if said.mark("without") else "accuracy"]
    if len(cards) != 1 or not said.amounts or said.mark("of_box") or said.mark("of_outline"):
        return None
    (card,) = cards
    own = {k: r for k, r in card.rates.items() if not concepts or k in concepts}
    shares = list(said.shares)
    pictures = {r.pictures for r in own.values()} | {n for _, n in _measured(card).values()}
    if len(told) != 1 and not said.mark("tested"):
        return None
    if any(a.unit or not any(fits(a, n) for n in pictures) for a in said.counts):
        return Checked(Holds.NO, general=True)
    if any(a.unit not in ("share", "") for a in said.amounts):
        return None
    if not shares and not told:
        return Checked(Holds.YES, general=True) if said.counts and said.mark("tested") else None
    if len(told) != 1 or not shares:
        return None
    if told[0] in ("auc", "accuracy"):
        known = _measured(card).get(told[0])
        if known is None or concepts[:1] not in ((), card.concepts[:1]):
            return None
        return Checked(as_holds(_as_told(said, shares, known[0])), general=True)
    if len(own) != 1:
        return None
    rate = next(iter(own.values()))
    if told[0] in ("positive_right", "negative_right"):
        return _answer(said, shares, rate, told[0])
    without = said.mark("without")
    if without is (told[0] in ("sensitivity", "missed")) and without:
        return Checked(Holds.NO, general=True)
    base = rate.sensitivity if told[0] in ("sensitivity", "missed") else rate.specificity
    if told[0] in ("missed", "false_alarm"):
        base = (1 - base[0], 1 - base[2], 1 - base[1])
    return Checked(as_holds(_as_told(said, shares, base)), general=True)


def _as_told(said: Said, shares: list[Amount], known: _Triple) -> bool:
    """The figure, its interval, or both, in that order; "95 %" is the interval's own."""
    value, low, high = known
    if said.mark("interval") and len(shares) > 1:
        own = next((s for s in shares if abs(s.value - 0.95) < 1e-9), None)
        shares = [s for s in shares if s is not own]
    forms = ([value], [low, high], [value, low, high])
    if said.mark("interval") and len(shares) == 1:
        return False
    return any(len(f) == len(shares) and all(fits(s, v) for s, v in zip(shares, f, strict=True)) for f in forms)


def _answer(said: Said, shares: Sequence[Amount], rate: Rates, told: str) -> Checked | None:
    """ "At a prevalence of 10 %, a positive call is correct 59 % of the time"."""
    where = said.frame.marks["where"].search(said.flat)
    if where is None or len(shares) != 2:
        return None
    first = said.flat.find(_text_of(said, shares[0]))
    second = said.flat.find(_text_of(said, shares[1]), first + 1)
    swapped = where.start() > first and where.start() < second
    share, right = (shares[1], shares[0]) if swapped else (shares[0], shares[1])
    p, sensitivity, specificity = share.value, rate.sensitivity[0], rate.specificity[0]
    if not 0 < p < 1:
        return None
    if told == "positive_right":
        worth = sensitivity * p / (sensitivity * p + (1 - specificity) * (1 - p))
    else:
        worth = specificity * (1 - p) / (specificity * (1 - p) + (1 - sensitivity) * p)
    return Checked(as_holds(fits(right, 1 - worth if said.mark("wrong") else worth)), general=True)


def _text_of(said: Said, share: Amount) -> str:
    plain = [i for i in said.items if i.tag != "sign"]
    return plain[share.at].text


def files(said: Said, world: World) -> Checked | None:
    """What a file states or does not, its size and quality, and what the gate took it for."""
    named_images = said.values("img")
    if not named_images and len(world.session.images) > 1:
        named_images = ("img2",) if said.mark("second_file") else ("img1",) if said.mark("first_file") else ()
    images = [i for i in world.session.images if not named_images or i.handle in named_images]
    if not images:
        return None
    if said.mark("ordinary_photo"):
        images = images if named_images else [i for i in images if i.admission and i.admission.kind == "photo"]
        photo = bool(images) and all(i.admission is not None and i.admission.kind == "photo" for i in images)
        sure = all(any(i.admission and fits(s, i.admission.probability or 0.0) for i in images) for s in said.shares)
        if set(said.values("picture")) - {"plain_photo"} or said.counts or said.mark("denied"):
            return None
        return Checked(as_holds(photo and sure))
    facts = [_file_facts(said, i) for i in images]
    if any(not f for f in facts):
        return None
    return Checked(as_holds(all(all(f) for f in facts)))


def _file_facts(said: Said, image: ImageFacts) -> list[bool]:
    """Each thing that is said of one file, and whether it is so; empty where something of it is not understood."""
    found: list[bool] = []
    denied = said.mark("denied") and (said.has("neg") or said.has("unknown_fact"))
    rows, columns = image.size_rc
    amounts = [a for a in said.amounts if a.unit or a.value != 1]
    for tag, value in (("sharpness", image.quality.sharpness), ("contrast", image.quality.contrast)):
        if said.mark(tag):
            amounts = [a for a in amounts if a.value not in (0.0, 1.0)]
            mine = [a for a in amounts if a.unit == "share"]
            if len(mine) != 1 or (said.mark("sharpness") and said.mark("contrast")):
                return []
            rough = 0.005 if mine[0].how == "" else 0.02
            found.append(abs(mine[0].value - value) <= max(rough if mine[0].step >= 0.005 else 0.0, mine[0].step))
            amounts = [a for a in amounts if a is not mine[0]]
    for a in list(amounts):
        bits = said.mark("bits") and a.value == image.bits_stored
        if a.unit in ("px", "", "bit") and (said.mark("sized") or bits):
            wanted = {columns} if said.mark("wide") and not said.mark("high") else {rows, columns}
            found.append(a.value in wanted or bits)
            amounts.remove(a)
    if amounts:
        return []
    if said.mark("square"):
        found.append(rows == columns)
    for tag, channels in (("grey", 1), ("colour", 3)):
        if said.mark(tag):
            found.append((image.channels == channels) is not denied)
    if said.mark("readable"):
        found.append(image.quality.readable is not denied)
    if said.mark("spacing") and re.search(r"\bcan(?:'t|not)\b|\bkhong the\b", said.flat):
        return []
    if (said.has("left") or said.has("right")) and not said.mark("orientation"):
        return []
    raster = image.source == "raster"
    for tag in ("modality", "sequence", "scanner", "taken"):
        if said.mark(tag):
            if not denied:
                return []
            found.append(raster and not image.header)
    if said.mark("orientation"):
        found.append((image.orientation is None) is denied)
    if said.mark("spacing"):
        found.append((image.spacing is None) is denied)
    if said.mark("plain_file"):
        found.append(raster)
    pictures = said.values("picture")
    if pictures and not said.mark("read_kinds"):
        if image.admission is None or denied:
            return found
        found.append(set(pictures) == {image.admission.kind})
    return found


def scope(said: Said, world: World) -> Checked | None:
    """What was looked for and what was not."""
    ran = [c for c in world.cards if c.name in {f.model for f in world.session.findings}]
    concepts = set(said.values("concept"))
    names = said.values("kind") or said.values("handle")
    if images := said.values("img"):
        ran = [c for c in ran if c.name in {f.model for f in world.session.findings if f.image in images}]
    if any(a.unit for a in said.amounts) or names or not ran or not said.mark("looking"):
        return None
    whole = [c for c in ran if concepts and concepts == set(c.concepts)]
    if any(not any(a.value in (1, len(c.concepts)) for c in (whole or ran)) for a in said.counts):
        return None
    denied, beyond = said.mark("denied"), said.mark("beyond")
    if beyond and denied:
        return Checked(Holds.YES, general=True) if whole or not concepts else Checked(Holds.NO)
    if concepts:
        if denied and not said.mark("nothing_else"):
            return None
        only = said.mark("only") or said.mark("nothing_else")
        return Checked(as_holds(bool(whole)), general=True, firm=True) if only else None
    foreign = said.mark("foreign")
    no, looked = (said.frame.marks[m].search(said.flat) for m in ("denied", "looking"))
    if denied and foreign and no and looked and no.start() < looked.end() and not at_word("there_is", said.flat):
        return Checked(Holds.YES, general=True)
    return None


def taught(said: Said, world: World) -> Checked | None:
    """What a model was never shown, as its card says it."""
    ran = {f.model for f in world.session.findings}
    own = [w for p, w in _OF_PICTURE.items() if p in said.values("picture")]
    cards = [c for c in world.cards if c.name in ran and (not own or any(w in c.texts[0] for w in own))]
    texts = " ".join(flat(t) for c in cards for t in c.texts if "never" in t)
    if not said.mark("denied") or said.amounts:
        return None
    roots = [m.removeprefix("t_") for m in said.frame.marks if m.startswith("t_") and said.mark(m)]
    if not roots:
        return None
    return Checked(Holds.YES, general=True) if all(r in texts for r in roots) else Checked(Holds.UNKNOWN)


_OF_PICTURE = {"fundus": "eye", "mouth": "teeth", "brain_mri": "slice"}


def told(said: Said, world: World) -> Checked | None:
    """What the user told, said back to them."""
    users = [flat(t.user) for t in world.session.turns]
    marks = [m for m in said.frame.marks if m.startswith("p_") and said.mark(m)]
    if not marks:
        return None
    starts = [at.start() for m in marks if (at := said.frame.marks[m].search(said.flat))]
    ahead = [said.flat[: min(starts)], *(" ".join(said.flat[:at].split()[-3:]) for at in starts)]
    if any(at_word("denials", words) for words in ahead) or ("p_spacing" in marks and not said.amounts):
        return None
    for words in users:
        same = all(said.frame.marks[m].search(words) for m in marks)
        figures = all(re.search(rf"\b{a.value:g}\b", words) or _in_words(a, words) for a in said.amounts)
        if same and figures:
            return Checked(Holds.YES, general=True)
    return Checked(Holds.UNKNOWN)


_WORDS = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine", 10: "ten"}


def _in_words(amount: Amount, words: str) -> bool:
    return _WORDS.get(int(amount.value), "-") in words.split()


def limits(said: Said, world: World) -> Checked | None:
    """What the assistant does not do, says of itself, asks or offers: it states nothing of a session."""
    if said.values("handle") or said.values("kind") or said.values("concept"):
        return None
    if (said.frame.loose or said.frame.name == "limits") and at_word("loose_turns", said.flat):
        return None
    return None if any(a.unit or a.value > 2 for a in said.amounts) else Checked(Holds.YES, general=True)


def order(said: Said, world: World) -> Checked | None:
    """ "I took them in the order of upload"."""
    images = said.values("img")
    if len(world.session.images) < 2 or said.amounts or said.has("neg"):
        return None
    return Checked(as_holds(list(images) == sorted(images)), general=True)


def rarer(said: Said, world: World) -> Checked | None:
    """ "Where it is rarer, a positive answer is right less often"."""
    if said.amounts or not said.mark("rare") or said.mark("common") or said.has("neg"):
        return None
    positive = said.mark("positive") and not said.mark("negative")
    return Checked(Holds.YES, general=True) if positive and (said.mark("worse")) else None


def comparison(said: Said, world: World) -> Checked | None:
    """One thing is likelier than another."""
    more, less = said.frame.marks["more"].search(said.flat), said.frame.marks["less"].search(said.flat)
    at = more or less
    if at is None or (more and less) or said.mark("denied") or said.amounts:
        return None
    starts = [0]
    for item in said.items:
        starts.append(starts[-1] + len(item.text) + 1)
    cut = sum(s < at.start() for s in starts[:-1])
    behind = next((n for n in range(cut, len(said.items)) if said.items[n].text.split()[-1] in ("than", "hon")), cut)
    one, other = Said(said.items[:cut], said.frame), Said(said.items[behind + 1 :], said.frame)
    first, second = (_values(s, world, said.mark("whole_slice")) for s in (one, other))
    if not first or not second:
        return None
    low, high = (second, first) if more else (first, second)
    if min(high) <= max(low) and max(high) > min(low):
        return None
    return Checked(as_holds(min(high) > max(low)), tuple(f.handle for s in (one, other) for f in named(s, world)))


def _values(said: Said, world: World, whole: bool) -> list[float]:
    """The probabilities of what is named; empty where nothing is. `whole`: the slice as a whole is spoken of."""
    sorts = any(said.mark(m) for m in ("of_box", "of_outline", "of_slice"))
    if not sorts and not any(said.values(t) for t in ("handle", "concept", "img", "kind")):
        return []
    found = named(said, world)
    if whole and not sorts:
        found = [f for f in found if f.region is None] or found
    if kinds := said.values("kind"):
        return [k.probability for f in found for k in f.kinds if k.name in kinds]
    return [f.probability for f in found if f.probability is not None]


TALK_CHECKS: Mapping[str, Callable[[Said, World], Checked | None]] = {
    "rates": rates,
    "files": files,
    "scope": scope,
    "taught": taught,
    "told": told,
    "limits": limits,
    "offers": limits,
    "fallible": limits,
    "refusals": limits,
    "manners": limits,
    "comparison": comparison,
    "order": order,
    "rarer": rarer,
}
