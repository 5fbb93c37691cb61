"""Review by the reader's own words: which finding, what was decided, in which words. By rule; no llm reads this."""

import re
from dataclasses import dataclass, replace
from typing import Literal

from assistant.agent.clauses import Atom, aligned
from assistant.agent.lexicon import distance
from assistant.agent.matcher import REVIEW, Matching
from assistant.agent.references import Pointed, findings_in, images_in, main_of
from assistant.domain.geometry import Box, Mask
from assistant.domain.session import Session
from assistant.language.normal import folded

__all__ = ["Decision", "decided", "decisions_in"]

Action = Literal["accept", "reject", "edit", "undo", "note"]

_THING = r"(?:f\s?\d+|findings?|phat hien|it|that|this|both|all|them|everything|the (?:first|second|third)(?: one)?)"
_NAMED = (
    r"(?:tumou?r|glioma|meningioma|adenoma|cataract|glaucoma|retinopathy|calculus|tartar|gingivitis|caries|ulcer"
    r"|hypodontia|discolou?ration|cao rang|viem loi|viem nuou|sau rang|glocom|u nao|khoi u)"
)
_OF_PICTURE = r"^(?:\W|and|va)*(?:tam|anh|hinh|phim|image|img|picture)\s?\d+(?: (?:thi|la|is))?"
"""A verdict on a picture's finding without a verb: "tam 1 ok, tam 2 bo"."""
_PATTERNS: tuple[tuple[Action, re.Pattern[str]], ...] = (
    (
        "undo",
        re.compile(
            r"\b(?:bring|return|put) (?:it|that|this)(?: one)? back\b|\btakes? (?:the|that|my) (?:rejection"
            r"|acceptance|decision) back\b|\brestore (?:it|that|this)\b"
            r"|\b(?:undo|revert|un-?reject|un-?accept|restore f|hoan tac|khoi phuc)\b"
            r"|\b(?:put|set|move) f\s?\d+ back\b|\b(?:tra|dua) (?:lai )?f\s?\d+ (?:ve|lai)\b"
            r"|\btake (?:that|it|this) back\b"
            r"|\b(?:take back|cancel|withdraw|reverse) (?:my|the|that|your)(?: last)? (?:reject\w*|accept\w*|review"
            r"|decision|edit|note)\b"
            r"|\b(?:huy|thu hoi|rut lai|bo)(?: cai| viec| thao tac| lan| quyet dinh)* (?:loai bo|bac bo|chap nhan|duyet"
            r"|tu choi|quyet dinh|thao tac|ghi chu)\b"
        ),
    ),
    (
        "note",
        re.compile(
            r"\b(?:annotate|addendum to) (?:the |my )?record\b|^record:"
            r"|\b(?:add|make|put|pop|leave|append|attach|record|write)\b.{0,20}\b(?:note|comment|remark|annotation)\b"
            r"|\b(?:put|write|enter) (?:it |that |this )?(?:in|into|on) (?:the |my )?(?:notes|record) that\b"
            r"|^note\b(?! of\b)|^for the record\b|\bfor the record(?:[,:]| that\b)|\bghi chu\b|\bghi vao ho so\b"
        ),
    ),
    (
        "edit",
        re.compile(
            rf"\b(?:edit|change|amend|reword|rephrase|replace|rewrite|correct|update"
            rf"|modify) (?:the )?(?:wording of )?{_THING}\b"
            rf"|\b{_THING} (?:should|ought to|must) (?:read|say|be)\b|\bas my (?:own )?words\b|\bin my (?:own )?words\b"
            r"|\b(?:sua|doi)\b.*\bthanh\b(?! toan)|\bsua (?:lai )?(?:f\s?\d+|phat hien)\b"
        ),
    ),
    (
        "reject",
        re.compile(
            rf"\b(?:reject(?:ing|s)?|(?:mark|as|is|to|f\s?\d+) rejected|dismiss|discard|overrule|strike)\b"
            rf"|\b(?:scrap|drop|bin|chuck|remove|throw out|ditch|cross out|refuse) (?:the |that |this )?(?:{_NAMED}"
            r"|f\s?\d+|(?:box|outline|region|finding)(?= (?:on|in|of|from)\b))\b"
            rf"|{_OF_PICTURE} (?:bo(?: di)?|sai|no|wrong|out)$"
            r"|\b(?:chuck|bin|refuse) it\b|\bthrow it out\b"
            rf"|\b{_NAMED} (?:no$|(?:to be |is )?rejected)|\bregister a rejection\b"
            r"|\b(?:gat|loai) f\s?\d+|\bf\s?\d+ khong chap nhan\b"
            rf"|\bdisagree\b|\bdisput(?:e|es|ed)\b"
            rf"|\bdo(?:es)? not agree\b"
            rf"|\bdon'?t agree\b"
            rf"|\b(?:remove|delete|drop|throw out|get rid of) (?:the |that |this )?(?:f\s?\d+|finding)"
            rf"|(?<!get )(?<!got )(?<!gets )\b{_THING}(?: finding)?(?: is|'s| was|s)?"
            r" (?:wrong|incorrect|false|not right|not correct|not true"
            rf"|a false positive"
            r"|an? artefact|an? artifact|rubbish|nonsense)\b"
            rf"|\b(?:drop|remove|throw out|bin|cross out|ditch) (?:the|that) (?:one|box|finding|region) (?:that )?you\b"
            r"|\b(?:bin|drop|throw out|ditch|kick out) f\s?\d+|\bthrow f\s?\d+ out\b|\bf\s?\d+ (?:is |has to "
            r"|must |can )?go(?:es)?\b"
            r"|\b(?:bo|loai|gach|xoa) (?:f\s?\d+|phat hien|(?:cai|vung|khung|o) (?:vua|da|ban|may|nay|do|kia|thu))"
            r"|\b(?:bo|loai|xoa) no\b|^loai(?: di| luon| nhe)?$"
            r"|\bf\s?\d+\b.{0,40}\b(?:loai|bo di|bo no|gach bo)\b"
            r"|\bturn (?:it|that|this|f\s?\d+) down\b"
            r"|\byou(?: are|'re) wrong\b|\b(?:bac bo|tu choi|loai bo|khong dong y)\b|\b(?:f\s?\d+"
            r"|phat hien\S*) (?:sai|khong dung)\b"
        ),
    ),
    (
        "accept",
        re.compile(
            rf"\b(?:keep|tick|accept) (?:the |that )?(?:{_NAMED}|one)\b|\b{_NAMED} (?:yes"
            rf"|accept(?:ed)?)\b(?!\s*(?:/|or\b))"
            r"|\b(?:keep|tick) the (?:box|outline|class(?:ification)?|label)\b"
            rf"|{_OF_PICTURE} (?:ok|oke|okay|duoc|dung|yes|agreed)$"
            r"|\bin agreement with\b|\b(?:as )?agreeing with\b|\bf\s?\d+ duyet\b|\b(?:giu|duyet) f\s?\d+"
            rf"|\bduyet {_NAMED}\b"
            rf"|\b(?:concur|accept(?:ing|s)?|approv(?:e|es|ing)|(?:mark|as|is|to|f\s?\d+) (?:accepted|approved))\b"
            rf"|\b(?:tick|sign off on"
            rf"|go with|endorse) f\s?\d+|\bf\s?\d+ stands\b"
            rf"|\b(?:ok|okay|yes to|oke|✓) f\s?\d+|\bf\s?\d+\s?(?:✓|✔|ok\b|oke\b|agreed|confirmed|dung roi"
            rf"|duoc)|\bagree\b|\bagreed\b|\bconfirm(?:ed)? (?:the )?(?:f\s?\d+"
            rf"|finding)"
            rf"|\bkeep (?:the )?(?:f\s?\d+|finding|it$)|\btake (?:the|that|this) finding\b|\b(?:happy|fine|ok"
            rf"|okay) with f\s?\d+"
            rf"|\bmark (?:[a-z0-9]+ ){{1,3}}(?:as )?(?:accepted|approved)\b|[:,] duyet$"
            rf"|\b{_THING}(?: finding)?(?: is|'s|s) (?:correct|right|true|fine|ok)\b|\b(?:chap nhan|dong y"
            rf"|duyet (?:f\s?\d+|phat hien"
            rf"|cai|luon|ca hai|het)|nhan (?:f\s?\d+|phat hien))"
        ),
    ),
)
_NEGATED = re.compile(
    r"\b(?:do not|don'?t|dont|never|rather not|not to|should not|shouldn'?t|must not|won'?t|will not|not|dung|khong nen"
    r"|khong|chua|khoan|chua can|khong can) (?:yet |hay |co |voi )?(?:you )?(?:(?:want|wish|need|mean"
    r"|have) to )?(?:accept|reject|approve|dismiss"
    r"|discard|edit"
    r"|change|undo|delete|remove|note|chap nhan|nhan f|duyet|bac bo|tu choi|loai bo|bo f|loai f|sua|hoan tac|ghi chu)\b"
)
_QUESTION = re.compile(
    r"^(?:\W|so|and|but|hm+)*(?:is|are|was|could|might|may|would|why|what|how|when|where|which|should|shall|do you"
    r"|does|did|who"
    r"|can (?:it|that|this|f)|tai sao|vi sao|co nen)\b"
)
_DEPENDS = re.compile(
    r"\b(?<!as )(?:if(?! (?:you ask|i may|you please|possible|you can|you could|you don|that's ok|you like|need be))"
    r"|unless|provided|assuming|neu|tru khi|mien la|gia su)\b"
    r"|\b(?:once|when|whenever|until|after) (?:\S+ ){1,3}?(?:is|are|has been|have been|gets?|was) "
    r"(?:accepted|approved|confirmed|rejected)\b"
)
"""What makes a decision depend on something that nobody here can tell: it is none until it is said without."""
_NO_DECISION = re.compile(
    r"\b(?:what|why|how|which|where|when|who)\b|\b(?:gi|the nao|ra sao|bao nhieu|o dau|may)\W*$"
    r"|^\W*f\s?\d+\W*$|^\W*(?:i mean(?:t)? |no |sorry |y toi la |y la )?f\s?\d+\W*(?:and |but )?"
    r"(?:not|(?:chu )?khong phai)(?: la)? f\s?\d+\W*$"
)
"""A question about a finding, its bare handle, or which one is meant ("F2, not F1")."""
_HARDLY = 0.1
"""Below it, no decision is heard in a clause whatever its words."""
_REASON = re.compile(
    r"\s*(?:[,:;–—]|\s-\s|\bbecause\b(?: of)?|\bsince\b|\bas (?=it\b|this\b|that\b)|\bvi\b|\bdo (?=do\b|la\b"
    r"|nhieu\b)|\(|\bdue to\b)\s*"
)
_NAMES_REASON = re.compile(r"\s*(?:the )?(?:reason|ly do)(?: is| being| la)?\s*:?\s*")
_GOES_ON = re.compile(
    r"^(?:it|its|it's|this|that|that's|because|since|as|looks|just|only|probably|likely|more like|no|not|we|he|she|i"
    r"|the"
    r"|vi|do|no la|day la|do la|chi la)\b"
)
_STATES = re.compile(
    r"^(?:reason\b|ly do\b|it'?s|it is|it looks|this is|that'?s|that is|they are|because|since|looks like"
    r"|just an?|only an?|vi|do la"
    r"|no la|day la|the (?:box|region|outline|area|spot|margin|shape|size|picture|image|slice)"
    r" (?:is|was|looks|seems|goes|covers|misses|includes)|(?:khung|vung|duong vien|anh) (?:qua|hoi|bi|khong))\b"
)
_EDITED = re.compile(
    r"\b(?:should|ought to|must) (?:read|say|be)\b:?|\bto (?:read|say|be)\b:?|\bthanh\b:?|\bto\b:?|\bwith\b:?"
    r"|\binto\b:?|\bas\b:?|:"
)
_NOTED = re.compile(
    r"\b(?:notes?|comment|remark|annotation|ghi chu|ghi vao ho so|record(?= that))\b(?:\s+(?:them\s+)?(?:to|for"
    r"|on|cho|vao)"
    r"\s+(?:the\s+)?(?:ho so|benh an|phat hien \S+|\S+))?\s*(?:\b(?:that|saying|la|rang)\b|:|-|,)*\s*"
)
_QUOTED = re.compile(r"\"([^\"]+)\"|“([^”]+)”|(?<!\w)'([^']+)'(?!\w)")


