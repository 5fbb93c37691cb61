"""What a clause points at: images and findings by handle, by order, by "the other one"; no tool and no model."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from assistant.domain.finding import Finding, Presence, ReviewState
from assistant.domain.geometry import Mask
from assistant.domain.session import Session
from assistant.domain.turn import Status
from assistant.language.asked import names_of
from assistant.language.normal import folded, has_any, tokens

__all__ = [
    "Pointed",
    "another_picture",
    "findings_in",
    "focus",
    "image_of_topic",
    "images_in",
    "main_of",
    "names_a_kind",
    "only_points",
    "points_to_unread",
    "sign_elsewhere",
    "spared_pictures",
]

_PICTURE = r"(?:image|img|scan|picture|pic|photo|film|slice|mri|study|anh|hinh|phim|tam|buc)"
_ORDER = {
    1: r"(?:first|1st|former|earlier|earliest|older|oldest|dau tien|thu nhat|thu 1|(?<!\bo )dau|truoc|cu)",
    2: r"(?:second|2nd|latter|later|newer|thu hai|thu 2|sau)",
    3: r"(?:third|3rd|thu ba|thu 3)",
    4: r"(?:fourth|4th|thu tu|thu 4)",
}
_NUMBER = re.compile(
    rf"(?<!diem )\b{_PICTURE}\s?#?(\d{{1,3}})\b(?![.,]\d)"
    r"(?!\s?(?:-?bit|mm|cm|px|pixels?|mega\w*|mp|dpi|inch\w*|chieu)\b)"
    r"|\b(?:number|no\.?|so)\s(\d{1,3})\b(?![.,]\d)"
    r"(?!\s?(?:mm|cm|%|percent|px|pixels?|diem anh|of|or|tumou?rs?|lesions?|findings?|boxes|teeth|then)(?![a-z]))"
)
_BOTH = re.compile(
    rf"\b(?:both|all|each|every|two|ca (?:hai|ba|bon)|hai|2|tat ca|cac)\s(?:of\s)?"
    rf"(?:the\s|these\s|them\b|two\s|three\s|four\s)*{_PICTURE}?s?\b"
)
_BOTH_ALONE = re.compile(
    r"\b(?:both|each of them|all of them|all (?:three|four|of these|of those)|"
    r"(?:across|over|in|on) the (?:three|four|lot)"
    r"|these|ca (?:hai|ba|bon)|tat ca)\b"
)
_OTHER = re.compile(
    rf"\b(?:the\s)?other\s(?:one|{_PICTURE})\b|\b{_PICTURE}\s(?:kia|con lai|khac)\b|\bthe other\b|\bcai kia\b"
)
_LAST = re.compile(rf"\b(?:last|latest|newest|new|most recent)\s(?:one|{_PICTURE})\b|\b{_PICTURE}\s(?:cuoi|moi)\b")
_MIDDLE = re.compile(rf"\bmiddle (?:one|{_PICTURE})\b|\b{_PICTURE} (?:o )?giua\b")
_POINTING = frozenset(
    tokens(
        "ok okay and so now then what about how no not that oh sorry wait i mean meant said asked wrong one ones "
        "the other others two first second third last middle brain eye eyes fundus retina mri mouth image images "
        "scan scans picture pictures photo film for on in of it this a ah oops ua nham roi con va thi y toi em "
        "minh la hoi noi khong hong phai co ay do kia ne nhe ma sao the xbrain tam anh phim hinh cai dau thu nhat "
        "hai ba mot truoc sau cuoi giua mat rang mieng nay img1 img2 img3 img4 img5 img6"
    )
)
"""Words that do no more than name a picture, or take another one back."""
_FINDING = re.compile(r"\bf\s?(\d{1,3})\b|\b(?:finding|phat hien)\s(?:number\s|no\.?\s|so\s)?#?(\d{1,3})\b")
_NOT_THAT = re.compile(
    rf"\b(?:and |,|but )?(?:not|instead of|rather than|(?:chu )?(?:khong|ko|k) phai(?: la)?|thay vi) "
    rf"(?:on |in |trong |o )*(?:f\s?\d{{1,3}}|{_PICTURE}\s?#?\d{{1,3}}|the (?:first|second|third)"
    rf"(?! (?:finding|result|lesion))|{_PICTURE} (?:dau|dau tien|thu (?:nhat|hai|ba|\d)))\b"
)
"""What is named to be left out: "F2, not F1"."""
_KINDS = {
    "brain_mri": re.compile(r"\b(?:mri|mr|brain|head scan|so nao|u nao|nao nay|xbrain|cong huong tu)\b"),
    "fundus": re.compile(
        r"\b(?:eyes?|fundus|fundi|retinal?|optic|(?:hai|ca hai|2) mat"
        r"|(?:tam|anh|phim|hinh) mat|mat (?:nay|kia|toi|trai|phai)|day mat|vong mac|con mat)\b"
    ),
    "mouth": re.compile(r"\b(?:mouth|teeth|tooth|gums?|oral|intraoral|dental|rang|mieng|nuou)\b"),
}
_BRAIN = re.compile(r"\bnão\b", re.IGNORECASE)
"""Told from "nào" (which) by its accent alone."""
_TOPICS = {
    "brain_mri": re.compile(
        r"\b(?:brain|tumou?rs?|gliomas?|meningiomas?|pituitary|khoi u|u nao|u mang nao|u tuyen yen)\b"
    ),
    "fundus": re.compile(
        r"\b(?:vessels?|vasculature|vascular|arter\w+|veins?|cataracts?|glaucoma|retinopathy|mach mau|duc thuy tinh the"
        r"|cuom|glocom|tang nhan ap|vong mac|mat)\b"
    ),
    "mouth": re.compile(
        r"\b(?:caries|calculus|tartar|gingivitis|ulcers?|hypodontia|sau rang|viem nuou|viem loi|cao rang|loet)\b"
    ),
}
_SIGNS = {
    "brain_mri": re.compile(r"\b(?:tumou?rs?|gliomas?|meningiomas?|khoi u|(?:co|bi|thay) u)\b"),
    "fundus": re.compile(r"\b(?:cataracts?|glaucoma|retinopathy|duc thuy tinh the|cuom|glocom|tang nhan ap)\b"),
    "mouth": re.compile(r"\b(?:caries|calculus|tartar|gingivitis|hypodontia|sau rang|viem nuou|cao rang)\b"),
}
_WORDED = re.compile(rf"\b({_PICTURE}|number|no\.?|so)\s(one|two|three|four|mot|hai|ba|bon)\b")
_TH = r"first|second|third|fourth|1st|2nd|3rd|4th"
_AND_ALSO = re.compile(
    rf"\b(?P<a>{_TH})(?P<b> (?:one|{_PICTURE}))?,? (?P<c>and|or|with|to|against|vs\.?) (?P<d>{_TH}|last)\b"
)
"""Of two that are named in a row, each is "the ..." where one is."""
_DIGITS = {"one": 1, "two": 2, "three": 3, "four": 4, "mot": 1, "hai": 2, "ba": 3, "bon": 4}
_BOXED = re.compile(
    r"\b(?:one|box|region|area|spot|finding) (?:that )?(?:you|it|the model) (?:just )?(?:boxed|drew|marked"
    r"|circled|outlined)\b"
    r"|\bthe (?:boxed|marked|circled|outlined) (?:one|region|area|finding|lesion)\b"
    r"|\b(?:cai|vung|khung|o|cho) (?:vua|da|ban|may) (?:vua |da )?(?:khoanh|danh dau|ve)\b|\bvung khoanh\b"
)
_BIGGER = re.compile(
    r"\b(?:bigger|biggest|larger|largest) (?:one|of them|of the two|lesion|region|box)\b|\b(?:cai|khoi|vung"
    r"|o) (?:to|lon) (?:hon|nhat)\b"
)
_SMALLER = re.compile(
    r"\b(?:smaller|smallest) (?:one|of them|of the two|lesion|region|box)\b|\b(?:cai|khoi|vung|o) (?:nho"
    r"|be) (?:hon|nhat)\b"
)
_SIDE = re.compile(r"\b(?:the )?(left|right|leftmost|rightmost) (?:one|lesion|region|box)\b|\bcai ben (?:trai|phai)\b")


@dataclass(frozen=True, slots=True)
class Pointed:
    """Handles that a clause names; `missing`: a handle that this session does not have."""

    handles: tuple[str, ...] = ()
    missing: str = ""
    every: bool = False


def images_in(clause: str, session: Session, current: str | None) -> Pointed:
    """Images that a clause names. `current` is the image under discussion, for "the other one"."""
    flat = _WORDED.sub(lambda m: f"{m.group(1)} {_DIGITS[m.group(2)]}", _meant(folded(_BRAIN.sub("xbrain", clause))))
    flat = _AND_ALSO.sub(lambda m: f"{m['a']}{m['b'] or ' one'} {m['c']} {m['d']} one", flat)
    there = [i.handle for i in session.images]
    named: list[tuple[int, str]] = []
    for m in _NUMBER.finditer(flat):
        named.append((m.start(), f"img{int(m.group(1) or m.group(2))}"))
    for number, words in _ORDER.items():
        alone = rf"\bthe {words}(?!\s(?:finding|result|lesion|time))\b"
        pattern = rf"\b{words}\s(?:one|{_PICTURE})\b|\b{_PICTURE}\s{words}\b|{alone}"
        if len(there) > 1 and (hit := re.search(pattern, flat)):
            named.append((hit.start(), f"img{number}"))
    if len(there) == 3 and (middle := _MIDDLE.search(flat)):
        named.append((middle.start(), there[1]))
    handles = tuple(dict.fromkeys(h for _, h in sorted(named)))
    if handles:
        missing = next((h for h in handles if h not in there), "")
        return Pointed(tuple(h for h in handles if h in there), missing)
    if len(there) > 1:
        if of_kind := _of_kind(flat, session):
            return Pointed(of_kind)
        if _OTHER.search(flat):
            others = tuple(h for h in there if h != (current or there[0]))
            return Pointed(others[:1] if len(others) == 1 else others)
        if (both := _BOTH.search(flat)) and (re.search(_PICTURE, both.group()) or _BOTH_ALONE.search(flat)):
            return Pointed(tuple(there), every=True)
        if _BOTH_ALONE.search(flat) and "finding" not in flat:
            return Pointed(tuple(there), every=True)
        if _LAST.search(flat):
            return Pointed((there[-1],))
    return Pointed()


def another_picture(text: str, session: Session) -> str:
    """The words that name the picture that is meant, where a message does nothing else: "and the eye?", "no, the first
    one", "à nhầm, tấm đầu cơ"; "" where it says more or names none."""
    if len(session.images) < 2 or not only_points(text):
        return ""
    parts = [p for p in re.split(r"[,.;:]", text) if images_in(p, session, focus(session, ())).handles]
    return parts[-1].strip() if parts else ""


