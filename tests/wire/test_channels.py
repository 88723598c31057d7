"""Calls to agents go straight there, whatever proxies the environment names."""

from __future__ import annotations

import ast
import asyncio

import grpc
import pytest

from alarminati.wire.credentials import dial
from tests.house.source import modules, tree

VARIABLES = ("grpc_proxy", "https_proxy", "http_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY")


async def test_no_call_ever_goes_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readline())
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    proxy = await asyncio.start_server(refuse, "127.0.0.1", 0)
    for name in VARIABLES:
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}")
    for name in ("no_proxy", "NO_PROXY", "no_grpc_proxy"):
        monkeypatch.delenv(name, raising=False)
    server = grpc.aio.server()
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with asyncio.timeout(5), dial(f"127.0.0.1:{port}", None) as channel:
            await channel.channel_ready()
    finally:
        await server.stop(None)
        proxy.close()
    assert not asked


def test_every_channel_is_made_in_one_place() -> None:
    """So that no other one forgets the options. Probes ask servers that are not ours."""
    makers = {
        name
        for name, path in modules().items()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr in ("insecure_channel", "secure_channel")
    }
    assert makers == {
        "alarminati.wire.credentials",
        "alarminati.agent.master_tasks.other_probes",
    }
