"""The report in the reader's language: the same findings, no word of the other language but names and codes."""

import ast
import io
import re
from pathlib import Path

import numpy as np
import pytest
from pypdf import PdfReader

from assistant.domain.codes import CODES
from assistant.domain.finding import DISAGREEMENT, Kind, Measurement, Presence, ReviewState
from assistant.domain.geometry import Box, Mask, Spacing, SpacingSource
from assistant.domain.report import Report
from assistant.intake import quality as quality_room
from assistant.language.concepts import in_language
from assistant.language.finding_words import finding_words, presence_words, scope_words, size_words
from assistant.language.image_words import image_words, refusal_sentences
from assistant.language.phrasing import wordings
from assistant.language.report_words import report_of, status_words
from assistant.reports import record
from assistant.reports.export import export
from assistant.vision.manifest import load_manifest
from tests.builders import NOON, build_admission, build_facts, build_finding, build_quality, build_review
from tests.reports.cases import NOTE, build_picture, build_pictures, mixed_session, signed
from tests.reports.reading import pages_of

ROOT = Path(__file__).resolve().parents[2]
PICTURES = build_pictures([build_picture("img1"), build_picture("img2")])
HEADINGS = (
    "Bối cảnh lâm sàng",
    "Kỹ thuật",
    "Phát hiện",
    "Kết luận",
    "Bằng chứng AI",
    "Chưa duyệt",
    "Những gì không được tìm",
    "Giới hạn và phiên bản",
)
ENGLISH = re.compile(r"\b(the|of|this|with|and|not|is|was|are|page|likely|present|absent|accepted|size|slice)\b", re.I)
BRAIN = next(c for c in load_manifest(ROOT / "weights").cards if c.name == "brain_tumour")


def vietnamese(session: object = None) -> Report:
    """A report whose texts are those of the real manifest; the reader's own words are Vietnamese."""
    note = NOTE.model_copy(
        update={k: getattr(BRAIN, k) for k in ("title", "looks_for", "not_looked_for", "limits", "version")}
    )
    base = session or mixed_session(label="Ca số 14")
    findings = tuple(
        f.model_copy(
            update={"scope": BRAIN.scope, "probability_of": BRAIN.probability_of}
            | ({"review": build_review(ReviewState.EDITED, text="U màng não nhỏ, 12 mm", by="BS. Lan")}
               if f.review.state is ReviewState.EDITED else {})
        )
        for f in base.findings  # type: ignore[attr-defined]
    )  # fmt: skip
    whole = base.model_copy(update={"findings": findings})  # type: ignore[attr-defined]
    return report_of(whole, (note,), NOON, "Nam 62 tuổi, đau đầu 3 tuần.", "vi")


def said_in(report: Report) -> str:
    return "\n".join(pages_of(export("pdf", report, PICTURES).data))


def test_vietnamese_headings_stand_on_lines_of_their_own_in_the_same_order() -> None:
    lines = [line.strip() for line in said_in(vietnamese()).splitlines()]
    at = [lines.index(heading) for heading in HEADINGS]
    assert at == sorted(at)


def test_a_vietnamese_report_holds_no_english_sentence() -> None:
    data = export("pdf", vietnamese(), PICTURES).data
    left = [line for page in pages_of(data) for line in page.splitlines() if ENGLISH.search(line)]
    assert left == []
    text = export("txt", vietnamese(), PICTURES).data.decode()
    assert [line for line in text.splitlines() if ENGLISH.search(line)] == []
    assert PdfReader(io.BytesIO(data)).trailer["/Root"]["/Lang"] == "vi-VN"


def test_what_was_found_and_decided_is_the_same_in_both_languages() -> None:
    session = mixed_session()
    english, other = report_of(session, (NOTE,), NOON), report_of(session, (NOTE,), NOON, language="vi")
    for name in ("results", "evidence", "unreviewed", "digest", "pseudonym", "signature"):
        assert getattr(english, name) == getattr(other, name)
    assert len(english.impression) == len(other.impression)
    kept = record.read(export("json", other, PICTURES).data)
    assert kept.language == "vi"
    assert [f.presence.value for f in kept.results] == ["present", "present", "absent"]


