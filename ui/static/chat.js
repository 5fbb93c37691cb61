// The bridge to Gradio's chat: what was signalled, what shall be said, and the row of suggestions between both.
import { api } from "./api.js";
import { ask } from "./dialog.js";
import { button, echo, el } from "./dom.js";
import { words } from "./words.js";

const random = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, "0")).join("");

export class Chat {
  constructor({ onsignal, onhandle, onlight, buttons }) {
    this.onsignal = onsignal; this.onhandle = onhandle; this.onlight = onlight; this.buttons = buttons;
    this.session = ""; this.running = false; this.client = random(); this.limit = Infinity;
    this.row = el("div", { id: "mv-chips", role: "group", "aria-label": words.suggestions });
    this.ready = this.attach();
    document.addEventListener("keydown", (event) => this.beforeEnter(event), true);
    document.addEventListener("click", (event) => this.beforeClick(event), true);
    document.addEventListener("change", (event) => this.beforeFiles(event), true);
    document.addEventListener("drop", (event) => this.beforeFiles(event), true);
    document.addEventListener("pointerover", (event) => this.hover(event));
    document.addEventListener("focusin", (event) => this.hover(event));
  }

  async attach() {
    const [line, signal] = await Promise.all(["#mv-line textarea", "#mv-signal", "#mv-state textarea", "#mv-order textarea"].map(found));
    document.getElementById("mv-line").before(this.row);
    line.setAttribute("aria-label", words.chat);
    new MutationObserver(() => this.mend()).observe(document.querySelector("gradio-app"), { subtree: true, childList: true });
    this.mend();
    new MutationObserver(() => this.read()).observe(signal.parentElement, { subtree: true, childList: true, characterData: true });
    this.read();
    this.tell();
  }

  // What Gradio leaves undone: the arrow of a folded step has no name and is a button in a button; the preview of an
  // upload would come from Gradio's file route, which is closed here, so it is drawn from the reader's own file.
  mend() {
    for (const arrow of document.querySelectorAll("#mv-chat .thought-group .arrow button:not([disabled])")) { arrow.disabled = true; arrow.setAttribute("aria-hidden", "true"); }
    for (const fold of document.querySelectorAll("#mv-chat .thought-group [role=button]")) { const open = String(Boolean(fold.parentElement.querySelector(".content"))); if (fold.getAttribute("aria-expanded") !== open) fold.setAttribute("aria-expanded", open); }
    const items = document.querySelectorAll("#mv-line .thumbnail-item");
    if (!items.length) this.chosen = this.chosen?.filter((c) => performance.now() - c.at < 20000) || [];
    items.forEach((item, i) => {
      const picture = item.querySelector("img"), chosen = this.chosen?.[this.chosen.length - items.length + i];
      if (!picture || !chosen || picture.src.startsWith("blob:")) return;
      chosen.url ||= URL.createObjectURL(chosen.file);
      picture.src = chosen.url;
      picture.alt = "";
    });
  }

  read() {
    const [text, id, state] = /mv (\S+) (running|idle) [0-9a-f]{8}/.exec(document.getElementById("mv-signal")?.textContent || "") || [];
    if (!text || text === this.last) return;
    this.last = text;
    this.session = id === "none" ? "" : id;
    this.running = state === "running";
    if (!this.running) this.client = random();
    this.tell();
    this.onsignal(this.session, this.running);
  }

  // The hidden line from which Gradio's handler learns the session, and the id that makes a double send run once.
  tell() { write("#mv-state", JSON.stringify({ session: this.session, client: this.client })); }
  order(wish) { write("#mv-order", JSON.stringify({ session: this.session, nonce: random(), ...wish })); }
  open(session) { this.order({ do: "open", session }); }
  sample(name) { if (!this.running) this.order({ do: "sample", sample: name }); }
  say(text) { if (this.running) return; this.order({ do: "say", text, client: this.client }); }
  focus() { document.querySelector("#mv-line textarea")?.focus(); }

