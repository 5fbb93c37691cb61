"""What was sent is safe before the server has it: a reload right after Enter loses neither words nor picture."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from assistant.domain.turn import Status, Turn
from tests.ui.conftest import Served, Visit
from tests.ui.test_page import session_of

COPY = """() => {
    const set = Storage.prototype.setItem;
    Storage.prototype.setItem = function (key, value) {
        if (key === "mv-outbox") set.call(this, "kept", value);
        return set.call(this, key, value);
    };
}"""
"""What the outbox last held stays, however soon the server has it."""

JOIN = "**/gradio_api/queue/join*"


def choose(page: Page, path: Path) -> None:
    page.set_input_files("#mv-line input[type=file]", path)
    page.wait_for_selector("#mv-line .thumbnail-item img")


@pytest.fixture
def unheard(opened: Visit) -> Iterator[Visit]:
    """A page whose next messages never reach the server, as on a machine that is too busy to send them."""

    def hold(route: Route) -> None:
        del route

    opened.page.route(JOIN, hold)
    yield opened
    opened.page.unroute_all(behavior="ignoreErrors")


def reach_again(made: Visit) -> None:
    made.page.unroute_all(behavior="ignoreErrors")
    made.page.reload()
    made.page.wait_for_selector("#mv-line textarea")


def test_a_message_and_its_picture_that_never_left_are_sent_after_a_reload(
    served: Served, unheard: Visit, picture: Path
) -> None:
    page, before = unheard.page, served.desk.turns_run
    choose(page, picture)
    unheard.ask("is there a tumour?")
    page.wait_for_timeout(150)
    assert served.desk.turns_run == before, "nothing has arrived"
    reach_again(unheard)
    expect(page.locator("#mv-chat")).to_contain_text("is there a tumour?")
    expect(page.locator("#mv-chat")).to_contain_text("A tumour pattern is very likely")
    unheard.settle()
    (turn,) = served.desk.session(session_of(page)).turns
    assert (turn.user, len(turn.images)) == ("is there a tumour?", 1)
    assert page.locator("#mv-line textarea").input_value() == ""
    page.reload()
    expect(page.locator("#mv-chat")).to_contain_text("A tumour pattern is very likely")
    page.wait_for_timeout(500)
    assert served.desk.turns_run == before + 1, "once is enough"


def test_a_message_that_arrived_unheard_runs_once(served: Served, opened: Visit, picture: Path) -> None:
    page, before = opened.page, served.desk.turns_run
    choose(page, picture)
    page.evaluate(COPY)
    opened.ask("how sure?")
    opened.settle()
    expect(page.locator("#mv-chat")).to_contain_text("A tumour pattern is very likely")
    assert page.evaluate("sessionStorage.getItem('mv-outbox')") is None, "the server has it"
    first = session_of(page)
    kept = page.evaluate("sessionStorage.getItem('kept')")
    assert kept
    # As it stands where the page went before it heard: the message still kept, the address without a session.
    page.evaluate("kept => { sessionStorage.setItem('mv-outbox', kept); history.replaceState(null, '', '/'); }", kept)
    page.reload()
    expect(page.locator("#mv-chat")).to_contain_text("A tumour pattern is very likely")
    opened.settle()
    assert session_of(page) == first
    assert served.desk.turns_run == before + 1
    assert page.evaluate("sessionStorage.getItem('mv-outbox')") is None


def test_words_come_back_where_the_picture_is_gone(served: Served, unheard: Visit, picture: Path) -> None:
    page, before = unheard.page, served.desk.turns_run
    choose(page, picture)
    unheard.ask("anything here?")
    page.wait_for_timeout(150)
    for file in (p for p in (served.home / "tmp").rglob("*") if p.is_file()):
        file.unlink()
    reach_again(unheard)
    expect(page.locator("#mv-chat")).to_contain_text("drop the file again")
    expect(page.locator("#mv-line textarea")).to_have_value("anything here?")
    assert served.desk.turns_run == before


def test_a_chip_that_was_pressed_and_words_that_were_not_sent_outlive_a_reload(served: Served, unheard: Visit) -> None:
    page = unheard.page
    page.locator("#mv-line textarea").fill("62M, headache")
    page.locator(".mv-sample").first.click()
    page.wait_for_timeout(150)
    reach_again(unheard)
    expect(page.locator("#mv-chat")).to_contain_text("A tumour pattern is very likely")
    expect(page.locator("#mv-line textarea")).to_have_value("62M, headache")


def test_a_turn_that_lost_its_picture_asks_for_it_and_offers_no_retry(served: Served, opened: Visit) -> None:
    page = opened.page
    opened.ask("hello")
    expect(page).to_have_url(re.compile("session="))
    opened.settle()
    session = served.desk.session(session_of(page))
    for lost, offered in ((False, 1), (True, 0)):
        turn = Turn(number=2, user="anything?", status=Status.INTERRUPTED, lost_upload=lost)
        served.desk._keep(session.with_turn(turn))
        page.reload()
        expect(page.locator("#mv-chat")).to_contain_text(
            "upload the picture again" if lost else "ask again for the rest"
        )
        expect(page.locator("#mv-chips")).to_contain_text("Flag")
        expect(page.locator("#mv-chips").get_by_role("button", name="Retry")).to_have_count(offered)
