"""What the fixture says of clusters, channels, silences, statistics and itself."""
# ruff: noqa: E501 -- one fact a line reads better here than in pieces

from __future__ import annotations

from typing import Any, Literal

from alarminati.ui.schema.acts import Silence, SilenceList
from alarminati.ui.schema.channels import (
    Channel,
    ChannelList,
    ChannelType,
    ChannelTypes,
    ClusterChannels,
    DeadLetter,
    DeadLetters,
)
from alarminati.ui.schema.clusters import (
    Check,
    Cluster,
    ClusterChip,
    ClusterList,
    ClusterReplica,
    Company,
    Diagnosis,
    Finding,
    Traffic,
)
from alarminati.ui.schema.common import AlarmKey, SeverityCounts, Text
from alarminati.ui.schema.settings import About, Storage
from alarminati.ui.schema.statistics import (
    ChannelFigures,
    ClusterTraffic,
    Day,
    Lasting,
    Noisy,
    Statistics,
    Times,
)
from tests.support.ui.day import DAY, HOUR, MINUTE, NOW, fingerprint, rows

Look = Literal["ok", "slow", "failed", "unheard"]
MB = 1_000_000
_FACTS: dict[str, tuple[str, str, str, int, float, float, float, int]] = {
    # master, replicas, version, keepalive, MB today, expected, budget, days of the certificate
    "busan-1": ("a2", "a1 a3", "1.6.0", 15, 0.31, 0.31, 1, 143),
    "seoul-1": ("a1", "a2 a3", "1.6.0", 15, 0.46, 1.08, 2, 88),
    "stg-1": ("a1", "", "1.5.2", 30, 0.08, 0.19, 0.5, 211),
    "tokyo-1": ("a3", "a1 a2", "1.6.0", 15, 0.71, 1.66, 1.5, 30),
    "tokyo-stg": ("a1", "a2", "1.6.0", 60, 0.05, 0.12, 0.5, 12),
    "map-1": ("a2", "a1", "1.6.0", 60, 0.04, 0.10, 0.5, 305),
}


def looks(written: str) -> list[Look]:
    """Return looks of a health check: runs such as "33o2f9o"."""
    # ruff: noqa: E501 -- one fact a line reads better here than in pieces
    names: dict[str, Look] = {"o": "ok", "s": "slow", "f": "failed", "u": "unheard"}
    found: list[Look] = []
    number = ""
    for sign in written:
        if sign.isdigit():
            number += sign
        else:
            found += [names[sign]] * int(number)
            number = ""
    return found


_CHECKS = {
    "busan-1": [Check("edge", looks("26o24u"))],
    "seoul-1": [Check("ws-api", looks("33o2f12o3f")), Check("pay-api", looks("46o4s"))],
    "stg-1": [Check("web", looks("44o2s4o"))],
    "tokyo-1": [Check("orders", looks("50o"))],
    "tokyo-stg": [Check("orders", looks("7o1f42o"))],
    "map-1": [Check("tiles", looks("50o"))],
}


def cluster(chip: ClusterChip) -> Cluster:
    """Return a cluster in full."""
    master, others, version, keepalive, today, expected, budget, days = _FACTS[chip.id]
    month = {"seoul-1": 24.6}.get(chip.id, 3.44)
    return Cluster(
        chip=chip,
        agents=[f"alarms-{chip.id.removesuffix('-1')}.example.com:7443"],
        profile=chip.id,
        paused=False,
        keepalive_seconds=keepalive,
        certificate_end_ms=NOW + days * DAY + HOUR,
        records=71_204,
        oldest_ms=NOW - 638 * DAY,
        store_bytes=23 * MB,
        traffic=Traffic(
            int(today * MB),
            int(expected * MB),
            int(budget * MB),
            int(month * MB),
            month * 0.16,
            0.74,
        ),
        looks=["ok"] * 50,
        gaps=0,
        asked_ms=NOW,
        master=master,
        version=version,
        replicas=[ClusterReplica(master, "master", True)]
        + [ClusterReplica(name, "standby", True) for name in others.split()],
        checks=_CHECKS[chip.id],
        journal_entries=84_120,
        journal_bytes=61 * MB,
        pending=2,
    )


