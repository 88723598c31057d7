"""What people read of deliveries and silences."""

from __future__ import annotations

import click
import pytest

from alarminati.cli.output.rendering import moment, record_line
from alarminati.cli.output.statuses import status_line
from alarminati.client import (
    Alarm,
    AlarmStatus,
    DeliveryAttempt,
    DeliveryCause,
    EntryId,
    Mute,
    MuteReason,
    Notification,
    NotificationItem,
    NotificationReason,
    Record,
    Result,
    Severity,
    Silence,
)
from alarminati.core.model.entries import Body
from tests.client.agents import NOW

ID, NOTICE = EntryId("a0000000", 1), EntryId("a0000000", 2)
PRINT = "0123456789abcdef"


def line(body: Body) -> str:
    """Without its time, and without colours."""
    told = record_line(Record(ID, body, "", 1, NOW, ""), {NOTICE: "ops"}.get)
    return click.unstyle(told).partition(" ")[2].partition(" ")[2]


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        (
            DeliveryAttempt(NOTICE, Result.DELIVERED, 1, "a", 12, message_id="C1/2"),
            "ops: delivered (attempt 1, a, 12 ms) <C1/2>",
        ),
        (
            DeliveryAttempt(
                NOTICE, Result.RETRY, 2, "b", 5, "too fast", "", 30_000, DeliveryCause.RATE_LIMITED
            ),
            "ops: retry [rate limited] (attempt 2, b, 5 ms) again in 30 s: too fast",
        ),
        (
            DeliveryAttempt(
                ID, Result.FAILED, 3, "b", 5, "it\x1b answered 404", cause=DeliveryCause.REJECTED
            ),
            "failed [rejected] (attempt 3, b, 5 ms): it� answered 404",
        ),
    ],
)
def test_an_attempt(outcome: DeliveryAttempt, told: str) -> None:
    assert line(outcome) == told


def test_what_is_to_be_sent() -> None:
    items = (
        NotificationItem(ID, PRINT, True),
        NotificationItem(ID, PRINT, False, NotificationReason.REMINDER, 2),
        NotificationItem(ID, PRINT, False, NotificationReason.ACKNOWLEDGED),
    )
    assert line(Notification("ops", items, "k")) == (
        f"to be sent to ops: {ID} resolved, {ID} still firing (2), {ID} acknowledged"
    )


def test_a_silence_and_its_end() -> None:
    silence = Silence(PRINT, ("a=b", 'c=~"d"'), NOW, NOW + 1000, "jane", "disks")
    assert line(silence).startswith("silenced by jane until ")
    assert line(silence).endswith(': disks (a=b, c=~"d")')
    ended = Silence(PRINT, ("a=b",), NOW - 5, NOW, "kim", "disks")
    assert line(ended) == "silence by kim is over (a=b)"


@pytest.mark.parametrize(
    ("mute", "told", "korean"),
    [
        (
            Mute(MuteReason.SILENCED, "5111", "kim\x1b", "disks", NOW),
            "not told: silenced by kim� until {time}: disks",
            "전달 보류: kim� 님의 사일런스, {time}까지: disks",
        ),
        (
            Mute(MuteReason.INHIBITED, PRINT),
            f"not told: inhibited by alarm {PRINT}",
            f"전달 보류: {PRINT} 알람이 발생 중이라 억제됨",
        ),
        (
            Mute(MuteReason.TIME_INTERVAL, "nights", end_time=NOW),
            "not told: quiet hours (nights) until {time} at least",
            "전달 보류: 알림 제한 시간(nights), 최소 {time}까지",
        ),
        (
            Mute(MuteReason.FLAPPING, end_time=NOW),
            "not told: it comes and goes; quiet until {time}",
            "전달 보류: 발생과 해소를 반복함(플래핑), {time}까지 보류",
        ),
        (
            Mute(MuteReason.INHIBITED, end_time=NOW),
            "not told: inhibited until {time} by an alarm that is over",
            "전달 보류: 이미 해소된 알람 때문에 {time}까지 억제됨",
        ),
        (
            Mute(MuteReason.UNKNOWN, summary="for a new reason"),
            "not told: for a new reason",
            "전달 보류: for a new reason",
        ),
    ],
)
def test_why_an_alarm_is_not_told(
    mute: Mute, told: str, korean: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the reader's language; of a reason that this version does not know, the agent's words."""
    alarm = Alarm("disk", Severity.ERROR, NOW)
    status = AlarmStatus(alarm, ID, PRINT, True, Severity.ERROR, NOW, mutes=(mute,))
    told, korean = (text.replace("{time}", moment(NOW)) for text in (told, korean))
    assert f"disk  {told}  {ID}" in click.unstyle(status_line(status))
    monkeypatch.setenv("ALARMINATI_LANG", "ko")
    assert f"disk  {korean}  {ID}" in click.unstyle(status_line(status))


@pytest.mark.parametrize(
    ("worst", "told"),
    [(Severity.CRITICAL, "was CRITICAL  "), (Severity.WARNING, ""), (Severity.INFO, "")],
)
def test_says_how_bad_an_alarm_was_that_is_milder_now(worst: Severity, told: str) -> None:
    alarm = Alarm("disk", Severity.WARNING, NOW)
    status = AlarmStatus(alarm, ID, PRINT, True, worst, NOW)
    assert f"disk  {told}{ID}" in click.unstyle(status_line(status))


def test_an_attempt_in_korean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALARMINATI_LANG", "ko")
    outcome = DeliveryAttempt(
        NOTICE, Result.RETRY, 2, "b", 5, "too fast", "", 30_000, DeliveryCause.RATE_LIMITED
    )
    assert line(outcome) == "ops: 재시도 [속도 제한] (2번째 시도, b, 5 ms) 30초 뒤 재시도: too fast"
