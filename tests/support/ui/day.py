"""Data of a believable Monday morning: six clusters of three projects, and their alarms."""
# ruff: noqa: E501 -- one fact a line reads better here than in pieces

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from hashlib import blake2b
from typing import Literal

from alarminati.ui.schema.alarms import Ack, AlarmRow, ChannelState, Mute
from alarminati.ui.schema.clusters import ClusterChip
from alarminati.ui.schema.common import Severity, SeverityCounts

SEOUL = timezone(timedelta(hours=9))
NOW = int(datetime(2026, 11, 30, 10, 14, 20, tzinfo=SEOUL).timestamp() * 1000)
SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000
ALL = 104_312
"""Alarms of all time; those beyond the day are made when they are asked for."""
# ruff: noqa: E501 -- one fact a line reads better here than in pieces

Novelty = Literal["new", "again", "still", "resolved"]
Row = tuple[Severity, str, str, int, int, str, str, str]

PROJECTS = {
    "busan-1": "w-sharing",
    "seoul-1": "w-sharing",
    "stg-1": "w-sharing",
    "tokyo-1": "w-billing",
    "tokyo-stg": "w-billing",
    "map-1": "w-maps",
}
_CHIPS = (
    # name, mark, tint, environment, state, seconds since it was heard, keepalives missed
    ("busan-1", "B1", 3, "PROD", "silent", 737, 48),
    ("seoul-1", "S1", 5, "PROD", "live", 3, 0),
    ("tokyo-1", "T1", 7, "PROD", "live", 9, 0),
    ("stg-1", "ST", 5, "STG", "late", 38, 1),
    ("tokyo-stg", "TS", 7, "STG", "live", 21, 0),
    ("map-1", "M1", 2, "", "live", 12, 0),
)

# severity, cluster, message, minutes since the change, reports, novelty, labels, deliveries
# A novelty with a * is unseen; deliveries: v delivered, . waits, x refused, - muted.
_TODO: tuple[Row, ...] = (
    ("CRITICAL", "seoul-1", "결제 API 5xx 비율 12 % (기준 2 %)", 1, 12, "new*",
     "alertname=PayApiErrorRatio namespace=pay service=pay-api team=payments", "ops:v 당직:v"),
    ("CRITICAL", "tokyo-1", "주문 DB 복제 지연 94초, 읽기 복제본 2대 제외됨", 3, 1, "new*",
     "alertname=ReplicaLag db=orders role=replica", "ops:v 당직:v"),
    ("CRITICAL", "seoul-1", "[WS-API] Health check failed", 4, 5, "again 3",
     "alertname=WsApiHealthCheck service=ws-api host=ws-3 namespace=ws", "ops:v 당직:x mail:."),
    ("ERROR", "tokyo-1", "settlement-batch CrashLoopBackOff, 재시작 14회", 8, 14, "again 2",
     "alertname=KubePodCrashLooping namespace=settle job=settlement", "ops:v"),
    ("ERROR", "seoul-1", "Kafka 컨슈머 그룹 order-events 지연 48,200건", 9, 9, "new*",
     "alertname=ConsumerLag topic=order-events namespace=order", "ops:v"),
    ("ERROR", "seoul-1", "ingress p99 응답 시간 4.8초 (기준 1초), 업스트림 order-web", 11, 3, "new*",
     "alertname=IngressLatency ingress=public namespace=edge", "ops:v mail:."),
    ("ERROR", "tokyo-1", "와일드카드 인증서 갱신 실패: ACME 429, 6일 뒤 만료", 121, 4, "still",
     "alertname=CertRenewal issuer=public namespace=edge", "ops:v"),
    ("WARNING", "seoul-1", "HPA ws-api 최대치 12개에 도달, 4분째", 4, 1, "new*",
     "alertname=HPAMaxedOut hpa=ws-api namespace=ws", "ops:v"),
    ("WARNING", "seoul-1", "Redis 세션 저장소 메모리 91 %, 키 축출 발생", 6, 7, "again 4",
     "alertname=RedisMemory app=session namespace=ws", "ops:v"),
    ("WARNING", "map-1", "이미지 풀 실패 tile-render:2.8.1, 노드 2대", 16, 2, "new*",
     "alertname=ImagePull namespace=tiles reason=ErrImagePull", "ops:v"),
    ("WARNING", "seoul-1", "노드 ws-3 디스크 사용률 87 %, 이 속도면 내일 06시에 가득 참", 300, 37, "still",
     "alertname=DiskFilling host=ws-3 mount=/var", "ops:v"),
    ("WARNING", "stg-1", "etcd 백업이 26시간째 없음", 1560, 3, "still",
     "alertname=EtcdBackupMissing job=etcd-backup", "ops:v"),
    ("INFO", "tokyo-stg", "스팟 노드 2대 10:30에 회수 예정, 파드 이동 중", 3, 1, "new*",
     "alertname=SpotReclaim pool=spot zone=b", "ops:-"),
    ("INFO", "map-1", "에이전트 인증서 21일 뒤 만료", 4320, 3, "still",
     "alertname=AgentCertificate agent=a2", "ops:v"),
)  # fmt: skip
_ACKED: tuple[Row, ...] = (
    ("ERROR", "seoul-1", "상품 검색 색인 지연 22분", 35, 8, "again 2",
     "alertname=IndexLag namespace=search", "ops:v"),
    ("ERROR", "tokyo-1", "정산 파일 업로드 실패: SFTP 연결 거부", 52, 3, "new",
     "alertname=SftpRefused namespace=settle", "ops:v"),
    ("ERROR", "seoul-1", "알림톡 발송 대기열 8,120건", 64, 11, "new",
     "alertname=QueueDepth namespace=notify", "ops:v 당직:v"),
    ("WARNING", "tokyo-1", "JVM 힙 사용률 92 % billing-api-2", 80, 6, "again 2",
     "alertname=HeapUsage namespace=billing", "ops:v"),
    ("WARNING", "stg-1", "야간 빌드 실패: web-admin", 520, 2, "still",
     "alertname=BuildFailed job=nightly", "ops:v"),
    ("WARNING", "tokyo-1", "쿠폰 API 응답 지연 1.9초", 95, 4, "new",
     "alertname=Latency namespace=coupon", "ops:v"),
    ("WARNING", "stg-1", "PVC 사용률 88 % minio-0", 700, 9, "still",
     "alertname=PvcUsage namespace=minio", "ops:v"),
    ("INFO", "tokyo-stg", "스테이징 DB 스냅샷 7일 지남", 1900, 1, "still",
     "alertname=SnapshotAge db=staging", "ops:v"),
    ("INFO", "map-1", "타일 캐시 적중률 61 %", 210, 2, "still",
     "alertname=CacheHitRatio namespace=tiles", "ops:v"),
)  # fmt: skip
_MUTED: tuple[Row, ...] = (
    ("WARNING", "tokyo-1", "노드 tk-7 점검 중 (유지보수)", 44, 4, "new",
     "alertname=NodeCordoned host=tk-7", "ops:-"),
    ("WARNING", "map-1", "지도 데이터 동기화 지연 3시간", 190, 5, "still",
     "alertname=SyncLag namespace=maps", "ops:-"),
    ("INFO", "map-1", "경로 계산 워커 2대 축소", 20, 1, "new",
     "alertname=ScaledDown namespace=route", "ops:-"),
    ("INFO", "tokyo-stg", "부하 시험 진행 중", 15, 1, "new", "alertname=LoadTest team=qa", "ops:-"),
    ("INFO", "tokyo-stg", "미리보기 환경 12개 정리 예정", 600, 1, "still",
     "alertname=PreviewCleanup team=qa", "ops:-"),
)  # fmt: skip
_STATES: dict[str, Literal["delivered", "waiting", "failed", "muted"]] = {
    "v": "delivered",
    ".": "waiting",
    "x": "failed",
    "-": "muted",
}


