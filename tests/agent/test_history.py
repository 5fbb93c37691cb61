"""What a reader told of the patient is kept as typed; what was asked for is not among it."""

import pytest

from assistant.agent.history import told_of_patient


@pytest.mark.parametrize(
    ("message", "context"),
    [
        ("62M, headache for three weeks. Anything?", "62M, headache for three weeks."),
        ("temp 38.5, known hypertension; is there a tumour?", "temp 38.5, known hypertension"),
        ("45F with new onset seizures, any mass? then export pdf", "45F with new onset seizures"),
        ("Nam 62 tuổi, đau đầu ba tuần nay. Có gì bất thường không?", "Nam 62 tuổi, đau đầu ba tuần nay."),
        ("bệnh nhân nữ 45 tuổi, mờ mắt 2 ngày, vẽ mạch máu giúp tôi", "bệnh nhân nữ 45 tuổi, mờ mắt 2 ngày"),
    ],
)
def test_what_is_told_of_the_patient_is_kept_without_what_is_asked(message: str, context: str) -> None:
    assert told_of_patient([message]) == context


@pytest.mark.parametrize(
    "message", ["make me a pdf", "What do you see?", "outline the tumour and make me a pdf", "đọc ảnh này rồi xuất pdf"]
)
def test_a_request_is_no_clinical_context(message: str) -> None:
    assert told_of_patient([message]) == ""


def test_what_is_told_later_is_kept_too_and_once() -> None:
    said = ["what do you see?", "62M, headache for 3 weeks", "pdf please", "62M, headache for 3 weeks"]
    assert told_of_patient(said) == "62M, headache for 3 weeks"
