"""A llm in the planner's place: it chooses tools and nothing else; where it fails the planner takes the turn."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, BaseMessage, ToolCall
from pydantic import Field

from assistant.agent import TRACING_VARIABLES
from assistant.agent.build import Limits
from assistant.agent.providers import PROVIDERS, open_llm
from assistant.domain.finding import ReviewState
from assistant.domain.turn import Status
from assistant.errors import ProviderError
from tests.agent.worlds import Desk, world


class Scripted(GenericFakeChatModel):
    """Says its messages one after the other; keeps what it was shown."""

    shown: list[str] = Field(default_factory=list)

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> "Scripted":
        del tools, kwargs
        return self

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> Any:
        self.shown.extend(str(m.content) for m in messages)
        return super()._generate(messages, *args, **kwargs)


def call(name: str, call_id: str = "c1", **arguments: Any) -> AIMessage:
    return AIMessage(content="", tool_calls=[ToolCall(name=name, args=arguments, id=call_id, type="tool_call")])


def llm(*messages: AIMessage | Callable[[], AIMessage]) -> Scripted:
    def script() -> Iterator[AIMessage]:
        for message in messages:
            yield message() if callable(message) else message

    return Scripted(messages=script())


def test_a_llm_chooses_the_tool_and_its_words_go_into_the_record_alone() -> None:
    lie = "There is a 6 cm meningioma."
    answer = Desk().say("please have a look", llm(call("classify_image", image="img1"), AIMessage(lie)))
    assert [c.name for c in answer.tools] == ["classify_image"]
    assert "6 cm" not in answer.reply
    assert "very likely" in answer.reply
    assert any(lie in r for r in answer.record)
    assert answer.phrased_by == "fake:llm"


def test_a_llm_sees_no_label_no_path_and_no_pixels() -> None:
    desk = Desk()
    desk.session = desk.session.model_copy(update={"label": "Nguyen Van A"})
    model = llm(call("classify_image", image="img1"), AIMessage("done"))
    desk.say("what do you see?", model)
    assert "img1" in " ".join(model.shown)
    assert "Nguyen" not in " ".join(model.shown)


def broken() -> AIMessage:
    raise RuntimeError("connection refused")


def late() -> AIMessage:
    time.sleep(1.5)
    return AIMessage("too late")


@pytest.mark.parametrize(
    "model",
    [
        llm(broken),
        llm(late),
        llm(AIMessage("I see a pneumonia.")),
        llm(*[call("no_such_tool", f"c{i}") for i in range(30)]),
        llm(*[call("inspect_image", f"c{i}", image="img9") for i in range(30)]),
        llm(call("classify_image", image=["img1", {"a": 1}]), AIMessage("done")),
    ],
    ids=["raises", "late", "no tool", "unknown tool", "loops", "garbage arguments"],
)
def test_where_a_llm_fails_the_planner_takes_the_turn(model: Scripted) -> None:
    answer = Desk().say("is there a tumour?", model, Limits(llm_timeout_s=0.4))
    assert answer.status is Status.ANSWERED
    assert [c.name for c in answer.tools if c.ok] == ["classify_image"]
    assert "very likely" in answer.reply
    assert answer.phrased_by == "planner"
    assert answer.record


def test_a_llm_that_loops_over_an_answered_call_ends_well() -> None:
    model = llm(*[call("classify_image", f"c{i}", image="img1") for i in range(30)])
    answer = Desk().say("is there a tumour?", model)
    assert [c.name for c in answer.tools] == ["classify_image"]
    assert answer.status is Status.ANSWERED


def test_a_llm_that_reviews_on_its_own_makes_a_proposal_to_click() -> None:
    desk = world("1r")
    model = llm(call("review_finding", finding="F1", action="accept"), AIMessage("accepted"))
    answer = desk.say("how sure are you?", model)
    found = desk.session.finding("F1")
    assert found is not None
    assert found.review.state is ReviewState.UNREVIEWED
    assert "accept:F1" in answer.buttons


def test_the_readers_own_review_needs_no_llm() -> None:
    desk = world("1r")
    model = llm(broken)
    answer = desk.say("accept F1", model)
    assert answer.phrased_by == "planner"
    assert not model.shown
    assert answer.buttons == ("undo:F1",)


def test_a_llm_is_held_to_the_gate() -> None:
    desk = world("x")
    answer = desk.say("what is this thing?", llm(call("classify_image", image="img1"), AIMessage("a mole")))
    assert desk.shelf.reads == 0
    assert answer.status is Status.DECLINED


def test_tracing_is_off_before_langchain_is_imported() -> None:
    code = "import os, assistant.agent, sys; print([os.environ[v] for v in assistant.agent.TRACING_VARIABLES])"
    switched_on = dict.fromkeys(TRACING_VARIABLES, "true") | {"LANGSMITH_API_KEY": "key"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | switched_on,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.strip() == str(["false"] * len(TRACING_VARIABLES))


@pytest.mark.parametrize("name", ["nonsense", "unknown:model", "openai:"])
def test_a_name_that_is_no_provider_and_model_is_refused_with_what_there_is(name: str) -> None:
    with pytest.raises(ProviderError, match="openai"):
        open_llm(name)


@pytest.mark.parametrize("provider", PROVIDERS.values(), ids=lambda p: p.name)
def test_every_provider_opens_or_says_what_is_missing(provider: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(provider.key or "NO_KEY", raising=False)
    with pytest.raises(ProviderError, match=r"install|set "):
        open_llm(f"{provider.name}:some-model")


def test_an_openai_compatible_server_needs_no_key() -> None:
    assert open_llm("openai:local", base_url="http://127.0.0.1:9/v1", timeout_s=1.0)._llm_type == "openai-chat"


def test_a_llm_that_calls_no_tool_phrases_what_the_planners_tools_found() -> None:
    words = "A brain tumour is very likely: 94 % [F1]."
    model = llm(AIMessage("I see a pneumonia."), AIMessage(words))
    answer = Desk().say("is there a tumour?", model)
    assert [c.name for c in answer.tools] == ["classify_image"]
    assert answer.reply.startswith(words)
    assert answer.phrased_by == "fake:llm"
    assert any("pneumonia" in r for r in answer.record)


def test_a_llm_that_calls_no_tool_and_lies_about_the_planners_tools_is_not_shown() -> None:
    by_rule = Desk().say("is there a tumour?").reply
    lie = AIMessage("It is malignant, a 6 cm glioblastoma.")
    answer = Desk().say("is there a tumour?", llm(lie, lie, lie))
    assert answer.reply == by_rule
    assert answer.phrased_by == "planner"
    assert sum("malignant" in r for r in answer.record) == 3


def test_words_are_asked_for_in_what_is_left_of_the_time_of_one_call() -> None:
    def slow() -> AIMessage:
        time.sleep(0.7)
        return AIMessage("I see a pneumonia.")

    started = time.monotonic()
    answer = Desk().say("is there a tumour?", llm(slow, slow, slow), Limits(llm_timeout_s=1.0))
    assert "very likely" in answer.reply
    assert any("no answer in" in r for r in answer.record)
    assert time.monotonic() - started < 5
