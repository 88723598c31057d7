"""Prometheus posts to an agent as it does to an Alertmanager."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from tests.support.cluster import Cluster, Place, Reply


async def test_what_it_says_every_minute_is_one_entry_until_something_changes_g6(
    tmp_path: Path,
) -> None:
    """To whichever replica it says it."""
    keys = {"resolve_timeouts": {"prometheus": "10m"}}
    async with Cluster(tmp_path, [Place(), Place()], keys=keys) as cluster:
        one, other = cluster.agents
        now = datetime.now(UTC)

        async def post(agent: int, ends: datetime) -> Reply:
            alert = {
                "labels": {"alertname": "HighLatency", "severity": "critical"},
                "annotations": {"summary": f"p99 is 3 s, said to {agent}"},
                "startsAt": (now - timedelta(minutes=5)).isoformat(),
                "endsAt": ends.isoformat(),
            }
            reply = await cluster.agents[agent].post(msgspec.json.encode([alert]), "/api/v2/alerts")
            assert reply.status == 200
            return reply

        first = await post(0, now + timedelta(minutes=4))
        await cluster.sink.first("p99 is 3 s")
        await cluster.settled()
        before = (await cluster.standing(one)).journal.cursor
        for agent in (0, 1, 1):
            again = await post(agent, now + timedelta(minutes=5))
            assert again.json["ids"] == first.json["ids"]
        assert (await cluster.standing(other)).journal.cursor == before
        ended = await post(1, now)
        assert ended.json["ids"] != first.json["ids"]
        await cluster.settled()
        assert (await post(0, now)).json["ids"] == ended.json["ids"]
        assert len(cluster.sink.delivered("p99 is 3 s")) == 2
