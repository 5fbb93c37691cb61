// What stands in the viewer before an image is open: what is read, what is refused, samples, one button a task.
import { button, el } from "./dom.js";
import { words } from "./words.js";

export function fillIntro(node, intro, { pick, sample, task }) {
  const list = (items) => items.join("; ");
  node.replaceChildren(
    el("h2", {}, words.introTitle),
    el("p", { class: "mv-drop" }, `${words.introDrop} `, button(words.introPick, pick, { class: "mv-link" })),
    el("p", { class: "mv-quiet" }, words.introFormats(intro.limit_mb)),
    intro.samples.length ? el("div", { class: "mv-samples" }, el("h3", {}, words.introSamples), ...intro.samples.map((s) => {
      const b = button("", () => sample(s.name), { class: "mv-sample", title: s.credit });
      b.append(el("b", {}, s.title), el("span", {}, s.refused ? `${s.what} · ${words.willRefuse}` : s.what));
      return b;
    })) : "",
    intro.tasks.length ? el("div", { class: "mv-tasks" }, el("h3", {}, words.introTasks), ...intro.tasks.map((t) => {
      const b = button("", () => task(t), { class: "mv-task" });
      b.append(el("b", {}, t.say), el("span", {}, `${t.title}: ${words.looksFor} ${t.looks_for}${t.not_looked_for ? `; ${words.notFor} ${t.not_looked_for}` : ""}`));
      return b;
    })) : el("p", {}, words.nothingInstalled),
    el("dl", { class: "mv-facts" }, el("dt", {}, words.introReads), el("dd", {}, list(intro.reads) || "–"), el("dt", {}, words.introRefuses), el("dd", {}, list([...intro.refuses, words.introOther]))));
}
