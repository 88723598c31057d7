"""An agent with a long journal starts from a checkpoint, and reads the rest when it needs it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from alarminati.agent.app import Agent
from alarminati.agent.housekeeping import Housekeeping
from alarminati.agent.store import Store
from alarminati.config import load
from alarminati.core.delivery.attempts import Limits
from alarminati.core.model.entries import Alarm, Severity
from alarminati.core.routing.policy import Policy
from alarminati.core.routing.routes import Route, Router
from tests.store.samples import alarm, entry

OLD = 40  # alarms that are over for long; every tenth of them still fires


@asynccontextmanager
async def agent(folder: Path) -> AsyncIterator[Agent]:
    listen = {f"listen_{name}": "127.0.0.1:0" for name in ("grpc", "http", "health")}
    config = load(None, {}, {"tls_mode": "insecure", "data": str(folder), **listen})
    store = Store.open(config.data)
    try:
        made = Agent(config, store, None)
        async with made.running():
            async with asyncio.timeout(20):
                while not made.replica.leading:
                    await asyncio.sleep(0.01)
            yield made
    finally:
        await store.close()


async def test_what_is_over_for_long_is_left_out_and_read_when_a_channel_is_added(
    tmp_path: Path,
) -> None:
    store = Store.open(tmp_path)
    for number in range(1, OLD + 1):
        await store.append([entry(store.origin, 2 * number - 1, alarm(number))])
        over = replace(alarm(number if number % 10 else -number), resolved=True)
        await store.append([entry(store.origin, 2 * number, over)])
    await store.close()
    async with agent(tmp_path) as first:
        book = first.replica.book
        firing = {state.fingerprint for state in book.firing()}
        assert len(firing) == OLD // 10
        await first.live.accept([Alarm("a new one", Severity.ERROR, 0, key="new")])
        house = Housekeeping(first.live, lambda: first.config, fresh=1)
        await house.write_checkpoint()
        checkpoint = first.store.checkpoint()
        assert checkpoint is not None
        assert checkpoint.position == 2 * OLD
        assert len(checkpoint.alive) < OLD
    async with agent(tmp_path) as second:
        book = second.replica.book
        assert {state.fingerprint for state in book.firing()} > firing
        assert not second.replica.load_state.lacking
        known = len(book)
        assert known < OLD
        router = Router(Route(("ops",)))
        second.live.reconfigure(router, Policy(), {"ops": Limits(rate=1.0, burst=1)})
        async with asyncio.timeout(20):
            while not second.replica.load_state.enough:
                await asyncio.sleep(0.01)
        assert len(book) >= OLD > known
