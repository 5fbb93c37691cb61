"""The one door: every request passes here before Gradio or our own routes see it.

Host (against DNS rebinding), start token or cookie, Origin (against other sites), then a list of the few addresses of
Gradio that the page needs: whatever else Gradio serves, its file route first of all, does not exist here.
"""

import ipaddress
import re
import secrets
from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.owners import Owners
from ui.words import FORBIDDEN_PAGE, NOT_FROM_HERE, NOT_THERE, RELOAD_PAGE, TOO_LARGE

__all__ = ["Guard", "is_open", "security_headers"]

_OPEN_GET = re.compile(
    r"/|/mv/.*|/config|/theme\.css|/favicon\.ico|/manifest\.json|/assets/.*|/static/.*|/svelte/.*"
    r"|/gradio_api/(queue/data|upload_progress|heartbeat/[^/]+|startup-events|theme\.css|app_id)"
)
_OPEN_POST = re.compile(r"/mv/.*|/gradio_api/(queue/join|upload|cancel|reset)/?")
_YEAR_S = 365 * 24 * 3600


def is_open(method: str, path: str) -> bool:
    """Whether the page needs this address at all."""
    if path.startswith("/mv/"):
        return True
    table = _OPEN_GET if method in ("GET", "HEAD") else _OPEN_POST
    return table.fullmatch(path) is not None


def security_headers(nonce: str) -> dict[str, str]:
    policy = (
        "default-src 'self'",
        f"script-src 'self' 'nonce-{nonce}'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' blob: data:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-src 'none'",
        "frame-ancestors 'none'",
    )
    return {
        "content-security-policy": "; ".join(policy),
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
        "permissions-policy": "camera=(), microphone=(), geolocation=(), usb=(), payment=(), browsing-topics=()",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
    }


class Guard:
    """ASGI middleware; puts the owner into `request.state.owner` and a nonce for scripts into `request.state.nonce`."""

    def __init__(self, app: ASGIApp, owners: Owners, hosts: Iterable[str], max_bytes: int) -> None:
        self.app = app
        self.owners = owners
        self.hosts = {h.lower() for h in hosts}
        self.max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        nonce = secrets.token_urlsafe(16)
        scope.setdefault("state", {})["nonce"] = nonce
        refusal = self._refusal(scope)
        await (refusal or self.app)(scope, receive, self._closing(scope, nonce, send))

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self._is_our_name(host):
            return JSONResponse({"error": NOT_FROM_HERE}, status_code=421)
        path, method = scope["path"], scope["method"]
        owner = self.owners.owner_of(_cookie(headers, self.owners.cookie_name))
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        token = dict(query).get("token")
        if token is not None and path == "/" and method == "GET" and (owner or self.owners.admits(token)):
            return self._enter(headers, owner, [(k, v) for k, v in query if k != "token"])
        if owner is None:
            return HTMLResponse(FORBIDDEN_PAGE, status_code=403)
        if not _same_origin(method, path, headers, host):
            return JSONResponse({"error": NOT_FROM_HERE}, status_code=403)
        if not is_open(method, path):
            return JSONResponse({"error": NOT_THERE}, status_code=404)
        if path.startswith("/gradio_api/upload") and _length(headers) > 4 * self.max_bytes + 2**20:
            return JSONResponse({"error": self._too_large()}, status_code=413)
        scope["state"]["owner"] = owner
        return None

    def _enter(self, headers: Headers, owner: str | None, query: list[tuple[str, str]]) -> Response:
        # A strict cookie is not sent when another site's page leads here: ask once more from our own page, so that a
        # browser that has a cookie keeps its sessions.
        if owner is None and headers.get("sec-fetch-site") == "cross-site":
            return HTMLResponse(RELOAD_PAGE)
        response = RedirectResponse("/" + (f"?{urlencode(query)}" if query else ""), status_code=303)
        if owner is None:
            response.set_cookie(
                self.owners.cookie_name,
                self.owners.new_cookie(),
                max_age=_YEAR_S,
                path="/",
                httponly=True,
                samesite="strict",
            )
        return response

    def _is_our_name(self, host: str) -> bool:
        try:
            name = (urlsplit(f"//{host}").hostname or "").lower()
        except ValueError:
            return False
        if name in self.hosts:
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        # Rebinding needs a name; an address in figures cannot be rebound.
        return address.is_loopback or "0.0.0.0" in self.hosts or "::" in self.hosts

    def _closing(self, scope: Scope, nonce: str, send: Send) -> Send:
        own = scope["path"].startswith("/mv/") and not scope["path"].startswith("/mv/static/")
        too_large = False

        async def sender(message: Message) -> None:
            nonlocal too_large
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in security_headers(nonce).items():
                    headers[name] = value
                if own or scope["path"] == "/" or message["status"] >= 400:
                    headers["cache-control"] = "no-store"
                if "server" in headers:
                    del headers["server"]
                too_large = message["status"] == 413 and scope["path"].startswith("/gradio_api/upload")
                if too_large:
                    headers["content-length"] = str(len(self._too_large().encode()))
                    headers["content-type"] = "text/plain; charset=utf-8"
            elif too_large:
                message = {"type": "http.response.body", "body": self._too_large().encode()}
            await send(message)

        return sender

    def _too_large(self) -> str:
        return TOO_LARGE.format(limit=max(1, self.max_bytes // 2**20))


def _cookie(headers: Headers, name: str) -> str | None:
    try:
        jar = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return None
    return jar[name].value if name in jar else None


def _same_origin(method: str, path: str, headers: Headers, host: str) -> bool:
    site = headers.get("sec-fetch-site", "")
    if site and site not in ("same-origin", "none"):
        # A reader may follow a link to the page itself, and to nothing else.
        return path == "/" and method == "GET" and headers.get("sec-fetch-mode") == "navigate"
    origin = headers.get("origin")
    if origin is None:
        return method in ("GET", "HEAD")
    return urlsplit(origin).netloc == host


def _length(headers: Headers) -> int:
    text = headers.get("content-length", "0")
    return int(text) if text.isdigit() else 0
