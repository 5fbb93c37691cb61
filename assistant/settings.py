"""MEDVISION_* -> one frozen Settings, read once at the door (by the command line, the page and the façade alone)."""

import os
from pathlib import Path
from typing import Annotated, Literal

from platformdirs import user_data_path
from pydantic import BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from assistant.errors import InputError

__all__ = ["Settings", "read_settings"]

_ROOT = Path(__file__).resolve().parent.parent

LogLevel = Annotated[
    Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"],
    BeforeValidator(lambda level: level.upper() if isinstance(level, str) else level),
]


class Settings(BaseSettings):
    """Each field is the variable MEDVISION_<NAME>."""

    model_config = SettingsConfigDict(env_prefix="MEDVISION_", frozen=True, extra="ignore", env_ignore_empty=True)

    home: Path = Field(
        default_factory=lambda: user_data_path("medvision", appauthor=False),
        description="folder of database, artifacts and logs",
    )
    database_url: SecretStr | None = Field(default=None, description="SQLAlchemy URL; default SQLite in `home`")
    weights_dir: Path = Field(default=_ROOT / "weights", description="folder of manifest.toml and the weights")
    samples_dir: Path = Field(default=_ROOT / "samples", description="folder of the shipped sample images")
    llm: str | None = Field(default=None, description="provider:model; default: the embedded planner alone")
    llm_base_url: str | None = Field(default=None, description="of an OpenAI-compatible server")
    llm_timeout_s: float = Field(default=30.0, gt=0, description="for one call; then the planner takes over")
    max_tool_calls: int = Field(default=12, ge=1, description="in one turn")
    host: str = "127.0.0.1"
    port: int = Field(default=7860, ge=0, le=65535)
    max_bytes: int = Field(default=64 * 2**20, gt=0, description="of one upload")
    max_pixels: int = Field(default=40_000_000, gt=0, description="of one image, frames counted")
    min_side: int = Field(default=64, gt=0, description="in pixels; a smaller image is not read")
    threads: int = Field(
        default_factory=lambda: max(1, (os.cpu_count() or 2) // 2),
        ge=1,
        description="of the vision models; default: half the cores, which leaves the rest to the page",
    )
    device: str = "cpu"
    model_memory_mb: int | None = Field(
        default=None,
        ge=1,
        description="MiB for the weights of loaded models, the least used go first; default: no limit",
    )
    log_level: LogLevel = "INFO"


def read_settings() -> Settings:
    """The settings of the environment; InputError names the first variable whose value does not do."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        reason = first["msg"][:1].lower() + first["msg"][1:]
        raise InputError(f"MEDVISION_{name} cannot be used: {reason}; change or unset it.") from None