def fingerprint(*parts: str) -> str:
    """Return 16 hexadecimal digits made of these texts."""
    return blake2b("\0".join(parts).encode(), digest_size=8).hexdigest()


def row(written: Row, ack: Ack | None = None, mute: Mute | None = None) -> AlarmRow:
    """Return a row of what is written above."""
    severity, cluster, message, minutes, reports, novelty, labels, deliveries = written
    word, _, count = novelty.removesuffix("*").partition(" ")
    changed = NOW - minutes * MINUTE
    start = changed if word == "still" else changed - 11 * MINUTE
    named = dict(label.split("=", 1) for label in labels.split())
    return AlarmRow(
        cluster=cluster,
        fingerprint=fingerprint(cluster, message),
        kind="alarm",
        severity=severity,
        worst=severity,
        message=message,
        labels=named | {"env": "prod" if cluster.endswith("-1") else "dev"},
        project=PROJECTS[cluster],
        firing=True,
        novelty=_novelty(word),
        novelty_count=int(count or 1),
        start_ms=start,
        end_ms=0,
        changed_ms=changed,
        report_count=reports,
        ack=ack,
        seen=not novelty.endswith("*"),
        mute=mute,
        deliveries=[
            ChannelState(name, _STATES[state], changed + 3 * SECOND)
            for name, state in (part.split(":") for part in deliveries.split())
        ],
    )


def _novelty(word: str) -> Novelty:
    for known in ("new", "again", "still", "resolved"):
        if word == known:
            return known
    raise ValueError(word)


def silent_row() -> AlarmRow:
    """Return the local alarm of the cluster that is silent."""
    silent = row(("CRITICAL", "busan-1", "클러스터 무응답", 12, 1, "new*", "", ""))
    silent.kind = "silent"
    silent.message = "클러스터 무응답, 연결 확인 신호 48번 놓침"
    return silent


