"""Batches of ReportStream: one bad alarm does not cost those beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import grpc

from alarminati.agent.rpc.batches import Batch
from alarminati.core.journal.ingest import FiringLimit, Receipt
from alarminati.core.model.entries import EntryId
from alarminati.v1 import alarm_service_pb2 as rpc
from alarminati.v1 import alarm_service_pb2_grpc, error_reason_pb2
from alarminati.v1.alarm_pb2 import Alarm
from tests.agent.test_agent import alone

NOW = 1_760_000_000_000


def batch(*messages: str) -> rpc.ReportStreamRequest:
    """A batch of alarms with these messages, of which an empty one is bad."""
    return rpc.ReportStreamRequest(alarms=[Alarm(message=each) for each in messages])


async def test_the_good_alarms_are_stored_and_the_others_named(tmp_path: Path) -> None:
    async with (
        alone(tmp_path) as agent,
        grpc.aio.insecure_channel(f"127.0.0.1:{agent.grpc_port}") as channel,
    ):
        stub: Any = alarm_service_pb2_grpc.AlarmServiceStub(channel)
        call = stub.ReportStream(timeout=10)
        request = batch("", "good", "", "better")
        request.request_id = "once"
        await call.write(request)
        answer = await call.read()
        assert (answer.accepted, list(answer.refusal.indexes)) == (2, [0, 2])
        assert answer.refusal.reason == error_reason_pb2.ERROR_REASON_INVALID_FIELD
        assert answer.refusal.field == "alarms[0].message"
        assert not answer.refusal.HasField("retry_after")
        await call.write(request)
        assert await call.read() == answer  # also when it is sent again
        request.alarms[1].message = "another"
        await call.write(request)
        other = await call.read()
        assert (other.accepted, list(other.refusal.indexes)) == (0, [])
        assert other.refusal.reason == error_reason_pb2.ERROR_REASON_REQUEST_ID_REUSED
        await call.write(rpc.ReportStreamRequest(alarms=request.alarms, min_replicas=-1))
        assert (await call.read()).refusal.field == "min_replicas"
        call.cancel()
        found = await stub.ListAlarms(rpc.ListAlarmsRequest())
        assert {each.alarm.message for each in found.alarms} == {"good", "better"}


def test_what_may_not_begin_to_fire_is_named_by_its_place_in_the_batch() -> None:
    read = Batch.read(batch("a", "", "b", "c"), NOW)
    limited = Receipt((EntryId("a", 1),), 1, FiringLimit([1, 2], "there is no room"))
    refusal = read.refusal(limited)
    assert refusal is not None
    assert list(refusal.indexes) == [1, 2, 3]
    assert refusal.reason == error_reason_pb2.ERROR_REASON_INVALID_FIELD
    refusal = Batch.read(batch("a", "b", "c"), NOW).refusal(limited)
    assert refusal is not None
    assert list(refusal.indexes) == [1, 2]
    assert refusal.reason == error_reason_pb2.ERROR_REASON_FIRING_LIMIT
    assert refusal.retry_after.seconds == 60
    assert Batch.read(batch("a"), NOW).refusal(Receipt((EntryId("a", 1),), 1)) is None
