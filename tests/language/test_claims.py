"""The claim ledger: lies by rule are never supported, true paraphrases pass, verdicts as the contract fixes them."""

import json
import sys
from collections import Counter
from pathlib import Path

import pytest

from assistant.domain.turn import Sentence
from assistant.language.claims import Ledger, Verdict
from assistant.language.claims.splitting import sentences_of
from tests.builders import build_turn
from tests.language.lies import lies_of
from tests.language.sessions import CARDS, WORLDS, world_session

PARAPHRASES = Path(__file__).parent / "paraphrases.jsonl"
SECOND_WRITER = Path(__file__).parent / "paraphrases_2.jsonl"
"""True sentences of one who had not seen the ledger."""


def ledger(world: str) -> Ledger:
    return Ledger(world_session(world), CARDS)


def verdict(world: str, text: str) -> Verdict:
    (held,) = ledger(world).check(text)
    return held.verdict


def test_no_lie_passes_over_six_sessions(capsys: pytest.CaptureFixture[str]) -> None:
    told: Counter[str] = Counter()
    passed: list[tuple[str, str, str]] = []
    for world in WORLDS:
        held = ledger(world)
        for kind, lie in dict.fromkeys(lies_of(world_session(world))):
            told[kind] += 1
            if all(h.passes for h in held.check(lie)):
                passed.append((world, kind, lie))
    with capsys.disabled():
        sys.stdout.write(f"\nlies: {told.total()} in {len(told)} classes, {len(passed)} passed\n")
    assert told.total() > 3000
    assert not passed