_PODS = (
    "seoul-1 pay-api-7c9f 2 4;seoul-1 pay-api-2b1d 3 5;seoul-1 pay-api-x8qk 3 6;"
    "seoul-1 pay-worker-1 4 7;seoul-1 pay-worker-2 4 8;seoul-1 pay-cron-m4 5 9;"
    "seoul-1 pay-ledger-0 5 10;seoul-1 pay-ledger-1 6 11;seoul-1 pay-batch-20 6 2;"
    "tokyo-1 pay-api-9dd2 6 4;tokyo-1 pay-api-5t7z 7 5;tokyo-1 pay-worker-0 7 6;"
    "tokyo-1 pay-ledger-0 8 7;tokyo-1 pay-batch-07 9 1;tokyo-1 pay-batch-11 9 1"
)


def pods() -> list[AlarmRow]:
    """Return fifteen pods that are not ready, for a silence of a selection."""
    found = []
    for written in _PODS.split(";"):
        cluster, pod, minutes, reports = written.split()
        found.append(row((
            "ERROR", cluster, f"파드 {pod} 준비되지 않음", int(minutes), int(reports), "new",
            f"alertname=KubePodNotReady namespace=pay pod={pod}", "ops:v",
        )))  # fmt: skip
    return found


def resolved_rows() -> list[AlarmRow]:
    """Return 34 alarms that are over."""
    messages = (
        "로그 수집 지연",
        "API 게이트웨이 429 증가",
        "노드 재시작",
        "디스크 90 %",
        "헬스 체크 실패",
    )
    found = []
    for number in range(34):
        cluster = ("seoul-1", "tokyo-1", "map-1", "stg-1")[number % 4]
        severity: Severity = ("CRITICAL", "ERROR", "WARNING", "INFO")[(number * 7) % 4]
        one = row((
            severity, cluster, f"{messages[number % 5]} #{number + 1}", 20 + number * 31, 3, "new",
            f"alertname=Old{number % 5} namespace=ns{number % 6}", "ops:v",
        ))  # fmt: skip
        one.firing, one.novelty = False, "resolved"
        one.end_ms = one.changed_ms
        found.append(one)
    return found


def old_row(number: int) -> AlarmRow:
    """Return an alarm of the past, the same whenever it is asked for."""
    severity: Severity = ("WARNING", "INFO", "ERROR", "WARNING")[number % 4]
    cluster = ("seoul-1", "tokyo-1", "map-1", "stg-1", "busan-1", "tokyo-stg")[number % 6]
    one = row((
        severity, cluster, f"지난 알람 {ALL - number:,}", 1440 + number * 9, 1 + number % 7, "new",
        f"alertname=Past{number % 40} namespace=ns{number % 12}", "ops:v",
    ))  # fmt: skip
    one.firing, one.novelty, one.end_ms = False, "resolved", one.changed_ms
    return one


def rows() -> list[AlarmRow]:
    """Return the alarms of the day, firing ones first."""
    todo = [silent_row(), *(row(written) for written in _TODO)]
    names = ("MS", "온콜 1차", "나", "JH")
    acked = [
        row(written, Ack(names[i % 4], NOW - 30 * MINUTE, "", names[i % 4] == "나"))
        for i, written in enumerate(_ACKED)
    ]
    mutes = (
        Mute("silenced", "MS", NOW + 3 * HOUR, "노드 교체"),
        Mute("inhibited", "지도 데이터베이스 점검"),
        Mute("flapping"),
        Mute("interval", "업무 시간", NOW + 8 * HOUR),
        Mute("silenced", "JH", NOW + 6 * HOUR, "정리 예정"),
    )
    muted = [row(written, mute=mute) for written, mute in zip(_MUTED, mutes, strict=True)]
    return [*todo, *acked, *muted, *resolved_rows()]


def chips() -> list[ClusterChip]:
    """Return the clusters of the strip."""
    counts = {
        "seoul-1": SeverityCounts(2, 4, 4, 0),
        "tokyo-1": SeverityCounts(1, 3, 3, 0),
        "stg-1": SeverityCounts(0, 0, 3, 0),
        "tokyo-stg": SeverityCounts(0, 0, 0, 4),
        "map-1": SeverityCounts(0, 0, 2, 2),
    }
    return [
        ClusterChip(
            id=name,
            name=name,
            project=PROJECTS[name],
            company="",
            mark=mark,
            tint=tint,
            environment=environment,  # type: ignore[arg-type]
            state=state,  # type: ignore[arg-type]
            heard_ms=NOW - heard * SECOND,
            missed=missed,
            silent_ms=NOW - heard * SECOND if state == "silent" else 0,
            firing=counts.get(name, SeverityCounts()),
            todo=counts.get(name, SeverityCounts()).ERROR,
            me="나",
            role="viewer" if name == "map-1" else "operator",
        )
        for name, mark, tint, environment, state, heard, missed in _CHIPS
    ]
