"""Plan: what a message was understood to ask for; nouns only, nothing runs here."""

from dataclasses import dataclass, field

from pydantic import JsonValue

from assistant.language.phrasing import Language
from assistant.tools.catalog import tool_named
from assistant.tools.tool import Tool

__all__ = ["DETECTING", "READING", "Asked", "Plan", "Step", "tool_of"]

READING = "classify_image"
DETECTING = "detect_lesions"


@dataclass(frozen=True, slots=True)
class Step:
    """One call to make. `finding` "?" is the main finding of the image at the time of the call."""

    tool: Tool
    arguments: dict[str, JsonValue]
    image: str | None = None
    wants_findings_on: str | None = None


@dataclass(slots=True)
class Plan:
    """What a message asks for. Only one of `clarify`, `missing` and `steps` with `talk` is answered.

    `spared`: images that it leaves out. `which_finding`: a decision that names one of several findings and not which;
    then it is asked, in the place of what `clarify` would ask, also beside what else is done.
    """

    language: Language = "en"
    steps: list[Step] = field(default_factory=list)
    talk: list[str] = field(default_factory=list)
    left_out: bool = False
    spared: frozenset[str] = frozenset()
    needs_image: bool = False
    which_finding: str = ""
    clarify: tuple[Tool, Tool] | None = None
    missing_image: str = ""
    needs_second: bool = False

    @property
    def has_review(self) -> bool:
        return any(s.tool.name == "review_finding" for s in self.steps)


@dataclass(slots=True)
class Asked:
    """One understood clause; `at`: the words that name its picture, where they correct it."""

    tool: Tool
    clause: str
    topic: str = ""
    whole: bool = False
    at: str = ""


def tool_of(name: str) -> Tool:
    """The tool of that name; it is there."""
    tool = tool_named(name)
    if tool is None:
        raise KeyError(name)
    return tool
