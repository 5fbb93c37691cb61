// A picture that answers a request (an enhanced copy, two images side by side): over the stage until it is closed.
import { button, el } from "./dom.js";
import { words } from "./words.js";

export class Beside {
  constructor(stage) {
    this.image = el("img", { alt: "" });
    this.caption = el("figcaption", {});
    this.root = el("figure", { id: "mv-beside", hidden: true }, this.image, this.caption, button(words.close, () => { this.root.hidden = true; }));
    stage.append(this.root);
  }

  // Of the last answer alone: the next answer takes it away.
  setSession(session) {
    const shown = session?.last?.pictures.at(-1);
    const key = shown ? `${session.id} ${session.last.number} ${shown.artifact}` : "";
    if (key === this.key) return;
    this.key = key;
    this.root.hidden = !shown;
    if (!shown) { this.image.removeAttribute("src"); return; }
    this.image.src = `/mv/api/sessions/${encodeURIComponent(session.id)}/artifacts/${encodeURIComponent(shown.artifact)}`;
    this.image.alt = shown.caption;
    this.caption.textContent = shown.caption;
  }
}
