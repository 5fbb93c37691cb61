"""Requests -> steps: which images and findings each request is about, and its other arguments; it calls no tool."""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from pydantic import JsonValue

from assistant.agent.plans import DETECTING, Asked, Plan, Step, tool_of
from assistant.agent.references import Pointed, findings_in, focus, image_of_topic, images_in, main_of
from assistant.agent.reviews import Decision
from assistant.domain.finding import Finding
from assistant.domain.session import Session
from assistant.language.normal import folded
from assistant.tools.tool import Tool

__all__ = ["ordered", "resolve", "review_steps", "told_apart"]

_IT = re.compile(r"\b(?:it|its)\b|\bno\b(?! (?:need|report|box|heat))")
"""What leaves the picture to a later request of the message: "box it and size it up in the third image"."""
_OF_ONE = ("list_findings", "measure_finding", "explain_finding")


def resolve(
    plan: Plan,
    asked: list[Asked],
    session: Session,
    new_images: tuple[str, ...],
    detects: Callable[[str], bool],
) -> None:
    """Give each request its images and arguments."""
    current = focus(session, new_images)
    before = Pointed()
    named = {h for one in asked for h in images_in(one.at or one.clause, session, current).handles}
    for one in asked:
        images = images_in(one.at or one.clause, session, current)
        if "guess" in plan.talk and not one.clause:
            images = Pointed(_refused(session))
        findings = findings_in(one.clause, session)
        if images.missing and one.tool.arguments & {"image", "images"}:
            plan.missing_image = images.missing
            continue
        if not images.handles and not findings.handles:
            of_topic = image_of_topic(one.clause, session)
            images = of_topic if of_topic.handles else before
            if not images.handles and len(named) == 1 and _IT.search(folded(one.clause)):
                images = Pointed(tuple(named))
        if images.every and len(seen := image_of_topic(one.clause, session).handles) > 1:
            images = Pointed(seen, every=True)
        before = images if images.handles else before
        if not images.handles and not findings.handles and not new_images:
            images = _readable(one, session, current, detects)
        steps = _steps(plan, one, images, findings, session, current, new_images)
        if one.whole:
            boxed = [s.image for s in steps if s.image is not None and detects(s.image)]
            steps += [Step(tool_of(DETECTING), {"image": image}, image) for image in boxed]
        plan.steps += steps


def _refused(session: Session) -> tuple[str, ...]:
    """The pictures that the gate has refused: where a guess is asked for, it is of them."""
    return tuple(i.handle for i in session.images if i.admission is not None and not i.admission.admitted)


def told_apart(steps: list[Step], text: str, session: Session, signs: tuple[str, ...]) -> list[Step]:
    """Steps with what the whole message says of them where its clause does not: the one finding that it names, and
    every sign (`signs`) that no model looks for where it asks for several."""
    abilities = [s for s in steps if s.tool.name == "describe_abilities" and s.arguments.get("topic")]
    if len(abilities) == 1 and len(signs) > 1:
        told = replace(abilities[0], arguments={**abilities[0].arguments, "topic": ", ".join(signs)})
        steps = [told if s is abilities[0] else s for s in steps]
    named = findings_in(text, session, by_concept=False)
    of_one = [s for s in steps if s.tool.name in _OF_ONE and s.arguments.get("about") != "summary"]
    one = session.finding(named.handles[0]) if len(named.handles) == 1 and not named.every else None
    if one is None or named.missing or len(of_one) != 1 or any(s.tool.name == "review_finding" for s in steps):
        return steps
    if images_in(text, session, None).handles:
        return steps
    arguments = {**of_one[0].arguments, "finding": one.handle, "image": one.image}
    held = one.image if of_one[0].wants_findings_on is not None else None
    told = replace(of_one[0], arguments=arguments, image=of_one[0].image and one.image, wants_findings_on=held)
    return [told if s is of_one[0] else s for s in steps]


def _readable(one: Asked, session: Session, current: str | None, detects: Callable[[str], bool]) -> Pointed:
    """Where a box is asked for and the picture under discussion is of a kind that no detector reads: those that one
    reads, the one with the main finding alone if it is among them."""
    there = [i.handle for i in session.images]
    if one.tool.name != DETECTING or len(there) < 2 or current is None or detects(current):
        return Pointed()
    read = tuple(h for h in there if detects(h))
    main = session.main_finding
    return Pointed((main.image,) if main is not None and main.image in read else read)


def _steps(
    plan: Plan,
    one: Asked,
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
        return _listing(tool, one.clause, filled, images, findings, session, current)
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
        steps.append(Step(tool, arguments, image, image if tool.rests_on_findings else None))
    return steps


def _listing(
    tool: Tool,
    clause: str,
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
    return [Step(tool, {"image": image, **filled, **_narrowed(clause, session, named)}, None, image)]


def _narrowed(clause: str, session: Session, named: list[Finding]) -> dict[str, JsonValue]:
    """The one finding or the one concept that a question of what was found names."""
    by_handle = findings_in(clause, session, by_concept=False)
    if by_handle.every:
        return {}
    if by_handle.handles or by_handle.missing:
        one = by_handle.handles if len(by_handle.handles) == 1 else (by_handle.missing,) * (not by_handle.handles)
        return {"finding": one[0]} if one else {}
    return {"concept": named[0].concept} if len(named) == 1 else {}


def review_steps(decision: Decision, session: Session) -> Iterable[Step]:
    tool = tool_of("review_finding")
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


def ordered(steps: list[Step]) -> list[Step]:
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
