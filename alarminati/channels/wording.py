"""What every chat says in the same way: fixed words in two languages, signs, lengths of time."""

from __future__ import annotations

from alarminati.channels.message import Item, Message
from alarminati.core.entries import Severity

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


def mark(item: Item) -> str:
    """The sign of an item's state."""
    return OVER_MARK if item.resolved else MARKS[item.alarm.severity]


def state(message: Message, item: Item, language: str) -> str:
    """The word for an item's state."""
    words = WORDS[language]
    return words["test" if message.test else "resolved" if item.resolved else "firing"]


def span(seconds: float) -> str:
    """A length of time, two units at most, e.g. 1h 5m."""
    rest = max(0, round(seconds))
    parts: list[str] = []
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, rest = divmod(rest, size)
        if count or (unit == "s" and not parts):
            parts.append(f"{count}{unit}")
    return " ".join(parts[:2])
