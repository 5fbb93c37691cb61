"""Every world, every kind of request, both languages: whole sessions played for what they say of themselves."""

from collections.abc import Iterator

from assistant.agent.build import Answer
from assistant.domain.finding import Presence, Trust
from assistant.domain.geometry import Orientation, Spacing, SpacingSource
from assistant.language.phrasing import Language
from tests.agent.shelf import Lesion
from tests.agent.worlds import Desk, FakeShelf, world

__all__ = ["PLAYS", "desk_of", "played", "turns_of"]

_READ = {
    "en": ("what do you see?", "how sure are you?", "what else could it be?", "could you be wrong?", "why?",
           "explain it for the patient", "summarise the findings"),
    "vi": ("có gì bất thường không?", "bạn chắc chắn đến đâu?", "còn có thể là gì khác?", "có thể sai không?",
           "vì sao?", "giải thích cho bệnh nhân", "tóm tắt các phát hiện"),
}  # fmt: skip
_PLACE = {
    "en": ("where is it?", "how big is it?", "outline it", "how big is the tumour?", "why F2?", "explain F3",
           "is it a meningioma?", "which type is it?", "how sure are you about F2?", "0.5 mm per pixel", "how big?"),
    "vi": ("nó ở đâu?", "kích thước bao nhiêu?", "vẽ đường viền", "khối u to bao nhiêu?", "vì sao F2?",
           "đây là loại u gì?", "bạn chắc chắn về F2 đến đâu?", "0,5 mm mỗi điểm ảnh", "to bao nhiêu?"),
}  # fmt: skip
_FILE = {
    "en": ("how good is the image?", "which scanner?", "when was it taken?", "what is the pixel spacing?",
           "how large is the image in pixels?", "what sequence is it?", "what kind of image is it?",
           "left or right: is the orientation known?", "sharpen it", "invert the image", "more contrast please",
           "change the window", "denoise it", "clahe"),
    "vi": ("chất lượng ảnh thế nào?", "máy chụp nào?", "chụp khi nào?", "khoảng cách điểm ảnh là bao nhiêu?",
           "ảnh bao nhiêu pixel?", "chuỗi xung gì?", "đây là loại ảnh gì?", "định hướng của ảnh thế nào?",
           "làm nét ảnh", "đảo màu ảnh", "tăng tương phản", "giảm nhiễu"),
}  # fmt: skip
_WORDS = {
    "en": ("what is a meningioma?", "difference between glioma and meningioma", "how good is the model?",
           "how good is the detector?", "how good is the outline model?", "how good is the eye model?",
           "how good is the oral model?", "what is Grad-CAM?", "what is sensitivity?", "what can you do?",
           "can you read a chest x-ray?", "do you look for stroke?", "what is a prediction set?", "what is a xyzzy?",
           "which images can you read?"),
    "vi": ("u màng não là gì?", "u thần kinh đệm khác u màng não thế nào?", "mô hình tốt đến đâu?",
           "mô hình phát hiện tốt đến đâu?", "độ nhạy là gì?", "bạn làm được gì?", "bạn đọc được X-quang ngực không?",
           "có đột quỵ không?", "Grad-CAM là gì?", "bạn đọc được ảnh nào?"),
}  # fmt: skip
_ACTS = {
    "en": ("accept F1", 'add a note to F1: "looks odd"', "reject F1 because it is a vessel", "undo",
           'change F1 to "possible meningioma, 2 cm"', "accept F2", "draft the report", "pdf please",
           "export it as dicom sr", "accept F9", "sign it", "delete this session", "summarise the findings",
           "what do the findings say?", "explain it for the patient"),
    "vi": ("chấp nhận F1", 'ghi chú F1: "trông lạ"', "bác bỏ F1 vì đó là mạch máu", "hoàn tác",
           'sửa F1 thành "nghĩ nhiều đến u màng não"', "chấp nhận F2", "soạn báo cáo", "xuất pdf",
           "ký báo cáo", "tóm tắt các phát hiện", "giải thích cho bệnh nhân"),
}  # fmt: skip
_TALK = {
    "en": ("hello", "thanks", "what drug should I give", "prognosis?", "write that it is normal", "search pacs",
           "send the report to Dr Ha", "who is the patient?", "are you 100 % certain?", "just guess",
           "what is the capital of France?", "The patient is seizing right now!", "fetch the prior study",
           "is it cancer?", "compare img1 and img2", "qwertz uiop"),
    "vi": ("xin chào", "cảm ơn", "nên cho thuốc gì?", "tiên lượng thế nào?", "hãy viết là bình thường", "tìm pacs",
           "gửi báo cáo cho bác sĩ Hà", "bệnh nhân là ai?", "chắc chắn 100 % chứ?", "cứ đoán đi",
           "thủ đô nước Pháp là gì?", "bệnh nhân đang co giật!", "có phải ung thư không?", "so sánh img1 và img2"),
}  # fmt: skip
_EYE = {
    "en": ("is there glaucoma?", "outline the vessels", "outline anyway", "vessel density?", "where is it?",
           "is there a cataract?", "why F2?"),
    "vi": ("có glôcôm không?", "vẽ mạch máu", "cứ vẽ đi", "mật độ mạch máu?", "nó ở đâu?",
           "có đục thủy tinh thể không?", "vì sao F2?"),
}  # fmt: skip
_MOUTH = {
    "en": ("is there gingivitis?", "is there calculus?", "where is the gingivitis?", "outline it", "why F2?"),
    "vi": ("có viêm lợi không?", "có cao răng không?", "viêm lợi ở đâu?", "vẽ đường viền", "vì sao F2?"),
}  # fmt: skip
_TWO = {
    "en": ("read both images", "compare img1 and img2", "what changed?", "compare them", "read img2",
           "where is it in img2?",
           "how big is it on img1?", "how good is img2?", "why on img2?", "measure both"),
    "vi": ("đọc cả hai ảnh", "so sánh hai ảnh", "có gì thay đổi?", "đọc img2", "nó ở đâu trên img2?",
           "chất lượng img2 thế nào?", "đo cả hai"),
}  # fmt: skip
_BRAIN = (_READ, _PLACE, _FILE, _WORDS, _ACTS, _TALK)
_SPACING = Spacing(row_mm=0.5, column_mm=0.5, source=SpacingSource.PIXEL_SPACING)
_IMAGER = Spacing(row_mm=0.4, column_mm=0.5, source=SpacingSource.IMAGER_PIXEL_SPACING)
_TURNED = Orientation(left="R", right="L", top="A", bottom="P")
_HEADER = {"Manufacturer": "Acme", "MagneticFieldStrength": "3", "EchoTime": "90", "SeriesDescription": "T2 axial"}
_ABSENT, _OPEN, _PRESENT = Presence.ABSENT, Presence.INDETERMINATE, Presence.PRESENT
_SPLIT = (("glioma", 0.48), ("meningioma", 0.45), ("pituitary tumour", 0.07))
_TWO_BOXES = (
    Lesion(),
    Lesion(place=(0.1, 0.6, 0.3, 0.8), score=0.61, kinds=_SPLIT),
)  # fmt: skip
_ONE_KIND = (Lesion(kinds=(("meningioma", 0.93), ("glioma", 0.05), ("pituitary tumour", 0.02))),)
_DOUBTED = Trust(overlap=0.2, before=0.94, after=0.9, deletion=0.04, low=True)


