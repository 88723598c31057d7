"""Three real agents and a real queue: what was published while all were down is told once each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.queues.benches import ALL, BENCHES
from tests.support.cluster import Cluster
from tests.support.patience import until

MESSAGES = 60
# SQS keeps what a dead master took for 12 s.
QUICK = [kind for kind in BENCHES if ALL or kind != "sqs"]


@pytest.mark.parametrize("kind", QUICK)
async def test_messages_of_an_outage_are_told_once_each_although_the_master_dies_g1_g2(
    kind: str, tool: Callable[[str], str], tmp_path: Path
) -> None:
    async with BENCHES[kind](tool, tmp_path) as bench:
        texts = [f"order {number} is stuck" for number in range(MESSAGES)]
        await bench.publish(*(text.encode() for text in texts[: MESSAGES // 2]))
        async with Cluster(tmp_path, keys={"queues": [bench.keys]}) as cluster:
            await cluster.sink.first(texts[0], 30)
            master = await cluster.master()
            await bench.publish(*(text.encode() for text in texts[MESSAGES // 2 :]))
            master.kill()

            def all_told() -> bool:
                return set(texts) <= set(cluster.sink.count())

            await until("all are told", all_told, 30)
            await cluster.settled()
            count = cluster.sink.count()
            # What the master was sending when it was killed may be told once more; see G2.
            assert {count[text] for text in texts} <= {1, 2}
            assert sum(count[text] == 1 for text in texts) > MESSAGES / 2

            async def empty() -> bool:
                queue = await bench.opened()
                try:
                    return (await queue.backlog()).pending == 0
                finally:
                    await queue.close()

            await until("the queue is empty", empty, 30)
