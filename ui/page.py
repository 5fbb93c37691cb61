"""Gradio's page as this house serves it, in the reader's language: our own files come with it, scripts carry a nonce,
and what points to other hosts is left out.
"""

import json
import re

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.language.phrasing import Language
from ui.words import in_blocks, language_of

__all__ = ["OwnPage", "rewrite"]

_OURS = """
<link rel="icon" href="/mv/static/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/mv/static/page.css">
<link rel="stylesheet" href="/mv/static/viewer.css">
<link rel="stylesheet" href="/mv/static/panels.css">
<link rel="stylesheet" href="/mv/static/chat.css">
<link rel="stylesheet" href="/mv/static/record.css">
<script type="module" src="/mv/static/main.js"></script>
</head>"""
_OUTSIDE = re.compile(r"<(?:meta|link)\b[^>]*?(?:og:|twitter:|https?://)[^>]*?>", re.S)
_SCRIPT = re.compile(r"<script(?=[\s>])")
_LANG = re.compile(r"(<html\b[^>]*?)lang=\"[a-z]*\"", re.S)


def rewrite(html: str, nonce: str, language: Language = "en") -> str:
    """The page's script takes its words by the `mv-language` that stands here: Gradio sets `lang` as it likes."""
    html = _OUTSIDE.sub("", html).replace("</head>", f'<meta name="mv-language" content="{language}">{_OURS}', 1)
    html = _LANG.sub(rf'\1lang="{language}"', html, count=1)
    if language != "en":
        for english, other in in_blocks(language).items():
            html = html.replace(json.dumps(english), json.dumps(other))
    return _SCRIPT.sub(f'<script nonce="{nonce}"', html)


class OwnPage:
    """ASGI middleware between the guard and Gradio; touches the page at `/` alone."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        seen = HTTPConnection(scope)
        language = language_of(seen.cookies, seen.headers)
        scope = {**scope, "headers": [(k, v) for k, v in scope["headers"] if k != b"accept-encoding"]}
        start: Message = {}
        body = b""

        async def sender(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                return
            body += message.get("body", b"")
            if message.get("more_body"):
                return
            page = rewrite(body.decode(), scope["state"]["nonce"], language).encode()
            kept = [(k, v) for k, v in start["headers"] if k.lower() != b"content-length"]
            await send({**start, "headers": [*kept, (b"content-length", str(len(page)).encode())]})
            await send({"type": "http.response.body", "body": page})

        await self.app(scope, receive, sender)
