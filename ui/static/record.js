// Behind the scenes of one answer: how it was understood, what ran, what came of it, what was held back, what left the machine.
import { api } from "./api.js";
import { open } from "./dialog.js";
import { button, echo, el } from "./dom.js";
import { words } from "./words.js";

export async function showRecord(session, number, { flag }) {
  let turn;
  try { turn = await api.record(session, number); } catch (error) { echo(error.message); return; }
  const copy = () => navigator.clipboard.writeText(turn.reply).then(() => echo(words.answerCopied), () => echo(words.noClipboard));
  const dialog = open(el("div", { class: "mv-record" },
    el("h2", { id: "mv-record-title", tabindex: "-1", autofocus: true }, words.behindOf(turn.number)),
    el("dl", { class: "mv-facts" },
      ...fact(words.state, words.status[turn.status] || turn.status), ...fact(words.took, words.seconds(turn.seconds)),
      ...fact(words.phrasedBy, turn.phrased_by === "planner" ? words.planner : turn.phrased_by)),
    part(words.leftMachine, turn.left_machine.length ? turn.left_machine.map((text) => block(text, words.leftMachine)) : el("p", { class: "mv-good" }, words.nothingLeft)),
    part(words.plan, turn.plan.length ? el("ol", { class: "mv-plan" }, ...turn.plan.map((line) => el("li", {}, line))) : el("p", {}, words.noPlan)),
    part(words.toolCalls, turn.calls.length ? turn.calls.map(call) : el("p", {}, words.noTools)),
    part(words.heldBack, turn.held_back.length ? el("ul", { class: "mv-plan" }, ...turn.held_back.map((line) => el("li", {}, line))) : el("p", {}, words.noneHeld)),
    part(words.rawResults, turn.findings === "[]" ? el("p", {}, words.noResults) : block(turn.findings, words.rawResults)),
    el("div", { class: "mv-row mv-end" },
      turn.reply && button(words.copyAnswer, copy), button(words.flag, () => { dialog.close(); flag(session, number); }), button(words.close, () => dialog.close(), { class: "mv-primary" }))), "mv-record-title");
}

const fact = (name, value) => [el("dt", {}, name), el("dd", {}, value)];
const part = (title, content) => el("section", {}, el("h3", {}, title), ...[content].flat());
// A block that scrolls must be reachable by keyboard.
const block = (text, label) => el("pre", { tabindex: "0", role: "region", "aria-label": label }, text);

function call(c) {
  return el("div", { class: "mv-call" },
    el("div", { class: "mv-row" }, el("b", {}, c.name), el("span", { class: c.ok ? "mv-good" : "mv-bad" }, c.ok ? words.callOk : words.callRefused), el("span", { class: "mv-quiet mv-image" }, words.seconds(c.seconds))),
    el("code", {}, JSON.stringify(c.arguments)), c.summary && el("div", { class: "mv-quiet" }, c.summary));
}