def test_a_vietnamese_draft_says_both_words_and_a_signed_one_neither() -> None:
    draft = vietnamese()
    assert "CHƯA XÁC NHẬN (UNVERIFIED)" in said_in(draft)
    session = mixed_session()
    final = report_of(signed(session), (NOTE,), NOON, language="vi")
    assert final.signature is not None
    said = said_in(final).upper()
    assert "UNVERIFIED" not in said
    assert "CHƯA XÁC NHẬN" not in said
    assert "Đã ký: người duyệt Dr Lan, danh tính chưa được xác thực" in status_words(final)


def test_vietnamese_numbers_have_decimal_commas_and_english_ones_points() -> None:
    facts = build_facts(
        handle="img1",
        size_rc=(60, 80),
        spacing=Spacing(row_mm=0.5, column_mm=0.25, source=SpacingSource.USER),
        header={"SliceThickness": "1.5"},
    )
    said = image_words(facts, "vi")
    assert "khoảng cách điểm ảnh 0,25 x 0,5 mm (do người đọc nêu)" in said
    assert "độ dày lát cắt 1,5 mm" in said
    assert "pixel spacing 0.25 x 0.5 mm" in image_words(facts)
    axes = tuple(
        Measurement(concept=CODES[c], value=v, unit=CODES["millimetre"])
        for c, v in (("long_axis", 43.3), ("short_axis", 38.1))
    )
    assert size_words(build_finding(measurements=axes), "vi") == "các trục 43,3 x 38,1 mm"
    assert size_words(build_finding(measurements=axes)) == "axes 43.3 x 38.1 mm"


def test_a_large_area_is_written_in_full() -> None:
    area = Measurement(concept=CODES["area"], value=197602, unit=CODES["pixels"])
    assert size_words(build_finding(measurements=(area,))) == "area 197602 px"
    assert size_words(build_finding(measurements=(area,)), "vi") == "diện tích 197602 px"


@pytest.mark.parametrize("presence", list(Presence))
@pytest.mark.parametrize("probability", [None, 0.005, 0.1, 0.5, 0.7, 0.95, 0.999])
def test_vietnamese_certainty_words_keep_to_their_ranges(presence: Presence, probability: float | None) -> None:
    said = presence_words(build_finding(presence=presence, probability=probability), "vi").lower()
    p = probability
    assert ("rất có thể" in said) == (presence is Presence.PRESENT and p is not None and p >= 0.9)
    assert ("nhiều khả năng" in said) == (presence is Presence.PRESENT and p is not None and 0.6 <= p < 0.9)
    assert ("không thấy" in said) == (presence is Presence.ABSENT)
    assert "100 %" not in finding_words(build_finding(presence=presence, probability=probability), None, "vi")


def test_kinds_places_and_disagreements_are_said_in_vietnamese() -> None:
    kinds = tuple(
        Kind(name=n, code=CODES["neoplasm"], probability=p, in_set=True)
        for n, p in (("meningioma", 0.71), ("glioma", 0.24))
    )
    boxed = build_finding(region=Box(x0=60, y0=10, x1=70, y1=20), kinds=kinds, scope=BRAIN.scope)
    said = finding_words(boxed, build_facts(size_rc=(60, 80)), "vi")
    assert "Loại trông giống u màng não (71 %); chưa loại trừ u thần kinh đệm." in said
    assert "Một vùng được khoanh ở nửa phải của ảnh; không suy ra được bên của người bệnh" in said
    apart = build_finding(
        model=DISAGREEMENT, between=("F1", "F2"), presence=Presence.INDETERMINATE, probability=None, scope="F1 and F2"
    )
    assert presence_words(apart, "vi") == "chưa xác định về khối u não trong ảnh này: F1 và F2 không khớp nhau"
    assert scope_words(apart, "vi") == "chỉ F1 và F2: bên có, bên không"


def test_the_impression_tells_an_outlined_finding_from_one_without_a_place() -> None:
    region = Mask(artifact="m.png", size_rc=(64, 64), area_px=300, bounds=Box(x0=4, y0=4, x1=20, y1=20))
    plain_one = build_finding(handle="F1", review=build_review())
    outlined = build_finding(handle="F2", tracking_uid="2.25.9", region=region, review=build_review())
    session = mixed_session(findings=(plain_one, outlined))
    first, second = report_of(session, (NOTE,), NOON).impression
    assert first == "Brain tumour pattern very likely in this slice (F1, img1, accepted by the reader)."
    assert "outlined in the left half of the image (the patient's side is unknown)" in second
    assert "được vẽ đường viền ở nửa trái của ảnh" in report_of(session, (NOTE,), NOON, language="vi").impression[1]


