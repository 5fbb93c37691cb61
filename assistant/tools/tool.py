"""Tool: a langchain tool with what the planner needs to reach it by plain talk. Adding one touches no planner."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from langchain_core.tools import BaseTool
from pydantic import BaseModel, JsonValue

from assistant.language.phrasing import Language

__all__ = ["Fill", "Tool", "nothing_to_fill"]

Fill = Callable[[str], Mapping[str, JsonValue]]


def nothing_to_fill(clause: str) -> Mapping[str, JsonValue]:
    """For tools whose arguments are handles alone."""
    del clause
    return {}


@dataclass(frozen=True, slots=True, eq=False)
class Tool:
    """`utterances` are how people ask for it, in English and Vietnamese; `fill` reads arguments from their words.

    `needs`: nothing, an uploaded image, or an image that the gate admits. `rests_on_findings`: what the models for
    this image look for runs first where there is no finding yet. `rank` orders several requests of one message.
    `reads`: how people ask for a whole read, to which every tool with a say in it belongs.
    """

    function: BaseTool
    utterances: Sequence[str]
    rank: int
    needs: Literal["nothing", "image", "admission"] = "admission"
    rests_on_findings: bool = False
    fill: Fill = nothing_to_fill
    reads: Sequence[str] = ()

    @property
    def name(self) -> str:
        return self.function.name

    def example(self, language: Language) -> str:
        """How one asks for it, in that language."""
        if language == "vi":
            return next((u for u in self.utterances if not u.isascii()), self.utterances[0])
        return self.utterances[0]

    @property
    def arguments(self) -> frozenset[str]:
        """The names that a caller gives; what is injected is not among them."""
        schema = cast("type[BaseModel]", self.function.tool_call_schema)
        return frozenset(schema.model_fields)
