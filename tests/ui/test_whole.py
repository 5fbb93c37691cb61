"""The page over the real assistant, weights and store: from a dropped scan to the PDF, wide and narrow."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pypdf
import pytest
from playwright.sync_api import Browser, expect

from assistant.app import Assistant
from assistant.settings import Settings
from tests.ui.conftest import Visit, serving, visit

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
SCAN = SAMPLES / "brain-meningioma-axial.jpg"


@dataclass
class Whole:
    address: str
    home: Path


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    home = tmp_path_factory.mktemp("whole")
    assistant = Assistant.open(Settings(home=home, host="127.0.0.1", port=0))
    try:
        with serving(assistant, assistant.settings) as address:
            yield Whole(address, home)
    finally:
        assistant.close()


@pytest.mark.parametrize("width", [1280, 400])
def test_from_a_dropped_scan_to_the_signed_report(whole: Whole, browser: Browser, width: int) -> None:
    made = visit(browser, whole.address, width)
    page = made.page
    chat, canvas = page.locator("#mv-chat"), page.locator("#mv-canvas")
    page.set_input_files("#mv-line input[type=file]", SCAN)
    page.wait_for_selector("#mv-line .thumbnail-item")
    made.ask("is there a tumour?")
    expect(chat.locator(".thought-group").first).to_contain_text("classify_image img1")
    page.reload()
    expect(chat).to_contain_text("is there a tumour?")
    expect(page.locator("#mv-chips")).to_contain_text("Regenerate")
    expect(chat).to_contain_text("F1")
    expect(canvas).to_have_attribute("aria-label", re.compile("img1, brain MRI"))

    box = page.locator("#mv-stage").bounding_box()
    assert box is not None
    before = canvas.get_attribute("aria-label") or ""
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 + 30, box["y"] + box["height"] / 2 + 20, steps=3)
    page.mouse.up()
    expect(canvas).not_to_have_attribute("aria-label", before)

    made.ask("why do you say that?")
    expect(page.locator(".mv-caption")).to_contain_text("where the model looked, not an outline")
    made.settle()
    page.locator(".mv-layer input[type=checkbox]").first.uncheck()
    expect(canvas).to_have_attribute("aria-label", re.compile("overlays shown: none"))

    if width == 400:
        page.locator("#mv-tabs").get_by_role("button", name="Findings").click()
    page.get_by_role("button", name="Reject F1").click()
    page.get_by_label("Reason").fill("a vessel, not a tumour")
    page.get_by_role("dialog").get_by_role("button", name="Reject").click()
    expect(page.locator(".mv-review")).to_have_text("rejected")
    page.locator("#mv-echo").get_by_role("button", name="Undo").click()
    expect(page.locator(".mv-review")).to_have_text("not reviewed")
    page.get_by_role("button", name="Accept F1").first.click()
    expect(page.locator(".mv-review")).to_have_text("accepted")

    text = report(made, "unverified.pdf")
    assert "UNVERIFIED" in text
    assert "Impression" in text
    assert "tumour" in text
    page.locator("#mv-top").get_by_role("button", name="Sign").click()
    page.get_by_label("Your name").fill("Dr Lan")
    page.get_by_role("dialog").get_by_role("button", name="Sign").click()
    expect(page.locator("#mv-signed")).to_have_text("Signed by Dr Lan")
    text = report(made, "signed.pdf")
    assert "UNVERIFIED" not in text
    assert "Dr Lan" in text

    assert made.faults == []
    hosts = {url.split("/")[2] for url in made.asked if url.startswith("http")}
    assert hosts == {whole.address.split("/")[2]}
    assert [p for p in (whole.home / "tmp").rglob("*") if p.is_file()] == []
    assert not [p for p in whole.home.rglob("*") if SCAN.stem in p.name]
    made.context.close()


def report(made: Visit, ending: str) -> str:
    """Download the report; gives its text. Every page carries its number."""
    with made.page.expect_download() as download:
        made.page.get_by_role("button", name="Download the report as PDF").click()
    assert download.value.suggested_filename.endswith(ending)
    with Path(download.value.path()).open("rb") as file:
        pages = [page.extract_text() for page in pypdf.PdfReader(file).pages]
    assert 1 <= len(pages) <= 6
    for number, text in enumerate(pages, 1):
        assert re.search(rf"\b{number} of {len(pages)}\b", text)
    return "\n".join(pages)
