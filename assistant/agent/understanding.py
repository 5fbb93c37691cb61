"""A message and the session as it stands -> a plan: which tools, on which images, and which talk is answered.

By rule and by matcher, the same every time; it runs nothing and asks no gate. It does not know what a tool does: names,
needs, order and examples come from the catalogue.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import replace

from assistant.agent.cards import asks_for_a_card, asks_how_good
from assistant.agent.clauses import Atom, atoms_of, corrected, denies, negated
from assistant.agent.cuts import grouped
from assistant.agent.dictation import plainly
from assistant.agent.examples import READ
from assistant.agent.hearing import LEFT_OUT, TAKEN_BACK, Hearing
from assistant.agent.leanings import asks, leaning, tells
from assistant.agent.leaving import asked_otherwise, in_passing, left_out, unless_asked
from assistant.agent.matcher import LOOKS, REVIEW, Match
from assistant.agent.plans import READING, Asked, Plan, Step, tool_of
from assistant.agent.references import (
    another_picture,
    focus,
    images_in,
    only_points,
    points_to_unread,
    spared_pictures,
)
from assistant.agent.reviews import Decision, decided, decisions_in
from assistant.agent.signs import sign_named, sign_of_elsewhere
from assistant.agent.tagger import tagger
from assistant.agent.talk import language_of, matcher
from assistant.agent.targets import ordered, resolve, review_steps
from assistant.domain.session import Session
from assistant.language.asked import asks_for
from assistant.language.normal import folded
from assistant.tools.catalog import tool_named

__all__ = ["READING", "Plan", "Step", "tool_of", "understand", "understood"]

_KNOWN = 0.6
"""The least probability of an intent that is acted on; those below are as below it in other places."""
_KNOWN_SAID = 0.45
"""Of what is said as an example says it."""
_KNOWN_AMONG = 0.45
_POINTS = 0.75
_UNSURE, _CLOSE = 0.5, 0.08
_WEAK_READ = 0.72
_THIS_ONE = re.compile(
    r"\W*(?:and |what about |how about |now )*(?:this one|this|here|in this one|on this one)(?: now| too| as well)?\W*"
    r"|\W*(?:con |va |the )*(?:anh|phim|tam|lat|cai|o|the)? ?(?:nay|day)(?: nua)?(?: thi sao| the nao| sao)?\W*"
)
"""What a picture that comes with it makes a request of: the same again."""
_SAID = 0.97
_CLEARLY = 0.95
"""How sure a request in the middle of a story must be: "the GP wants a file"."""
_LOOK_HEARD, _SURE_HEARD = 0.6, 0.8
_MEANT, _PLAIN = 0.68, 0.97
"""How likely it must be that what was understood was meant."""
_SAID_SO = 0.7
"""How near to an example "don't keep anything" is, which leaves no tool out."""
_MOSTLY_TOLD = 0.7
_NEEDS = frozenset({"urgent", "fear"})
_DECIDES = 0.5
"""How sure it must be that something is a decision on a finding, where no pattern says so."""
_DECIMAL = re.compile(r"\b\d[.,]\d+\b(?!\s?(?:mg|ml|kg|g|mcg|%|units?|vien|ong)\b)")
_HELP = re.compile(r"(?:\W|help|me|us|out|please|with|this|that|it|giup|toi|em|voi|nhe|minh|a)*")
_WHETHER = re.compile(r"^(?:\W|so|and)*(?:is|are|does|do|has|have|any)\b|\bor not\b|\bco\b.*\b(?:khong|ko|k|chua)\b")
_FILES = frozenset({"report", "file", "impression"})
"""What is saved; without them "download it" means what the archive holds."""
_GOOD_FOR = frozenset((READ, READING, "segment_structures", "detect_lesions", "list_findings", "compare_images"))
_SMALL_TALK = frozenset({"greeting", "thanks", "ack", "bye"})


def understand(
    text: str,
    session: Session,
    new_images: tuple[str, ...] = (),
    looks_for: str = "",
    detects: Callable[[str], bool] = lambda image: False,
) -> Plan:
    """The plan of a message. `looks_for`: what the models here look for, so that other signs are known as such.

    `detects`: whether a detector belongs to a read of an image; asked for reads alone.
    """
    plan = Plan(language=language_of(text))
    said = plainly(text)
    hearing = Hearing(matcher(), tagger().tag(said))
    pieces = atoms_of(said, hearing.begins)
    atoms = _kept(corrected(pieces), hearing)
    untouched = len(atoms) == len(pieces)
    decisions, rest = decisions_in(atoms, session, hearing)
    pointed = "" if new_images or decisions else another_picture(text, session)
    clauses = [] if pointed else rest
    asked, excluded, again = _asked(
        clauses, hearing, plan, session, looks_for, len(atoms) > 1, bool(new_images), decisions
    )
    again = pointed or again
    if any(d.depends for d in decisions):
        plan.talk.append("depends")
    decisions = [d for d in decisions if not d.depends]
    open_ones = [d for d in decisions if d.open]
    decisions = [d for d in decisions if not d.open]
    if open_ones and session.findings:
        plan.which_finding = "" if open_ones[0].action == "edit" else open_ones[0].action
        if not asked and not decisions:
            plan.talk, plan.clarify = [], (tool_of("review_finding"), tool_of("list_findings"))
    excluded = {name: words for name, words in excluded.items() if not asked_otherwise(name, words, asked)}
    if not again and untouched:
        asked += _also_heard(hearing, asked, excluded)
    asked = [a for a in asked if a.tool.name not in excluded]
    asked = _unrepeated(asked, session, bool(decisions), hearing)
    if again is not None and asked:
        meant = "" if untouched or not _points_elsewhere(again, session) else again
        asked = [replace(a, clause=f"{a.clause} {again}", at=meant) for a in asked]
    elif again is not None and new_images and not _points_elsewhere(again, session):
        asked = [Asked(tool_of(READING), "", whole=True)]
    elif again is not None:
        asked = _repeated(session, again)
    needs = [a for a in asked if a.tool.needs != "nothing"]
    if (needs or decisions or again is not None) and not session.images:
        asked = [a for a in asked if a not in needs]
        plan.needs_image, plan.clarify, decisions = True, None, []
    if len(session.images) == 1 and asked and not decisions and all("images" in a.tool.arguments for a in asked):
        plan.needs_image = plan.needs_second = True
        return plan
    resolve(plan, asked, session, new_images, detects)
    plan.steps = [s for s in plan.steps if s.tool.name not in excluded and s.image not in plan.spared]
    plan.steps += [s for d in decisions for s in review_steps(d, session)]
    plan.steps = ordered(plan.steps)
    if plan.steps or decisions:
        plan.talk = [t for t in plan.talk if t not in _SMALL_TALK | {"context", "unknown", "again"}]
    return plan


def _also_heard(hearing: Hearing, asked: list[Asked], excluded: Collection[str]) -> list[Asked]:
    """Requests heard beyond doubt that no piece was understood as; a decision on a finding is none."""
    there = {REVIEW, *excluded, *(a.tool.name for a in asked)}
    found: dict[str, Asked] = {}
    for clause, label in hearing.requests:
        name = READING if label == READ else label
        if (tool := tool_named(name)) and name not in there and not any(a.topic and a.clause in clause for a in asked):
            found.setdefault(name, Asked(tool, clause, whole=label == READ))
    return list(found.values())


def _kept(atoms: list[Atom], hearing: Hearing) -> list[Atom]:
    """Without what is taken back later, where more is left than the name of a picture."""
    kept = [a for a in atoms[:-1] if hearing.mode(a.text) != TAKEN_BACK] + atoms[-1:]
    return atoms if all(only_points(a.text) for a in kept) else kept


def _asked(
    atoms: list[Atom],
    hearing: Hearing,
    plan: Plan,
    session: Session,
    looks_for: str,
    several: bool,
    brings: bool,
    decisions: list[Decision],
) -> tuple[list[Asked], dict[str, frozenset[str]], str | None]:
    """What the clauses ask for; what they ask to leave out, with the concepts of its words; a clause that asks for
    "the same" elsewhere.

    `brings`: an image comes with the message, which "and this one?" then means. `decisions`: here go those that no
    pattern knew."""
    found: list[Asked] = []
    excluded: dict[str, frozenset[str]] = {}
    doubtful: dict[str, frozenset[str]] = {}
    weak: list[Asked] = []
    again: str | None = None
    unknown = vague = False
    pointed = ""
    lean = leaning(hearing, session, brings or points_to_unread([a.text for a in atoms], session))
    clauses = grouped(atoms, lean)
    scaled = any(_scaled(atom.text) for atom, _ in clauses)
    requests = any(not tells(a.text, a.asks) for a, _ in clauses)
    alone = sum(tool_named(m.intent) is not None or m.intent == READ for _, m in clauses) < 2
    for atom, match in clauses:
        left = None if match.intent == "delete" and match.near >= _SAID_SO else negated(atom.text, lean)
        if left is None and hearing.mode(atom.text) == LEFT_OUT and denies(atom.text):
            left = atom.text
        told = hearing.heard(atom.text, ("context",)) or 0
        if left is not None and in_passing(atom.text) and told > _MOSTLY_TOLD:
            unknown = True
            continue
        if left is not None:
            plan.left_out = True
            if spared := spared_pictures(left, session):
                plan.spared |= frozenset(spared)
                continue
            named, perhaps = left_out(left, lean)
            said = matcher().lexicon.words(left).concepts
            if unless_asked(atom.text):
                perhaps, named = perhaps | named, set()
            excluded |= {n: excluded.get(n, frozenset()) | said for n in named}
            doubtful |= dict.fromkeys(perhaps, said)
            continue
        if requests and _only_told(atom, match) and (hearing.heard(atom.text, (match.intent,)) or 0) < _SURE_HEARD:
            unknown = True
            continue
        sign = sign_named(match)
        topic = "" if sign in looks_for else sign
        topic = topic or sign_of_elsewhere(match, atom.text)
        name = (
            "measure_finding"
            if _scaled(atom.text)
            else "describe_abilities"
            if topic
            else _intent(match, session, alone)
        )
        if asks_for("unverified", atom.text) or asks_for("opinion", atom.text):
            name = None
        if sign and not topic and name == "describe_abilities" and "ability" not in match.words.concepts:
            name = READING
        whole = name == READ
        name = READING if name == READ else name
        if name == "aside" or (name == "context" and asks(atom.text, atom.asks)):
            unknown = True
            continue
        if name == REVIEW:
            if one := decided(match.action, atom.text, session):
                decisions.append(one)
            continue
        if brings and _THIS_ONE.fullmatch(folded(atom.text)):
            name = "again"
        if name == "vague":
            vague = True
            continue
        if several and name and not topic and tool_named(name) and name != READ and match.score < _KNOWN_AMONG:
            name = None
        if match.score < _POINTS and name != "again" and _points_elsewhere(atom.text, session) and several:
            pointed = atom.text
            continue
        if name == "again" and not brings and not _points_elsewhere(atom.text, session):
            name = next((n for n, s in match.intents[1:2] if s >= _KNOWN), None)
        if name == "again":
            again, pointed = " and ".join(filter(None, (again, pointed, atom.text))), ""
        elif name is None or (
            (tool := tool_named(name))
            and not topic
            and not _plain(atom, match)
            and hearing.meant(atom.text, match.intent) < _MEANT
        ):
            unknown = True
        elif tool:
            close = next(i for i in match.intents[1:] if {i[0], name} != {READ, READING} and i[0] != name)
            other = tool_named(close[0])
            handled = "xfinding" in match.words.words and name == "explain_finding"
            if (
                other
                and not topic
                and not handled
                and match.score < _UNSURE
                and match.score - close[1] < _CLOSE
                and close[0] != name
            ):
                plan.clarify = plan.clarify or (tool, other)
            if name == "export_report" and found and not match.words.concepts & _FILES:
                last = found[-1].tool.name
                tool = tool_of("fetch_study") if last in ("search_archive", "fetch_study") else tool
            clause, pointed = f"{atom.text} {pointed}".strip(), ""
            if name == "look_up_term" and found and found[-1].tool is tool:
                found[-1] = Asked(tool, f"{found[-1].clause} and {clause}")
                continue
            if name == "measure_finding" and found and found[-1].tool is tool and scaled:
                found[-1] = Asked(tool, f"{found[-1].clause}, {clause}")
                continue
            found.append(Asked(tool, clause, topic, whole))
            if whole and match.score < _WEAK_READ and several:
                weak.append(found[-1])
        else:
            plan.talk.append(name)
    if pointed and found and again is None:
        again = pointed
    if "order" in plan.talk:
        found = [a for a in found if a not in weak and a.tool.name != "write_report"]
        decisions[:] = [d for d in decisions if d.action not in ("accept", "edit")]
    if "urgent" in plan.talk or "fear" in plan.talk:
        found = [a for a in found if a.tool.name != "describe_abilities" or a.topic]
    if found and len(found) > 1:
        plan.clarify = None
    if (
        vague
        and not found
        and not decisions
        and not set(plan.talk) - _SMALL_TALK - {"context"}
        and again is None
        and session.images
    ):
        first, second = ("explain_finding", "list_findings") if session.findings else (READING, "inspect_image")
        plan.clarify = plan.clarify or (tool_of(first), tool_of(second))
        return found, excluded, again
    real_talk = [t for t in plan.talk if t not in ("context",)]
    if unknown and not found and not real_talk and again is None and not plan.left_out:
        plan.talk.append("unknown")
    excluded |= {n: said for n, said in doubtful.items() if n not in {a.tool.name for a in found}}
    if not found and "guess" in plan.talk and set(plan.talk) <= _SMALL_TALK | {"guess", "context", "certainty"}:
        found.append(Asked(tool_of(READING), "", whole=True))
    if "context" in plan.talk and not found and not real_talk and session.images and not session.findings:
        found.append(Asked(tool_of(READING), "", whole=True))
    return found, excluded, again


def _unrepeated(asked: list[Asked], session: Session, decided: bool, hearing: Hearing) -> list[Asked]:
    """Without what only gives the subject of another request.

    A disease that was found is named and not looked for again, and "help me out" is no question about abilities.
    """
    others = {a.tool.name for a in asked} - {READING, "describe_abilities"}
    kept = asked
    if session.findings and (others or decided):
        kept = [
            a
            for a in kept
            if a.tool.name != READING
            or "read" in matcher().match(a.clause).words.concepts
            or _WHETHER.search(folded(a.clause))
            or (hearing.heard(a.clause, LOOKS) or 0) > _LOOK_HEARD
        ]
    if others:
        kept = [
            a for a in kept if a.tool.name != "describe_abilities" or a.topic or not _HELP.fullmatch(folded(a.clause))
        ]
    return kept


def _points_elsewhere(clause: str, session: Session) -> bool:
    return len(session.images) > 1 and bool(images_in(clause, session, focus(session, ())).handles)


def understood(match: Match) -> str | None:
    """The intent of a clause; None where it is like nothing that was ever said here."""
    known = bool(match.words.words) and match.score >= (_KNOWN_SAID if match.near >= _SAID else _KNOWN)
    return match.intent if known else None


def _intent(match: Match, session: Session, alone: bool) -> str | None:
    """The intent of a clause, or None where it is like nothing that was ever said here; `alone`: nothing else is asked
    for, so that an "impression" of what nobody read is a read."""
    words = match.words
    name = match.intent
    if words.words and asks_for_a_card(words.words):
        return "look_up_term"
    if name == "look_up_term" and "xfinding" in words.words:
        return None
    if asks_how_good(words) and name in _GOOD_FOR:
        return "look_up_term"
    if understood(match) is None:
        return None
    if words.words in (("impression",), ("imp",)) and not session.findings and alone:
        return READ
    if name == REVIEW and match.score < _DECIDES:
        return next((n for n, s in match.intents[1:] if s >= _KNOWN), None)
    return name


def _only_told(atom: Atom, match: Match) -> bool:
    """Whether a clause beside a request is part of its story, and neither a request that is sure nor a need."""
    if match.near >= _SAID or not tells(atom.text, atom.asks) or _scaled(atom.text):
        return False
    return match.intent not in _NEEDS and (tool_named(match.intent) is None or match.score < _CLEARLY)


def _plain(atom: Atom, match: Match) -> bool:
    """Whether a clause is said as an example says it, or states a scale or amends it ("0.4, not 0.5")."""
    amends = match.intent == "measure_finding" and _DECIMAL.search(atom.text) is not None
    return match.near >= _PLAIN or amends or _scaled(atom.text)


def _scaled(clause: str) -> bool:
    """Whether a clause states how large a pixel is."""
    return "spacing_mm" in tool_of("measure_finding").fill(clause)


def _repeated(session: Session, clause: str) -> list[Asked]:
    """The image tools of the last turn that had any, to be run where the new clause points."""
    for turn in reversed(session.turns):
        tools = [t for c in turn.tools if (t := tool_named(c.name)) and "image" in t.arguments]
        if tools:
            last = [t for t in tools if not (t.name == READING and any(o.rests_on_findings for o in tools))]
            return [Asked(t, clause) for t in dict.fromkeys(last)]
    return [Asked(tool_of(READING), clause, whole=True)]
