"""Text for Slack: escaping, cutting, links, times and the fixed words.

Lengths count UTF-16 units, the larger way to count. Text of alarms goes through `fit` before it
meets any markup: it escapes, cuts between characters and defuses mentions.
"""

from __future__ import annotations

import re
from typing import Any, TypeAlias

from alarminati.channels.message import Item, Message, rfc3339
from alarminati.core.entries import Severity

LINK = 2500

Block: TypeAlias = dict[str, Any]

COLOURS = {
    Severity.CRITICAL: "#d00000",
    Severity.ERROR: "#e8590c",
    Severity.WARNING: "#f2c744",
    Severity.INFO: "#439fe0",
}
OVER_COLOUR = "#2eb67d"
MARKS = {
    Severity.CRITICAL: "🔴",
    Severity.ERROR: "🟠",
    Severity.WARNING: "🟡",
    Severity.INFO: "🔵",
}
OVER_MARK = "✅"

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "firing": "FIRING",
        "resolved": "RESOLVED",
        "test": "TEST",
        "open": "Open",
        "after": "after {}",
        "late": "delivered {} late",
        "reported": "reported",
        "digest": "{} firing, {} resolved",
        "more": "{} more",
        "rest": "{} more, not listed",
        "other": "{} in {} other groups",
        "lost": "{} no longer kept",
    },
    "ko": {
        "firing": "발생",
        "resolved": "해제",
        "test": "시험",
        "open": "열기",
        "after": "{} 만에",
        "late": "{} 늦게 전달됨",
        "reported": "보고 시각",
        "digest": "발생 {}건, 해제 {}건",
        "more": "외 {}개",
        "rest": "외 {}건 (목록 생략)",
        "other": "그 밖의 {}건 ({}개 그룹)",
        "lost": "보관 기간이 지난 {}건",
    },
}


def length(text: str) -> int:
    """UTF-16 units."""
    return len(text) + sum(char > "\uffff" for char in text)


_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_MENTION = re.compile("@(?=channel|here|everyone)", re.IGNORECASE)


def fit(text: str, limit: int) -> str:
    """`text` as mrkdwn of at most `limit` units; what is cut ends in an ellipsis.

    Never cuts inside an escape. @channel, @here and @everyone get a word joiner behind the @, so
    that no setting of a workspace turns them into a mention.
    """
    pieces = [_ESCAPES.get(char, char) for char in _MENTION.sub("@\u2060", text[: limit + 1])]
    if sum(map(length, pieces)) <= limit:
        return "".join(pieces)
    room, kept = limit - 1, 0
    for piece in pieces:
        room -= length(piece)
        if room < 0:
            break
        kept += 1
    return "".join(pieces[:kept]) + "…"


def one_line(text: str, limit: int) -> str:
    """As `fit`, with every run of white space made one space."""
    return fit(" ".join(text[: 4 * limit].split()), limit)


def link(address: str, shown: str) -> str:
    """A link; `shown` is mrkdwn already. Only `shown` when the address is empty or too long."""
    target = address.replace("|", "%7C").replace("<", "%3C").replace(">", "%3E")
    target = re.sub(r"\s", "%20", target).replace("&", "&amp;")
    return f"<{target}|{shown}>" if target and length(target) <= LINK - 300 else shown


def moment(milliseconds: int) -> str:
    """A time in the reader's zone, and the same in UTC."""
    exact = rfc3339(milliseconds // 1000 * 1000)
    return f"<!date^{milliseconds // 1000}^{{date_num}} {{time_secs}}|{exact}> ({exact})"


def span(seconds: float) -> str:
    """A length of time, two units at most, e.g. 1h 5m."""
    rest = max(0, round(seconds))
    parts: list[str] = []
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, rest = divmod(rest, size)
        if count or (unit == "s" and not parts):
            parts.append(f"{count}{unit}")
    return " ".join(parts[:2])


def section(text: str) -> Block:
    """A section; verbatim, so that Slack looks for no mentions or addresses in it."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def context(text: str) -> Block:
    """A line in small print."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text, "verbatim": True}]}


def mark(item: Item) -> str:
    """The sign of an item's state."""
    return OVER_MARK if item.resolved else MARKS[item.alarm.severity]


def place(message: Message, project: str) -> str:
    """Project and cluster, bounded."""
    return f"{one_line(project, 100)} · {one_line(message.cluster, 100)}"