def points_to_unread(clauses: Iterable[str], session: Session) -> bool:
    """Whether pictures are named, and nothing was found yet in any of them."""
    if len(session.images) < 2:
        return False
    current = focus(session, ())
    named = {h for clause in clauses for h in images_in(clause, session, current).handles}
    return bool(named) and not any(session.findings_of(h) for h in named)


def spared_pictures(left_out: str, session: Session) -> tuple[str, ...]:
    """The pictures that "leave ... out" names, where it names nothing else."""
    return images_in(left_out, session, None).handles if len(session.images) > 1 and only_points(left_out) else ()


def only_points(text: str) -> bool:
    """Whether words do no more than name a picture, or take another one back."""
    said = tokens(folded(_BRAIN.sub("xbrain", text)))
    return bool(said) and all(w in _POINTING or w.isdigit() for w in said)


def _meant(flat: str) -> str:
    """A clause without the handle that it sets aside, where another is named."""
    left = _NOT_THAT.sub(" ", flat)
    held = _FINDING.search(left) or _NUMBER.search(left) or any(re.search(rf"\b{w}\b", left) for w in _ORDER.values())
    return left if left != flat and held else flat


def _of_kind(flat: str, session: Session) -> tuple[str, ...]:
    """Images of the one kind that a clause names ("the eye"), where the gate has seen pictures of several kinds."""
    kinds = {i.handle: i.admission.kind for i in session.images if i.admission is not None}
    if len(set(kinds.values())) < 2:
        return ()
    named = [kind for kind, words in _KINDS.items() if words.search(flat)]
    return tuple(h for h, k in kinds.items() if k == named[0]) if len(named) == 1 else ()


