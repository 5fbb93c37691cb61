// The findings panel: what was observed, how sure, and what the reader decides. j/k moves, a/r/e/u acts.
import { api } from "./api.js";
import { ask } from "./dialog.js";
import { button, echo, el } from "./dom.js";
import { words } from "./words.js";

export const percent = (p) => `${p > 0.99 ? ">99" : p < 0.01 ? "<1" : Math.round(p * 100)} %`;

// Presence stands before its concept in Vietnamese, behind it in English.
const inOrder = (concept, presence) => (words.presenceFirst ? [presence, concept] : [concept, presence]);

export class Findings {
  constructor({ onfocus, onpoint, onchange }) {
    this.onfocus = onfocus; this.onpoint = onpoint; this.onchange = onchange;
    this.session = null; this.active = null;
    this.list = el("ol", { id: "mv-finding-list", "aria-label": words.findings });
    this.empty = el("p", { class: "mv-quiet mv-pad" }, words.noFindings);
    this.state = el("span", { id: "mv-signed", class: "mv-badge" });
    this.root = el("section", { id: "mv-findings", "aria-label": words.findings }, el("div", { class: "mv-head" }, el("h2", {}, words.findings), this.state), this.empty, this.list);
  }

  setSession(session) {
    const other = session?.id !== this.session?.id;
    this.session = session;
    const findings = session?.findings || [];
    if (other) this.active = null;
    // A row that says the same stays as it is: a press that is under way must not lose its button.
    const rows = new Map([...this.list.children].map((row) => [row.dataset.said, row]));
    const held = this.list.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    const scroll = this.list.scrollTop;
    const next = findings.map((f) => {
      const said = JSON.stringify([session.id, f]), row = rows.get(said) || this.row(f);
      row.dataset.said = said;
      return row;
    });
    if (next.length !== this.list.children.length || next.some((row, i) => row !== this.list.children[i])) this.list.replaceChildren(...next);
    this.list.scrollTop = scroll;
    this.empty.hidden = findings.length > 0;
    if (!findings.some((f) => f.handle === this.active)) this.active = null;
    this.mark();
    if (held) this.list.querySelector(`[data-key="${CSS.escape(held)}"]`)?.focus();
    const signature = session?.signature;
    this.state.hidden = !findings.length && !session?.images?.length;
    this.state.textContent = !signature ? words.unverified : signature.current ? words.signedBy(signature.name) : words.changedSince(signature.name);
    this.state.classList.toggle("mv-ok", Boolean(signature?.current));
  }

  row(f) {
    const h = f.handle, decided = f.review !== "unreviewed", act = (action) => () => this.act(action, h);
    const p = f.probability;
    const bar = p === null ? null : el("div", { class: "mv-prob" },
      el("span", { class: "mv-bar", "aria-hidden": "true" }, this.fill(p)), el("span", {}, el("b", {}, percent(p)), ` ${words.probability} ${f.probability_of}`));
    const fact = (name, value) => value && [el("dt", {}, name), el("dd", {}, value)];
    return el("li", { class: `mv-finding mv-${f.review}`, "data-handle": h, "data-key": h, tabindex: "-1", onclick: () => this.focus(h, false), onpointerenter: () => this.onpoint(h), onpointerleave: () => this.onpoint(null), onfocusin: (event) => { if (event.target.matches(":focus-visible")) this.focus(h, false); } },
      el("div", { class: "mv-row" }, el("b", { class: "mv-handle" }, h), ...inOrder(el("span", { class: "mv-concept" }, f.concept), el("span", { class: `mv-presence mv-${f.presence}` }, words.presence[f.presence])), el("span", { class: "mv-quiet mv-image" }, f.image)),
      bar,
      f.review_text && el("p", { class: "mv-words" }, `“${f.review_text}”`),
      el("div", { class: "mv-row mv-acts" }, el("span", { class: `mv-review mv-r-${f.review}` }, words.review[f.review]),
        this.action("accept", h, act, f.review === "accepted"), this.action("reject", h, act, f.review === "rejected"), this.action("edit", h, act), this.action("undo", h, act, !decided && !f.review_text)),
      // Below the buttons: opening must not move a button away from under the pointer.
      el("dl", { class: "mv-facts" }, ...[fact(words.predictionSet, f.prediction_set), fact(words.size, f.size || words.notMeasured), fact(words.scope, f.scope),
        fact(words.evidence, f.evidence.map((e) => e.method).join(", ") || words.noEvidence), fact(words.by, `${f.model} ${f.model_version} · ${f.weights}`)].filter(Boolean).flat()));
  }

  fill(p) { const node = el("i"); node.style.width = `${Math.max(1, p * 100)}%`; return node; }
  action(name, h, act, off = false) { return button(words[name], act(name), { "aria-label": `${words[name]} ${h}`, "data-key": `${name} ${h}`, disabled: off }); }

  focus(handle, move = true) {
    if (!this.session?.findings.some((f) => f.handle === handle)) return;
    const other = this.active !== handle;
    this.active = handle;
    this.mark();
    const row = this.list.querySelector(`li[data-handle="${CSS.escape(handle)}"]`);
    if (move) { row?.focus({ preventScroll: true }); row?.scrollIntoView({ block: "nearest" }); }
    if (other || move) this.onfocus(this.session.findings.find((f) => f.handle === handle));
  }

  // Rows whose sentence is pointed at; the active one stays the active one.
  light(handles) { for (const row of this.list.children) row.classList.toggle("mv-lit", handles.includes(row.dataset.handle)); }

  mark() {
    for (const row of this.list.children) {
      const on = row.dataset.handle === this.active;
      row.classList.toggle("mv-active", on);
      row.tabIndex = on || (!this.active && row === this.list.firstElementChild) ? 0 : -1;
      if (on) row.setAttribute("aria-current", "true"); else row.removeAttribute("aria-current");
    }
  }

  move(by) {
    const handles = (this.session?.findings || []).map((f) => f.handle);
    if (!handles.length) return;
    const i = handles.indexOf(this.active);
    this.focus(handles[i < 0 ? (by > 0 ? 0 : handles.length - 1) : Math.max(0, Math.min(handles.length - 1, i + by))]);
  }

  async act(action, handle = this.active || this.session?.findings[0]?.handle) {
    const finding = this.session?.findings.find((f) => f.handle === handle), { session } = this;
    if (!finding) return;
    if (action === "undo" && finding.review === "unreviewed" && !finding.review_text) return;
    let text = "";
    if (action === "reject") text = await ask({ title: words.rejectTitle(handle), field: words.rejectField, long: true, ok: words.rejectOk });
    if (action === "edit") text = await ask({ title: words.editTitle(handle), field: words.editField, value: finding.review_text || finding.wording, long: true, required: true, ok: words.editOk });
    if (text === null) return;
    try {
      await api.review(session.id, handle, action, text);
      await this.onchange();
      echo(words.done[action](handle), action === "undo" ? null : { label: words.undo, run: () => this.act("undo", handle) });
    } catch (error) { echo(error.message); }
  }
}
