"""MEDVISION_HOME: the folder of database, artifacts and logs. Every command opens it, which creates or migrates it."""

import logging
import os
import secrets
from logging.handlers import RotatingFileHandler
from pathlib import Path

from assistant.errors import ArchiveError
from assistant.settings import Settings
from assistant.store import Store

__all__ = ["log_to", "open_home"]


def open_home(settings: Settings) -> tuple[Store, bytes]:
    """The store, and the installation's own key for pseudonyms; ArchiveError where the folder cannot be used."""
    try:
        settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        log_to(settings.home / "logs", settings.log_level)
        secret = _secret(settings.home / "identity.key")
    except OSError as error:
        raise ArchiveError(
            f"The data folder cannot be used ({error.strerror}); set MEDVISION_HOME to a folder that you can write."
        ) from error
    url = settings.database_url.get_secret_value() if settings.database_url else None
    return Store.open(url, settings.home), secret


def _secret(path: Path) -> bytes:
    """The installation's own key for pseudonyms: made once, readable by its owner alone."""
    if not path.exists():
        partial = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(handle, secrets.token_bytes(32))
            os.fsync(handle)
        finally:
            os.close(handle)
        try:
            os.link(partial, path)
        except FileExistsError:
            pass
        finally:
            partial.unlink()
    return path.read_bytes()


def log_to(folder: Path, level: str) -> None:
    """The log file is the only place for a traceback; nothing is logged to a terminal."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    root = logging.getLogger()
    file = folder / "medvision.log"
    if any(isinstance(h, RotatingFileHandler) and h.baseFilename == str(file.resolve()) for h in root.handlers):
        return
    for old in [h for h in root.handlers if isinstance(h, RotatingFileHandler)]:
        root.removeHandler(old)
        old.close()
    handler = RotatingFileHandler(file.resolve(), maxBytes=5_000_000, backupCount=3, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("assistant").setLevel(level.upper())
    logging.getLogger("ui").setLevel(level.upper())