def names_a_kind(text: str) -> bool:
    """Whether a message names a kind of picture or what is seen in one kind alone."""
    flat = folded(text)
    return any(words.search(flat) for words in (*_KINDS.values(), *_TOPICS.values()))


def image_of_topic(clause: str, session: Session) -> Pointed:
    """Among pictures of several kinds, those in which what a clause asks for can be seen: vessels in the eye."""
    kinds = {i.handle: i.admission.kind for i in session.images if i.admission is not None}
    flat = folded(clause)
    named = [kind for kind, words in _TOPICS.items() if words.search(flat) and kind in kinds.values()]
    if len(set(kinds.values())) < 2 or len(named) != 1:
        return Pointed()
    return Pointed(tuple(h for h, k in kinds.items() if k == named[0]))


def sign_elsewhere(clause: str) -> str:
    """A sign that is looked for in another kind of picture than the one that a clause names, and the place: "tumour in
    this eye"; "" where there is none."""
    flat = " ".join(folded(clause).split())
    places = {kind: hit for kind, words in _KINDS.items() if (hit := words.search(flat))}
    signs = {kind: hit for kind, words in _SIGNS.items() if (hit := words.search(flat))}
    if len(places) != 1 or len(signs) != 1 or places.keys() == signs.keys():
        return ""
    (place,), (sign,) = places.values(), signs.values()
    return flat[sign.start() : place.end()] if sign.start() < place.start() else sign.group()


