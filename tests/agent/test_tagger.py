"""The tagger and what is heard with it: labels of words, beginnings without a joint, what is left out and meant."""

import numpy as np
import pytest

from assistant.agent.examples import examples
from assistant.agent.hearing import LEFT_OUT, TAKEN_BACK, Hearing
from assistant.agent.matcher import Matcher
from assistant.agent.tagger import NONE, tagger
from assistant.agent.talk import matcher
from assistant.agent.understanding import understand
from benchmarks.tagger_training import MESSAGES, Part, marked, words_of
from tests.agent.phrases import LOOKS_FOR, session_in


def heard(message: str) -> Hearing:
    return Hearing(matcher(), tagger().tag(message))


def test_it_knows_every_intent_but_those_of_stories() -> None:
    assert set(examples()) - set(tagger().labels) == {"context", "aside"}
    assert NONE in tagger().labels


@pytest.mark.parametrize("message", ["", "  ", "!?", "€ zzz", "how big is it? " * 200])
def test_any_message_has_probabilities_for_its_words(message: str) -> None:
    tagged = tagger().tag(message)
    assert tagged.shares.shape == (len(tagged.spans), len(tagged.labels))
    assert np.allclose(tagged.shares.sum(axis=1), 1, atol=1e-4)
    assert all(0 <= b <= 1 for b in tagged.begins)


def test_decomposed_letters_are_read_as_composed_ones() -> None:
    composed, decomposed = "đo giúp khối này", "đo giu\u0301p khô\u0301i na\u0300y"
    assert np.array_equal(tagger().tag(composed).shares, tagger().tag(decomposed).shares)


@pytest.mark.parametrize(
    ("message", "asked"),
    [
        ("how big how sure", ["measure_finding", "list_findings"]),
        ("khoanh lại rồi cho xin pdf", ["detect_lesions", "export_report"]),
        ("before you send it to anyone tell me how sure you are", ["list_findings"]),
    ],
)
def test_requests_are_heard_where_no_joint_stands(message: str, asked: list[str]) -> None:
    assert [label for _, label in heard(message).requests][-len(asked) :] == asked


def test_a_request_begins_after_another_and_after_a_story_and_not_after_its_own_first_words() -> None:
    assert heard("how big how sure").begins == (8,)
    assert heard("could you please outline it").begins == ()


def test_what_is_left_out_and_what_is_taken_back_is_heard() -> None:
    assert heard("box it but no heatmap please").mode("no heatmap") == LEFT_OUT
    assert heard("measure it, no scratch that, outline it").mode("measure it") == TAKEN_BACK


def test_a_clause_is_found_again_although_a_joint_was_put_between_its_words() -> None:
    tagged = tagger().tag("the side, the size")
    assert tagged.words_of("the side and the size") == (slice(0, 5),)
    assert tagged.words_of("the shape") == ()


def test_a_request_beside_a_story_is_likelier_meant_than_one_that_is_hardly_heard() -> None:
    hearing = heard("my gran measured everything in spoons, so how big is it")
    assert hearing.meant("how big is it", "measure_finding") > 0.9
    assert hearing.meant("my gran measured everything in spoons", "measure_finding") < 0.6


@pytest.mark.parametrize(
    ("text", "tools"),
    [
        ("box it so I can see how big it is", {"detect_lesions", "measure_finding"}),
        ("my boss wants a picture of why and a page to file", {"explain_finding", "export_report"}),
        ("bên nào to bao nhiêu chắc mấy phần", {"detect_lesions", "measure_finding", "list_findings"}),
    ],
)
def test_several_requests_in_one_breath_all_run(text: str, tools: set[str]) -> None:
    assert {s.tool.name for s in understand(text, session_in("after_read"), (), LOOKS_FOR).steps} == tools


def test_a_tool_that_came_after_the_tagger_is_understood_by_its_examples_alone() -> None:
    late = Matcher(
        {
            "rotate_image": ("rotate it by ninety degrees", "turn the picture upside down", "rotate the image"),
            "measure_finding": ("how big is it", "measure it", "its diameter"),
            "aside": ("by the way", "I am in a hurry"),
        }
    )
    text = "please rotate the picture by ninety degrees"
    hearing = Hearing(late, tagger().tag(text))
    assert hearing.match(text) == late.match(text)
    assert hearing.heard(text, ("rotate_image",)) is None
    assert hearing.meant(text, "rotate_image") == 1


def test_marked_messages_are_read_part_by_part() -> None:
    assert marked("62M. {read:have a look}, {-explain_finding:no heatmap}") == [
        Part(("62m", "."), NONE),
        Part(("have", "a", "look"), "read"),
        Part((",",), NONE),
        Part(("no", "heatmap"), "explain_finding", 1),
    ]


@pytest.mark.parametrize("file", sorted(MESSAGES.glob("*.txt")), ids=lambda file: file.stem)
def test_marked_messages_name_known_labels_and_most_ask_for_something(file) -> None:  # type: ignore[no-untyped-def]
    lines = file.read_text("utf-8").splitlines()
    for line in lines:
        assert {p.label for p in marked(line)} <= set(tagger().labels), line
        assert words_of("{") not in [p.words for p in marked(line)], line
    asking = [line for line in lines if any(p.label != NONE for p in marked(line))]
    assert len(asking) >= 0.85 * len(lines)
