"""Crashes, pauses and restarts of real agents: what the sink sees (scenarios D to H)."""

from __future__ import annotations

from pathlib import Path

from tests.support.cluster import Cluster, Place


async def test_d_a_master_killed_after_delivering_is_not_repeated_g1_g2(tmp_path: Path) -> None:
    async with Cluster(tmp_path) as cluster:
        master = await cluster.master()
        await master.report("told and killed")
        await cluster.sink.first("told and killed")
        await cluster.settled()  # delivered: that it is so is on record on two disks
        master.kill()
        master.start()
        await master.ready()
        await master.report("told and killed")
        assert await cluster.told("told and killed") == 1

        # Before that record is made nobody can know; then it may be told once more, under its key.
        master = await cluster.master()
        await master.report("killed while telling")
        await cluster.sink.first("killed while telling")
        master.kill()
        assert await cluster.told("killed while telling") <= 2
        assert len({each.key for each in cluster.sink.delivered("killed while telling")}) == 1


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
