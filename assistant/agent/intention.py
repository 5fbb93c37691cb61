"""What a message was understood as, in lines for the record: tools and arguments, never a word of the message."""

import json
from collections.abc import Mapping

from pydantic import JsonValue

from assistant.agent.understanding import Plan

__all__ = ["intention"]

_SHOWN = frozenset({"image", "images", "finding", "format", "structure", "operation", "action"})
"""Arguments that the house gives; the others carry the reader's own words."""


def intention(plan: Plan) -> tuple[str, ...]:
    """The plan as it was before any tool ran."""
    lines = [f"language: {plan.language}"]
    if plan.needs_image:
        lines.append("needs an image")
    if plan.missing_image:
        lines.append(f"names an image that is not here: {plan.missing_image}")
    if plan.clarify:
        lines.append(f"not sure between: {' | '.join(t.name for t in plan.clarify)}")
    lines += [f"tool: {s.tool.name} {_written(s.arguments)}".rstrip() for s in plan.steps]
    lines += [f"talk: {name}" for name in plan.talk]
    if plan.left_out:
        lines.append("left out what was not wanted")
    return tuple(lines)


def _written(arguments: Mapping[str, JsonValue]) -> str:
    kept = {k: v for k, v in arguments.items() if k in _SHOWN and v not in (None, "", [])}
    return json.dumps(kept, ensure_ascii=False) if kept else ""
