"""Guards around every tool call and every call of a llm: errors told, calls counted, time limited.

A tool that raises would end the run (LangGraph), so every call passes `ToolGuard`: what is raised on purpose is told
to person and llm; anything else is a bug, logged with its traceback, and the person gets a reference number.
"""

import contextvars
import logging
import secrets
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse
from langchain.agents.middleware.types import ToolCallRequest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AnyMessage, BaseMessage, SystemMessage, ToolMessage
from langgraph.types import Command
from pydantic import JsonValue

from assistant.agent.scrubbing import Scrubber
from assistant.domain.turn import Sentence, Status, ToolCall
from assistant.errors import AssistantError, Declined, InputError, ProviderError, Stopped
from assistant.tools.catalog import tool_named
from assistant.tools.context import Outcome, ToolContext

__all__ = ["Limits", "LlmGuard", "ToolGuard", "Watch", "filled_in"]

_logger = logging.getLogger(__name__)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one turn may cost."""

    tool_calls: int = 12
    llm_timeout_s: float = 30.0
    recursion: int = 25
    llm_calls: int = 16


@dataclass(slots=True)
class Watch:
    """What was called in this turn, in order, with the outcome of each."""

    calls: dict[str, tuple[ToolCall, Outcome]] = field(default_factory=dict)
    strikes: int = 0

    @property
    def done(self) -> list[tuple[str, dict[str, JsonValue]]]:
        return [(c.name, dict(c.arguments)) for c, _ in self.calls.values()]


def filled_in(name: str, arguments: dict[str, Any]) -> dict[str, JsonValue]:
    """Arguments as the tool will see them, defaults included; as given where they do not fit."""
    tool = tool_named(name)
    if tool is None:
        return dict(arguments)
    fields = getattr(tool.function.tool_call_schema, "model_fields", {})
    defaults = {n: f.default for n, f in fields.items() if not f.is_required()}
    return {**defaults, **arguments}


class ToolGuard(AgentMiddleware[Any, ToolContext, Any]):
    """Runs one tool at a time and tells what went wrong instead of ending the run."""

    def __init__(self, watches: Callable[[ToolContext], Watch], limits: Limits) -> None:
        super().__init__()
        self._watch = watches
        self._limits = limits

    def wrap_tool_call(
        self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], ToolMessage | Command[Any]]
    ) -> ToolMessage | Command[Any]:
        context = cast("ToolContext", request.runtime.context)
        name, call_id = request.tool_call["name"], request.tool_call["id"] or ""
        if context.stopping():
            raise Stopped("Stopped before the next tool.")
        with context.lock:
            watch = self._watch(context)
            if tool_named(name) is None:
                return self._strike(watch, call_id, name, f"There is no tool called {name}.")
            arguments = filled_in(name, dict(request.tool_call["args"]))
            if (name, arguments) in watch.done:
                return self._strike(
                    watch, call_id, name, "This was answered in this turn already; do not call it again."
                )
            if len(watch.calls) >= self._limits.tool_calls:
                raise ProviderError(f"More than {self._limits.tool_calls} tool calls in one turn.")
            started = time.perf_counter()
            before = len(context.outcomes)
            outcome, message = self._run(context, name, call_id, before, lambda: handler(request))
            call = ToolCall(
                name=name,
                arguments=arguments,
                ok=outcome.ok,
                seconds=round(time.perf_counter() - started, 4),
                summary=outcome.summary,
            )
            watch.calls[call_id] = (call, outcome)
            return message

    def _strike(self, watch: Watch, call_id: str, name: str, words: str) -> ToolMessage:
        watch.strikes += 1
        if watch.strikes > 3:
            raise ProviderError("The language model goes in circles.")
        return ToolMessage(words, tool_call_id=call_id, name=name, status="error")

    def _run(
        self,
        context: ToolContext,
        name: str,
        call_id: str,
        before: int,
        call: Callable[[], ToolMessage | Command[Any]],
    ) -> tuple[Outcome, ToolMessage | Command[Any]]:
        try:
            message = call()
        except AssistantError as error:
            status = Status.DECLINED if isinstance(error, InputError) else Status.FAILED
            outcome = _refused(name, str(error), status, "image" if isinstance(error, Declined) else "talk")
        except Exception:
            reference = secrets.token_hex(4)
            _logger.exception("tool %s failed, reference %s", name, reference)
            outcome = _refused(name, context.say("failed", reference=reference), Status.FAILED)
        else:
            if len(context.outcomes) > before:
                outcome = context.outcomes[-1]
                if isinstance(message, ToolMessage) and not outcome.ok:
                    message.status = "error"
                return outcome, message
            outcome = _refused(name, context.say("bad_arguments"), Status.DECLINED)
        context.outcomes.append(outcome)
        return outcome, ToolMessage(outcome.words, tool_call_id=call_id, name=name, status="error")


def _refused(name: str, words: str, status: Status, rests_on: Any = "talk") -> Outcome:
    return Outcome(
        tool=name, ok=False, status=status, sentences=(Sentence(text=words, rests_on=rests_on),), summary=status.value
    )


class LlmGuard(AgentMiddleware[Any, ToolContext, Any]):
    """Scrubs what goes to a provider and keeps it; ends a call that takes too long or comes too often; whatever a
    provider raises becomes `ProviderError`."""

    def __init__(self, limits: Limits, scrubber: Scrubber, stopping: Callable[[], bool] = lambda: False) -> None:
        super().__init__()
        self._limits = limits
        self._stopping = stopping
        self._scrubber = scrubber
        self._calls = 0
        self._spent_s = 0.0
        self.sent: list[str] = []

    def wrap_model_call(
        self, request: ModelRequest[ToolContext], handler: Callable[[ModelRequest[ToolContext]], ModelResponse[Any]]
    ) -> ModelResponse[Any]:
        system = request.system_message
        system = cast("SystemMessage", self._scrubber.message(system)) if system is not None else None
        messages = cast("list[AnyMessage]", self._outgoing(request.messages, system))
        clean = request.override(messages=messages, system_message=system)
        return self._in_time(lambda: handler(clean), self._limits.llm_timeout_s)

    def ask(self, llm: BaseChatModel, messages: Sequence[BaseMessage]) -> str:
        """One more answer without tools, under the same guard, in what the turn's calls left of the time of one.

        Words are not worth a longer wait: the rule's stand ready."""
        left_s = self._limits.llm_timeout_s - self._spent_s
        if left_s <= 0:
            raise ProviderError("The language model's time was spent before it could be asked for words.")
        outgoing = self._outgoing(messages, None)
        return self._in_time(lambda: str(llm.invoke(outgoing).text), left_s)

    def _outgoing(self, messages: Sequence[BaseMessage], system: BaseMessage | None) -> list[BaseMessage]:
        clean = [self._scrubber.message(m) for m in messages]
        for message in (*([system] if system is not None else []), *clean):
            if (shown := self._scrubber.shown(message)) not in self.sent:
                self.sent.append(shown)
        return clean

    def _in_time(self, call: Callable[[], _T], timeout_s: float) -> _T:
        self._calls += 1
        if self._calls > self._limits.llm_calls:
            raise ProviderError("The language model was asked too often in one turn.")
        pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="llm")
        started = time.monotonic()
        try:
            asked = pool.submit(contextvars.copy_context().run, call)
            return _answered(asked, self._stopping, timeout_s)
        except Stopped:
            raise
        except TooLate as late:
            raise ProviderError(f"The language model gave no answer in {timeout_s:.3g} s.") from late
        except Exception as error:
            _logger.exception("the language model failed")
            raise ProviderError(f"The language model failed ({type(error).__name__}).") from error
        finally:
            self._spent_s += time.monotonic() - started
            pool.shutdown(wait=False, cancel_futures=True)


def _answered(asked: Future[_T], stopping: Callable[[], bool], timeout_s: float, look_every_s: float = 0.05) -> _T:
    """Wait for a llm, but no longer than the time it has, nor than the reader wants to: its answer is then dropped."""
    ends = time.monotonic() + timeout_s
    while True:
        left = ends - time.monotonic()
        done, _ = wait((asked,), timeout=max(0.0, min(look_every_s, left)))
        if done:
            return asked.result()
        if stopping():
            raise Stopped("Stopped while a language model was asked.")
        if left <= 0:
            raise TooLate
