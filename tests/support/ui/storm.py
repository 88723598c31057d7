"""A storm: 12,340 alarms after a rack lost its power."""
# ruff: noqa: E501 -- one fact a line reads better here than in pieces

from __future__ import annotations

from alarminati.ui.schema.alarms import AlarmRow
from alarminati.ui.schema.common import Severity
from alarminati.ui.schema.events import Storm
from tests.support.ui import day, feed
from tests.support.ui.day import MINUTE, NOW, SECOND

BEGIN = NOW - 12 * MINUTE - 9 * SECOND
# severity, alertname, namespace (a number: so many of them), cluster, count, seconds after the begin, message
_GROUPS: tuple[tuple[Severity, str, str, str, int, int, str], ...] = (
    ("CRITICAL", "NodeNotReady", "", "seoul-1", 18, 0, "노드 ws-{n} NotReady: kubelet이 40초째 응답 없음"),
    ("CRITICAL", "WsApiHealthCheck", "ws", "seoul-1", 189, 20, "[WS-API] Health check failed {n}"),
    ("CRITICAL", "WsApiHealthCheck", "ws", "busan-1", 2, 25, "[WS-API] Health check failed {n}"),
    ("CRITICAL", "PayApiErrorRatio", "pay", "seoul-1", 1, 51, "결제 API 5xx 비율 31 % (기준 2 %)"),
    ("ERROR", "KubePodNotReady", "apps", "seoul-1", 8760, 29, "파드 app-{n} 준비되지 않음"),
    ("ERROR", "TargetDown", "monitoring", "seoul-1", 2221, 33, "수집 대상 {n} 응답 없음"),
    ("ERROR", "KubePodCrashLooping", "apps", "seoul-1", 226, 119, "파드 job-{n} CrashLoopBackOff"),
    ("ERROR", "ProbeFailed", "edge", "busan-1", 40, 64, "프로브 {n} 실패"),
    ("WARNING", "HPAMaxedOut", "apps", "seoul-1", 494, 111, "HPA app-{n} 최대치에 도달"),
    ("WARNING", "KubeNodeUnreachable", "", "seoul-1", 372, 9, "노드에서 파드 {n} 추방 중"),
    ("WARNING", "LatencyHigh", "billing", "tokyo-1", 12, -1331, "billing-api 응답 {n}초"),
    ("WARNING", "EtcdBackupMissing", "etcd", "stg-1", 3, -6491, "etcd 백업 {n}이 없음"),
    ("INFO", "AgentCertificate", "", "map-1", 2, -9000, "에이전트 인증서 {n}일 뒤 만료"),
)  # fmt: skip


def storm_rows() -> list[AlarmRow]:
    """Return every alarm of the storm; those of a group differ in message and start only."""
    # ruff: noqa: E501 -- one fact a line reads better here than in pieces
    found = []
    for severity, name, namespace, cluster, count, after, message in _GROUPS:
        base = day.row((severity, cluster, message, 1, 1, "new*", f"alertname={name}", ""))
        labels = base.labels | ({"namespace": namespace} if namespace else {})
        if name == "NodeNotReady":
            labels["rack"] = "b2"
        for number in range(count):
            start = (
                BEGIN
                + after * SECOND
                + int((number / (count + 4)) ** 2 * 12 * MINUTE) * (after >= 0)
            )
            found.append(
                AlarmRow(
                    **{f: getattr(base, f) for f in base.__struct_fields__}
                    | {
                        "message": message.format(n=number + 3),
                        "fingerprint": day.fingerprint(name, cluster)[:8] + f"{number:08x}",
                        "labels": labels,
                        "start_ms": min(start, NOW),
                        "changed_ms": min(start, NOW),
                    }
                )
            )
    return found


def storm_summary(rows: list[AlarmRow]) -> Storm:
    """Return the head of the storm."""
    groups = feed.grouped(rows, ["alertname", "namespace"])
    rate = [180, 2310, 4300, 4812, 3420, 2680, 2210, 1890, 1640, 1380, 1160, 1020]
    return Storm(
        start_ms=BEGIN,
        end_ms=0,
        total=len(rows),
        severities=feed.severities(rows),
        groups=sorted(groups, key=lambda group: -group.count)[:3],
        total_groups=len(groups),
        first=rows[0],
        rate=rate,
        peak=4812,
        peak_ms=BEGIN + 3 * MINUTE,
    )
