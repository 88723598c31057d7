"""Nonsense sent to a running agent: refused, the field named, nothing kept, memory flat (G8)."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any

import grpc
import msgspec
import pytest

from alarminati.v1 import alarm_pb2, alarm_service_pb2_grpc, error_reason_pb2
from alarminati.v1 import alarm_service_pb2 as rpc
from alarminati.wire import status
from tests.support.cluster import AgentProcess, Cluster, Place

MB = 1_000_000
HUGE = 100 * MB
FLAT = 24 * MB  # what an agent may keep after it was sent hundreds of megabytes
YEAR = 366 * 86_400_000
REPORT = "/alarminati.v1.AlarmService/Report"
REPORT_STREAM = "/alarminati.v1.AlarmService/ReportStream"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path_factory.mktemp("badinput"), [Place()])
    try:
        asyncio.run(cluster.start())
        yield cluster
    finally:
        cluster.end()


@pytest.fixture
def agent(cluster: Cluster) -> Iterator[AgentProcess]:
    """The agent, of which nothing may have been kept and nothing be wrong afterwards."""
    (agent,) = cluster.agents
    before = asyncio.run(cluster.standing(agent)).journal.cursor
    yield agent
    assert asyncio.run(cluster.standing(agent)).journal.cursor == before, "something was kept"
    assert "Traceback" not in agent.said


def with_alarm(**more: object) -> bytes:
    """A report that would be taken but for `more`."""
    return msgspec.json.encode({"message": "m", "severity": "CRITICAL", **more})


MANY = {f"label{number}": "x" for number in range(10_000)}
HTTP = {
    "nothing": (b"", ""),
    "not JSON": (b'{"message": ', ""),
    "a number": (b"7", ""),
    "bad UTF-8": (b'{"message": "\xff\xfe"}', ""),
    "nested deeply": (b"[" * 100_000, ""),
    "no message": (b'{"severity": "CRITICAL"}', "message"),
    "empty message": (b'{"message": ""}', "message"),
    "message of a wrong type": (b'{"message": 7}', "message"),
    "labels of a wrong type": (with_alarm(labels=["a"]), "labels"),
    "a label that is no text": (with_alarm(labels={"a": 1}), "labels.a"),
    "resolved of a wrong type": (with_alarm(resolved="yes"), "resolved"),
    "unknown severity": (with_alarm(severity="PURPLE"), "severity"),
    "unknown field": (with_alarm(mesage="m"), "mesage"),
    "10,000 labels": (with_alarm(labels=MANY), "labels"),
    "a long message": (with_alarm(message="m" * 10_000), "message"),
    "long ago": (with_alarm(timestamp="1999-12-31T23:59:59Z"), "timestamp"),
    "far ahead": (with_alarm(timestamp="2999-01-01T00:00:00Z"), "timestamp"),
    "no time": (with_alarm(timestamp="yesterday"), "timestamp"),
    "beyond all time": (b'{"message": "m", "timestamp": 1e300}', "timestamp"),
    "all bad": (
        b"[%s, %s]" % (with_alarm(message=""), with_alarm(severity="X")),
        "alarms[0].message",
    ),
    "none of many": (b"[]", "alarms"),
}


@pytest.mark.parametrize("case", HTTP)
async def test_nonsense_by_http_is_400_with_the_field_named(agent: AgentProcess, case: str) -> None:
    body, field = HTTP[case]
    reply = await agent.post(body)
    assert reply.status == 400, reply
    assert reply.json["error"] and reply.json.get("field", "") == field


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/webhooks/alertmanager", b"{}", "alerts"),
        (
            "/webhooks/alertmanager",
            b'{"alerts": [{"labels": {}, "status": "x"}]}',
            "alerts[0].status",
        ),
        ("/v1/alarms?min_replicas=many", with_alarm(), "min_replicas"),
    ],
)
async def test_other_doors_name_the_field_too(
    agent: AgentProcess, path: str, body: bytes, field: str
) -> None:
    reply = await agent.post(body, path)
    assert (reply.status, reply.json["field"]) == (400, field)


def alarm(**fields: Any) -> alarm_pb2.Alarm:
    given: dict[str, Any] = {"message": "m", "severity": alarm_pb2.SEVERITY_ERROR} | fields
    return alarm_pb2.Alarm(**given)


def now(offset: int) -> int:
    return time.time_ns() // 1_000_000 + offset


GRPC: dict[str, tuple[Callable[[], alarm_pb2.Alarm], str]] = {
    "no message": (lambda: alarm(message=""), "alarm.message"),
    "negative severity": (lambda: alarm(severity=-1), "alarm.severity"),
    "10,000 labels": (lambda: alarm(labels=MANY), "alarm.labels"),
    "a long value": (lambda: alarm(labels={"host": "x" * 2000}), "alarm.labels.host"),
    "long ago": (lambda: alarm(timestamp_ms=now(-11 * YEAR)), "alarm.timestamp"),
    "days ahead": (lambda: alarm(timestamp_ms=now(2 * 86_400_000)), "alarm.timestamp"),
    "before all time": (lambda: alarm(timestamp_ms=-(2**63)), "alarm.timestamp"),
    "a link to nowhere": (lambda: alarm(link="javascript:alert(1)"), "alarm.link"),
}


@pytest.mark.parametrize("case", GRPC)
async def test_nonsense_by_grpc_is_invalid_argument_with_the_field_named(
    cluster: Cluster, agent: AgentProcess, case: str
) -> None:
    make, field = GRPC[case]
    async with cluster.dial(agent) as channel:
        stub: Any = alarm_service_pb2_grpc.AlarmServiceStub(channel)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.Report(rpc.ReportRequest(alarm=make()), timeout=5)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert status.read(caught.value).fields[0][0].startswith(field)


def damaged() -> list[bytes]:
    """Requests that protobuf cannot read: text that is not UTF-8, a cut-off length, noise."""
    good = rpc.ReportRequest(alarm=alarm(message="xxxxx")).SerializeToString()
    return [good.replace(b"xxxxx", b"\xff\xfexxx"), good[:-2], b"\xff\xff\xff"]


async def test_damaged_requests_are_invalid_argument(cluster: Cluster, agent: AgentProcess) -> None:
    async with cluster.dial(agent) as channel:
        raw: Any = channel.unary_unary(REPORT)  # no serializer: bytes as they are
        stream: Any = channel.stream_stream(REPORT_STREAM)
        for request in damaged():
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await raw(request, timeout=5)
            assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
            call = stream(timeout=5)
            await call.write(request)
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await call.read()
            assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_a_batch_without_a_good_alarm_is_refused_and_only_that(
    cluster: Cluster, agent: AgentProcess
) -> None:
    async with cluster.dial(agent) as channel:
        stub: Any = alarm_service_pb2_grpc.AlarmServiceStub(channel)
        call = stub.ReportStream(timeout=5)
        await call.write(rpc.ReportStreamRequest(alarms=[alarm(message="")] * 2))
        refused = await call.read()
        assert (refused.accepted, refused.refusal.field) == (0, "alarms[0].message")
        assert refused.refusal.reason == error_reason_pb2.ERROR_REASON_INVALID_FIELD
        await call.write(rpc.ReportStreamRequest())
        assert (await call.read()).refusal.field == "alarms"
        await call.done_writing()
        assert await call.read() is grpc.aio.EOF


async def answer_to(agent: AgentProcess, head: str, chunk: bytes, times: int) -> bytes:
    """Send a request however large and return the answer, which may come long before the end."""
    reader, writer = await asyncio.open_connection(agent.place.host, agent.place.ports[1])
    lines = ("POST /v1/alarms HTTP/1.1", "Host: localhost", "Content-Type: application/json")
    first = "\r\n".join((*lines, head, "", ""))

    async def send() -> None:
        with contextlib.suppress(OSError):  # the agent stops reading; that is what it should do
            writer.write(first.encode())
            for _ in range(times):
                writer.write(chunk)
                await writer.drain()

    sending = asyncio.create_task(send())
    try:
        async with asyncio.timeout(10):
            return await reader.readuntil(b"\r\n\r\n")
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        writer.transport.abort()


async def test_huge_bodies_are_413_and_memory_stays_flat_g8(
    cluster: Cluster, agent: AgentProcess
) -> None:
    before = agent.memory
    piece = b"x" * MB
    for _ in range(3):
        answer = await answer_to(agent, f"Content-Length: {HUGE}", piece, 100)
        assert answer.startswith(b"HTTP/1.1 413 "), answer
        chunk = b"%x\r\n%s\r\n" % (len(piece), piece)
        answer = await answer_to(agent, "Transfer-Encoding: chunked", chunk, 100)
        assert answer.startswith(b"HTTP/1.1 413 "), answer
    async with cluster.dial(agent) as channel:
        raw: Any = channel.unary_unary(REPORT)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await raw(bytes(HUGE), timeout=20)
        assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    print(f"resident before {before / MB:.1f} MB, after {agent.memory / MB:.1f} MB")
    assert agent.memory - before < FLAT


async def test_a_hundred_bad_requests_leave_memory_flat_g8(agent: AgentProcess) -> None:
    body = with_alarm(labels=MANY, message="m" * MB)
    for _ in range(10):
        await agent.post(body)
    before = agent.memory
    for _ in range(25):
        replies = await asyncio.gather(*(agent.post(body) for _ in range(4)))
        assert {reply.status for reply in replies} == {400}
    print(f"resident before {before / MB:.1f} MB, after {agent.memory / MB:.1f} MB")
    assert agent.memory - before < FLAT


async def test_strangers_methods_and_pages_are_told_so(agent: AgentProcess) -> None:
    assert (await agent.post(with_alarm(), "/v2/alarms")).status == 404
    plain = {"Content-Type": "text/plain", "Origin": "http://elsewhere.example"}
    assert (await agent.post(with_alarm(), headers=plain)).status == 401
