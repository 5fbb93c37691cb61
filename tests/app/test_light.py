"""Opening: what only a turn needs (langchain, pydicom, torch) is not imported before the page can be opened."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OPENED = """
import sys
from pathlib import Path
from assistant.app import Assistant
from assistant.settings import Settings
import ui.app
assistant = Assistant.open(Settings(home=Path(sys.argv[1])))
session = assistant.new_session("reader")
assistant.report(session.id), assistant.sessions()
assistant.close()
heavy = {"torch", "timm", "langchain", "langchain_core", "langgraph", "pydicom", "reportlab"} & set(sys.modules)
sys.exit(f"loaded {sorted(heavy)}" if heavy else 0)
"""


def test_opening_the_page_imports_nothing_that_only_a_turn_needs(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-c", OPENED, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr[-2000:]
