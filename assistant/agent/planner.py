"""The embedded planner: a chat model that understands the request by rule, calls the tools, and needs no llm.

It reads the last human message and the session behind the run (`ToolContext`), makes a plan once, and hands out one
tool call at a time. Before a call that needs an admitted image it asks the gate. What it says at the end is put
together from the tools' outcomes; the words come from the tools.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, ToolCall, ToolCallChunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langgraph.runtime import get_runtime

from assistant.agent.pasted import own_words
from assistant.agent.references import names_a_kind
from assistant.agent.signs import looked_for_by, unlooked
from assistant.agent.talk import language_of
from assistant.agent.targets import told_apart
from assistant.agent.understanding import READING, Plan, Step, tool_of, understand
from assistant.domain.turn import Sentence, Status
from assistant.errors import AssistantError, Declined
from assistant.tools.context import ToolContext
from assistant.tools.looks import read_image

__all__ = ["Planner", "Progress", "plan_turn"]


@dataclass(slots=True)
class Progress:
    """A plan on its way: what is still to call, and what the gate refused."""

    plan: Plan
    waiting: list[Step]
    calls: int = 0
    refusals: list[Sentence] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)


def plan_turn(context: ToolContext, text: str, done: Sequence[tuple[str, dict[str, Any]]] = ()) -> Progress:
    """Understand a message against the session; `done` are calls of this turn that need no second run.

    What was pasted into the message is no request; where all of it was, it is clinical context.
    """
    asked = own_words(text)
    if not asked and text.strip():
        return Progress(Plan(language=language_of(text), talk=["pasted"]), [])
    looks_for = looked_for_by(context.models.manifest.cards)
    if len(context.session.images) > 1 and names_a_kind(asked):
        _look_at_kinds(context)
    plan = understand(asked, context.session, context.new_images, looks_for, lambda image: _detects(context, image))
    plan.steps = told_apart(plan.steps, asked, context.session, unlooked(asked, looks_for))
    if plan.clarify or plan.missing_image:
        return Progress(plan, [])
    waiting = [s for s in plan.steps if (s.tool.name, s.arguments) not in done]
    return Progress(plan, waiting)


def _look_at_kinds(context: ToolContext) -> None:
    """Ask the gate what kind each picture is, so that "the eye" and "the vessels" name one; a refusal is told later."""
    for image in context.session.images:
        try:
            context.admitted(image.handle)
        except Declined:
            continue


def _detects(context: ToolContext, image: str) -> bool:
    """Whether a detector reads that kind of picture; the gate is asked, and a refusal is told when a tool runs."""
    if not context.cards("detect"):
        return False
    try:
        return bool(context.cards("detect", context.admitted(image).kind))
    except Declined:
        return False


def next_call(context: ToolContext, progress: Progress) -> ToolCall | None:
    """The next call that the gate lets through, its open arguments filled in; None when the plan is through."""
    while progress.waiting:
        step = progress.waiting.pop(0)
        if step.image in progress.refused:
            continue
        if step.tool.needs == "admission" and step.image is not None:
            try:
                context.admitted(step.image)
            except Declined as refused:
                progress.refused.add(step.image)
                progress.refusals.append(_refusal(context, step.image, refused))
                continue
        arguments = dict(step.arguments)
        target = step.wants_findings_on
        if target is not None and not _read_first(context, progress, target):
            continue
        if arguments.get("finding") == "?":
            found = context.session.findings_of(step.image or "")
            if not found:
                continue
            arguments["finding"] = found[0].handle
        progress.calls += 1
        return ToolCall(name=step.tool.name, args=arguments, id=f"call_{progress.calls}", type="tool_call")
    return None


def _refusal(context: ToolContext, image: str, refused: Declined) -> Sentence:
    """Why an image is not read; it is named where there are others."""
    named = len(context.session.images) > 1
    text = context.say("kind_refused", image=image, reason=str(refused)) if named else str(refused)
    return Sentence(text=text, rests_on="image")


def _read_first(context: ToolContext, progress: Progress, target: str) -> bool:
    """Whether the tool that rests on findings of `target` may run: what the models here look for is read where nothing
    is kept yet, as a part of that tool's work. A model that fails is left to the call of `classify_image` to tell."""
    images = [i.handle for i in context.session.images] if target == "all" else [target]
    if target == "all" and context.session.findings:
        return True
    for image in images:
        if context.session.findings_of(image) or image in progress.refused:
            continue
        try:
            context.admitted(image)
            read_image(context, image)
        except Declined as refused:
            progress.refused.add(image)
            progress.refusals.append(_refusal(context, image, refused))
        except AssistantError:
            progress.waiting.insert(0, Step(tool_of(READING), {"image": image}, image))
            return False
    if any(context.session.findings_of(image) for image in images):
        return True
    if not progress.refused:
        progress.waiting.insert(0, Step(tool_of(READING), {"image": images[0]}, images[0]))
    return False


class Planner(BaseChatModel):
    """`create_agent`'s default model."""

    tool_names: tuple[str, ...] = ()

    @property
    def _llm_type(self) -> str:
        return "medvision-planner"

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """A copy that knows which tools it may call."""
        del tool_choice, kwargs
        names = tuple(t.name for t in tools if isinstance(t, BaseTool))
        return self.model_copy(update={"tool_names": names})

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        del stop, run_manager, kwargs
        return ChatResult(generations=[ChatGeneration(message=self._answer(messages))])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        del stop, run_manager, kwargs
        message = self._answer(messages)
        chunks = [
            ToolCallChunk(
                name=c["name"],
                args=json.dumps(c["args"], ensure_ascii=False),
                id=c["id"],
                index=i,
                type="tool_call_chunk",
            )
            for i, c in enumerate(message.tool_calls)
        ]
        yield ChatGenerationChunk(message=AIMessageChunk(content=message.content, tool_call_chunks=chunks))

    def _answer(self, messages: list[BaseMessage]) -> AIMessage:
        context = get_runtime(ToolContext).context
        if not isinstance(context.progress, Progress):
            text = next((str(m.content) for m in reversed(messages) if isinstance(m, HumanMessage)), "")
            context.progress = plan_turn(context, text)
        call = next_call(context, context.progress)
        if call is not None and call["name"] in self.tool_names:
            return AIMessage(content="", tool_calls=[call])
        return AIMessage(content=" ".join(o.words for o in context.outcomes if o.status is not Status.FAILED))
