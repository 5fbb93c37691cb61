"""What no finding holds is said as such: severity, which eye, a sign nobody looks for, a refused picture, a handle."""

import pytest

from assistant.agent.reviews import decided
from assistant.agent.signs import looked_for_by, unlooked
from assistant.domain.image import Admission
from assistant.domain.turn import Status
from assistant.language.phrasing import Language, say
from tests.agent.plays import desk_of
from tests.agent.worlds import REFUSED, Desk, manifest

_LOOKS_FOR = looked_for_by(manifest().cards)


@pytest.fixture
def read() -> Desk:
    desk = Desk()
    desk.say("what do you see?")
    desk.say("where is it?")
    return desk


class Mixed(Desk):
    """A photograph that the gate refuses, a brain and an eye."""

    def __init__(self) -> None:
        super().__init__(kinds=("brain_mri", "brain_mri", "fundus"))

    def admission(self, handle: str) -> Admission:
        return REFUSED if handle == "img1" else super().admission(handle)


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        ("what about edema or midline shift?", ("edema", "midline shift")),
        ("có phù não hay di lệch đường giữa không?", ("phù não", "lệch đường giữa")),
        ("is there caries?", ("caries",)),
        ("có thoái hoá hoàng điểm không?", ("thoái hoá hoàng điểm",)),
        ("is it a glioma?", ()),
        ("is there diabetic retinopathy?", ()),
        ("có cao răng không?", ()),
        ("bác sĩ ơi, nang lượng bao nhiêu?", ()),
        ("where in the retina is it?", ()),
    ],
)
def test_signs_that_no_model_looks_for_are_known(text: str, signs: tuple[str, ...]) -> None:
    assert unlooked(text, _LOOKS_FOR) == signs


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("how big is the metastasis?", "No model here looks for metastasis"),
        ("di căn to bao nhiêu?", "Không có mô hình nào ở đây tìm điều này (di căn)"),
        ("What about edema or midline shift?", "No model here looks for edema or midline shift"),
        (
            "có phù não hay di lệch đường giữa không?",
            "Không có mô hình nào ở đây tìm điều này (phù não hoặc lệch đường",
        ),
        ("It's an abscess, not a tumour. How do you rule that out?", "No model here looks for abscess"),
    ],
)
def test_a_sign_that_is_taken_for_granted_is_said_to_be_looked_for_by_nobody(read: Desk, text: str, start: str) -> None:
    assert start in read.say(text).reply


@pytest.mark.parametrize(
    ("text", "key", "language"),
    [
        ("is it severe?", "untold_severity", "en"),
        ("90% là nặng lắm hả?", "untold_severity", "vi"),
        ("why is it unverified?", "untold_unverified", "en"),
        ("sao lại ghi UNVERIFIED?", "untold_unverified", "vi"),
        ("Should we get a second opinion?", "untold_opinion", "en"),
        ("you said it was a pituitary tumour earlier", "untold_not_said", "en"),
        ("lúc nãy bạn nói là u tuyến yên mà", "untold_not_said", "vi"),
    ],
)
def test_a_question_that_no_tool_answers_gets_what_is_known(text: str, key: str, language: Language) -> None:
    desk = Desk()
    desk.say("is there a tumour?")
    assert say(key, language) in desk.say(text).reply


def test_a_weight_of_words_without_accents_is_no_severity(read: Desk) -> None:
    assert say("untold_severity", "vi") not in read.say("co nang khong?").reply


@pytest.mark.parametrize(
    ("text", "there"),
    [("F9: what is it?", "There is no finding F9"), ("F9 là gì?", "Không có phát hiện F9"), ("F1?", "F1 on img1")],
)
def test_a_question_of_a_handle_decides_nothing(read: Desk, text: str, there: str) -> None:
    answer = read.say(text)
    assert there in answer.reply
    assert not [t for t in answer.tools if t.name == "review_finding"]


@pytest.mark.parametrize("text", ["F2 not F1", "F2 chứ không phải F1", "F4: what is it", "F1 bây giờ ghi gì?"])
def test_a_correction_or_a_question_is_no_decision(read: Desk, text: str) -> None:
    assert decided("reject", text, read.session) is None
    assert decided("reject", "F2 has to leave", read.session) is not None


