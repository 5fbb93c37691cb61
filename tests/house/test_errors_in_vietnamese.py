"""Every error that a reader of the page can meet has its Vietnamese: found in the source, not listed by hand.

A language model's errors stand in the record alone and are left out; so is what a tool says itself, by language.
"""

import ast
import importlib
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from types import ModuleType

import pytest

from assistant import errors
from assistant.language.concepts import in_language

ROOT = Path(__file__).resolve().parents[2]
RAISED = {n for n in errors.__all__ if n not in ("ProviderError", "Stopped")}
ROOMS = ("store", "intake", "reports", "vision")
FILES = sorted(
    [p for room in ROOMS for p in (ROOT / "assistant" / room).rglob("*.py") if "migrations" not in p.parts]
    + [ROOT / "assistant" / f"{name}.py" for name in ("app", "answering", "home", "running")]
)
FILLED = ("7", "F7", "img7", "a thing")
"""What may stand in a brace of a message."""
_PARTS = {"what": "a structured report", "why": "it holds no picture", "there": "F1 to F3"}


def _texts(node: ast.expr, module: ModuleType, tree: ast.Module) -> Iterator[tuple[str, ...]]:
    """The message as it may read: one tuple for each message, of its variants."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield (node.value,)
    elif isinstance(node, ast.Name) and isinstance(value := getattr(module, node.id, None), str):
        yield (value,)
    elif isinstance(node, ast.JoinedStr):
        for value in _of_a_table(node, module):
            yield tuple("".join(v) for v in product(*(_part(p, module, value) for p in node.values)))
    elif isinstance(node, ast.BinOp):
        for left in _texts(node.left, module, tree):
            for right in _texts(node.right, module, tree):
                yield tuple(a + b for a in left for b in right)
    elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
        for value in getattr(module, node.value.id).values():
            yield (value,)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        for function in (f for f in ast.walk(tree) if isinstance(f, ast.FunctionDef) and f.name == node.func.id):
            for back in (r for r in ast.walk(function) if isinstance(r, ast.Return) and r.value is not None):
                yield from _texts(back.value, module, tree)  # type: ignore[arg-type]


def _of_a_table(node: ast.JoinedStr, module: ModuleType) -> tuple[str, ...]:
    """Every value of a table that a message takes a part from; each of them is a message of its own."""
    for named in (p.value for p in node.values if isinstance(p, ast.FormattedValue)):
        if isinstance(named, ast.Subscript) and isinstance(named.value, ast.Name) and hasattr(module, named.value.id):
            return tuple(str(v) for v in getattr(module, named.value.id).values())
    return ("",)


def _part(part: ast.expr, module: ModuleType, of_table: str) -> tuple[str, ...]:
    if isinstance(part, ast.Constant):
        return (str(part.value),)
    named = part.value if isinstance(part, ast.FormattedValue) else None
    if isinstance(named, ast.Subscript) and of_table:
        return (of_table,)
    if isinstance(named, ast.Name):
        known = getattr(module, named.id, None)
        if isinstance(known, str | int):
            return (str(known),)
        if named.id in _PARTS:
            return (_PARTS[named.id],)
    return FILLED


def _messages() -> Iterator[tuple[str, tuple[str, ...]]]:
    for path in FILES:
        tree = ast.parse(path.read_text("utf-8"))
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        module = importlib.import_module(name)
        calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)]
        for call in (c for c in calls if getattr(c.func, "id", "") in RAISED and c.args):
            for variants in _texts(call.args[0], module, tree):
                yield f"{name}:{call.lineno}", variants


MESSAGES = list(_messages())


def test_the_errors_of_the_source_are_found() -> None:
    assert len(MESSAGES) > 90
    said = {v for _, variants in MESSAGES for v in variants}
    assert "That session is not here; pick one from the list of sessions, or start a new one." in said
    assert any("multi-frame" in v for v in said)


@pytest.mark.parametrize(("where", "variants"), MESSAGES)
def test_an_error_that_a_reader_can_meet_has_its_vietnamese(where: str, variants: tuple[str, ...]) -> None:
    told = [in_language(v, "vi") for v in variants]
    assert any(t != v for t, v in zip(told, variants, strict=True)), (where, variants[:3])


@pytest.mark.parametrize("name", ["_FULL", "_BUSY", "_AWAY", "_DAMAGED", "_NO_DRIVER"])
def test_what_a_failing_database_says_has_its_vietnamese(name: str) -> None:
    sentence = getattr(importlib.import_module("assistant.store.database"), name)
    assert in_language(sentence, "vi") != sentence


def test_what_stands_in_an_error_is_told_in_vietnamese_too() -> None:
    said = in_language("There is no such finding in this session: it has no finding yet; ask for a read first.", "vi")
    assert said == "Không có phát hiện như vậy trong phiên này (chưa có phát hiện nào; hãy yêu cầu đọc ảnh trước)."
    assert in_language("There is no such image in this session: it has img1 to img3.", "vi").endswith(
        "(từ img1 đến img3)."
    )
    assert in_language("There is no finding F9 in this session; there is: F1, F2.", "vi") == (
        "Không có phát hiện F9 trong phiên này; hiện có: F1, F2."
    )
    assert in_language("A report as 'docx' is not built here; there is pdf and json.", "vi").count("'docx'") == 1
