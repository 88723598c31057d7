"""A reload of a real agent hurries no group: what waits goes on waiting."""

from __future__ import annotations

import os
import signal
from copy import deepcopy
from pathlib import Path
from typing import Any

from tests.agent.test_reload import rewrite
from tests.support.cluster import AgentProcess, Cluster, Place
from tests.support.patience import until

OPS = {"name": "ops", "type": "webhook"}
ROUTE: dict[str, Any] = {
    "channels": ["ops"],
    "group_by": ["alertname"],
    "group_wait": "0s",
    "routes": [
        {"matchers": ['case="grp"'], "group_wait": "1s", "group_interval": "60s",
         "group_by": ["alertname"]},
        {"matchers": ['case="wait"'], "group_wait": "40s", "group_by": ["alertname"]},
    ],
}  # fmt: skip
CHANGES = ("a channel", "a route before", "a route after", "another wait")
OTHER = {"matchers": ['case="other"'], "channels": ["more"]}


def changed(change: str) -> dict[str, Any]:
    """The route after the reload."""
    route = deepcopy(ROUTE)
    if change == "a route before":
        route["routes"].insert(0, OTHER)
    elif change == "a route after":
        route["routes"].append(OTHER)
    elif change == "another wait":
        route["group_wait"] = "1s"
    return route


async def reload(agent: AgentProcess, times: int, **keys: object) -> None:
    rewrite(agent, **keys)
    assert agent.pid is not None
    os.kill(agent.pid, signal.SIGHUP)
    await until("it is read", lambda: agent.said.count("was read again") == times)


async def test_no_reload_tells_a_group_early(tmp_path: Path) -> None:
    async with Cluster(tmp_path, [Place()]) as cluster:
        (agent,), sink = cluster.agents, cluster.sink
        ops, more = OPS | {"url": sink.url}, {"name": "more", "type": "webhook", "url": sink.url}
        await reload(agent, 1, channels=[ops], route=ROUTE)
        await agent.report("i=1", labels={"alertname": "G", "case": "grp"})
        await sink.first("i=1")
        await agent.report("i=2", labels={"alertname": "G", "case": "grp"})
        await agent.report("W", labels={"alertname": "W", "case": "wait"})
        for number, change in enumerate(CHANGES, 2):
            await reload(agent, number, channels=[ops, more], route=changed(change))
            await agent.report(change, labels={"alertname": change})
            await sink.first(change)  # what a reload hurries comes before it
            assert sink.arrivals("i=2") == sink.arrivals("W") == [], change
