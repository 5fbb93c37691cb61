"""The page: FastAPI with our own routes, Gradio's chat mounted in it, and the guard before everything."""

import asyncio
import ipaddress
import logging
import socket
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import gradio as gr
import uvicorn
from fastapi import FastAPI

from assistant.errors import AssistantError, InputError
from assistant.intake.samples import load_samples
from assistant.settings import Settings
from ui.chat import Chat
from ui.face import Desk
from ui.guard import Guard
from ui.owners import Owners
from ui.page import OwnPage
from ui.routes import add_routes
from ui.uploads import Uploads
from ui.words import TITLE, words

__all__ = ["PageServer", "build", "serve"]

logger = logging.getLogger(__name__)

_FONT = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "Arial", "sans-serif"]
_MONO = ["ui-monospace", "Cascadia Mono", "Menlo", "Consolas", "DejaVu Sans Mono", "monospace"]


def build(assistant: Desk, settings: Settings) -> FastAPI:
    """The whole page as an ASGI app; `app.state.owners` holds the start token of this run."""
    owners = Owners.open(settings.home)
    uploads = Uploads(settings.home)
    samples = load_samples(settings.samples_dir)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        threading.Thread(target=uploads.keep_empty, name="uploads", daemon=True).start()
        yield
        uploads.close()

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=life)
    app.state.owners = owners
    add_routes(app, assistant, samples, settings.max_bytes)
    # Both wrap Gradio too: the one added last is asked first.
    app.add_middleware(OwnPage)
    app.add_middleware(Guard, owners=owners, hosts=_names(settings.host), max_bytes=settings.max_bytes)
    mounted: FastAPI = gr.mount_gradio_app(
        app,
        _blocks(Chat(assistant, owners, uploads, samples)),
        path="/",
        theme=_theme(),
        footer_links=[],
        run_history=False,
        show_error=False,
        max_file_size=settings.max_bytes,
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        allowed_paths=[],
    )
    return mounted


def serve(assistant: Desk, settings: Settings, on_ready: Callable[[str], None]) -> None:
    """Serve until interrupted; `on_ready` gets the address with the start token once the page can be opened."""
    PageServer(assistant, settings, on_ready).serve_until_stopped()


class PageServer(uvicorn.Server):
    """The page on a socket of its own, bound before anything is loaded, so that port 0 takes a free one."""

    def __init__(self, assistant: Desk, settings: Settings, on_ready: Callable[[str], None]) -> None:
        self._bound = _bound(settings.host, settings.port)
        self._assistant = assistant
        self._settings = settings
        self._on_ready = on_ready
        self.address = ""
        super().__init__(
            uvicorn.Config(
                self._open,
                factory=True,
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=False,
                timeout_graceful_shutdown=2,
            )
        )

    def _open(self) -> FastAPI:
        """Build inside the running loop: Gradio would make loops of its own otherwise, and never close them."""
        app = build(self._assistant, self._settings)
        name = self._settings.host if self._settings.host not in ("0.0.0.0", "::") else "127.0.0.1"
        shown = f"[{name}]" if ":" in name else name
        self.address = f"http://{shown}:{self._bound.getsockname()[1]}/?token={app.state.owners.token}"
        return app

    def serve_until_stopped(self) -> None:
        with self._bound:
            asyncio.run(self.serve(sockets=[self._bound]))

    def _warm_up(self) -> None:
        """A model that cannot be loaded is told in the turn that needs it, not here."""
        try:
            self._assistant.warm()
        except AssistantError as error:
            logger.warning("warming the models failed: %s", error)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            threading.Thread(target=self._warm_up, name="warm", daemon=True).start()
            self._on_ready(self.address)


def _blocks(chat: Chat) -> gr.Blocks:
    """Gradio's part of the page: messages and the line to write in. The rest is drawn by static/."""
    blocks: gr.Blocks = gr.Blocks(title=TITLE, analytics_enabled=False, fill_height=True, fill_width=True)
    with blocks:
        messages = gr.Chatbot(
            elem_id="mv-chat",
            label=words("chat_label", "en"),
            show_label=False,
            container=False,
            height="100%",
            buttons=[],
            placeholder=words("chat_placeholder", "en"),
            autoscroll=False,
            latex_delimiters=[],
            allow_tags=False,
            allow_file_downloads=False,
            feedback_options=None,
            layout="panel",
            reasoning_tags=None,
        )
        line = gr.MultimodalTextbox(
            elem_id="mv-line",
            label=words("input_label", "en"),
            show_label=False,
            placeholder=words("input_placeholder", "en"),
            sources=["upload"],
            file_count="multiple",
            max_lines=6,
            container=False,
        )
        signal = gr.Markdown("mv", elem_id="mv-signal", elem_classes="mv-hidden")
        state = gr.Textbox("", elem_id="mv-state", elem_classes="mv-hidden", label="state", show_label=False)
        order = gr.Textbox("", elem_id="mv-order", elem_classes="mv-hidden", label="order", show_label=False)
        screen = [messages, signal]
        quiet: dict[str, Any] = {
            "show_progress": "hidden",
            "concurrency_limit": None,
            "api_visibility": "private",
            "trigger_mode": "multiple",
        }
        blocks.load(chat.restore, None, screen, **quiet)
        line.submit(chat.send, [line, state], screen, **quiet)
        order.change(chat.command, order, screen, **quiet)
    blocks.queue(api_open=False, max_size=None, default_concurrency_limit=None)
    return blocks


def _theme() -> gr.themes.Base:
    return gr.themes.Base(primary_hue="cyan", neutral_hue="slate", font=_FONT, font_mono=_MONO)


def _names(host: str) -> list[str]:
    names = ["localhost", host.lower()]
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = host == "localhost"
    return names if loopback else [*names, socket.gethostname().lower(), socket.getfqdn().lower()]


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        bound.listen(128)
    except (OSError, UnicodeError) as error:
        bound.close()
        reason = (error.strerror if isinstance(error, OSError) else None) or "no such address"
        raise InputError(
            f"The page cannot be opened at {host}, port {port} ({reason}); name another with --port or --host, "
            "or --port 0 for a free one."
        ) from error
    return bound