def clusters(chips: list[ClusterChip]) -> ClusterList:
    """Return all clusters and one former employer."""
    known = [cluster(chip) for chip in chips]
    old = [("old-1", "OL"), ("old-2", "O2")] if known else []
    for name, mark in old:
        chip = ClusterChip(
            name, name, "w-old", "former", mark, 4, "", "archived", NOW - 300 * DAY, 0, 0,
            SeverityCounts(), 0, "나", "",
        )  # fmt: skip
        known.append(Cluster(
            chip=chip, agents=[], profile="", paused=True, keepalive_seconds=0,
            certificate_end_ms=0, records=16_554, oldest_ms=NOW - 900 * DAY, store_bytes=4 * MB,
            traffic=Traffic(), looks=[], gaps=0,
        ))  # fmt: skip
    companies = [Company("former", "이전 회사", ["old-1", "old-2"], 33_108, 8 * MB, NOW - 90 * DAY)]
    return ClusterList(known, companies if known else [])


def diagnosis(name: str, silent: bool) -> Diagnosis:
    """Return what doctor found."""
    if not silent:
        fine = Text("문제를 찾지 못했습니다", "no trouble found")
        return Diagnosis(name, NOW, fine, [Finding("ok", "NETWORK", Text("내 네트워크는 정상: 다른 클러스터 5개가 응답함", "My network is fine: 5 other clusters answer"))])  # fmt: skip
    return Diagnosis(
        name,
        NOW,
        Text("이 클러스터만 연결되지 않습니다", "only this cluster cannot be reached"),
        [
            Finding("ok", "NETWORK", Text("내 네트워크는 정상: 다른 클러스터 5개가 응답함", "My network is fine: 5 other clusters answer")),
            Finding("ok", "DNS", Text("이름 풀이 정상: alarms-busan.example.com → 10.30.0.11", "The name resolves: alarms-busan.example.com → 10.30.0.11")),
            Finding("error", "TIMEOUT", Text("7443 포트에서 5초 동안 응답이 없음. VPN이나 방화벽이 막는 것이 가장 흔한 원인", "Port 7443 did not answer within 5 s. Most often a VPN or a firewall is in the way")),
        ],
    )  # fmt: skip


def channel_types() -> ChannelTypes:
    """Return two kinds of channels with the schemas of their settings."""
    url = {"type": "string", "description": "Webhook address", "x-secret": True, "minLength": 1}
    slack: dict[str, Any] = {
        "type": "object",
        "properties": {
            "url": url,
            "channel": {"type": "string", "description": "Channel, when not the webhook's own", "default": ""},
            "mention": {"type": "string", "enum": ["", "here", "channel"], "default": ""},
        },
        "required": ["url"],
    }  # fmt: skip
    telegram: dict[str, Any] = {
        "type": "object",
        "properties": {
            "token": {"type": "string", "x-secret": True},
            "chat": {"type": "string"},
            "silent": {"type": "boolean", "default": False},
            "timeout": {"type": "number", "default": 10},
        },
        "required": ["token", "chat"],
    }
    return ChannelTypes([
        ChannelType("slack", Text("Slack", "Slack"), slack),
        ChannelType("telegram", Text("텔레그램", "Telegram"), telegram),
    ])  # fmt: skip


def channels(chips: list[ClusterChip]) -> ChannelList:
    """Return the channels of every cluster."""
    found = []
    for chip in chips:
        ops = Channel(
            chip.id, "ops", "slack", "hooks.slack.com", 0, "", "file", "", {"url": "<secret>"},
            last_delivered_ms=NOW - MINUTE, delivered_7d=412, limits="1/s",
        )  # fmt: skip
        call = Channel(
            chip.id, "당직", "kakao", "kapi.kakao.com", 1,
            "카카오가 호출 제한(429)으로 거절함" if chip.id == "seoul-1" else "",
            "registered", "MS", {"token": "<secret>", "chat": "4711"}, ['severity="CRITICAL"'],
            "CRITICAL", left_today=73, limits="100/day",
            paused_until_ms=NOW + 4 * MINUTE if chip.id == "seoul-1" else 0,
            last_delivered_ms=NOW - 11 * MINUTE, delivered_7d=31, failed_7d=3,
        )  # fmt: skip
        call.type = "telegram"
        mine = [ops, call] if chip.id in ("seoul-1", "tokyo-1") else [ops]
        found.append(ClusterChannels(chip.id, chip.role == "operator", mine))
    return ChannelList(found)


def dead_letters(name: str) -> DeadLetters:
    """Return dead letters of a cluster."""
    if name != "seoul-1":
        return DeadLetters([])
    return DeadLetters([
        DeadLetter("a1-9001", "당직", NOW - 50 * MINUTE, 1, "받는 사람이 차단함 (403)", [], ["[WS-API] Health check failed"]),
        DeadLetter("a1-8870", "당직", NOW - 5 * HOUR, 3, "메시지가 너무 김 (413)", [], ["배치 실패 3건"]),
    ])  # fmt: skip


