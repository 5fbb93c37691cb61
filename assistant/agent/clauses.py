"""A message -> its pieces between separators; what is taken back, negated, quoted. `cuts` weighs which are one."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import NamedTuple

from assistant.agent.matcher import Matching
from assistant.language.normal import folded

__all__ = ["Atom", "aligned", "atoms_of", "corrected", "corrects", "denies", "negated"]

_SPLIT = re.compile(
    r"""(?P<hard>[.;!?\n]+(?=\s|$)|\n|(?<!\S)\(?\d\)(?=\s)|(?<=\s)[-–—]+(?=\s)|…|\s*(?:->|=>|→|\|)\s*)
      | (?P<soft>,(?!\d)(?!\s*(?:yes|no|right|correct)\s*(?:\?|$))
        | \b(?:and\s+then|and\s+also|and|then|also|plus|as\s+well\s+as|along\s+with|together\s+with|after\s+that
          |afterwards|before\s+that|oh\s+and|va|roi|xong|sau\s+do|ke\s+den|tiep\s+theo|cuoi\s+cung|dong\s+thoi
          |cung\s+voi|kem(?:\s+theo|(?!\s+(?:ma|lam|qua|di|hon)\b))
          |(?<=[a-z]\s)(?<!nao\s)(?<!tot\s)(?<!doi\s)(?<!dung\s)voi(?:\s+(?:lai|ca)
            |(?!\s+(?:\d|anh|phim|tam|img|hinh|nhau|cai|[fF]\d)\b|.*\bkhac\s+(?:nhau|gi)\b)))\b(?!\s*$)
        | &|\+(?=\s|[a-z])|(?<=\s)/(?=\s)|(?<=[a-z]{3})/(?=[a-z]{3})
        | (?:(?<=\d\sok\s)|(?<=\d\syes\s)|(?<=\d\sno\s)|(?<=\d\sduoc\s)|(?<=\d\sdung\s)|(?<=\d\sbo\s)|(?<=\d\ssai\s))
          (?=(?:tam|anh|hinh|phim|img|image|f)\s?\d)
        | (?=\b(?:but|without|except|instead\s+of|rather\s+than|no\s+need|so\s+(?:that\s+)?(?:i|we)\s+can
          |before\s+(?:you|i|we)|which\s+you|while\s+you|once\s+(?:that|it|you)|in\s+case)\b)
        | (?=\bjust\s+(?:box|read|outline|measure|show|tell|give|classify|look|compare|the)\b)
        | (?=\b(?:nhung|khong\s+can|khoi\s+can|chua\s+can|de\s+toi|truoc\s+khi)\b)
        | (?=(?<!\w)đừng(?!\w))
        | (?=\b(?<!which\s)(?<!what\s)(?:i\s+mean(?!\s+(?:that|it|is)\b)|i\s+meant|no[,\s]+wait|wait[,\s]+no
          |scra(?:tch|p)\s+that|strike\s+that|on\s+second\s+thoughts?|or\s+rather|sorry\s+i\s+mean
          |a\s+khong|a\s+nham|noi\s+(?:nham|lon)|y\s+(?:toi|em|minh|con|tui)\s+la)\b))""",
    re.VERBOSE,
)
_QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|«[^»]*»|(?<!\w)'[^']*'(?!\w)")
_BETWEEN = re.compile(
    r"\b(?:between|differ(?:ence)? of)\s[^,.;?]{1,40}?\sand\s|\bgiữa\s[^,.;?]{1,40}?\svà\s", re.IGNORECASE
)
_LEAD = (
    r"^(?:\W|please\b|but\b|and\b|just\b|so\b|well\b|actually\b|certainly\b|definitely\b"
    r"|absolutely\b|nhung\b|thoi\b|ma\b|xin\b|ban\b|hay\b)*"
)
_STRONG = re.compile(
    _LEAD
    + r"(?:do not|don'?t|dont|(?:i|we) (?:do not|don'?t|dont) (?:want|need|care about)|no need (?:to|for|of)?|no more"
    r"|(?:(?:i am|i'm|we are|we're|i was|we were) not|(?:i|we) (?:wasn't|weren't)) (?:asking for|asking|after"
    r"|interested in|looking for)"
    r"|scratch(?= the\b)|skip|without|leave out|leave the|omit|never|ignore|forget(?: about)?|except(?: for)?|spare me"
    r"|hold off(?: on)?"
    r"|hold the|instead of|rather than|not yet|never mind|not the|not a|(?:i would |i'd |we'd )?rather not"
    r"|nothing (?:about|on|to do with)|not a word (?:on|about|of)|(?:i|we) (?:didn'?t|did not) (?:ask"
    r"|want)(?: for| about)?"
    r"|(?:i |we )?couldn'?t care less about"
    r"|(?:(?:toi|em|minh|con|anh|chi|chung toi) )?khong (?:nho|can|muon|yeu cau)"
    r"|sans|minus|dau co (?:hoi|nho|can|bao)|tuyet doi khong"
    r"|cam(?= (?:do|doc|dua|ve|xuat|khoanh|viet|hien)\b)"
    r"|mien(?= (?:do|doc|ve|xuat|khoanh|viet|in|so|giai)\b)"
    r"|tru(?= (?:cai|phan|vu|viec|ra|do|doc|heat)\b)"
    r"|khoi(?= (?:noi|giai thich|heatmap|heat map|pdf|mask|xac suat|can cu)\b)"
    r"|khong (?=(?:doc|ve|do|xuat|khoanh|viet|gui|in|so sanh|to)\b)|dung co"
    r"|dung(?= (?:do|doc|ve|xuat|khoanh|cho|hien|viet|so|in|kem|gui|to|chinh|phan|chap|duyet|bac|tu|loai|bo|sua)\b)"
    r"|khoi can"
    r"|khoi(?= (?:do|doc|ve|xuat|khoanh|viet|in|so|ban)\b)|khoan(?= (?:do|doc|ve|xuat|khoanh|viet|in|so|hay|da)\b)"
    r"|bo (?=(?:luon |cai )?(?:phan|muc)\b)|bo qua|chua can)\b(?! (?:you|they|we|hesitate|forget|know|see what"
    r"|understand)\b)\s*(?P<rest>.*)$"
)
_ALSO_LEFT = re.compile(r"(?:the|an?|any|its|cai|phan) \w+(?: \w+)?")
_JOINS = re.compile(r"\W*(?:and|or|nor|va)\W*")
_AROUND = re.compile(
    _LEAD + r"(?:leave (?P<a>.+?) (?:alone|out|aside|for (?:later|now))"
    r"|(?P<b>(?:\S+ ){0,4}?\S+) (?:can wait|later(?: on)?|another time"
    r"|(?:is |are )?not (?:needed|necessary|required|yet)|khong can|khoi can|de sau|tinh sau|de mai"
    r"|(?:thi|thoi) (?:khoi|thoi))"
    r"|(?:(?:toi|em|minh|con|chung toi) )?co (?:hoi|nho|can|bao|keu) (?P<c>.+?) dau)"
    r"(?: (?:thanks|please|yet|dau|nhe|nha))?$"
)
_UNWANTED = re.compile(_LEAD + r"no (?P<rest>.+?) (?:wanted|needed|required|necessary|asked for|whatsoever|at all)$")
_WEAK = re.compile(_LEAD + r"(?:not|no|khong)\b\s*(?P<rest>.*)$")
_YET = re.compile(r"\b(?:yet|for now|dau|vay|nua|voi)$")
_OPERATIONS = frozenset(
    {"heatmap", "measure", "report", "file", "outline", "box", "compare", "enhance", "where", "keep"}
)
_WHAT_THAT = re.compile(
    r"^(?:what(?:'s| is| does) (?:that|it|this)(?: mean)?|what do you mean(?: by that)?|nghia la (?:gi|sao)(?: a)?"
    r"|la gi(?: vay| a)?)$"
)
_WHAT_APART = re.compile(
    r"^(?:what (?:separates|distinguishes) (?:them|the two)|what sets them apart|how (?:do they differ|are they"
    r" different))$"
)
_CORRECTS = re.compile(
    r"^(?:\W|oh|ah|er|uh|ugh|argh|hm+|but|and|sorry|oops|wait|no|a|ay|ua|um|xin loi)*?"
    r"(?:no[, ]+wait|wait[, ]+no|wait|hang on|hold on|actually[, ]+no|no[, ]+actually|no[, ]+sorry"
    r"|(?:actually )?(?:scratch|scrap|strike|forget) that|on second thoughts?|by which i mean|i meant?(?: to say)?"
    r"|let me (?:rephrase|try again|start over)|wrong one|i'm lying"
    r"|(?:that |it )?(?:doesn't|does not) matter(?=$|,)|never ?mind(?=$|,)|forget it(?=$|,)"
    r"|or rather|rather(?! than\b)|make (?:that|it)(?= the| a| an)|correction"
    r"|my mistake|oops|sorry(?=$|,| i meant?\b)|not that(?=$|,)|(?:or )?no(?=$|[,:]|(?: no)+(?:$|,)"
    r"| (?:i know|you've told|you told|stupid|silly)\b)|first things first"
    r"|(?:a|ay|ua|um) khong(?!.* nua\b)|(?:a )?nham(?: roi)?(?: mat)?"
    r"|y (?:toi|em|minh|anh|chi|con|tui) la|(?:a )?quen(?: mat)?|noi (?:nham|lai|lon)|viet nham|go nham"
    r"|(?:a )?lon(?: roi)?(?=$|,)"
    r"|(?:a )?thoi khong(?=$|,)|khoan(?: da)?(?=$|,)|khong phai(?=$|,)|khong(?=$)"
    r"|xin loi(?=$|,)|dinh chinh|y lon(?=$|,)|nghi lai(?: thi)?|(?:ma )?thoi bo(?=$|,)|y la"
    r"|(?:a |i |ua )*ma thoi|a thoi|thoi(?:,|$)(?= ?$| (?:chi|cho|ve|do|lam|xem|viet|so)\b)|thoi (?:dung"
    r"|doi y(?: roi)?)(?=$|,)"
    r"|sua lai(?=:)"
    r"|(?:a )?cai do (?:noi|biet) roi)"
    r"(?:$|[\s,:.]+)(?P<rest>.*)$"
)
_CORRECTS_BEFORE = re.compile(r"^(?P<rest>.{2,40}?),? (?:rather|i meant?|instead of that|moi dung)\W*$")
"""The right one, then the mark: "the heat map rather"."""
_ENDS = re.compile(r"\W*(?:khong|khoi|chua|du roi|dung|cam on|chao|bye|thanks)\b")
"""What follows a "thôi" that takes nothing back."""
_ALSO_BEFORE = re.compile(r"^\W*i meant?\W*$")
_HESITATES = re.compile(r"^(?:\W|er+|uh+|um+|ugh|argh|hm+|oh|ah)+$")
_OBJECT = re.compile(r"\b(?P<kind>the|an?|my|his|her|cai|tam|phim|anh)\b")
_HANDLE_ONLY = re.compile(
    r"^(?:\W|the|it|is|was|i|meant?|y|toi|la|co|phai|finding|phat hien|cai)*(?P<handle>f\s?\d{1,3})(?:\W|co|nhe|moi"
    r"|dung)*$"
)
_DENIES = re.compile(
    r"n't\b|n’t\b|\b(?:no|not|nor|non|never|without|w/o|skip\w*|leav\w+|ignor\w+|except|but|rather|instead|spare|hold"
    r"|drop|omit|avoid|stop|dont|cant|needn|unnecessary|enough|wait|later|minus|bar|cancel|forget|pass on|khong|ko|k"
    r"|hong|hok|khoi|dung|thoi|mien|tru|bo|chua|khoan|de sau|chi|cam|bot|dep|het|du)\b"
)
"""Words without which nothing is left out, whatever is heard."""
_COURTESY = re.compile(r"(?:\W|please|pls|plz|kindly|my (?:mistake|bad)|lam on|giup voi|nhe|nha|a)*")
_OPEN = re.compile(r"[\s,.;:!?(\[\"'“”]")
_MOST = 14


@dataclass(frozen=True, slots=True)
class Atom:
    """The smallest piece of a message; `hard`: a sentence ends after it; `asks`: it ends with a question mark.

    `glue` is what is written between it and the next piece when they are one, `between` what stood there.
    """

    text: str
    hard: bool
    asks: bool = False
    glue: str = " and "
    between: str = ""


class _Cut(NamedTuple):
    """Where a piece ends and the next begins; `hard`: a sentence ends there."""

    start: int
    end: int
    hard: bool


def aligned(text: str) -> str:
    """`folded`, letter for letter: an index in it is an index in the NFC text."""
    return "".join((folded(c) or " ")[0] for c in unicodedata.normalize("NFC", text))


def _seen(text: str) -> str:
    """`aligned`, but for the one negation that is another word without its accents."""
    return "".join(
        c.lower() if c.lower() in "đừ" and text[i : i + 4].lower() == "đừng" else a
        for i, (c, a) in enumerate(zip(text, aligned(text), strict=True))
    ).replace("đung", "đừng")


def atoms_of(message: str, begins: Collection[int] = ()) -> list[Atom]:
    """Pieces between separators, and where a request `begins` without one; what stands in quotes is never cut."""
    text = unicodedata.normalize("NFC", message)
    quoted = _whole_spans(text)
    atoms: list[Atom] = []
    start = 0
    for cut in _cuts(text, begins):
        if any(a <= cut.start < b for a, b in quoted):
            continue
        piece = text[start : cut.start].strip()
        between = text[cut.start : cut.end]
        glue = " / " if "/" in between else " and " if between else " "
        if piece:
            atoms.append(Atom(piece, cut.hard, "?" in between, glue, between))
        elif cut.hard and atoms:
            atoms[-1] = replace(atoms[-1], hard=True, asks=atoms[-1].asks or "?" in between)
        start = cut.end
    tail = text[start:].strip()
    if tail:
        atoms.append(Atom(tail, True))
    atoms = _refusing(_joined(_without_courtesy(atoms)))
    if len(atoms) > _MOST:
        atoms = [*atoms[: _MOST // 2], *atoms[-_MOST // 2 :]]
    return atoms


def _cuts(text: str, begins: Collection[int]) -> list[_Cut]:
    """Where a message is cut, in order; a beginning beside a separator is that separator's."""
    cuts = [_Cut(m.start(), m.end(), m.group("hard") is not None) for m in _SPLIT.finditer(_seen(text))]
    taken = [range(c.start, c.end + 1 + _gap(text, c.end)) for c in cuts]
    free = (at for at in begins if at and _OPEN.match(text[at - 1]) and not any(at in t for t in taken))
    return sorted([*cuts, *(_Cut(at, at, False) for at in free)])


