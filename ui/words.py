"""What the server side of the page says by itself, by language; the browser's own words stand in static/words_*.js.

Before the door is passed nobody's language is known: those pages say it in both, and refusals of what no page asks for
are in English.
"""

import re
from collections.abc import Mapping

from assistant.language.claims.beside import kind_held
from assistant.language.phrasing import Language, say, wordings

__all__ = [
    "FORBIDDEN_PAGE",
    "LANGUAGE_COOKIE",
    "NOT_FROM_HERE",
    "NOT_THERE",
    "RELOAD_PAGE",
    "TITLE",
    "TOO_LARGE",
    "in_blocks",
    "kind_words",
    "language_of",
    "words",
]

TITLE = "MedVision Assistant"
LANGUAGE_COOKIE = "mv_language"
"""Holds `en` or `vi` and nothing else; the page's own switch writes it."""

NOT_FROM_HERE = "This request did not come from the page of this server, so it was refused."
NOT_THERE = "There is nothing at this address; open the page from the address that the server printed."
TOO_LARGE = "That file is larger than {limit} MB, so it was not taken; send a single image below {limit} MB."

_IN_BLOCKS = ("chat_label", "chat_placeholder", "input_label", "input_placeholder")


def words(key: str, language: Language, **values: object) -> str:
    """A wording of `prompts/sentences/page.toml`."""
    return say(f"page_{key}", language, **values)


def language_of(cookies: Mapping[str, str], headers: Mapping[str, str]) -> Language:
    """What the reader chose, else what the browser asks for first."""
    chosen = cookies.get(LANGUAGE_COOKIE, "") or headers.get("accept-language", "")
    return "vi" if chosen.strip().lower().startswith("vi") else "en"


def in_blocks(language: Language) -> dict[str, str]:
    """The words that Gradio is built with, English -> `language`: it is built once, before anyone is there."""
    return {words(key, "en"): words(key, language) for key in _IN_BLOCKS}


def kind_words(title: str, language: Language, known: frozenset[str] = frozenset()) -> str:
    """A kind of picture as the page says it; as the manifest says it (`known`) where no wording is known."""
    key = f"page_kind_{re.sub('[^a-z0-9]+', '_', title.lower()).strip('_')}"
    if key in wordings():
        return say(key, language)
    modality, _, noun = title.partition(" ")
    return words("kind_of_modality", language, modality=modality) if noun == "image" else kind_held(title, known)


_PLAIN = (
    "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
    "<title>MedVision Assistant</title><style>"
    "body{{font:16px/1.6 system-ui,sans-serif;background:#0e1114;color:#d7dde3;"
    "display:grid;place-items:center;min-height:100vh;margin:0}}main{{max-width:34rem;padding:2rem}}"
    "h1{{font-size:1.25rem;color:#fff}}code{{background:#1d2329;padding:.1em .4em;border-radius:4px}}</style>"
    "{head}<main>{body}</main></html>"
)
FORBIDDEN_PAGE = _PLAIN.format(
    head="",
    body=(
        "<h1>This page is locked to the browser that opened it</h1>"
        "<p>Open the address that <code>medvision serve</code> (or <code>make run</code>) printed when it started. "
        "It ends in <code>/?token=&hellip;</code> and works as long as the server runs.</p>"
        "<p>The window in which the server was started still shows it; if it is gone, start the server again.</p>"
        "<div lang=vi><h1>Trang này chỉ mở trong trình duyệt đã mở nó</h1>"
        "<p>Hãy mở địa chỉ mà <code>medvision serve</code> (hoặc <code>make run</code>) đã in ra khi khởi động. "
        "Địa chỉ đó kết thúc bằng <code>/?token=&hellip;</code> và dùng được khi máy chủ còn chạy.</p></div>"
    ),
)
RELOAD_PAGE = _PLAIN.format(head="<meta http-equiv=refresh content='0'>", body="<p>Opening&hellip;</p>")
