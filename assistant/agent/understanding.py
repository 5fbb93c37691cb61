"""A message and the session as it stands -> a plan: which tools, on which images, and which talk is answered.

By rule and by matcher, the same every time; it runs nothing and asks no gate. It does not know what a tool does: names,
needs, order and examples come from the catalogue.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from pydantic import JsonValue

from assistant.agent.clauses import Atom, atoms_of, grouped, negated
from assistant.agent.matcher import Match
from assistant.agent.references import Pointed, findings_in, focus, images_in, main_of
from assistant.agent.reviews import Decision, decisions_in
from assistant.agent.talk import language_of, matcher
from assistant.domain.session import Session
from assistant.language.knowledge import term_cards
from assistant.language.normal import folded, tokens
from assistant.language.phrasing import Language
from assistant.tools.catalog import tool_named
from assistant.tools.tool import Tool

__all__ = ["Plan", "Step", "understand"]

_KNOWN = 0.55
_NEAR = 0.36
_CLOSE = 0.05
_SMALL_TALK = frozenset({"greeting", "thanks", "ack", "bye"})
_READ = "classify_image"
_CARD_NAMES = frozenset(" ".join(tokens(folded(n))) for card in term_cards() for n in card.names)


@dataclass(frozen=True, slots=True)
class Step:
    """One call to make. `finding` "?" is the main finding of the image at the time of the call."""

    tool: Tool
    arguments: dict[str, JsonValue]
    image: str | None = None
    wants_findings_on: str | None = None


@dataclass(slots=True)
class Plan:
    """What a message asks for. Only one of `clarify`, `missing` and `steps` with `talk` is answered."""

    language: Language = "en"
    steps: list[Step] = field(default_factory=list)
    talk: list[str] = field(default_factory=list)
    left_out: bool = False
    needs_image: bool = False
    which_image: bool = False
    clarify: tuple[Tool, Tool] | None = None
    missing_image: str = ""

    @property
    def has_review(self) -> bool:
        return any(s.tool.name == "review_finding" for s in self.steps)


@dataclass(slots=True)
class _Asked:
    """One understood clause."""

    tool: Tool
    clause: str
    topic: str = ""


def understand(text: str, session: Session, new_images: tuple[str, ...] = (), looks_for: str = "") -> Plan:
    """The plan of a message. `looks_for`: what the models here look for, so that other signs are known as such."""
    plan = Plan(language=language_of(text))
    atoms = atoms_of(text)
    decisions, rest = decisions_in(atoms, session, matcher())
    asked, excluded, again = _asked(rest, plan, session, looks_for, len(atoms) > 1)
    asked = [a for a in asked if a.tool.name not in excluded]
    if again is not None and asked:
        asked = [replace(a, clause=f"{a.clause} {again}") for a in asked]
    elif again is not None:
        asked = _repeated(session, again)
    needs = [a for a in asked if a.tool.needs != "nothing"]
    if (needs or decisions or again is not None) and not session.images:
        plan.needs_image, plan.steps, plan.clarify = True, [], None
        return plan
    _resolve(plan, asked, session, new_images)
    plan.steps += [s for d in decisions for s in _review_steps(d, session)]
    plan.steps = _ordered(plan.steps)
    if plan.steps or decisions:
        plan.talk = [t for t in plan.talk if t not in _SMALL_TALK | {"context", "unknown", "again"}]
    return plan


def _asked(
    atoms: list[Atom], plan: Plan, session: Session, looks_for: str, several: bool
) -> tuple[list[_Asked], set[str], str | None]:
    """What the clauses ask for; what they ask to leave out; a clause that asks for "the same" elsewhere."""
    found: list[_Asked] = []
    excluded: set[str] = set()
    again: str | None = None
    unknown = False
    pointed = ""
    for atom, match in grouped(atoms, matcher()):
        left = negated(atom.text, matcher())
        if left is not None:
            plan.left_out = True
            excluded |= _left_out(left)
            continue
        topic = _unlooked_for(match, looks_for)
        name = "describe_abilities" if topic else _intent(match, session)
        if several and name and not topic and tool_named(name) and (match.score < 0.52 or match.near < 0.36):
            name = None
        if match.score < 0.75 and name != "again" and _points_elsewhere(atom.text, session) and several:
            pointed = atom.text
            continue
        if name == "again" and not _points_elsewhere(atom.text, session):
            name = next((n for n, s in match.intents[1:2] if s >= _KNOWN), None)
        if name == "again":
            again = atom.text
        elif name is None:
            unknown = True
        elif tool := tool_named(name):
            close = match.intents[1]
            other = tool_named(close[0])
            if other and not topic and match.score < 0.62 and match.score - close[1] < _CLOSE and close[0] != name:
                plan.clarify = plan.clarify or (tool, other)
            clause, pointed = f"{atom.text} {pointed}".strip(), ""
            if name == "look_up_term" and found and found[-1].tool is tool:
                found[-1] = _Asked(tool, f"{found[-1].clause} and {clause}")
                continue
            found.append(_Asked(tool, clause, topic))
        else:
            plan.talk.append(name)
    if "urgent" in plan.talk or "fear" in plan.talk:
        found = [a for a in found if a.tool.name != "describe_abilities" or a.topic]
    if found and len(found) > 1:
        plan.clarify = None
    real_talk = [t for t in plan.talk if t not in ("context",)]
    if unknown and not found and not real_talk and again is None and not plan.left_out:
        plan.talk.append("unknown")
    if "guess" in plan.talk and not found:
        found.append(_Asked(_tool(_READ), ""))
    if "context" in plan.talk and not found and not real_talk and session.images and not session.findings:
        found.append(_Asked(_tool(_READ), ""))
    return found, excluded, again


def _points_elsewhere(clause: str, session: Session) -> bool:
    return len(session.images) > 1 and bool(images_in(clause, session, focus(session, ())).handles)


def _tool(name: str) -> Tool:
    tool = tool_named(name)
    if tool is None:
        raise KeyError(name)
    return tool


def _intent(match: Match, session: Session) -> str | None:
    """The intent of a clause, or None where it is like nothing that was ever said here."""
    words = match.words
    if not words.words or match.score < _KNOWN or match.near < _NEAR:
        return None
    name = match.intent
    if _asks_for_a_card(words.words):
        return "look_up_term"
    if words.words in (("impression",), ("imp",)) and not session.findings:
        return _READ
    if name == "review_finding":  # what is a review was taken before, by rule; this only mentions one
        return next((n for n, s in match.intents[1:] if s >= _KNOWN), None)
    return name


def _asks_for_a_card(words: tuple[str, ...]) -> bool:
    """ "What is X" where X is the name of a card, in full."""
    said = " ".join(words)
    m = re.match(r"^(?:what is|define|explain what|meaning of|what does) (?:an? )?(.+?)(?: is| mean| means)?$", said)
    m = m or re.match(r"^(.+?) (?:la gi|nghia la gi)$", said)
    return m is not None and m.group(1) in _CARD_NAMES


def _left_out(rest: str) -> set[str]:
    """Tools that "without ..." names; every one for a bare negative."""
    names: set[str] = set()
    for _, match in grouped(atoms_of(rest), matcher()):
        best, second = match.intents[0], match.intents[1]
        names.add(best[0])
        if second[1] > best[1] - 0.15:
            names.add(second[0])
    if "write_report" in names or "export_report" in names:
        names |= {"write_report", "export_report"}
    return names


def _unlooked_for(match: Match, looks_for: str) -> str:
    """The sign that a clause asks after and that no model here looks for; "" where there is none."""
    words = match.words
    if "sign_word" not in words.concepts or "define" in words.concepts or "lesion" in words.concepts:
        return ""
    likely = {name for name, _ in match.intents[:2]}
    if not likely & {_READ, "describe_abilities", "detect_lesions"} or match.intent in (
        "context",
        "treatment",
        "urgent",
    ):
        return ""
    lexicon = matcher().lexicon
    for length in (3, 2, 1):
        for i in range(len(words.words) - length + 1):
            phrase = words.words[i : i + length]
            if "sign_word" in lexicon.phrases.get(phrase, frozenset()):
                said = " ".join(phrase)
                return "" if said in looks_for else said
    return ""


def _repeated(session: Session, clause: str) -> list[_Asked]:
    """The image tools of the last turn that had any, to be run where the new clause points."""
    for turn in reversed(session.turns):
        tools = [t for c in turn.tools if (t := tool_named(c.name)) and "image" in t.arguments]
        if tools:
            last = [t for t in tools if not (t.name == _READ and any(o.rests_on_findings for o in tools))]
            return [_Asked(t, clause) for t in dict.fromkeys(last)]
    return [_Asked(_tool(_READ), clause)]


def _resolve(plan: Plan, asked: list[_Asked], session: Session, new_images: tuple[str, ...]) -> None:
    """Give each request its images and arguments."""
    current = focus(session, new_images)
    before = Pointed()
    for one in asked:
        images = images_in(one.clause, session, current)
        findings = findings_in(one.clause, session)
        if images.missing:
            plan.missing_image = images.missing
            continue
        if not images.handles and not findings.handles:
            images = before
        before = images if images.handles else before
        plan.steps += _steps(plan, one, images, findings, session, current, new_images)


def _steps(
    plan: Plan,
    one: _Asked,
    images: Pointed,
    findings: Pointed,
    session: Session,
    current: str | None,
    new_images: tuple[str, ...],
) -> list[Step]:
    tool = one.tool
    filled = dict(tool.fill(one.clause)) if one.clause else dict(tool.fill(""))
    if one.topic:
        filled["topic"] = one.topic
    there = tuple(i.handle for i in session.images)
    if "images" in tool.arguments:
        pair = images.handles if len(images.handles) > 1 else there[-2:] if len(there) > 2 else there
        return [Step(tool, {"images": list(pair), **filled})]
    if "image" not in tool.arguments:
        return [Step(tool, filled)]
    if tool.name == "list_findings":
        return _listing(tool, filled, images, findings, session, current)
    if findings.missing and not findings.handles and "finding" in tool.arguments:
        home = current or there[0]
        return [Step(tool, {"image": home, "finding": findings.missing, **filled}, home)]
    if findings.handles and "finding" in tool.arguments and not (findings.every and images.handles):
        homes = [(f.image, f.handle) for h in findings.handles if (f := session.finding(h))]
        return [Step(tool, {"image": i, "finding": h, **filled}, i) for i, h in homes]
    if findings.handles and not images.handles:
        images = Pointed(tuple(dict.fromkeys(f.image for h in findings.handles if (f := session.finding(h)))))
    chosen = images.handles or ((current,) if current else new_images or there)
    steps: list[Step] = []
    for image in chosen:
        arguments: dict[str, JsonValue] = {"image": image, **filled}
        if "finding" in tool.arguments:
            main = main_of(session, image)
            arguments["finding"] = main.handle if main else "?" if tool.rests_on_findings else ""
        steps += _reads_first(tool, image, session)
        steps.append(Step(tool, arguments, image, image if tool.rests_on_findings else None))
    return steps


def _listing(
    tool: Tool,
    filled: dict[str, JsonValue],
    images: Pointed,
    findings: Pointed,
    session: Session,
    current: str | None,
) -> list[Step]:
    there = tuple(i.handle for i in session.images)
    named = [f for h in findings.handles if not findings.every and (f := session.finding(h))]
    if len(images.handles) == 1:
        image = images.handles[0]
    elif named:
        image = named[0].image
    elif len(there) == 1:
        image = there[0]
    else:
        image = "all"
        main = session.main_finding
        if not images.every and filled.get("about") != "summary" and (main or current):
            image = main.image if main else current or "all"
    reads = _reads_first(tool, image, session) if image != "all" else []
    if image == "all" and not session.findings:
        reads = [s for i in there for s in _reads_first(tool, i, session)]
    return [*reads, Step(tool, {"image": image, **filled}, None, image)]


def _reads_first(tool: Tool, image: str, session: Session) -> list[Step]:
    """What has to run before a tool that rests on findings of an image that has none."""
    if not tool.rests_on_findings or session.findings_of(image):
        return []
    return [Step(_tool(_READ), {"image": image}, image)]


def _review_steps(decision: Decision, session: Session) -> Iterable[Step]:
    tool = _tool("review_finding")
    handles = decision.findings
    if not handles and decision.action == "undo":
        handles = tuple(_last_reviewed(session))
    if not handles:
        main = session.main_finding
        handles = (main.handle,) if main else (session.findings[0].handle,) if session.findings else ("F1",)
    for handle in handles:
        yield Step(tool, {"finding": handle, "action": decision.action, "text": decision.text})


def _last_reviewed(session: Session) -> Iterable[str]:
    """The finding of the newest decision."""
    dated = [f for f in session.findings if f.review.at is not None]
    if dated:
        yield max(dated, key=lambda f: f.review.at.timestamp() if f.review.at else 0.0).handle


def _ordered(steps: list[Step]) -> list[Step]:
    """A sensible order, each call once; requests of one rank keep the order in which they were said."""
    once: list[Step] = []
    for step in steps:
        if not any(s.tool is step.tool and s.arguments == step.arguments for s in once):
            once.append(step)
    terms = [s for s in once if s.tool.name == "describe_abilities" and s.arguments.get("topic")]
    if len(terms) > 1:
        topics = ", ".join(str(s.arguments["topic"]) for s in terms)
        once = [s for s in once if s not in terms[1:]]
        once = [replace(s, arguments={**s.arguments, "topic": topics}) if s is terms[0] else s for s in once]
    return sorted(once, key=lambda s: s.tool.rank)
