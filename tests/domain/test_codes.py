"""No code is typed from memory: each stands in pydicom's dictionaries, or in CHECKED with who checked it and where."""

import pytest
from pydicom.sr._concepts_dict import concepts

from assistant.domain.codes import CHECKED, CODES, Code


def meanings(code: Code) -> set[str]:
    """All meanings that pydicom gives for a code value."""
    return {
        meaning
        for by_value in concepts.get(code.scheme, {}).values()
        for value, (meaning, _) in by_value.items()
        if value == code.value
    }


@pytest.mark.parametrize("name", sorted(CODES))
def test_a_code_is_in_pydicom_or_was_checked_by_someone(name: str) -> None:
    code = CODES[name]
    known = meanings(code)
    if known:
        assert code.meaning.lower() in {m.lower() for m in known}
    else:
        assert f"{code.scheme} {code.value}" in CHECKED


def test_nothing_stands_in_checked_without_need() -> None:
    used = {f"{c.scheme} {c.value}" for c in CODES.values() if not meanings(c)}
    assert set(CHECKED) == used


@pytest.mark.parametrize("why", CHECKED.values())
def test_checked_says_who_and_where(why: str) -> None:
    assert "2026" in why
    assert len(why) > 60


def test_each_concept_stands_once() -> None:
    assert len({(c.scheme, c.value) for c in CODES.values()}) == len(CODES)
