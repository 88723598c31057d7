"""Wording of every chat: fixed words in two languages, signs, lengths of time."""

from __future__ import annotations

from alarminati.channels.message import Item, Message
from alarminati.core.model.entries import Occasion, Severity

MARKS = {
    Severity.CRITICAL: "🔴",
    Severity.ERROR: "🟠",
    Severity.WARNING: "🟡",
    Severity.INFO: "🔵",
}
OVER_MARK = "✅"
SEEN_MARK = "👀"

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "firing": "FIRING",
        "resolved": "RESOLVED",
        "repeated": "STILL FIRING",
        "raised": "SEVERITY RAISED",
        "acknowledged": "ACKNOWLEDGED",
        "test": "TEST",
        "open": "Open",
        "after": "after {}",
        "late": "late by {}",
        "reported": "reported",
        "flapping": "began {} times within 1h",
        "seen": "acknowledged by {}",
        "was": "was {} before",
        "still": "firing for {}, reminder {}",
        "digest": "{} firing, {} resolved",
        "digest seen": "{}, {} acknowledged",
        "more": "{} more",
        "rest": "{} more, not listed",
        "other": "{} in {} other groups",
        "lost": "{} no longer kept",
        "template": "the template failed, this is the default text",
    },
    "ko": {
        "firing": "발생",
        "resolved": "해소",
        "repeated": "계속 발생 중",
        "raised": "심각도 상승",
        "acknowledged": "확인됨",
        "test": "테스트",
        "open": "열기",
        "after": "지속 시간 {}",
        "late": "{} 늦게 도착",
        "reported": "보고 시각",
        "flapping": "1시간 동안 {}번 발생",
        "seen": "{} 님이 확인",
        "was": "이전 심각도: {}",
        "still": "{}째 발생 중, 재알림 {}번째",
        "digest": "발생 {}건, 해소 {}건",
        "digest seen": "{}, 확인 {}건",
        "more": "외 {}개",
        "rest": "외 {}건 (목록 생략)",
        "other": "그 밖의 {}건 ({}개 그룹)",
        "lost": "보관 기간이 지난 {}건",
        "template": "템플릿 오류로 기본 문구를 사용함",
    },
}
FIRING_WORDS = {Occasion.REPEATED: "repeated", Occasion.SEVERITY_RAISED: "raised"}
UNITS = {"en": ("d", "h", "m", "s"), "ko": ("일", "시간", "분", "초")}


def mark(item: Item) -> str:
    """Return the sign of an item's state."""
    if item.resolved:
        return OVER_MARK
    return SEEN_MARK if item.acknowledged else MARKS[item.alarm.severity]


def state(message: Message, item: Item, language: str) -> str:
    """Return the word for an item's state."""
    words = WORDS[language]
    if message.test:
        return words["test"]
    if item.resolved:
        return words["resolved"]
    if item.acknowledged:
        return words["acknowledged"]
    return words[FIRING_WORDS.get(item.occasion, "firing")]


def span(seconds: float, language: str = "en") -> str:
    """Format a length of time, two units at most, e.g. 1h 5m."""
    rest = max(0, round(seconds))
    parts: list[str] = []
    for unit, size in zip(UNITS[language], (86400, 3600, 60, 1), strict=True):
        count, rest = divmod(rest, size)
        if count or (size == 1 and not parts):
            parts.append(f"{count}{unit}")
    return " ".join(parts[:2])
