"""State of the fixture: what calls and tests change, and the events that tell of it."""
# ruff: noqa: E501 -- one fact a line reads better here than in pieces

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import msgspec

from alarminati.ui.schema.acts import (
    ActRequest,
    ActResult,
    PreviewCluster,
    PreviewRequest,
    SilencePreview,
    SilenceResult,
    SilenceSuggestion,
    TargetResult,
)
from alarminati.ui.schema.alarms import Ack, AlarmRow, PendingAct
from alarminati.ui.schema.channels import ChannelTest, Resent
from alarminati.ui.schema.clusters import ClusterChip, DemoStatus, JoinStep
from alarminati.ui.schema.common import AlarmKey, Done, Error, Text
from alarminati.ui.schema.events import Changed, ClusterChanged, Hello, Reset, Storm, Summary
from alarminati.ui.schema.settings import Settings
from tests.support.ui import day, feed, office, stories
from tests.support.ui.day import MINUTE, NOW
from tests.support.ui.storm import storm_rows, storm_summary

Parts = list[str]


class Refused(Exception):
    """The call is refused, as the app would."""

    # ruff: noqa: E501 -- one fact a line reads better here than in pieces

    def __init__(self, code: str, ko: str, en: str, status: int = 400) -> None:
        super().__init__(en)
        self.status = status
        self.error = Error(code, ko, en)


