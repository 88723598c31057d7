"""Large bodies: taken at the doors of tools, in bounded memory, and nobody else waits for them."""

from __future__ import annotations

import asyncio
import gc
import gzip
import json
from collections.abc import Awaitable
from time import thread_time
from typing import Any, TypeVar

import pytest

from tests.edge.conftest import World
from tests.edge.test_connection import MEBI, resident

LONGEST = 0.25  # seconds of processor for which the loop may stand still; some 0.05 are usual
_T = TypeVar("_T")


def storm(count: int, text: str = "d" * 700) -> list[dict[str, Any]]:
    """Alerts of one group, as an Alertmanager or Prometheus has them."""
    return [
        {
            "status": "firing",
            "labels": {"alertname": "Storm", "i": str(i)},
            "annotations": {"summary": "s", "description": text},
            "startsAt": "2025-09-18T03:40:00Z",
            "endsAt": "2025-09-18T03:46:00Z",
            "generatorURL": "http://p.example.org/graph?g0=1",
        }
        for i in range(count)
    ]


async def watched(work: Awaitable[_T]) -> tuple[_T, float]:
    """What comes of it, and the longest time for which nothing else had its turn."""
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            start = thread_time()  # not the clock: other programs may have the processor
            await asyncio.sleep(0)
            longest = max(longest, thread_time() - start)

    gc.collect()
    gc.freeze()  # what thousands of other tests left is not looked through meanwhile
    watcher = asyncio.create_task(watch())
    try:
        return await work, longest
    finally:
        watcher.cancel()
        gc.unfreeze()


@pytest.mark.parametrize("path", ["/webhooks/alertmanager", "/api/v2/alerts"])
@pytest.mark.parametrize("mended", [False, True])
async def test_g8_a_storm_in_one_body_is_taken_and_holds_nobody_up(
    world: World, path: str, mended: bool
) -> None:
    """13 MB in one notification; an Alertmanager drops what gets 413, and splits nothing."""
    alerts = storm(15_000)
    if mended:
        alerts[7]["annotations"]["summary"] = "\ud83d"
    body = json.dumps({"alerts": alerts} if "webhooks" in path else alerts).encode()
    assert len(body) > 12 * MEBI
    client = await world.client()
    await client.ask(b"[]", path="/api/v2/alerts")
    reply, longest = await watched(client.ask(body, path=path))
    assert (reply.status, len(reply.json()["ids"])) == (200, 15_000)
    assert longest < LONGEST
    assert {call[0] for call in world.reception.calls} == {1000}


async def test_g8_an_alert_has_its_bound(world: World) -> None:
    body = b'[{"labels":{"a":"%s"}},{"labels":{"a":"b"}}]' % (b"v" * 1_100_000)
    reply = await (await world.client()).ask(body, path="/api/v2/alerts")
    assert (reply.status, len(reply.json()["ids"])) == (200, 1)
    assert reply.json()["refused"][0]["error"] == "alerts[0]: has over 1048576 bytes"


async def test_g8_a_large_body_is_taken_at_the_doors_of_tools_only(world: World) -> None:
    body = json.dumps(storm(5000)).encode()
    for path, status in (("/v1/alarms", 413), ("/api/v2/alerts", 200)):
        assert (await (await world.client()).ask(body, path=path)).status == status
    packed = gzip.compress(b" " * 17 * MEBI)
    client = await world.client()
    before = resident()
    reply = await client.ask(packed, path="/api/v2/alerts", content_encoding="gzip")
    assert reply.status == 413
    assert resident() - before < 40 * MEBI
    assert world.servers[0]._door.held == 0


async def test_g8_nothing_but_escapes(world: World) -> None:
    """What costs most to mend is mended in slices, too."""
    one = b'{"labels":{"a":"' + rb"\\" * 200_000 + rb'\ud83d"}}'
    client = await world.client()
    body = b"[" + b",".join([one] * 20) + b"]"
    reply, longest = await watched(client.ask(body, path="/api/v2/alerts"))
    assert (reply.status, len(reply.json()["ids"])) == (200, 20)
    assert longest < LONGEST


@pytest.mark.parametrize(
    "alert",
    [
        b'{"labels":{%s}}' % b",".join(b'"n%d":"v"' % i for i in range(70_000)),
        b'{"labels":{"a":"%s"}}' % (b"v" * 1_000_000),
        b'{"labels":{"a":"b"},"annotations":{"c":"%s"}}' % (rb"\u0001" * 170_000),
        b'{"labels":{"a":1,"b":[%s]}}' % b",".join([b"{}"] * 300_000),
    ],
    ids=["labels", "a label", "controls", "objects"],
)
async def test_g8_one_alert_holds_nobody_up(world: World, alert: bytes) -> None:
    client = await world.client()
    reply, longest = await watched(client.ask(b"[" + alert + b"]", path="/api/v2/alerts"))
    assert reply.status == 200, reply.body
    assert longest < LONGEST
