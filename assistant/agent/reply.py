"""The reply of a turn: sentences in order, status, chips, buttons, from outcomes and talk; by rule."""

import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.agent.planner import Progress
from assistant.agent.stream import Said
from assistant.agent.talk import talk_named
from assistant.agent.untold import presumed, untold, what_stands
from assistant.domain.base import Frozen
from assistant.domain.finding import Finding
from assistant.domain.session import Session
from assistant.domain.turn import Overlay, Sentence, Shown, Status, ToolCall
from assistant.language.asked import sizes_presumed
from assistant.language.claims import Ledger
from assistant.language.claims.beside import held_beside
from assistant.language.listing import listed
from assistant.language.narrative import remark
from assistant.language.normal import folded
from assistant.tools.card_words import card_words
from assistant.tools.context import Outcome, ToolContext

__all__ = ["Answer", "Talker"]

_logger = logging.getLogger(__name__)
_FIRST = ("urgent", "fear")
_OF_FINDINGS = frozenset(
    {"classify_image", "detect_lesions", "list_findings", "measure_finding", "segment_structures", "explain_finding"}
)
_CLAIMING = frozenset({"certainty", "order", "prognosis", "unknown"})
_TO_WRITE = re.compile(
    r"\b(?:write|put|say|state|report|call|document|sign|declare|pretend|tell|make|change|set|hide|leave|remove|flip|mark"
    r"|describe|ghi|viet|noi|sua|doi|ket luan|bao cao)\b"
)
"""Words of an order; without one, "so it is healthy" is a conclusion that is weighed."""
_BRACKETS = re.compile(r" \([^()]*\)")


class Answer(Frozen):
    """Everything of a finished turn that the store does not know itself."""

    status: Status
    sentences: tuple[Sentence, ...]
    tools: tuple[ToolCall, ...] = ()
    findings: tuple[Finding, ...] = ()
    overlays: tuple[Overlay, ...] = ()
    pictures: tuple[Shown, ...] = ()
    chips: tuple[str, ...] = ()
    buttons: tuple[str, ...] = ()
    phrased_by: str = "planner"
    record: tuple[str, ...] = ()
    plan: tuple[str, ...] = ()
    left_machine: tuple[str, ...] = ()

    @property
    def reply(self) -> str:
        return " ".join(s.text for s in self.sentences)


