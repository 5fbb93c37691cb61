"""Where one request ends and the next begins: what is cut without a joint, and what stays whole."""

import numpy as np
import pytest

from assistant.agent.clauses import atoms_of, corrected
from assistant.agent.cuts import cut_up, cuts
from assistant.agent.encoder import LONGEST, encoder
from assistant.agent.matcher import Matcher
from assistant.agent.talk import matcher
from tests.agent.phrases import Phrase, plan_of, tools_of


def pieces(text: str) -> list[str]:
    return [a.text for a in cut_up(atoms_of(text), matcher())]


def tools(text: str, state: str = "after_read") -> set[str]:
    return set(tools_of(plan_of(Phrase("", "", text, (), "", state))))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("how big how sure", {"measure_finding", "list_findings"}),
        ("show the heat map write the impression", {"explain_finding", "write_report"}),
        ("accept f1 give me pdf", {"review_finding", "export_report"}),
        ("tóm tắt lại ca này xuất báo cáo pdf", {"list_findings", "export_report"}),
        ("do khoi u xuat file pdf", {"measure_finding", "export_report"}),
    ],
)
def test_requests_without_a_joint_all_run(text: str, wanted: set[str]) -> None:
    assert tools(text) == wanted


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


@pytest.mark.parametrize(
    "text", ['add a note: "show the heat map write the impression"', "do not write the report measure the lesion"]
)
def test_quotes_and_refusals_are_not_cut(text: str) -> None:
    assert pieces(text) == [a.text for a in atoms_of(text)]


def test_pieces_hold_every_word_of_a_message_in_its_order() -> None:
    text = "read this pic write it up, then how big is it and why did you say so export it"
    joined = " ".join(pieces(text)).split()
    assert joined == [w for w in text.replace(",", "").split() if w not in ("and", "then")]


def test_without_an_encoder_nothing_is_cut() -> None:
    alone = Matcher({"a": ("show the heat map",), "b": ("write the impression",)})
    atoms = atoms_of("show the heat map write the impression")
    assert cut_up(atoms, alone) == atoms


def test_states_of_several_sentences_are_those_of_each_alone() -> None:
    sentences = (("where", "is", "it"), ("đo", "giúp", "tôi", "khối", "u"))
    for found, words in zip(encoder().states(sentences, 3), sentences, strict=True):
        assert found.shape[0] == len(words)
        assert np.allclose(found, encoder().states([words], 3)[0], atol=1e-4)


def test_a_long_sentence_is_read_as_far_as_the_encoder_reaches() -> None:
    (odds,) = cuts().begins([("measure",) * 300], encoder())
    assert 0 < len(odds) <= LONGEST
