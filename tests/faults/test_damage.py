"""A disk that lies: a log with one wrong bit, a number that was not written."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.cluster import AgentProcess, Cluster, Place
from tests.support.patience import until

FRAME = 4096 + 24


def flip(agent: AgentProcess) -> None:
    """One bit in the middle of the log."""
    log = agent.data / "journal.db-wal"
    content = bytearray(log.read_bytes())
    content[32 + FRAME * (len(content) // FRAME // 2) + 1000] ^= 4
    log.write_bytes(content)


def poison(agent: AgentProcess) -> int:
    """One bit of how far each origin goes, as a broken disk would do it."""
    with closing(sqlite3.connect(agent.data / "journal.db")) as connection, connection:
        return connection.execute("UPDATE origins SET last = last | 1048576").rowcount


@pytest.mark.timeout(120)
async def test_g1_a_log_with_a_wrong_bit_is_an_alarm(tmp_path: Path) -> None:
    async with Cluster(tmp_path, [Place()]) as cluster:
        (agent,) = cluster.agents
        for number in range(60):
            await agent.report(f"alarm {number}")
        agent.kill()
        flip(agent)
        agent.start()
        await agent.ready()
        text = f"The journal of {agent.name} was damaged and lacks entries"
        await until("people are told", lambda: cluster.sink.delivered(text))
        assert "the journal is damaged: its log is sound up to frame" in agent.said


@pytest.mark.timeout(120)
async def test_g1_a_number_that_was_not_written_spoils_nobody(tmp_path: Path) -> None:
    async with Cluster(tmp_path, [Place(), Place(), Place()]) as cluster:
        owner, sick = await cluster.standbys()
        for number in range(5):
            await owner.report(f"before {number}")
        await cluster.settled()
        sick.kill()
        assert poison(sick)
        sick.start()
        await sick.ready()
        await cluster.agreed()
        for number in range(5):
            reply = await owner.report(f"after {number}")
            assert reply.json["replicas"] >= 2
        for number in range(5):
            assert await cluster.told(f"after {number}") == 1
        await cluster.settled()  # equal journals: what was damaged has all of it
        assert "is not what was written" in sick.said
