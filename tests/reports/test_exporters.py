"""What holds for every row of EXPORTERS; a new row is tested without a new test."""

import subprocess
import sys

import pytest

from assistant.errors import ReportError
from assistant.language.report_words import status_words
from assistant.reports import record
from assistant.reports.export import EXPORTERS, Exporter, export
from assistant.reports.overlay import FONTS
from assistant.reports.pictures import Pictures
from tests.builders import build_facts, build_session
from tests.reports.cases import build_picture, build_pictures, build_report, mixed_session, signed
from tests.reports.reading import words_of

ROWS = list(EXPORTERS.values())
PICTURES = build_pictures([build_picture("img1"), build_picture("img2")])

every_exporter = pytest.mark.parametrize("row", ROWS, ids=lambda r: r.format)


@every_exporter
def test_it_renders_and_reads_back(row: Exporter) -> None:
    report = build_report()
    exported = export(row.format, report, PICTURES)
    row.check(exported.data, report)
    assert exported.media_type
    assert exported.suffix == row.suffix


@every_exporter
def test_the_same_report_gives_the_same_bytes(row: Exporter) -> None:
    report = build_report()
    assert export(row.format, report, PICTURES).data == export(row.format, report, PICTURES).data


@every_exporter
def test_rejected_findings_are_nowhere(row: Exporter) -> None:
    said = words_of(row, export(row.format, build_report(), PICTURES).data)
    assert all(word not in said for word in ("zebra", "vessel", "F3", "2.25.4040"))


@every_exporter
def test_accepted_and_edited_findings_are_there(row: Exporter) -> None:
    said = words_of(row, export(row.format, build_report(), PICTURES).data)
    assert "Small convexity meningioma, 12 mm" in said
    assert "No brain tumour pattern in this one slice (6 %); this answer covers nothing else." in said


@every_exporter
def test_the_owner_and_store_names_stay_out_of_it(row: Exporter) -> None:
    session = mixed_session(owner="OWNER-OF-IT")
    data = export(row.format, build_report(session), PICTURES).data
    assert "OWNER-OF-IT" not in words_of(row, data)
    assert b"OWNER-OF-IT" not in data
    assert str(FONTS.parents[2]).encode() not in data


@every_exporter
def test_unverified_until_signed_and_never_after(row: Exporter) -> None:
    draft = export(row.format, build_report(), PICTURES).data
    final_report = build_report(signed(mixed_session()))
    final = export(row.format, final_report, PICTURES).data
    assert "UNVERIFIED" in words_of(row, draft)
    assert "UNVERIFIED" not in words_of(row, final).upper()
    assert b"UNVERIFIED" not in final
    assert "Dr Lan" in words_of(row, final)


@every_exporter
def test_a_session_with_nothing_in_it_is_still_a_report(row: Exporter) -> None:
    assert export(row.format, build_report(build_session(), ""), Pictures()).data


def test_what_was_told_of_the_patient_is_said_to_be_the_readers_words() -> None:
    for form in ("pdf", "txt"):
        row = next(r for r in EXPORTERS.values() if r.format == form)
        told = words_of(row, export(form, build_report(), PICTURES).data)
        assert "As typed by the reader, not checked: 62M, headache for 3 weeks." in " ".join(told.split())
        none = words_of(row, export(form, build_report(context=""), PICTURES).data)
        assert "not checked" not in none


@every_exporter
def test_a_picture_that_is_missing_stops_no_export(row: Exporter) -> None:
    assert export(row.format, build_report(), Pictures()).data


@every_exporter
def test_a_damaged_file_is_held_back(row: Exporter) -> None:
    report = build_report()
    with pytest.raises(ReportError):
        row.check(export(row.format, report, PICTURES).data[:-200] + b"x" * 100, report)


@pytest.mark.parametrize("asked", ["dicom", "dicom-sr", "dicom-seg", "fhir", "docx", "", "../etc"])
def test_a_format_that_is_not_built_is_refused_in_one_sentence_that_names_those_that_are(asked: str) -> None:
    with pytest.raises(ReportError, match="there is ") as refused:
        export(asked, build_report(), PICTURES)
    said = str(refused.value).partition("there is ")[2].rstrip(".")
    assert said.replace(" and ", ", ").split(", ") == list(EXPORTERS)
    assert str(refused.value).count(". ") == 0


def test_the_format_may_be_written_in_capitals() -> None:
    assert export(" TXT ", build_report(), PICTURES).suffix == "txt"


def test_the_json_record_names_its_format_and_reads_back_whole() -> None:
    report = build_report(signed(mixed_session()))
    data = export("json", report, PICTURES).data
    assert b'"format": "medvision-report"' in data
    assert b'"version": 1' in data
    assert record.read(data) == report


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"format": "medvision-report", "version": 2}', b"\xff"])
def test_what_is_no_record_is_refused(data: bytes) -> None:
    with pytest.raises(ReportError):
        record.read(data)


def test_the_text_starts_with_the_findings_ends_with_the_status_and_fits_80_columns() -> None:
    report = build_report()
    lines = export("txt", report, PICTURES).data.decode().splitlines()
    assert lines[0] == "Findings"
    assert lines[1].strip().startswith("F1 (img1): Brain tumour pattern very likely")
    assert max(map(len, lines)) <= 80
    assert status_words(report).split(":")[0] in "\n".join(lines[-3:])
    assert lines.index("Impression") < lines.index("Not reviewed") < lines.index("Technique")


def test_the_text_says_none_yet_before_a_review() -> None:
    report = build_report(mixed_session(findings=(), images=(build_facts(handle="img1"),)))
    text = export("txt", report, PICTURES).data.decode()
    assert "Impression\n  none yet" in text


def test_the_room_is_cheap_to_enter() -> None:
    asked = "import sys, assistant.reports.export; sys.exit('reportlab' in sys.modules or 'torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0


def test_the_font_comes_with_its_licence() -> None:
    assert "SIL OPEN FONT LICENSE Version 1.1" in (FONTS / "LICENSE.txt").read_text()
    assert {f.name for f in FONTS.glob("*.ttf")} == {
        "SourceSans3-Regular.ttf",
        "SourceSans3-SemiBold.ttf",
        "SourceSans3-Italic.ttf",
    }
