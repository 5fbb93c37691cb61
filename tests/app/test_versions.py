"""A question asked anew or in other words: the newer version stands, the earlier ones are kept; and a real stop."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from langchain_core.messages import AIMessage

from assistant import answering
from assistant.app import Assistant
from assistant.domain.turn import Status, Turn
from assistant.errors import InputError
from assistant.intake.samples import load_samples
from assistant.settings import Settings
from tests.agent.test_llm import llm

PRESENT = next(s for s in load_samples(Path(__file__).resolve().parents[2] / "samples") if s.expect == "present").path


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    opened = Assistant.open(Settings(home=tmp_path_factory.mktemp("home")))
    yield opened
    opened.close()


def ask(assistant: Assistant, session: str, text: str, *paths: Path, replaces: int | None = None) -> Turn:
    return assistant.say(session, text, paths, first_read=bool(paths), replaces=replaces).result()


def test_an_edited_question_stands_for_the_one_before_and_brings_its_images(assistant: Assistant) -> None:
    session = assistant.new_session("me").id
    first = ask(assistant, session, "how good is the image?", PRESENT)
    second = ask(assistant, session, "what do you see?", replaces=first.number)
    third = ask(assistant, session, "and how sure are you?")
    fourth = ask(assistant, session, "and how sure are you?", replaces=third.number)
    loaded = assistant.session(session)
    assert [t.number for t in loaded.turns] == [1, 2, 3, 4], "every version is kept"
    assert [t.number for t in loaded.standing] == [2, 4]
    assert (second.replaces, second.images) == (1, ("img1",))
    assert len(loaded.images) == 1
    assert fourth.replaces == 3
    assert fourth.findings, "what was found before an edit is still known"
    assert {f.handle for f in fourth.findings} <= {f.handle for f in second.findings}, "and not read twice"


def test_only_the_last_question_can_be_asked_anew(assistant: Assistant) -> None:
    session = assistant.new_session("me").id
    with pytest.raises(InputError, match="Only the last question"):
        ask(assistant, session, "hello", replaces=1)
    ask(assistant, session, "hello")
    ask(assistant, session, "what can you do?")
    with pytest.raises(InputError, match="Only the last question"):
        ask(assistant, session, "hello", replaces=1)


def test_the_first_read_of_an_upload_can_be_asked_anew(assistant: Assistant) -> None:
    session = assistant.new_session("me").id
    first = ask(assistant, session, "", PRESENT)
    again = assistant.say(session, "", first_read=True, replaces=first.number).result()
    assert [c.name for c in again.tools] == [c.name for c in first.tools]
    assert again.images == first.images


def test_a_stop_while_a_language_model_is_asked_ends_the_turn_in_a_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, let_go = threading.Event(), threading.Event()

    def slow() -> AIMessage:
        asked.set()
        let_go.wait(60)
        return AIMessage("too late")

    monkeypatch.setattr(answering, "open_llm", lambda *_: llm(slow))
    assistant = Assistant.open(Settings(home=tmp_path, llm="openai:none", llm_timeout_s=60))
    session = assistant.new_session("me").id
    feed = assistant.say(session, "what is a meningioma?")
    assert asked.wait(60)
    started = time.monotonic()
    feed.stop()
    turn = feed.result()
    assert time.monotonic() - started < 10, "its own time would be 60 s"
    let_go.set()
    assert turn.status is Status.ANSWERED
    assert turn.reply == "Stopped, as you asked. What was found until then is kept."
    assert turn.tools == ()
    assert assistant.session(session).turns == (turn,)
    assistant.close()
