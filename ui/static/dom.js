// Small helpers to build elements; text is always set as text.
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((c) => c !== null && c !== undefined && c !== false));
  return node;
}

export const button = (label, onclick, attributes = {}) => el("button", { type: "button", onclick, ...attributes }, label);

export function isTyping(target) {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("textarea, select, input:not([type=checkbox],[type=range],[type=radio])"));
}

let statusTimer = 0;
export function echo(text, action = null) {
  const bar = document.getElementById("mv-echo");
  bar.replaceChildren(el("span", {}, text));
  if (action) bar.append(button(action.label, () => { bar.hidden = true; action.run(); }));
  bar.hidden = false;
  clearTimeout(statusTimer);
  statusTimer = setTimeout(() => { bar.hidden = true; }, action ? 12000 : 6000);
}
