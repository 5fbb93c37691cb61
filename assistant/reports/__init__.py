"""Report -> bytes: the only room that knows reportlab. It decides nothing and words nothing of its own."""