class State:
    """All that the fixture knows."""

    def __init__(self) -> None:
        self.listeners: list[Callable[[bytes | None], None]] = []
        self.streams = 0
        self.step_seconds = 0.02
        self.seq = 0
        self._reset("day")

    def _reset(self, scenario: str) -> None:
        self.scenario = scenario
        self.rows = [] if scenario == "empty" else day.rows()
        self.chips = [] if scenario == "empty" else day.chips()
        self.settings = Settings(notify_asked=True)
        self.storm: Storm | None = None
        self.offline_ms = NOW - 20_000 if scenario == "offline" else 0
        self.undo: dict[str, list[AlarmRow]] = {}
        self.acts: list[ActRequest] = []
        self.sent: list[dict[str, Any]] = []
        if scenario == "storm":
            self.rows = storm_rows()
            self.storm = storm_summary(self.rows)
            for chip in self.chips:
                chip.state, chip.missed, chip.silent_ms = "live", 0, 0
                own = [row for row in self.rows if row.cluster == chip.id]
                chip.firing = feed.severities(own)
        if scenario == "offline":
            for chip in self.chips:
                chip.state = "unknown"
            self.rows = [row for row in self.rows if row.kind == "alarm"]
        if scenario == "calm":
            self.rows = [row for row in self.rows if not row.firing]
            for chip in self.chips:
                chip.state, chip.heard_ms = "live", NOW - 3000
                chip.firing = feed.severities([])

    # Events.

    def hello(self) -> bytes:
        """Return the first event of a stream."""
        return self._event("hello", Hello(self.seq, "fixture", NOW))

    def _event(self, name: str, data: Any) -> bytes:
        return b"id: %d\nevent: %s\ndata: %s\n\n" % (
            self.seq,
            name.encode(),
            msgspec.json.encode(data),
        )

    def _tell(self, name: str, data: Any) -> None:
        for listener in self.listeners:
            listener(self._event(name, data))

    def _changed(self, rows: list[AlarmRow], began: int = 0) -> None:
        self.seq += 1
        keys = [AlarmKey(row.cluster, row.fingerprint) for row in rows[:100]]
        notify = [row for row in rows if row.severity in ("CRITICAL", "ERROR")][:3] if began else []
        self._tell("changed", Changed(
            self.seq, feed.tabs(self.rows, True), feed.severities(self.rows), keys,
            max(0, len(rows) - 100), began, notify, len(notify), self.storm,
        ))  # fmt: skip

    # Calls.

    def call(self, method: str, parts: Parts, query: feed.Query, body: Any) -> Any:
        """Answer a call, or a test's wish. Raises Refused."""
        if parts[0] == "fixture":
            return self._fixture(parts[1], body)
        if method != "GET":
            self.sent.append({"method": method, "path": "/".join(parts), "body": body})
        match [method, *parts[1:]]:
            case ["GET", "summary"]:
                return self._summary()
            case ["GET", "alarms"]:
                return feed.window(self.rows, query, self.seq)
            case ["GET", "alarms", cluster, fingerprint, *rest]:
                return self._alarm(cluster, fingerprint, rest)
            case ["POST", "acts"]:
                return self._act(msgspec.convert(body, ActRequest))
            case ["DELETE", "acts", name]:
                return self._take_back(name)
            case ["POST", "silences", "preview"]:
                return self._preview(msgspec.convert(body, PreviewRequest))
            case ["POST", "silences"]:
                results = [
                    TargetResult(name, "9a1b2c3d4e5f6079", "ok") for name in body["clusters"]
                ]
                return SilenceResult(body["id"], results)
            case ["GET", "settings"]:
                return self.settings
            case ["PUT", "settings"]:
                self.settings = msgspec.convert(body, Settings)
                return self.settings
            case ["POST", "join"]:
                return self._join(body["invitation"])
            case [_, "demo"]:
                return DemoStatus(method == "POST")
        return self._office(method, parts[1:], query)

    def _office(self, method: str, parts: Parts, query: feed.Query) -> Any:
        match [method, *parts]:
            case ["GET", "clusters"]:
                return office.clusters(self.chips)
            case ["GET", "clusters", name, "doctor"]:
                return office.diagnosis(name, self._chip(name).state == "silent")
            case ["GET", "channels"]:
                return office.channels(self.chips)
            case ["GET", "channel-types"]:
                return office.channel_types()
            case ["GET", "channels", name, "dead"]:
                return office.dead_letters(name)
            case ["POST", "channels", _, "resend"]:
                return Resent(1)
            case ["POST", "channels", _, _, "test"]:
                return ChannelTest(True, "", 212)
            case ["GET", "silences"]:
                return office.silences()
            case ["GET", "stats"]:
                return office.statistics(int(query.get("days", ["7"])[0]))
            case ["GET", "about"]:
                return office.about()
            case ["PUT" | "DELETE" | "POST", *_]:
                return Done()
        raise Refused("NOT_FOUND", "그런 것은 없습니다", "there is no such thing", 404)

    def _chip(self, name: str) -> ClusterChip:
        return next(chip for chip in self.chips if chip.id == name)

    def _summary(self) -> Summary:
        return Summary(
            seq=self.seq,
            build="fixture",
            version="1.6.0",
            time_ms=NOW,
            tabs=feed.tabs(self.rows, True),
            severities=feed.severities(self.rows),
            clusters=self.chips,
            offline_ms=self.offline_ms,
            resumed_ms=0,
            resumed_records=0,
            queue=0,
            last_alarm_ms=NOW - 3 * 60 * MINUTE if self.scenario == "calm" else NOW - MINUTE,
            today_bytes=1_650_000,
            budget_bytes=6_000_000,
            storm=self.storm,
        )

    def _find(self, cluster: str, fingerprint: str) -> AlarmRow:
        for row in self.rows:
            if (row.cluster, row.fingerprint) == (cluster, fingerprint):
                return row
        raise Refused("NOT_FOUND", "그런 알람은 없습니다", "there is no such alarm", 404)

    def _alarm(self, cluster: str, fingerprint: str, rest: Parts) -> Any:
        row = self._find(cluster, fingerprint)
        if rest == ["timeline"]:
            return stories.timeline(row)
        if rest == ["why"]:
            return stories.why(row)
        return stories.detail(row)

    def _act(self, act: ActRequest) -> ActResult:
        self.acts.append(act)
        if act.selection is not None:
            query = {"q": [act.selection.q], "cluster": act.selection.clusters}
            inside = feed.TABS[act.selection.tab]
            chosen = [row for row in feed.searched(self.rows, query) if inside(row)]
        else:
            chosen = [self._find(key.cluster, key.fingerprint) for key in act.targets]
        self.undo[act.id] = [msgspec.structs.replace(row) for row in chosen]
        results = []
        for row in chosen:
            state: Literal["ok", "queued", "refused"] = "ok"
            team = act.kind in ("ack", "unack", "note", "assign", "resolve")
            if team and self._chip(row.cluster).role != "operator":
                needs = Error("ROLE_REQUIRED", "operator 권한 필요", "needs operator")
                results.append(TargetResult(row.cluster, row.fingerprint, "refused", needs))
                continue
            if team and self._chip(row.cluster).state != "live":
                state = "queued"
                row.acts = [*row.acts, PendingAct(act.id, act.kind, "queued")]
            else:
                _do(row, act)
            results.append(TargetResult(row.cluster, row.fingerprint, state))
        self._changed(chosen)
        return ActResult(act.id, act.kind, NOW, results[:1000], len(chosen), NOW + 10_000)

    def _take_back(self, name: str) -> ActResult:
        for old in self.undo.pop(name, []):
            index = next(
                i for i, row in enumerate(self.rows)
                if (row.cluster, row.fingerprint) == (old.cluster, old.fingerprint)
            )  # fmt: skip
            self.rows[index] = old
        self._changed([])
        return ActResult(name, "done", NOW, [], 0)

    def _preview(self, asked: PreviewRequest) -> SilencePreview:
        selected = [self._find(key.cluster, key.fingerprint) for key in asked.targets]
        names = {name for row in selected for name in row.labels}
        suggestions = []
        for name in sorted(names, key=lambda n: ("alertname namespace env pod".find(n) % 99, n)):
            values = {row.labels.get(name, "") for row in selected}
            value = next(iter(values)) if len(values) == 1 else ""
            suggestions.append(SilenceSuggestion(name, value, len(values) == 1, len(values)))
        matchers = asked.matchers
        if matchers is None:
            matchers = [f'{one.name}="{one.value}"' for one in suggestions if one.on]
        clusters = asked.clusters or sorted({row.cluster for row in selected})
        parts = feed.parsed(" ".join(matchers))
        found = [
            row for row in self.rows
            if row.firing and row.cluster in clusters and feed.fits(row, parts)
        ]  # fmt: skip
        keys = {(row.cluster, row.fingerprint) for row in selected}
        each = []
        for name in clusters:
            own = [row for row in found if row.cluster == name]
            others = [row for row in own if (row.cluster, row.fingerprint) not in keys]
            each.append(PreviewCluster(name, len(own), len(own) - len(others), others[:10], True))
        return SilencePreview(suggestions, matchers, len(selected), len(found), each)

    def _join(self, invitation: str) -> list[JoinStep]:
        if "broken" in invitation:
            late = Error(
                "INVITATION_OVER",
                "초대장의 기한이 지났습니다. 새 초대장을 받으세요.",
                "The invitation is over. Ask for a new one.",
            )
            return [JoinStep("read", "failed", Text("초대장을 읽음", "Invitation read"), error=late)]  # fmt: skip
        said = (
            ("read", Text("역할 operator, 이름 work-laptop, 41분 남음", "role operator, name work-laptop, 41 min left")),
            ("reached", Text("alarms.example.com:7443, 24 ms, 인증 기관 확인됨", "alarms.example.com:7443, 24 ms, authority verified")),
            ("key", Text("이 PC를 떠나지 않습니다", "It never leaves this PC")),
            ("certificate", Text("365일 동안 유효", "valid for 365 days")),
            ("records", Text("1,204건, 31 kB", "1,204 records, 31 kB")),
        )  # fmt: skip
        steps = []
        for name, text in said:
            steps.append(JoinStep(name, "now", text, "seoul-1"))  # type: ignore[arg-type]
            steps.append(JoinStep(name, "done", text, "seoul-1", 1204, 31_000))  # type: ignore[arg-type]
        self.chips = self.chips or day.chips()[1:2]
        return steps

    # What tests wish.

    def _fixture(self, wish: str, body: Any) -> Any:
        match wish:
            case "reset":
                self._reset(body.get("scenario", "day"))
                self.step_seconds = body.get("step_seconds", 0.02)
                self.settings = msgspec.convert(
                    msgspec.to_builtins(self.settings) | body.get("settings", {}), Settings
                )
                self.seq += 1
                self._tell("reset", Reset(self.seq, "restart"))
            case "alarms":
                self._more(body["count"], body.get("severity", "CRITICAL"))
            case "pods":
                self.rows += day.pods()
                self._changed([])
            case "silent":
                chip = self._chip(body["cluster"])
                chip.state, chip.silent_ms, chip.heard_ms = "silent", NOW, NOW - 45_000
                self.seq += 1
                self._tell("cluster", ClusterChanged(self.seq, chip, 0, True))
            case "sent":
                return {"sent": self.sent, "streams": len(self.listeners)}
            case "hang-up":
                for listener in self.listeners:
                    listener(None)
        return Done()

    def _more(self, count: int, severity: Any) -> None:
        begun = len(self.rows)
        new = []
        for number in range(count):
            text = f"새 알람 {begun + number}"
            one = day.row((severity, "seoul-1", text, 0, 1, "new*", "alertname=Fresh", ""))
            new.append(one)
        self.rows[:0] = new
        self._changed(new, count)


def _do(row: AlarmRow, act: ActRequest) -> None:
    match act.kind:
        case "ack":
            row.ack = Ack("나", NOW, act.comment, True)
        case "unack":
            row.ack = None
        case "done":
            row.done = True
        case "undone":
            row.done = False
        case "snooze":
            row.snoozed_until_ms = act.until_ms
        case "unsnooze":
            row.snoozed_until_ms = 0
        case "resolve":
            row.firing, row.end_ms, row.novelty = False, NOW, "resolved"
        case "note":
            row.note_count += 1
        case "assign":
            row.assignee = act.assignee
        case "seen":
            row.seen = True
