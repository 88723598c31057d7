"""Following: each record once, through everything. Holds G5."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from contextlib import aclosing
from pathlib import Path
from random import Random
from typing import Any

import grpc
import pytest

from alarminati.client import (
    Action,
    Alarm,
    Cache,
    CacheShared,
    CaughtUp,
    Connected,
    EntryId,
    Event,
    Filter,
    Forbidden,
    Gap,
    Reconnecting,
    Record,
    RecordType,
    Severity,
    StreamState,
    Subscription,
    vigil,
)
from alarminati.v1 import subscription_pb2 as subs
from tests.client.agents import CLUSTER, NOW, PROJECT, Agent, sample, tell_whole_story
from tests.client.conftest import MakeClient, StartAgents


async def until(subscription: Subscription, count: int, limit: float = 10.0) -> list[Record]:
    """Follow until so many records were told."""
    records: list[Record] = []
    async with asyncio.timeout(limit):
        while len(records) < count:
            event = await anext(subscription)
            if isinstance(event, Record):
                records.append(event)
    return records


async def until_caught_up(subscription: Subscription) -> list[Event]:
    """Follow until all that is kept was told."""
    events: list[Event] = []
    async with asyncio.timeout(10):
        while not events or events[-1] != CaughtUp():
            events.append(await anext(subscription))
    return events


def ids(events: Iterable[Event]) -> list[EntryId]:
    return [event.id for event in events if isinstance(event, Record)]


async def test_replays_then_follows(start_agents: StartAgents, make_client: MakeClient) -> None:
    (agent,) = await start_agents(1)
    before = [await agent.add(sample(n)) for n in range(3)]
    async with aclosing(make_client(agent).subscribe()) as subscription:
        events = await until_caught_up(subscription)
        assert events[0] == Connected(agent.address, CLUSTER, PROJECT, agent.name)
        assert ids(events) == before
        live = await agent.add(sample(4))
        (record,) = await until(subscription, 1)
    assert record.id == live
    assert record.body == sample(4)
    assert record.project == PROJECT
    assert record.received == 4
    assert agent.requests[0].encoding == subs.RECORD_ENCODING_COMPACT


async def test_a_resume_asks_only_for_what_is_new(
    start_agents: StartAgents, make_client: MakeClient
) -> None:
    (agent,) = await start_agents(1)
    for n in range(5):
        await agent.add(sample(n))
    client = make_client(agent)
    async with aclosing(client.subscribe()) as subscription:
        await until_caught_up(subscription)
        cursor = subscription.cursor
    new = await agent.add(sample(9))
    async with aclosing(client.subscribe(cursor=cursor)) as subscription:
        assert ids(await until_caught_up(subscription)) == [new]


async def test_from_now_tells_nothing_kept(
    start_agents: StartAgents, make_client: MakeClient
) -> None:
    (agent,) = await start_agents(1)
    await agent.add(sample(1))
    async with aclosing(make_client(agent).subscribe(from_now=True)) as subscription:
        assert ids(await until_caught_up(subscription)) == []
        agent.script.ended = [grpc.StatusCode.UNAVAILABLE]
        new = await agent.add(sample(2))
        assert ids(await until(subscription, 1)) == [new]


async def test_a_filter_is_the_agents_work(
    start_agents: StartAgents, make_client: MakeClient
) -> None:
    (agent,) = await start_agents(1)
    wanted = [await agent.add(sample(n, list(Severity)[n % 4])) for n in range(8)][::4]
    filter = Filter(min_severity=Severity.CRITICAL)
    async with aclosing(make_client(agent).subscribe(filter=filter)) as subscription:
        assert ids(await until_caught_up(subscription)) == wanted
        # The agent's cursor lies ahead of the last record that passed.
        assert subscription.cursor == make_cursor({agent.origin: 8})


def make_cursor(position: dict[str, int]) -> bytes:
    from alarminati.wire.cursor import encode

    return encode(position)


async def test_deliveries_come_when_asked_for(
    start_agents: StartAgents, make_client: MakeClient
) -> None:
    (agent,) = await start_agents(1)
    await tell_whole_story(agent)
    client = make_client(agent)
    async with aclosing(client.subscribe()) as subscription:
        bodies = [e.body for e in await until_caught_up(subscription) if isinstance(e, Record)]
        assert [type(body) for body in bodies] == [Alarm, Action]
    async with aclosing(client.subscribe(filter=Filter(types=tuple(RecordType)))) as subscription:
        assert len(ids(await until_caught_up(subscription))) == 5


async def test_a_gap_is_told_before_what_follows(
    start_agents: StartAgents, make_client: MakeClient
) -> None:
    (agent,) = await start_agents(1)
    for n in range(10):
        await agent.add(sample(n))
    agent.forget(6)
    cursor = make_cursor({agent.origin: 2})
    async with aclosing(make_client(agent).subscribe(cursor=cursor)) as subscription:
        events = await until_caught_up(subscription)
    assert events[1] == Gap(4)
    assert [id.sequence for id in ids(events)] == [7, 8, 9, 10]


async def test_slow_readers_are_cut_off_and_come_back(
    start_agents: StartAgents, make_client: MakeClient
) -> None:
    (agent,) = await start_agents(1)
    first = await agent.add(sample(1))
    async with aclosing(make_client(agent).subscribe()) as subscription:
        assert ids(await until_caught_up(subscription)) == [first]
        agent.script.ended = [grpc.StatusCode.RESOURCE_EXHAUSTED]
        second = await agent.add(sample(2))
        event = await anext(subscription)
        assert isinstance(event, Reconnecting)
        assert event.wait >= 1.0, "an agent that names no time gets a second"
        assert ids(await until(subscription, 1)) == [second]


async def test_being_forbidden_is_not_retried(
    start_agents: StartAgents, make_client: MakeClient
) -> None:
    (agent,) = await start_agents(1)
    agent.script.ended = [grpc.StatusCode.PERMISSION_DENIED]
    subscription = make_client(agent).subscribe()
    with pytest.raises(Forbidden):
        await until(subscription, 1)
    assert agent.streams == 0


async def test_fails_over_to_a_replica_with_another_order(
    start_agents: StartAgents, make_client: MakeClient
) -> None:
    """G5: neither the order in which a replica stores nor how it names origins matters."""
    a, b = await start_agents(2)
    from_a = [await a.add(sample(n)) for n in range(5)]
    from_b = [await b.add(sample(100 + n)) for n in range(5)]
    await a.forward(b)
    await b.forward(a, most=3)
    async with aclosing(make_client(a, b, seed=3).subscribe()) as subscription:
        events = await until_caught_up(subscription)
        connected = events[0]
        assert isinstance(connected, Connected)
        here, there = (a, b) if connected.address == a.address else (b, a)
        await here.stop()
        await here.forward(there)
        late = await there.add(sample(200))
        rest = await until(subscription, 11 - len(ids(events)))
    assert sorted(ids(events) + ids(rest)) == sorted([*from_a, *from_b, late])


async def test_a_hanging_agent_is_left(start_agents: StartAgents, make_client: MakeClient) -> None:
    a, b = await start_agents(2)
    only = await b.add(sample(1))
    a.script.hang = True
    for seed in range(2):
        async with aclosing(
            make_client(a, b, seed=seed).subscribe(keepalive_after=0.3)
        ) as subscription:
            assert ids(await until(subscription, 1)) == [only]


async def test_an_agent_without_keepalives_that_falls_silent_is_left(
    start_agents: StartAgents, make_client: MakeClient
) -> None:
    a, b = await start_agents(2)
    a.script.keepalives = b.script.keepalives = False
    async with aclosing(make_client(a, b).subscribe(keepalive_after=0.3)) as subscription:
        events = await until_caught_up(subscription)
        assert isinstance(events[0], Connected)
        here, there = (a, b) if events[0].address == a.address else (b, a)
        async with asyncio.timeout(5):
            waiting = asyncio.ensure_future(anext(subscription))
            await here.pinged.wait()  # it is asked, answers, and is left alone
            assert not waiting.done()
            here.script.hang = True
            lost = await waiting
        assert isinstance(lost, Reconnecting)
        assert lost.address == here.address
        new = await there.add(sample(1))
        assert ids(await until(subscription, 1)) == [new]


async def test_keepalives_that_fail_to_come_are_noticed(
    start_agents: StartAgents, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vigil, "LEAST_SILENCE", 0.0)
    a, b = await start_agents(2)
    async with aclosing(make_client(a, b).subscribe(keepalive_interval=0.1)) as subscription:
        events = await until_caught_up(subscription)
        live = subscription.state
        assert live is StreamState.LIVE
        assert isinstance(events[0], Connected)
        here, there = (a, b) if events[0].address == a.address else (b, a)
        async with asyncio.timeout(5):
            lost = await anext(subscription)
        assert isinstance(lost, Reconnecting)
        assert (lost.address, lost.reason) == (here.address, "SILENT")
        assert not here.pinged.is_set()
        silent = subscription.state
        assert silent is StreamState.SILENT
        there.script.keepalives = False
        new = await there.add(sample(1))
        assert ids(await until(subscription, 1)) == [new]
        live = subscription.state
        assert live is StreamState.LIVE


@pytest.mark.parametrize(
    ("options", "field"),
    [({"from_now": True}, "from_now"), ({"newest": 7}, "newest"), ({"since_time": 5000}, "since")],
)
async def test_a_start_is_asked_for_until_there_is_a_place(
    options: dict[str, Any], field: str, start_agents: StartAgents, make_client: MakeClient
) -> None:
    (agent,) = await start_agents(1)
    async with aclosing(make_client(agent).subscribe(**options)) as subscription:
        await until_caught_up(subscription)
    asked = agent.requests[0]
    assert asked.WhichOneof("start").startswith(field)  # type: ignore[union-attr]
    if "newest" in options:
        assert asked.newest == 7
    if "since_time" in options:
        assert asked.since_time.seconds == 5
    with pytest.raises(ValueError, match="one of from_now, newest and since_time"):
        make_client(agent).subscribe(from_now=True, newest=1)


async def test_records_have_the_time_of_the_cluster(
    start_agents: StartAgents, make_client: MakeClient, tmp_path: Path
) -> None:
    """Newcomer 21; alarms travel without it and have their own time."""
    (agent,) = await start_agents(1)
    await agent.add(sample(1))
    await agent.add(Action.acknowledge(sample(1).fingerprint(), "jane"))
    with Cache(tmp_path / "c.db") as cache:
        for source in (None, cache):
            async with aclosing(make_client(agent).subscribe(source)) as subscription:
                events = await until_caught_up(subscription)
            alarm, action = (each for each in events if isinstance(each, Record))
            assert abs(alarm.at / 1000 - time.time()) < 60
            assert action.at == NOW + 1
        assert cache.after(0)[1].at == NOW + 1


# -- with a cache


async def test_a_restart_goes_on_where_the_cache_ends(
    start_agents: StartAgents, make_client: MakeClient, tmp_path: Path
) -> None:
    (agent,) = await start_agents(1)
    first = [await agent.add(sample(n)) for n in range(3)]
    client = make_client(agent)
    with Cache(tmp_path / "d.db") as cache:
        async with aclosing(client.subscribe(cache)) as subscription:
            told = await until(subscription, 3)
    assert ids(told) == first
    new = await agent.add(sample(7))
    with Cache(tmp_path / "d.db") as cache:
        async with aclosing(client.subscribe(cache, after=told[0].received)) as subscription:
            again = await until(subscription, 3)
    assert ids(again) == [*first[1:], new]
    assert [r.received for r in again[:2]] == [r.received for r in told[1:]]
    assert make_cursor({agent.origin: 3}) == agent.requests[-1].cursor


async def test_two_readers_share_one_stream(
    start_agents: StartAgents, make_client: MakeClient, tmp_path: Path
) -> None:
    (agent,) = await start_agents(1)
    path = tmp_path / "d.db"
    with Cache(path) as one, Cache(path) as two:
        leading = make_client(agent).subscribe(one)
        following = make_client(agent).subscribe(two)
        await until_caught_up(leading)
        assert await until_caught_up(following) == [CacheShared(), CaughtUp()]
        first = await agent.add(sample(1))
        assert ids(await until(leading, 1)) == [first]
        assert ids(await until(following, 1)) == [first]
        assert agent.streams == 1
        await leading.aclose()  # the other takes over
        second = await agent.add(sample(2))
        assert ids(await until(following, 1)) == [second]
        assert len(agent.requests) == 2
        await following.aclose()


async def test_a_cache_damaged_on_the_way_is_filled_again(
    start_agents: StartAgents, make_client: MakeClient, tmp_path: Path
) -> None:
    """Nothing is told twice, and the new file is whole."""
    (agent,) = await start_agents(1)
    path = tmp_path / "d.db"
    all_ids = [await agent.add(sample(n)) for n in range(20)]
    with Cache(path) as cache:
        async with aclosing(make_client(agent).subscribe(cache)) as subscription:
            told = await until(subscription, 20)
            path.unlink()
            all_ids.append(await agent.add(sample(20)))
            told += await until(subscription, 1)
            assert ids(told) == all_ids
            all_ids.append(await agent.add(sample(21)))
            told += await until(subscription, 1)
        assert ids(told) == all_ids
        assert ids(cache.after(0)) == all_ids


# -- everything at once


class World:
    """Agents under a seed: they report, forward, cut, stop and start at random."""

    def __init__(self, seed: int, agents: list[Agent]) -> None:
        self.dice = Random(seed)
        self.agents = agents
        self.facts: dict[EntryId, frozenset[EntryId]] = {}
        for agent in agents:
            agent.script.cut = lambda: self.dice.random() < 0.1
            agent.script.batch = lambda: self.dice.randint(1, 4)

    async def live(self, steps: int) -> None:
        for step in range(steps):
            await self._step(step)
            for _ in range(self.dice.randint(0, 4)):
                await asyncio.sleep(0)
        for agent in self.agents:
            agent.script.cut = lambda: False
            if not agent._server:
                await agent.start()
        for agent in self.agents * 2:
            for peer in agent.peers:
                await agent.forward(peer)
        self.facts = {fact.id: fact.causes for fact in self.agents[0].stored}

    async def _step(self, step: int) -> None:
        agent = self.dice.choice(self.agents)
        match self.dice.randrange(10):
            case 0 if agent._server:
                await agent.stop()
            case 1 if not agent._server:
                await agent.start()
            case 2 | 3 | 4:
                await agent.forward(self.dice.choice(agent.peers), self.dice.randint(1, 5))
            case 5 if agent.stored:
                body = self.dice.choice(agent.stored).body
                if isinstance(body, Alarm):
                    await agent.add(Action.acknowledge(body.fingerprint(), "jane"))
            case _:
                await agent.add(sample(step))

    def check(self, told: list[EntryId]) -> None:
        assert len(told) == len(set(told)), "told twice"
        assert set(told) == set(self.facts), "not all told"
        seen: set[EntryId] = set()
        for id in told:
            assert self.facts[id] <= seen, f"{id} was told before its cause"
            seen.add(id)


@pytest.mark.parametrize("seed", range(12))
async def test_everything_once_and_in_causal_order(
    seed: int, start_agents: StartAgents, make_client: MakeClient, tmp_path: Path
) -> None:
    """G5, with cuts, failovers and restarts of the reader at random."""
    print(f"seed {seed}")
    agents = await start_agents(3)
    world = World(seed, agents)
    cached = bool(seed % 2)
    told: list[Record] = []
    living = asyncio.create_task(world.live(150))
    cursor, received = b"", 0
    async with asyncio.timeout(60):
        while not living.done() or len(told) < len(world.facts):
            client = make_client(*agents, seed=world.dice.random())
            cache = Cache(tmp_path / "d.db") if cached else None
            lifetime = world.dice.randint(1, 60) if not living.done() else 10**9
            if cache is not None:
                subscription = client.subscribe(cache, after=received)
            else:
                subscription = client.subscribe(cursor=cursor)
            async with aclosing(subscription):
                while lifetime and not (living.done() and len(told) == len(world.facts)):
                    try:
                        event = await asyncio.wait_for(anext(subscription), 0.05)
                    except TimeoutError:
                        continue
                    lifetime -= 1
                    if isinstance(event, Record):
                        told.append(event)
                        received = event.received
                cursor = subscription.cursor
            if cache is not None:
                cache.close()
            await client.close()
    await living
    world.check(ids(told))
