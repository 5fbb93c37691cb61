"""What a rule with a `check` says in numbers, names and dates: each must be just what the session or a card holds."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from assistant.domain.finding import Finding, Presence, ReviewState
from assistant.language.claims.banks import at_word, words_in
from assistant.language.claims.facts import CardWords
from assistant.language.claims.framed import World, named, task_of
from assistant.language.claims.framing import Amount, Said, fits

__all__ = ["RULE_CHECKS"]

_SORTS = (("box_model", "detect"), ("outline_model", "segment"), ("slice_model", "classify"))


def _kinds_set(said: Said, world: World) -> bool:
    """Which types a set holds, which it does not, or the only one."""
    kinds = set(said.values("kind"))
    found = [f for f in named(said, world) if f.kinds]
    if not kinds or not found or said.counts or not all(fits(s, f.coverage or 0.0) for s in said.shares for f in found):
        return False
    told = said.flat.replace("nothing but", "only").replace("no other than", "only").replace("none but", "only")
    out, no = at_word("set_out", told), words_in("denials", told)
    if (out and no) or no > 1:
        return False
    inside = [{k.name for k in f.kinds if k.in_set} for f in found]
    if out or no:
        return all(not kinds & i for i in inside)
    return all(i == kinds if at_word("only_word", said.flat) else kinds <= i for i in inside)


def _coords(said: Said, world: World) -> bool:
    """Columns and rows of a region, each from its first to its last."""
    spans: dict[str, list[float]] = {"x": [], "y": []}
    amounts = {a.at: a for a in said.amounts}
    axis = ""
    for at, item in enumerate(i for i in said.items if i.tag != "sign"):
        if at in amounts:
            if not axis or amounts[at].unit not in ("", "px"):
                return False
            spans[axis].append(amounts[at].value)
        elif at_word("axis_x", item.text):
            axis = "x"
        elif at_word("axis_y", item.text):
            axis = "y"
    told = {k: v for k, v in spans.items() if v}
    if not told or any(len(v) != 2 for v in told.values()):
        return False
    for finding in (f for f in named(said, world) if f.region is not None):
        x0, y0, x1, y1 = finding.region.bounds.xyxy if finding.region else (0.0, 0.0, 0.0, 0.0)
        own = {"x": (x0, x1), "y": (y0, y1)}
        if all(abs(a - b) <= 1.0 for k, v in told.items() for a, b in zip(v, own[k], strict=True)):
            return True
    return False


_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
           "november", "december")  # fmt: skip
_DATES = (
    re.compile(r"\b(?P<d>\d{1,2})(?:st|nd|rd|th)? (?:of )?(?P<m>[a-z]{3,9})(?: ,)?(?: (?P<y>\d{4}))?\b"),
    re.compile(r"\b(?P<m>[a-z]{3,9}) (?P<d>\d{1,2})(?:st|nd|rd|th)?(?: ,)?(?: (?P<y>\d{4}))?\b"),
    re.compile(r"\b(?P<y>\d{4}) [-/] (?P<m>\d{1,2}) [-/] (?P<d>\d{1,2})\b"),
    re.compile(r"\b(?:ngay )?(?P<d>\d{1,2}) (?:thang|/|-) (?P<m>\d{1,2})(?: (?:nam|/|-) (?P<y>\d{4}))?\b"),
)


def _review_day(said: Said, world: World) -> bool:
    """Who decided, and on which day."""
    found = named(said, world) if said.values("handle") or said.values("concept") else []
    states = {s for n, s in _DECIDED if at_word(n, said.flat)}
    at = next((m for p in _DATES for m in p.finditer(said.flat) if _month(m["m"])), None)
    if not found or len(states) != 1 or at is None:
        return False
    left = [float(n) for n in re.findall(r"\d+", said.flat[: at.start()] + " " + said.flat[at.end() :])]

    def holds(finding: Finding) -> bool:
        when = finding.review.at
        if finding.review.state not in states or when is None:
            return False
        day = (when.day, when.month) == (int(at["d"]), _month(at["m"])) and at["y"] in (None, str(when.year))
        return day and not (set(left) - {float(when.hour), float(when.minute)} - _digits(said))

    return any(holds(f) for f in found) if said.values("concept") else all(holds(f) for f in found)


def _digits(said: Said) -> set[float]:
    return {float(n) for h in (*said.values("handle"), *said.values("img")) for n in re.findall(r"\d+", h)}


def _month(word: str) -> int:
    if word.isdigit():
        return int(word)
    return next((n for n, m in enumerate(_MONTHS, 1) if m == word or (len(word) == 3 and m.startswith(word))), 0)


_DECIDED = (("was_accepted", ReviewState.ACCEPTED), ("was_rejected", ReviewState.REJECTED))

_HEAD = re.compile(r"^(?P<title>[^,:]+?) (?P<version>\d+\.\d+\.\d+), (?P<about>[^:]+): ")
_FIGURE = re.compile(r"([A-Za-z][A-Za-z0-9 ]*?) (\d[\d.]*) \(95 % interval ([\d.]+) to ([\d.]+), (\d+) pictures\)")
_METRICS = {
    "mean IoU": "iou", "mAP50": "map50", "accuracy of the type in a box": "type", "Dice": "dice", "AUC": "auc",
    "mean AUC of the classes": "auc", "accuracy": "accuracy", "balanced accuracy": "balanced",
    "sensitivity": "sensitivity", "specificity": "specificity",
}  # fmt: skip
_MEAN = "*"
"""What stands for the mean of the classes, where a concept stands else."""
_Row = tuple[str, str, float, float, float, int]


@lru_cache(maxsize=64)
def _measured(card: CardWords) -> tuple[_Row, ...]:
    """(concept or "", metric, value, low, high, pictures) of every figure of a card."""
    rows: list[_Row] = []
    for sentence in card.sentences:
        if (head := _HEAD.search(sentence)) is None:
            continue
        about = "" if head["about"] == "measured" else head["about"]
        for name, value, low, high, n in _FIGURE.findall(sentence[head.end() :]):
            if name in _METRICS:
                about = _MEAN if name == "mean AUC of the classes" else about
                rows.append((about, _METRICS[name], float(value), float(low), float(high), int(n)))
    return tuple(dict.fromkeys(rows))


def _cards(said: Said, world: World) -> list[CardWords]:
    """The cards of the models that ran, of the sort and the picture that are named."""
    ran = {f.model for f in world.session.findings}
    sorts = {t for n, t in _SORTS if at_word(n, said.flat)}
    cards = [c for c in world.cards if c.name in ran and (not sorts or c.task in sorts)]
    words = [
        w for p, w in (("fundus", "eye"), ("mouth", "teeth"), ("brain_mri", "slice")) if p in said.values("picture")
    ]
    cards = [c for c in cards if not words or any(w in t for t in c.texts[:1] for w in words)]
    read = [c for c in cards if c.task == "classify"]
    return read if words and not sorts and read and not at_word("vessel_word", said.flat) else cards


def _card_figure(said: Said, world: World) -> bool:
    """A figure of a card by any of its names, with its interval or its pictures."""
    told = [m for m in ("type", "iou", "map50", "dice", "auc", "balanced", "sensitivity", "specificity", "accuracy")
            if at_word(f"metric_{m}", said.flat)]  # fmt: skip
    told = told[:1] if told[:1] == ["type"] else [m for m in told if not (m == "accuracy" and "balanced" in told)]
    if len(told) != 1 or any(a.unit not in ("share", "") for a in said.amounts):
        return False
    concepts = said.values("concept")
    rows = [r for c in _cards(said, world) for r in _measured(c) if r[1] == told[0]]
    of_classes = at_word("class_mean", said.flat) is not None
    shares = [s for s in said.shares if not (at_word("interval_word", said.flat) and abs(s.value - 0.95) < 1e-9)]
    if told[0] == "type" and len(said.shares) == 1:
        shares = list(said.shares)
    if len(concepts) == 2:
        return _two_concepts(said, rows, shares)
    if told[0] in ("sensitivity", "specificity", "auc") and concepts and any(r[0] in concepts for r in rows):
        rows = [r for r in rows if r[0] in concepts]
    else:
        rows = [r for r in rows if r[0] == (_MEAN if of_classes and told[0] == "auc" else "")]
    return len(rows) == 1 and _row_fits(rows[0], shares, said.counts)


def _row_fits(row: _Row, shares: Sequence[Amount], counts: Sequence[Amount]) -> bool:
    _, _, value, low, high, pictures = row
    forms = ([value], [low, high], [value, low, high])
    if not shares or any(c.value != pictures for c in counts):
        return False
    return any(len(f) == len(shares) and all(fits(s, v) for s, v in zip(shares, f, strict=True)) for f in forms)


def _two_concepts(said: Said, rows: Sequence[_Row], shares: Sequence[Amount]) -> bool:
    """ "X stands at 0.99, Y behind it at 0.83"."""
    own = [next((r for r in rows if r[0] == c), None) for c in said.values("concept")]
    if len(shares) != 2 or said.counts or not all(own):
        return False
    values = [r[2] for r in own if r]
    behind, ahead = at_word("lags", said.flat), at_word("leads", said.flat)
    if (behind and values[1] >= values[0]) or (ahead and values[1] <= values[0]) or (behind and ahead):
        return False
    return all(fits(s, v) for s, v in zip(shares, values, strict=True))


_JOINT = re.compile(r" (?:while|whereas|but|and|though|against|versus|trong khi|con|nhung|thi con|,) ")


def _by_model(said: Said, world: World) -> bool:
    """What each of one or two models said of a picture: a figure, or that it is open, there or not there."""
    images = said.values("img") or tuple(i.handle for i in world.session.images)
    pool = [f for f in world.session.findings if f.image in images]
    if said.values("concept"):
        pool = [f for f in pool if f.concept in said.values("concept")]
    for joint in (None, *_JOINT.finditer(said.flat)):
        parts = [said.flat] if joint is None else [said.flat[: joint.start()], said.flat[joint.end() :]]
        sorts = [[t for n, t in _SORTS if at_word(n, p)] for p in parts]
        if any(len(s) != 1 for s in sorts) or len({s[0] for s in sorts}) != len(parts):
            continue
        return all(_says(p, [f for f in pool if task_of(f, world) == s[0]]) for p, s in zip(parts, sorts, strict=True))
    return False


def _says(part: str, found: Sequence[Finding]) -> bool:
    numbers = [float(n.replace(",", ".")) for n in re.findall(r"(?<![\w.])\d+(?:[.,]\d+)?", part)]
    is_open, absent = at_word("is_open", part), at_word("fell_short", part)
    rest = part.replace(is_open[0], " ") if is_open else part.replace(absent[0], " ") if absent else part
    present = at_word("calling", rest)
    if not found or len(numbers) > 1 or words_in("denials", rest) or not (numbers or is_open or absent or present):
        return False
    return all(
        all(abs(n / 100 - (f.probability or 0.0)) <= 0.005 + 1e-9 for n in numbers)
        and (not is_open or f.presence is Presence.INDETERMINATE)
        and (not absent or f.presence is Presence.ABSENT)
        and (not present or f.presence is Presence.PRESENT)
        for f in found
    )


def _total(said: Said, world: World) -> bool:
    """How many boxes or outlines there are over all images."""
    task = "segment" if at_word("outline_model", said.flat) or said.has("mask") else "detect"
    drawn = [f for f in world.session.findings if f.region is not None and task_of(f, world) == task]
    counts = [a for a in said.amounts if not a.unit and not a.how]
    if len(counts) != len(said.amounts):
        return False
    images = [a for a in counts if a.value == len(world.session.images) and _before(said, a, "image")]
    rest = [a for a in counts if a not in images]
    told = [a.value for a in rest] or ([1.0] if at_word("just_one", said.flat) else [])
    return len(told) == 1 and told[0] == len(drawn)


def _before(said: Said, amount: Amount, tag: str) -> bool:
    plain = [i for i in said.items if i.tag != "sign"]
    return any(i.tag in (tag, "of_picture") for i in plain[amount.at + 1 : amount.at + 3])


def _topmost(said: Said, world: World) -> bool:
    """Which of the diseases of one look has the highest or the lowest figure."""
    concepts = said.values("concept")
    found = [f for f in world.session.findings if not said.values("img") or f.image in said.values("img")]
    mine = [f for f in found if f.concept in concepts and f.probability is not None]
    high, low = at_word("highest", said.flat), at_word("lowest", said.flat)
    if len(concepts) != 1 or len(mine) != 1 or said.shares or bool(high) is bool(low):
        return False
    beside = [f.probability or 0.0 for f in found if f.model == mine[0].model and f is not mine[0]]
    if not beside or any(a.value != len(beside) + 1 for a in said.counts):
        return False
    gap = (mine[0].probability or 0.0) - max(beside) if high else min(beside) - (mine[0].probability or 0.0)
    return gap > (0.2 if at_word("wide_margin", said.flat) else 0.0)


def _refused_picture(said: Said, world: World) -> bool:
    """A picture that was refused, for what it was taken and how surely; or a kind that nothing here reads."""
    kinds = set(said.values("picture"))
    images = [i for i in world.session.images if i.handle in said.values("img")]
    if len(kinds) != 1 or said.counts:
        return False
    if not images:
        return not kinds & {"brain_mri", "fundus", "mouth"} and not said.amounts and words_in("denials", said.flat) == 1
    gates = [i.admission for i in images]
    return all(
        g is not None and not g.admitted and g.kind in kinds and all(fits(s, g.probability or 0.0) for s in said.shares)
        for g in gates
    )


def _which_picture(said: Said, world: World) -> bool:
    """What each image is of, in the order of their names."""
    images, kinds = said.values("img"), said.values("picture")
    if len(images) < 2 or len(images) != len(kinds) or said.amounts:
        return False
    own = {i.handle: i.admission.kind for i in world.session.images if i.admission is not None and i.admission.admitted}
    return all(own.get(i) == k for i, k in zip(images, kinds, strict=True))


_VERSION = re.compile(r"\b(\d+(?: ?\. ?\d+)+)\b")


def _version(said: Said, world: World) -> bool:
    """Which version of a model read."""
    told = {"".join(v.split()) for v in _VERSION.findall(said.flat)}
    names = {c.name for c in _cards(said, world)}
    own = {f.model_version for f in world.session.findings if f.model in names}
    return len(told) == 1 and told == own


RULE_CHECKS: Mapping[str, Callable[[Said, World], bool]] = {
    "kinds_set": _kinds_set,
    "coords": _coords,
    "review_day": _review_day,
    "card_figure": _card_figure,
    "by_model": _by_model,
    "total": _total,
    "topmost": _topmost,
    "refused_picture": _refused_picture,
    "which_picture": _which_picture,
    "version": _version,
}
