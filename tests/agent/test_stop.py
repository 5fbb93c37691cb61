"""Stop means stop: no further tool runs, and a language model is no longer waited for."""

import threading
import time

import pytest
from langchain_core.messages import AIMessage

from assistant.agent.build import Limits, run_turn
from assistant.agent.stream import ToolFinished
from assistant.errors import Stopped
from tests.agent.test_llm import call, llm
from tests.agent.worlds import Desk


def test_a_stop_ends_the_wait_for_a_language_model_at_once() -> None:
    stop, let_go, stopped_at = threading.Event(), threading.Event(), []

    def slow() -> AIMessage:
        stopped_at.append(time.monotonic())
        stop.set()
        let_go.wait(60)
        return call("classify_image", image="img1")

    desk = Desk()
    context = desk.context()
    context.stopping = stop.is_set
    with pytest.raises(Stopped):
        list(run_turn(context, "what do you see?", llm(slow), "fake:llm", Limits(llm_timeout_s=60)))
    assert time.monotonic() - stopped_at[0] < 10, "its own time would be 60 s"
    let_go.set()
    assert desk.shelf.reads == 0, "neither the llm's tool nor the planner's ran"


def test_a_stop_between_two_tools_runs_no_second_one() -> None:
    context = Desk().context()
    seen: list[ToolFinished] = []
    context.stopping = lambda: bool(seen)
    events = run_turn(context, "how good is the image, and what do you see?")
    with pytest.raises(Stopped):
        seen.extend(e for e in events if isinstance(e, ToolFinished))
    assert len(seen) == 1


def test_what_was_understood_is_kept_without_a_word_of_the_message() -> None:
    answer = Desk().say("Mrs Nguyen of room 12: what do you see?")
    assert "language: en" in answer.plan
    assert any(line.startswith("tool: classify_image") for line in answer.plan)
    assert "Nguyen" not in " ".join(answer.plan)