def _gap(text: str, at: int) -> int:
    """How many spaces stand there."""
    return len(text) - at - len(text[at:].lstrip())


def _without_courtesy(atoms: list[Atom]) -> list[Atom]:
    """Without pieces that are courtesy alone: "strike it off, please, reason: tear film"."""
    kept: list[Atom] = []
    for atom in atoms:
        if not _COURTESY.fullmatch(folded(atom.text)):
            kept.append(atom)
        elif kept and atom.hard:
            kept[-1] = replace(kept[-1], hard=True, asks=kept[-1].asks or atom.asks)
    return kept or atoms


def _whole_spans(text: str) -> list[tuple[int, int]]:
    """Parts that are never cut: what stands in quotes, and "between ... and ..."."""
    return [m.span() for p in (_QUOTED, _BETWEEN) for m in p.finditer(text)]


def _joined(atoms: list[Atom]) -> list[Atom]:
    """ "Grad-CAM? What is that?" is one question."""
    joined: list[Atom] = []
    for atom in atoms:
        if joined and _WHAT_THAT.match(folded(atom.text)) and len(joined[-1].text.split()) < 12:
            quoted = _QUOTED.search(joined[-1].text)
            term = quoted.group().strip("\"'“”«»") if quoted else joined[-1].text
            joined[-1] = Atom(f"what is {term}", True, True)
        elif joined and _WHAT_APART.match(folded(atom.text)):
            joined[-1] = Atom(f"{joined[-1].text} {atom.text}", atom.hard, atom.asks, atom.glue)
        else:
            joined.append(atom)
    return joined


