"""Agents that stop on purpose, lose their disk, or are replaced one after the other."""

from __future__ import annotations

import asyncio
import itertools
import shutil
from pathlib import Path

import httpcore
import msgspec

from tests.support.cluster import AgentProcess, Cluster
from tests.support.patience import until


class Reporters:
    """Report alarm after alarm to whoever takes it, until told to stop."""

    def __init__(self, cluster: Cluster, gap: float) -> None:
        """`gap`: seconds between two alarms."""
        self.acknowledged: list[str] = []
        self._cluster = cluster
        self._gap = gap
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """After the alarm under way."""
        self._stopping.set()

    async def run(self) -> None:
        """Report until stopped."""
        for number in itertools.count():
            if self._stopping.is_set():
                return
            await self._hand_in(number)
            await asyncio.sleep(self._gap)

    async def _hand_in(self, number: int) -> None:
        message = f"alarm {number:04}"
        agents = self._cluster.agents
        for turn in range(30 * len(agents)):
            if await self._taken(agents[(number + turn) % len(agents)], message):
                self.acknowledged.append(message)
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"nobody took {message}")

    async def _taken(self, agent: AgentProcess, message: str) -> bool:
        body = msgspec.json.encode({"message": message})
        try:
            reply = await agent.post(body, headers={"Idempotency-Key": message})
        except (httpcore.NetworkError, httpcore.RemoteProtocolError):
            return False  # down, or stopped before it could answer
        assert reply.status in (200, 503), reply
        return reply.status == 200


async def test_a_master_that_is_told_to_stop_hands_over_g1_g2_g3(tmp_path: Path) -> None:
    async with Cluster(tmp_path) as cluster:
        master = await cluster.master()
        reporters = Reporters(cluster, gap=0.01)
        task = asyncio.create_task(reporters.run())
        await until("some alarms are told", lambda: len(cluster.sink.count()) > 20)
        master.terminate()
        assert await asyncio.to_thread(master.wait) == 0
        before = len(reporters.acknowledged)
        await cluster.agreed()
        await until("others accept", lambda: len(reporters.acknowledged) > before + 20)
        reporters.stop()
        await task
        await cluster.told(reporters.acknowledged[-1])
        count = cluster.sink.count()
        assert {message: count[message] for message in reporters.acknowledged} == dict.fromkeys(
            reporters.acknowledged, 1
        )


async def test_all_three_restarted_under_load_lose_nothing_g1_g2_g3(tmp_path: Path) -> None:
    async with Cluster(tmp_path) as cluster:
        reporters = Reporters(cluster, gap=0.03)
        task = asyncio.create_task(reporters.run())
        for agent in cluster.agents:
            agent.terminate()
            assert await asyncio.to_thread(agent.wait) == 0
            agent.start()
            await agent.ready()
            await cluster.agreed()
        reporters.stop()
        await task
        await cluster.told(reporters.acknowledged[-1])
        count = cluster.sink.count()
        lost = [message for message in reporters.acknowledged if not count[message]]
        twice = {message: times for message, times in count.items() if times > 1}
        assert lost == []
        assert max(count.values()) <= 1 + len(cluster.agents)
        assert twice == {}, "who hands over waits for its sends"


async def test_a_wiped_disk_is_filled_again_by_the_others_g1_g2(tmp_path: Path) -> None:
    async with Cluster(tmp_path) as cluster:
        victim = (await cluster.standbys())[0]
        await victim.report("before the disk was lost")
        await cluster.sink.first("before the disk was lost")
        victim.kill()
        shutil.rmtree(victim.data)
        victim.start()
        await victim.ready()
        await cluster.settled()

        for agent in cluster.agents:
            if agent is not victim:
                agent.kill()
        await victim.report("after the disk was lost")
        assert await cluster.told("after the disk was lost") == 1
        assert await cluster.told("before the disk was lost") == 1
