"""Alarms to measure with: eight products, a dozen kinds of message, two languages."""

from __future__ import annotations

from typing import Any

from alarminati.v1 import alarm_pb2 as pb

PROJECTS = ("w-sharing", "w-bank", "w-shop", "w-mail", "w-maps", "w-talk", "w-news", "w-play")
MESSAGES = (
    "[WS-API] Health check failed ({n})",
    "[WS-DB] Replication lag is {n} s",
    "Pod ws-api-{n} is not ready",
    "Disk /var is {n} % full",
    "Certificate ends in {n} days",
    "Queue orders holds {n} messages",
    "[결제] 응답 시간이 {n} ms 를 넘었습니다",
    "[로그인] 실패율이 {n} 입니다",
    "노드 worker-{n} 이 응답하지 않습니다",
    "Job backup-{n} failed",
    "Memory of ws-web-{n} above 90 %",
    "백업 작업 {n} 이 실패했습니다",
)
BEGIN = 1_000  # milliseconds between two of them


def alarm(number: int, wall: int, *, labels: bool = False) -> pb.Alarm:
    """The alarm of that number; all are distinct. `wall` is milliseconds since 1970 UTC."""
    message = pb.Alarm(
        message=MESSAGES[number % len(MESSAGES)].format(n=number),
        severity=50 - 10 * (number % 4),  # type: ignore[arg-type]
        timestamp_ms=wall - number % BEGIN,
        project=PROJECTS[number % len(PROJECTS)],
    )
    if labels:
        message.labels["service"] = "ws-api"
        message.labels["namespace"] = "w-sharing-prod"
        message.labels["pod"] = f"ws-api-{number:06d}"
    return message


def document(mark: str) -> dict[str, Any]:
    """The smallest alarm, as it is posted over HTTP."""
    return {
        "project": "w-sharing",
        "message": f"[WS-API] Health check failed {mark}",
        "severity": "CRITICAL",
    }