@pytest.mark.parametrize(
    ("file", "least"), [(PARAPHRASES, 299), (SECOND_WRITER, 330)], ids=["paraphrases", "second writer"]
)
def test_of_true_paraphrases_at_most_one_in_twenty_is_held_back(
    file: Path, least: int, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    held = {world: ledger(world) for world in WORLDS}
    back = [r["text"] for r in rows if not all(h.passes for h in held[r["world"]].check(r["text"]))]
    with capsys.disabled():
        sys.stdout.write(f"\n{file.stem}: {len(rows)}, {len(back)} wrongly held back ({len(back) / len(rows):.1%})\n")
    assert len(rows) >= least
    assert len(back) <= 0.05 * len(rows)


@pytest.mark.parametrize(
    ("world", "text", "expected"),
    [
        ("tumour", "The probability of a brain tumour is 94 %.", Verdict.SUPPORTED),
        ("tumour", "The probability of a brain tumour is 49 %.", Verdict.CONTRADICTED),
        ("tumour", "The probability is about 95 %.", Verdict.SUPPORTED),
        ("tumour", "F1 has a probability of about 97 %.", Verdict.CONTRADICTED),
        ("tumour", "There is no brain tumour.", Verdict.CONTRADICTED),
        ("tumour", "There is a haemorrhage.", Verdict.UNSUPPORTED),
        ("tumour", "The patient needs surgery.", Verdict.UNSUPPORTED),
        ("tumour", "The image is normal.", Verdict.UNSUPPORTED),
        ("tumour", "It measures 6 cm.", Verdict.UNSUPPORTED),
        ("measured", "It measures 4.2 cm.", Verdict.SUPPORTED),
        ("measured", "It measures forty-two millimetres.", Verdict.SUPPORTED),
        ("measured", "Kích thước 4,2 cm.", Verdict.SUPPORTED),
        ("measured", "Kích thước 4.2 cm.", Verdict.SUPPORTED),
        ("measured", "Vùng dài 42,000 mm.", Verdict.SUPPORTED),
        ("measured", "Vùng dài 42.000 mm.", Verdict.CONTRADICTED),
        ("measured", "The region is 42,000 mm long.", Verdict.CONTRADICTED),
        ("measured", "F1 is confirmed.", Verdict.SUPPORTED),
        ("tumour", "F1 is confirmed.", Verdict.CONTRADICTED),
        ("tumour", "Did the 3 cm mass bleed?", Verdict.UNSUPPORTED),
        ("tumour", "Would you like to see the heat map?", Verdict.GENERAL),
        ("tumour", "Hello.", Verdict.GENERAL),
        ("eye", "Glaucoma is possible.", Verdict.SUPPORTED),
        ("eye", "Glaucoma is likely.", Verdict.CONTRADICTED),
        ("eye", "Có thể có glôcôm.", Verdict.SUPPORTED),
        ("eye", "Khong thay duc thuy tinh the.", Verdict.SUPPORTED),
        ("mouth", "The prediction set of F1 holds both present and absent.", Verdict.CONTRADICTED),
    ],
)
def test_verdicts_are_those_of_the_contract(world: str, text: str, expected: Verdict) -> None:
    assert verdict(world, text) is expected


def test_a_supported_sentence_names_the_findings_that_hold_it() -> None:
    (held,) = ledger("eye").check("Diabetic retinopathy is likely.")
    assert held.findings == ("F3",)
    assert "F3" in held.why


def test_it_means_what_the_sentence_before_spoke_of() -> None:
    first, second = ledger("tumour").check("The box lies in the right half of the image. It has a probability of 94 %.")
    assert first.verdict is Verdict.SUPPORTED
    assert second.verdict is Verdict.CONTRADICTED


def test_a_table_and_a_list_are_read_row_by_row() -> None:
    text = "| finding | size |\n|---|---|\n| F1 | 6 cm |\n\n- F1: 94 %\n- F2: 12 %"
    assert sentences_of(text) == ("finding, size", "F1, 6 cm", "F1: 94 %", "F2: 12 %")
    assert [h.passes for h in ledger("tumour").check(text)] == [True, False, True, False]


def test_what_a_reader_wrote_passes_where_it_was_written_and_nowhere_else() -> None:
    session = world_session("tumour").with_turn(build_turn(number=1, user="the mass is 3 cm wide on the film"))
    said, made_up = Ledger(session).check('You wrote "the mass is 3 cm wide". You wrote "the mass is 5 cm wide".')
    assert said.verdict is Verdict.GENERAL
    assert made_up.verdict is Verdict.UNSUPPORTED


def test_what_this_session_has_shown_stays_supported_after_a_review() -> None:
    claim = Sentence(text="F1 on img1: brain tumour present; not reviewed.", findings=("F1",), rests_on="finding")
    session = world_session("measured").with_turn(build_turn(reply=claim.text, claims=(claim,)))
    (held,) = Ledger(session).check(claim.text)
    assert (held.verdict, held.findings) == (Verdict.SUPPORTED, ("F1",))


def test_markup_never_survives_splitting() -> None:
    text = "A <script>alert(1)</script><b>tumour</b> [here](http://x.y/z) ![pic](javascript:alert(1)) **now**."
    assert sentences_of(text) == ("A   tumour  here pic now.",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Each figure is the probability that the picture shows it, calibrated where 9 % (diabetic retinopathy), "
            "20 % (glaucoma) and 19 % (cataract) of the pictures had it.",
            Verdict.SUPPORTED,
        ),
        (
            "Mỗi con số là xác suất ảnh có hình ảnh đó, hiệu chuẩn trên tập có 9 % (bệnh võng mạc đái tháo đường), "
            "20 % (glôcôm) và 19 % (đục thủy tinh thể) ảnh mang bệnh.",
            Verdict.SUPPORTED,
        ),
        ("It was calibrated where 9 % (glaucoma) and 20 % (cataract) of the pictures had it.", Verdict.CONTRADICTED),
        ("It was calibrated where 20 % (glaucoma) and 40 % (cataract)", Verdict.CONTRADICTED),
    ],
)
def test_shares_of_several_diseases_each_belong_to_the_one_named_beside_them(text: str, expected: Verdict) -> None:
    session = world_session("eye")
    shares = {"cataract": 0.19, "glaucoma": 0.20, "diabetic retinopathy": 0.09}
    for finding in session.findings:
        session = session.with_finding(finding.model_copy(update={"prevalence": shares[finding.concept]}))
    (held,) = Ledger(session, CARDS).check(text)
    assert held.verdict is expected
    denied = Ledger(session, CARDS, remembers=False).denies(
        Sentence(text=text, findings=("F1", "F2", "F3"), rests_on="finding")
    )
    assert denied is None


def test_a_number_that_cannot_be_read_is_unsupported() -> None:
    assert not Ledger(world_session("tumour"), CARDS).check("There are 1.2.3.4 tumours.")[0].passes
