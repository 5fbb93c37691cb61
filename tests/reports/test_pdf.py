"""The PDF: order, headings, pages, status, languages, and text that tries to break it."""

import io
import shutil
import subprocess
import unicodedata

import pytest
from pypdf import PdfReader

from assistant.domain.finding import ReviewState
from assistant.domain.geometry import Box
from assistant.domain.report import Report
from assistant.reports.export import export
from assistant.reports.pictures import Pictures
from tests.builders import build_finding, build_review
from tests.reports.cases import build_picture, build_pictures, build_report, mixed_session, signed
from tests.reports.reading import pages_of

PICTURES = build_pictures([build_picture("img1"), build_picture("img2")])
HEADINGS = (
    "Clinical context",
    "Technique",
    "Findings",
    "Impression",
    "AI evidence",
    "Not reviewed",
    "What was not looked for",
    "Limits and versions",
)
VIETNAMESE = "Bệnh án số 12: u màng não, thùy trán phải đè ép nhẹ; theo dõi sau 3 tháng. Ứng dụng ở Huế"


def pdf_of(report: Report, pictures: Pictures = PICTURES) -> bytes:
    return export("pdf", report, pictures).data


def poppler_text(data: bytes) -> str:
    program = shutil.which("pdftotext")
    assert program, "this test needs pdftotext: install poppler-utils"
    done = subprocess.run([program, "-enc", "UTF-8", "-", "-"], input=data, capture_output=True, check=True)
    return done.stdout.decode()


def test_headings_stand_on_lines_of_their_own_in_the_order_of_a_radiology_report() -> None:
    data = pdf_of(build_report())
    for text in ("\n".join(pages_of(data)), poppler_text(data)):
        lines = [line.strip() for line in text.splitlines()]
        at = [lines.index(heading) for heading in HEADINGS]
        assert at == sorted(at)


def test_a_report_of_one_image_with_one_result_is_one_page() -> None:
    findings = mixed_session().findings
    session = mixed_session(findings=(findings[0], build_finding(handle="F2")), images=(build_picture().facts,))
    assert len(pages_of(pdf_of(build_report(session)))) == 1


def test_each_page_says_its_number_its_study_and_research_use() -> None:
    findings = tuple(
        build_finding(handle=f"F{n}", region=Box(x0=n, y0=n, x1=n + 20, y1=n + 20), review=build_review())
        for n in range(1, 31)
    )
    report = build_report(mixed_session(findings=findings))
    pages = pages_of(pdf_of(report))
    assert len(pages) > 3
    for number, page in enumerate(pages, 1):
        assert f"Page {number} of {len(pages)}" in page
        assert report.pseudonym in page
        assert "AI, research use" in page
        assert "UNVERIFIED" in page
    assert all(f"F{n}, img1" in "\n".join(pages) for n in range(1, 31))


def test_a_signed_report_names_the_reader_on_each_page_and_holds_the_draft_word_nowhere() -> None:
    data = pdf_of(build_report(signed(mixed_session())))
    for page in pages_of(data):
        assert "Signed: reviewed by Dr Lan, identity not authenticated, 2026-11-20 12:00 UTC." in page
    assert "UNVERIFIED" not in poppler_text(data).upper()
    assert "not reviewed" in poppler_text(data)
    reader = PdfReader(io.BytesIO(data))
    assert "UNVERIFIED" not in str(reader.metadata).upper()


def test_the_draft_has_a_watermark_and_the_signed_report_has_none() -> None:
    draft = PdfReader(io.BytesIO(pdf_of(build_report()))).pages[0]
    final = PdfReader(io.BytesIO(pdf_of(build_report(signed(mixed_session()))))).pages[0]
    assert len(draft.images) == len(final.images) + 1


def test_the_impression_says_none_yet_where_nothing_was_reviewed() -> None:
    session = mixed_session(findings=(build_finding(handle="F1"),))
    lines = [line.strip() for line in pages_of(pdf_of(build_report(session)))[0].splitlines()]
    assert lines[lines.index("Impression") + 1] == "none yet"


