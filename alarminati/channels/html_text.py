"""HTML of chat messages: escapes, and links that cannot break out of their tag."""

from __future__ import annotations

import html
import re

LINK = 2048  # characters; what browsers and chats take alike

_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}


def pieces(text: str) -> list[str]:
    """Escape a text, one piece a character."""
    return [_ESCAPES.get(char, char) for char in text]


def anchor(address: str, shown: str) -> str:
    """Return a link; only `shown`, which is HTML, when the address cannot be linked."""
    target = "".join(pieces(re.sub(r"\s", "%20", address)))
    fits = re.match("https?://", target, re.IGNORECASE) and len(target) <= LINK
    return f'<a href="{target}">{shown}</a>' if fits else shown


def plain(text: str) -> str:
    """Return our HTML as plain text with the addresses of links. Never longer."""
    bare = re.sub(r'<a href="([^"]*)">(.*?)</a>', r"\2 (\1)", text, flags=re.DOTALL)
    return html.unescape(re.sub(r"<[^>]*>", "", bare))


def bold(shown: str) -> str:
    """Return the text in bold."""
    return f"<b>{shown}</b>"


def italic(shown: str) -> str:
    """Return the text in italics."""
    return f"<i>{shown}</i>"
