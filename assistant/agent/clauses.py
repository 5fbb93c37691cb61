"""A message -> its clauses: where one request ends and the next begins, what is taken back, negated, quoted.

Splitting is weighed, not only cut: "difference between T1 and T2" stays whole because it is understood better so.
"""

import re
import unicodedata
from dataclasses import dataclass, replace

from assistant.agent.matcher import Match, Matching
from assistant.language.normal import folded

__all__ = ["Atom", "aligned", "atoms_of", "corrected", "grouped", "negated"]

_SPLIT = re.compile(
    r"""(?P<hard>[.;!?\n]+(?=\s|$)|\n|(?<!\S)\(?\d\)(?=\s)|(?<=\s)[-–—]+(?=\s)|…|\s*(?:->|=>|→|\|)\s*)
      | (?P<soft>,(?!\d)(?!\s*(?:yes|no|right|correct)\s*(?:\?|$))
        | \b(?:and\s+then|and\s+also|and|then|also|plus|as\s+well\s+as|along\s+with|together\s+with|after\s+that
          |afterwards|before\s+that|oh\s+and|va|roi|xong|sau\s+do|ke\s+den|tiep\s+theo|cuoi\s+cung|dong\s+thoi
          |cung\s+voi)\b(?!\s*$)
        | &|\+(?=\s|[a-z])|(?<=\s)/(?=\s)|(?<=[a-z]{3})/(?=[a-z]{3})
        | (?=\b(?:but|without|except|instead\s+of|rather\s+than|no\s+need|so\s+(?:that\s+)?(?:i|we)\s+can
          |before\s+(?:you|i|we)|which\s+you|while\s+you|once\s+(?:that|it|you)|in\s+case)\b)
        | (?=\b(?:nhung|khong\s+can|khoi\s+can|chua\s+can|de\s+toi|truoc\s+khi)\b)
        | (?=(?<!\w)đừng(?!\w)))""",
    re.VERBOSE,
)
_QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|«[^»]*»|(?<!\w)'[^']*'(?!\w)")
_BETWEEN = re.compile(
    r"\b(?:between|differ(?:ence)? of)\s[^,.;?]{1,40}?\sand\s|\bgiữa\s[^,.;?]{1,40}?\svà\s", re.IGNORECASE
)
_LEAD = r"^(?:\W|please\b|but\b|and\b|just\b|so\b|well\b|actually\b|nhung\b|thoi\b|xin\b|ban\b|hay\b)*"
_STRONG = re.compile(
    _LEAD
    + r"(?:do not|don'?t|dont|(?:i|we) (?:do not|don'?t|dont) (?:want|need|care about)|no need (?:to|for|of)?|no more"
    r"|(?:i am|i'm|we are|we're) not (?:asking for|after|interested in|looking for)"
    r"|skip|without|leave out|leave the|omit|never|ignore|forget(?: about)?|except(?: for)?|spare me|hold off(?: on)?"
    r"|hold the|instead of|rather than|not yet|never mind|not the|not a|(?:i would |i'd |we'd )?rather not|sans"
    r"|minus|khong can|khong muon"
    r"|khong (?=(?:doc|ve|do|xuat|khoanh|viet|gui|in|so sanh|to)\b)|dung co"
    r"|dung(?= (?:do|doc|ve|xuat|khoanh|cho|hien|viet|so|in|gui|to|chinh|phan|chap|duyet|bac|tu|loai|bo|sua)\b)"
    r"|khoi can"
    r"|khoi(?= (?:do|doc|ve|xuat|khoanh|viet|in|so|ban)\b)|khoan(?= (?:do|doc|ve|xuat|khoanh|viet|in|so|hay|da)\b)"
    r"|bo qua|chua can)\b(?! (?:you|they|we|hesitate|forget|know|see what|understand)\b)\s*(?P<rest>.*)$"
)
_AROUND = re.compile(
    _LEAD
    + r"(?:leave (?P<a>.+?) (?:alone|out|aside|for (?:later|now))|(?P<b>.+?) (?:can wait|later(?: on)?|another time"
    r"|(?:is |are )?not (?:needed|necessary|required|yet)|khong can|khoi can|de sau|tinh sau))"
    r"(?: (?:thanks|please|yet|dau|nhe))?$"
)
_UNWANTED = re.compile(_LEAD + r"no (?P<rest>.+?) (?:wanted|needed|required|necessary|asked for)$")
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
    r"^(?:\W|oh|ah|uh|hm+|but|sorry|oops|wait|no|a|ay|xin loi)*?"
    r"(?:no[, ]+wait|wait[, ]+no|wait|hang on|actually[, ]+no|no[, ]+actually|scratch that|strike that|forget that"
    r"|on second thoughts?|i meant?(?: to say)?|or rather|rather(?! than\b)|make (?:that|it)(?= the| a| an)|correction"
    r"|my mistake|oops|sorry(?=$|,| i meant?\b)|not that(?=$|,)|no(?=$|,)|(?:a|ay) khong|(?:a )?nham(?: roi)?"
    r"|y (?:toi|em|minh|anh|chi) la|(?:a )?quen|noi (?:nham|lai)|viet nham|khong phai(?=$|,)|khong(?=$))"
    r"(?:$|[\s,:.]+)(?P<rest>.*)$"
)
_HANDLE_ONLY = re.compile(
    r"^(?:\W|the|it|is|was|i|meant?|y|toi|la|co|phai|finding|phat hien|cai)*(?P<handle>f\s?\d{1,3})(?:\W|co|nhe|moi"
    r"|dung)*$"
)
_SPLIT_COST = 0.95
_MOST = 14