def _refusing(atoms: list[Atom]) -> list[Atom]:
    """ "Skip the box and the outline" leaves out both; "don't export: write it up" leaves out one and asks for one."""
    told: list[Atom] = []
    for atom in atoms:
        last = told[-1] if told else None
        goes_on = last is not None and not last.hard and _JOINS.fullmatch(folded(last.between))
        left = (
            _STRONG.match(folded(last.text)) if last and goes_on and _ALSO_LEFT.fullmatch(folded(atom.text)) else None
        )
        refused, _, after = atom.text.partition(":")
        if last and left and _ALSO_LEFT.fullmatch(left.group("rest")):
            told[-1] = replace(atom, text=f"{last.text}{last.between}{atom.text}")
        elif after.strip() and _STRONG.match(folded(refused)):
            told += [Atom(refused, False), replace(atom, text=after.strip())]
        else:
            told.append(atom)
    return told


def corrects(clause: str) -> bool:
    """Whether a piece begins by taking back what was said before it."""
    return _CORRECTS.match(aligned(clause)) is not None


def corrected(atoms: list[Atom]) -> list[Atom]:
    """What is left after "no wait", "I mean", "à không": the piece before it is taken back, or gets another handle.

    A sentence that is said anew with as many pieces is taken back whole.
    """
    kept: list[Atom] = []
    taken_back = False
    for i, atom in enumerate(atoms):
        flat = aligned(atom.text)
        last = i + 1 == len(atoms)
        if kept and not last and _HESITATES.match(flat):
            continue
        fixed = _CORRECTS.match(flat)
        if fixed is not None and not fixed.group("rest") and last and len(kept) > 1 and _ALSO_BEFORE.match(flat):
            kept[-2:] = [_instead(kept[-2], kept[-1], kept[-1].text)]
            continue
        if kept and not taken_back and fixed is None and (fixed := _CORRECTS_BEFORE.match(flat)):
            kept[-1] = _instead(kept[-1], atom, atom.text[fixed.start("rest") : fixed.end("rest")])
            continue
        enough = not last and flat == "thoi" and _ENDS.match(aligned(atoms[i + 1].text))
        if fixed is None or not kept or enough or (not fixed.group("rest") and last):
            if taken_back and kept:
                before = _CORRECTS_BEFORE.match(flat)
                rest = atom.text[: before.end("rest")] if before else atom.text
                kept[-1:] = _corrected(kept[-1], atom, rest)
            else:
                kept.append(atom)
            taken_back = False
            continue
        rest = atom.text[fixed.start("rest") :].strip()
        while again := _CORRECTS.match(aligned(rest)):
            rest = rest[again.start("rest") :].strip()
        _take_back(kept, bool(rest), atoms[i + 1 :] if not atom.hard else [])
        if rest:
            kept[-1:] = _corrected(kept[-1], atom, rest)
        taken_back = not rest
    return kept