@dataclass(slots=True)
class Talker:
    """Says each sentence once, in the order in which it becomes known."""

    context: ToolContext
    progress: Progress
    said: list[Sentence]
    outcomes: list[Outcome]
    held_back: list[str]
    _ledger: tuple[Session, Ledger] | None
    _said_before: set[str]
    _left_out: list[Sentence]

    def __init__(self, context: ToolContext, progress: Progress) -> None:
        self.context, self.progress = context, progress
        self.said, self.outcomes, self.held_back = [], [], []
        self._ledger = None
        self._said_before = {c.text for turn in context.session.turns for c in turn.claims}
        self._left_out = []

    def say(self, sentence: Sentence) -> Said:
        """Show a sentence; one that a finding denies is a bug of ours: it is logged, and a bare line is shown."""
        if sentence.findings and (denied := self.ledger().denies(sentence)) is not None:
            _logger.error("a sentence written by rule does not hold: %s", denied.verdict.value)
            self.held_back.append(f'Held back, written by rule: "{denied.sentence}" {denied.why}')
            sentence = remark(self.context.say("held_back"))
        self.said.append(sentence)
        return Said(sentence=sentence)

    def ledger(self) -> Ledger:
        """Of the session as it stands now; what was said before in it does not count.

        Built anew when the session has become another one: a session is frozen, so the same one needs the same ledger.
        """
        session = self.context.session
        if self._ledger is None or self._ledger[0] is not session:
            self._ledger = session, Ledger(session, card_words(self.context.models.manifest), remembers=False)
        return self._ledger[1]

    def _holds(self, text: str) -> bool:
        """Whether a short text that stands beside the answer (a chip, what a picture is called) passes the ledger."""
        _, notes = held_beside(self.ledger(), text)
        self.held_back += notes
        return not notes

    def _named(self, picture: Shown) -> Shown:
        """A picture under its caption; under its images alone where the caption does not hold.

        What stands in brackets in a sentence of this turn (the window of a copy) is held there."""
        told = " ".join(s.text for s in self.said)
        if self._holds(_BRACKETS.sub(lambda m: "" if m.group() in told else m.group(), picture.caption)):
            return picture
        caption = self.context.say("caption_held_back", there=listed(picture.images, self.context.language))
        return picture.model_copy(update={"caption": caption})

    def _captioned(self, finding: Finding) -> Finding:
        """A finding with its pictures under their captions; under its handle alone where one does not hold."""
        evidence = []
        for shown in finding.evidence:
            plain = self.context.say("caption_held_back", there=finding.handle)
            caption, notes = held_beside(self.ledger(), shown.caption, plain, finding.handle)
            self.held_back += notes
            evidence.append(shown.model_copy(update={"caption": caption}) if notes else shown)
        return (
            finding.model_copy(update={"evidence": tuple(evidence)}) if tuple(evidence) != finding.evidence else finding
        )

    def phrased(self, sentences: Sequence[Sentence]) -> Iterator[Said]:
        """A llm's sentences, each of which has passed the ledger."""
        yield from self._once(tuple(sentences))

    def note(self, outcome: Outcome) -> None:
        """An outcome that is told later, in other words."""
        self.outcomes.append(outcome)

    def _once(self, sentences: tuple[Sentence, ...]) -> Iterator[Said]:
        for sentence in sentences:
            if sentence not in self.said:
                yield self.say(sentence)

    def opening(self) -> Iterator[Said]:
        """What comes before any tool: a humane word, or which images are meant."""
        plan = self.progress.plan
        for name in _FIRST:
            if name in plan.talk:
                yield from self._once(self._talk(name))
        yield from self._once(self._presumed())
        compared = [s for s in plan.steps if "images" in s.arguments]
        if compared and len(self.context.session.images) > 1 and not plan.clarify:
            there = ", ".join(str(h) for s in compared for h in _handles(s.arguments["images"]))
            note = remark(self.context.say("order_note", there=there))
            yield from self._once(() if note.text in self._said_before else (note,))

    def _presumed(self) -> tuple[Sentence, ...]:
        """What the question takes for granted and nothing here holds: a size that was not measured, a grade."""
        context, plan = self.context, self.progress.plan
        if not ({s.tool.name for s in plan.steps} & _OF_FINDINGS or set(plan.talk) & _CLAIMING):
            return ()
        denied = bool(sizes_presumed(context.asked)) and any(not h.passes for h in self.ledger().check(context.asked))
        told = any(s.tool.name == "describe_abilities" for s in plan.steps) or "unknown" in plan.talk
        return presumed(context, denied, told)

    def tell(self, outcome: Outcome) -> Iterator[Said]:
        """An outcome's sentences, as soon as its tool has finished; an aside that was said before is left out."""
        self.outcomes.append(outcome)
        for sentence in outcome.sentences:
            if sentence.aside and sentence.text in self._said_before:
                self._left_out.append(sentence)
                continue
            yield from self._once((sentence,))

    def closing(self) -> Iterator[Said]:
        """What the gate refused, and what no tool answers."""
        context, plan = self.context, self.progress.plan
        guessed = "guess" in plan.talk
        yield from self._once(tuple(r for r in self.progress.refusals if not (guessed and r.text in self._said_before)))
        for name in dict.fromkeys(plan.talk):
            yield from self._once(self._talk(name))
            if name == "certainty":
                yield from self._once(what_stands(context))
        if plan.needs_image:
            yield from self._once((remark(context.say("needs_second" if plan.needs_second else "needs_image")),))
        elif plan.missing_image:
            there = ", ".join(i.handle for i in context.session.images)
            yield from self._once((remark(context.say("no_such_image", image=plan.missing_image, there=there)),))
        elif plan.which_finding:
            there = listed([f.handle for f in context.session.findings], context.language, "or")
            yield from self._once((remark(context.say("clarify_finding", there=there)),))
        elif plan.clarify and not self.outcomes:
            first, second = (f'"{t.example(context.language)}"' for t in plan.clarify)
            yield from self._once((remark(context.say("clarify", first=first, second=second)),))
        if not self.said:
            yield from self._once(tuple(self._left_out))
        if not self.said and (not plan.left_out or "?" in context.asked):
            yield from self._once(untold(context))
        if not self.said:
            yield self.say(remark(context.say("left_out" if plan.left_out else "unknown")))

    def _talk(self, name: str) -> tuple[Sentence, ...]:
        language = self.context.language
        if name in ("unknown", "greeting") and self.context.new_images and not self.outcomes:
            there = listed(self.context.new_images, language)
            return (remark(self.context.say("page_unasked", there=there)),)
        asked = self.context.asked
        concluded = (name == "order" and not _TO_WRITE.search(folded(asked))) or (name == "ack" and "?" in asked)
        if (name == "unknown" or concluded) and (told := untold(self.context)):
            return told
        if name in ("unknown", "pasted", "depends"):
            return (remark(self.context.say(name)),)
        talk = talk_named(name)
        if talk is None or not talk.words(language):
            return ()
        if name == "guess" and not self.progress.refused:
            return ()
        return (remark(talk.words(language)),)

    def status(self) -> Status:
        plan = self.progress.plan
        if plan.needs_image and not self.outcomes:
            return Status.NEEDS_IMAGE
        if any(o.ok for o in self.outcomes):
            return Status.ANSWERED
        if self.outcomes:
            statuses = [o.status for o in self.outcomes]
            return next((s for s in (Status.FAILED, Status.DECLINED) if s in statuses), statuses[0])
        if plan.clarify:
            return Status.CLARIFY
        if self.progress.refusals or plan.missing_image:
            return Status.DECLINED
        talked = [t.status for n in plan.talk if (t := talk_named(n))]
        if "unknown" in plan.talk or (not talked and not plan.left_out):
            return Status.DECLINED
        return Status.DECLINED if Status.DECLINED in talked else Status.ANSWERED

    def answer(
        self, calls: tuple[ToolCall, ...], phrased_by: str, record: tuple[str, ...], left: tuple[str, ...] = ()
    ) -> Answer:
        """The finished turn; sentences name only findings that stand in it."""
        handles = dict.fromkeys(h for o in self.outcomes for h in o.findings)
        handles |= dict.fromkeys(h for s in self.said for h in s.findings)
        findings = tuple(self._captioned(f) for h in handles if (f := self.context.session.finding(h)))
        there = {f.handle for f in findings}
        sentences = tuple(
            s
            if set(s.findings) <= there
            else s.model_copy(update={"findings": tuple(h for h in s.findings if h in there)})
            for s in self.said
        )
        talk = [t for n in self.progress.plan.talk if (t := talk_named(n))]
        buttons = [b for o in self.outcomes for b in o.buttons] + [b for t in talk for b in t.buttons]
        return Answer(
            status=self.status(),
            sentences=sentences,
            tools=calls,
            findings=findings,
            overlays=tuple(v for o in self.outcomes for v in o.overlays if v.finding in there),
            pictures=tuple(self._named(p) for o in self.outcomes for p in o.pictures),
            chips=tuple(chip for chip in self._chips() if self._holds(chip)),
            buttons=tuple(dict.fromkeys(buttons)),
            phrased_by=phrased_by,
            record=(*record, *self.held_back),
            left_machine=left,
        )

    def _chips(self) -> tuple[str, ...]:
        plan, context = self.progress.plan, self.context
        if plan.which_finding == "accept" and not self.outcomes:
            return tuple(context.say("chip_accept", finding=f.handle) for f in context.session.findings)[:5]
        if plan.clarify and not plan.which_finding and not self.outcomes:
            return tuple(t.example(context.language) for t in plan.clarify)
        chips = [c for o in self.outcomes[-1:] for c in o.chips]
        if not chips:
            keys: tuple[str, ...] = ("chip_read", "chip_abilities") if context.session.images else ("chip_abilities",)
            if context.session.findings and not self.progress.refused:
                keys = ("chip_how_sure", "chip_what_else", "chip_summary", "chip_report")
            chips = [context.say(k) for k in keys if not (self.progress.refused and k == "chip_read")]
        return tuple(dict.fromkeys(chips))[:5]


def _handles(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else [value]
