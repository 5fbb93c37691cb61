// The page: builds the rooms around Gradio's chat and carries news between them. State lives on the server.
import { api } from "./api.js";
import { Acts } from "./acts.js";
import { Beside } from "./beside.js";
import { Chat } from "./chat.js";
import { ask, isOpen, showShortcuts } from "./dialog.js";
import { button, echo, el, isTyping } from "./dom.js";
import { Findings } from "./findings.js";
import { fillIntro } from "./intro.js";
import { Sentences } from "./sentences.js";
import { Sessions, titleOf } from "./sessions.js";
import { Viewer } from "./viewer.js";
import { choose, language, LANGUAGES, words } from "./words.js";

const remembered = (name, value) => { try { if (value === undefined) return localStorage.getItem(name); localStorage.setItem(name, value); } catch { /* private window */ } return null; };

let session = null, current = "", asked = 0;

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  document.body.classList.toggle("dark", theme === "dark");
  themeButton.textContent = theme === "dark" ? words.light : words.dark;
}

const themeButton = button("", () => { const next = document.documentElement.dataset.theme === "dark" ? "light" : "dark"; remembered("mv-theme", next); setTheme(next); }, { class: "mv-theme", "aria-label": words.theme, title: words.theme });
const labelShown = el("span", { id: "mv-label", class: "mv-quiet" });
const reportButtons = [
  button(words.copyReport, () => copyReport()), button(words.pdf, () => download("pdf"), { title: words.exportPdf, "aria-label": words.exportPdf }), button(words.sign, () => sign(), { class: "mv-primary" })];

const viewer = new Viewer(() => light(lit));
const beside = new Beside(viewer.stage);
// Sentences and findings light each other; what is pointed at goes before what is focused.
let lit = [];
function light(handles) { lit = handles; viewer.light(handles); sentences.light(handles); findings.light(handles); }
const resting = () => (findings.active ? [findings.active] : []);
const imageOf = (handle) => session?.findings.find((f) => f.handle === handle)?.image;
const sentences = new Sentences({
  onpoint: light,
  onfocus: (handles) => { const image = imageOf(handles[0]); if (image && image !== viewer.facts?.handle) viewer.open(image); light(handles); },
  onleave: () => light(resting()),
});
const findings = new Findings({
  onfocus: (f) => { if (viewer.facts?.handle !== f.image) viewer.open(f.image); light([f.handle]); },
  onpoint: (handle) => light(handle ? [handle] : resting()),
  onchange: () => { sessions.refresh(current); return refresh(current); },
});
const sessions = new Sessions({ onopen: (id) => chat.open(id), onchange: (id) => (id === current ? refresh(id) : null) });
const acts = new Acts({ say: (text, replaces) => chat.say(text, replaces), sessionButton: (name) => turnButton(name) });
const chat = new Chat({
  row: acts.root,
  onmend: () => sentences.mend(),
  onsignal: (id, running) => signalled(id, running),
  onhandle: (handle) => { if (handle.startsWith("img")) viewer.open(handle); else if (handle.startsWith("turn-")) acts.record(Number(handle.slice(5))); else { tab("findings"); findings.focus(handle); } },
});

const tabs = ["chat", "findings"].map((name) => button({ chat: words.chat, findings: words.findingsTab }[name], () => tab(name), { "data-tab": name, "aria-pressed": "false" }));
function tab(name) { document.body.dataset.tab = name; for (const b of tabs) b.setAttribute("aria-pressed", String(b.dataset.tab === name)); }

function foldSessions(fold = document.body.dataset.fold !== "yes") {
  document.body.dataset.fold = fold ? "yes" : "no";
  folder.setAttribute("aria-expanded", String(!fold));
  remembered("mv-fold", fold ? "yes" : "no");
}
const folder = button("☰", () => foldSessions(), { "aria-label": words.foldSessions, title: words.foldSessions, "aria-controls": "mv-sessions" });

const languages = el("select", { id: "mv-language", "aria-label": words.language, title: words.language, onchange: () => {
  if (chat.hasFiles) { languages.value = language; echo(words.languageFiles); return; }
  choose(languages.value); chat.draft(); location.reload();
} }, ...Object.entries(LANGUAGES).map(([code, name]) => el("option", { value: code, lang: code, selected: code === language }, name)));

function layOut() {
  const header = el("header", { id: "mv-top" }, folder, el("h1", {}, words.title), el("span", { class: "mv-badge mv-research" }, words.research), labelShown,
    el("span", { class: "mv-space" }), el("span", { class: "mv-report", role: "group", "aria-label": words.report }, ...reportButtons), languages, themeButton, button("?", showShortcuts, { "aria-label": words.keys, title: words.keys }));
  const skip = el("a", { class: "mv-skip", href: "#mv-line", onclick: (event) => { event.preventDefault(); chat.focus(); } }, words.skip);
  document.body.prepend(skip, header, sessions.root, viewer.root, el("div", { id: "mv-tabs" }, ...tabs), findings.root);
  document.body.append(el("footer", { id: "mv-foot" }, `${words.research}. ${words.burned}`), el("div", { id: "mv-echo", role: "status", "aria-live": "polite", hidden: true }));
  document.body.classList.add("mv-page");
  setTheme(remembered("mv-theme") || "dark");
  foldSessions(matchMedia("(max-width: 900px)").matches || remembered("mv-fold") === "yes");
  tab("chat");
  new MutationObserver(() => { const dark = document.documentElement.dataset.theme === "dark"; if (document.body.classList.contains("dark") !== dark) document.body.classList.toggle("dark", dark); }).observe(document.body, { attributes: true, attributeFilter: ["class"] });
  const over = (event) => { if (event.dataTransfer?.types.includes("Files")) event.preventDefault(); };
  viewer.stage.addEventListener("dragover", over);
  viewer.stage.addEventListener("drop", (event) => { event.preventDefault(); if (event.dataTransfer.files.length) chat.files(event.dataTransfer.files); });
}