def _take_back(kept: list[Atom], begun: int, after: list[Atom]) -> None:
    """Leave one piece of the sentence before, if it is said anew with as many: `begun` and those up to the next end."""
    start = next((k for k in range(len(kept) - 1, 0, -1) if kept[k - 1].hard), 0)
    end = next((k + 1 for k, atom in enumerate(after) if atom.hard), len(after))
    if kept[-1].hard and 1 < len(kept) - start <= begun + end:
        del kept[start + 1 :]


def _corrected(before: Atom, atom: Atom, rest: str) -> list[Atom]:
    """What a piece and its correction come to."""
    if handle := _HANDLE_ONLY.match(folded(rest)):
        return [_with_handle(before, handle.group("handle"))]
    if _points(rest):
        return [before, replace(atom, text=rest)]
    return [_instead(before, atom, rest)]


def _instead(before: Atom, atom: Atom, rest: str) -> Atom:
    """The correction; with the words of the piece before it where it only names another thing: "no, the glaucoma"."""
    named = _OBJECT.match(aligned(rest))
    if named is not None and len(rest.split()) < 5:
        there = [m for m in _OBJECT.finditer(aligned(before.text)) if m.group() == named.group() and m.start()]
        if there:
            return replace(atom, text=f"{before.text[: there[-1].start()]}{rest}")
    return replace(atom, text=rest)


