"""Deleting through the page, over the real store: it says what goes, and a picture that another session shows stays."""

import re
from pathlib import Path

from playwright.sync_api import Browser, expect

from assistant.app import Assistant
from assistant.settings import Settings
from tests.builders import build_facts
from tests.ui.conftest import serving, visit
from tests.ui.fake_assistant import head_picture
from ui.owners import Owners


def test_a_deletion_says_what_goes_and_keeps_the_picture_that_another_session_shows(
    browser: Browser, tmp_path: Path
) -> None:
    assistant = Assistant.open(Settings(home=tmp_path, host="127.0.0.1", port=0))
    with serving(assistant, assistant.settings) as address:
        made = visit(browser, address)
        page = made.page
        owners = Owners.open(tmp_path)
        cookie = next(c for c in made.context.cookies() if c["name"] == owners.cookie_name)
        owner = owners.owner_of(cookie["value"]) or ""
        kept, gone = (assistant.new_session(owner, label).id for label in ("kept", "goes"))
        for session, sizes in ((kept, (64,)), (gone, (64, 80))):
            for size in sizes:
                pixels = head_picture(size)
                assistant._store.add_image(session, build_facts(pixels), pixels, None, None)
        page.goto(f"{address.split('/?')[0]}/?session={gone}")
        expect(page.locator("#mv-canvas")).to_have_attribute("aria-label", re.compile("img2|img1"))
        expect(page.locator("#mv-sessions li")).to_have_count(2)
        page.locator("#mv-sessions li").filter(has_text="goes").hover()
        page.get_by_role("button", name="Delete goes").click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("Delete “goes · MR image · ")
        expect(dialog).to_contain_text("This goes: 2 images, 0 findings, 0 questions with their answers")
        expect(dialog).to_contain_text("1 file. It cannot be undone.")
        expect(dialog).to_contain_text("1 file stays, because another session holds it too.")
        dialog.get_by_role("button", name="Delete").click()
        expect(page.locator("#mv-sessions li")).to_have_count(1)
        page.locator("#mv-sessions .mv-open").click()
        expect(page.locator("#mv-canvas")).to_have_attribute(
            "aria-label", re.compile("img1, MR image, 64 by 64 pixels")
        )
        assert made.faults == []
        made.context.close()
    left = list((tmp_path / "artifacts").rglob("*.npy"))
    assert len(left) == 1
    assistant.close()
