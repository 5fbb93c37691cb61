"""The wording of the report over several concepts: the impression by concept, and what it leaves out."""

import pytest

from assistant.domain.finding import Finding, Presence
from assistant.language.phrasing import Language
from assistant.tools.context import Outcome
from assistant.tools.write_report import TOOL
from tests.builders import build_facts, build_review
from tests.tools.cards import context_of, eye_finding, run

ACCEPTED = build_review()
CATARACT = eye_finding("F1", "cataract", probability=0.81, review=ACCEPTED)
GLAUCOMA = eye_finding("F2", "glaucoma", presence=Presence.ABSENT, probability=0.04, review=ACCEPTED)
RETINOPATHY = eye_finding("F3", "diabetic retinopathy", presence=Presence.INDETERMINATE, probability=0.4)


def written(*findings: Finding, language: Language = "en") -> Outcome:
    return run(TOOL, context_of(*findings, images=(build_facts(handle="img1"),), language=language))


def test_each_line_of_the_impression_rests_on_its_own_finding() -> None:
    outcome = written(GLAUCOMA, CATARACT, RETINOPATHY)
    first, second = outcome.sentences[:2]
    assert first.text.startswith("Impression: Cataract pattern likely in this image (F1, img1, accepted")
    assert first.findings == ("F1",)
    assert second.text.startswith("No glaucoma pattern in this one image; this covers nothing else (F2, img1")
    assert second.findings == ("F2",)


@pytest.mark.parametrize("language", ["en", "vi"])
def test_what_was_not_reviewed_is_named_as_left_out_of_the_impression(language: Language) -> None:
    outcome = written(CATARACT, RETINOPATHY, language=language)
    names = {"en": "impression: F3 on img1", "vi": "kết luận: F3 trên img1"}
    (line,) = [s for s in outcome.sentences if names[language] in s.text]
    assert line.findings == ("F3",)


def test_without_a_reviewed_finding_the_impression_is_none_yet() -> None:
    outcome = written(RETINOPATHY)
    assert outcome.sentences[0].text.startswith("Impression: none yet")
    assert "so not in the impression" not in outcome.words