def findings_in(clause: str, session: Session, by_concept: bool = True) -> Pointed:
    """Findings that a clause names by handle, number, order or box; `by_concept`: also by what they are of."""
    flat = _meant(folded(clause))
    there = [f.handle for f in session.findings]
    named = [(m.start(), f"F{int(m.group(1) or m.group(2))}") for m in _FINDING.finditer(flat)]
    if not named:
        for number, words in _ORDER.items():
            pattern = rf"\b{words}\s(?:finding|result|lesion)\b|\bphat hien {words}\b"
            if hit := re.search(pattern, flat):
                named.append((hit.start(), f"F{number}"))
        named += [(0, h) for h in _by_region(flat, session)]
        if re.search(r"\b(?:last|latest)\s(?:finding|result)\b|\bphat hien cuoi\b", flat) and there:
            named.append((0, there[-1]))
    handles = tuple(dict.fromkeys(h for _, h in sorted(named)))
    if handles:
        return Pointed(tuple(h for h in handles if h in there), next((h for h in handles if h not in there), ""))
    if re.search(r"\b(?:both|all|every|each|them all|everything|ca hai|ca ba|tat ca)\b", flat):
        return Pointed(tuple(there), every=True)
    return Pointed(_of_concept(flat, session)) if by_concept else Pointed()


def _of_concept(flat: str, session: Session) -> tuple[str, ...]:
    """The finding of the one concept that is named, where the session holds several concepts."""
    concepts = dict.fromkeys(f.concept for f in session.findings)
    named = [c for c in concepts if has_any(flat, names_of(c))]
    if len(concepts) < 2 or len(named) != 1:
        return ()
    found = [f for f in session.findings if f.concept == named[0]]
    main = session.main_finding
    return (main.handle if main in found and main is not None else found[0].handle,)


def _by_region(flat: str, session: Session) -> list[str]:
    """The finding that is meant by its box: "the one you boxed", "the bigger one", "the left one"."""
    boxed = [f for f in session.findings if f.region is not None]
    if not boxed:
        return []
    if _BIGGER.search(flat) or _SMALLER.search(flat):
        ranked = sorted(boxed, key=lambda f: _extent(f)[0])
        return [(ranked[0] if _SMALLER.search(flat) else ranked[-1]).handle]
    if len(boxed) > 1 and (side := _SIDE.search(flat)):
        ranked = sorted(boxed, key=lambda f: _extent(f)[1])
        return [(ranked[0] if "left" in side.group() or "trai" in side.group() else ranked[-1]).handle]
    return [boxed[-1].handle] if _BOXED.search(flat) else []


def _extent(finding: Finding) -> tuple[float, float]:
    """Area of a finding's region and the x of its middle, in pixels."""
    box = finding.region.bounds if isinstance(finding.region, Mask) else finding.region
    return ((box.x1 - box.x0) * (box.y1 - box.y0), (box.x0 + box.x1) / 2) if box else (0.0, 0.0)


def focus(session: Session, new_images: tuple[str, ...]) -> str | None:
    """The image under discussion: the only one; one that just came; else that of the last answer; None if open."""
    if len(session.images) == 1:
        return session.images[0].handle
    if len(new_images) == 1:
        return new_images[0]
    if new_images:
        return None
    main = session.main_finding
    told = [t for t in session.turns if t.status is not Status.RUNNING]
    for turn in reversed(told):
        used = [str(c.arguments["image"]) for c in turn.tools if c.arguments.get("image") not in (None, "", "all")]
        if turn is told[-1] and len(turn.images) == 1 and _refused(session, turn.images[0]):
            return turn.images[0]
        if used:
            if main is not None and main.image in used:
                return main.image
            return used[-1] if session.image(used[-1]) else None
    return main.image if main is not None else None


def _refused(session: Session, image: str) -> bool:
    facts = session.image(image)
    return facts is not None and facts.admission is not None and not facts.admission.admitted


def main_of(session: Session, image: str) -> Finding | None:
    """The main finding of an image: the session's own if it lies there, else the first present one."""
    main = session.main_finding
    if main is not None and main.image == image:
        return main
    findings = [f for f in session.findings_of(image) if f.review.state is not ReviewState.REJECTED]
    findings = findings or list(session.findings_of(image))
    return next((f for f in findings if f.presence is Presence.PRESENT), findings[0] if findings else None)
