// The row between answers and message line: what can be asked next, and what can be done with the last answer.
import { api } from "./api.js";
import { ask } from "./dialog.js";
import { button, echo, el } from "./dom.js";
import { showRecord } from "./record.js";
import { words } from "./words.js";

export class Acts {
  constructor({ say, sessionButton }) {
    this.say = say; this.sessionButton = sessionButton;
    this.session = null; this.running = false;
    this.offers = el("div", { class: "mv-offers", role: "group", "aria-label": words.suggestions });
    this.own = el("div", { class: "mv-own", role: "group", "aria-label": words.answerActs });
    this.root = el("div", { id: "mv-chips" }, this.offers, this.own);
  }

  // Buttons that say the same stay: one that is being pressed or focused must not be taken away.
  show(session, running) {
    this.session = session; this.running = running;
    const last = session?.last;
    const said = JSON.stringify([running, session?.id, last?.number, last?.status, last?.user, session?.chips, session?.buttons]);
    if (said === this.said) return;
    this.said = said;
    const kept = this.root.contains(document.activeElement) ? document.activeElement.textContent : null;
    if (running) {
      this.offers.replaceChildren(el("span", { class: "mv-quiet mv-working" }, words.working));
      this.own.replaceChildren(button(words.stop, () => this.stop(), { class: "mv-stop" }));
    } else {
      const acts = (session?.buttons || []).map((name) => this.sessionButton(name)).filter(Boolean);
      const chips = session ? session.chips : [words.abilities];
      this.offers.replaceChildren(...acts.map((b) => button(b.label, b.run, { class: "mv-primary" })), ...chips.map((text) => button(text, () => this.say(text), { class: "mv-chip" })));
      this.own.replaceChildren(...(last ? this.ofAnswer(last) : []));
    }
    if (kept) [...this.root.querySelectorAll("button")].find((b) => b.textContent === kept)?.focus();
  }

  ofAnswer(last) {
    const plain = { class: "mv-plain" }, failed = ["failed", "interrupted"].includes(last.status), asked = !last.lost_upload && (last.user || last.images.length);
    return [
      last.reply && button(words.copyAnswer, () => this.copy(), plain),
      asked && button(failed ? words.retry : words.regenerate, () => this.again(), { class: failed ? "mv-primary" : "mv-plain", title: words.regenerateHint }),
      asked && button(words.editQuestion, () => this.edit(), plain),
      button(words.flag, () => this.flag(this.session.id, last.number), plain),
    ].filter(Boolean);
  }

  copy() { navigator.clipboard.writeText(this.session.last.reply).then(() => echo(words.answerCopied), () => echo(words.noClipboard)); }

  again(text = this.session?.last?.user) {
    const last = this.session?.last;
    if (!last || this.running || last.lost_upload || !(text || last.images.length)) return;
    this.say(text, last.number);
  }

  async edit() {
    const last = this.session?.last, { session } = this;
    if (!last || this.running || last.lost_upload || !(last.user || last.images.length)) return;
    const text = await ask({ title: words.editQuestion, text: words.editQuestionText, field: words.editQuestionField, value: last.user, long: true, required: true, ok: words.editQuestionOk });
    if (text && this.session?.id === session.id && this.session.last.number === last.number) this.again(text);
  }

  async stop() {
    if (!this.running || !this.session) return;
    try { await api.stop(this.session.id); echo(words.stopping); } catch (error) { echo(error.message); }
  }

  record(number = this.session?.last?.number) { if (this.session && number) showRecord(this.session.id, number, { flag: (id, turn) => this.flag(id, turn) }); }

  async flag(session, turn) {
    const note = await ask({ title: words.flagTitle, text: words.flagText, field: words.flagField, long: true, ok: words.flagOk });
    if (note === null) return;
    try { await api.flag(session, turn, note); echo(words.flagged); } catch (error) { echo(error.message); }
  }
}
