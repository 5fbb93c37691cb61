"""Typed text becomes printable text."""

import unicodedata

from assistant.reports.plain import plain, plain_lines


def test_control_bidirectional_and_invisible_characters_are_dropped() -> None:
    assert plain("a\x00\u202eb\u200b\ufeff\ud800c\x1b") == "abc"


def test_white_space_of_any_kind_is_one_blank() -> None:
    assert plain("  a\t\n\r\n b\u00a0\u2028c ") == "a b c"


def test_letters_and_marks_are_composed() -> None:
    assert plain(unicodedata.normalize("NFD", "phẫu thuật")) == unicodedata.normalize("NFC", "phẫu thuật")


def test_typed_lines_are_kept_up_to_a_bound() -> None:
    assert plain_lines("a\n\n b \r\nc") == ("a", "b", "c")
    assert plain_lines("a\nb\nc\nd", most=3) == ("a", "b", "c / d")
