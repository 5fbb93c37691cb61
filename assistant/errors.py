"""Every error that is raised on purpose.

    AssistantError
    |-- InputError      another argument, file or request may work; the llm may retry
    |   `-- Declined    the request or image must not or cannot be served; with reason and remedy
    |-- ModelError      a vision model cannot be loaded or run
    |-- ReportError     a report or export cannot be made
    |-- ArchiveError    the hospital archive or the store cannot serve
    |-- ProviderError   a language model failed; the planner takes over
    `-- Stopped         the reader stopped the turn; nothing more runs

The message is written for the person in the chat: what was asked, what there is, what to do. Anything else that is
raised is a bug: it is logged with its traceback and the person gets a reference number.
"""

__all__ = [
    "ArchiveError",
    "AssistantError",
    "Declined",
    "InputError",
    "ModelError",
    "ProviderError",
    "ReportError",
    "Stopped",
]


class AssistantError(Exception):
    """Root of the tree; `str(error)` is one sentence for the person in the chat."""


class InputError(AssistantError):
    """What was given does not work; something else may."""


class Declined(InputError):  # noqa: N818 (the contract's own word for it)
    """The image or the request is refused by the gate or the rules."""


class ModelError(AssistantError):
    """A vision model cannot be loaded or run."""


class ReportError(AssistantError):
    """A report or an export cannot be made."""


class ArchiveError(AssistantError):
    """The archive or the store cannot serve the request."""


class ProviderError(AssistantError):
    """A language model failed or timed out; shown, then the planner takes over."""


class Stopped(AssistantError):  # noqa: N818 (no error: what was asked for)
    """The reader stopped the turn: no further tool runs, and a language model is no longer waited for."""
