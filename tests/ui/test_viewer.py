"""The viewer in a real Chromium: full depth, own unit, letters, presets, and no call of the server."""

import re

import numpy as np
from playwright.sync_api import expect

from assistant.domain.geometry import Orientation
from assistant.domain.image import Modality
from assistant.reports.overlay import STYLES
from tests.ui.conftest import Served, Visit
from tests.ui.fake_assistant import head_picture
from ui.owners import Owners


def test_the_viewer_shows_a_ct_in_its_own_unit_with_letters_and_presets(served: Served, opened: Visit) -> None:
    page = opened.page
    owners = Owners.open(served.home)
    cookie = next(c for c in opened.context.cookies() if c["name"] == owners.cookie_name)
    owner = owners.owner_of(cookie["value"])
    assert owner is not None
    session = served.desk.new_session(owner, label="CT of the head")
    pixels = np.full((100, 100), -1000, np.int16)
    pixels[40:60, 40:60] = 1234
    letters = Orientation(left="R", right="L", top="A", bottom="P")
    served.desk.add_image(
        session.id, pixels, modality=Modality.CT, unit="[hnsf'U]", bits_stored=12, orientation=letters
    )
    served.desk.add_image(session.id, head_picture(64))
    page.goto(f"{served.origin}/?session={session.id}")
    page.locator(".mv-tabs").get_by_role("button", name="img1").click()
    expect(page.locator("#mv-canvas")).to_have_attribute("aria-label", re.compile("img1"))
    expect(page.locator(".mv-letter.mv-left")).to_have_text("R")
    expect(page.locator("#mv-label")).to_have_text("CT of the head")
    page.get_by_label("Preset").select_option("Lung")
    expect(page.locator("#mv-canvas")).to_have_attribute("aria-label", re.compile("window 1500, level -600 HU"))
    stage = page.locator("#mv-stage").bounding_box()
    assert stage is not None
    page.mouse.move(stage["x"] + stage["width"] / 2, stage["y"] + stage["height"] / 2)
    expect(page.locator(".mv-se")).to_contain_text("1234 HU")
    page.locator("#mv-level").fill("1234")
    page.locator("#mv-width").fill("2")
    page.locator("#mv-width").press("Enter")
    page.keyboard.press("Escape")
    grey = page.evaluate(
        "() => { const c = document.getElementById('mv-canvas'); const g = c.getContext('2d');"
        " return [g.getImageData(c.width / 2, c.height / 2, 1, 1).data[0],"
        " g.getImageData(c.width / 2 - c.height * 0.3, c.height / 2, 1, 1).data[0]]; }"
    )
    assert grey[0] >= 127
    assert grey[1] == 0
    asked = len(opened.asked)
    for key in ("i", "+", "[", "}", "p", "f", "0"):
        page.locator("body").press(key)
    page.wait_for_timeout(300)
    assert [u for u in opened.asked[asked:] if "/mv/" in u] == [], "the viewer works without the server"
    page.locator("body").press("n")
    expect(page.locator("#mv-canvas")).to_have_attribute("aria-label", re.compile("img2"))
    expect(page.locator(".mv-sw")).to_contain_text("orientation unknown")


def test_a_probability_beside_a_finding_is_never_none_and_never_all(opened: Visit) -> None:
    shown = opened.page.evaluate(
        "import('/mv/static/findings.js').then((m) => [0, 0.004, 0.0123, 0.5, 0.999, 1].map(m.percent))"
    )
    assert shown == ["<1 %", "<1 %", "1 %", "50 %", ">99 %", ">99 %"]


LABELS = """async () => {
  const { Surface, STYLES } = await import("/mv/static/canvas.js");
  const holder = document.createElement("div"), canvas = document.createElement("canvas");
  holder.style.cssText = "position:fixed;top:0;left:0;width:400px;height:400px";
  holder.append(canvas); document.body.append(holder);
  const surface = new Surface(canvas, () => {});
  surface.resize(); surface.pixels = { rows: 320, columns: 320 }; surface.fit();
  const box = { on: true, opacity: 1, box: [100, 120, 180, 200] }, style = STYLES[0];
  surface.layers = [
    { on: true, opacity: 1, finding: "F3", around: [102, 122, 178, 198] },
    { ...box, finding: "F2", style, label: "F2 brain tumour" },
    { ...box, finding: "F4", style, label: "F4 brain tumour" },
  ];
  surface.render();
  holder.remove();
  return surface.taken;
}"""


def test_the_labels_of_findings_in_one_place_do_not_cover_each_other(opened: Visit) -> None:
    taken = opened.page.evaluate(LABELS)
    assert len(taken) == 3
    for i, a in enumerate(taken):
        for b in taken[i + 1 :]:
            apart = a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"]
            assert apart or a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"], (a, b)


def test_a_finding_has_the_same_line_on_the_page_and_in_the_report(opened: Visit) -> None:
    lines = opened.page.evaluate("import('/mv/static/canvas.js').then((m) => m.STYLES)")
    assert [s["colour"] for s in lines] == ["#{:02x}{:02x}{:02x}".format(*s.colour) for s in STYLES]
    assert [bool(s["dash"]) for s in lines] == [bool(s.dash) for s in STYLES]
