"""The sentence encoder: what ships knows every intent, gives probabilities, and helps where no example is near."""

import numpy as np
import pytest

from assistant.agent.encoder import LONGEST, encoder
from assistant.agent.examples import examples
from assistant.agent.matcher import SOLVED, Matcher
from assistant.agent.transformer import START, pieces
from tests.agent.phrases import HERE, every


def test_it_knows_every_intent() -> None:
    assert set(encoder().names) == set(examples())


@pytest.mark.parametrize("words", [(), ("where",), ("o", "dau"), ("zzz'q", "€", "xfinding"), ("history",) * 300])
def test_it_gives_probabilities_for_any_words(words: tuple[str, ...]) -> None:
    likely = encoder().likely([words])
    assert likely.shape == (1, len(encoder().names))
    assert np.all(likely >= 0)
    assert likely.sum() == pytest.approx(1, abs=1e-5)


def test_several_clauses_at_once_are_read_as_each_alone() -> None:
    clauses = (("where", "is", "it"), ("đo", "giúp", "tôi", "khối", "u"), ("why",))
    together = encoder().likely(clauses)
    for row, words in zip(together, clauses, strict=True):
        assert np.allclose(row, encoder().likely([words])[0], atol=1e-4)


def test_what_is_too_long_is_cut_and_not_refused() -> None:
    words = ("outline", "the", "lesion")
    assert np.array_equal(encoder().likely([words * LONGEST]), encoder().likely([words * (2 * LONGEST)]))


def test_the_order_of_words_counts() -> None:
    there = encoder().likely([("where", "does", "it", "look")])
    assert not np.allclose(there, encoder().likely([("it", "does", "look", "where")]), atol=1e-3)


def test_vietnamese_is_read_with_and_without_accents() -> None:
    names = encoder().names
    for words in (("khối", "u", "này", "to", "bao", "nhiêu"), ("khoi", "u", "nay", "to", "bao", "nhieu")):
        assert names[int(encoder().likely([words])[0].argmax())] == "measure_finding"


def test_a_word_is_cut_into_its_most_probable_pieces() -> None:
    scores = {f"{START}mening": -5.0, "ioma": -6.0, "i": -4.0, "oma": -9.0, f"{START}it": -3.0, "'": -2.0, "s": -2.0}
    known = {piece: (i, score) for i, (piece, score) in enumerate(scores.items())}
    assert pieces("meningioma", known) == [f"{START}mening", "ioma"]
    assert pieces("it's", known) == [f"{START}it", "'", "s"]
    assert pieces("meningx", known) == [f"{START}mening", "<unk>"]


def test_a_request_in_words_of_its_own_is_nearer_with_it() -> None:
    said = examples()
    with_it, without = Matcher(said, SOLVED, encoder()), Matcher(said, SOLVED)
    held = [p for p in every(HERE / "independent_4.jsonl") if len(p.tools) == 1 and len(p.text.split()) < 12]

    def right(matcher: Matcher) -> int:
        return sum(matcher.match(p.text).intent == p.tools[0].partition(":")[0] for p in held)

    assert right(with_it) > right(without) + 0.03 * len(held)
