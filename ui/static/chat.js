// The bridge to Gradio's chat: what was signalled, and what shall be said.
import { echo } from "./dom.js";
import { Follow } from "./follow.js";
import { outbox } from "./outbox.js";
import { words } from "./words.js";

const random = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, "0")).join("");

export class Chat {
  constructor({ row, onsignal, onhandle, onmend }) {
    this.row = row; this.onsignal = onsignal; this.onhandle = onhandle; this.onmend = onmend;
    this.session = ""; this.running = false; this.client = random(); this.limit = Infinity;
    this.follow = new Follow();
    outbox.onsent = (said) => this.emptied(said);
    this.ready = this.attach();
    document.addEventListener("keydown", (event) => this.beforeEnter(event), true);
    document.addEventListener("click", (event) => this.beforeClick(event), true);
    document.addEventListener("change", (event) => this.beforeFiles(event), true);
    document.addEventListener("drop", (event) => this.beforeFiles(event), true);
    addEventListener("pagehide", () => this.draft());
  }

  async attach() {
    const [line, signal] = await Promise.all(["#mv-line textarea", "#mv-signal", "#mv-state textarea", "#mv-order textarea"].map(found));
    document.getElementById("mv-line").before(this.row);
    line.setAttribute("aria-label", words.messageLine);
    this.undraft();
    new MutationObserver(() => this.mend()).observe(document.querySelector("gradio-app"), { subtree: true, childList: true });
    this.mend();
    new MutationObserver(() => this.read()).observe(signal.parentElement, { subtree: true, childList: true, characterData: true });
    this.read();
    this.tell();
  }

  // What Gradio leaves undone: the arrow of a folded step has no name and is a button in a button; the preview of an
  // upload would come from Gradio's file route, which is closed here, so it is drawn from the reader's own file.
  mend() {
    this.onmend();
    this.follow.look();
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
    const [text, id, state, word, client] = /mv (\S+) (running|idle) [0-9a-f]{8}(?: (has|back) ([0-9a-f]+))?/.exec(document.getElementById("mv-signal")?.textContent || "") || [];
    if (!text || text === this.last) return;
    this.last = text;
    this.session = id === "none" ? "" : id;
    this.running = state === "running";
    if (!this.running) this.client = random();
    this.tell();
    const settled = word && outbox.settle(client);
    if (settled && word === "back") setTimeout(() => this.takeBack(settled.text), 300);
    if (!this.restored) { this.restored = true; this.resend(); }
    this.onsignal(this.session, this.running);
  }

  // What was on its way when the page was left: sent again, or laid back into the line where it is old.
  resend() {
    const wish = outbox.get();
    if (!wish) return;
    if (outbox.isFresh(wish)) { this.order({ ...wish, again: "yes" }); return; }
    outbox.drop();
    this.takeBack(wish.text);
  }

  // The server has the line's message: what was typed after it stays, and so do files that came after it.
  emptied({ text, files }) {
    const line = document.querySelector("#mv-line textarea");
    if (line?.value.startsWith(text)) write("#mv-line", line.value.slice(text.length));
    this.unpick(files.length);
  }
  unpick(count) {
    if (!count) return;
    document.querySelector("#mv-line .thumbnail-item .delete-button")?.click();
    setTimeout(() => this.unpick(count - 1));
  }

  takeBack(text) { const line = document.querySelector("#mv-line textarea"); if (text && line && !line.value) write("#mv-line", text); }

  // Before Gradio sends the line: its words and files are safe in this tab until the server has the turn.
  keep() {
    const text = document.querySelector("#mv-line textarea")?.value.trim() || "", count = document.querySelectorAll("#mv-line .thumbnail-item").length;
    if (!text && !count) return;
    outbox.keep({ do: "say", text, files: JSON.stringify(outbox.files(count)), session: this.session, client: this.client });
  }
  wish(what) { const wish = { ...what, session: this.session, client: this.client }; outbox.keep(wish); this.order(wish); }

  // The hidden line from which Gradio's handler learns the session, and the id that makes a double send run once.
  tell() { write("#mv-state", JSON.stringify({ session: this.session, client: this.client })); }
  order(wish) { write("#mv-order", JSON.stringify({ session: this.session, nonce: random(), ...wish })); }
  open(session) { this.order({ do: "open", session }); }
  sample(name) { if (!this.running) this.wish({ do: "sample", sample: name }); }
  say(text, replaces = 0) { if (!this.running) this.wish({ do: "say", text, ...(replaces ? { replaces: String(replaces) } : {}) }); }
  focus() { document.querySelector("#mv-line textarea")?.focus(); }

  beforeEnter(event) {
    if (event.key !== "Enter" || event.shiftKey || !event.target.closest?.("#mv-line")) return;
    if (event.isComposing || event.keyCode === 229 || (this.running && event.target.matches("textarea"))) { event.stopImmediatePropagation(); if (!event.isComposing) event.preventDefault(); return; }
    if (!this.running && event.target.matches("textarea")) this.keep();
  }

  beforeClick(event) {
    const link = event.target.closest?.("#mv-chat a[href]");
    if (link) {
      const [, target] = link.getAttribute("href").split("#"), named = event.target.closest("strong")?.textContent;
      const handle = target?.split(",").includes(named) ? named : target?.split(",")[0];
      event.preventDefault();
      event.stopPropagation();
      if (handle) this.onhandle(handle);
    }
    if (!event.target.closest?.("#mv-line .submit-button")) return;
    if (this.running) { event.preventDefault(); event.stopImmediatePropagation(); } else this.keep();
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

  // Files dropped on the viewer go the same way as those dropped on the message line.
  async files(list) {
    const input = await found("#mv-line input[type=file]"), carry = new DataTransfer();
    for (const file of list) carry.items.add(file);
    input.files = carry.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    this.focus();
  }

  pick() { document.querySelector("#mv-line input[type=file]")?.click(); }

  // What was typed and not sent waits in this tab alone until the page is there again.
  draft() {
    const text = document.querySelector("#mv-line textarea")?.value || "";
    if (text.trim() && text.trim() === outbox.get()?.text) return;
    sessionStorage.setItem("mv-draft", text);
  }
  get hasFiles() { return document.querySelector("#mv-line .thumbnail-item") !== null; }
  undraft() {
    const kept = sessionStorage.getItem("mv-draft");
    sessionStorage.removeItem("mv-draft");
    if (kept) write("#mv-line", kept);
  }
}

function write(selector, text) {
  const field = document.querySelector(`${selector} textarea`) || document.querySelector(`${selector} input`);
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