@pytest.mark.parametrize("text", ["F2 not F1 - how sure?", "F2 chứ không phải F1, chắc bao nhiêu?"])
def test_the_finding_that_is_meant_instead_is_answered(read: Desk, text: str) -> None:
    (call,) = read.say(text).tools
    assert (call.name, call.arguments["finding"]) == ("list_findings", "F2")


@pytest.mark.parametrize(
    ("text", "key", "language"),
    [
        ("is there glaucoma in the left eye?", "untold_eye", "en"),
        ("mắt trái có glôcôm không?", "untold_eye", "vi"),
        ("so the right eye is healthy.", "no_health", "en"),
        ("vậy mắt phải khoẻ mạnh", "no_health", "vi"),
    ],
)
def test_which_eye_it_is_and_whether_it_is_well_stays_open(text: str, key: str, language: Language) -> None:
    desk = desk_of("two eyes")
    desk.say("read both images")
    reply = desk.say(text).reply
    assert say(key, language) in reply
    assert say("untold_eye", language) in reply


@pytest.mark.parametrize(
    ("text", "first", "language"),
    [
        ("vessel density?", "is that density normal?", "en"),
        ("vessel density?", "is that large?", "en"),
        ("mật độ mạch máu?", "mật độ đó có bình thường không?", "vi"),
    ],
)
def test_no_range_of_vessel_density_is_claimed(text: str, first: str, language: Language) -> None:
    desk = desk_of("eye")
    assert say("untold_range", language) not in desk.say(text).reply
    assert desk.say(first).reply.startswith(say("untold_range", language))


@pytest.mark.parametrize(
    ("stated", "amended", "mm"),
    [
        ("0.5 mm per pixel", "I said 0.4, not 0.5", "0.4 mm per pixel"),
        ("0,5 mm mỗi điểm ảnh", "nhầm, 0,4 mới đúng", "0,4 mm mỗi điểm ảnh"),
    ],
)
def test_a_scale_that_is_taken_back_is_replaced(read: Desk, stated: str, amended: str, mm: str) -> None:
    assert mm not in read.say(stated).reply
    assert mm in read.say(amended).reply
    assert mm in read.say("how big is it, not in pixels?" if "per" in mm else "to bao nhiêu?").reply


@pytest.mark.parametrize(
    ("text", "unheld"),
    [
        ("so it is about 10 mm?", False),
        ("so it is 3 cm?", True),
        ("vậy là khoảng 10 mm hả?", False),
        ("vậy là 3 cm hả?", True),
    ],
)
def test_a_size_told_as_exactly_as_it_was_measured_is_not_denied(read: Desk, text: str, unheld: bool) -> None:
    read.say("0.5 mm per pixel")
    reply = read.say(text).reply
    denied = any(part in reply for part in ("Nothing measured here is", "Không có số đo nào ở đây là"))
    assert denied is unheld
    assert "img3" not in reply


def test_a_number_behind_so_is_no_picture(read: Desk) -> None:
    assert "no img3" not in read.say("so 3 cm then?").reply


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("reject F2, large physiological cup", "large physiological cup"),
        ("bác bỏ F2, gai thị to sinh lý", "gai thị to sinh lý"),
        ("accept F2 with the words 'suspicious disc, refer for field test'", "suspicious disc, refer for field test"),
        ("ghi chú F2: nhiễu do cử động", "nhiễu do cử động"),
        ("reject F2, outline it", ""),
    ],
)
def test_the_readers_own_words_are_kept_whole(read: Desk, text: str, own: str) -> None:
    calls = [t for t in read.say(text).tools if t.name == "review_finding"]
    assert [c.arguments["text"] for c in calls] == [own]


@pytest.mark.parametrize(
    ("first", "guess"),
    [("read everything", "just guess"), ("đọc hết các ảnh", "thử đoán đi"), ("read it all", "guess img1")],
)
def test_a_guess_is_of_the_picture_that_was_refused(first: str, guess: str) -> None:
    desk = Mixed()
    desk.say(first)
    answer = desk.say(guess)
    assert answer.status is Status.DECLINED
    assert not answer.tools


