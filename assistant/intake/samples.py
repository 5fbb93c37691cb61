"""The shipped sample images: what each is, whose it is, and what the assistant should say of it."""

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from assistant.domain.base import Frozen
from assistant.errors import InputError

__all__ = ["Sample", "load_samples"]


class Sample(Frozen):
    """One row of `samples.toml`; `path` is where its file lies."""

    id: str
    path: Path
    title: str
    what: str
    attribution: str
    licence: str
    expect: Literal["present", "absent", "read", "declined"] = Field(
        description="what to say of a tumour; read by other models; declined by the gate"
    )


def load_samples(folder: Path) -> tuple[Sample, ...]:
    """The samples in their order, those whose file is there; none without a table. A bad table: InputError."""
    table = folder / "samples.toml"
    if not table.is_file():
        return ()
    try:
        rows = tomllib.loads(table.read_text(encoding="utf-8"))["sample"]
        samples = tuple(
            Sample.model_validate({**{k: v for k, v in row.items() if k != "file"}, "path": folder / row["file"]})
            for row in rows
        )
    except (tomllib.TOMLDecodeError, ValidationError, LookupError, TypeError, AttributeError):
        raise InputError("The table of samples is damaged; restore samples.toml from the repository.") from None
    return tuple(s for s in samples if s.path.is_file())