  beforeEnter(event) {
    if (event.key !== "Enter" || event.shiftKey || !event.target.closest?.("#mv-line")) return;
    if (event.isComposing || event.keyCode === 229 || (this.running && event.target.matches("textarea"))) { event.stopImmediatePropagation(); if (!event.isComposing) event.preventDefault(); }
  }

  beforeClick(event) {
    const link = event.target.closest?.("#mv-chat a[href]");
    if (link) {
      const handle = link.getAttribute("href").split("#")[1];
      event.preventDefault();
      event.stopPropagation();
      if (handle) this.onhandle(handle);
    }
    if (this.running && event.target.closest?.("#mv-line .submit-button")) { event.preventDefault(); event.stopImmediatePropagation(); }
  }

  // Too large a file is told before it travels; the server refuses it as well.
  beforeFiles(event) {
    const files = event.dataTransfer?.files || (event.target.closest?.("#mv-line") && event.target.files) || [];
    this.chosen = [...(this.chosen || []), ...[...files].map((file) => ({ file, at: performance.now() }))];
    const large = [...files].find((f) => f.size > this.limit);
    if (!large) return;
    event.preventDefault(); event.stopImmediatePropagation();
    if (event.target.value) event.target.value = "";
    echo(words.tooLarge(large.name, Math.max(1, Math.floor(this.limit / 2 ** 20))));
  }

  hover(event) {
    const link = event.target.closest?.("#mv-chat a[href]");
    const handle = link?.getAttribute("href").split("#")[1];
    if (handle && handle !== this.over) this.onlight(handle);
    this.over = handle;
  }

  // Files dropped on the viewer go the same way as those dropped on the message line.
  async files(list) {
    const input = await found("#mv-line input[type=file]"), carry = new DataTransfer();
    for (const file of list) carry.items.add(file);
    input.files = carry.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    this.focus();
  }

  pick() { document.querySelector("#mv-line input[type=file]")?.click(); }

  setSession(session) {
    const last = session?.last, chips = [];
    const key = JSON.stringify([this.running, session?.id, last, session?.findings.map((f) => f.review)]);
    if (key === this.shown) return;
    this.shown = key;
    if (this.running) chips.push(button(words.stop, () => { api.stop(this.session).then(() => echo(words.stopping), (error) => echo(error.message)); }, { class: "mv-stop" }), el("span", { class: "mv-quiet mv-working" }, words.working));
    else if (last) {
      for (const name of last.buttons) { const made = this.buttons(name); if (made) chips.push(button(made.label, made.run, { class: "mv-primary" })); }
      chips.push(...last.chips.map((text) => button(text, () => this.say(text), { class: "mv-chip" })));
      if (last.reply) chips.push(button(words.copyAnswer, () => navigator.clipboard.writeText(last.reply).then(() => echo(words.answerCopied), () => echo(words.noClipboard)), { class: "mv-plain" }));
      if (last.user) chips.push(button(words.retry, () => this.say(last.user), { class: "mv-plain" }));
      chips.push(button(words.flag, () => this.flag(session.id, last.number), { class: "mv-plain" }));
    }
    this.row.replaceChildren(...chips);
  }

  async flag(session, turn) {
    const note = await ask({ title: words.flagTitle, text: words.flagText, field: words.flagField, long: true, ok: words.flagOk });
    if (note === null) return;
    try { await api.flag(session, turn, note); echo(words.flagged); } catch (error) { echo(error.message); }
  }
}

function write(selector, text) {
  const field = document.querySelector(`${selector} textarea, ${selector} input`);
  if (!field) return;
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

function found(selector) {
  return new Promise((resolve) => {
    const look = () => document.querySelector(selector);
    if (look()) { resolve(look()); return; }
    const watch = new MutationObserver(() => { if (look()) { watch.disconnect(); resolve(look()); } });
    watch.observe(document.body, { childList: true, subtree: true });
  });
}
