"""One alarm in full, in a sentence, and why it was delivered as it was."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from alarminati.client.errors import AlarminatiError
from alarminati.core.model.entries import Alarm
from alarminati.ui.live import Live
from alarminati.ui.problems import missing, of_cluster
from alarminati.ui.schema.alarms import (
    Ack,
    AlarmDetail,
    AlarmRow,
    Episode,
    Link,
    Why,
    WhyChannel,
)
from alarminati.ui.schema.common import Text
from alarminati.ui.store.listing import Listing
from alarminati.ui.store.rows import COLUMNS, alarm_rows
from alarminati.ui.store.texts import BREAK, severity_of
from alarminati.ui.words import STATES, duration, join

if TYPE_CHECKING:
    from alarminati.ui.app import App

_EPISODES: Final = 50
_ELSEWHERE: Final = 10
_LINKS: Final = ("runbook_url", "dashboard_url", "panel_url", "generatorURL", "silence_url")
_SEVERITY_WORDS: Final = {
    "CRITICAL": ("심각", "Critical"),
    "ERROR": ("오류", "Error"),
    "WARNING": ("경고", "Warning"),
    "INFO": ("정보", "Info"),
}


def find(app: App, cluster: str, fingerprint: str) -> tuple[Live, AlarmRow]:
    """Return a cluster and the row of one of its alarms. Raises Problem."""
    live = app.cluster(cluster)

    def read(listing: Listing) -> list[AlarmRow]:
        found = listing.base.execute(
            f"select {COLUMNS} from alarms where cluster = ? and fingerprint = ?",
            (live.known.no, fingerprint),
        ).fetchall()
        return alarm_rows(listing.base, found, listing.known, listing.now)

    rows = app.listing(read)
    if not rows:
        raise missing("그런 알람은 이 PC의 기록에", "such alarm in the history of this computer")
    app.outbox.mark(rows)
    return live, rows[0]


def detail(app: App, cluster: str, fingerprint: str) -> AlarmDetail:
    """Return one alarm. Raises Problem."""
    live, row = find(app, cluster, fingerprint)
    no = live.known.no
    last, seen = app.base.rows(
        "select last, seen from alarms where cluster = ? and fingerprint = ?", (no, fingerprint)
    )[0]
    records = live.history.at([last]) if live.history is not None else []
    alarm = records[0].body if records and isinstance(records[0].body, Alarm) else None
    count = app.base.one(
        "select count(*) from episodes where cluster = ? and fingerprint = ?", (no, fingerprint)
    )
    raw = _raw(alarm)
    return AlarmDetail(
        row,
        sentence(row, app.now()),
        dict(alarm.annotations) if alarm else {},
        _links(alarm),
        alarm.key if alarm else "",
        alarm.source if alarm else "",
        alarm.timestamp if alarm else row.start_ms,
        seen if seen > 1 else 0,
        _episodes(app, live, fingerprint),
        count,
        _elsewhere(app, live, row),
        raw,
        len(raw.encode()),
        _allowed(live),
    )


def _allowed(live: Live) -> list[str]:
    local = ["done", "undone", "snooze", "unsnooze", "seen"]
    if live.calls is None or live.known.role != "operator":
        return local
    return [*local, "ack", "unack", "note", "assign", "resolve", "silence"]


def _raw(alarm: Alarm | None) -> str:
    if alarm is None:
        return "{}"
    told: dict[str, Any] = {
        "message": alarm.message,
        "severity": alarm.severity.name,
        "timestamp_ms": alarm.timestamp,
        "labels": dict(alarm.labels),
        "annotations": dict(alarm.annotations),
    }
    for name in ("project", "key", "link", "source"):
        if value := getattr(alarm, name):
            told[name] = value
    return json.dumps(told, ensure_ascii=False, indent=2)


def _links(alarm: Alarm | None) -> list[Link]:
    if alarm is None:
        return []
    found = [("", alarm.link), *((name, dict(alarm.annotations).get(name, "")) for name in _LINKS)]
    found += [(each.title, each.uri) for each in getattr(alarm, "links", ())]
    links: dict[str, Link] = {}
    for title, url in found:
        if is_web(url) and url not in links:
            links[url] = Link(title.removesuffix("_url") or urlsplit(url).hostname or url, url)
    return list(links.values())


def is_web(url: str) -> bool:
    """Return whether a link leads to the web, and not to a script or a file."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _episodes(app: App, live: Live, fingerprint: str) -> list[Episode]:
    rows = app.base.rows(
        "select start, ended, count, worst, end_reason, ack_by, ack_time, ack_comment from episodes"
        " where cluster = ? and fingerprint = ? order by start desc limit ?",
        (live.known.no, fingerprint, _EPISODES),
    )
    return [
        Episode(
            *(start, ended, count, severity_of(worst), reason),
            Ack(by, time, comment, by == live.known.me) if by else None,
        )
        for start, ended, count, worst, reason, by, time, comment in rows
    ]


