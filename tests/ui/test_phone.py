"""The page on a narrow screen, in a real Chromium over a scripted assistant: what is seen first."""

from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.ui.conftest import Served, visit
from tests.ui.test_page import drop


def test_a_phone_shows_an_answer_from_its_beginning_and_leaves_a_scrolling_reader_alone(
    served: Served, browser: Browser, picture: Path
) -> None:
    made = visit(browser, served.address, 400)
    page = made.page
    made.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 6})
    expect(page.locator("#mv-viewer .mv-toolbar")).to_be_hidden()
    drop(made, picture, "anything here?")
    for question in ("is there a tumour?", "why?", "how sure are you?"):
        made.settle()
        made.ask(question)
    made.settle()
    expect(page.locator("#mv-viewer .mv-toolbar")).to_be_visible()
    pane = page.locator("#mv-chat .panel-wrap")
    last = page.locator("#mv-chat .user-row").last

    def away() -> float:
        there, row = pane.bounding_box(), last.bounding_box()
        assert there is not None
        assert row is not None
        return row["y"] - there["y"]

    scrollable = pane.evaluate("e => e.scrollHeight - e.clientHeight")
    assert scrollable > 0, "there is more than fits"
    page.wait_for_function(
        "() => [...document.querySelectorAll('#mv-chat .user-row')].at(-1).getBoundingClientRect().top >= "
        "document.querySelector('#mv-chat .panel-wrap').getBoundingClientRect().top - 2"
    )
    at_end = pane.evaluate("e => e.scrollHeight - e.clientHeight - e.scrollTop") < 2
    assert away() < 40 or at_end, "and stands at the top, or as near as what follows it allows"
    pane.hover()
    page.mouse.wheel(0, -2000)
    expect(page.locator("#mv-chat .user-row").first).to_be_in_viewport()
    page.locator("#mv-tabs").get_by_role("button", name="Findings").click()
    page.locator("#mv-tabs").get_by_role("button", name="Chat").click()
    expect(page.locator("#mv-chat .user-row").first).to_be_in_viewport()
    made.context.close()
