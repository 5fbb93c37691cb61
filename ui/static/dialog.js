// One modal dialog at a time, on the browser's own <dialog>: focus is kept inside and goes back where it came from.
import { button, el } from "./dom.js";
import { words } from "./words.js";

export function ask({ title, text = "", field = null, value = "", long = false, required = false, ok = words.save, danger = false }) {
  return new Promise((resolve) => {
    const input = field && (long ? el("textarea", { id: "mv-ask", rows: 4 }) : el("input", { id: "mv-ask", type: "text", autocomplete: "off" }));
    if (input) { input.value = value; if (required) input.required = true; }
    let answer = null;
    const form = el("form", { method: "dialog", onsubmit: (event) => { event.preventDefault(); answer = input ? input.value.trim() : true; dialog.close(); } },
      el("h2", { id: "mv-ask-title" }, title),
      ...[text].flat().filter(Boolean).map((line) => el("p", {}, line)),
      input && el("label", { for: "mv-ask" }, field),
      input,
      el("div", { class: "mv-row mv-end" }, button(words.cancel, () => dialog.close()), el("button", { type: "submit", class: danger ? "mv-danger" : "mv-primary" }, ok)));
    const dialog = open(form, "mv-ask-title", () => resolve(answer));
    if (input) {
      input.focus();
      input.addEventListener("keydown", (event) => { if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229 && long) { event.preventDefault(); form.requestSubmit(); } });
    }
  });
}

export function showShortcuts() {
  const groups = words.shortcuts.map(([name, rows]) => el("section", {}, el("h3", {}, name),
    el("dl", {}, ...rows.flatMap(([keys, what]) => [el("dt", {}, el("kbd", {}, keys)), el("dd", {}, what)]))));
  const dialog = open(el("div", {},
    el("h2", { id: "mv-keys-title" }, words.shortcutsTitle), el("div", { class: "mv-keys" }, ...groups), el("p", {}, words.shortcutsRest),
    el("div", { class: "mv-row mv-end" }, button(words.close, () => dialog.close()))), "mv-keys-title");
}

export function open(content, labelledby, onclose = () => {}) {
  const before = document.activeElement;
  const dialog = el("dialog", { class: "mv-dialog", "aria-labelledby": labelledby }, content);
  dialog.addEventListener("close", () => { dialog.remove(); before?.focus?.(); onclose(); });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

export const isOpen = () => document.querySelector("dialog[open]") !== null;
