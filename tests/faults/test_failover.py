"""Crashes, pauses and restarts of real agents: what the sink sees (scenarios A to H)."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.support.cluster import Cluster, Place


async def test_a_reported_to_all_three_is_told_once_g2(tmp_path: Path) -> None:
    async with Cluster(tmp_path) as cluster:
        await asyncio.gather(*(agent.report("disk is full") for agent in cluster.agents))
        assert await cluster.told("disk is full") == 1


async def test_c_one_429_is_waited_for_and_told_once_g2(tmp_path: Path) -> None:
    async with Cluster(tmp_path) as cluster:
        await cluster.sink.misbehave(kind="status", status=429, retry_after=1, count=1)
        reply = await cluster.agents[0].report("slow down")
        arrival = await cluster.sink.first("slow down")
        assert 1.0 <= arrival.wall - reply.at < 3.0
        assert await cluster.told("slow down") == 1
        assert [each.status for each in cluster.sink.arrivals("slow down")][:2] == [429, 200]


async def test_d_a_master_killed_after_delivering_is_not_repeated_g1_g2(tmp_path: Path) -> None:
    async with Cluster(tmp_path) as cluster:
        master = await cluster.master()
        await master.report("told and killed")
        await cluster.sink.first("told and killed")
        master.kill()
        master.start()
        await master.ready()
        await master.report("told and killed")
        assert await cluster.told("told and killed") == 1


async def test_e_a_lone_agent_killed_while_the_sink_is_down_tells_once_g1(tmp_path: Path) -> None:
    async with Cluster(tmp_path, [Place()]) as cluster:
        (agent,) = cluster.agents
        cluster.sink.stop()
        reply = await agent.report("nobody listens")
        assert reply.json["replicas"] == 1
        agent.kill()
        agent.start()
        await agent.ready()
        await cluster.sink.start()
        assert await cluster.told("nobody listens", within=30) == 1


async def test_f_what_a_killed_standby_took_is_told_by_others_once_g1(tmp_path: Path) -> None:
    async with Cluster(tmp_path) as cluster:
        standby = (await cluster.standbys())[0]
        cluster.sink.stop()
        reply = await standby.report("taken by one")
        assert reply.json["replicas"] >= 2
        standby.kill()
        await cluster.sink.start()
        assert await cluster.told("taken by one", within=30) == 1


async def test_g_a_killed_master_costs_an_alarm_less_than_a_second_g1_g3(tmp_path: Path) -> None:
    async with Cluster(tmp_path) as cluster:
        master, (standby, _) = await cluster.master(), await cluster.standbys()
        master.kill()
        reply = await standby.report("the master is dead")
        arrival = await cluster.sink.first("the master is dead")
        assert arrival.wall - reply.at < 1.0
        assert await cluster.told("the master is dead") == 1


async def test_h_a_paused_master_costs_an_alarm_three_seconds_g3_g4(tmp_path: Path) -> None:
    async with Cluster(tmp_path) as cluster:
        master, (standby, _) = await cluster.master(), await cluster.standbys()
        master.pause()
        try:
            reply = await standby.report("the master hangs")
            arrival = await cluster.sink.first("the master hangs")
        finally:
            master.resume()
        assert arrival.wall - reply.at < 3.0
        assert await cluster.told("the master hangs") == 1
        assert (await cluster.master()) is not master
