// The list of this browser's sessions: find, open, name, delete. A title is put together from label, kinds and day.
import { api } from "./api.js";
import { ask } from "./dialog.js";
import { button, echo, el } from "./dom.js";
import { words } from "./words.js";

export function titleOf(session) {
  const day = new Date(session.created).toLocaleDateString(words.locale, words.day);
  return [session.label, session.kinds.join(", ") || words.noImageYet, day].filter(Boolean).join(" · ");
}

const flat = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/g, "d").replace(/Đ/g, "D").toLowerCase();

export class Sessions {
  constructor({ onopen, onchange }) {
    this.onopen = onopen; this.onchange = onchange; this.current = ""; this.rows = [];
    this.list = el("ul", {});
    this.field = el("input", { type: "search", id: "mv-search", "aria-label": words.searchSessions, placeholder: words.searchSessions, autocomplete: "off", oninput: () => this.show(),
      onkeydown: (event) => { if (event.key === "Escape" && !event.isComposing) { this.field.value = ""; this.show(); this.field.blur(); } } });
    this.root = el("nav", { id: "mv-sessions", "aria-label": words.sessions },
      el("div", { class: "mv-head" }, el("h2", {}, words.sessions)),
      button(words.newSession, () => onopen(""), { class: "mv-new" }), this.field, this.list);
  }

  async refresh(current = this.current) {
    this.current = current;
    try { this.rows = await api.sessions(); } catch (error) { echo(error.message); return; }
    this.show();
  }

  show() {
    const wanted = flat(this.field.value).split(/\s+/).filter(Boolean);
    const found = this.rows.filter((r) => { const title = flat(`${titleOf(r)} ${r.created.slice(0, 10)}`); return wanted.every((w) => title.includes(w)); });
    const said = JSON.stringify([this.current, found, wanted.length > 0]);
    if (said === this.said) return;
    this.said = said;
    this.list.replaceChildren(...(found.length ? found.map((r) => this.row(r)) : [el("li", { class: "mv-quiet mv-pad" }, wanted.length ? words.noneFound : words.noSessions)]));
  }

  focus() { this.field.focus(); this.field.select(); }

  row(r) {
    const title = titleOf(r), time = new Date(r.created).toLocaleTimeString(words.locale, { hour: "2-digit", minute: "2-digit" });
    const open = button("", () => this.onopen(r.id), { class: "mv-open", title, "aria-current": r.id === this.current ? "page" : null });
    open.append(el("span", { class: "mv-title" }, title), el("span", { class: "mv-quiet" }, `${time} · ${words.images(r.images)}${r.signed ? ` · ${words.signed}` : ""}`));
    return el("li", {}, open, el("span", { class: "mv-row-acts" },
      button("✎", () => this.rename(r), { "aria-label": `${words.rename} ${title}`, title: words.rename }),
      button("×", () => this.remove(r), { "aria-label": `${words.remove} ${title}`, title: words.remove })));
  }

  async rename(r) {
    const label = await ask({ title: words.renameTitle, text: words.renameText, field: words.label, value: r.label });
    if (label === null) return;
    try { await api.rename(r.id, label); await this.refresh(); await this.onchange(r.id); } catch (error) { echo(error.message); }
  }

  // Says what goes and what stays, before anything goes.
  async remove({ id }) {
    const r = this.rows.find((row) => row.id === id);
    if (!r) return;
    try {
      const held = await api.contents(id);
      const text = [words.removeText(held), held.shared ? words.removeShared(held.shared) : "", words.removeAudit].filter(Boolean);
      if (!(await ask({ title: words.removeTitle(titleOf(r)), text, ok: words.remove, danger: true }))) return;
      await api.remove(id);
      if (id === this.current) this.onopen("");
      await this.refresh();
    } catch (error) { echo(error.message); }
  }
}
