"""Text for Slack: escaping, links, times. Lengths count UTF-16 units, the larger way to count."""

from __future__ import annotations

import re
from typing import Any, TypeAlias

from alarminati.channels.listing import OVER, SEEN
from alarminati.channels.markup import Markup, length
from alarminati.channels.message import Message, rfc3339
from alarminati.core.model.entries import Severity

LINK = 2500

Block: TypeAlias = dict[str, Any]

COLOURS: dict[int, str] = {
    Severity.CRITICAL: "#d00000",
    Severity.ERROR: "#e8590c",
    Severity.WARNING: "#f2c744",
    Severity.INFO: "#439fe0",
    SEEN: "#868e96",
    OVER: "#2eb67d",
}

_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_MENTION = re.compile("@(?=channel|here|everyone)", re.IGNORECASE)


def pieces(text: str) -> list[str]:
    """Escape a text.

    A word joiner behind the @ of @channel, @here and @everyone prevents mentions.
    """
    return [_ESCAPES.get(char, char) for char in _MENTION.sub("@\u2060", text)]


def link(address: str, shown: str) -> str:
    """Return a link; only `shown`, which is mrkdwn, when the address is empty or too long."""
    shown = shown.replace("|", "¦")
    target = address.replace("|", "%7C").replace("<", "%3C").replace(">", "%3E")
    target = re.sub(r"\s", "%20", target).replace("&", "&amp;")
    return f"<{target}|{shown}>" if target and length(target) <= LINK - 300 else shown


def moment(milliseconds: int) -> str:
    """Return a time in the reader's zone, and the same in UTC."""
    exact = rfc3339(milliseconds // 1000 * 1000)
    return f"<!date^{milliseconds // 1000}^{{date_num}} {{time_secs}}|{exact}> ({exact})"


def section(text: str) -> Block:
    """Return a section; verbatim, so that Slack looks for no mentions or addresses in it."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def context(text: str) -> Block:
    """Return a line in small print."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text, "verbatim": True}]}


MRKDWN = Markup(pieces, length, "*{}*".format, "_{}_".format, link)


def place(message: Message, project: str) -> str:
    """Return project and cluster, bounded."""
    return f"{MRKDWN.one_line(project, 100)} · {MRKDWN.one_line(message.cluster, 100)}"