@pytest.mark.parametrize(
    ("first", "why"),
    [("read everything", "why can't you read the first?"), ("đọc hết các ảnh", "sao ảnh đầu không đọc?")],
)
def test_a_refusal_names_its_picture_where_there_are_others(first: str, why: str) -> None:
    desk = Mixed()
    refusal = next(s.text for s in desk.say(first).sentences if s.text.startswith("img1: "))
    assert desk.say(why).reply == refusal


@pytest.mark.parametrize("text", ["compare img1 and img2", "so sánh img1 và img2"])
def test_a_comparison_names_the_picture_that_is_refused(text: str) -> None:
    assert " img1: " in Mixed().say(text).reply


@pytest.mark.parametrize("text", ["read both. where is it?", "đọc hai ảnh. khối u ở đâu?"])
def test_where_is_no_first_picture(text: str) -> None:
    desk = Desk(kinds=("fundus", "brain_mri"))
    assert "img2" in [t.arguments.get("image") for t in desk.say(text).tools if t.name == "detect_lesions"]


@pytest.mark.parametrize(
    ("text", "language"),
    [("window it for bone", "en"), ("chỉnh cửa sổ xương giúp", "vi"), ("lung window please", "en")],
)
def test_a_window_of_ct_is_said_to_need_its_units(text: str, language: Language) -> None:
    assert say("untold_window", language) in Desk().say(text).reply
    ct = Desk(unit="[hnsf'U]")
    assert say("untold_window", language) not in ct.say(text).reply


@pytest.mark.parametrize(
    ("text", "told"),
    [("which scanner?", "maker Acme, field strength 3 T"), ("máy chụp nào?", "hãng Acme, từ trường 3 T")],
)
def test_a_header_is_told_in_words(text: str, told: str) -> None:
    desk = Desk(header={"Manufacturer": "Acme", "MagneticFieldStrength": "3"}, source="dicom")
    assert told in desk.say(text).reply


@pytest.mark.parametrize(
    ("text", "told", "untold"),
    [
        ("how good is this model on cataract?", ", cataract: ", ", glaucoma: "),
        ("mô hình này tốt cỡ nào với glôcôm?", ", glôcôm: ", ", đục thuỷ tinh thể: "),
        ("how often does the eye model miss glaucoma?", "glaucoma", "cataract"),
        ("how often does the detector miss lesions?", "no measured sensitivity", "taught on"),
    ],
)
def test_figures_are_those_of_what_is_asked_about(text: str, told: str, untold: str) -> None:
    desk = desk_of("eye")
    desk.say("what do you see?")
    reply = desk.say(text).reply
    assert told in reply
    assert untold not in reply


@pytest.mark.parametrize("text", ["compare the two eyes", "so sánh hai mắt"])
def test_two_of_a_kind_are_compared_among_three(text: str) -> None:
    desk = Desk(kinds=("fundus", "fundus", "brain_mri"))
    (call,) = desk.say(text).tools
    assert call.arguments["images"] == ["img1", "img2"]
    steps = desk.say("outline the vessels in both").tools
    assert [s.arguments["image"] for s in steps] == ["img1", "img2"]


@pytest.mark.parametrize("text", ["show me the note", "cho xem ghi chú"])
def test_a_note_that_is_asked_for_is_shown_and_none_is_made(read: Desk, text: str) -> None:
    read.say('add a note to F2: "looks odd"')
    before = read.session
    reply = read.say(text).reply
    assert '""' not in reply
    assert read.session.findings == before.findings


@pytest.mark.parametrize(
    ("text", "mm"),
    [
        ("the pixel spacing of both is 0.6 mm", "0.6 mm per pixel"),
        ("khoảng cách điểm ảnh của cả hai là 0,6 mm", "0,6 mm mỗi điểm ảnh"),
    ],
)
def test_a_scale_of_both_pictures_is_taken(text: str, mm: str) -> None:
    desk = Desk(images=2)
    desk.say("read both")
    assert mm in desk.say(text).reply


@pytest.mark.parametrize(
    ("text", "told"),
    [("what about img4?", "There is no img4"), ("ảnh 4 thì sao?", "Không có img4"), ("F1", "F1 on img1")],
)
def test_what_is_not_there_is_said(read: Desk, text: str, told: str) -> None:
    assert told in read.say(text).reply
