"""The timeline of an alarm: records of its history, and what this computer knows besides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from alarminati.client.events import Record
from alarminati.core.alarms.end_reason import OPERATOR, RESOLVED_BY
from alarminati.core.alarms.episodes import TIMED_OUT
from alarminati.core.model.entries import Action, Alarm, DeliveryAttempt, Notification, Result
from alarminati.ui.live import Live
from alarminati.ui.schema.alarms import AlarmRow, Attempt, Timeline, TimelineEvent
from alarminati.ui.schema.common import Text
from alarminati.ui.store.texts import rank_of
from alarminati.ui.words import duration

if TYPE_CHECKING:
    from alarminati.ui.app import App

FACTS: Final = 1000
_REASONS: Final = {
    "STATE_CHANGED": Text("", ""),
    "REMINDER": Text("다시 알림", "reminder"),
    "ACKNOWLEDGED": Text("확인을 알림", "acknowledgement"),
    "ESCALATED": Text("에스컬레이션", "escalation"),
    "SEVERITY_RAISED": Text("심각도가 올라감", "severity raised"),
}
_RESULTS: Final = {Result.DELIVERED: "delivered", Result.FAILED: "failed", Result.RETRY: "retry"}
_MINE: Final = {
    "done": Text("내가 치움", "put away by me"),
    "undone": Text("다시 꺼냄", "taken back by me"),
    "snooze": Text("나중에 보기로 함", "snoozed by me"),
    "unsnooze": Text("나중에를 그만둠", "snooze ended by me"),
}


def timeline(app: App, live: Live, row: AlarmRow) -> Timeline:
    """Return all that became of an alarm, oldest first."""
    numbers = [
        received
        for (received,) in app.base.rows(
            "select received from facts where cluster = ? and fingerprint = ?"
            " order by received desc limit ?",
            (live.known.no, row.fingerprint, FACTS),
        )
    ]
    records = live.history.at(sorted(numbers)) if live.history is not None else []
    events = list(_Telling(app, live, row.fingerprint).events(records))
    events += _mine(app, live, row)
    start = events[0].time_ms if events else row.start_ms
    events += _troubles(app, live, start)
    events.sort(key=lambda event: event.time_ms)
    return Timeline(events, len(numbers) == FACTS, app.now())


class _Telling:
    """Turns the records of one alarm into events."""

    def __init__(self, app: App, live: Live, fingerprint: str) -> None:
        self._app = app
        self._live = live
        self._fingerprint = fingerprint
        self._firing = False
        self._worst = 9
        self._repeats: TimelineEvent | None = None
        self._time = 0

    def events(self, records: Sequence[Record]) -> Iterator[TimelineEvent]:
        """Yield the events in the order of the records."""
        for record in records:
            match record.body:
                case Alarm() as alarm:
                    self._time = alarm.timestamp or record.at
                    yield from self._report(alarm)
                case Action() as action:
                    yield self._action(record, action)
                case Notification() as notice:
                    yield self._notice(record, notice)

    def _report(self, alarm: Alarm) -> Iterator[TimelineEvent]:
        time, by = self._time, alarm.source
        if alarm.resolved:
            if self._firing:
                self._firing, self._repeats = False, None
                yield _end(alarm, time)
            return
        rank = rank_of(alarm.severity)
        if not self._firing:
            self._firing, self._worst, self._repeats = True, rank, None
            title = Text("발생", "fired")
            if by:
                title = Text(f"발생, {by}에서 보고됨", f"fired, reported by {by}")
            yield TimelineEvent("reported", time, title, Text(alarm.message, alarm.message), by=by)
        elif rank < self._worst:
            self._worst = rank
            name = alarm.severity.name
            title = Text(f"심각도가 {name}로 올라감", f"severity raised to {name}")
            yield TimelineEvent("severity", time, title)
        elif self._repeats is None:
            self._repeats = TimelineEvent(
                "repeated", time, Text("다시 보고됨", "reported again"), end_ms=time, count=1
            )
            yield self._repeats
        else:
            self._repeats.count += 1
            self._repeats.end_ms = time

    def _action(self, record: Record, action: Action) -> TimelineEvent:
        kinds: dict[str, tuple[Any, str, str]] = {
            "ACKNOWLEDGE": ("ack", "확인함", "acknowledged"),
            "UNACKNOWLEDGE": ("unack", "확인 취소", "acknowledgement withdrawn"),
            "NOTE": ("note", "메모", "note"),
            "ASSIGN": ("assign", "담당자 지정", "assigned"),
            "RESOLVE": ("resolve", "직접 해소함", "resolved by hand"),
        }
        kind, ko, en = kinds.get(action.kind.name, ("unknown", "메모", "note"))
        title = Text(f"{action.created_by}: {ko}", f"{en} by {action.created_by}")
        return TimelineEvent(kind, record.at, title, by=action.created_by, comment=action.comment)

    def _notice(self, record: Record, notice: Notification) -> TimelineEvent:
        reason = next(
            (each.reason.name for each in notice.items if each.fingerprint == self._fingerprint),
            "STATE_CHANGED",
        )
        attempts = self._attempts(str(record.id))
        kind, detail = "queued", Text("전달 대기 중", "waiting")
        time = record.at
        if attempts:
            last = attempts[-1]
            kind = "queued" if last.result == "retry" else last.result
            time = last.time_ms
            if last.result == "delivered" and len(attempts) > 1:
                tries = len(attempts)
                detail = Text(f"{tries}번 만에 전달됨", f"delivered at attempt {tries}")
            else:
                said = f"{last.replica}, {last.duration_ms} ms"
                detail = Text(last.detail or said, last.detail or said)
        said_ko = {"queued": "전달 대기 중", "delivered": "전달됨", "failed": "전송 실패함"}[kind]
        said_en = {"queued": "waiting for", "delivered": "delivered to", "failed": "failed at"}[
            kind
        ]
        title = Text(f"{notice.channel}: {said_ko}", f"{said_en} {notice.channel}")
        why = _REASONS.get(reason)
        if why is not None and why.ko:
            title = Text(f"{why.ko}: {title.ko}", f"{why.en}: {title.en}")
        return TimelineEvent(
            *(kind, time, title, detail),  # type: ignore[arg-type]
            channel=notice.channel,
            count=len(notice.items),
            attempts=attempts,
        )

    def _attempts(self, notice: str) -> list[Attempt]:
        history = self._live.history
        if history is None:
            return []
        sql = "select received from attempts where cluster = ? and notice = ? order by received"
        numbers = [each for (each,) in self._app.base.rows(sql, (self._live.known.no, notice))]
        found = []
        for record in history.at(numbers):
            body = record.body
            if isinstance(body, DeliveryAttempt):
                cause = body.cause.name if body.cause else ""
                found.append(
                    Attempt(
                        *(record.at, _RESULTS.get(body.result, "retry"), cause, body.replica),  # type: ignore[arg-type]
                        *(body.duration, body.retry_after, body.detail),
                    )
                )
        return found


def _end(alarm: Alarm, time: int) -> TimelineEvent:
    if alarm.source == OPERATOR:
        said = dict(alarm.annotations)
        who = said.get(RESOLVED_BY, "")
        title = Text(f"{who}: 직접 해소함", f"resolved by hand by {who}")
        return TimelineEvent("resolve", time, title, by=who, comment=said.get("comment", ""))
    if TIMED_OUT in alarm.annotations:
        title = Text("해소: 더 이상 보고되지 않음", "resolved: no longer reported")
        return TimelineEvent("resolved", time, title)
    return TimelineEvent("resolved", time, Text("해소됨", "resolved"))


def _mine(app: App, live: Live, row: AlarmRow) -> list[TimelineEvent]:
    rows = app.base.rows(
        "select time, kind, until from mine where cluster = ? and fingerprint = ?",
        (live.known.no, row.fingerprint),
    )
    found = [
        TimelineEvent(kind, time, _MINE[kind], end_ms=until, about="me")
        for time, kind, until in rows
        if kind in ("done", "snooze")
    ]
    seen = app.base.one(
        "select seen from alarms where cluster = ? and fingerprint = ?",
        (live.known.no, row.fingerprint),
    )
    if seen and seen > 1:
        title = Text("내가 처음 본 시각", "first seen by me")
        found.append(TimelineEvent("seen", seen, title, about="me"))
    return found


def _troubles(app: App, live: Live, start: int) -> list[TimelineEvent]:
    found = []
    for kind, begin, end, count in app.base.rows(
        "select kind, start, ended, count from troubles where cluster = ? and ended >= ?",
        (live.known.no, start),
    ):
        if kind == "gap":
            title = Text(f"여기서 최대 {count}건을 받지 못함", f"up to {count} records missed here")
            found.append(TimelineEvent("gap", begin, title, count=count, about="cluster"))
        else:
            lasted = duration(end - begin)
            title = Text(f"클러스터 무응답 {lasted.ko}", f"cluster silent for {lasted.en}")
            detail = Text(f"돌아와 기록 {count}건을 이어 받음", f"{count} records came afterwards")
            found.append(
                TimelineEvent(
                    "cluster_silent", begin, title, detail, end, count=count, about="cluster"
                )
            )
    return found
