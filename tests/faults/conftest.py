"""What waits long begins before the first test and is looked at after the last one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.support.cluster import Cluster

OUTAGE = 40.0  # seconds


@dataclass(frozen=True, slots=True)
class Outage:
    """A cluster whose sink answers 500 for `OUTAGE` seconds; `message` was reported at `since`."""

    cluster: Cluster
    message: str
    since: float  # seconds since 1970


async def _begin(cluster: Cluster) -> Outage:
    await cluster.start()
    await cluster.sink.misbehave(kind="status", status=500, seconds=OUTAGE)
    reply = await (await cluster.standbys())[0].report("the sink is ill")
    return Outage(cluster, "the sink is ill", reply.at)


@pytest.fixture(scope="session")
def outage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outage]:
    cluster = Cluster(tmp_path_factory.mktemp("outage"))
    try:
        yield asyncio.run(_begin(cluster))
    finally:
        cluster.end()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The outage begins with the first test of this folder and is looked at with the last."""
    ours = [item for item in items if "outage" in getattr(item, "fixturenames", ())]
    places = [place for place, item in enumerate(items) if item.nodeid.startswith("tests/faults/")]
    if not ours or not places:
        return
    items[places[0]].fixturenames.insert(0, "outage")  # type: ignore[attr-defined]
    for item in ours:
        items.remove(item)
    items[places[-1] + 1 - len(ours) : places[-1] + 1 - len(ours)] = ours