_LIKE_A_REQUEST = 0.6
"""How near to an example a clause behind a decision is where it asks for something; a reason is near to none."""
_SURELY = 0.97
_ONE_OF = re.compile(
    r"\b(?:one|either|any) of (?:the (?:two|three|findings?)|them|these|those|both)\b"
    r"|\b(?:the|cai|phat hien) (?:other|kia|con lai)(?: one| finding| box| region)?$"
    r"|\bmot trong (?:hai|ba|cac|nhung|so)\b"
)
"""A decision on one finding of several, and not on which."""
_HANDLE_FIRST = re.compile(r"^[fF]\s?\d{1,3}\s*[:,–-]\s*")

_REGIONS = (
    (Box, re.compile(r"\b(?:box|boxed|khung|hop|khoanh)\b")),
    (Mask, re.compile(r"\b(?:outline|outlined|mask|vien|duong vien|mat na)\b")),
)
_CLASS = re.compile(r"\b(?:classification|class|label|diagnosis|verdict|phan loai|chan doan|nhan(?= (?:lop|benh)))\b")
_WORDS = ("accept", "reject", "approve", "dismiss")
_OPENS = re.compile(r"^\W*(?:the )?(?:f\s?\d{1,3}|(?:finding|phat hien) \d{1,3})\b\s*(?:is |looks |la )?")


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision; `findings` empty: the main finding, and of several not the one that is meant where it is `open`.

    `depends`: it holds only if something else does ("accept F1 if the box is right"), so it is not recorded.
    """

    action: Action
    findings: tuple[str, ...]
    text: str = ""
    open: bool = False
    depends: bool = False


def decisions_in(atoms: list[Atom], session: Session, matcher: Matching) -> tuple[list[Decision], list[Atom]]:
    """Decisions of a message, and the atoms that are none. A decision that is negated is none: nothing is done."""
    decisions: list[Decision] = []
    rest: list[Atom] = []
    index = 0
    while index < len(atoms):
        atom = atoms[index]
        action = _action(atom, matcher)
        if action is None:
            rest.append(atom)
            index += 1
            continue
        taken = [atom.text]
        index += 1
        while index < len(atoms) and _belongs(action, atoms[index - 1], atoms[index], matcher):
            taken.append(atoms[index].text)
            index += 1
        pointed = _pointed(action, atom.text, session)
        if not pointed.handles and rest and not rest[-1].hard and _OPENS.match(folded(rest[-1].text)):
            before = rest.pop()
            pointed = findings_in(before.text, session)
            said = _OPENS.match(aligned(before.text))
            taken = [f"{atom.text}: {before.text[said.end() :].strip()}" if said else atom.text, *taken[1:]]
        words = _text(action, taken)
        unworded = action == "edit" and not words
        decision = _decision(action, pointed, words, atom.text, session, unsaid=unworded)
        if decisions and _same(decisions[-1], decision):
            last = decisions.pop()
            both = last.depends or decision.depends
            decision = Decision(action, last.findings or decision.findings, last.text or decision.text, depends=both)
        decisions.append(decision)
    kinds = {d.action for d in decisions if not d.findings and d.action in ("accept", "reject")}
    if len(kinds) > 1 and len(session.findings) > 1:
        decisions = [d if d.findings else replace(d, open=True) for d in decisions]
    return decisions, rest


def _decision(
    action: Action, pointed: Pointed, words: str, clause: str, session: Session, *, unsaid: bool = False
) -> Decision:
    """A decision; open where it names one of several and not which, or a picture with no finding or several, or
    (`unsaid`) does not say enough for another reason."""
    handles = (*pointed.handles, pointed.missing) if pointed.missing else pointed.handles
    which = len(session.findings) > 1 and _ONE_OF.search(folded(clause).strip(" .!?"))
    on_picture = pointed.every and action in ("accept", "reject", "note")
    depends = action in ("accept", "reject") and _DEPENDS.search(_QUOTED.sub(" ", folded(clause))) is not None
    return Decision(action, handles, words, not handles and bool(which or on_picture or unsaid), depends)


def decided(action: str, clause: str, session: Session) -> Decision | None:
    """A decision that no pattern here knows and the matcher does; None where it is negated or asked."""
    known = next((a for a, _ in _PATTERNS if a == action), None)
    flat = folded(clause)
    if known is None or _NEGATED.search(flat) or _QUESTION.match(flat) or _NO_DECISION.search(flat):
        return None
    pointed = _pointed(known, clause, session)
    return _decision(known, pointed, _text(known, [clause]), clause, session)


def _pointed(action: str, clause: str, session: Session) -> Pointed:
    """The findings that a decision names; the words of a note name none: "note: blurred vision on both sides"."""
    if action == "note":
        flat = aligned(clause)
        start = _NOTED.search(flat)
        end = flat.find(":") if ":" in flat else start.end() if start else len(clause)
        clause = clause[:end]
    pointed = findings_in(clause, session, by_concept=action not in ("edit", "note"))
    if pointed.handles or pointed.missing or action == "undo":
        return pointed
    of_image = _of_image(clause, session)
    return of_image if of_image.handles or of_image.every else _of_sort(clause, session)


def _of_image(clause: str, session: Session) -> Pointed:
    """The finding of the one picture that a decision names: of what is boxed or outlined there where it says so."""
    images = images_in(clause, session, None)
    if not session.findings or len(session.images) < 2 or len(images.handles) != 1 or images.every:
        return Pointed()
    image = images.handles[0]
    flat = folded(clause)
    kinds = [kind for kind, words in _REGIONS if words.search(flat)]
    found = [f for f in session.findings_of(image) if not kinds or isinstance(f.region, tuple(kinds))]
    if len({f.concept for f in found}) != 1:
        return Pointed(every=True)
    main = main_of(session, image)
    return Pointed((main.handle if main in found and main is not None else found[0].handle,))


def _of_sort(clause: str, session: Session) -> Pointed:
    """The finding that is a box, an outline or a picture's class where a decision says so; of several or none of that
    sort it is not known which."""
    flat = folded(clause)
    if len(session.findings) < 2:
        return Pointed()
    for kind, words in _REGIONS:
        if words.search(flat):
            found = [f.handle for f in session.findings if isinstance(f.region, kind)]
            return Pointed((found[0],)) if len(found) == 1 else Pointed(every=True)
    found = [f.handle for f in session.findings if f.region is None]
    return Pointed((found[0],)) if _CLASS.search(flat) and len(found) == 1 else Pointed()


def _same(a: Decision, b: Decision) -> bool:
    return a.action == b.action and (not b.findings or a.findings == b.findings)


def _action(atom: Atom, matcher: Matching) -> Action | None:
    flat = _spelt(folded(atom.text))
    unquoted = _QUOTED.sub(" ", flat)
    polite = re.sub(
        r"^(?:\W|please|ok|okay|yes|and|then)*(?:(?:can|could|would|will) you\s)?(?:please\s)?", "", unquoted
    )
    asks = _QUESTION.match(polite) is not None or (atom.asks and polite == unquoted)
    heard = matcher.heard(atom.text, (REVIEW,))
    if heard is not None and heard < _HARDLY:
        return None
    if _NEGATED.search(unquoted) and not re.search(r"\bkhong dong y\b", unquoted):
        return None
    for action, pattern in _PATTERNS:
        if pattern.search(unquoted):
            return None if asks else action
    return None


def _spelt(flat: str) -> str:
    """Typing errors in the words of decision, where a finding is named by its handle."""
    if not re.search(r"\bf\s?\d", flat):
        return flat
    return re.sub(r"[a-z]{5,8}", lambda m: next((w for w in _WORDS if distance(m.group(), w) == 1), m.group()), flat)


def _belongs(action: Action, before: Atom, atom: Atom, matcher: Matching) -> bool:
    """Whether an atom goes on with the words of a decision: a reason, a wording or a note."""
    if action == "undo" or _action(atom, matcher):
        return False
    match = matcher.match(atom.text)
    asked = match.score > 0.7 and match.intent not in (
        "context",
        "look_up_term",
        "review_finding",
        "inspect_image",
        "order",
    )
    ended = before.hard and not before.text.endswith("-")
    if action in ("accept", "reject") and not atom.asks and not ended and _STATES.match(folded(atom.text)):
        return True
    if action in ("edit", "note") and not before.hard:
        return not asked
    reason = match.near < _LIKE_A_REQUEST and not (asked and match.score > _SURELY)
    if action in ("accept", "reject") and not before.hard and not atom.asks and reason:
        return not re.search(r"\bf\s?\d", folded(atom.text))
    return (
        _GOES_ON.match(folded(atom.text)) is not None
        and not asked
        and (not ended or action == "reject")
        and not atom.asks
    )


def _text(action: Action, taken: list[str]) -> str:
    """The reader's own words in a decision, letter for letter."""
    whole = ", ".join(taken)
    flat = aligned(whole)
    worded = action in ("edit", "note") or re.search(r"\b(?:words?|wording|note|comment|loi|ghi)\b", flat)
    if worded and (quoted := _QUOTED.search(whole)):
        return next(g for g in quoted.groups() if g)
    if action == "undo":
        return ""
    if action == "note":
        noted = whole[m.end() :].strip(" .") if (m := _NOTED.search(flat)) else whole
        return _HANDLE_FIRST.sub("", noted)
    if action == "edit":
        target = re.search(rf"\b{_THING}\b", flat)
        m = _EDITED.search(flat, target.end() if target else 0)
        return whole[m.end() :].strip(" .:") if m else ""
    head = len(taken[0])
    if m := _REASON.search(flat, 0, max(head, len(flat))):
        said = m.end() + (named.end() if (named := _NAMES_REASON.match(flat[m.end() :])) else 0)
        return whole[said:].strip(" .)")
    return ""
