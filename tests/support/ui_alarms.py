"""A believable day of alarms, made of a seed: Korean and English, in all states."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from pathlib import Path
from random import Random
from time import time as wall_time

from alarminati.client.cache import Cache
from alarminati.client.unrolling import DecodedRecord
from alarminati.core.model.entries import (
    Action,
    Alarm,
    Body,
    DeliveryAttempt,
    DeliveryCause,
    EntryId,
    Notification,
    NotificationItem,
    Result,
    Severity,
    Silence,
)
from alarminati.ui.app import App
from alarminati.ui.live import Live
from alarminati.wire.codec import encode

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
ORIGIN = "made0001"

KINDS = (
    # alertname, severity, message, labels
    (
        "PayApiErrorRatio",
        "CRITICAL",
        "결제 API 5xx 비율 {n} % (기준 2 %)",
        ("service=pay-api", "namespace=pay"),
    ),
    (
        "OrderDbReplicaLag",
        "CRITICAL",
        "주문 DB 복제 지연 {n}초, 읽기 복제본 2대 제외됨",
        ("db=orders", "role=replica"),
    ),
    (
        "HealthCheckFailed",
        "CRITICAL",
        "[WS-API] Health check failed",
        ("service=ws-api", "host=ws-{n}"),
    ),
    (
        "KubePodCrashLooping",
        "ERROR",
        "settlement-batch CrashLoopBackOff, 재시작 {n}회",
        ("namespace=settle", "pod=settlement-{n}"),
    ),
    (
        "KafkaConsumerLag",
        "ERROR",
        "Kafka 컨슈머 그룹 order-events 지연 {n}00건",
        ("topic=order-events", "namespace=order"),
    ),
    (
        "IngressLatencyHigh",
        "ERROR",
        "ingress p99 응답 시간 4.{n}초 (기준 1초)",
        ("ingress=public", "namespace=edge"),
    ),
    (
        "KubePodNotReady",
        "ERROR",
        "파드 pay-api-{n} 준비되지 않음",
        ("pod=pay-api-{n}", "namespace=pay"),
    ),
    (
        "CertificateRenewFailed",
        "ERROR",
        "와일드카드 인증서 갱신 실패: ACME 429, 6일 뒤 만료",
        ("issuer=public", "namespace=edge"),
    ),
    ("HPAMaxedOut", "WARNING", "HPA ws-api 최대치 {n}개에 도달", ("hpa=ws-api", "namespace=ws")),
    (
        "RedisMemoryHigh",
        "WARNING",
        "Redis 세션 저장소 메모리 9{n} %, 키 축출 발생",
        ("app=session", "namespace=ws"),
    ),
    (
        "NodeDiskFilling",
        "WARNING",
        "노드 ws-{n} 디스크 사용률 87 %, 이 속도면 내일 06시에 가득 참",
        ("host=ws-{n}", "mount=/var"),
    ),
    (
        "ImagePullBackOff",
        "WARNING",
        "Failed to pull image tile-render:2.8.{n}: not found",
        ("namespace=tiles", "reason=ErrImagePull"),
    ),
    (
        "TargetDown",
        "WARNING",
        "{n} of 12 targets of job node-exporter are down",
        ("job=node-exporter",),
    ),
    ("EtcdBackupMissing", "WARNING", "etcd 백업이 2{n}시간째 없음", ("job=etcd-backup",)),
    ("SpotNodeLeaving", "INFO", "스팟 노드 {n}대 회수 예정, 파드 이동 중", ("pool=spot", "zone=b")),
    ("AgentCertificateEnds", "INFO", "에이전트 인증서 2{n}일 뒤 만료", ("agent=a{n}",)),
)


class MadeCache(Cache):
    """A history whose clock can be set."""

    def __init__(self, path: Path, *, check: bool = True) -> None:
        self.time_ms = 0
        super().__init__(path, check=check, wall=lambda: self.time_ms / 1000 or wall_time())


class Story:
    """Puts records into the history of one cluster, and folds them."""

    def __init__(self, app: App, live: Live) -> None:
        self._app = app
        self._live = live
        assert live.history is not None
        held = live.history.resume()
        self._next = held.get(ORIGIN, 0) + 1
        self._page: list[tuple[int, DecodedRecord]] = []
        self.time = 0
        """When the records to be added came; 0: now."""

    def add(self, body: Body) -> EntryId:
        """Add a record."""
        id = EntryId(ORIGIN, self._next)
        self._next += 1
        self._page.append((self.time, DecodedRecord(id, body, encode(body))))
        return id

    def flush(self) -> None:
        """Write what was added."""
        history = self._live.history
        assert history is not None
        for when, some in groupby(self._page, key=itemgetter(0)):
            told = [record for _, record in some]
            for start in range(0, len(told), 2000):
                page = told[start : start + 2000]
                project = self._live.known.project
                if isinstance(history, MadeCache):
                    history.time_ms = when
                kept = history.keep(page, {ORIGIN: page[-1].id.sequence}, project=project)
                self._app.fold(self._live, kept)
        self._page.clear()

    def notify(self, id: EntryId, alarm: Alarm, channel: str, *, how: str = "delivered") -> None:
        """Add a notification and what came of it."""
        print_ = alarm.within(self._live.known.project).fingerprint()
        item = NotificationItem(id, print_, alarm.resolved)
        notice = self.add(Notification(channel, (item,), f"{id}-{channel}"))
        cause = DeliveryCause.RATE_LIMITED
        if how == "retried":
            for number in (1, 2, 3):
                said = "the vendor asked for a pause (429)"
                self.add(
                    DeliveryAttempt(
                        *(notice, Result.RETRY, number, "a1", 88, said, "", 20_000, cause)
                    )
                )
            self.add(DeliveryAttempt(notice, Result.DELIVERED, 4, "a1", 143))
        elif how == "failed":
            said = "Slack answered 404 channel_not_found"
            kind = DeliveryCause.MISCONFIGURED
            self.add(DeliveryAttempt(notice, Result.FAILED, 1, "a2", 120, said, "", 0, kind))
        elif how == "delivered":
            self.add(DeliveryAttempt(notice, Result.DELIVERED, 1, "a1", 212))

    def something(self, dice: Random, now: int) -> None:
        """Let one alarm begin now."""
        alarm = made(dice, now)
        id = self.add(alarm)
        self.notify(id, alarm, "ops-slack")
        self.flush()


def made(dice: Random, time: int, kind: int | None = None, number: int | None = None) -> Alarm:
    """Return an alarm of some kind."""
    name, severity, message, pairs = KINDS[dice.randrange(len(KINDS)) if kind is None else kind]
    n = str(dice.randrange(1, 10) if number is None else number)
    labels = {"alertname": name, "env": "prod"}
    labels |= dict(pair.replace("{n}", n).split("=", 1) for pair in pairs)
    return Alarm(
        message.replace("{n}", n),
        Severity[severity],
        time,
        labels=tuple(sorted(labels.items())),
        key=f"{name}/{n}",
        annotations=(
            ("runbook_url", f"https://runbooks.example.com/{name}"),
            ("summary", f"{name}: 5분 동안 기준을 넘음"),
        ),
        link=f"https://grafana.example.com/d/{name}",
        source="alertmanager",
    )


def ended(alarm: Alarm, time: int) -> Alarm:
    """Return the report that resolves it."""
    return Alarm(
        *(alarm.message, alarm.severity, time, True, alarm.labels, alarm.project, alarm.key),
        source=alarm.source,
    )


def day(story: Story, dice: Random, now: int, *, size: int, old: bool) -> None:
    """Tell a day: many alarms that are over, and a few that fire in each state."""
    shift = 60 * 24 * HOUR if old else 0
    moments = sorted(dice.randrange(now - 24 * HOUR, now - 2 * MINUTE) - shift for _ in range(size))
    firing: dict[str, Alarm] = {}
    for number, time in enumerate(moments):
        alarm = made(dice, time)
        story.time = time + 2 * SECOND
        id = story.add(alarm)
        print_ = alarm.fingerprint()
        for again in range(dice.choice((0, 0, 1, 4, 11))):
            story.add(made_again(alarm, time + (again + 1) * MINUTE))
        how = dice.choice(("delivered", "delivered", "delivered", "retried", "failed", "waiting"))
        story.notify(id, alarm, "ops-slack", how=how)
        if alarm.severity is Severity.CRITICAL:
            story.notify(id, alarm, "oncall-kakao", how="retried")
        firing[print_] = alarm
        stays = time > now - 5 * HOUR and number % 3 == 0 and not old
        story.time = min(time + dice.randrange(MINUTE, 9 * MINUTE), now)
        if dice.random() < 0.2:
            comment = dice.choice(("보는 중", "배포 때문, 되돌리는 중", "known, ticket OPS-12", ""))
            story.add(Action.acknowledge(print_, dice.choice(("minsu", "jiwon", "alex")), comment))
        if not stays:
            done = min(time + dice.randrange(3 * MINUTE, 3 * HOUR), now - MINUTE - shift)
            story.time = done + SECOND
            id = story.add(ended(alarm, done))
            story.notify(id, ended(alarm, done), "ops-slack")
            firing.pop(print_, None)
    story.time = 0
    if not old:
        matchers = ('alertname="KubePodNotReady"', 'namespace="pay"')
        end = now + 2 * HOUR
        told = "랙 b2 전원 작업, 결제 파드 재배치 중"
        story.add(Silence("5ce0000000000001", matchers, now - HOUR, end, "jiwon", told))
        story.add(Silence("5ce0000000000002", ('env="stg"',), now + HOUR, end, "minsu", "배포"))
        ended_at = now - 3 * HOUR
        story.add(
            Silence("5ce0000000000003", ('host="ws-3"',), now - 9 * HOUR, ended_at, "alex", "RMA")
        )
    story.flush()


def made_again(alarm: Alarm, time: int) -> Alarm:
    """Return a repeated report."""
    return Alarm(
        *(alarm.message, alarm.severity, time, False, alarm.labels, alarm.project, alarm.key),
        *(alarm.annotations, alarm.link, alarm.source),
    )


def storm(story: Story, dice: Random, now: int, size: int = 12_340) -> None:
    """Tell of a rack that failed: thousands of alarms within twelve minutes."""
    for number in range(size):
        share = number / size
        time = now - 12 * MINUTE + int(share * 11.5 * MINUTE)
        if number < 18:
            name, severity, namespace = "NodeNotReady", "CRITICAL", ""
            text = f"노드 ws-{number + 3} NotReady: kubelet이 40초째 응답 없음"
        elif share < 0.02:
            name, severity, namespace = "WsApiHealthCheck", "CRITICAL", "ws"
            text = f"[WS-API] Health check failed on ws-{number}"
        elif share < 0.73:
            name, severity, namespace = "KubePodNotReady", "ERROR", f"ns-{number % 41}"
            text = f"파드 app-{number} 준비되지 않음"
        elif share < 0.92:
            name, severity, namespace = "TargetDown", "ERROR", f"ns-{number % 12}"
            text = f"target {number} is down"
        else:
            name, severity, namespace = "HPAMaxedOut", "WARNING", f"ns-{number % 20}"
            text = f"HPA app-{number} 최대치에 도달"
        labels = {"alertname": name, "namespace": namespace, "rack": "b2", "pod": f"app-{number}"}
        pairs = tuple(sorted((key, value) for key, value in labels.items() if value))
        story.add(Alarm(text, Severity[severity], time, labels=pairs, key=f"storm/{number}"))
    story.flush()
