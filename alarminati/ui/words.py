"""Phrases that the app says itself, in both languages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from alarminati.ui.schema.common import Text

STATES: Final = {
    "delivered": Text("전달됨", "delivered"),
    "waiting": Text("전달 대기 중", "waiting"),
    "failed": Text("전송 실패함", "failed"),
    "muted": Text("알림 꺼짐", "muted"),
}
_UNITS: Final = (
    (86_400_000, "일", "d"),
    (3_600_000, "시간", "h"),
    (60_000, "분", "min"),
    (1000, "초", "s"),
)


def duration(ms: int) -> Text:
    """Return a length of time in its two largest units, such as "1시간 2분"."""
    ms = max(ms, 0)
    korean: list[str] = []
    english: list[str] = []
    for size, ko, en in _UNITS:
        count, rest = divmod(ms, size)
        if count or korean:
            if count:
                korean.append(f"{count}{ko}")
                english.append(f"{count} {en}")
            ms = rest
            if len(korean) == 2 or not count:
                break
    return Text(" ".join(korean) or "0초", " ".join(english) or "0 s")


def join(parts: Sequence[Text]) -> Text:
    """Return the parts as one sentence."""
    english = ", ".join(part.en for part in parts)
    return Text(", ".join(part.ko for part in parts) + ".", english + ".")
