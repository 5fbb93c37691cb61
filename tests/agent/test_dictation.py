"""Spoken and numbered marks become punctuation; what is no mark stays as it was."""

import pytest

from assistant.agent.dictation import plainly
from tests.agent.phrases import Phrase, plan_of, tools_of


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        ("um box it comma then the size full stop", "box it, then the size."),
        ("S: 50F fits. R: your read", "50F fits. your read"),
        ("1 read 2 measure", "read\nmeasure"),
        ("a/ outline it, b/ draft the conclusion", "outline it,\ndraft the conclusion"),
        ("đo giúp tôi chấm", "đo giúp tôi."),
        ("export as p d f", "export as pdf"),
    ],
)
def test_spoken_marks_end_clauses(said: str, plain: str) -> None:
    assert plainly(said) == plain


@pytest.mark.parametrize(
    "text",
    [
        "1 of 2 images",
        "1 lesion or 2 lesions?",
        "is it 1 mm or 2 mm",
        "0.5 mm per pixel",
        'change F2 to "um, 2 cm comma stable"',
        "T1 or T2?",
        "đừng đo",
        "u màng não",
        "um",
    ],
)
def test_what_is_no_mark_stays(text: str) -> None:
    assert plainly(text) == text


def test_numbered_requests_all_run() -> None:
    wanted = {"enhance_image", "measure_finding"}
    assert set(tools_of(plan_of(Phrase("", "", "1 flip the greys 2 the size", (), "", "after_read")))) == wanted
