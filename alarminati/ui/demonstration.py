"""A day of alarms on the demo's three agents, for a first look at the app."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Final

from alarminati.client.client import Client, alarm
from alarminati.client.errors import AlarminatiError
from alarminati.client.profile import Profiles
from alarminati.core.model.entries import Alarm, Severity
from alarminati.demo.stage import NAMES, Stage, staged
from alarminati.wire.background import awaited

MINUTE: Final = 60_000
_SEED: Final = 7
_SIZE: Final = 120
_PAUSE: Final = 12.0

KINDS: Final = (
    ("PayApiErrorRatio", "CRITICAL", "결제 API 5xx 비율 {n} % (기준 2 %)", "service=pay-api"),
    ("HealthCheckFailed", "CRITICAL", "[WS-API] Health check failed", "host=ws-{n}"),
    ("KubePodCrashLooping", "ERROR", "settlement-batch CrashLoopBackOff, {n}회", "ns=settle"),
    ("KafkaConsumerLag", "ERROR", "Kafka 컨슈머 그룹 지연 {n}00건", "topic=order-events"),
    ("KubePodNotReady", "ERROR", "파드 pay-api-{n} 준비되지 않음", "pod=pay-api-{n}"),
    ("IngressLatencyHigh", "ERROR", "ingress p99 latency is 4.{n} s", "ingress=public"),
    ("RedisMemoryHigh", "WARNING", "Redis 세션 저장소 메모리 9{n} %", "app=session"),
    ("NodeDiskFilling", "WARNING", "노드 ws-{n} 디스크 사용률 8{n} %", "host=ws-{n}"),
    ("TargetDown", "WARNING", "{n} of 12 targets of job node-exporter are down", "job=node"),
    ("EtcdBackupMissing", "WARNING", "etcd 백업이 2{n}시간째 없음", "job=etcd-backup"),
    ("SpotNodeLeaving", "INFO", "스팟 노드 {n}대 회수 예정", "pool=spot"),
)
_COMMENTS: Final = ("보는 중", "배포 때문, 되돌리는 중", "known, ticket OPS-12")


@asynccontextmanager
async def demonstrated(folder: Path, profiles: Profiles, language: str) -> AsyncIterator[None]:
    """Run the agents, make a profile of their cluster, and report alarms while in the block."""
    folder.mkdir(parents=True)
    async with staged(folder, language) as stage:
        await stage.open()
        name = f"w-sharing.{stage.cluster}"
        target = profiles.folder(name)
        target.mkdir(mode=0o700, parents=True)
        for file in (folder / "tls" / "you").iterdir():
            shutil.copy2(file, target / file.name)
        profiles.keep(
            name,
            agents=[stage.address(each) for each in NAMES],
            project="w-sharing",
            cluster=stage.cluster,
        )
        task = awaited(_day(stage))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def _day(stage: Stage) -> None:
    """Report a day that is over, then something new every now and then."""
    dice, client = Random(_SEED), stage.everyone
    now = int(time.time() * 1000)
    moments = sorted(dice.randrange(now - 24 * 60 * MINUTE, now - MINUTE) for _ in range(_SIZE))
    page: list[Alarm] = []
    for number, moment in enumerate(moments):
        fired = _made(dice, moment)
        page.append(fired)
        if number % 3 or moment < now - 12 * 60 * MINUTE:
            end = min(moment + dice.randrange(3 * MINUTE, 120 * MINUTE), now)
            page.append(_ended(fired, end))
    await _report(client, page)
    await _people(client, dice)
    while True:
        await asyncio.sleep(_PAUSE)
        try:
            fired = _made(dice, 0)
            await client.report(fired)
            if dice.random() < 0.7:
                await asyncio.sleep(_PAUSE)
                await client.report(_ended(fired, 0))
        except AlarminatiError:
            continue  # somebody kills agents: that is what they are for


async def _report(client: Client, page: list[Alarm]) -> None:
    async def batches() -> AsyncIterator[list[Alarm]]:
        yield page

    async for _ in client.report_stream(batches()):
        pass


async def _people(client: Client, dice: Random) -> None:
    """Let colleagues acknowledge some, and silence others."""
    firing = await client.list()
    for each in firing[:: max(4, len(firing) // 5)]:
        await client.acknowledge(each.fingerprint, dice.choice(_COMMENTS))
    end = int(time.time() * 1000) + 120 * MINUTE
    comment = "랙 b2 전원 작업, 결제 파드 재배치 중"
    await client.create_silence(['alertname="KubePodNotReady"'], ends=end, comment=comment)


def _made(dice: Random, moment: int) -> Alarm:
    name, severity, message, pair = dice.choice(KINDS)
    n = str(dice.randrange(1, 10))
    label, _, value = pair.replace("{n}", n).partition("=")
    return alarm(
        message.replace("{n}", n),
        Severity[severity],
        timestamp=moment,
        labels={"alertname": name, "env": "prod", label: value},
        key=f"{name}/{n}",
        annotations={"runbook_url": f"https://runbooks.example.com/{name}"},
        link=f"https://grafana.example.com/d/{name}",
    )


def _ended(fired: Alarm, moment: int) -> Alarm:
    return alarm(
        fired.message,
        fired.severity,
        resolved=True,
        timestamp=moment,
        labels=dict(fired.labels),
        key=fired.key,
    )
