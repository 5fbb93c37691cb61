"""The rules that keep the house: format, types, floors, names, file sizes, cheap doors."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
SOURCES = sorted([*ROOT.glob("assistant/**/*.py"), *ROOT.glob("ui/**/*.py")])


def run(*command: str, timeout: int = 280) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False)


def test_ruff_finds_nothing() -> None:
    done = run(str(BIN / "ruff"), "check", ".")
    assert done.returncode == 0, done.stdout


def test_ruff_would_reformat_nothing() -> None:
    done = run(str(BIN / "ruff"), "format", "--check", ".")
    assert done.returncode == 0, done.stdout


def test_mypy_strict_finds_nothing() -> None:
    done = run(str(BIN / "mypy"))
    assert done.returncode == 0, done.stdout


def test_arrows_only_point_down_and_each_library_has_one_room() -> None:
    done = run(str(BIN / "lint-imports"), "--no-cache")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_file_opens_with_what_it_is_and_stays_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 400
    if text.strip():
        assert text.lstrip().startswith(('"""', 'r"""')), "no module docstring"


def test_no_room_is_called_by_a_word_that_says_nothing() -> None:
    banned = {"utils", "util", "helpers", "helper", "manager", "common", "misc"}
    assert not [p for p in SOURCES if p.stem in banned]


def test_each_word_has_one_meaning() -> None:
    """`db` is the database session; a class that is a row says so; 'diagnosis' is never ours."""
    tables = (ROOT / "assistant/store/tables.py").read_text(encoding="utf-8")
    for name in re.findall(r"^class (\w+)\(", tables, re.M):
        assert name.endswith("Row") or name in {"Base", "UtcDateTime"}, name
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\bclass \w*Diagnosis", text), path
        assert not re.search(r"^\s*session\s*=\s*sessionmaker", text, re.M), path


def test_every_ignored_type_names_its_code() -> None:
    for path in SOURCES:
        assert not re.search(r"type: ignore(?!\[)", path.read_text(encoding="utf-8")), path


def test_a_broad_except_stands_at_the_top_of_a_turn_and_around_a_tool_and_a_llm_alone() -> None:
    broad = re.compile(r"except( Exception| BaseException)?:\n((?:(?!\n\n).)*)", re.S)
    found = []
    for path in SOURCES:
        blocks = [m.group(2) for m in broad.finditer(path.read_text(encoding="utf-8"))]
        if any(not re.search(r"^\s+raise$", block, re.M) for block in blocks):
            found.append(path.name)
    assert found == ["guards.py", "answering.py"]


def test_no_file_names_a_machine_path_or_a_registry() -> None:
    tracked = run("git", "ls-files", "--cached", "--others", "--exclude-standard").stdout.splitlines()
    machine = re.compile(r"/(wor[k]|roo[t])/[a-z]+/")
    registry = re.compile(r"(pypi\.org|files\.pythonhosted|registry\.npmjs|deb\.debian)")
    for name in tracked:
        path = ROOT / name
        if path.suffix in {".py", ".md", ".toml", ".txt", ".js", ".css", ".json", ""} and path.is_file():
            text = path.read_text(encoding="utf-8", errors="ignore")
            assert not machine.search(text) or name.startswith("tests/house"), name
            assert not registry.search(text) or name.startswith("tests/house"), name


@pytest.mark.parametrize(
    "statement",
    [
        "import assistant.vision",
        "from assistant.vision.manifest import load_manifest; from pathlib import Path; load_manifest(Path('weights'))",
        "import assistant.__main__",
        "import assistant.app",
        "import assistant.tools.catalog",
    ],
)
def test_a_door_is_cheap_to_enter(statement: str) -> None:
    code = f"{statement}; import sys; assert 'torch' not in sys.modules, 'torch came along'"
    done = run(sys.executable, "-c", code)
    assert done.returncode == 0, done.stderr


def test_the_install_names_no_host() -> None:
    for name in ("constraints.txt", "pyproject.toml", "Makefile"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "http" not in re.sub(r"httpx|httpcore|httptools|http2|safehttpx|httpx2", "", text), name
