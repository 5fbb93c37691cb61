"""Concepts and the manifest's texts in both languages; requests that name a model or a kind of picture."""

import pytest

from assistant.language.concepts import (
    concept_name,
    concept_table,
    in_language,
    is_structure,
    kind_name,
    models_asked,
    picture_name,
    pictures_asked,
    plain_about,
    plain_name,
)
from assistant.language.normal import folded


def test_every_concept_has_a_name_and_plain_words_of_its_own_in_both_languages() -> None:
    names = [concept_name(c, "vi") for c in concept_table().concepts]
    assert len(set(names)) == len(names)
    for concept in concept_table().concepts:
        assert concept_name(concept, "en") == concept
        assert concept_name(concept, "vi") != concept
        assert plain_name(concept, "en") != plain_name(concept, "vi")
        assert plain_about(concept, "en").endswith(".")
        assert plain_about(concept, "vi").endswith(".")


def test_only_the_vessels_are_a_structure() -> None:
    assert [c for c in concept_table().concepts if is_structure(c)] == ["retinal vessels"]


def test_what_the_table_lacks_is_said_as_it_came() -> None:
    assert concept_name("retinal detachment", "vi") == "retinal detachment"
    assert plain_name("retinal detachment", "vi") == "retinal detachment"
    assert plain_about("retinal detachment", "en") == ""
    assert in_language("words that no one has translated", "vi") == "words that no one has translated"
    assert picture_name("x_ray_of_a_fish", "picture of a fish", "vi") == "picture of a fish"
    assert kind_name("chordoma", "vi") == "chordoma"


def test_a_text_of_the_manifest_is_translated_by_its_own_words() -> None:
    assert in_language("abscess", "vi") == "áp xe"
    assert in_language("abscess", "en") == "abscess"


@pytest.mark.parametrize(
    ("asked", "models"),
    [
        ("how good is your vessel model", ("retinal_vessels", "retinal_vessels_unet")),
        ("how good is the u-net", ("retinal_vessels_unet",)),
        ("how accurate is the eye classifier", ("eye_disease",)),
        ("how good is the brain tumour detector", ("brain_tumour_boxes",)),
        ("how good is the gate", ("gate",)),
        ("mô hình mạch máu tốt đến đâu", ("retinal_vessels", "retinal_vessels_unet")),
        ("how good are you", ()),
    ],
)
def test_a_model_is_known_by_what_people_call_it(asked: str, models: tuple[str, ...]) -> None:
    assert models_asked(folded(asked)) == models


def test_a_kind_of_picture_is_known_by_what_people_call_it() -> None:
    assert pictures_asked("do you read chest x rays") == ("chest_film",)
    assert set(pictures_asked("ct scans")) == {"head_ct", "chest_ct", "abdomen_ct"}
    assert pictures_asked(folded("ảnh đáy mắt")) == ("fundus",)
    assert pictures_asked("hello") == ()
