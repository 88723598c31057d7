"""An agent that starts lets nobody read before it knows who is revoked (G3, G7)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc

from alarminati.agent.app import Agent
from alarminati.agent.store import Store
from alarminati.config import load
from alarminati.core.model.entries import Entry
from alarminati.v1 import alarm_pb2, alarm_service_pb2_grpc
from alarminati.v1 import alarm_service_pb2 as rpc


class Slow(Store):
    """A journal that takes as long to read as the test wants."""

    read_it = False

    def load(self, chunk: int = 1, *, after: int = 0) -> Iterator[list[Entry]]:
        while not self.read_it:
            yield []
        yield from super().load(chunk, after=after)


async def test_g3_g7_reports_pass_and_readers_wait_for_the_journal(tmp_path: Path) -> None:
    listen = {f"listen_{name}": "127.0.0.1:0" for name in ("grpc", "http", "health")}
    config = load(None, {}, {"tls_mode": "insecure", "data": str(tmp_path), **listen})
    store = Slow.open(config.data)
    assert isinstance(store, Slow)
    try:
        agent = Agent(config, store, None)
        async with (
            agent.running(),
            grpc.aio.insecure_channel(f"127.0.0.1:{agent.grpc_port}") as channel,
        ):
            stub: Any = alarm_service_pb2_grpc.AlarmServiceStub(channel)
            listing = asyncio.ensure_future(stub.ListAlarms(rpc.ListAlarmsRequest(), timeout=20))
            alarm = alarm_pb2.Alarm(message="disk is full")
            assert (await stub.Report(rpc.ReportRequest(alarm=alarm), timeout=20)).id
            assert not listing.done()
            store.read_it = True
            assert [it.alarm.message for it in (await listing).alarms] == ["disk is full"]
    finally:
        await store.close()
