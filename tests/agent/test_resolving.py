"""Operators end what nobody else ends: some by name, or all that fit."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest

from alarminati.agent.app import Agent
from alarminati.agent.rpc import resolving
from alarminati.client import Client, EndReason, Filter, NotFound, Refused
from alarminati.core.model.entries import Alarm, Severity
from alarminati.v1 import alarm_service_pb2 as rpc
from alarminati.v1 import alarm_service_pb2_grpc
from alarminati.v1 import subscription_pb2 as subs
from alarminati.wire import status
from tests.agent.test_agent import alone

TIME = 1_760_000_000_000


def alarm(name: str, source: str = "", resolved: bool = False) -> Alarm:
    return Alarm(
        f"{name} is in trouble",
        Severity.ERROR,
        TIME,
        resolved,
        key=name,
        project="p",
        source=source,
    )


@asynccontextmanager
async def served(folder: Path, *alarms: Alarm) -> AsyncIterator[tuple[Agent, Client]]:
    async with alone(folder) as agent, Client([f"127.0.0.1:{agent.grpc_port}"], tls=None) as client:
        for start in range(0, len(alarms), 500):
            await agent.live.accept(alarms[start : start + 500])
        yield agent, client


async def test_what_is_named_and_fires_ends_and_the_rest_is_named(tmp_path: Path) -> None:
    book = alarm("a"), alarm("b"), alarm("c"), alarm("c", resolved=True)
    async with served(tmp_path, *book) as (agent, client):
        ids = [each.fingerprint() for each in book[:3]]
        done = await client.resolve([ids[0], "nosuch-1", ids[2]], comment="gone")
        assert done.count == 1
        assert done.skipped == (("nosuch-1", "NOT_FOUND"), (ids[2], "ALARM_RESOLVED"))
        assert [(it.firing, it.end_reason) for it in done.alarms] == [(False, EndReason.BY_HAND)]
        story = await client.get(ids[0])
        end = story.records[-1].body
        assert isinstance(end, Alarm) and end.resolved and end.severity is Severity.ERROR
        assert end.annotations == (("comment", "gone"), ("resolved_by", "anonymous"))
        assert [each.fingerprint for each in agent.replica.book.firing()] == [ids[1]]
        assert (await client.get(ids[2])).alarm.end_reason is EndReason.REPORTED
        # It fires again when it is reported again.
        await agent.live.accept([alarm("a")])
        assert agent.replica.book.fires(ids[0])
        assert (await client.get(ids[0])).alarm.end_reason is EndReason.UNSPECIFIED


async def test_when_nothing_fits_it_fails_as_for_one(tmp_path: Path) -> None:
    async with served(tmp_path, alarm("c"), alarm("c", resolved=True)) as (_, client):
        with pytest.raises(NotFound, match="nosuch-1"):
            await client.resolve(["nosuch-1"])
        with pytest.raises(Refused, match="is over"):
            await client.resolve([alarm("c").fingerprint()])


async def test_g8_a_flooded_book_is_emptied_in_slices(tmp_path: Path) -> None:
    flood = [alarm(f"f{n}", "prometheus") for n in range(2 * resolving.SLICE + 7)]
    async with served(tmp_path, *flood, alarm("mine", "web")) as (agent, client):
        wanted = Filter(matchers=("source=prometheus",))
        told = await client.resolve(filter=wanted, validate_only=True)
        assert told.count == len(flood) and len(told.alarms) == resolving.SHOWN
        assert agent.replica.book.firing_count == len(flood) + 1
        done = await client.resolve(filter=wanted)
        assert done.count == len(flood) and not done.alarms[0].firing
        assert [state.alarm.key for state in agent.replica.book.firing()] == ["mine"]
        assert (await client.resolve(filter=wanted)).count == 0  # again, which is safe


async def ran(agent: Agent, *arguments: str) -> tuple[int | None, str]:
    """What the program prints, and how it ends."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "alarminati", *arguments),
        *("--agent", f"127.0.0.1:{agent.grpc_port}"),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "ALARMINATI_LANG": "en"},
    )
    out, _ = await process.communicate()
    return process.returncode, out.decode()


async def test_people_end_what_came_by_a_source(tmp_path: Path) -> None:
    async with served(tmp_path, alarm("a", "web"), alarm("b", "http")) as (agent, _):
        code, out = await ran(agent, "resolve", "--source", "web", "--dry-run")
        assert (code, agent.replica.book.firing_count) == (0, 2)
        assert "a is in trouble" in out and "1 alarms would be ended." in out
        code, out = await ran(agent, "resolve", "--source", "web", "--comment", "gone")
        assert (code, agent.replica.book.firing_count) == (0, 1)
        assert "ended by hand" in out and out.endswith("1 alarms ended.\n")
        code, out = await ran(agent, "list", "--all", "--json")
        ends = {each["key"]: each["end_reason"] for each in json.loads(out)}
        assert ends == {"a": "by_hand", "b": None}


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (rpc.ResolveRequest(), "ids"),
        (rpc.ResolveRequest(filter=subs.Filter()), "filter"),
        (rpc.ResolveRequest(filter=subs.Filter(types=[subs.RECORD_TYPE_ALARM])), "filter.types"),
        (rpc.ResolveRequest(ids=["a-1"], filter=subs.Filter(projects=["p"])), "ids"),
        (rpc.ResolveRequest(ids=["a-1"] * 1001), "ids"),
        (rpc.ResolveRequest(ids=["a-1"], comment="x" * 1025), "comment"),
    ],
)
async def test_nobody_ends_all_alarms_by_mistake(
    tmp_path: Path, request_: rpc.ResolveRequest, field: str
) -> None:
    async with (
        served(tmp_path, alarm("a")) as (agent, _),
        grpc.aio.insecure_channel(f"127.0.0.1:{agent.grpc_port}") as channel,
    ):
        stub: Any = alarm_service_pb2_grpc.AlarmServiceStub(channel)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.Resolve(request_)
        assert [name for name, _ in status.read(caught.value).fields] == [field]
        assert agent.replica.book.firing_count == 1
