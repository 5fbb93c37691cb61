"""Contract over every tool: a new one is tested without a new test."""

from collections import Counter

import pytest

from assistant.tools.catalog import TOOLS, tool_named
from assistant.tools.tool import Tool

CONTRACT = [
    "inspect_image",
    "classify_image",
    "detect_lesions",
    "segment_structures",
    "explain_finding",
    "measure_finding",
    "compare_images",
    "enhance_image",
    "list_findings",
    "review_finding",
    "write_report",
    "export_report",
    "look_up_term",
    "describe_abilities",
    "search_archive",
    "fetch_study",
    "send_report",
]


def schema(tool: Tool) -> dict[str, object]:
    return tool.function.tool_call_schema.model_json_schema()  # type: ignore[union-attr, return-value]


def test_the_catalogue_holds_the_tools_of_the_contract() -> None:
    assert sorted(t.name for t in TOOLS) == sorted(CONTRACT)
    assert all(tool_named(n) is not None for n in CONTRACT)


@pytest.mark.parametrize("tool", TOOLS, ids=lambda t: t.name)
def test_every_tool_tells_a_llm_what_it_is_for(tool: Tool) -> None:
    assert len(tool.function.description) > 40


@pytest.mark.parametrize("tool", TOOLS, ids=lambda t: t.name)
def test_every_argument_is_described(tool: Tool) -> None:
    properties = schema(tool).get("properties", {})
    assert all(p.get("description") for p in properties.values())  # type: ignore[attr-defined]


@pytest.mark.parametrize("tool", TOOLS, ids=lambda t: t.name)
def test_a_llm_never_sees_the_runtime(tool: Tool) -> None:
    assert "runtime" not in tool.arguments
    assert "ToolContext" not in str(schema(tool))


@pytest.mark.parametrize("tool", TOOLS, ids=lambda t: t.name)
def test_every_tool_carries_examples_in_both_languages(tool: Tool) -> None:
    vietnamese = [u for u in tool.utterances if not u.isascii()]
    assert len(vietnamese) >= 8
    assert len(tool.utterances) - len(vietnamese) >= 25


def test_no_example_belongs_to_two_tools() -> None:
    counts = Counter(u.lower().strip(" ?") for t in TOOLS for u in {x.lower().strip(" ?") for x in t.utterances})
    assert [u for u, n in counts.items() if n > 1] == []


@pytest.mark.parametrize("tool", TOOLS, ids=lambda t: t.name)
def test_what_a_tool_fills_in_are_arguments_that_it_has(tool: Tool) -> None:
    assert set(tool.fill("how sharp is it, as json")) <= tool.arguments
