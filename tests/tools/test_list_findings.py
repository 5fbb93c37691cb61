"""list_findings over several concepts, images and kinds: how sure, what else, a summary, plain words for patients."""

import itertools
from typing import Any

import pytest

from assistant.domain.finding import DISAGREEMENT, Finding, Presence, ReviewState
from assistant.domain.turn import Sentence
from assistant.errors import InputError
from assistant.language.concepts import concept_table
from assistant.language.phrasing import Language
from assistant.tools.context import Outcome
from assistant.tools.list_findings import TOOL
from tests.builders import build_admission, build_facts, build_review
from tests.tools.cards import box_finding, context_of, eye_finding, mouth_finding, run

FUNDUS = build_facts(handle="img1", admission=build_admission(kind="fundus", title="photograph of the back of the eye"))
BRAIN = build_facts(handle="img2", admission=build_admission())
PRESENT = eye_finding("F1", "cataract", probability=0.81)
OPEN = eye_finding(
    "F2", "glaucoma", presence=Presence.INDETERMINATE, probability=0.4, prediction_set=("present", "absent")
)
ABSENT = eye_finding(
    "F3", "diabetic retinopathy", presence=Presence.ABSENT, probability=0.03, prediction_set=("absent",)
)
TUMOUR = box_finding("F4", image="img2")
JARGON = ("sensitivity", "specificity", "prediction set", "coverage", "calibrated", "threshold", "pathology", "lesion",
          "độ nhạy", "tập dự đoán", "bao phủ", "hiệu chuẩn", "ngưỡng")  # fmt: skip


def about(what: str, *findings: Finding, language: Language = "en", **changes: Any) -> Outcome:
    context = context_of(*findings, images=changes.pop("images", (FUNDUS,)), language=language, **changes)
    return run(TOOL, context, image="all", about=what)


def with_handles(outcome: Outcome, *handles: str) -> list[Sentence]:
    return [s for s in outcome.sentences if s.findings == handles]


def test_how_sure_gives_each_concept_its_probability_and_groups_the_sets() -> None:
    outcome = about("certainty", PRESENT, OPEN, ABSENT)
    assert "F1: 81 % that this photograph shows cataract" in outcome.words
    assert "F2: 40 %" in outcome.words
    assert "F3: 3 %" in outcome.words
    assert "'present' stands alone in the prediction set of F1" in outcome.words
    assert "prediction set of F2 holds both" in outcome.words


def test_could_you_be_wrong_is_answered_first_and_then_how_often_the_model_erred() -> None:
    words = about("certainty", PRESENT, OPEN, ABSENT, asked="could you be wrong?").words
    assert words.startswith("Yes, it can be wrong"), "the answer comes first"
    assert "Eye disease classifier, measured on 120 pictures: it missed 10 % of those that show cataract" in words
    assert "Where 1 % of the pictures show cataract, its positive answer is right 15 % of the time" in words
    assert "it missed 20 % of those that show glaucoma" in words
    assert "diabetic retinopathy" not in words
    assert "What can look like cataract" in words
    sure = about("certainty", PRESENT, OPEN, ABSENT, asked="how sure are you?").words
    assert sure.startswith("F1: 81 %")
    assert "Yes" not in sure, "nobody asked yes or no"


@pytest.mark.parametrize("language", ["en", "vi"])
def test_an_outline_of_what_everyone_has_is_not_told_among_how_sure_the_diseases_are(language: Language) -> None:
    vessels = eye_finding("F9", "retinal vessels", model="retinal_vessels", probability=0.99)
    assert "F9" not in about("certainty", PRESENT, vessels, language=language).words
    assert "F9" in about("certainty", vessels, language=language).words


def test_a_concept_without_measured_rates_says_so() -> None:
    absent = about("certainty", ABSENT, asked="how reliable is that?").words
    assert "holds no measured sensitivity and specificity for diabetic retinopathy" in absent


def test_what_else_names_what_is_open_and_each_concepts_own_look_alikes_as_never_taught() -> None:
    words = about("alternatives", PRESENT, OPEN, ABSENT).words
    assert "Also on img1 and not ruled out: cataract and glaucoma." in words
    assert "look like cataract and was never taught to the eye disease classifier as such: corneal" in words
    assert "high myopia" in words
    assert "hypertensive retinopathy" not in words
    assert "does not look for: macular degeneration" in words


def test_what_else_names_the_kinds_that_are_not_ruled_out_and_those_that_are() -> None:
    words = about("alternatives", TUMOUR, images=(BRAIN,)).words
    assert "not ruled out at 90 % coverage: meningioma 71 % and glioma 24 %." in words
    assert "Outside that set for F4: pituitary tumour 5 %." in words
    assert "abscess" in words
    vietnamese = about("alternatives", TUMOUR, images=(BRAIN,), language="vi").words
    assert "u màng não 71 % và u thần kinh đệm 24 %" in vietnamese
    assert "áp xe" in vietnamese


def test_where_everything_is_absent_the_look_alikes_of_what_was_looked_for_are_named() -> None:
    assert "hypertensive retinopathy, retinal vein occlusion" in about("alternatives", ABSENT).words


def test_what_else_of_a_structure_names_no_look_alike() -> None:
    vessels = eye_finding("F1", "retinal vessels", model="retinal_vessels", probability=None)
    assert "look like" not in about("alternatives", vessels).words


