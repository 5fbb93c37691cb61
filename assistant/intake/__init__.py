"""Intake: files -> Image. Patient identity stops here; nothing above this room sees a path, a name or a header."""
