"""One agent in this process, alone: what its parts promise each other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest

from alarminati.agent.app import Agent
from alarminati.agent.store import Store
from alarminati.config import load
from alarminati.v1 import alarm_service_pb2_grpc
from alarminati.v1 import subscription_pb2 as rpc
from alarminati.wire import status
from tests.support.patience import until


@asynccontextmanager
async def alone(folder: Path, **flags: object) -> AsyncIterator[Agent]:
    """An agent without TLS, peers or channels, on free ports of loopback."""
    listen = {f"listen_{name}": "127.0.0.1:0" for name in ("grpc", "http", "health")}
    config = load(None, {}, {"tls_mode": "insecure", "data": str(folder), **listen, **flags})
    store = Store.open(config.data)
    try:
        agent = Agent(config, store, None)
        async with agent.running():
            yield agent
    finally:
        await store.close()


async def test_g8_one_follower_too_many_is_sent_elsewhere(tmp_path: Path) -> None:
    async with (
        alone(tmp_path, limits_subscribers=1) as agent,
        grpc.aio.insecure_channel(f"127.0.0.1:{agent.grpc_port}") as channel,
    ):
        stub: Any = alarm_service_pb2_grpc.AlarmServiceStub(channel)
        first = stub.Subscribe(rpc.SubscribeRequest())
        await first.read()
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.Subscribe(rpc.SubscribeRequest()).read()
        assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert status.read(caught.value).retry_after
        first.cancel()
        await until("the first has gone", lambda: not agent.feed.streams)
        again = stub.Subscribe(rpc.SubscribeRequest())
        assert isinstance(await again.read(), rpc.SubscribeResponse)
        again.cancel()


async def test_g1_a_damaged_journal_is_mended_once_and_not_at_every_start(tmp_path: Path) -> None:
    async with alone(tmp_path) as agent:
        await until("it leads", lambda: agent.replica.leading)
    (tmp_path / "journal.db").write_bytes(b"not a database" * 1000)
    async with alone(tmp_path) as agent:
        assert agent.store.refill_needed
        assert not agent.replica.election.eligible
        await until("nobody else is there", lambda: agent.replica.leading, 20)
        assert not agent.store.refill_needed
    async with alone(tmp_path) as agent:
        assert not agent.store.refill_needed
