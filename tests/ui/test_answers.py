"""Answers in a real Chromium: asked anew, edited, stopped, seen through, and lit up on the image; by keyboard too."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from assistant.domain.turn import Sentence, Status
from tests.ui.conftest import Served, Visit, visit
from tests.ui.test_page import drop, serious, session_of
from tests.ui.test_paint import HOSTILE


@pytest.fixture
def read(served: Served, opened: Visit, picture: Path) -> Iterator[Visit]:
    """A page whose image was read: one finding, one answer."""
    drop(opened, picture, "anything here?")
    expect(opened.page.locator(".mv-finding")).to_be_visible()
    opened.settle()
    expect(opened.page.locator("#mv-chips")).to_contain_text("Regenerate")
    yield opened
    served.desk.hostile = ()


def test_the_last_answer_is_regenerated_and_the_earlier_one_kept(served: Served, read: Visit) -> None:
    page, chat = read.page, read.page.locator("#mv-chat")
    page.get_by_role("button", name="Regenerate").click()
    fold = chat.locator(".thought-group").filter(has_text="Earlier versions (1)")
    expect(fold).to_be_visible()
    read.settle()
    turns = served.desk.session(session_of(page)).turns
    assert [t.replaces for t in turns] == [None, 1]
    assert turns[1].images == ("img1",), "the image comes again"
    expect(chat.locator(".user-row")).to_have_count(1)
    fold.get_by_role("button").first.click()
    expect(fold).to_contain_text("A tumour pattern is very likely")
    page.reload()
    expect(chat.locator(".thought-group").first).to_contain_text("Earlier versions (1)")
    expect(chat.locator(".user-row")).to_have_count(1)


def test_the_last_question_is_edited_by_keyboard_and_a_composition_does_not_send(served: Served, read: Visit) -> None:
    page, keys = read.page, read.page.keyboard
    keys.press("Escape")
    keys.press("q")
    field = page.get_by_label("Your question")
    expect(field).to_be_focused()
    assert field.input_value() == "anything here?"
    keys.press("ControlOrMeta+a")
    keys.type("why g q x?")
    field.evaluate(
        "node => node.dispatchEvent(new KeyboardEvent('keydown', "
        "{key: 'Enter', isComposing: true, keyCode: 229, bubbles: true, cancelable: true}))"
    )
    expect(page.get_by_role("dialog")).to_be_visible()
    keys.press("Enter")
    expect(page.locator("#mv-chat .user-row")).to_contain_text("why g q x?")
    read.settle()
    expect(page.locator("#mv-chat .user-row")).to_have_count(1)
    turns = served.desk.session(session_of(page)).turns
    assert [(t.user, t.replaces) for t in turns] == [("anything here?", None), ("why g q x?", 1)]


def test_a_running_answer_is_stopped_by_key_and_what_was_there_stays(served: Served, read: Visit) -> None:
    page = read.page
    served.desk.release.clear()
    read.ask("and now?")
    expect(page.locator("#mv-chips").get_by_role("button", name="Stop")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("x")
    read.settle()
    expect(page.locator("#mv-chat")).to_contain_text("Stopped.")
    expect(page.locator("#mv-chat")).to_contain_text("A tumour pattern is very likely")
    assert served.desk.session(session_of(page)).turns[-1].status is Status.ANSWERED
    assert not served.desk.release.is_set(), "the turn ended although its tool was held"


def test_what_stands_behind_each_answer_can_be_seen_copied_and_flagged(served: Served, read: Visit) -> None:
    page = read.page
    read.ask("how sure are you?")
    expect(page.get_by_role("link", name="Behind the scenes")).to_have_count(2)
    read.settle()
    page.get_by_role("link", name="Behind the scenes").first.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Behind the scenes of answer 1")
    for words in ("tool: classify_image", '{"image":"img1"}', "0.12 s", '"probability": 0.93', "by rule"):
        expect(dialog).to_contain_text(words)
    expect(dialog).to_contain_text("Held back: there is a 6 cm mass <b>here</b>.")
    assert dialog.locator("b", has_text=re.compile("^here$")).count() == 0, "text, not markup"
    left = dialog.locator("section").filter(has_text="What left this machine")
    expect(left).to_contain_text("Nothing.")
    assert serious(page) == []
    dialog.get_by_role("button", name="Flag").click()
    page.get_by_label("What is wrong").fill("odd")
    page.keyboard.press("Enter")
    expect(page.locator("#mv-echo")).to_contain_text("flagged")
    assert served.desk.flags[-1] == (session_of(page), 1, "odd")
    page.locator("body").press("w")
    expect(page.get_by_role("dialog")).to_contain_text("Behind the scenes of answer 2")


def test_a_sentence_and_its_finding_light_each_other_by_pointer_and_by_keyboard(served: Served, read: Visit) -> None:
    page = read.page
    sentence = page.get_by_role("link", name="A tumour pattern is very likely")
    stage, row = page.locator("#mv-stage"), page.locator(".mv-finding")
    lit = re.compile(r"\bmv-lit\b")
    sentence.hover()
    expect(stage).to_have_attribute("data-lit", "F1")
    expect(row).to_have_class(lit)
    expect(sentence).to_have_class(lit)
    page.mouse.move(5, 400)
    expect(stage).to_have_attribute("data-lit", "")
    before = page.evaluate("document.getElementById('mv-canvas').toDataURL()")
    page.locator("#mv-line textarea").focus()
    for _ in range(12):
        page.keyboard.press("Shift+Tab")
        if sentence.evaluate("node => node === document.activeElement"):
            break
    expect(sentence).to_be_focused()
    expect(stage).to_have_attribute("data-lit", "F1")
    page.wait_for_timeout(200)
    assert page.evaluate("document.getElementById('mv-canvas').toDataURL()") != before, "seen on the image"
    page.keyboard.press("Enter")
    expect(row).to_be_focused()
    expect(row).to_have_attribute("aria-current", "true")
    page.evaluate("document.activeElement.blur()")
    page.locator("body").press("j")
    expect(sentence).to_have_class(lit)


def test_a_finding_without_a_region_lights_the_whole_image(served: Served, read: Visit) -> None:
    desk, page = served.desk, read.page
    session = desk.session(session_of(page))
    desk._keep(session.with_finding(session.findings[0].model_copy(update={"region": None})))
    page.reload()
    page.wait_for_selector(".mv-sentence")
    page.get_by_role("link", name="A tumour pattern is very likely").focus()
    expect(page.locator("#mv-stage")).to_have_attribute("data-lit", "F1")
    frame = page.evaluate(
        "async () => { await new Promise(r => setTimeout(r, 300)); const c = document.getElementById('mv-canvas');"
        " const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        " let n = 0; for (let i = 0; i < d.length; i += 4) n += d[i] === 255 && d[i + 1] === 209 && d[i + 2] === 102;"
        " return n; }"
    )
    assert frame > 200, "a frame around the whole image"


def test_the_description_of_the_image_is_made_from_its_findings(read: Visit) -> None:
    described = read.page.locator("#mv-canvas")
    expect(described).to_have_attribute(
        "aria-label", re.compile(r"findings: F1 brain tumour present 93 % \(not reviewed\); overlays shown: F1")
    )
    read.page.locator("#mv-chips").get_by_role("button", name="Accept F1").click()
    expect(described).to_have_attribute("aria-label", re.compile(r"F1 brain tumour present 93 % \(accepted\)"))
    expect(read.page.locator("#mv-chips").get_by_role("button", name="Accept F1")).to_have_count(0)
    expect(read.page.locator("#mv-chips").get_by_role("button", name="Sign")).to_be_visible()


def test_hostile_words_of_a_language_model_stay_words(served: Served, read: Visit) -> None:
    page = read.page
    alerts: list[str] = []
    page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    links = page.locator("#mv-chat .bot-row a").count()
    served.desk.hostile = tuple(
        Sentence(text=text, findings=findings, rests_on="finding" if findings else "talk")
        for text in HOSTILE
        for findings in ((), ("F1",))
    )
    read.ask("say it")
    expect(page.locator("#mv-chat")).to_contain_text("<script>alert(1)</script>")
    read.settle()
    chat = page.locator("#mv-chat .bot-row .message-content").last
    for shown in ("![pixel](http://evil.example/p.png)", "www.evil.example", "&lt;b&gt;", "**bold** _it_"):
        expect(chat).to_contain_text(shown)
    assert page.locator("#mv-chat .bot-row :is(img, script, iframe, table, ul, ol, pre, h1, h2, h3)").count() == 0
    hrefs = page.locator("#mv-chat .bot-row a").evaluate_all("nodes => nodes.map(n => n.getAttribute('href'))")
    assert len(hrefs) > links
    assert all(re.search(r"#(F\d+(,F\d+)*|turn-\d+)$", h) and "evil" not in h for h in hrefs), hrefs
    assert not [url for url in read.asked if "evil" in url]
    assert alerts == []


@pytest.mark.parametrize("width", [1280, 400])
def test_axe_finds_no_serious_violation_in_the_new_parts(
    served: Served, browser: Browser, picture: Path, width: int
) -> None:
    made = visit(browser, served.address, width)
    page = made.page
    drop(made, picture, "anything here?")
    page.wait_for_selector(".mv-sentence")
    made.settle()
    page.get_by_role("button", name="Regenerate").click()
    fold = page.locator("#mv-chat .thought-group").filter(has_text="Earlier versions")
    expect(fold).to_be_visible()
    made.settle()
    fold.get_by_role("button").first.click()
    page.locator(".mv-sentence").first.focus()
    page.wait_for_timeout(600)
    assert serious(page) == []
    page.locator("body").press("l")
    expect(page.get_by_role("searchbox")).to_be_focused()
    assert serious(page) == []
    made.context.close()
