"""The command line as a script would use it: JSON on standard output, one sentence on standard error, exit codes."""

import json
import os
import re
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from assistant.intake.samples import load_samples

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "samples"
CONTRACT = ROOT.parent / "shared" / "check" / "contract.py"
BIN = Path(sys.executable).parent / "medvision"


def medvision(home: Path, *args: str | Path, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "MEDVISION_HOME": str(home), **settings}
    return subprocess.run(
        [str(BIN), *map(str, args)], capture_output=True, text=True, timeout=280, check=False, env=environment
    )


def objects(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    assert "Traceback" not in done.stdout + done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def sample(expect: str) -> Path:
    return next(s.path for s in load_samples(SAMPLES) if s.expect == expect)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


def test_help_answers_at_once(home: Path) -> None:
    started = time.monotonic()
    assert medvision(home, "--help").returncode == 0
    assert time.monotonic() - started < 5


def test_wrong_usage_exits_with_two(home: Path) -> None:
    assert medvision(home, "no-such-command").returncode == 2
    assert medvision(home, "read").returncode == 2


def kept_in(home: Path) -> set[str]:
    return {path.name for path in home.iterdir()} if home.exists() else set()


@pytest.mark.parametrize(
    "command",
    [
        ("models",),
        ("train", "no_such_model", "--data", "."),
        ("evaluate", "no_such_model", "--data", "."),
        ("promote", "no_such_model", "run", "--data", "."),
        ("card", "no_such_model", "--evaluation", "no-such-file"),
        ("audit-data", "."),
    ],
    ids=lambda command: str(command[0]),
)
def test_every_command_makes_the_data_folder_or_brings_its_database_in_step(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    fresh, old = tmp_path / "fresh", tmp_path / "old"
    medvision(fresh, *command)
    assert {"medvision.db", "artifacts", "logs", "identity.key"} <= kept_in(fresh)
    old.mkdir()
    with closing(sqlite3.connect(old / "medvision.db")) as database:
        database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        database.commit()
    medvision(old, *command)
    with closing(sqlite3.connect(old / "medvision.db")) as database:
        assert database.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)
        assert database.execute("SELECT count(*) FROM sessions").fetchone() == (0,)


@pytest.mark.parametrize(
    "command",
    [
        ("--help",),
        ("train", "--help"),
        ("train", "brain_tumour", "--data", ".", "--set", "epochs"),
        ("evaluate", "brain_tumour", "--data", ".", "--data", "."),
        ("evaluate", "brain_tumour", "--data", ".", "--folds", "--set", "epochs"),
        ("promote", "brain_tumour"),
        ("card", "brain_tumour"),
        ("audit-data",),
        ("delete", "some-session"),
    ],
    ids=" ".join,
)
def test_help_and_wrong_usage_make_nothing_and_load_nothing_heavy(tmp_path: Path, command: tuple[str, ...]) -> None:
    done = medvision(tmp_path / "home", *command, PYTHONPROFILEIMPORTTIME="1")
    assert done.returncode == (0 if "--help" in command else 2)
    assert kept_in(tmp_path / "home") == set()
    assert not re.search(r"\| +(torch|sqlalchemy)$", done.stderr, re.M)


def test_an_export_that_could_not_be_written_is_noted_as_none(tmp_path: Path) -> None:
    home, folder = tmp_path / "home", tmp_path / "is-a-folder"
    folder.mkdir()
    (turn,) = objects(medvision(home, "read", sample("declined"), "--json"))
    for out in (tmp_path / "gone" / "report.pdf", folder):
        done = medvision(home, "export", turn["session"], "--out", out)
        assert (done.returncode, done.stdout) == (1, "")
        assert "--out" in done.stderr
        assert done.stderr.count("\n") == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["home", "is-a-folder"], "nothing half-written stays"
    assert "report_exported" not in medvision(home, "history", turn["session"]).stdout
    assert medvision(home, "export", turn["session"], "--out", tmp_path / "report.pdf").returncode == 0
    assert medvision(home, "history", turn["session"]).stdout.count("report_exported") == 1


@pytest.mark.parametrize("command", [("sessions",), ("evaluate", "brain_tumour", "--data", ".", "--split", "test")])
def test_a_setting_that_cannot_be_used_is_named_in_one_sentence(home: Path, command: tuple[str, ...]) -> None:
    done = medvision(home, *command, MEDVISION_MAX_BYTES="much")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("MEDVISION_MAX_BYTES cannot be used: ")
    assert done.stderr.count("\n") == 1


def test_a_page_that_cannot_be_opened_says_why_in_one_sentence(home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = medvision(home, "serve", "--port", port)
    assert (done.returncode, done.stdout) == (1, "")
    assert port in done.stderr
    assert "--port 0" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_page_whose_language_model_is_misnamed_says_so_at_its_start(home: Path) -> None:
    environment = {**os.environ, "MEDVISION_HOME": str(home), "MEDVISION_LLM": "nobody:model"}
    command = [str(BIN), "serve", "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8", env=environment
    ) as served:
        assert served.stdout
        assert served.stderr
        assert served.stdout.readline().startswith("http://127.0.0.1:")
        english, vietnamese = served.stderr.readline(), served.stderr.readline()
        served.terminate()
        assert served.stdout.read() == "", "nothing but the answer goes to standard output"
    assert english.startswith("MEDVISION_LLM cannot be used, and the built-in planner answers instead.")
    assert vietnamese.startswith("Không dùng được MEDVISION_LLM")
    assert all("provider:model" in line for line in (english, vietnamese))


def test_a_fault_of_the_program_shows_no_traceback_and_leaves_it_in_the_log(tmp_path: Path) -> None:
    broken = "import assistant.app as a; a.Assistant.sessions = 0; from assistant.__main__ import main; main()"
    environment = {**os.environ, "MEDVISION_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", broken, "sessions"], capture_output=True, text=True, check=False, env=environment
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "Traceback" not in done.stderr
    reference = re.search(r"reference ([0-9a-f]{8})", done.stderr)
    assert reference
    log = (tmp_path / "logs" / "medvision.log").read_text(encoding="utf-8")
    assert reference[1] in log
    assert "TypeError" in log


def test_the_history_of_no_session_is_refused(home: Path) -> None:
    done = medvision(home, "history", "no-such-session")
    assert (done.returncode, done.stdout) == (1, "")
    assert "not here" in done.stderr


def test_a_session_is_read_reviewed_signed_exported_and_deleted(home: Path, tmp_path: Path) -> None:
    done = medvision(home, "read", sample("present"), "--ask", "What do you see?", "--ask", "why?", "--json")
    assert done.returncode == 0, done.stderr
    first, second = objects(done)
    session = first["session"]
    assert [c["name"] for c in first["tools"]] == ["classify_image", "detect_lesions"]
    assert first["tools"][0]["arguments"]["image"] == "img1"
    assert [c["name"] for c in second["tools"]] == ["explain_finding"]
    assert Path(second["overlays"][0]["path"]).read_bytes()[:4] == b"\x89PNG"
    finding = first["findings"][0]
    assert finding["concept"] == "brain tumour"
    assert finding["presence"] == "present"
    assert 0.5 < finding["probability"] <= 1

    shown = objects(medvision(home, "show", session, "--json"))
    assert [(t["turn"], t["reply"], t["findings"]) for t in shown] == [
        (t["turn"], t["reply"], t["findings"]) for t in (first, second)
    ]

    assert medvision(home, "review", session, "F1", "accept").returncode == 0
    unknown = medvision(home, "review", session, "F9", "accept")
    assert unknown.returncode == 1
    assert "F1" in unknown.stderr

    before, after = tmp_path / "before.pdf", tmp_path / "after.pdf"
    assert medvision(home, "export", session, "--format", "pdf", "--out", before).returncode == 0
    other = tmp_path / "other.txt"
    asked = ("export", session, "--format", "txt", "--language", "vi", "--out", other)
    assert medvision(home, *asked).returncode == 0
    assert "Kết luận\n  Rất có thể có hình ảnh khối u não" in other.read_text("utf-8")
    assert medvision(home, "export", session, "--language", "xx", "--out", other).returncode == 2
    assert medvision(home, "sign", session, "--name", "Dr A. Reader").returncode == 0
    assert medvision(home, "export", session, "--format", "pdf", "--out", after).returncode == 0
    from pypdf import PdfReader

    unsigned = "".join(p.extract_text() for p in PdfReader(before).pages)
    signed = "".join(p.extract_text() for p in PdfReader(after).pages)
    assert [len(PdfReader(file).pages) for file in (before, after)] == [1, 1], "one page for one image"
    assert "UNVERIFIED" in unsigned
    assert "UNVERIFIED" not in signed
    assert "Dr A. Reader" in signed

    refused = medvision(home, "export", session, "--format", "fhir", "--out", tmp_path / "x")
    assert refused.returncode == 1
    assert "pdf" in refused.stderr

    rows = objects(medvision(home, "sessions", "--json"))
    assert next(r for r in rows if r["session"] == session)["signed"] is True
    assert medvision(home, "delete", session).returncode == 2
    assert medvision(home, "delete", session, "--yes").returncode == 0
    assert medvision(home, "show", session, "--json").returncode == 1


def test_a_foreign_image_is_declined_with_one_sentence(home: Path) -> None:
    done = medvision(home, "read", sample("declined"), "--json")
    assert done.returncode == 1
    (turn,) = objects(done)
    assert turn["status"] == "declined"
    assert turn["findings"] == []
    assert turn["tools"] == []
    assert len(done.stderr.strip().splitlines()) == 1


def test_one_faulty_session_of_a_script_stops_no_other(home: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n and nothing more")
    lines = [
        {"id": "gone", "images": [str(tmp_path / "gone.png")], "turns": ["read this"]},
        {"id": "broken", "images": [str(broken)], "turns": ["is there a tumour?", "thanks"]},
        {"id": "none", "images": [], "turns": ["is there a tumour?"]},
        {"id": "good", "images": [str(sample("present"))], "turns": ["is there a tumour?"]},
        {"id": "nothing", "images": [], "turns": []},
    ]
    script = tmp_path / "script.jsonl"
    script.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    done = medvision(home, "converse", script, "--json")
    assert done.returncode == 0, done.stderr
    turns = objects(done)
    assert [t["id"] for t in turns] == ["gone", "broken", "broken", "none", "good"]
    assert [t["status"] for t in turns] == ["declined", "declined", "answered", "needs_image", "answered"]


def test_an_upload_alone_runs_nothing_in_a_script(home: Path, tmp_path: Path) -> None:
    script = tmp_path / "script.jsonl"
    script.write_text(json.dumps({"id": 1, "images": [str(sample("present"))], "turns": [""]}), encoding="utf-8")
    (turn,) = objects(medvision(home, "converse", script, "--json"))
    assert turn["status"] == "answered"
    assert turn["tools"] == []


@pytest.mark.skipif(not CONTRACT.exists(), reason="the contract's own check lies outside this repository")
def test_the_contract_holds(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(CONTRACT), str(BIN), "--without", "check"],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    assert done.returncode == 0, "\n".join(line for line in done.stdout.splitlines() if "FALLS" in line)
