"""A sink that is slow, ill or hangs (scenarios A to C)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.faults.conftest import OUTAGE, Outage
from tests.support.cluster import Cluster


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Three agents to which nothing happens."""
    cluster = Cluster(tmp_path_factory.mktemp("healthy"), channel={"timeout": "1s"})
    try:
        asyncio.run(cluster.start())
        yield cluster
    finally:
        cluster.end()


async def test_a_reported_to_all_three_is_told_once_g2(healthy: Cluster) -> None:
    await asyncio.gather(*(agent.report("disk is full") for agent in healthy.agents))
    assert await healthy.told("disk is full") == 1


async def test_b_forty_seconds_of_500_and_told_once_g1_g2(outage: Outage) -> None:
    cluster = outage.cluster
    arrival = await cluster.sink.first(outage.message, OUTAGE + 60)
    assert arrival.wall - outage.since >= OUTAGE - 1  # from the first attempt on
    assert await cluster.told(outage.message) == 1
    tries = cluster.sink.arrivals(outage.message)
    assert len({each.key for each in tries}) == 1
    assert 3 <= len(tries) <= 60, "backs off"


async def test_c_one_429_is_waited_for_and_told_once_g2(healthy: Cluster) -> None:
    await healthy.sink.misbehave(kind="status", status=429, retry_after=1, count=1)
    reply = await healthy.agents[0].report("slow down")
    arrival = await healthy.sink.first("slow down")
    assert 1.0 <= arrival.wall - reply.at < 3.0
    assert await healthy.told("slow down") == 1
    assert [each.status for each in healthy.sink.arrivals("slow down")] == [429, 200]


async def test_a_sink_that_hangs_once_is_tried_again_under_the_same_key_g1_g2(
    healthy: Cluster,
) -> None:
    await healthy.sink.misbehave(kind="hang", count=1)
    await healthy.agents[0].report("the sink hangs")
    assert await healthy.told("the sink hangs") == 1
    tries = healthy.sink.arrivals("the sink hangs")
    assert [each.status for each in tries] == [0, 200]
    assert len({each.key for each in tries}) == 1
