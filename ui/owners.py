"""Who is looking: until accounts exist, an owner is a browser.

A browser holds a random id, signed by this server's key; the store sees only a keyed hash of it, so neither the
database nor a backup of it opens a session. The key lives beside the database, readable by its user alone, so that
sessions are found again after a restart.
"""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

__all__ = ["Owners"]

_KEY_FILE = "page.key"


class Owners:
    """Makes and reads the cookie; holds the start token of this run of the server."""

    def __init__(self, key: bytes, token: str | None = None) -> None:
        self._key = key
        self.token = token or secrets.token_urlsafe(32)
        self.cookie_name = f"medvision_{self._mac('cookie name', '')[:8]}"

    @classmethod
    def open(cls, home: Path) -> "Owners":
        """With the key kept in `home`, made on the first start."""
        home.mkdir(parents=True, exist_ok=True)
        path = home / _KEY_FILE
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return cls(path.read_bytes())
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(32))
            file.flush()
            os.fsync(file.fileno())
        return cls(path.read_bytes())

    def new_cookie(self) -> str:
        browser = secrets.token_urlsafe(24)
        return f"{browser}.{self._mac('browser', browser)}"

    def owner_of(self, cookie: str | None) -> str | None:
        """The owner's name in the store, or None where the cookie is missing or was not made here."""
        browser, dot, mac = (cookie or "").rpartition(".")
        if not dot or not hmac.compare_digest(mac.encode(), self._mac("browser", browser).encode()):
            return None
        return f"browser-{self._mac('owner', browser)[:40]}"

    def admits(self, token: str) -> bool:
        return hmac.compare_digest(token.encode(), self.token.encode())

    def _mac(self, purpose: str, value: str) -> str:
        return hmac.new(self._key, f"{purpose}\0{value}".encode(), hashlib.sha256).hexdigest()
