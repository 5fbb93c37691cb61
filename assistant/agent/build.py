"""run_turn: llm or planner + tools + prompt + guards, as events.

Without a llm every sentence is written by rule from the tools' outcomes. A llm chooses the tools and may phrase what
they found: each of its sentences is held against the ledger first. Where it fails, is late, loops, calls no tool or
nothing that exists, the planner takes the turn; one that answered without a tool is then asked to phrase what the
planner's tools found.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from langchain.agents import create_agent
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langgraph.errors import GraphRecursionError
from pydantic import JsonValue

from assistant.agent.guards import Limits, LlmGuard, ToolGuard, Watch, filled_in
from assistant.agent.intention import intention
from assistant.agent.pasted import own_words, told
from assistant.agent.phrasing import PHRASED, asked_again, left_over, phrased
from assistant.agent.planner import Planner, Progress, plan_turn
from assistant.agent.reply import Answer, Talker
from assistant.agent.scrubbing import Scrubber
from assistant.agent.stream import Said, ToolFinished, ToolStarted
from assistant.agent.table import messages_for, models_there, on_the_table
from assistant.domain.turn import Sentence
from assistant.errors import ProviderError
from assistant.language.phrasing import PROMPTS
from assistant.tools.catalog import TOOLS, tool_named
from assistant.tools.context import Outcome, ToolContext

__all__ = ["Answer", "Limits", "run_turn"]

_logger = logging.getLogger(__name__)
_WATCHES: dict[int, Watch] = {}

Happening = ToolStarted | ToolFinished | Said | Answer


def run_turn(
    context: ToolContext,
    text: str,
    llm: BaseChatModel | None = None,
    llm_name: str = "",
    limits: Limits | None = None,
) -> Iterator[Happening]:
    """Answer one message. Yields events as they happen and one `Answer` at the end; `context` is used up."""
    limits = limits or Limits()
    watch = Watch()
    _WATCHES[id(context)] = watch
    try:
        yield from _turn(context, text, llm, llm_name, limits, watch)
    finally:
        del _WATCHES[id(context)]


def _turn(
    context: ToolContext, text: str, llm: BaseChatModel | None, llm_name: str, limits: Limits, watch: Watch
) -> Iterator[Happening]:
    progress = plan_turn(context, text)
    context.language, context.asked = progress.plan.language, own_words(text)
    plan = intention(progress.plan)
    talker = Talker(context, progress)
    record: list[str] = []
    phrased_by = "planner"
    yield from talker.opening()
    guard = LlmGuard(limits, Scrubber((context.session.label,)), lambda: context.stopping())
    teller: BaseChatModel | None = None
    if llm is not None and _worth_asking(progress):
        draft = _Draft(_llm_messages(context, text), f"{_prompt('system')}\n{models_there(context)}")
        teller = llm
        try:
            yield from _run(
                _llm_agent(llm, limits, guard, draft.prompt), draft.messages, context, limits, watch, talker, draft
            )
        except (ProviderError, GraphRecursionError) as error:
            words = str(error) if isinstance(error, ProviderError) else "The language model goes in circles."
            record.append(words)
            draft.text = ""
            teller = None
            yield talker.say(Sentence(text=context.say("llm_failed"), rests_on="talk"))
        if any(o.ok for o in context.outcomes):
            phrased_by = llm_name or "llm"
            progress.waiting.clear()
            progress.plan.talk = [t for t in progress.plan.talk if t != "unknown"]
        else:
            if draft.text:
                record.append(f'Held back (no tool had answered): "{draft.text[:2000]}"')
            record.append("The planner took this turn.")
        yield from _told(draft, llm, guard, talker, record)
    if phrased_by == "planner":
        done = watch.done
        progress.waiting = [
            s for s in progress.waiting if (s.tool.name, filled_in(s.tool.name, s.arguments)) not in done
        ]
        context.progress = progress
        context.own_words = True
        found = _Draft([]) if teller is not None else None
        try:
            yield from _run(_planner_agent(limits), [HumanMessage(text)], context, limits, watch, talker, found)
        except (ProviderError, GraphRecursionError):
            yield talker.say(Sentence(text=context.say("too_many", limit=limits.tool_calls), rests_on="talk"))
        finally:
            context.own_words = False
        if teller is not None and found is not None and found.waiting:
            record += _asked_to_tell(found, text, teller, guard)
            before = len(talker.said)
            yield from _told(found, teller, guard, talker, record)
            if found.told & set(talker.said[before:]):
                phrased_by = llm_name or "llm"
    yield from talker.closing()
    calls = tuple(call for call, _ in watch.calls.values())
    answer = talker.answer(calls, phrased_by, tuple(record), tuple(guard.sent))
    yield answer.model_copy(update={"plan": plan})


@dataclass(slots=True)
class _Draft:
    """What a llm was shown and wrote, and the outcomes that its words are to tell."""

    messages: list[BaseMessage]
    prompt: str = ""
    text: str = ""
    waiting: list[Outcome] = field(default_factory=list)
    told: set[Sentence] = field(default_factory=set)


def _asked_to_tell(draft: _Draft, text: str, llm: BaseChatModel, guard: LlmGuard) -> tuple[str, ...]:
    """Ask a llm to phrase what the planner's tools found, as plain text: it chose no tool, and may know none."""
    results = "\n".join(o.words for o in draft.waiting)
    asked = f"{told(text)}\n\nWhat the tools found:\n{results}"
    draft.messages = [HumanMessage(asked)]
    draft.prompt = _prompt("tell")
    try:
        draft.text = guard.ask(llm, [SystemMessage(draft.prompt), *draft.messages])
    except ProviderError as error:
        draft.text = ""
        return (str(error),)
    return ()


