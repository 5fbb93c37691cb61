"""Words by rule: certainty words, percentages, wordings in both languages."""

import string

import pytest

from assistant.domain.finding import Presence
from assistant.language.narrative import doubt, one_line, read_out
from assistant.language.phrasing import certainty, percent, wordings
from tests.builders import build_finding


@pytest.mark.parametrize(
    ("p", "word"),
    [(0.99, "very_likely"), (0.9, "very_likely"), (0.89, "likely"), (0.6, "likely"), (0.3, "possible"), (0.1, "")],
)
def test_certainty_words_follow_the_contract(p: float, word: str) -> None:
    assert certainty(p) == word


@pytest.mark.parametrize(("p", "words"), [(0.0, "under 1 %"), (1.0, "over 99 %"), (0.935, "94 %"), (0.061, "6 %")])
def test_a_probability_is_never_said_as_certain(p: float, words: str) -> None:
    assert percent(p) == words


@pytest.mark.parametrize("presence", list(Presence))
@pytest.mark.parametrize("p", [None, 0.005, 0.15, 0.5, 0.97])
@pytest.mark.parametrize("language", ["en", "vi"])
def test_every_finding_can_be_said_and_never_as_normal(presence: Presence, p: float | None, language: str) -> None:
    finding = build_finding(handle="F1", presence=presence, probability=p, prediction_set=("present", "absent"))
    said = [
        *read_out(finding, language),  # type: ignore[arg-type]
        *doubt(finding, language),  # type: ignore[arg-type]
        one_line(finding, language),  # type: ignore[arg-type]
    ]
    for sentence in said:
        assert "normal" not in sentence.text.lower()
        assert "{" not in sentence.text
        assert not {"certain", "definite", "diagnostic", "confirmed"} & set(sentence.text.lower().split())


def test_every_wording_has_the_same_values_in_both_languages() -> None:
    def values(template: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(template) if name}

    for key, entry in wordings().items():
        assert set(entry) <= {"en", "vi"}, key
        assert values(entry.get("vi", entry["en"])) <= values(entry["en"]), key
