// The browser's side of the page speaks the language in which the server gave the page.
import en from "./words_en.js";
import vi from "./words_vi.js";

export const LANGUAGES = { en: "English", vi: "Tiếng Việt" };
export const language = document.querySelector("meta[name=mv-language]")?.content === "vi" ? "vi" : "en";
export const words = language === "vi" ? vi : en;

// A cookie without identity, so that the server can serve the page in that language; a year, this site alone.
export function choose(next) { document.cookie = `mv_language=${next}; path=/; max-age=31536000; samesite=strict`; }

// Gradio sets the page's language to the browser's; a screen reader must hear the one that is written.
const root = document.documentElement, speak = () => { if (root.lang !== language) root.lang = language; };
new MutationObserver(speak).observe(root, { attributes: true, attributeFilter: ["lang"] });
speak();
