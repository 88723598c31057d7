"""What people do about alarms, at a real agent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import grpc
import pytest

from alarminati.client import NotFound, Refused
from alarminati.core.model.entries import Action
from alarminati.v1 import alarm_service_pb2 as rpc
from alarminati.v1 import alarm_service_pb2_grpc
from tests.agent.test_resolving import alarm, served


async def test_several_alarms_are_acted_on_and_the_rest_is_named(tmp_path: Path) -> None:
    book = alarm("a"), alarm("b"), alarm("c"), alarm("c", resolved=True)
    a, b, c = (each.fingerprint() for each in book[:3])
    async with served(tmp_path, *book) as (agent, client):
        before = agent.live.store.position
        done = await client.acknowledge([a, b, "nosuch-1", c, a], "on it")
        assert agent.live.store.position == before + 1  # one fact for all of them
        assert [each.fingerprint for each in done.alarms] == [a, b]
        assert {each.acknowledgement.comment for each in done.alarms if each.acknowledgement} == {
            "on it"
        }
        assert done.skipped == (("nosuch-1", "NOT_FOUND"), (c, "ALARM_RESOLVED"))
        (one,) = (await client.assign(a, "lee", "knows disks")).alarms
        assert (one.assignee, one.acknowledgement is not None) == ("lee", True)
        (one,) = (await client.unacknowledge(a)).alarms
        assert (one.assignee, one.acknowledgement) == ("lee", None)
        (one,) = (await client.assign(a, "")).alarms
        assert one.assignee == ""
        noted = await client.add_note([a, c], "see the runbook")  # over, too
        assert [(each.note_count, each.firing) for each in noted.alarms] == [(1, True), (1, False)]
        history = await client.get(a)
        kinds = [x.body.kind.name for x in history.records if isinstance(x.body, Action)]
        assert kinds == ["ACKNOWLEDGE", "ASSIGN", "UNACKNOWLEDGE", "ASSIGN", "NOTE"]


async def test_when_nothing_fits_it_fails_as_for_the_first(tmp_path: Path) -> None:
    async with served(tmp_path, alarm("c"), alarm("c", resolved=True)) as (_, client):
        over = alarm("c").fingerprint()
        for call in (client.acknowledge, client.unacknowledge):
            with pytest.raises(Refused, match="is over"):
                await call([over, "nosuch-1"])
        with pytest.raises(Refused, match="is over"):
            await client.assign(over, "lee")
        with pytest.raises(NotFound, match="nosuch-1"):
            await client.add_note("nosuch-1", "what was it?")


async def test_a_retry_writes_nothing_and_answers_the_same(tmp_path: Path) -> None:
    async with served(tmp_path, alarm("a"), alarm("b")) as (agent, client):
        a, b = alarm("a").fingerprint(), alarm("b").fingerprint()

        def call(ids: list[str], id: str = "r1") -> Awaitable[Any]:
            return client.add_note(ids, "hm", request_id=id)

        first, second = await asyncio.gather(call([a]), call([a]))  # at once, too
        assert first.alarms[0].note_count == second.alarms[0].note_count == 1
        await client.resolve([a])
        again = await call([a])
        assert [(each.fingerprint, each.note_count) for each in again.alarms] == [(a, 1)]
        with pytest.raises(Refused, match="r1"):
            await call([a, b])
        with pytest.raises(Refused, match="r1"):  # another call under that id
            await client.acknowledge([b], "hm", request_id="r1")
        await client.acknowledge(b, request_id="r2")
        await client.resolve([b])
        done = await client.acknowledge(b, request_id="r2")
        assert [each.fingerprint for each in done.alarms] == [b]
        assert agent.replica.book.firing_count == 0


@pytest.mark.parametrize(
    ("call", "request_", "field"),
    [
        ("Acknowledge", rpc.AcknowledgeRequest(), "ids"),
        ("Acknowledge", rpc.AcknowledgeRequest(ids=["a-1"] * 1001), "ids"),
        ("Unacknowledge", rpc.UnacknowledgeRequest(ids=["a-1"], comment="x" * 1025), "comment"),
        ("AddNote", rpc.AddNoteRequest(ids=["a-1"], comment=" "), "comment"),
        ("Assign", rpc.AssignRequest(ids=["a-1"], assignee="x" * 129), "assignee"),
        ("Assign", rpc.AssignRequest(ids=["a-1"], assignee="a\nb"), "assignee"),
        ("Acknowledge", rpc.AcknowledgeRequest(ids=["a-1"], request_id="x" * 129), "request_id"),
    ],
)
async def test_bad_requests_name_their_field(
    tmp_path: Path, call: str, request_: Any, field: str
) -> None:
    async with (
        served(tmp_path) as (agent, _),
        grpc.aio.insecure_channel(f"127.0.0.1:{agent.grpc_port}") as channel,
    ):
        stub: Any = alarm_service_pb2_grpc.AlarmServiceStub(channel)
        with pytest.raises(grpc.aio.AioRpcError, match=field) as caught:
            await getattr(stub, call)(request_)
        assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
