"""The pages of the health port, and who cannot keep probes from them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from alarminati.agent.health import HealthPort
from alarminati.edge.connection import Bounds
from alarminati.edge.health import Health
from alarminati.edge.server import CannotListen, EdgeServer
from tests.edge.client import Client, until

TROUBLE = [""]


@pytest_asyncio.fixture
async def port() -> AsyncIterator[HealthPort]:
    TROUBLE[0] = ""
    health = Health(lambda: TROUBLE[0], lambda: (b"figure 1\n", "text/plain"))
    made = HealthPort("127.0.0.1", 0, health)
    await made.start()
    yield made
    await made.stop(grace=0.2)


@pytest.mark.parametrize(
    ("path", "well", "ill"),
    [
        ("/h", (200, b"1"), (503, b"0")),
        ("/healthz", (200, b"ok\n"), (503, b"the disk is full\n")),
        ("/readyz", (200, b"ok\n"), (503, b"the disk is full\n")),
        ("/livez", (200, b"ok\n"), (200, b"ok\n")),  # a new process would have no more room
        ("/metrics", (200, b"figure 1\n"), (200, b"figure 1\n")),
    ],
)
async def test_pages_say_whether_all_is_well(
    port: HealthPort, path: str, well: tuple[int, bytes], ill: tuple[int, bytes]
) -> None:
    client = await Client.connect(port.port)
    for TROUBLE[0], expected in (("", well), ("the disk is full", ill)):
        reply = await client.ask(path=path, method="GET", host="127.0.0.1")
        assert (reply.status, reply.body) == expected
    await client.close()


async def test_g7_figures_are_not_for_a_page_whose_name_leads_here(port: HealthPort) -> None:
    client = await Client.connect(port.port)
    for host, status in (("evil.example", 403), ("localhost:8081", 200), ("10.0.0.7", 200)):
        assert (await client.ask(path="/metrics", method="GET", host=host)).status == status
    assert (await client.ask(path="/h", method="GET", host="any.name")).status == 200
    await client.close()


async def test_who_reports_to_the_port_for_health_is_told_the_other(port: HealthPort) -> None:
    client = await Client.connect(port.port)
    reply = await client.ask({"message": "m"}, host="127.0.0.1")
    assert (reply.status, "by gRPC only" in reply.json()["error"]) == (404, True)
    await client.close()
    other = HealthPort("127.0.0.1", 0, port._health, reports=8080)
    await other.start()
    client = await Client.connect(other.port)
    reply = await client.ask({"message": "m"}, host="127.0.0.1")
    assert reply.json()["error"].endswith("POST alarms to /v1/alarms on port 8080")
    await client.close()
    await other.stop()


async def test_g8_silent_connections_do_not_keep_probes_out(port: HealthPort) -> None:
    """The one that has been silent longest makes room."""
    assert port._edge is not None
    server = EdgeServer(port._answer, "127.0.0.1", 0, bounds=Bounds(connections=20))
    await server.start()
    silent = [await Client.connect(server.port) for _ in range(20)]
    await until(lambda: server.connections == 20)
    probe = await Client.connect(server.port)
    assert (await probe.ask(path="/readyz", method="GET")).status == 200
    assert await silent[0].is_closed()
    for client in (*silent, probe):
        await client.close()
    await server.stop(0)


async def test_a_port_in_use_leaves_nothing_behind(port: HealthPort) -> None:
    second = HealthPort("127.0.0.1", port.port, port._health)
    with pytest.raises(CannotListen, match="another program uses it"):
        await second.start()
