"""PROVIDERS: the table of language models that can take the planner's place, and `open_llm("provider:model")`.

Keys come from the environment alone. Nothing is imported before a provider is asked for.
"""

import importlib.util
import os
import socket
from collections.abc import Mapping
from urllib.parse import urlsplit

from langchain.chat_models import init_chat_model
from langchain_core.language_models import BaseChatModel

from assistant.domain.base import Frozen
from assistant.errors import ProviderError

__all__ = ["PROVIDERS", "Provider", "check_llm", "open_llm"]


class Provider(Frozen):
    """One row: how langchain calls it, which package carries it, which variable holds its key, where it listens."""

    name: str
    package: str
    install: str
    key: str = ""
    takes_base_url: bool = False
    server: str = ""


PROVIDERS: Mapping[str, Provider] = {
    p.name: p
    for p in (
        Provider(
            name="openai",
            package="langchain_openai",
            install="medvision-assistant[openai]",
            key="OPENAI_API_KEY",
            takes_base_url=True,
        ),
        Provider(
            name="ollama",
            package="langchain_ollama",
            install="langchain-ollama",
            takes_base_url=True,
            server="http://127.0.0.1:11434",
        ),
        Provider(
            name="anthropic", package="langchain_anthropic", install="langchain-anthropic", key="ANTHROPIC_API_KEY"
        ),
        Provider(
            name="google_genai",
            package="langchain_google_genai",
            install="langchain-google-genai",
            key="GOOGLE_API_KEY",
        ),
        Provider(name="mistralai", package="langchain_mistralai", install="langchain-mistralai", key="MISTRAL_API_KEY"),
    )
}


def open_llm(name: str, base_url: str | None = None, timeout_s: float = 30.0) -> BaseChatModel:
    """The chat model of "provider:model"; raises `ProviderError` that says what is missing."""
    provider_name, colon, model = name.partition(":")
    provider = PROVIDERS.get(provider_name)
    if provider is None or not colon or not model:
        raise ProviderError(f"MEDVISION_LLM reads provider:model, with one of: {', '.join(PROVIDERS)}.")
    if importlib.util.find_spec(provider.package) is None:
        raise ProviderError(f"For {provider.name} models, install it first: pip install '{provider.install}'.")
    key = os.environ.get(provider.key, "") if provider.key else ""
    if provider.key and not key and base_url is None:
        raise ProviderError(f"For {provider.name} models, set {provider.key} in the environment.")
    options: dict[str, object] = {"temperature": 0, "timeout": timeout_s, "max_retries": 1}
    if provider.name == "ollama":
        options = {"temperature": 0, "client_kwargs": {"timeout": timeout_s}}
    if base_url is not None and provider.takes_base_url:
        options["base_url"] = base_url
        if provider.key:
            options["api_key"] = key or "none"
    try:
        return init_chat_model(model, model_provider=provider.name, **options)  # type: ignore[call-overload, no-any-return]
    except (ImportError, ValueError, TypeError) as error:
        raise ProviderError(f"The language model {name} could not be opened ({type(error).__name__}).") from error


def check_llm(name: str, base_url: str | None = None, timeout_s: float = 3.0) -> None:
    """Raises `ProviderError` where "provider:model" cannot be opened, or where nothing listens at an address that the
    settings or the provider's row name. A server elsewhere is not asked: nothing leaves for a look."""
    open_llm(name, base_url, timeout_s)
    address = urlsplit(base_url or PROVIDERS[name.partition(":")[0]].server)
    if not address.hostname:
        return
    try:
        port = address.port or (443 if address.scheme == "https" else 80)
        socket.create_connection((address.hostname, port), timeout=timeout_s).close()
    except (OSError, ValueError) as error:
        there = address.netloc.rpartition("@")[2]
        raise ProviderError(
            f"No server answers at {there}; start it, or set MEDVISION_LLM_BASE_URL to the right address."
        ) from error
