"""The page in a real Chromium, over a scripted assistant: what a reader does, wide, narrow, and by keyboard alone."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, expect

from assistant.domain.finding import ReviewState
from tests.ui.conftest import Served, Visit, visit


def drop(made: Visit, path: Path, question: str = "") -> None:
    made.page.set_input_files("#mv-line input[type=file]", path)
    made.page.wait_for_selector("#mv-line .thumbnail-item")
    line = made.page.locator("#mv-line textarea")
    line.fill(question)
    line.press("Enter")


def described(page: Page) -> str:
    return page.locator("#mv-canvas").get_attribute("aria-label") or ""


def session_of(page: Page) -> str:
    return page.url.split("session=")[1]


def serious(page: Page) -> list[str]:
    """Violations of axe-core that are serious or critical, and where."""
    found = Axe().run(page).response["violations"]
    return [
        f"{v['id']}: {[n['html'][:160] for n in v['nodes'][:3]]}"
        for v in found
        if v["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("width", [1280, 400])
def test_a_reader_reads_asks_decides_and_keeps_the_report(
    served: Served, browser: Browser, picture: Path, width: int
) -> None:
    made = visit(browser, served.address, width)
    page = made.page
    expect(page.locator("#mv-intro")).to_contain_text("brain MRI")
    expect(page.locator("#mv-foot")).to_contain_text("AI, research use")
    expect(page.locator("#mv-foot")).to_contain_text("burned into a picture is not removed yet")
    assert "token" not in page.url

    drop(made, picture, "anything here?")
    expect(page.locator("#mv-chat")).to_contain_text("A tumour pattern is very likely")
    expect(page.locator("#mv-chat .thought-group")).to_contain_text("classify_image img1")
    expect(page.locator("#mv-canvas")).to_have_attribute("aria-label", _containing("img1, brain MRI, 320 by 320"))
    made.settle()
    box = page.locator("#mv-stage").bounding_box()
    assert box is not None
    if width == 1280:
        assert box["width"] >= width / 2

    before = described(page)
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 + 40, box["y"] + box["height"] / 2 + 30, steps=4)
    page.mouse.up()
    expect(page.locator("#mv-canvas")).not_to_have_attribute("aria-label", before)
    assert "overlays shown: F1 brain tumour" in described(page)
    page.locator(".mv-layer input[type=checkbox]").first.uncheck()
    expect(page.locator("#mv-canvas")).to_have_attribute("aria-label", _containing("overlays shown: none"))

    page.locator("#mv-chips").get_by_role("button", name="Why?").click()
    expect(page.locator("#mv-chat")).to_contain_text("explain_finding img1")
    expect(page.locator(".mv-caption")).to_contain_text("where the model looked, not an outline")
    made.settle()

    if width == 400:
        page.locator("#mv-tabs").get_by_role("button", name="Findings").click()
    page.get_by_role("button", name="Reject F1").click()
    page.get_by_label("Reason").fill("it is a vessel")
    page.get_by_role("dialog").get_by_role("button", name="Reject").click()
    expect(page.locator("#mv-echo")).to_contain_text("F1 rejected.")
    expect(page.locator(".mv-finding")).to_contain_text("it is a vessel")
    page.locator("#mv-echo").get_by_role("button", name="Undo").click()
    expect(page.locator(".mv-finding")).to_contain_text("not reviewed")

    with page.expect_download() as download:
        page.get_by_role("button", name="Download the report as PDF").click()
    assert download.value.suggested_filename.endswith("unverified.pdf")
    assert "UNVERIFIED" in Path(download.value.path()).read_text()
    assert {url.split("/")[2] for url in made.asked if "://" in url and not url.startswith("blob:")} == {
        served.origin.split("/")[2]
    }
    assert made.faults == []
    left = [p for p in (served.home / "tmp").rglob("*") if p.is_file()]
    assert left == [], "no copy of an upload stays behind"
    assert "Nguyen" not in page.locator("body").inner_text()
    made.context.close()


def test_a_reload_in_mid_answer_loses_nothing(served: Served, opened: Visit, picture: Path) -> None:
    page = opened.page
    served.desk.release.clear()
    drop(opened, picture, "is there a tumour?")
    expect(page.locator("#mv-chat .thought-group")).to_contain_text("classify_image")
    expect(page.locator("#mv-chips")).to_contain_text("Stop")
    page.reload()
    expect(page.locator("#mv-chat")).to_contain_text("is there a tumour?")
    expect(page.locator("#mv-chat .thought-group")).to_contain_text("classify_image")
    served.desk.release.set()
    expect(page.locator("#mv-chat")).to_contain_text("A tumour pattern is very likely")
    expect(page.locator(".mv-finding")).to_contain_text("93 %")
    assert len(served.desk.session(session_of(page)).turns) == 1
    page.reload()
    expect(page.locator("#mv-chat")).to_contain_text("A tumour pattern is very likely")
    expect(page.locator("#mv-sessions")).to_contain_text("brain MRI · ")
    expect(page.locator("#mv-sessions")).not_to_contain_text("tumour")


def test_a_double_send_runs_once_and_a_second_tab_waits_its_turn(served: Served, opened: Visit, picture: Path) -> None:
    page = opened.page
    drop(opened, picture, "first")
    expect(page.locator("#mv-chat")).to_contain_text("A tumour pattern")
    opened.settle()
    served.desk.release.clear()
    before = served.desk.turns_run
    line = page.locator("#mv-line textarea")
    line.fill("how sure?")
    line.press("Enter")
    line.press("Enter")
    expect(page.locator("body")).to_have_attribute("data-running", "yes")
    line.fill("again?")
    line.press("Enter")
    second = opened.context.new_page()
    second.goto(page.url)
    expect(second.locator("#mv-chat")).to_contain_text("how sure?")
    served.desk.release.set()
    expect(second.locator("#mv-chips")).to_contain_text("Why?")
    opened.settle()
    assert served.desk.turns_run == before + 1
    assert line.input_value() == "again?", "what was typed while an answer ran is still there"
    second.close()


def test_what_is_typed_right_after_enter_stays_however_late_the_server_answers(
    served: Served, opened: Visit, picture: Path
) -> None:
    page = opened.page
    page.route("**/queue/join*", lambda route: (page.wait_for_timeout(700), route.continue_()))
    page.set_input_files("#mv-line input[type=file]", picture)
    page.wait_for_selector("#mv-line .thumbnail-item")
    line = page.locator("#mv-line textarea")
    line.fill("first")
    line.press("Enter")
    line.press_sequentially(" and next")
    expect(page.locator("#mv-chat")).to_contain_text("A tumour pattern")
    opened.settle()
    assert line.input_value().strip() == "and next"
    expect(page.locator("#mv-line .thumbnail-item")).to_have_count(0)
    (turn,) = served.desk.session(session_of(page)).turns
    assert turn.user == "first"


def test_enter_that_ends_a_composition_does_not_send(served: Served, opened: Visit) -> None:
    before = served.desk.turns_run
    line = opened.page.locator("#mv-line textarea")
    line.fill("co khoi u khong")
    line.evaluate(
        "node => node.dispatchEvent(new KeyboardEvent('keydown', "
        "{key: 'Enter', isComposing: true, keyCode: 229, bubbles: true, cancelable: true}))"
    )
    opened.page.wait_for_timeout(600)
    assert served.desk.turns_run == before
    assert line.input_value() == "co khoi u khong"


def test_all_of_it_by_keyboard_alone(served: Served, opened: Visit, picture: Path) -> None:
    page = opened.page
    keys = page.keyboard
    page.set_input_files("#mv-line input[type=file]", picture)
    page.wait_for_selector("#mv-line .thumbnail-item")
    page.locator("body").press("/")
    assert page.evaluate("document.activeElement.matches('#mv-line textarea')")
    keys.type("jar u?")
    assert page.locator("#mv-line textarea").input_value() == "jar u?", "shortcuts rest while typing"
    keys.press("Enter")
    expect(page.locator(".mv-finding")).to_be_visible()
    opened.settle()
    keys.press("Escape")
    expect(page.locator("#mv-canvas")).to_have_attribute("aria-label", _containing("window 256"))

    keys.press("]")
    expect(page.locator("#mv-canvas")).to_have_attribute("aria-label", _containing("window 276"))
    keys.press("i")
    expect(page.locator("#mv-canvas")).to_have_attribute("aria-label", _containing(", inverted"))
    fitted = described(page)
    keys.press("+")
    expect(page.locator("#mv-canvas")).not_to_have_attribute("aria-label", fitted)
    keys.press("f")
    expect(page.locator("#mv-canvas")).to_have_attribute("aria-label", fitted)
    keys.press("1")
    expect(page.locator("#mv-canvas")).to_have_attribute("aria-label", _containing("zoom 100 %"))
    keys.down("h")
    expect(page.locator("#mv-canvas")).to_have_attribute("aria-label", _containing("overlays shown: none"))
    keys.up("h")
    expect(page.locator("#mv-canvas")).to_have_attribute("aria-label", _containing("overlays shown: F1"))

    keys.press("j")
    expect(page.locator(".mv-finding")).to_have_attribute("aria-current", "true")
    keys.press("a")
    expect(page.locator(".mv-review")).to_have_text("accepted")
    keys.press("u")
    expect(page.locator(".mv-review")).to_have_text("not reviewed")
    keys.press("e")
    page.get_by_role("dialog").wait_for()
    keys.press("ControlOrMeta+a")
    keys.type("possible meningioma")
    keys.press("Enter")
    expect(page.locator(".mv-review")).to_have_text("edited")
    expect(page.locator(".mv-finding")).to_contain_text("possible meningioma")
    assert page.evaluate("document.activeElement.classList.contains('mv-finding')"), "the focus comes back"
    keys.press("r")
    page.get_by_role("dialog").wait_for()
    keys.press("Escape")
    expect(page.locator(".mv-review")).to_have_text("edited")

    keys.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("undo the last decision")
    keys.press("Escape")
    with page.expect_download() as download:
        keys.press("d")
    assert download.value.suggested_filename.startswith("report-")
    assert served.desk.session(session_of(page)).findings[0].review.state is ReviewState.EDITED


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_axe_finds_no_serious_violation(served: Served, opened: Visit, picture: Path, theme: str) -> None:
    page = opened.page
    if theme == "light":
        page.get_by_role("button", name="Switch between dark and light").click()
        assert page.evaluate("document.documentElement.dataset.theme") == "light"
    page.wait_for_selector("#mv-intro h2")
    assert serious(page) == []
    drop(opened, picture, "why?")
    expect(page.locator(".mv-finding")).to_be_visible()
    opened.settle()
    expect(page.locator("#mv-chips")).to_contain_text("Flag")
    page.locator(".mv-finding").first.click()
    assert serious(page) == []
    page.locator("body").press("?")
    page.get_by_role("dialog").wait_for()
    assert serious(page) == []
    if theme == "light":
        page.keyboard.press("Escape")
        page.reload()
        page.wait_for_selector("#mv-viewer")
        assert page.evaluate("document.documentElement.dataset.theme") == "light", "the choice is remembered"


def test_sessions_are_named_found_opened_and_deleted(served: Served, opened: Visit, picture: Path) -> None:
    page = opened.page
    drop(opened, picture, "one")
    expect(page.locator(".mv-finding")).to_be_visible()
    opened.settle()
    first = session_of(page)
    page.get_by_role("button", name="New session", exact=True).click()
    expect(page.locator("#mv-intro")).to_be_visible()
    expect(page).not_to_have_url(re.compile("session="))
    opened.ask("two")
    expect(page.locator("#mv-chat")).to_contain_text("I need an image")
    opened.settle()
    assert session_of(page) != first
    rows = page.locator("#mv-sessions li")
    expect(rows).to_have_count(2)
    rows.nth(1).hover()
    page.get_by_role("button", name="Rename brain MRI").click()
    page.get_by_role("textbox", name="Study label").fill("MRI of May")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(rows.nth(1)).to_contain_text("MRI of May · brain MRI · ")
    search = page.get_by_role("searchbox", name="Search sessions")
    search.fill("may mri")
    expect(rows).to_have_count(1)
    search.fill("nothing like it")
    expect(rows).to_have_text("No session with these words in its title.")
    search.press("Escape")
    expect(rows).to_have_count(2)
    page.locator("#mv-sessions .mv-open").filter(has_text="MRI of May").click()
    expect(page.locator(".mv-finding")).to_be_visible()
    expect(page.locator("#mv-chat")).to_contain_text("one")
    assert session_of(page) == first
    rows.filter(has_text="MRI of May").hover()
    page.get_by_role("button", name="Delete MRI of May").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("This goes: 1 image, 1 finding, 1 question with its answer, 0 reports")
    dialog.get_by_role("button", name="Delete").click()
    expect(rows).to_have_count(1)
    expect(page.locator("#mv-intro")).to_be_visible()


def test_a_signature_is_shown_and_a_later_change_takes_it_back(served: Served, opened: Visit, picture: Path) -> None:
    page = opened.page
    drop(opened, picture)
    expect(page.locator(".mv-finding")).to_be_visible()
    opened.settle()
    expect(page.locator("#mv-signed")).to_have_text("UNVERIFIED")
    page.locator("#mv-top").get_by_role("button", name="Sign").click()
    expect(page.get_by_role("dialog")).to_contain_text("identity not authenticated")
    page.get_by_label("Your name").fill("Dr Lan")
    page.get_by_role("dialog").get_by_role("button", name="Sign").click()
    expect(page.locator("#mv-signed")).to_have_text("Signed by Dr Lan")
    row = page.locator("#mv-sessions li").first
    expect(row).to_contain_text("signed")
    page.locator("#mv-chips").get_by_role("button", name="Accept F1").click()
    expect(page.locator("#mv-signed")).to_contain_text("UNVERIFIED: changed after Dr Lan signed")
    expect(row).not_to_contain_text("signed")
    page.locator("#mv-chips").get_by_role("button", name="Flag").click()
    page.get_by_label("What is wrong").fill("wrong side")
    page.get_by_role("dialog").get_by_role("button", name="Flag").click()
    expect(page.locator("#mv-echo")).to_contain_text("flagged")
    assert served.desk.flags[-1][1:] == (1, "wrong side")


def test_bad_input_gets_a_sentence_and_the_session_goes_on(served: Served, opened: Visit, tmp_path: Path) -> None:
    page = opened.page
    large = tmp_path / "large.png"
    large.write_bytes(b"x" * (3 * 2**20))
    page.set_input_files("#mv-line input[type=file]", large)
    expect(page.locator("#mv-echo")).to_contain_text("larger than 2 MB")
    note = tmp_path / "note.txt"
    note.write_text("no picture")
    drop(opened, note, "what is it?")
    expect(page.locator("#mv-chat")).to_contain_text("not an image that I can read")
    opened.settle()
    opened.ask("<img src=x onerror=alert(1)> **bold** [a](http://evil.example) $x$")
    expect(page.locator("#mv-chat")).to_contain_text(
        "<img src=x onerror=alert(1)> **bold** [a](http://evil.example) $x$"
    )
    assert page.locator("#mv-chat img").count() == 0
    assert "Traceback" not in page.locator("body").inner_text()


def test_a_sample_is_one_click_away(served: Served, opened: Visit) -> None:
    page = opened.page
    expect(page.locator(".mv-sample").filter(has_text="meant to be refused").first).to_be_visible()
    page.locator(".mv-sample").first.click()
    expect(page.locator(".mv-finding")).to_be_visible()
    assert not served.desk.seen_paths[-1].exists()
    assert all(path.exists() for path in _samples())


@pytest.fixture
def neighbour(served: Served, browser: Browser) -> Iterator[Visit]:
    made = visit(browser, served.address)
    yield made
    made.context.close()


def test_two_browsers_at_once_never_see_each_others_session(
    served: Served, opened: Visit, neighbour: Visit, picture: Path
) -> None:
    drop(opened, picture, "mine alone")
    expect(opened.page.locator(".mv-finding")).to_be_visible()
    opened.settle()
    session = session_of(opened.page)
    neighbour.page.goto(f"{served.origin}/?session={session}")
    expect(neighbour.page.locator("#mv-chat")).to_contain_text("There is no such session")
    expect(neighbour.page.locator("#mv-intro")).to_be_visible()
    assert "mine alone" not in neighbour.page.locator("body").inner_text()
    for path in ("", "/images/img1/pixels", "/report.pdf"):
        status = neighbour.page.evaluate(
            "async (path) => (await fetch(path)).status", f"/mv/api/sessions/{session}{path}"
        )
        assert status == 404


def _samples() -> list[Path]:
    folder = Path(__file__).resolve().parents[2] / "samples"
    return [p for p in folder.iterdir() if p.suffix in (".jpg", ".png", ".dcm")]


def _containing(text: str) -> re.Pattern[str]:
    return re.compile(re.escape(text))
