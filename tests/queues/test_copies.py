"""Real agents with a copy of their journal on a real JetStream."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from time import time
from typing import Any

from alarminati.client import Client
from alarminati.config.copies import CopyConfig
from alarminati.queues.journal_stream import JournalStream
from alarminati.queues.port import QueueLost
from alarminati.wire import cursor
from tests.queues import servers
from tests.queues.servers import Server
from tests.support.cluster import Cluster, Place
from tests.support.patience import until

LAG = 40.0  # seconds; a lost copy is tried again after 30 at the latest


def keys(server: Server) -> dict[str, Any]:
    copy = {"name": "nats", "type": "nats", "servers": [server.address], "stream": "JOURNAL",
            "replicas": 1}  # fmt: skip
    return {"copies": [copy]}


async def copied(cluster: Cluster, server: Server) -> None:
    """Wait until the stream holds all that the master does."""
    config = CopyConfig(
        name="nats", type="nats", servers=(server.address,), stream="JOURNAL", replicas=1
    )

    async def whole() -> bool:
        master = await cluster.master()
        held = cursor.decode((await cluster.standing(master)).journal.cursor)
        store = JournalStream(config, "w-sharing", cluster.cluster)
        try:
            await store.open()
            places = dict(store.places)
        except QueueLost:
            return False
        finally:
            await store.close()
        return all(origin in places and places[origin].last >= last
                   for origin, last in held.items())  # fmt: skip

    await until("the copy is whole", whole, LAG)


async def test_pods_that_are_all_new_have_alarms_silences_and_unsent_notices_g1(
    tool: Callable[[str], str], tmp_path: Path
) -> None:
    with servers.nats(tool("nats-server"), tmp_path) as server:
        await server.start()
        async with Cluster(tmp_path, keys=keys(server)) as cluster:
            master = await cluster.master()
            await master.report("disk full")
            await cluster.sink.first("disk full")
            soon = int(time() * 1000) + 3_600_000
            async with Client([master.grpc], cluster.tls) as client:
                await client.create_silence(["host=db-1"], ends=soon, comment="moving")
            await cluster.settled()
            cluster.sink.stop()
            await master.report("mail down")
            await copied(cluster, server)
            for agent in cluster.agents:
                agent.kill()
                shutil.rmtree(agent.data)
            await cluster.start()
            await cluster.sink.first("mail down", 30)
            assert await cluster.told("disk full") == 1
            master = await cluster.master()
            async with Client([master.grpc], cluster.tls) as client:
                (silence,) = await client.silences()
                assert silence.silence.comment == "moving"
                firing = {each.alarm.message for each in await client.list()}
                assert {"disk full", "mail down"} <= firing


async def test_a_copy_that_was_killed_and_wiped_is_made_whole_again(
    tool: Callable[[str], str], tmp_path: Path
) -> None:
    with servers.nats(tool("nats-server"), tmp_path) as server:
        await server.start()
        async with Cluster(tmp_path, [Place()], keys=keys(server)) as cluster:
            (agent,) = cluster.agents
            await agent.report("before")
            await copied(cluster, server)
            server.kill()
            await agent.report("meanwhile")  # nothing waits for the copy
            shutil.rmtree(tmp_path / "nats")
            await server.start()
            await copied(cluster, server)