def _told(draft: _Draft, llm: BaseChatModel, guard: LlmGuard, talker: Talker, record: list[str]) -> Iterator[Said]:
    """The waiting outcomes, in the llm's words where they hold, else by rule."""
    if not draft.waiting:
        return
    held = phrased(draft.text, talker.ledger())
    record += held.record
    if held.failing:
        again = [
            SystemMessage(draft.prompt),
            *draft.messages,
            AIMessage(draft.text),
            HumanMessage(asked_again(held)),
        ]
        try:
            second = phrased(guard.ask(llm, again), talker.ledger())
        except ProviderError as error:
            record.append(str(error))
        else:
            record += second.record
            held = second if second.says_something else held
    draft.told.update(held.sentences)
    yield from talker.phrased(held.sentences)
    for sentence in left_over(draft.waiting, held, talker.context.session):
        yield talker.say(sentence)


def _worth_asking(progress: Progress) -> bool:
    """A llm is asked where tools are to be chosen; a review in the reader's own words and plain talk need none."""
    plan = progress.plan
    if plan.has_review or plan.needs_image or plan.missing_image:
        return False
    return bool(plan.steps or plan.clarify or "unknown" in plan.talk)


def _run(
    agent: Any,
    messages: Sequence[BaseMessage],
    context: ToolContext,
    limits: Limits,
    watch: Watch,
    talker: Talker,
    draft: _Draft | None = None,
) -> Iterator[Happening]:
    """Run an agent. With a draft, its words are kept there and outcomes that it may phrase wait for them."""
    started: set[str] = set()
    stream = agent.stream(
        {"messages": list(messages)},
        context=context,
        config={"recursion_limit": max(limits.recursion, 2 * limits.tool_calls + 3)},
        stream_mode="updates",
    )
    for update in stream:
        for node in update.values():
            for message in (node or {}).get("messages", ()):
                if draft is not None:
                    draft.messages.append(message)
                if isinstance(message, AIMessage):
                    for call in message.tool_calls:
                        if call["id"] and call["id"] not in started and tool_named(call["name"]):
                            started.add(call["id"])
                            arguments: dict[str, JsonValue] = filled_in(call["name"], call["args"])
                            yield ToolStarted(call_id=call["id"], name=call["name"], arguments=arguments)
                    if draft is not None and not message.tool_calls:
                        draft.text = str(message.text)
                elif isinstance(message, ToolMessage) and message.tool_call_id in watch.calls:
                    call_made, outcome = watch.calls[message.tool_call_id]
                    yield ToolFinished(call_id=message.tool_call_id, call=call_made)
                    if draft is not None and outcome.ok and outcome.tool in PHRASED:
                        talker.note(outcome)
                        draft.waiting.append(outcome)
                    else:
                        yield from talker.tell(outcome)


@cache
def _planner_agent(limits: Limits) -> Any:
    """Built once: planner and tools keep nothing between turns."""
    guard = ToolGuard(lambda c: _WATCHES[id(c)], limits)
    functions = [t.function for t in TOOLS]
    return create_agent(Planner(), functions, middleware=[guard], context_schema=ToolContext)


def _llm_agent(llm: BaseChatModel, limits: Limits, guard: LlmGuard, prompt: str) -> Any:
    return create_agent(
        llm,
        [t.function for t in TOOLS],
        system_prompt=prompt,
        middleware=[guard, ToolGuard(lambda c: _WATCHES[id(c)], limits)],
        context_schema=ToolContext,
    )


def _prompt(name: str) -> str:
    """A task and the rules of its words."""
    return "\n".join((PROMPTS / f"{n}.md").read_text("utf-8") for n in (name, "words"))


def _llm_messages(context: ToolContext, text: str) -> list[BaseMessage]:
    return messages_for(context.session, on_the_table(context), text)
