// The list of this browser's sessions: open, name, delete.
import { api } from "./api.js";
import { ask } from "./dialog.js";
import { button, echo, el } from "./dom.js";
import { words } from "./words.js";

export class Sessions {
  constructor({ onopen, onchange }) {
    this.onopen = onopen; this.onchange = onchange; this.current = "";
    this.list = el("ul", {});
    this.root = el("nav", { id: "mv-sessions", "aria-label": words.sessions },
      el("div", { class: "mv-head" }, el("h2", {}, words.sessions)),
      button(words.newSession, () => onopen(""), { class: "mv-new" }), this.list);
  }

  async refresh(current = this.current) {
    this.current = current;
    let rows;
    try { rows = await api.sessions(); } catch (error) { echo(error.message); return; }
    const said = JSON.stringify([this.current, rows]);
    if (said === this.said) return;
    this.said = said;
    this.list.replaceChildren(...(rows.length ? rows.map((r) => this.row(r)) : [el("li", { class: "mv-quiet mv-pad" }, words.noSessions)]));
  }

  row(r) {
    const when = new Date(r.created).toLocaleString(undefined, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });
    const open = button("", () => this.onopen(r.id), { class: "mv-open", "aria-current": r.id === this.current ? "page" : null });
    open.append(el("span", { class: "mv-title" }, r.title), el("span", { class: "mv-quiet" }, `${when} · ${words.images(r.images)}${r.signed ? ` · ${words.signed}` : ""}`));
    return el("li", {}, open, el("span", { class: "mv-row-acts" },
      button("✎", () => this.rename(r), { "aria-label": `${words.rename} ${r.title}`, title: words.rename }),
      button("×", () => this.remove(r), { "aria-label": `${words.remove} ${r.title}`, title: words.remove })));
  }

  async rename(r) {
    const label = await ask({ title: words.renameTitle, text: words.renameText, field: words.label, value: r.label });
    if (label === null) return;
    try { await api.rename(r.id, label); await this.refresh(); await this.onchange(r.id); } catch (error) { echo(error.message); }
  }

  async remove(r) {
    if (!(await ask({ title: words.removeTitle, text: words.removeText, ok: words.remove, danger: true }))) return;
    try { await api.remove(r.id); if (r.id === this.current) this.onopen(""); await this.refresh(); } catch (error) { echo(error.message); }
  }
}
