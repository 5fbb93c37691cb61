"""One file and one manifest row, as CONTRIBUTING says, and the new model answers in the chat by its disease's name."""

import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from assistant.app import Assistant
from assistant.domain.turn import Turn
from assistant.intake.samples import load_samples
from assistant.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
WEIGHTS = ROOT / "weights"
FILE = '''
"""Bleeding, yes or no, on one MRI slice."""

from assistant.vision.models.brain_tumour import BrainTumour

__all__ = ["MODEL"]

MODEL = BrainTumour
'''
CHANGES = {
    "[models.brain_tumour]": "[models.brain_bleeding]",
    '"Brain tumour classifier"': '"Brain bleeding classifier"',
    'concept = "brain tumour"': 'concept = "brain bleeding"',
    'code = "brain_tumour"': 'code = "brain"',
    "that this slice shows a brain tumour": "that this slice shows bleeding in the brain",
    "one slice, for tumours alone": "one slice, for bleeding alone",
    "the pattern of a brain tumour (glioma, meningioma, pituitary tumour)": "the pattern of bleeding",
    'not_looked_for = "bleeding': 'not_looked_for = "tumours',
}


@pytest.fixture
def assistant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Assistant]:
    """An installation with a classifier more: the brain tumour one's weights under another name and concept."""
    weights = tmp_path / "weights"
    weights.mkdir()
    for file in WEIGHTS.glob("*.safetensors"):
        (weights / file.name).symlink_to(file)
    shutil.copytree(WEIGHTS / "cards", weights / "cards")
    manifest = (WEIGHTS / "manifest.toml").read_text("utf-8")
    row = re.search(r"^\[models\.brain_tumour\]\n.*?(?=^\[models\.)", manifest, re.M | re.S)
    assert row
    made = row[0]
    for old, new in CHANGES.items():
        assert old in made
        made = made.replace(old, new)
    (weights / "manifest.toml").write_text(manifest.replace(row[0], row[0] + made), "utf-8")
    module = ModuleType("assistant.vision.models.brain_bleeding")
    exec(FILE, module.__dict__)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    one = Assistant.open(Settings(home=tmp_path / "home", weights_dir=weights, threads=1))
    yield one
    one.close()


def test_a_model_of_one_file_and_one_row_answers_in_the_chat(assistant: Assistant) -> None:
    picture = next(s.path for s in load_samples(ROOT / "samples") if s.expect == "present")
    session = assistant.new_session("me").id

    def ask(text: str, *paths: Path) -> Turn:
        return assistant.say(session, text, paths).result()

    named = ask("is there bleeding in the brain?", picture)
    assert [c.name for c in named.tools] == ["classify_image"]
    assert {f.concept for f in named.findings} == {"brain tumour", "brain bleeding"}
    assert "A brain bleeding pattern is" in named.reply
    assert named.reply.index("brain bleeding") < named.reply.index("brain tumour"), "what was asked comes first"
    assert "for bleeding alone" in named.reply
    sure = ask("how sure are you about the bleeding?")
    assert "brain bleeding" in sure.reply
    assert [c.name for c in sure.tools] == ["list_findings"]
    assert "Brain bleeding classifier" in ask("what can you do?").reply
    report = assistant.report(session)
    assert any("Brain bleeding classifier" in line for line in report.not_looked_for)
    other = ask("is there a midline shift?")
    assert [c.name for c in other.tools] == ["describe_abilities"], "what no model looks for is still told as such"
