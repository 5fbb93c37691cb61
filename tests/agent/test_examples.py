"""The examples behind the understanding: how many, how varied, and that none is a phrase that measures it."""

import re
from collections import Counter

from assistant.agent.examples import FAMILIES, READ, examples, family, sources
from assistant.agent.matcher import DECISIONS, SOLVED, Matcher
from assistant.agent.talk import talk_named
from assistant.language.normal import folded, tokens
from assistant.tools.catalog import TOOLS, tool_named
from tests.agent.phrases import HERE, every

_MASKED = frozenset(
    ("lesion", "finding", "picture", "disease", "vessel", "eye", "mouth", "term", "sign_word", "foreign_kind", "drug")
) | {"file", "model"}


def frame(utterance: str, matcher: Matcher) -> str:
    """An utterance with nouns and numbers masked and articles left out."""
    words = [w for w in tokens(folded(utterance)) if w not in ("a", "an", "the", "this", "that", "it")]
    out: list[str] = []
    at = 0
    while at < len(words):
        for length in (4, 3, 2, 1):
            if matcher.lexicon.phrases.get(tuple(words[at : at + length]), frozenset()) & _MASKED:
                break
        else:
            length = 0
        out.append("_" if length else re.sub(r"\d+", "#", words[at]))
        at += max(length, 1)
    return re.sub(r"_(?: _)+", "_", " ".join(out))


def test_there_are_many_examples_in_both_languages_for_every_tool() -> None:
    said = examples()
    assert sum(len(u) for u in said.values()) >= 1500
    for name in (*(t.name for t in TOOLS), READ):
        vietnamese = [u for u in said[name] if folded(u) != u.lower()]
        assert len(vietnamese) >= 10, name
        assert len(said[name]) - len(vietnamese) >= 20, name


def test_every_intent_of_a_family_is_a_tool_a_talk_a_decision_or_a_read() -> None:
    for one in FAMILIES:
        for intent in family(one):
            assert intent == READ or intent in DECISIONS or tool_named(intent) or talk_named(intent), (one, intent)


def test_no_example_is_a_phrase_of_the_independent_set() -> None:
    said = {folded(u).strip(" .?!") for us in examples().values() for u in us}
    phrases = {folded(p.text).strip(" .?!") for p in every(HERE / "independent_1.jsonl") if len(p.text.split()) > 3}
    assert said & phrases == set()


def test_at_most_five_examples_share_a_frame() -> None:
    said = examples()
    matcher = Matcher(said, SOLVED)
    for intent, utterances in said.items():
        frames = Counter(frame(u, matcher) for u in utterances)
        often = {f: n for f, n in frames.items() if n > 5 and f.strip("_ #?")}
        assert often == {}, (intent, often)


def test_what_ships_was_solved_for_these_very_examples() -> None:
    assert Matcher(examples(), SOLVED).solved_before


def test_what_is_kept_says_the_same_as_what_is_read_from_the_examples() -> None:
    kept, read = Matcher.kept(SOLVED, sources()), Matcher(examples(), SOLVED)
    assert kept is not None
    for clause in ("outline the vessels", "khoanh khối u giúp tôi", "serach the archive"):
        assert kept.match(clause) == read.match(clause)
    assert Matcher.kept(SOLVED, "examples of another day") is None
