"""Foreign text for logs, lists and headers. Pure."""

from __future__ import annotations


def one_line(text: str, most: int = 200) -> str:
    """Printable characters alone, single spaces, at most `most` of them."""
    printable = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(printable.split())[:most]