@pytest.mark.parametrize("language", ["en", "vi"])
def test_one_finding_one_concept_or_one_image_is_told_alone_and_the_reply_says_so(language: Language) -> None:
    context = context_of(PRESENT, OPEN, ABSENT, TUMOUR, images=(FUNDUS, BRAIN), language=language)
    cases: tuple[tuple[dict[str, str], str, set[str]], ...] = (
        ({"finding": "F2"}, "F2", {"F2"}),
        ({"concept": "glaucoma"}, "glaucoma" if language == "en" else "glôcôm", {"F2"}),
        ({"image": "img2"}, "img2", {"F4"}),
    )
    for arguments, named, handles in cases:
        told = run(TOOL, context, **arguments)
        assert named in told.sentences[0].text
        assert set(told.findings) == {h for s in told.sentences for h in s.findings} == handles
    whole = run(TOOL, context)
    assert {h for s in whole.sentences for h in s.findings} == {"F1", "F2", "F3", "F4"}
    assert not any(w in whole.sentences[0].text for w in ("alone", "chỉ nói về"))
    with pytest.raises(InputError, match="gingivitis"):
        run(TOOL, context, concept="gingivitis")


def test_presence_stands_before_its_concept_in_vietnamese() -> None:
    words = about("summary", PRESENT, OPEN, ABSENT, TUMOUR, images=(FUNDUS, BRAIN), language="vi").words
    assert "F1 trên img1: có đục thuỷ tinh thể, xác suất 81 %" in words
    assert "F2 trên img1: chưa xác định có glôcôm hay không" in words
    assert "F3 trên img1: không thấy bệnh võng mạc đái tháo đường" in words
    assert "F4 trên img2: có khối u não" in words


def test_a_summary_counts_and_goes_image_by_image() -> None:
    outcome = about("summary", PRESENT, OPEN, ABSENT, TUMOUR, images=(FUNDUS, BRAIN, build_facts(handle="img3")))
    assert outcome.sentences[0].text == (
        "4 findings on 2 images: 2 present, 1 absent and 1 indeterminate; none reviewed yet."
    )
    assert outcome.sentences[0].findings == ("F1", "F2", "F3", "F4")
    assert "img1 was taken as: photograph of the back of the eye." in outcome.words
    assert "img3 holds no finding: no model has read it." in outcome.words


def test_a_summary_of_one_finding_is_one_line() -> None:
    assert len(about("summary", PRESENT).sentences) == 1


def test_the_patient_hears_what_was_seen_and_looked_for_and_what_to_ask() -> None:
    outcome = about("patient", PRESENT, OPEN, ABSENT)
    words = outcome.words
    assert "fits a clouded lens of the eye (cataract); it puts that at 81 %" in words
    assert "can't tell whether there is damage to the nerve of sight (glaucoma)" in words
    assert "no pattern of damage from diabetes" in words
    assert "not an all-clear" in words
    assert "and for nothing else" in words
    assert "Good questions for the doctor" in words
    assert with_handles(outcome, "F1", "F2", "F3")


CASES = list(itertools.product(concept_table().concepts, Presence, [None, 0.005, 0.55, 0.97], ["en", "vi"]))


@pytest.mark.parametrize(("concept", "presence", "p", "language"), CASES, ids=str)
def test_every_concept_can_be_told_to_a_patient_without_jargon_or_comfort(
    concept: str, presence: Presence, p: float | None, language: Language
) -> None:
    make = mouth_finding if concept in ("dental calculus", "gingivitis", "hypodontia") else eye_finding
    finding = make("F1", concept, presence=presence, probability=p)
    outcome = about("patient", finding, language=language)
    words = outcome.words.lower()
    assert "{" not in words
    assert not [j for j in JARGON if j in words]
    assert "normal" not in words
    assert "bình thường" not in words
    assert "healthy" not in words
    assert outcome.sentences[0].findings == ("F1",)
    if presence is Presence.ABSENT and not concept_table().concepts[concept].structure:
        assert "not an all-clear" in words or "chưa có nghĩa là không sao" in words
    if language == "vi":
        assert concept not in words


def test_a_second_model_and_a_kind_are_told_to_the_patient_in_plain_words() -> None:
    classified = box_finding("F1", model="brain_tumour", kinds=(), image="img2")
    words = about("patient", classified, box_finding("F2", image="img2", probability=0.9), images=(BRAIN,)).words
    assert "A second look by another part of the program marked the same thing" in words
    assert "gives its kind as meningioma (71 %) or glioma (24 %); one picture can't settle which." in words


def test_a_disagreement_is_told_to_the_patient_as_unsettled() -> None:
    disagreement = box_finding(
        "F1", model=DISAGREEMENT, presence=Presence.INDETERMINATE, probability=None, kinds=(), image="img2"
    )
    assert "two parts of the program do not agree" in about("patient", disagreement, images=(BRAIN,)).words


def test_what_the_reader_rejected_or_wrote_is_told_to_the_patient_as_the_readers() -> None:
    rejected = PRESENT.model_copy(update={"review": build_review(ReviewState.REJECTED)})
    words = about("patient", rejected).words
    assert "rejected one marking of the computer (F1)" in words
    assert "81 %" not in words
    written = PRESENT.model_copy(update={"review": build_review(ReviewState.EDITED, text="early cataract")})
    assert 'wrote: "early cataract"' in about("patient", written).words


def test_the_patient_of_several_images_hears_which_picture_is_meant() -> None:
    words = about("patient", PRESENT, TUMOUR, images=(FUNDUS, BRAIN)).words
    assert "on the picture img1" in words
    assert "on the picture img2" in words
