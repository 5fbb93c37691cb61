"""The page in two languages: same shape of words, switched by the reader, remembered, and heard as what it is."""

import re
from pathlib import Path

import httpx
from playwright.sync_api import expect

from assistant.language.phrasing import wordings
from tests.ui.conftest import Served, Visit
from tests.ui.test_page import drop, serious
from ui.words import LANGUAGE_COOKIE, language_of

SHAPE = """async () => {
  const words = async (l) => (await import(`/mv/static/words_${l}.js`)).default;
  const [en, vi] = [await words("en"), await words("vi")];
  const faults = [];
  const compare = (path, a, b) => {
    const told = (what) => faults.push(`${path}: ${what}`);
    if (typeof a !== typeof b || Array.isArray(a) !== Array.isArray(b)) { told("another kind"); return; }
    if (typeof a === "function") { if (a.length !== b.length) told("other arguments"); return; }
    if (typeof a === "string") { if (a === b && /[a-z]{3}/.test(a) && !SAME.includes(path)) told("the same"); return; }
    const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
    for (const k of keys) { if (k in a && k in b) compare(`${path}.${k}`, a[k], b[k]); else told(`${k} is missing`); }
  };
  const SAME = [".title", ".day.year", ".day.day"];
  compare("", en, vi);
  return faults;
}"""


def test_both_languages_of_the_page_have_the_same_words(opened: Visit) -> None:
    assert opened.page.evaluate(SHAPE) == []


def test_each_server_side_wording_of_the_page_stands_in_both_languages() -> None:
    rows = {key: row for key, row in wordings().items() if key.startswith("page_")}
    assert len(rows) > 20
    for key, row in rows.items():
        assert set(row) == {"en", "vi"}, key
        assert set(re.findall(r"\{\w+\}", row["en"])) == set(re.findall(r"\{\w+\}", row["vi"])), key


def test_the_language_is_chosen_by_the_reader_else_by_what_the_browser_asks_for() -> None:
    assert language_of({}, {}) == "en"
    assert language_of({}, {"accept-language": "vi-VN,vi;q=0.9,en;q=0.5"}) == "vi"
    assert language_of({LANGUAGE_COOKIE: "en"}, {"accept-language": "vi"}) == "en"
    assert language_of({LANGUAGE_COOKIE: "<script>"}, {}) == "en"


def test_the_switch_turns_the_whole_page_and_is_remembered(served: Served, opened: Visit, picture: Path) -> None:
    page = opened.page
    drop(opened, picture, "anything here?")
    expect(page.locator(".mv-finding")).to_be_visible()
    opened.settle()
    page.locator("#mv-line textarea").fill("half a sentence")
    page.get_by_label("Language of the page").select_option("vi")
    expect(page.locator("#mv-findings h2")).to_have_text("Phát hiện")
    expect(page.locator("html")).to_have_attribute("lang", "vi")
    line = page.locator("#mv-line textarea")
    expect(line).to_have_value("half a sentence")
    expect(line).to_have_attribute("placeholder", "Hỏi về ảnh, hoặc thả một tệp")
    expect(page.locator(".mv-finding")).to_contain_text("khối u não")
    expect(page.locator(".mv-finding")).to_contain_text("chưa duyệt")
    expect(page.locator("#mv-canvas")).to_have_attribute("aria-label", re.compile("phát hiện: F1 có khối u não 93 %"))
    expect(page.get_by_role("link", name="Phía sau câu trả lời")).to_be_visible()
    answer = page.locator("#mv-chat .bot-row .message-content").last
    expect(answer).to_contain_text("A tumour pattern is very likely")
    assert serious(page) == []
    page.locator("body").press("?")
    expect(page.get_by_role("dialog")).to_contain_text("hoàn tác quyết định gần nhất")
    page.keyboard.press("Escape")
    page.locator("body").press("r")
    expect(page.get_by_role("dialog")).to_contain_text("Bác bỏ F1")
    page.keyboard.press("Escape")
    page.goto(served.origin)
    expect(page.locator("#mv-intro h2")).to_have_text("Mở một ảnh để bắt đầu")
    cookie = next(c for c in opened.context.cookies() if c["name"] == LANGUAGE_COOKIE)
    assert (cookie["value"], cookie["sameSite"]) == ("vi", "Strict"), "nothing of the reader is in it"
    page.get_by_label("Ngôn ngữ của trang").select_option("en")
    expect(page.locator("#mv-intro h2")).to_have_text("Open an image to begin")


def test_a_part_in_the_other_language_says_so_to_a_screen_reader(served: Served, opened: Visit, picture: Path) -> None:
    page = opened.page
    drop(opened, picture, "có gì bất thường không?")
    expect(page.locator(".mv-finding")).to_be_visible()
    opened.settle()
    expect(page.locator("#mv-chat .user-row .message-content")).to_have_attribute("lang", "vi")
    assert page.locator("#mv-chat .bot-row .message-content[lang]").count() == 0


def test_addresses_of_our_own_answer_in_the_pages_language(served: Served) -> None:
    with httpx.Client(base_url=served.origin, headers={"origin": served.origin}, timeout=20) as client:
        client.get(served.address.removeprefix(served.origin))
        client.cookies.set(LANGUAGE_COOKIE, "vi")
        assert "phim X-quang ngực" in client.get("/mv/api/intro").json()["refuses"]
        intro = client.get("/mv/api/intro").json()
        assert intro["samples"][0]["title"] == "MRI não, mặt cắt ngang"
        assert not re.search(r"\b(the|of|with|is)\b", str([s["title"] + s["what"] for s in intro["samples"]]))
        assert intro["tasks"][0]["say"] == "Có khối u không?"
        session = client.post("/mv/api/sessions").json()["id"]
        assert client.get(f"/mv/api/sessions/{session}/report.txt").text.startswith("chưa có")
        client.cookies.set(LANGUAGE_COOKIE, "en")
        assert client.get(f"/mv/api/sessions/{session}/report.txt").text.startswith("none yet")
        client.cookies.set(LANGUAGE_COOKIE, "vi")
        assert client.get("/mv/api/nothing").json()["error"].startswith("Không có gì")
