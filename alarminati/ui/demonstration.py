"""A day of alarms on the demo's three agents, for a first look at the app."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Final, TypeAlias

from alarminati.client.client import Client, alarm
from alarminati.client.errors import AlarminatiError
from alarminati.client.profile import Profiles
from alarminati.core.model.entries import Alarm, Severity
from alarminati.ui.app import App
from alarminati.ui.follow.following import ProfileFollowers
from alarminati.ui.schema.clusters import DemoStatus
from alarminati.ui.schema.common import Text
from alarminati.wire.background import awaited

MINUTE: Final = 60_000
SETTING: Final = "demo"
_SEED: Final = 7
_SIZE: Final = 96
_PAUSE: Final = 45.0
_STAYS: Final = 240 * MINUTE
"""Alarms older than this are over."""

Kind: TypeAlias = tuple[str, str, str, Text]
"""Name, severity, label, message."""

KINDS: Final[tuple[Kind, ...]] = (
    (
        *("PayApiErrorRatio", "CRITICAL", "service=pay-api"),
        Text("결제 API 5xx 비율 {n} % (기준 2 %)", "pay-api: {n} % of answers are 5xx (limit 2 %)"),
    ),
    (
        *("KubePodCrashLooping", "ERROR", "namespace=settle"),
        Text(
            "settlement-batch CrashLoopBackOff, 재시작 {n}회",
            "settlement-batch: CrashLoopBackOff, restarted {n} times",
        ),
    ),
    (
        *("KafkaConsumerLag", "ERROR", "topic=order-events"),
        Text(
            "Kafka 컨슈머 그룹 order-events 지연 {n}00건",
            "Kafka group order-events is {n}00 messages behind",
        ),
    ),
    (
        *("KubePodNotReady", "ERROR", "pod=pay-api-{n}"),
        Text("파드 pay-api-{n} 준비되지 않음", "pod pay-api-{n} is not ready"),
    ),
    (
        *("IngressLatencyHigh", "ERROR", "ingress=public"),
        Text("ingress p99 응답 시간 4.{n}초 (기준 1초)", "ingress p99 is 4.{n} s (limit 1 s)"),
    ),
    (
        *("RedisMemoryHigh", "WARNING", "app=session"),
        Text("Redis 세션 저장소 메모리 9{n} %", "Redis of sessions uses 9{n} % of its memory"),
    ),
    (
        *("NodeDiskFilling", "WARNING", "host=ws-{n}"),
        Text("노드 ws-{n} 디스크 사용률 8{n} %", "disk of node ws-{n} is 8{n} % full"),
    ),
    (
        *("TargetDown", "WARNING", "job=node-exporter"),
        Text(
            "node-exporter 12대 중 {n}대 응답 없음", "{n} of 12 targets of node-exporter are down"
        ),
    ),
    (
        *("EtcdBackupMissing", "WARNING", "job=etcd-backup"),
        Text("etcd 백업이 2{n}시간째 없음", "no backup of etcd for 2{n} hours"),
    ),
    (
        *("SpotNodeLeaving", "INFO", "pool=spot"),
        Text("스팟 노드 {n}대 회수 예정", "{n} spot nodes will be reclaimed"),
    ),
)
_SHARES: Final = (1, 2, 3, 4, 3, 4, 4, 3, 2, 4)
"""How often each of the kinds comes: few are critical."""
_COMMENTS: Final = (
    Text("보는 중", "looking at it"),
    Text("배포 때문, 되돌리는 중", "the deploy; rolling it back"),
    Text("알려진 문제, OPS-12", "known, OPS-12"),
)
_POWER: Final = Text(
    "랙 b2 전원 작업, 결제 파드 재배치 중", "power work on rack b2, pods are moving"
)
_FAILED: Final = Text(
    "데모의 에이전트를 시작하지 못했습니다: {reason}", "The demo's agents did not start: {reason}"
)


class DemoAgents:
    """Demo that the app starts when asked; its cluster is followed like any other."""

    def __init__(self, app: App, followers: ProfileFollowers, profiles: Profiles) -> None:
        self._app = app
        self._followers = followers
        self._profiles = profiles
        self._running = AsyncExitStack()
        self._turn = asyncio.Lock()
        self._cluster = ""

    def status(self) -> DemoStatus:
        """Return whether they run."""
        return DemoStatus(bool(self._cluster), [self._cluster] if self._cluster else [])

    async def start(self, language: str) -> DemoStatus:
        """Start the agents and follow their cluster; a start that fails says why."""
        async with self._turn:
            if self._cluster:
                return self.status()
            try:
                await self._start(language)
            except (AlarminatiError, OSError, EOFError) as error:
                await self._end()
                reason = str(error) or type(error).__name__
                said = Text(_FAILED.ko.format(reason=reason), _FAILED.en.format(reason=reason))
                return DemoStatus(False, [], said)
            return self.status()

    async def stop(self) -> None:
        """End the agents, and forget their cluster with its history."""
        async with self._turn:
            await self._end()

    async def clear(self) -> None:
        """Forget the demo of an app that was killed. Call before profiles are followed."""
        id = self._app.base.setting(SETTING)
        known = self._app.directory.clusters.get(id) if isinstance(id, str) else None
        if known is not None:
            self._followers.open(known)
            self._cluster = known.id
        await self._end()

    async def _start(self, language: str) -> None:
        root = Path(self._running.enter_context(TemporaryDirectory(prefix="alarminati-ui-")))
        demo = demonstrated(root / "demo", self._profiles, language)
        name = await self._running.enter_async_context(demo)
        live = await self._followers.meet(name)
        if live is None:
            raise EOFError("its profile cannot be used")
        self._cluster = live.id
        self._app.base.keep_setting(SETTING, live.id)
        self._app.reset("settings")

    async def _end(self) -> None:
        live = self._app.live.get(self._cluster)
        self._cluster = ""
        if live is not None:
            await self._app.remove(live, forget=True)
        self._app.base.keep_setting(SETTING, None)
        await self._running.aclose()
        self._app.reset("settings")


@asynccontextmanager
async def demonstrated(folder: Path, profiles: Profiles, language: str) -> AsyncIterator[str]:
    """Run the agents, make a profile of their cluster, and report alarms while in the block.

    Yields the name of the profile.
    """
    from alarminati.demo.stage import NAMES, staged

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
        task = awaited(_Day(stage.everyone, language).report())
        try:
            yield name
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


class _Day:
    """Alarms of a day that is over, then a new one every now and then."""

    def __init__(self, client: Client, language: str) -> None:
        self._client = client
        self._english = language == "en"
        self._dice = Random(_SEED)

    async def report(self) -> None:
        """Report until cancelled."""
        page = list(self.past(int(time.time() * 1000)))

        async def batches() -> AsyncIterator[list[Alarm]]:
            yield page

        async for _ in self._client.report_stream(batches()):
            pass
        await self._people()
        while True:
            await asyncio.sleep(_PAUSE)
            with suppress(AlarminatiError):  # somebody kills agents: that is what they are for
                fired = self._made(0)
                await self._client.report(fired)
                await asyncio.sleep(_PAUSE)
                if self._dice.random() < 0.7:
                    await self._client.report(_ended(fired, 0))

    def past(self, now: int) -> Iterator[Alarm]:
        """Yield reports of the last day in their order."""
        dice = self._dice
        moments = sorted(dice.randrange(now - 24 * 60 * MINUTE, now - MINUTE) for _ in range(_SIZE))
        reports: list[Alarm] = []
        for number, moment in enumerate(moments):
            fired = self._made(moment)
            reports.append(fired)
            if number % 2 or moment < now - _STAYS:
                end = moment + dice.randrange(3 * MINUTE, 90 * MINUTE)
                reports.append(_ended(fired, min(end, now)))
        reports.append(self._made(now - 12 * MINUTE, KINDS[0]))  # what somebody is called for
        reports.sort(key=lambda each: each.timestamp)
        yield from reports

    async def _people(self) -> None:
        """Acknowledge some, and silence others, as colleagues would."""
        listed = await self._client.list()
        firing = [each for each in listed if each.severity is not Severity.CRITICAL]
        for each in firing[:: max(3, len(firing) // 4)]:
            comment = self._said(self._dice.choice(_COMMENTS))
            await self._client.acknowledge(each.fingerprint, comment)
        end = int(time.time() * 1000) + 120 * MINUTE
        matchers = ['alertname="KubePodNotReady"']
        await self._client.create_silence(matchers, ends=end, comment=self._said(_POWER))

    def _made(self, moment: int, kind: Kind | None = None) -> Alarm:
        name, severity, pair, message = kind or self._dice.choices(KINDS, _SHARES)[0]
        n = str(self._dice.randrange(1, 10))
        label, _, value = pair.replace("{n}", n).partition("=")
        return alarm(
            self._said(message).replace("{n}", n),
            Severity[severity],
            timestamp=moment,
            labels={"alertname": name, "env": "prod", label: value},
            key=f"{name}/{n}",
            annotations={"runbook_url": f"https://runbooks.example.com/{name}"},
            link=f"https://grafana.example.com/d/{name}",
        )

    def _said(self, text: Text) -> str:
        return text.en if self._english else text.ko


def _ended(fired: Alarm, moment: int) -> Alarm:
    return alarm(
        fired.message,
        fired.severity,
        resolved=True,
        timestamp=moment,
        labels=dict(fired.labels),
        key=fired.key,
    )
