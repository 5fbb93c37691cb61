"""The main job through a real Chromium with the real models: from a sample's bytes to a signed PDF, over a restart."""

import subprocess
from pathlib import Path

from playwright.sync_api import Browser, expect
from pypdf import PdfReader

from assistant.app import Assistant
from assistant.intake.samples import load_samples
from assistant.settings import Settings
from tests.ui.conftest import serving, visit

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = next(s for s in load_samples(ROOT / "samples") if s.expect == "present")


def test_a_real_scan_is_read_explained_reviewed_signed_and_found_again_after_a_restart(
    browser: Browser, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    upload = tmp_path / "Tran Thi B 1971.jpg"
    upload.write_bytes(SAMPLE.path.read_bytes())
    settings = Settings(home=home, host="127.0.0.1", port=0)
    assistant = Assistant.open(settings)
    with serving(assistant, settings) as address:
        made = visit(browser, address)
        page = made.page
        page.set_input_files("#mv-line input[type=file]", upload)
        page.wait_for_selector("#mv-line .thumbnail-item")
        made.ask("what do you see?")
        expect(page.locator("#mv-chat .thought-group").first).to_contain_text("classify_image img1")
        expect(page.locator("#mv-chat")).to_contain_text("brain tumour pattern is")
        made.settle()
        made.ask("why?")
        expect(page.locator("#mv-chat")).to_contain_text("where the model looked")
        made.settle()
        expect(page.locator(".mv-caption")).to_contain_text("where the model looked, not an outline")
        made.ask("accept F1")
        expect(page.locator("#mv-chat")).to_contain_text("F1 accepted.")
        made.settle()
        with page.expect_download() as download:
            page.get_by_role("button", name="Download the report as PDF").click()
        pdf = Path(download.value.path())
        pages = PdfReader(pdf).pages
        text = "\n".join(p.extract_text() for p in pages)
        printed = subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True, check=True).stdout
        for words in (text, printed):
            assert "UNVERIFIED" in words
            assert "Tran Thi B" not in words
            lines = [line.strip() for line in words.splitlines()]
            assert {"Impression", "AI evidence", "Not reviewed"} <= set(lines)
        assert "Page 1 of 1" in printed
        session = page.url.split("session=")[1]
        cookies = made.context.storage_state()
        assert made.faults == []
        made.context.close()
    assistant.sign(session, "Dr A. Reader")
    assistant.close()

    again = Assistant.open(settings)
    with serving(again, settings) as address:
        context = browser.new_context(storage_state=cookies)
        page = context.new_page()
        page.goto(address)
        expect(page.locator("#mv-sessions")).to_contain_text("brain MRI slice · ")
        page.goto(f"{address.split('/?')[0]}/?session={session}")
        expect(page.locator("#mv-chat")).to_contain_text("F1 accepted.")
        expect(page.locator(".mv-finding[data-handle=F1]")).to_contain_text("accepted")
        expect(page.locator("body")).to_contain_text("Dr A. Reader")
        context.close()
    again.close()
    for file in home.rglob("*"):
        assert "Tran" not in file.name
        assert not file.is_file() or b"Tran Thi B" not in file.read_bytes()
