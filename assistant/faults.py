"""A command that breaks off by a fault of the program: a sentence to the person, a traceback to the log."""

import logging
import secrets
from types import TracebackType

import typer

from assistant.errors import AssistantError

__all__ = ["tell_fault"]


def tell_fault(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What nobody foresaw: its traceback goes to the log file, a sentence with its reference to the person."""
    if issubclass(kind, KeyboardInterrupt):
        return
    from assistant.home import log_to
    from assistant.settings import read_settings

    reference, logged = secrets.token_hex(4), True
    try:
        settings = read_settings()
        log_to(settings.home / "logs", settings.log_level)
        logging.getLogger("assistant").critical(
            "command failed, reference %s", reference, exc_info=(kind, error, trace)
        )
    except (AssistantError, OSError):
        logged = False
    where = "its traceback is in the log file" if logged else "no log file can be written"
    typer.echo(f"This command broke off by a fault of the program (reference {reference}; {where}).", err=True)