@dataclass(frozen=True, slots=True)
class Atom:
    """The smallest piece of a message; `hard`: a sentence ends after it; `asks`: it ends with a question mark.

    `glue` is what stood between it and the next piece.
    """

    text: str
    hard: bool
    asks: bool = False
    glue: str = " and "


def aligned(text: str) -> str:
    """`folded`, letter for letter: an index in it is an index in the NFC text."""
    return "".join((folded(c) or " ")[0] for c in unicodedata.normalize("NFC", text))


def _seen(text: str) -> str:
    """`aligned`, but for the one negation that is another word without its accents."""
    return "".join(
        c.lower() if c.lower() in "đừ" and text[i : i + 4].lower() == "đừng" else a
        for i, (c, a) in enumerate(zip(text, aligned(text), strict=True))
    ).replace("đung", "đừng")


def atoms_of(message: str) -> list[Atom]:
    """Pieces between separators; what stands in quotes is never cut."""
    text = unicodedata.normalize("NFC", message)
    quoted = [m.span() for p in (_QUOTED, _BETWEEN) for m in p.finditer(text)]
    atoms: list[Atom] = []
    start = 0
    for cut in _SPLIT.finditer(_seen(text)):
        if any(a <= cut.start() < b for a, b in quoted):
            continue
        hard = cut.group("hard") is not None
        piece = text[start : cut.start()].strip()
        between = text[cut.start() : cut.end()]
        if piece:
            atoms.append(Atom(piece, hard, "?" in between, " / " if "/" in between else " and "))
        elif hard and atoms:
            atoms[-1] = replace(atoms[-1], hard=True, asks=atoms[-1].asks or "?" in between)
        start = cut.end()
    tail = text[start:].strip()
    if tail:
        atoms.append(Atom(tail, True))
    atoms = _joined(atoms)
    if len(atoms) > _MOST:
        atoms = [*atoms[: _MOST // 2], *atoms[-_MOST // 2 :]]
    return atoms


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


def corrected(atoms: list[Atom]) -> list[Atom]:
    """What is left after "no wait", "I mean", "à không": the piece before it is taken back, or gets another handle."""
    kept: list[Atom] = []
    taken_back = False
    for i, atom in enumerate(atoms):
        fixed = _CORRECTS.match(aligned(atom.text))
        if fixed is None or not kept or (not fixed.group("rest") and i + 1 == len(atoms)):
            if taken_back and kept and (handle := _HANDLE_ONLY.match(folded(atom.text))):
                kept[-1] = _with_handle(kept[-1], handle.group("handle"))
            elif taken_back and kept:
                kept[-1] = atom
            else:
                kept.append(atom)
            taken_back = False
            continue
        rest = atom.text[fixed.start("rest") :].strip()
        if not rest:
            taken_back = True
        elif handle := _HANDLE_ONLY.match(folded(rest)):
            kept[-1] = _with_handle(kept[-1], handle.group("handle"))
        elif _points(rest):
            kept.append(atom)
        else:
            kept[-1] = replace(atom, text=rest)
    return kept


def _points(rest: str) -> bool:
    """Whether a correction only names another picture."""
    return (
        re.fullmatch(
            r"(?:the |for the |on the |for |on |in |anh |tam |hinh |cai )?(?:img\s?\d+|image \w+|(?:left|right"
            r"|first|second"
            r"|third|other|last|later|earlier|thu nhat|thu hai|kia|dau|sau|truoc|con lai)(?: one| image| scan"
            r"| picture)?)"
            r"(?: co| nhe)?[.!]*",
            folded(rest),
        )
        is not None
    )


def _with_handle(atom: Atom, handle: str) -> Atom:
    """A piece with another finding in the place of the one that it named."""
    text, found = re.subn(r"\b[Ff]\s?\d{1,3}\b", handle.upper(), atom.text, count=1)
    return replace(atom, text=text if found else f"{atom.text} {handle.upper()}")


def grouped(atoms: list[Atom], matcher: Matching) -> list[tuple[Atom, Match]]:
    """Neighbouring atoms put together where they are understood better as one."""
    clauses: list[tuple[Atom, Match]] = []
    run: list[Atom] = []
    for atom in atoms:
        run.append(atom)
        if atom.hard:
            clauses += _best(run, matcher)
            run = []
    return clauses + (_best(run, matcher) if run else [])


def _best(run: list[Atom], matcher: Matching) -> list[tuple[Atom, Match]]:
    best: list[tuple[float, list[tuple[Atom, Match]]]] = [(0.0, [])]
    refuses = [negated(p.text, matcher) is not None for p in run]
    wholes = {
        (start, end): _whole(run[start:end])
        for end in range(1, len(run) + 1)
        for start in range(max(0, end - 4), end)
        if end - start == 1 or not any(refuses[start:end])
    }
    matcher.prepare(whole.text for whole in wholes.values())
    for end in range(1, len(run) + 1):
        options = []
        for start in range(max(0, end - 4), end):
            whole = wholes.get((start, end))
            if whole is None:
                continue
            match = matcher.match(whole.text)
            gain = match.score - _SPLIT_COST
            before, chosen = best[start]
            options.append((before + gain, [*chosen, (whole, match)]))
        best.append(max(options, key=lambda o: o[0]))
    return best[-1][1]


def _whole(parts: list[Atom]) -> Atom:
    text = "".join(p.text + (p.glue if p is not parts[-1] else "") for p in parts)
    return Atom(text, parts[-1].hard, parts[-1].asks, parts[-1].glue)


def negated(clause: str, matcher: Matching) -> str | None:
    """What a clause asks to leave out; None where it negates nothing that a tool does."""
    flat = folded(clause).rstrip(" .!")
    if around := _AROUND.match(flat):
        rest = around.group("a") or around.group("b")
        if matcher.lexicon.words(rest).concepts:
            return str(rest)
    if unwanted := _UNWANTED.match(flat):
        return unwanted.group("rest")
    if strong := _STRONG.match(flat):
        return _YET.sub("", strong.group("rest")).strip() or "all"
    if (weak := _WEAK.match(flat)) and not clause.lower().startswith("nó") and weak.group("rest"):
        rest = _YET.sub("", weak.group("rest")).strip()
        if matcher.lexicon.words(rest).concepts & _OPERATIONS:
            return rest
    return None