def _elsewhere(app: App, live: Live, row: AlarmRow) -> list[AlarmRow]:
    """Return the same alarm in other clusters: by its alertname, or its message."""
    name = row.labels.get("alertname", "")
    sought = ("instr(matched, ?) > 0", f"{BREAK}alertname={name}{BREAK}")
    condition, value = sought if name else ("message = ?", row.message)

    def read(listing: Listing) -> list[AlarmRow]:
        found = listing.base.execute(
            f"select {COLUMNS} from alarms where {condition} and cluster <> ? and shown = 1"
            " order by sort, age limit ?",
            (value, live.known.no, _ELSEWHERE),
        ).fetchall()
        return alarm_rows(listing.base, found, listing.known, listing.now)

    return app.listing(read)


def sentence(row: AlarmRow, now: int) -> Text:
    """Say how an alarm stands, as a colleague would."""
    severity_ko, severity_en = _SEVERITY_WORDS[row.worst]
    lasting = duration((row.end_ms or now) - row.start_ms)
    parts = [Text(severity_ko, severity_en)]
    if row.firing:
        parts.append(Text(f"{lasting.ko}째 발생 중", f"firing for {lasting.en}"))
    else:
        parts.append(Text(f"{lasting.ko} 뒤 해소됨", f"resolved after {lasting.en}"))
    if delivered := [each.channel for each in row.deliveries if each.state == "delivered"]:
        names = ", ".join(delivered)
        parts.append(Text(f"{names} 채널에 전달됨", f"delivered to {names}"))
    elif row.mute is not None:
        by = row.mute.by
        parts.append(Text(f"알림이 꺼져 있음({by})", f"silenced by {by}"))
    elif row.deliveries:
        state = STATES[row.deliveries[0].state]
        parts.append(Text(f"채널 상태: {state.ko}", f"channel: {state.en}"))
    if row.ack is not None:
        parts.append(Text(f"확인: {row.ack.by}", f"acknowledged by {row.ack.by}"))
    elif row.firing:
        parts.append(Text("아직 아무도 확인하지 않음", "not acknowledged"))
    return join(parts)


async def why(app: App, live: Live, row: AlarmRow) -> Why:
    """Return what the cluster explains; when it cannot, what the history says."""
    problem: Text | None = None
    if live.calls is not None and live.state in ("live", "late", "connecting"):
        try:
            return await live.calls.why(row.fingerprint)
        except AlarminatiError as error:
            said = of_cluster(error).error
            problem = Text(said.ko, said.en)
    channels = [
        WhyChannel(each.channel, each.state.upper(), STATES[each.state], each.time_ms)
        for each in row.deliveries
    ]
    mutes = [row.mute] if row.mute is not None else []
    return Why("history", sentence(row, app.now()), [], mutes, channels, problem)