def silences() -> SilenceList:
    """Return silences of every state."""
    every = Text("매주 화 02:00–04:00", "Tuesdays 02:00–04:00")
    return SilenceList(
        [
            Silence("tokyo-1", "0a1b2c3d4e5f6071", ['alertname="NodeCordoned"', 'host="tk-7"'], NOW - HOUR, NOW + 3 * HOUR, "MS", "노드 교체", "active", 1),
            Silence("tokyo-stg", "1a1b2c3d4e5f6072", ['team="qa"'], NOW - 2 * HOUR, NOW + 6 * HOUR, "나", "부하 시험", "active", 2, True),
            Silence("seoul-1", "2a1b2c3d4e5f6073", ['namespace="batch"'], NOW + 8 * HOUR, NOW + 10 * HOUR, "나", "정기 배치 점검", "pending", 0, True),
            Silence("seoul-1", "3a1b2c3d4e5f6074", ['alertname=~"Backup.*"'], NOW - 30 * DAY, NOW + 300 * DAY, "JH", "백업 창", "active", 0, False, every),
            Silence("map-1", "4a1b2c3d4e5f6075", ['namespace="tiles"'], NOW - 2 * DAY, NOW - DAY, "JH", "타일 재생성", "expired", 0),
        ],
        ["busan-1"],
    )  # fmt: skip


def statistics(days: int) -> Statistics:
    """Return figures that look like a week of a middling team."""
    listed = [row for row in rows() if row.kind == "alarm"]
    keys = [AlarmKey(row.cluster, row.fingerprint) for row in listed]
    first = NOW - days * DAY
    return Statistics(
        days=days,
        start_ms=first,
        end_ms=NOW,
        noisy=[
            Noisy(keys[i], listed[i].message, listed[i].severity, 64 - i * 7, (i * 5) % 12, 40 - i * 4)
            for i in range(8)
        ],
        by_day=[
            Day(first + (i + 1) * DAY, SeverityCounts((i * 3) % 5, 4 + (i * 7) % 11, 10 + (i * 5) % 17, 6 + i % 9))
            for i in range(days)
        ],
        heat=[[(day * 3 + hour * hour) % 9 if 8 <= hour <= 20 else (day + hour) % 3 for hour in range(24)] for day in range(7)],
        times=[
            Times("", 214, 4 * MINUTE, 22 * MINUTE, 31 * MINUTE, 3 * HOUR),
            Times("w-sharing", 120, 3 * MINUTE, 15 * MINUTE, 22 * MINUTE, 2 * HOUR),
            Times("w-billing", 80, 6 * MINUTE, 41 * MINUTE, 48 * MINUTE, 5 * HOUR),
            Times("w-maps", 14, -1, -1, 70 * MINUTE, 9 * HOUR),
        ],
        never_acked=17,
        never_acked_examples=[Lasting(keys[i], listed[i].message, listed[i].severity, listed[i].start_ms, 14 - i) for i in (9, 10, 12)],
        oldest=[Lasting(keys[i], listed[i].message, listed[i].severity, listed[i].start_ms, 1) for i in (13, 11, 10)],
        flapping=[Lasting(keys[i], listed[i].message, listed[i].severity, listed[i].start_ms, 12 - i) for i in (2, 8)],
        channels=[
            ChannelFigures("seoul-1", "ops", 310, 4, 1, 6),
            ChannelFigures("seoul-1", "당직", 31, 2, 3, 9),
            ChannelFigures("tokyo-1", "ops", 198, 1, 0, 2),
        ],
        traffic=[
            ClusterTraffic(name, Traffic(int(fact[4] * MB), int(fact[5] * MB), int(fact[6] * MB), int(12 * MB)), [int(fact[5] * MB * (0.6 + (i % 5) / 10)) for i in range(days)])
            for name, fact in _FACTS.items()
        ],
    )  # fmt: skip


def about() -> About:
    """Return what the app says about itself."""
    return About(
        "1.6.0", "fixture", "~/.local/share/alarminati", "~/.config/alarminati", "3.11.9", "Linux", False,
        [Storage(name, f"clusters/{fingerprint(name)}.db", 23 * MB, 71_204) for name in _FACTS],
        ["Apache-2.0"],
    )  # fmt: skip
