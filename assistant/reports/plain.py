"""Text that a person typed -> text that is safe to print: nothing in it can steer a layout.

NFC (Vietnamese typed as letter + marks becomes one character), no control, bidirectional or invisible characters.
"""

import unicodedata

__all__ = ["plain", "plain_lines"]

_DROPPED = {"Cc", "Cf", "Cs", "Co", "Cn"}


def plain(text: str) -> str:
    """One line: every run of white space is one blank."""
    spaced = "".join(" " if c.isspace() else c for c in text)
    kept = "".join(c for c in spaced if unicodedata.category(c) not in _DROPPED)
    return unicodedata.normalize("NFC", " ".join(kept.split()))


def plain_lines(text: str, most: int = 12) -> tuple[str, ...]:
    """The lines as typed, without empty ones; whatever follows the first `most` goes on in the last."""
    lines = [said for line in text.splitlines() if (said := plain(line))]
    return tuple(lines) if len(lines) <= most else (*lines[: most - 1], " / ".join(lines[most - 1 :]))
