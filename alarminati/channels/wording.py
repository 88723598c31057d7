"""Wording of every chat: fixed words in two languages, signs, lengths of time."""

from __future__ import annotations

import re

from alarminati.channels.message import Item, Message
from alarminati.core.model.entries import NotificationReason, Severity

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
        "test text": "Test message from Alarminati to channel {}",
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
        "test text": "Alarminati에서 {} 채널로 보내는 테스트 메시지",
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
FIRING_WORDS = {
    NotificationReason.REMINDER: "repeated",
    NotificationReason.SEVERITY_RAISED: "raised",
}
DETAILS = {
    "ko": (
        (r"(\S+) answered (\d{3})", r"\1 응답 코드: \2"),
        (r"no answer from (\S+) within (\S+) s", r"\1 서버가 \2초 안에 응답하지 않음"),
        (r"(\S+) refused the connection", r"\1 서버가 연결을 거부함"),
        (r"the name (\S+) cannot be resolved", r"\1 이름의 주소를 찾을 수 없음"),
        (r"cannot connect to (\S+)", r"\1 서버에 연결할 수 없음"),
        (r"no TLS connection with (\S+) could be made", r"\1 서버와 TLS 연결을 맺을 수 없음"),
        (r"(\S+) answered something that is not HTTP", r"\1 서버의 응답이 HTTP가 아님"),
    )
}
"""Patterns of what `agent/master_tasks/probes.py` finds in English, with their translations."""
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
    return words[FIRING_WORDS.get(item.reason, "firing")]


def detail(text: str, language: str) -> str:
    """Return what a health check found in the channel's language; other text stays as it is."""
    for pattern, words in DETAILS.get(language, ()):
        if found := re.fullmatch(pattern, text):
            return found.expand(words)
    return text


def span(seconds: float, language: str = "en") -> str:
    """Format a length of time, two units at most, e.g. 1h 5m."""
    rest = max(0, round(seconds))
    parts: list[str] = []
    for unit, size in zip(UNITS[language], (86400, 3600, 60, 1), strict=True):
        count, rest = divmod(rest, size)
        if count or (size == 1 and not parts):
            parts.append(f"{count}{unit}")
    return " ".join(parts[:2])
