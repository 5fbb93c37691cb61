"""The words of a report claim no more than the findings hold."""

import re

import pytest

from assistant.domain.finding import Finding, Presence, Review, ReviewState
from assistant.domain.geometry import Box, Orientation
from assistant.language.finding_words import finding_words, presence_words
from assistant.language.report_words import (
    READER,
    pseudonym_of,
    report_of,
    review_counts,
    status_words,
)
from tests.builders import NOON, build_facts, build_finding, build_review, build_session, build_signature
from tests.reports.cases import NOTE, build_report, mixed_session, signed

FORBIDDEN = re.compile(r"\b(ab)?normal\b|certain|definite|diagnos|confirm", re.IGNORECASE)


def build_every_finding() -> list[Finding]:
    probabilities = (None, 0.0, 0.05, 0.2, 0.35, 0.5, 0.6, 0.79, 0.9, 0.97, 1.0)
    return [build_finding(handle="F1", presence=p, probability=q) for p in Presence for q in probabilities]


@pytest.mark.parametrize("finding", build_every_finding(), ids=lambda f: f"{f.presence.value}-{f.probability}")
def test_certainty_words_keep_to_their_ranges(finding: Finding) -> None:
    said, p = finding_words(finding), finding.probability
    assert not FORBIDDEN.search(said)
    assert "100 %" not in said
    assert " 0 %" not in said
    if "very likely" in said:
        assert p is not None
        assert p >= 0.9
    elif "likely" in said:
        assert p is not None
        assert p >= 0.6
    if "possible" in said:
        assert p is not None
        assert 0.2 <= p <= 0.8
    if finding.presence is Presence.ABSENT:
        assert "likely" not in said


def test_a_negative_carries_its_scope() -> None:
    said = finding_words(build_finding(presence=Presence.ABSENT, probability=0.06))
    assert said.startswith("No brain tumour pattern in this one slice (6 %); this answer covers nothing else.")


def test_a_probability_says_what_it_is_of_and_at_which_prevalence() -> None:
    said = finding_words(build_finding(probability=0.94, prevalence=0.61))
    assert "94 % is the probability that this slice shows a brain tumour" in said
    assert "calibrated where 61 % of the pictures had one" in said


def test_a_box_is_placed_in_image_halves_while_the_orientation_is_unknown() -> None:
    finding = build_finding(region=Box(x0=5, y0=1, x1=8, y1=4))
    said = finding_words(finding, build_facts(handle="img1"))
    assert "in the right half of the image, which says nothing of the patient's side" in said


def test_a_box_names_the_patients_side_where_the_file_gives_it() -> None:
    facts = build_facts(handle="img1", orientation=Orientation(left="R", right="L", top="A", bottom="P"))
    said = finding_words(build_finding(region=Box(x0=5, y0=1, x1=8, y1=4)), facts)
    assert "in the right half of the image, the patient's left by the file's orientation" in said


def test_an_indeterminate_finding_is_not_stated_as_present() -> None:
    said = presence_words(build_finding(presence=Presence.INDETERMINATE, probability=0.45))
    assert said == "indeterminate for brain tumour in this slice: possible, not settled"


def test_only_accepted_and_edited_findings_are_results() -> None:
    report = build_report()
    assert [f.handle for f in report.results] == ["F1", "F2", "F5"]
    assert [f.handle for f in report.unreviewed] == ["F4"]
    assert all("not reviewed" in s for s in report.unreviewed_sentences)


def test_edited_findings_stand_in_the_readers_own_words_and_name_them() -> None:
    report = build_report()
    assert report.result_sentences[1].startswith("Small convexity meningioma, 12 mm (the reader's own words, Dr Lan")


def test_the_impression_holds_what_the_reader_accepted_or_wrote_and_nothing_else() -> None:
    report = build_report()
    assert len(report.impression) == 3
    assert report.impression[0].startswith("Small convexity meningioma")
    assert "this covers nothing else" in report.impression[2]
    assert not any("F4" in line for line in report.impression)


def test_without_a_review_there_is_no_impression() -> None:
    report = build_report(mixed_session(findings=(build_finding(handle="F1", review=Review()),)))
    assert report.impression == ()
    assert report.evidence == ()


def test_rejected_findings_leave_no_trace() -> None:
    said = build_report().model_dump_json()
    assert all(word not in said for word in ("zebra", "vessel", '"F3"', "2.25.4040"))


def test_what_a_reader_wrote_is_a_result_but_no_ai_evidence() -> None:
    review = build_review(ReviewState.EDITED, text="Old burr hole")
    report = build_report(mixed_session(findings=(build_finding(handle="F1", model=READER, review=review),)))
    assert report.evidence == ()
    assert "Old burr hole (written by Dr Lan" in report.result_sentences[0]


def test_generated_words_never_use_the_forbidden_ones() -> None:
    report = build_report()
    said = (*report.technique, *report.not_looked_for, *report.limits, *report.unreviewed_sentences)
    assert not any(FORBIDDEN.search(s) for s in said)


def test_a_report_is_unverified_until_signed() -> None:
    assert status_words(build_report()).startswith("UNVERIFIED")
    said = status_words(build_report(signed(mixed_session())))
    assert said == "Signed: reviewed by Dr Lan, identity not authenticated, 2026-11-20 12:00 UTC."


def test_a_later_finding_makes_it_unverified_again() -> None:
    session = signed(mixed_session())
    later = session.with_finding(build_finding(handle="F6"))
    assert build_report(session).signature is not None
    assert build_report(later).signature is None


def test_only_the_last_signature_counts() -> None:
    session = signed(mixed_session())
    stale = session.model_copy(update={"signatures": (*session.signatures, build_signature(digest="b" * 64))})
    assert build_report(stale).signature is None


def test_the_pseudonym_depends_on_the_study_alone() -> None:
    session = mixed_session()
    assert pseudonym_of(session) == pseudonym_of(session.model_copy(update={"id": "another-session", "label": "x"}))
    assert pseudonym_of(session) != pseudonym_of(build_session(images=(build_facts(study_uid="2.25.9"),)))
    assert re.fullmatch(r"MV-[0-9A-F]{4}-[0-9A-F]{4}", pseudonym_of(session))


def test_models_that_made_no_finding_are_not_said_to_have_run() -> None:
    other = NOTE.model_copy(update={"name": "fundus-classifier", "title": "Fundus classifier"})
    report = report_of(mixed_session(), (NOTE, other), NOON)
    assert [m.name for m in report.models] == ["brain-tumour-classifier"]


def test_a_session_without_findings_says_that_nothing_was_looked_for() -> None:
    report = build_report(build_session())
    assert report.not_looked_for == ("No model has read an image of this study, so nothing was looked for.",)
    assert review_counts(report) == "no findings"
