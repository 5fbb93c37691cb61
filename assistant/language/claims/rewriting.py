"""What the house would write of a session as it stands, word for word: a sentence that says just that is held.

Each sentence is written anew from findings, files and reviews; one that differs in a number, a side, a name or a
decision is none of them, and is then weighed word by word like any other. It knows no model but by its card.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import combinations, permutations

from assistant.domain.finding import Finding, Presence, ReviewState
from assistant.domain.geometry import Box, Mask, SpacingSource
from assistant.domain.session import Session
from assistant.domain.turn import Sentence
from assistant.language.claims.facts import CardWords
from assistant.language.claims.splitting import sentences_of
from assistant.language.claims.standing import flat
from assistant.language.comparing import boxes_compared, matched
from assistant.language.concepts import picture_name
from assistant.language.doubts import how_sure, still_open
from assistant.language.image_lines import FACETS, image_lines
from assistant.language.image_words import refusal_words
from assistant.language.lesions import boxes_out, disagreement_out, type_out
from assistant.language.listing import listed
from assistant.language.looking import heat_of, heat_out
from assistant.language.narrative import counted, doubt, left_open, one_line, read_out, rests
from assistant.language.patient import for_patient
from assistant.language.patterns import patterns_out
from assistant.language.phrasing import Language, capital, percent, say, stopped
from assistant.language.report_words import report_of
from assistant.language.sizes import measured_out, outline_out

__all__ = ["rewritten"]

_LANGUAGES: tuple[Language, ...] = ("en", "vi")
_MOST = 5
"""Absent findings of one look that may be left out one by one: more would be too many combinations."""
_OWN_SCALE = (SpacingSource.PIXEL_SPACING, SpacingSource.ULTRASOUND_REGION)


def rewritten(session: Session, cards: Sequence[CardWords]) -> dict[str, Sentence]:
    """Flat text -> the sentence of the house with what it rests on."""
    tasks = {c.name: c.task for c in cards}
    said: list[Sentence] = []
    for language in _LANGUAGES:
        said += _report(session, language)
        said += _files(session, language)
        for facts in session.images:
            for several in (False, True):
                said += _read(session, facts.handle, tasks, language, several)
        for finding in session.findings:
            said += _one(session, finding, tasks, language)
        said += _together(session, cards, language)
        for pair in permutations([i.handle for i in session.images], 2):
            of = {image: [f for f in session.findings_of(image) if f.model in tasks] for image in pair}
            by = {t: {i: [f for f in of[i] if tasks[f.model] == t] for i in pair} for t in ("classify", "detect")}
            said += [*matched(pair, by["classify"], language), *boxes_compared(pair, by["detect"], language)]
    return {flat(s): whole for whole in reversed(said) for s in sentences_of(whole.text)}


def _files(session: Session, language: Language) -> Iterator[Sentence]:
    """What the files state, what the gate said of them, and why two of them are not compared."""
    kinds: dict[str, str] = {}
    for facts in session.images:
        image, gate = facts.handle, facts.admission
        lines = [line for facet in FACETS for line in image_lines(facts, facet, language)]
        if facts.spacing is not None and facts.spacing.source in _OWN_SCALE:
            lines.append(say("scale_kept", language, image=image))
        if gate is not None and gate.admitted:
            kinds[image] = picture_name(gate.kind, gate.title, language)
            lines += [say(key, language, image=image, kind=kinds[image]) for key in ("kind", "image_is")]
        elif gate is not None:
            why = capital(stopped(refusal_words(gate, facts, language)))
            lines += [why, gate.reason, gate.remedy, say("kind_refused", language, image=image, reason=why)]
        if not any(f.region for f in session.findings_of(image)):
            for key in ("why_no_model", "why_none_found"):
                lines.append(say("nothing_to_measure", language, image=image, why=say(key, language)))
        yield from (Sentence(text=line, rests_on="image") for line in lines if line)
    for one, two in permutations(kinds, 2):
        if kinds[one] != kinds[two]:
            of = {"first": one, "second": two, "first_kind": kinds[one], "second_kind": kinds[two]}
            yield Sentence(text=say("compare_other_kinds", language, **of), rests_on="image")


def _read(session: Session, image: str, tasks: dict[str, str], language: Language, several: bool) -> Iterator[Sentence]:
    """The read-outs of one image by each model."""
    facts = session.image(image)
    findings = session.findings_of(image)
    for model in dict.fromkeys(f.model for f in findings):
        own = [f for f in findings if f.model == model]
        task = tasks.get(model)
        if task == "detect" and facts is not None:
            yield from boxes_out(own, facts, language, several)
        elif task == "segment":
            for finding in own:
                yield from outline_out(finding, language, several)
        elif task == "classify":
            for finding in own:
                yield from read_out(finding, language, several)
            for pattern_only in (False, True) if len(own) > 1 else ():
                for some in _some(own):
                    yield from patterns_out(some, language, several, pattern_only)
    for finding in (f for f in findings if f.is_disagreement):
        sides = [s for h in finding.between if (s := session.finding(h)) and tasks.get(s.model)]
        for one in sides:
            for other in (o for o in sides if o.presence is not one.presence):
                pair = ((one, tasks[one.model]), (other, tasks[other.model]))
                if Presence.INDETERMINATE not in (one.presence, other.presence):
                    yield from disagreement_out(finding, *pair, language, several)


def _some(findings: Sequence[Finding]) -> Iterator[Sequence[Finding]]:
    """All of them, and those that may be told alone: what is asked, with every other one that is not absent."""
    yield findings
    absent = [f for f in findings if f.presence is Presence.ABSENT][:_MOST]
    for left_out in (c for n in range(1, len(absent) + 1) for c in combinations(absent, n)):
        if len(left_out) < len(findings):
            yield [f for f in findings if f not in left_out]


def _one(session: Session, finding: Finding, tasks: dict[str, str], language: Language) -> Iterator[Sentence]:
    """What is said of one finding by itself: its line, its doubt, its size, what it rests on."""
    facts = session.image(finding.image)
    yield from (one_line(finding, language, facts, brief) for brief in (False, True))
    yield from doubt(finding, language)
    yield from how_sure((finding,), language)
    if facts is not None and finding.measurements and isinstance(finding.region, Box | Mask):
        for several in (False, True):
            try:
                yield from measured_out(finding, facts, language, several_boxes=several)
            except ValueError:
                break
    heat = heat_of(finding)
    if heat is not None:
        regions = [f for f in session.findings_of(finding.image) if f.region and f.concept == finding.concept]
        for region in (None, *regions):
            yield from heat_out(finding, heat, region, language)
    yield from _echoes(session, finding, language)
    if finding.is_disagreement:
        text = say("explain_disagreement", language, finding=finding.handle, between=listed(finding.between, language))
        yield rests(text, finding.handle, *finding.between)
    drawn = finding.region is not None
    key = {
        ("detect", True): "explain_box",
        ("detect", False): "explain_no_box",
        ("segment", True): "explain_outline",
        ("segment", False): "explain_no_outline",
    }.get((tasks.get(finding.model, ""), drawn))
    if key is not None:
        p = percent(finding.probability, language) if finding.probability is not None else ""
        yield rests(say(key, language, finding=finding.handle, image=finding.image, p=p), finding.handle)
    if finding.kinds:
        yield from (type_out(finding, language, alone) for alone in (False, True))
    if drawn:
        yield rests(say("no_heat_here", language), finding.handle)


def _echoes(session: Session, finding: Finding, language: Language) -> Iterator[Sentence]:
    """What is said back once a person decided: their words, or that a decision is undone."""
    handle, review = finding.handle, finding.review
    for words in filter(None, (review.text, *review.text.split("; "))):
        yield rests(say("echo_note", language, finding=handle, text=words), handle)
        if review.state is ReviewState.EDITED:
            yield rests(say("echo_edit", language, finding=handle, text=words), handle)
    calls = [c for t in session.turns for c in t.tools if c.name == "review_finding" and c.ok]
    decided = [c.arguments.get("action") for c in calls if c.arguments.get("finding") == handle]
    if decided[-1:] == ["undo"]:
        yield rests(say("echo_undo", language, finding=handle), handle)


def _together(session: Session, cards: Sequence[CardWords], language: Language) -> Iterator[Sentence]:
    """What is said of several findings at once, and in plain words."""
    looked_for = {c.name: c.concepts for c in cards}
    yield from still_open(session.findings, language)
    for image in ("", *(i.handle for i in session.images)):
        here = [f for f in session.findings if image in ("", f.image)]
        if len(here) > 1:
            yield from (counted(here, language, alone) for alone in {"", image})
    unreviewed = [f for f in session.findings if f.review.state is ReviewState.UNREVIEWED]
    if unreviewed:
        yield left_open(unreviewed, language)
    hazy = [f.handle for f in session.findings if f.concept == "cataract" and f.presence is not Presence.ABSENT]
    if hazy:
        yield rests(say("haze_refused", language), *hazy)
    for several in (False, True):
        for facts in session.images:
            yield from for_patient(session.findings_of(facts.handle), looked_for, language, several)


def _report(session: Session, language: Language) -> Iterator[Sentence]:
    """The report's words, and what stands around them in the chat."""
    report = report_of(session, (), datetime.now(UTC), language=language)
    results = [f.handle for f in report.results]
    for words in report.impression:
        about = [h for h in results if f"({h}," in words]
        yield rests(words, *about)
        yield rests(say("impression", language, words=words), *about)
    told = (*report.result_sentences, *report.unreviewed_sentences)
    for finding, words in zip((*report.results, *report.unreviewed), told, strict=True):
        yield rests(words, finding.handle)
        yield rests(say("report_result", language, finding=finding.handle, words=words), finding.handle)
    signed = report.signature is not None
    yield Sentence(text=say("report_signed" if signed else "report_unverified", language), rests_on="talk")
    if not session.findings:
        yield Sentence(text=say("paper_nothing_ran", language), rests_on="image")
    for words in report.technique:
        yield Sentence(text=words, rests_on="image")
