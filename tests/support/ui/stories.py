"""What the fixture tells of one alarm: its timeline, and why it came as it did."""
# ruff: noqa: E501 -- one fact a line reads better here than in pieces

from __future__ import annotations

from datetime import datetime

from alarminati.ui.schema.alarms import (
    AlarmDetail,
    AlarmRow,
    Attempt,
    Episode,
    Link,
    Timeline,
    TimelineEvent,
    Why,
    WhyChannel,
)
from alarminati.ui.schema.common import Text
from tests.support.ui.day import DAY, MINUTE, NOW, SECOND, SEOUL


def at(clock: str, days: int = 0) -> int:
    """Return a time of the fixture's day."""
    # ruff: noqa: E501 -- one fact a line reads better here than in pieces
    hour, minute, second = (int(part) for part in clock.split(":"))
    day = datetime(2026, 11, 30, hour, minute, second, tzinfo=SEOUL)
    return int(day.timestamp() * 1000) - days * DAY


def minutes(ms: int) -> int:
    """Return whole minutes."""
    return max(0, ms // MINUTE)


def sentence(row: AlarmRow) -> Text:
    """Return the state as a colleague would say it."""
    names = {"ops": ("Slack", "Slack"), "당직": ("카카오톡", "KakaoTalk"), "mail": ("메일", "mail")}
    done = [one.channel for one in row.deliveries if one.state == "delivered"]
    ko = "·".join(names.get(name, (name, name))[0] for name in done)
    en = " and ".join(names.get(name, (name, name))[1] for name in done)
    lasting = minutes(NOW - row.start_ms)
    if not row.firing:
        return Text(f"{lasting}분 전에 발생, 해소됨.", f"Began {lasting} min ago, resolved.")
    told = (
        (f"{ko}에 전달됨", f"delivered to {en}") if done else ("전달 안 됨", "delivered to nobody")
    )
    by = row.ack
    who = (
        (
            f"{by.by}{'가' if by.mine or by.by.endswith('차') else ' 님이'} 확인함.",
            f"acknowledged by {by.by}.",
        )
        if by
        else ("아직 아무도 확인하지 않음.", "acknowledged by nobody yet.")
    )
    return Text(
        f"{lasting}분째 발생 중, {told[0]}, {who[0]}",
        f"Firing for {lasting} min, {told[1]}, {who[1]}",
    )


def detail(row: AlarmRow) -> AlarmDetail:
    """Return one alarm in full."""
    raw = '{"status":"firing","labels":{"alertname":"PayApiErrorRatio"},"value":"0.1204"}'
    episodes = [Episode(row.start_ms, row.end_ms, row.report_count, row.severity)]
    if row.kind == "alarm":
        episodes += [
            Episode(at("20:31:00", 1), at("20:37:00", 1), 3, "CRITICAL", "reported"),
            Episode(at("12:44:00", 1), at("13:02:00", 1), 4, "ERROR", "reported"),
            Episode(at("03:10:00", 21), at("04:12:00", 21), 9, "ERROR", "timed_out"),
        ]
    return AlarmDetail(
        row=row,
        sentence=sentence(row),
        annotations={"summary": "5분 동안 5xx가 12 %, 평소 0.1 %", "value": "0.1204"},
        links=[
            Link("Runbook", "https://wiki.example.com/runbooks/pay-api"),
            Link("Graph", "https://grafana.example.com/d/pay-api"),
            Link("Logs", "https://logs.example.com/pay-api"),
        ],
        key="",
        source="alertmanager",
        timestamp_ms=row.changed_ms,
        seen_ms=at("10:12:02"),
        episodes=episodes,
        episode_count=len(episodes),
        elsewhere=[],
        raw=raw,
        raw_bytes=1_100,
        allowed=["ack", "unack", "note", "assign", "resolve", "done", "snooze"],
    )


def _tries() -> list[Attempt]:
    waits = (("10:02:12", 88, 10), ("10:02:22", 91, 20), ("10:02:42", 84, 32))
    refused = [
        Attempt(at(clock), "retry", "RATE_LIMITED", "a1", ms, again * SECOND, "429")
        for clock, ms, again in waits
    ]
    return [*refused, Attempt(at("10:03:14"), "delivered", "", "a1", 143)]


def timeline(row: AlarmRow) -> Timeline:
    """Return what became of an alarm."""
    if "PayApi" not in row.labels.get("alertname", ""):
        return Timeline(_plain(row), now_ms=NOW)
    events = [
        TimelineEvent("mark", at("09:58:20"), Text("배포 pay-api 1.4.2", "Deployed pay-api 1.4.2"),
            Text("알람 3분 51초 전, CI", "3 min 51 s before the alarm, by CI"), about="cluster"),
        TimelineEvent("reported", at("10:02:11"),
            Text("발생, Alertmanager가 보고함", "Firing, reported by Alertmanager"),
            Text("12번 다시 보고됨 10:03–10:14", "reported again 12 times 10:03–10:14"), count=12),
        TimelineEvent("delivered", at("10:02:12"),
            Text("ops · Slack에 전달됨", "Delivered to ops · Slack"), Text("a1, 212 ms", "a1, 212 ms"),
            channel="ops", attempts=[Attempt(at("10:02:12"), "delivered", "", "a1", 212)]),
        TimelineEvent("delivered", at("10:03:14"),
            Text("당직 · 카카오톡에 4번 만에 전달됨", "Delivered to on call · KakaoTalk at the 4th attempt"),
            Text("세 번은 호출 제한(429)으로 거절됨", "three refused by the rate limit (429)"),
            channel="당직", attempts=_tries()),
        TimelineEvent("cluster_silent", at("10:07:40"),
            Text("이 PC에서 클러스터 무응답 1분 25초", "Cluster silent to this PC for 1 min 25 s"),
            Text("10:09:05에 돌아와 기록 31건을 이어 받음", "Back at 10:09:05, 31 records caught up"),
            end_ms=at("10:09:05"), about="cluster"),
        TimelineEvent("gap", at("10:09:05"),
            Text("여기서 최대 14건을 받지 못함", "Up to 14 records are missing here"),
            Text("에이전트 디스크가 차서 오래된 기록부터 지워진 구간",
                 "The agents ran out of disk and deleted the oldest records"), count=14, about="cluster"),
        TimelineEvent("seen", at("10:12:02"), Text("내가 처음 본 시각", "First seen by me"), about="me"),
        TimelineEvent("escalation", at("10:17:11"),
            Text("10:17까지 확인이 없으면 온콜 2차로 에스컬레이션", "Escalates to on call 2 unless acknowledged by 10:17"),
            about="cluster"),
    ]  # fmt: skip
    return Timeline(events, now_ms=NOW)


def _plain(row: AlarmRow) -> list[TimelineEvent]:
    reported = TimelineEvent(
        "reported",
        row.start_ms,
        Text("발생, Alertmanager가 보고함", "Firing, reported by Alertmanager"),
        about="alarm",
    )
    told = [
        TimelineEvent(
            "delivered" if one.state == "delivered" else "failed",
            one.time_ms,
            Text(f"{one.channel}에 전달됨", f"Delivered to {one.channel}")
            if one.state == "delivered"
            else Text(f"{one.channel}이(가) 거절함", f"Refused by {one.channel}"),
            channel=one.channel,
        )
        for one in row.deliveries
        if one.state in ("delivered", "failed")
    ]
    events = [reported, *told]
    if row.ack:
        said = Text(f"{row.ack.by} 확인함", f"Acknowledged by {row.ack.by}")
        events.append(TimelineEvent("ack", row.ack.time_ms, said, by=row.ack.by))
    return sorted(events, key=lambda event: event.time_ms)


def why(row: AlarmRow) -> Why:
    """Return the reasons of the notifications."""
    return Why(
        "cluster",
        sentence(row),
        [Text("경로 payments: severity=CRITICAL, team=payments", "Route payments: severity=CRITICAL, team=payments")],
        [row.mute] if row.mute else [],
        [
            WhyChannel(one.channel, "route", Text(f"채널 {one.channel}", f"Channel {one.channel}"), one.time_ms)
            for one in row.deliveries
        ],
    )  # fmt: skip
