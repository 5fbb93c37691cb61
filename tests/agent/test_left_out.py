"""What a llm leaves out or lies about is said by rule; what it writes never reaches a report. Both languages."""

from datetime import UTC, datetime

import pytest
from langchain_core.messages import AIMessage

from assistant.domain.finding import Presence
from assistant.language.claims import Ledger
from assistant.language.report_words import report_of
from assistant.tools.card_words import card_words, model_note
from tests.agent.plays import PLAYS, desk_of
from tests.agent.test_llm import call, llm
from tests.agent.worlds import manifest

ASKED = {"en": "please have a look", "vi": "xem giúp tôi ảnh này"}
EMPTY = {"en": "img1 is an image.", "vi": "img1 là ảnh."}
READABLE = [n for n in PLAYS if n not in ("refused", "nothing", "brain, classifier alone")]
LIE = {
    "en": "Impression: a malignant glioblastoma of 6 cm.",
    "vi": "Kết luận: u nguyên bào thần kinh đệm ác tính 6 cm.",
}


@pytest.mark.parametrize("language", ["en", "vi"])
@pytest.mark.parametrize("name", READABLE)
def test_a_read_and_a_summary_that_pass_over_a_finding_get_its_line_by_rule(name: str, language: str) -> None:
    desk = desk_of(name)
    steps = (("classify_image", {"image": "img1"}), ("list_findings", {"image": "all", "about": "summary"}))
    for tool, arguments in steps:
        answer = desk.say(ASKED[language], llm(call(tool, **arguments), AIMessage(EMPTY[language])))
        assert tool in [c.name for c in answer.tools]
        told = {h for s in answer.sentences for h in s.findings}
        open_ones = {f.handle for f in answer.findings if f.presence is not Presence.ABSENT}
        assert open_ones <= told
        apart = [f for f in answer.findings if f.is_disagreement]
        for finding in apart:
            assert any(finding.handle in s.findings for s in answer.sentences)


@pytest.mark.parametrize("language", ["en", "vi"])
def test_a_refused_image_is_told_with_its_reason_whatever_a_llm_writes(language: str) -> None:
    desk = desk_of("refused")
    answer = desk.say(ASKED[language], llm(call("classify_image", image="img1"), AIMessage(LIE[language])))
    assert "6 cm" not in answer.reply
    assert "ordinary photograph" in answer.reply


def sentences_of_a_report(name: str) -> tuple[Ledger, list[str]]:
    desk = desk_of(name)
    for text in ("what do you see?", "where is it?", "how big is it?", "accept F1", 'change F2 to "as before, 2 cm"'):
        desk.say(text)
    report = report_of(desk.session, tuple(model_note(c) for c in manifest().cards), datetime.now(UTC))
    said = [*report.impression, *report.result_sentences, *report.unreviewed_sentences, *report.limits]
    ledger = Ledger(desk.session, card_words(manifest()), remembers=False)
    return ledger, [*said, *report.not_looked_for, *report.technique]


@pytest.mark.parametrize("name", READABLE)
def test_every_sentence_of_a_report_holds(name: str) -> None:
    ledger, said = sentences_of_a_report(name)
    assert len(said) > 6
    assert not [h for text in said for h in ledger.check(text) if not h.passes]


def test_a_limit_is_told_of_several_models_only_where_each_card_holds_it() -> None:
    ledger = Ledger(desk_of("brain").session, card_words(manifest()), remembers=False)
    by_title = {c.title: set(c.limits) for c in manifest().cards}
    first, second = "Brain tumour detector", "Brain tumour outliner"
    both = by_title[first] & by_title[second]
    alone = by_title[first] - by_title[second]
    assert both
    assert alone
    assert all(h.passes for limit in both for h in ledger.check(f"{first} and {second}: {limit}"))
    assert not any(h.passes for limit in alone for h in ledger.check(f"{first} and {second}: {limit}"))


@pytest.mark.parametrize("language", ["en", "vi"])
def test_a_lie_of_a_llm_reaches_no_report(language: str) -> None:
    desk = desk_of("brain")
    desk.say("what do you see?")
    asked = {"en": "draft the report", "vi": "soạn báo cáo"}[language]
    answer = desk.say(asked, llm(call("write_report"), AIMessage(LIE[language]), AIMessage(LIE[language])))
    assert [c.name for c in answer.tools] == ["write_report"]
    report = report_of(desk.session, (), datetime.now(UTC))
    printed = " ".join((answer.reply, *report.impression, *report.result_sentences, *report.unreviewed_sentences))
    for word in ("malignant", "glioblastoma", "6 cm", "ác tính", "nguyên bào"):
        assert word not in printed