def test_the_evidence_table_holds_what_each_number_rests_on() -> None:
    said = " ".join("\n".join(pages_of(pdf_of(build_report()))).split())
    assert "present, at 90 % coverage" in said
    assert "brain-tumour-classifier 1.0.0, aaaaaaaa" in said
    assert "where the model looked, not an outline" in said


def test_metadata_has_a_title_and_a_language_and_no_identity() -> None:
    report = build_report(mixed_session(label="Nguyen Van A"))
    reader = PdfReader(io.BytesIO(pdf_of(report)))
    assert reader.metadata is not None
    assert reader.metadata.title == f"Imaging report {report.pseudonym}"
    assert "Nguyen" not in str(reader.metadata)
    assert reader.trailer["/Root"]["/Lang"] == "en-GB"
    assert [o["/Title"] for o in reader.outline if not isinstance(o, list)] == list(HEADINGS)


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_vietnamese_is_read_back_whole(form: str) -> None:
    typed = unicodedata.normalize(form, VIETNAMESE)
    edited = build_finding(handle="F1", review=build_review(ReviewState.EDITED, text=typed))
    session = mixed_session(label=typed, findings=(edited,))
    data = pdf_of(build_report(session, typed))
    for text in ("\n".join(pages_of(data)), poppler_text(data)):
        assert " ".join(text.split()).count(VIETNAMESE) >= 4


def test_every_vietnamese_letter_has_a_glyph() -> None:
    vowels = "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY"
    letters = [unicodedata.normalize("NFC", v + m) for v in vowels for m in ("", *"\u0300\u0301\u0303\u0309\u0323")]
    page = pages_of(pdf_of(build_report(mixed_session(label=" ".join([*letters, "đ", "Đ"])))))[0]
    assert "□" not in page
    assert all(letter in page for letter in letters)


HOSTILE = (
    "<b>bold</b> & <i>open <para> &amp; </font>",
    "A" * 2000,
    "line\nbreak\r\n\ttab\x00\x07\x1b[31m",
    "\u202eright to left\u202c \u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
    "<img src='/etc/passwd'/><a href='x'>y</a>" + "w " * 900,
    "\u200b\ufeff",
    "😀 漢字 \U000e0041",
)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_printed_as_text_and_breaks_no_page(text: str) -> None:
    edited = build_finding(handle="F1", review=build_review(ReviewState.EDITED, text=text, by=text[:300]))
    session = mixed_session(label=text, findings=(edited, build_finding(handle="F2", review=build_review())))
    session = session.model_copy(update={"signatures": ()})
    pages = pages_of(pdf_of(build_report(session, text)))
    assert len(pages) <= 6
    for number, page in enumerate(pages, 1):
        assert f"Page {number} of {len(pages)}" in page
    said = "\n".join(pages)
    assert all(f"\n{heading}\n" in said for heading in HEADINGS)
    assert not any(c in said for c in "\x00\x07\x1b\u202e\u200b")


def test_markup_is_printed_as_it_was_typed() -> None:
    page = pages_of(pdf_of(build_report(mixed_session(label=HOSTILE[0]))))[0]
    assert HOSTILE[0] in page


def test_a_character_that_the_font_lacks_is_marked_and_said_so() -> None:
    said = " ".join("\n".join(pages_of(pdf_of(build_report(mixed_session(label="漢字"))))).split())
    assert "□□" in said
    assert "stands for a character that this document's font lacks" in said


def test_a_signers_name_that_is_too_long_stays_on_the_page() -> None:
    session = signed(mixed_session())
    long = session.signatures[0].model_copy(update={"name": "Dr " + "Long " * 60})
    pages = pages_of(pdf_of(build_report(session.model_copy(update={"signatures": (long,)}))))
    assert "…" in pages[0]
    assert "identity not authenticated" in pages[-1].replace("\n", " ")
