"""A language model of the settings that cannot be used is told where it is missed: in the reply, and at the start."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.app import Assistant
from assistant.language.claims import Verdict
from assistant.settings import Settings
from assistant.store import Store
from tests.app.test_regions import Shop, ask, home
from ui.record import record_of

__all__ = ["home"]

TOLD = {
    "en": "The language model that the settings name could not be opened, so the built-in planner answered.",
    "vi": "Không mở được mô hình ngôn ngữ mà cài đặt chỉ định nên bộ lập kế hoạch có sẵn đã trả lời.",
}


def opened(home: Path, llm: str | None, base_url: str | None = None) -> Assistant:
    settings = Settings(home=home, llm=llm, llm_base_url=base_url)
    return Assistant(settings, Store.open(None, home), Shop(), b"secret")  # type: ignore[arg-type]


@pytest.fixture
def misnamed(home: Path) -> Iterator[Assistant]:
    one = opened(home, "nobody:model")
    yield one
    one.close()


@pytest.mark.parametrize(
    ("first", "second", "language"),
    [("is there a tumour?", "how sure are you?", "en"), ("có khối u không?", "bạn chắc đến mức nào?", "vi")],
)
def test_the_reply_says_once_that_the_language_model_could_not_be_opened(
    home: Path, misnamed: Assistant, first: str, second: str, language: str
) -> None:
    session = misnamed.new_session("me").id
    one, two = ask(misnamed, session, first, home / "slice.png"), ask(misnamed, session, second)
    assert one.claims[-1].text == TOLD[language]
    assert one.tools, "the planner answered"
    assert TOLD[language] not in two.reply, "once a session"
    assert {h.verdict for h in misnamed.check(session, one.claims[-1].text)} == {Verdict.GENERAL}
    assert "provider:model" in two.record[0]
    assert record_of(two, "vi").held_back[0].startswith("MEDVISION_LLM có dạng provider:model, với một trong: openai,")


def test_without_a_language_model_nothing_is_told(home: Path) -> None:
    plain = opened(home, None)
    session = plain.new_session("me").id
    reply = ask(plain, session, "is there a tumour?", home / "slice.png").reply
    assert TOLD["en"] not in reply
    assert plain.llm_fault() == ""
    plain.close()


def test_why_a_language_model_cannot_be_used_is_found_before_a_turn_needs_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{server.getsockname()[1]}"
        cases = {
            ("nobody:model", None): "provider:model",
            ("openai", None): "provider:model",
            ("mistralai:model", None): "install",
            ("openai:model", None): "OPENAI_API_KEY",
            ("openai:model", f"http://{address}/v1"): address,
        }
        for (llm, base_url), why in cases.items():
            assistant = opened(home, llm, base_url)
            assert why in assistant.llm_fault(), llm
            assistant.close()
        server.listen()
        alive = opened(home, "openai:model", f"http://{address}/v1")
        assert alive.llm_fault() == ""
        alive.close()
