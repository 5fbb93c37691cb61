// The instrument: shows one image at full depth. Window, zoom, pan, invert and overlays run here, without a server call.
import { api } from "./api.js";
import { STYLES, Surface } from "./canvas.js";
import { button, el } from "./dom.js";
import { percent } from "./findings.js";
import { presetsFor, rangeOf, unitName } from "./grey.js";
import { words } from "./words.js";

export class Viewer {
  constructor(onpick) {
    this.onpick = onpick;
    this.cache = new Map();
    this.settings = new Map();
    this.layersOf = new Map();
    this.session = null; this.facts = null; this.pixels = null;
    this.window = { center: 128, width: 256 }; this.invert = false; this.mode = "window"; this.presets = [];
    this.build();
    this.surface = new Surface(this.canvas, () => this.describe());
    this.wire();
  }

  build() {
    this.canvas = el("canvas", { id: "mv-canvas", role: "img", "aria-label": words.canvasEmpty });
    this.tabs = el("div", { class: "mv-tabs", role: "group", "aria-label": words.handleTabs });
    this.corner = Object.fromEntries(["nw", "ne", "sw", "se"].map((c) => [c, el("div", { class: `mv-corner mv-${c}` })]));
    this.letters = Object.fromEntries(["left", "right", "top", "bottom"].map((s) => [s, el("div", { class: `mv-letter mv-${s}`, "aria-hidden": "true" })]));
    this.intro = el("div", { id: "mv-intro" });
    this.caption = el("div", { class: "mv-caption", hidden: true });
    this.note = el("div", { class: "mv-note", hidden: true });
    this.stage = el("div", { id: "mv-stage" }, this.canvas, ...Object.values(this.corner), ...Object.values(this.letters), this.caption, this.note, this.intro);
    this.preset = el("select", { id: "mv-preset", "aria-label": words.preset, onchange: () => this.usePreset(this.preset.selectedIndex) });
    this.level = el("input", { id: "mv-level", type: "number", step: "any", "aria-label": words.level, onchange: () => this.setWindow(Number(this.level.value), this.window.width) });
    this.width = el("input", { id: "mv-width", type: "number", step: "any", min: "1", "aria-label": words.width, onchange: () => this.setWindow(this.window.center, Number(this.width.value)) });
    this.modes = ["window", "pan"].map((mode) => button(mode === "window" ? words.dragWindow : words.dragPan, () => this.setMode(mode), { "data-mode": mode, title: words.drag }));
    this.inverter = button(words.invert, () => this.toggleInvert(), { "aria-pressed": "false" });
    this.bar = el("div", { class: "mv-toolbar", role: "toolbar", "aria-label": words.tools },
      el("span", { class: "mv-group mv-segment", role: "group", "aria-label": words.drag }, ...this.modes),
      el("span", { class: "mv-group" }, this.preset,
        el("label", { class: "mv-num", title: words.width }, el("span", { "aria-hidden": "true" }, words.windowTitle), this.width),
        el("label", { class: "mv-num", title: words.level }, el("span", { "aria-hidden": "true" }, words.levelTitle), this.level)),
      el("span", { class: "mv-group" },
        button("−", () => this.surface.zoom(1 / 1.25), { "aria-label": words.zoomOut, title: words.zoomOut }),
        button("+", () => this.surface.zoom(1.25), { "aria-label": words.zoomIn, title: words.zoomIn }),
        button(words.fit, () => this.surface.fit()), button(words.actual, () => this.surface.actual()),
        this.inverter, button(words.reset, () => this.reset())));
    this.overlays = el("div", { class: "mv-overlays", role: "group", "aria-label": words.overlays });
    this.root = el("section", { id: "mv-viewer", "aria-label": words.viewer }, this.tabs, this.stage, this.bar, this.overlays);
    this.enable(false);
    this.setMode("window");
    this.listOverlays();
  }

