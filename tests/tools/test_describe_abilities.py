"""What is read and for what comes from the manifest; a sign that no model looks for gets neither yes nor no."""

import pytest

from assistant.language.phrasing import Language
from assistant.tools.context import ToolContext
from assistant.tools.describe_abilities import TOOL
from tests.agent.worlds import FakeShelf, lean
from tests.tools.cards import ALL, context_of, run


def said(context: ToolContext, topic: str = "") -> str:
    return run(TOOL, context, topic=topic).words


@pytest.mark.parametrize("language", ["en", "vi"])
def test_every_kind_that_is_read_is_named_with_its_models_and_what_they_look_for(language: Language) -> None:
    words = said(context_of(language=language))
    kinds = {"en": ("brain MRI slice", "back of the eye", "teeth or gums"), "vi": ("MRI não", "đáy mắt", "răng")}
    for kind in kinds[language]:
        assert kind in words
    for card in ALL.cards:
        if card.task != "gate" and language == "en":
            assert card.title in words
            assert card.looks_for.rstrip(".") in words


def test_what_cannot_be_asked_with_the_models_that_are_here_is_said() -> None:
    assert "No model here draws" not in said(context_of())
    alone = said(context_of(models=FakeShelf(manifest=lean())))
    assert "No model here draws boxes yet" in alone
    assert "No model here draws outlines yet" in alone


@pytest.mark.parametrize("topic", ["midline shift", "haemorrhage", "pneumonia"])
def test_a_sign_that_no_model_measures_gets_neither_yes_nor_no(topic: str) -> None:
    assert said(context_of(), topic).startswith(f"No model here looks for {topic}, so I can say neither yes nor no")


def test_a_disease_that_is_looked_for_is_named_with_its_model() -> None:
    words = said(context_of(), "glaucoma")
    assert words.startswith("Eye disease classifier looks for the pattern of cataract, glaucoma")
    assert "neither yes nor no" not in words


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (
            "can you read ct scans",
            "I don't read this kind of picture (CT slice of the head, CT slice of the chest or CT",
        ),
        ("do you read chest x-rays", "I don't read this kind of picture (chest film)"),
        ("can you read fundus photographs", "Yes, I read this kind of picture (photograph of the back of the eye)"),
    ],
)
def test_a_kind_of_picture_is_answered_yes_or_no(asked: str, answer: str) -> None:
    topic = TOOL.fill(asked)["topic"]
    assert isinstance(topic, str)
    assert said(context_of(), topic).startswith(answer)


def test_a_plain_cry_for_help_names_no_topic() -> None:
    assert TOOL.fill("help") == {}