def test_a_refused_picture_is_said_to_be_refused_in_vietnamese() -> None:
    refused = build_admission(
        admitted=False, kind="skin", title="photograph of skin", probability=0.9, reason="This looks like skin."
    )
    said = image_words(build_facts(handle="img1", admission=refused), "vi")
    assert "Không mô hình nào đọc ảnh này: ảnh trông giống ảnh chụp da (90 %), loại ảnh không được đọc ở đây." in said
    assert not ENGLISH.search(said)
    assert "No model read it: This looks like skin." in image_words(build_facts(handle="img1", admission=refused))


def test_a_refusal_says_in_vietnamese_what_is_read_here() -> None:
    refused = build_admission(
        admitted=False, kind="unknown", title="unknown kind of picture", probability=0.1, reason="Odd.", remedy="Send."
    )
    said = refusal_sentences(refused, build_facts(), ["lát cắt MRI não", "ảnh đáy mắt"], "vi")
    assert said.startswith("Đây không phải loại ảnh được đọc ở đây. Tôi chỉ đọc lát cắt MRI não và ảnh đáy mắt")
    assert refusal_sentences(refused, build_facts(), ["brain MRI slice"], "en") == "Odd. Send."
    blank = build_facts(quality=build_quality(readable=False, issues=("it is nothing but noise",), remedy=""))
    assert "ảnh chỉ toàn nhiễu" in refusal_sentences(refused, blank, [], "vi")


def test_what_intake_notes_has_vietnamese_words() -> None:
    said = image_words(build_facts(handle="img1", notes=("colours reduced from 12 to 8 bits a channel",)), "vi")
    assert "Màu đã giảm từ 12 xuống 8 bit mỗi kênh." in said


def noted_by_intake() -> list[str]:
    """Every sentence that intake can note, as it is written in the source, numbers as 8."""
    found = []
    for file in sorted((ROOT / "assistant" / "intake").glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "notes.append":
                told = node.args[0]
                parts = told.values if isinstance(told, ast.JoinedStr) else [told]
                found.append("".join(str(p.value) if isinstance(p, ast.Constant) else "8" for p in parts))
    return found


@pytest.mark.parametrize("note", noted_by_intake())
def test_each_note_of_intake_has_vietnamese_words(note: str) -> None:
    assert in_language(note, "vi") != note


def test_each_fault_of_quality_has_vietnamese_words() -> None:
    tiny = quality_room.measure(np.zeros((10, 10), np.uint8))
    blank = quality_room.measure(np.full((200, 200), 90, np.uint8))
    noise = quality_room.measure(np.random.default_rng(0).integers(0, 256, (200, 200), dtype=np.uint8))
    for found in (tiny, blank, noise):
        assert not found.readable
        for said in (*found.issues, found.remedy):
            assert in_language(said, "vi") != said
    soft = build_quality(
        issues=("it is somewhat blurred", "it is noisy", "it is very dark", "most of it is overexposed")
    )
    assert not ENGLISH.search(image_words(build_facts(quality=soft), "vi"))


@pytest.mark.parametrize("card", load_manifest(ROOT / "weights").cards, ids=lambda c: c.name)
def test_each_text_of_a_card_that_the_report_prints_has_vietnamese_words(card: object) -> None:
    texts = [getattr(card, name) for name in ("looks_for", "not_looked_for", "scope", "probability_of", "title")]
    texts += [c.probability_of for c in card.concepts.values()] if card.task == "classify" else []  # type: ignore[attr-defined]
    texts += card.limits  # type: ignore[attr-defined]
    assert [t for t in texts if t and in_language(t, "vi") == t] == []


def test_every_fixed_word_of_the_report_stands_in_both_languages() -> None:
    keys = [k for k in wordings() if k.startswith("paper_")]
    assert len(keys) > 100
    assert [k for k in keys if not wordings()[k].get("vi", "").strip()] == []
