"""What an exporter may look at besides the report: pixels, and the pictures that back a finding."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from assistant.domain.image import Image
from assistant.errors import ReportError

__all__ = ["Pictures"]


def _none(name: str) -> bytes:
    raise ReportError("A picture that the report needs was not given; make the report again from its session.")


@dataclass(frozen=True)
class Pictures:
    """`images` by handle; `artifacts` gives the bytes of an artifact by name. An image may be missing."""

    images: Mapping[str, Image] = field(default_factory=dict)
    artifacts: Callable[[str], bytes] = _none