  wire() {
    const { canvas } = this;
    const pointers = new Map();
    canvas.addEventListener("contextmenu", (event) => event.preventDefault());
    canvas.addEventListener("pointerdown", (event) => {
      if (!this.pixels) return;
      canvas.setPointerCapture(event.pointerId);
      pointers.set(event.pointerId, event);
      this.grip = event.button === 0 && !event.shiftKey ? this.mode : "pan";
      this.start = { ...this.window };
      this.spread = 0;
    });
    canvas.addEventListener("pointermove", (event) => {
      this.probe(event);
      const last = pointers.get(event.pointerId);
      if (!last) return;
      const dx = event.clientX - last.clientX, dy = event.clientY - last.clientY;
      pointers.set(event.pointerId, event);
      if (pointers.size === 2) { this.pinch([...pointers.values()], dx / 2, dy / 2); return; }
      if (this.grip === "pan") this.surface.pan(dx, dy);
      else this.dragWindow(dx, dy);
    });
    const release = (event) => { if (pointers.delete(event.pointerId) && this.pixels) this.surface.regrey(this.window, this.invert); };
    canvas.addEventListener("pointerup", release);
    canvas.addEventListener("pointercancel", release);
    canvas.addEventListener("pointerleave", () => { this.corner.se.textContent = ""; });
    canvas.addEventListener("dblclick", () => this.surface.fit());
    canvas.addEventListener("wheel", (event) => {
      if (!this.pixels) return;
      event.preventDefault();
      const box = canvas.getBoundingClientRect(), r = this.surface.ratio;
      this.surface.zoom(Math.exp(-event.deltaY / 500), (event.clientX - box.left) * r, (event.clientY - box.top) * r);
    }, { passive: false });
  }

