"""Where one request ends and the next begins: what stays whole, and what is taken back."""

import pytest

from assistant.agent.clauses import atoms_of, corrected
from tests.agent.phrases import Phrase, plan_of, tools_of


def tools(text: str, state: str = "after_read") -> set[str]:
    return set(tools_of(plan_of(Phrase("", "", text, (), "", state))))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("could you tell me how far across the lesion is from one side to the other", {"measure_finding"}),
        ("what is the difference between glioma and meningioma", {"look_up_term"}),
        ("cho tôi hỏi khối u này lớn chừng bao nhiêu vậy", {"measure_finding"}),
    ],
)
def test_one_long_request_stays_one(text: str, wanted: set[str]) -> None:
    assert tools(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("pdf i mean heatmap", {"explain_finding"}),
        ("Give me the pdf, er, the heat map rather", {"explain_finding"}),
        ("measure it, or no: outline it", {"segment_structures"}),
        ("size and json. Hmm no: summary and json.", {"list_findings", "export_report"}),
        ("xuất json, à quên, đo kích thước", {"measure_finding"}),
    ],
)
def test_what_is_taken_back_in_the_middle_does_not_run(text: str, wanted: set[str]) -> None:
    assert tools(text) == wanted


def test_a_correction_that_only_names_another_thing_keeps_the_request() -> None:
    assert [a.text for a in corrected(atoms_of("reject the cataract, no sorry the glaucoma one"))] == [
        "reject the glaucoma one"
    ]


def test_what_stands_in_quotes_is_not_cut() -> None:
    text = 'add a note: "show the heat map, then write the impression"'
    assert [a.text for a in atoms_of(text)] == [text]
