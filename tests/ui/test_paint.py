"""What the chat is given: sentences that are links to findings, versions in a fold, and no markup of anybody else's."""

import html
import re

import pytest

from assistant.domain.turn import Sentence
from tests.builders import build_finding, build_tool_call, build_turn
from ui.paint import LiveTurn, paint_turn, paint_turns, plain
from ui.record import record_of

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![pixel](http://evil.example/p.png)",
    "[click](javascript:alert(1))",
    "<a href='http://evil.example'>a</a>",
    "http://evil.example and https://evil.example",
    "www.evil.example",
    "mail me@evil.example",
    "<http://evil.example>",
    "[ref]: http://evil.example",
    "# heading",
    "- list\n- list",
    "1. one\n2. two",
    "| a | b |\n|---|---|\n| c | d |",
    "```\ncode\n```",
    "    indented code",
    "**bold** _it_ ~~gone~~ `code`",
    "$$x$$",
    "&lt;b&gt;",
    "text\n===\nmore",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_whoever_wrote_it_markup_is_shown_letter_by_letter(text: str) -> None:
    shown = plain(text)
    read = html.unescape(re.sub(r"\\([^A-Za-z0-9\s])", lambda m: html.escape(m[1]), shown))
    assert read.replace("\u00a0", " ") == text, "nothing is lost"
    bare = re.sub(r"\\[^A-Za-z0-9\s]", "x", re.sub("&#9[13];", "x", shown))
    assert not re.search(r"[<>\[\]`*|&$@]|://|www\.", bare)
    assert not re.search(r"^(\s{4,}|\s*[#+=-]|\s*\d+[.)])", bare.replace("\u00a0", ""), re.M)


def test_a_sentence_that_rests_on_findings_is_one_link_to_them() -> None:
    claims = (
        Sentence(text="A tumour [is] likely [F1].", findings=("F1", "F2"), rests_on="finding"),
        Sentence(text="One slice alone."),
    )
    content = paint_turn(build_turn(claims=claims, findings=(build_finding(handle="F1"),)))[-1]["content"]
    assert content.startswith("[A tumour &#91;is&#93; likely. **F1** **F2**](#F1,F2) One slice alone.")
    assert content.endswith("[Behind the scenes](#turn-1)")


def test_a_handle_that_is_none_makes_no_link() -> None:
    claims = (Sentence(text="Look.", findings=("F1](http://evil.example)",), rests_on="finding"),)
    assert "evil" not in paint_turn(build_turn(claims=claims))[-1]["content"]


def test_earlier_versions_lie_in_one_fold_under_the_question_that_stands() -> None:
    turns = (
        build_turn(number=1, user="one"),
        build_turn(number=2, user="two", replaces=1, reply="Second."),
        build_turn(number=3, user="three", replaces=2, reply="Third."),
        build_turn(number=4, user="four"),
    )
    painted = paint_turns(turns)
    assert [m["content"] for m in painted if m["role"] == "user"] == ["three", "four"]
    fold = painted[1]
    assert fold["metadata"]["title"] == "Earlier versions (2)"
    assert "**one**" in fold["content"]
    assert "Second." in fold["content"]
    assert "#turn-2" in fold["content"]
    while_asked_anew = paint_turns(turns[:3], replaced=3)
    assert while_asked_anew == [], "what is being asked anew is not shown beside its newer version"


def test_the_fixed_words_follow_the_pages_language() -> None:
    painted = paint_turn(build_turn(user="", images=("img1",)), "vi")
    assert painted[0]["content"] == "[img1](#img1) Đọc lần đầu"
    assert painted[-1]["content"].endswith("[Phía sau câu trả lời](#turn-1)")


def test_the_record_of_a_turn_says_what_ran_what_was_found_and_what_left() -> None:
    turn = build_turn(
        findings=(build_finding(handle="F1"),),
        tools=(build_tool_call(),),
        record=("Held back: a lie.",),
        plan=("language: en",),
    )
    record = record_of(turn)
    assert record.calls[0].arguments == {"image": "img1"}
    assert '"probability": 0.93' in record.findings
    assert record.held_back == ("Held back: a lie.",)
    assert record.left_machine == ()


def test_a_question_without_words_is_shown_as_a_first_read_from_the_start() -> None:
    (asked, *_) = LiveTurn("", "en").messages()
    assert asked["content"] == "First read"