  pinch([a, b], dx, dy) {
    const spread = Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY), box = this.canvas.getBoundingClientRect(), r = this.surface.ratio;
    if (this.spread) this.surface.zoom(spread / this.spread, ((a.clientX + b.clientX) / 2 - box.left) * r, ((a.clientY + b.clientY) / 2 - box.top) * r);
    this.spread = spread;
    this.surface.pan(dx, dy);
  }

  dragWindow(dx, dy) {
    const step = Math.max((this.pixels.high - this.pixels.low) / 512, 1 / 512);
    this.setWindow(this.window.center + dy * step, this.window.width + dx * step, true);
  }

  setWindow(center, width, dragging = false) {
    if (!this.pixels || !Number.isFinite(center) || !Number.isFinite(width)) return;
    const whole = !(this.pixels.data instanceof Float32Array);
    this.window = { center, width: Math.max(whole ? 1 : 1e-3, width) };
    this.surface.regrey(this.window, this.invert, dragging);
    this.sync();
  }

  usePreset(index) { const p = this.presets[index]; if (p) this.setWindow(p.center, p.width); }
  nextPreset() { this.usePreset((Math.max(0, this.preset.selectedIndex) + 1) % Math.max(1, this.presets.length)); }
  nudge(level, width) { const s = Math.max(1, this.window.width) * 0.08; this.setWindow(this.window.center + level * s, this.window.width + width * s); }
  setMode(mode) { this.mode = mode; for (const b of this.modes) b.setAttribute("aria-pressed", String(b.dataset.mode === mode)); this.stage.dataset.mode = mode; }
  toggleInvert() { this.invert = !this.invert; this.surface.regrey(this.window, this.invert); this.sync(); }
  reset() { this.invert = false; this.usePreset(0); this.surface.fit(); this.sync(); }
  hideAll(hidden) { if (this.surface.hidden !== hidden) { this.surface.hidden = hidden; this.stage.classList.toggle("mv-hiding", hidden); this.surface.draw(); } }

  sync() {
    const tidy = (v) => String(Math.abs(v) < 10 && !Number.isInteger(v) ? Number(v.toFixed(3)) : Math.round(v));
    this.level.value = tidy(this.window.center); this.width.value = tidy(this.window.width);
    this.preset.selectedIndex = this.presets.findIndex((p) => Math.abs(p.center - this.window.center) < 0.51 && Math.abs(p.width - this.window.width) < 0.51);
    this.inverter.setAttribute("aria-pressed", String(this.invert));
  }

  enable(on) {
    for (const control of this.bar.querySelectorAll("button, input, select")) control.disabled = !on;
    this.root.classList.toggle("mv-empty", !on);
    this.intro.hidden = on;
  }

  // The session as the server tells it: images, and the overlays that its findings bring.
  setSession(session) {
    if (session?.id !== this.session?.id) { this.cache.clear(); this.layersOf.clear(); this.settings.clear(); this.facts = null; this.pixels = null; }
    const before = new Set(this.session?.id === session?.id ? (this.session?.images || []).map((i) => i.handle) : []);
    this.session = session;
    const images = session?.images || [];
    const said = JSON.stringify(images.map((i) => [session.id, i.handle, i.kind]));
    if (said !== this.tabsSaid) this.tabs.replaceChildren(...images.map((i) => button(el("span", {}, el("b", {}, i.handle), ` ${i.kind}`), () => this.open(i.handle), { "data-handle": i.handle, "aria-pressed": "false" })));
    this.tabsSaid = said;
    this.tabs.hidden = images.length === 0;
    this.bringLayers();
    const news = images.filter((i) => !before.has(i.handle));
    if (!images.length) { this.facts = null; this.pixels = null; this.surface.clear(); this.enable(false); this.corners(); this.listOverlays(); }
    else if (news.length) this.open((before.size ? news[0] : news[news.length - 1]).handle);
    else { this.facts = images.find((i) => i.handle === this.facts?.handle) || images[0]; this.useLayers(); this.corners(); }
    this.markTab();
  }

  async open(handle) {
    const facts = this.session?.images.find((i) => i.handle === handle), { session } = this;
    if (!facts) return;
    if (this.facts && this.pixels) this.settings.set(this.facts.handle, { window: this.window, invert: this.invert });
    this.facts = facts; this.markTab(); this.enable(true);
    if (!this.cache.has(handle)) { this.say(words.loading); this.cache.set(handle, api.pixels(session.id, handle).then((p) => Object.assign(p, rangeOf(p.data)))); }
    let pixels;
    try { pixels = await this.cache.get(handle); } catch { this.cache.delete(handle); if (this.facts === facts) this.say(words.loadFailed); return; }
    if (this.session !== session && this.session?.id !== session.id) return;
    if (this.facts?.handle !== handle) return;
    this.say("");
    this.pixels = pixels;
    this.presets = presetsFor(pixels, facts);
    this.preset.replaceChildren(...this.presets.map((p) => el("option", {}, p.title)));
    const kept = this.settings.get(handle);
    this.window = kept?.window || { center: this.presets[0].center, width: this.presets[0].width };
    this.invert = kept?.invert || false;
    this.useLayers(); this.surface.show(pixels, this.window, this.invert); this.sync(); this.corners();
    this.onpick(handle);
  }

  step(by) {
    const handles = (this.session?.images || []).map((i) => i.handle);
    if (handles.length) this.open(handles[(handles.indexOf(this.facts?.handle) + by + handles.length) % handles.length]);
  }

  say(text) { this.note.textContent = text; this.note.hidden = !text; }
  markTab() { for (const tab of this.tabs.children) tab.setAttribute("aria-pressed", String(tab.dataset.handle === this.facts?.handle)); }

  bringLayers() {
    const known = this.layersOf;
    const explained = this.session?.last?.tools.includes("explain_finding") ? new Set(this.session.last.findings) : new Set();
    const seen = new Set();
    let n = 0;
    for (const f of this.session?.findings || []) {
      const style = STYLES[n++ % STYLES.length];
      if (f.region && !f.outlined) this.keep(seen, `${f.handle} box`, { finding: f.handle, image: f.image, box: f.region, style, label: `${f.handle} ${f.concept}`, on: true, opacity: 1 }, f);
      for (const e of f.evidence) {
        if (e.kind === "box" && f.region && !f.outlined) continue;
        const heat = e.kind === "saliency", key = `${f.handle} ${e.artifact}`;
        const layer = this.keep(seen, key, { finding: f.handle, image: f.image, artifact: e.artifact, heat, caption: e.caption, ...(heat ? {} : { line: style, around: f.region }), label: `${f.handle} ${heat ? words.saliency : words.overlayKinds[e.kind] || e.kind}`, on: !heat, opacity: heat ? 0.6 : 1 }, f);
        if (heat && explained.has(f.handle) && layer.asked !== this.session.last.number) { layer.asked = this.session.last.number; layer.on = true; }
        this.load(layer);
      }
    }
    for (const key of [...known.keys()]) if (!seen.has(key)) known.delete(key);
  }

  keep(seen, key, layer, finding) {
    seen.add(key);
    const was = this.layersOf.get(key);
    if (was) Object.assign(was, { box: layer.box, label: layer.label });
    const now = was || layer;
    if (finding.review === "rejected" && !now.rejected) now.on = false;
    if (finding.review !== "rejected" && now.rejected && !now.heat) now.on = true;
    now.rejected = finding.review === "rejected";
    this.layersOf.set(key, now);
    return now;
  }

  async load(layer) {
    if (!layer.on || layer.bitmap || layer.loading) return;
    layer.loading = true;
    try { layer.bitmap = await api.picture(this.session.id, layer.artifact); } catch { this.say(words.loadFailed); }
    layer.loading = false;
    this.surface.draw();
  }

  useLayers() {
    this.surface.layers = [...this.layersOf.values()].filter((l) => l.image === this.facts?.handle);
    this.surface.draw();
    this.listOverlays();
  }

  toggleHeat() {
    const heat = this.surface.layers.filter((l) => l.heat), on = !heat.some((l) => l.on);
    for (const layer of heat) { layer.on = on && (!heat.some((l) => this.surface.lit.has(l.finding)) || this.surface.lit.has(layer.finding)); this.load(layer); }
    this.useLayers();
  }

  // What these findings rest on, brought out; one without a region concerns the whole image, which gets a frame.
  light(handles) {
    const findings = (this.session?.findings || []).filter((f) => handles.includes(f.handle)), here = findings.filter((f) => f.image === this.facts?.handle);
    const drawn = (f) => this.surface.layers.some((l) => l.finding === f.handle && l.on && (l.box || l.artifact));
    this.surface.lit = new Set(handles);
    this.surface.frame = here.filter((f) => !drawn(f)).map((f) => words.wholeImage(`${f.handle} ${f.concept}`)).join("; ");
    this.stage.dataset.lit = here.map((f) => f.handle).join(" ");
    this.surface.draw();
    for (const row of this.overlays.querySelectorAll("[data-finding]")) row.classList.toggle("mv-lit", handles.includes(row.dataset.finding));
    for (const tab of this.tabs.children) tab.classList.toggle("mv-tab-lit", findings.some((f) => f.image === tab.dataset.handle));
  }

  listOverlays() {
    const layers = this.surface?.layers || [];
    const said = layers.length ? JSON.stringify([this.session?.id, this.facts?.handle, layers.map((l) => [l.label, l.on, l.finding])]) : "";
    if (said === this.overlaysSaid) return;
    this.overlaysSaid = said;
    const kept = document.activeElement?.dataset?.key;
    this.overlays.replaceChildren(el("span", { class: "mv-quiet" }, words.overlays), ...layers.map((layer, i) => this.overlayRow(layer, i)),
      layers.length ? el("span", { class: "mv-quiet mv-hint" }, words.holdHide) : el("span", { class: "mv-quiet" }, words.noOverlays));
    if (kept) this.overlays.querySelector(`[data-key="${CSS.escape(kept)}"]`)?.focus();
  }

  overlayRow(layer, i) {
    const box = el("input", { type: "checkbox", id: `mv-layer-${i}`, "data-key": `on ${layer.label}`, onchange: () => { layer.on = box.checked; this.overlaysSaid = null; this.load(layer); this.surface.draw(); } });
    box.checked = layer.on;
    const fade = el("input", { type: "range", min: "0", max: "100", value: String(Math.round(layer.opacity * 100)), "data-key": `fade ${layer.label}`, "aria-label": words.opacity(layer.label), oninput: () => { layer.opacity = Number(fade.value) / 100; this.surface.draw(); } });
    const swatch = el("span", { class: "mv-swatch", "aria-hidden": "true" });
    const line = layer.style || layer.line;
    swatch.style.borderTop = line ? `3px ${line.dash.length ? (line.dash[0] < 5 ? "dotted" : "dashed") : "solid"} ${line.colour}` : "none";
    if (!line) swatch.classList.add("mv-heat");
    return el("span", { class: "mv-layer", "data-finding": layer.finding }, box, swatch, el("label", { for: box.id }, layer.label), fade);
  }

  probe(event) {
    if (!this.pixels) return;
    const { x, y } = this.surface.at(event.clientX, event.clientY), c = Math.floor(x), r = Math.floor(y), { rows, columns, channels, data } = this.pixels;
    if (c < 0 || r < 0 || c >= columns || r >= rows) { this.corner.se.textContent = ""; return; }
    const value = channels === 1 ? Number(data[r * columns + c].toFixed?.(3) ?? data[r * columns + c]) : [0, 1, 2].map((k) => data[(r * columns + c) * 3 + k]).join(" ");
    this.corner.se.textContent = `x ${c}  y ${r}   ${value} ${channels === 3 ? "RGB" : unitName(this.facts.unit)}`.trimEnd();
  }

  corners() {
    const f = this.facts;
    for (const [side, node] of Object.entries(this.letters)) node.textContent = f?.orientation?.[side] || "";
    for (const node of Object.values(this.corner)) node.textContent = "";
    if (!f) { this.describe(); return; }
    const depth = f.channels === 3 ? "RGB" : words.bits(f.bits_stored);
    this.corner.nw.replaceChildren(el("b", {}, f.handle), ` ${f.kind}`, el("br"), `${f.modality === "OT" ? "" : `${f.modality}  `}${f.size_rc[1]} × ${f.size_rc[0]}  ${depth}`);
    const spacing = f.spacing ? words.perPixel(f.spacing.column_mm.toPrecision(3), f.spacing.row_mm.toPrecision(3), f.spacing.source) : words.noSpacing;
    this.corner.sw.replaceChildren(...(f.orientation ? [] : [el("span", { class: "mv-warn" }, words.orientationUnknown), el("br")]), spacing);
    this.describe();
  }

  describe() {
    const f = this.facts;
    const heat = this.surface && !this.surface.hidden && this.surface.layers.find((l) => l.heat && l.on);
    this.caption.hidden = !heat;
    if (heat) this.caption.textContent = `${heat.label}: ${heat.caption}`;
    if (!f || !this.pixels) { this.canvas.setAttribute("aria-label", f ? words.loading : words.canvasEmpty); return; }
    const zoom = `${Math.round((this.surface.scale / this.surface.ratio) * 100)} %`, unit = unitName(f.unit);
    const level = `W ${this.width.value} L ${this.level.value}${unit ? ` ${unit}` : ""}`;
    this.corner.ne.replaceChildren(level, el("br"), `${zoom}${this.invert ? `  ${words.inverted}` : ""}`);
    const shown = this.surface.hidden ? [] : this.surface.layers.filter((l) => l.on).map((l) => l.label);
    const where = f.orientation ? words.edges(f.orientation.left || "?", f.orientation.top || "?") : words.orientationUnknown;
    const findings = this.session.findings.filter((x) => x.image === f.handle).map((x) => x.alt);
    const text = words.describe({ handle: f.handle, kind: f.kind, columns: f.size_rc[1], rows: f.size_rc[0], width: this.width.value, level: this.level.value, unit: unit ? ` ${unit}` : "", inverted: this.invert, zoom, where, findings: findings.join(", "), overlays: shown.join(", ") });
    if (this.canvas.getAttribute("aria-label") !== text) this.canvas.setAttribute("aria-label", text);
  }
}
