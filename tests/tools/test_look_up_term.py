"""Terms, differences of two, and how good a model is; what there is no card for is said so."""

import pytest

from assistant.domain.turn import Status
from assistant.language.phrasing import Language
from assistant.tools.context import Outcome
from assistant.tools.look_up_term import TOOL
from tests.tools.cards import context_of, run


def asked(term: str, language: Language = "en") -> Outcome:
    return run(TOOL, context_of(language=language), term=term)


@pytest.mark.parametrize("language", ["en", "vi"])
def test_a_difference_comes_first_and_both_cards_after_it(language: Language) -> None:
    words = {"en": "what is the difference between Dice and IoU", "vi": "Dice khác IoU thế nào"}
    first, dice, iou = asked(words[language], language).sentences
    assert "Dice = 2 IoU / (1 + IoU)" in first.text
    assert dice.text.startswith(("Dice is", "Dice là"))
    assert "IoU" in iou.text
    assert {s.rests_on for s in (first, dice, iou)} == {"card"}


def test_two_terms_without_a_difference_card_are_shown_each() -> None:
    outcome = asked("difference between hypodontia and sensitivity")
    assert "no card on what tells these apart" in outcome.sentences[0].text
    assert len(outcome.sentences) == 3


def test_a_model_is_as_good_as_its_card_measured_with_interval_and_number() -> None:
    words = asked("how good is your vessel model?").words
    assert "Dice 0.81 (95 % interval 0.76 to 0.85, 20 pictures)" in words
    assert "tumour" not in words


def test_the_figures_of_each_concept_stand_beside_those_of_the_model() -> None:
    words = asked("how good is the eye classifier").words
    assert "mean AUC of the classes 0.97" in words
    assert "cataract: sensitivity 0.9 (95 % interval 0.85 to 0.94, 120 pictures)" in words


def test_predictive_values_follow_from_the_measured_rates_at_three_prevalences() -> None:
    words = asked("how good is the eye classifier").words
    # Bayes by hand: 0.9 * 0.01 / (0.9 * 0.01 + 0.05 * 0.99) = 0.154; 0.95 * 0.99 / (0.95 * 0.99 + 0.1 * 0.01) = 0.999
    assert "cataract: where 1 % of the pictures show it, a positive answer is right 15 % of the time" in words
    assert "a negative one over 99 %; where 10 % do, 67 % and 99 %; where 50 % do, 95 % and 90 %." in words
    # 0.8 * 0.1 / (0.8 * 0.1 + 0.1 * 0.9) = 0.471
    assert "glaucoma: where 1 % of the pictures show it, a positive answer is right 7 % of the time" in words
    assert "where 10 % do, 47 %" in words
    assert "diabetic retinopathy: where" not in words


def test_a_model_without_measured_figures_says_so() -> None:
    words = asked("how good is your mouth model").words
    assert "Mouth classifier 1.0.0 has no measured figures on its card." in words
    assert "right" not in words


def test_all_models_are_named_where_none_is_asked_for() -> None:
    words = asked("how accurate are your models").words
    for title in ("Brain tumour classifier", "Eye disease classifier", "Mouth classifier", "Retinal vessel segmenter"):
        assert title in words


def test_a_term_inside_a_question_about_models_is_explained_only_where_its_meaning_is_asked() -> None:
    assert "is the chance that a picture" not in asked("auc of your classifier").words
    assert "is the chance that a picture" in asked("what does auc mean for your classifier").words


def test_a_mistyped_term_is_taken_as_the_nearest_and_the_reply_says_so() -> None:
    first, card = asked("what is a meningoma").sentences
    assert first.text == 'I took that as "meningioma".'
    assert card.text.startswith("A meningioma is a tumour")


@pytest.mark.parametrize("language", ["en", "vi"])
def test_what_no_card_holds_is_declined_with_what_there_is(language: Language) -> None:
    outcome = asked("what is a sarcoid of the knee", language)
    assert not outcome.ok
    assert outcome.status is Status.DECLINED
    assert outcome.words.startswith(("I have no card on that", "Tôi không có thẻ"))
