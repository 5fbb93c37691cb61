// Sentences and what they rest on: each sentence of an answer that rests on findings is a link, `#F1` or `#F1,F2`.
// Pointing at one or focusing it lights its findings on the image; focusing a finding lights its sentences.
import { language } from "./words.js";

const TARGET = /#((?:F\d+)(?:,F\d+)*)$/;
const VIETNAMESE = /[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệịỉĩọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]/i;

export const handlesOf = (link) => TARGET.exec(link?.getAttribute("href") || "")?.[1].split(",") || [];

export class Sentences {
  constructor({ onpoint, onfocus, onleave }) {
    this.lit = new Set();
    this.read = new WeakMap();
    const at = (event) => event.target.closest?.("#mv-chat a[href]");
    const enter = (tell) => (event) => { const handles = handlesOf(at(event)); if (handles.length) tell(handles); };
    const leave = (event) => { if (handlesOf(at(event)).length && !at(event).contains(event.relatedTarget)) onleave(); };
    document.addEventListener("pointerover", enter(onpoint));
    document.addEventListener("pointerout", leave);
    document.addEventListener("focusin", enter(onfocus));
    document.addEventListener("focusout", leave);
  }

  light(handles) {
    this.lit = new Set(handles);
    this.mend();
  }

  // Gradio draws an answer anew while it streams, so this runs after each change of it.
  mend() {
    for (const link of document.querySelectorAll("#mv-chat a[href]")) {
      const handles = handlesOf(link);
      if (!handles.length) { if (link.hash.startsWith("#turn-")) link.classList.add("mv-behind"); continue; }
      link.classList.add("mv-sentence");
      link.draggable = false;
      link.classList.toggle("mv-lit", handles.some((h) => this.lit.has(h)));
    }
    for (const message of document.querySelectorAll("#mv-chat .message-content")) this.speak(message);
  }

  // A reply follows the question's language, which need not be the page's.
  speak(message) {
    const { length } = message.textContent;
    if (this.read.get(message) === length) return;
    this.read.set(message, length);
    const spoken = VIETNAMESE.test(message.textContent) ? "vi" : "en";
    if (spoken !== language) message.lang = spoken; else message.removeAttribute("lang");
  }
}