def _points(rest: str) -> bool:
    """Whether a correction only names another picture."""
    return (
        re.fullmatch(
            r"(?:the |for the |on the |for |on |in |anh |tam |hinh |cai )?(?:img\s?\d+|image \w+|so \d|\d|(?:left|right"
            r"|first|second"
            r"|third|other|last|later|earlier|thu nhat|thu hai|kia|dau|sau|truoc|con lai)(?: one| image| scan"
            r"| picture)?)"
            r"(?: co| nhe| moi dung| moi phai)?[.!]*",
            folded(rest),
        )
        is not None
    )


def _with_handle(atom: Atom, handle: str) -> Atom:
    """A piece with another finding in the place of the one that it named."""
    text, found = re.subn(r"\b[Ff]\s?\d{1,3}\b", handle.upper(), atom.text, count=1)
    return replace(atom, text=text if found else f"{atom.text} {handle.upper()}")


def denies(clause: str) -> bool:
    """Whether a word of a clause may leave something out."""
    return _DENIES.search(folded(clause)) is not None


def negated(clause: str, matcher: Matching) -> str | None:
    """What a clause asks to leave out; None where it negates nothing that a tool does."""
    flat = folded(clause).rstrip(" .!")
    if around := _AROUND.match(flat):
        rest = around.group("a") or around.group("b") or around.group("c")
        if matcher.lexicon.words(rest).concepts:
            return str(rest)
    if unwanted := _UNWANTED.match(flat):
        return unwanted.group("rest")
    if clause.lower().startswith("đừng ") and (rest := _YET.sub("", flat[len("dung ") :]).strip()):
        return rest
    if strong := _STRONG.match(flat):
        return _YET.sub("", strong.group("rest")).strip() or "all"
    if (weak := _WEAK.match(flat)) and not clause.lower().startswith("nó") and weak.group("rest"):
        rest = _YET.sub("", weak.group("rest")).strip()
        if matcher.lexicon.words(rest).concepts & _OPERATIONS:
            return rest
    return None
