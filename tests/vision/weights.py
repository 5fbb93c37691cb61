"""The real weights and data, for the tests that need them."""

from functools import cache
from pathlib import Path

import pytest

from assistant.vision.loading import Models

ROOT = Path(__file__).resolve().parents[2]
WEIGHTS = ROOT / "weights"
DATA = ROOT.parent / "shared" / "data"

needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the shared data folders are not beside this checkout")


@cache
def models() -> Models:
    """One set of models for all tests."""
    return Models(WEIGHTS)
