"""An outage of everything but the queue: each message is told, and taken once.

QUEUE_MESSAGES=10000 QUEUE_SERVERS=all is the campaign whose figures docs/queues.md has.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from alarminati.client import Client
from tests.queues.benches import ALL, BENCHES
from tests.support.cluster import Cluster
from tests.support.patience import until

MESSAGES = int(os.environ.get("QUEUE_MESSAGES", "200"))
LONG = 30.0 + MESSAGES / 20
KINDS = BENCHES if ALL else ["nats"]


@pytest.mark.timeout(60 + 4 * LONG)
@pytest.mark.parametrize("kind", KINDS)
async def test_messages_of_an_outage_of_sink_and_agents_are_taken_once_each_g1(
    kind: str, tool: Callable[[str], str], tmp_path: Path
) -> None:
    async with BENCHES[kind](tool, tmp_path) as bench:
        texts = [f"order {number} is stuck" for number in range(MESSAGES)]
        half = MESSAGES // 2
        async with Cluster(tmp_path, keys={"queues": [bench.keys]}) as cluster:
            cluster.sink.stop()
            await bench.publish(*(text.encode() for text in texts[:half]))

            async def some_taken() -> bool:
                master = await cluster.master()
                async with Client([master.grpc], cluster.tls) as client:
                    return bool(await client.list(limit=1))

            await until("some are taken", some_taken, LONG)
            for agent in cluster.agents:
                agent.kill()
            await bench.publish(*(text.encode() for text in texts[half:]))
            begun = time.monotonic()
            await cluster.start()

            async def taken() -> int:
                master = await cluster.master()
                async with Client([master.grpc], cluster.tls) as client:
                    found = await client.list(limit=2 * MESSAGES)
                counts = {each.alarm.message: each.report_count for each in found}
                assert all(counts.get(text, 1) == 1 for text in texts)
                return sum(text in counts for text in texts)

            async def all_taken() -> bool:
                return await taken() == MESSAGES

            await until("all are taken", all_taken, LONG)
            seconds = time.monotonic() - begun
            print(f"{kind}: {MESSAGES} messages in {seconds:.1f} s from the start of the agents")

            async def empty() -> bool:
                queue = await bench.opened()
                try:
                    return (await queue.backlog()).pending == 0
                finally:
                    await queue.close()

            await until("the queue is empty", empty, LONG)
            await cluster.settled(LONG)  # nothing is left to tell