def _shelf(**changes: object) -> FakeShelf:
    return FakeShelf(**changes)  # type: ignore[arg-type]


PLAYS = {
    "brain": (lambda: Desk(), _BRAIN),
    "brain, likely": (lambda: Desk(shelf=_shelf(probability=0.65)), (_READ, _PLACE, _ACTS)),
    "brain, faint": (lambda: Desk(shelf=_shelf(probability=0.15)), (_READ, _PLACE, _ACTS)),
    "brain, clear": (
        lambda: Desk(shelf=_shelf(probability=0.04, presence=_ABSENT, lesions=(), outlined=())),
        (_READ, _PLACE, _ACTS),
    ),
    "brain, open": (
        lambda: Desk(shelf=_shelf(probability=0.41, presence=_OPEN, lesions=(), no_box=(_OPEN, 0.31), outlined=())),
        (_READ, _PLACE, _ACTS),
    ),
    "brain, disagreement": (
        lambda: Desk(shelf=_shelf(probability=0.08, presence=_ABSENT, lesions=(Lesion(score=0.58),))),
        (_READ, _PLACE, _ACTS),
    ),
    "brain, no box": (lambda: Desk(shelf=_shelf(lesions=(), outlined=())), (_READ, _PLACE, _ACTS)),
    "brain, one kind": (lambda: Desk(shelf=_shelf(lesions=_ONE_KIND)), (_READ, _PLACE, _ACTS)),
    "brain, two boxes": (lambda: Desk(shelf=_shelf(lesions=_TWO_BOXES)), (_READ, _PLACE, _ACTS)),
    "brain, doubted map": (lambda: Desk(shelf=_shelf(trusts=_DOUBTED)), (_READ, _PLACE)),
    "brain, classifier alone": (lambda: world("l1"), (_READ, _PLACE)),
    "brain, in millimetres": (
        lambda: Desk(spacing=_SPACING, orientation=_TURNED, header=_HEADER, source="dicom"),
        (_READ, _PLACE, _FILE, _ACTS),
    ),
    "brain, at the detector": (lambda: Desk(spacing=_IMAGER), (_READ, _PLACE, _FILE)),
    "two brains": (lambda: Desk(images=2), (_TWO, _READ, _ACTS, _TALK)),
    "two brains, clear": (
        lambda: Desk(images=2, shelf=_shelf(probability=0.04, presence=_ABSENT, lesions=(), outlined=())),
        (_TWO, _READ),
    ),
    "two kinds": (lambda: Desk(kinds=("brain_mri", "fundus")), (_TWO, _READ, _EYE)),
    "eye": (lambda: Desk(kinds=("fundus",)), (_READ, _EYE, _ACTS)),
    "eye, hazy": (lambda: Desk(kinds=("fundus",), shelf=_shelf(eye=(0.34, 0.03, 0.9))), (_READ, _EYE, _ACTS)),
    "eye, clear": (lambda: Desk(kinds=("fundus",), shelf=_shelf(eye=(0.04, 0.03, 0.02))), (_READ, _EYE, _ACTS)),
    "two eyes": (lambda: Desk(kinds=("fundus", "fundus")), (_TWO, _READ, _EYE)),
    "mouth": (lambda: Desk(kinds=("mouth",)), (_READ, _MOUTH, _ACTS)),
    "mouth, clear": (lambda: Desk(kinds=("mouth",), shelf=_shelf(mouth=(0.04, 0.03, 0.02))), (_READ, _MOUTH, _ACTS)),
    "refused": (lambda: Desk(refused=True), (_READ, _PLACE, _FILE)),
    "nothing": (lambda: world("0"), (_READ, _TALK)),
}  # fmt: skip
"""name -> (a fresh desk, groups of requests)"""


def desk_of(name: str) -> Desk:
    return PLAYS[name][0]()


def turns_of(name: str, language: Language) -> tuple[str, ...]:
    return tuple(text for group in PLAYS[name][1] for text in group[language])


def played(name: str, language: Language) -> Iterator[tuple[Desk, str, Answer]]:
    """(desk after the turn, what was asked, answer) of every turn of a play."""
    desk = desk_of(name)
    for text in turns_of(name, language):
        yield desk, text, desk.say(text)