async function signalled(id, running) {
  const moved = id !== current;
  current = id;
  if (moved) {
    const url = new URL(location.href);
    if (id) url.searchParams.set("session", id); else url.searchParams.delete("session");
    history.replaceState(null, "", url);
    if (matchMedia("(max-width: 900px)").matches) foldSessions(true);
  }
  document.body.dataset.running = running ? "yes" : "no";
  await refresh(id);
  if (moved || !running) sessions.refresh(id);
}

// Many events may come at once: at most one look is on its way, and one more follows it.
let looking = null, again = null;
function refresh(id) {
  if (looking) { again ||= looking.then(() => { again = null; return refresh(current); }); return again; }
  looking = look(id).finally(() => { looking = null; });
  return looking;
}

async function look(id) {
  const turn = ++asked;
  let next = null;
  if (id) { try { next = await api.session(id); } catch (error) { if (error.status !== 404) echo(error.message); } }
  if (turn !== asked) return;
  const other = next?.id !== session?.id;
  session = next;
  viewer.setSession(session); beside.setSession(session); findings.setSession(session); acts.show(session, chat.running);
  light(other ? [] : lit);
  labelShown.textContent = session?.label || "";
  document.title = session ? `${titleOf({ ...session, kinds: [...new Set(session.images.map((i) => i.kind))] })} – ${words.title}` : words.title;
  for (const b of reportButtons) b.disabled = !session?.images.length;
}

async function sign() {
  if (!session?.images.length) { echo(words.noReport); return; }
  const name = await ask({ title: words.signTitle, text: words.signText, field: words.signName, required: true, ok: words.sign });
  if (!name) return;
  try { await api.sign(current, name); await refresh(current); sessions.refresh(current); echo(words.signedBy(name)); } catch (error) { echo(error.message); }
}

async function copyReport() {
  if (!session?.images.length) { echo(words.noReport); return; }
  try { await navigator.clipboard.writeText(await api.reportText(current)); echo(words.copied); } catch (error) { echo(error.message); }
}

async function download(form) {
  if (!session?.images.length) { echo(words.noReport); return; }
  try {
    const { blob, name } = await api.reportFile(current, form), link = el("a", { href: URL.createObjectURL(blob), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 30000);
    echo(name);
  } catch (error) { echo(error.message); }
}

function turnButton(name) {
  const [what, handle] = name.split(":");
  if (what === "sign") return { label: words.sign, run: sign };
  if (what === "delete") return { label: words.remove, run: () => sessions.remove({ id: current }) };
  if (what === "open") return { label: words.openSession, run: () => chat.open(handle) };
  if (what === "download" || what === "export") return { label: (handle || "pdf").toUpperCase(), run: () => download(handle || "pdf") };
  if (["accept", "reject", "edit", "undo"].includes(what) && session?.findings.some((f) => f.handle === handle)) return { label: `${words[what]} ${handle}`, run: () => findings.act(what, handle) };
  return null;
}

const KEYS = {
  j: () => { tab("findings"); findings.move(1); }, k: () => { tab("findings"); findings.move(-1); }, a: () => findings.act("accept"), r: () => findings.act("reject"), e: () => findings.act("edit"), u: () => findings.act("undo"),
  "+": () => viewer.surface.zoom(1.25), "=": () => viewer.surface.zoom(1.25), "-": () => viewer.surface.zoom(1 / 1.25), f: () => viewer.surface.fit(), 1: () => viewer.surface.actual(), 0: () => viewer.reset(),
  ArrowLeft: () => viewer.surface.pan(-30, 0), ArrowRight: () => viewer.surface.pan(30, 0), ArrowUp: () => viewer.surface.pan(0, -30), ArrowDown: () => viewer.surface.pan(0, 30),
  "[": () => viewer.nudge(0, -1), "]": () => viewer.nudge(0, 1), "{": () => viewer.nudge(-1, 0), "}": () => viewer.nudge(1, 0), p: () => viewer.nextPreset(), i: () => viewer.toggleInvert(),
  n: () => viewer.step(1), b: () => viewer.step(-1), o: () => viewer.toggleHeat(), h: () => viewer.hideAll(true), s: () => foldSessions(), c: copyReport, d: () => download("pdf"), g: () => acts.again(), q: () => acts.edit(), x: () => acts.stop(), w: () => acts.record(), l: () => { foldSessions(false); sessions.focus(); }, "/": () => chat.focus(), "?": showShortcuts,
};

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.target.closest?.("#mv-line, #mv-viewer, #mv-top") && isTyping(event.target) && !event.isComposing) { event.target.blur(); return; }
  if (isTyping(event.target) || isOpen() || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.matches?.("input[type=range], input[type=radio], select") && event.key.startsWith("Arrow")) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key, act = KEYS[key];
  if (!act || (event.key.startsWith("Arrow") && !viewer.pixels)) return;
  if (event.repeat && "areucdsgqxwl?/".includes(key)) return;
  event.preventDefault();
  act();
});
document.addEventListener("keyup", (event) => { if (event.key.toLowerCase() === "h") viewer.hideAll(false); });
addEventListener("blur", () => viewer.hideAll(false));

layOut();
current = new URL(location.href).searchParams.get("session") || "";
refresh(current);
sessions.refresh(current);
api.intro().then((intro) => {
  chat.limit = intro.limit_mb * 2 ** 20;
  fillIntro(viewer.intro, intro, { pick: () => chat.pick(), sample: (name) => chat.sample(name), task: () => { echo(words.taskNeedsImage); chat.focus(); } });
}, (error) => echo(error.message));
