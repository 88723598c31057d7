"""A whole agent with real gRPC, called with any bytes; and a mesh that is told any words.

Each input is one call: the first byte says which. The agent may refuse it in every way that
callers are told of, but it may not stumble: UNKNOWN and INTERNAL are findings, and so is an error
in its log.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import grpc

from alarminati.agent.app import Agent
from alarminati.agent.rpc.authorization import TABLE
from alarminati.agent.store import Store
from alarminati.config import load
from alarminati.mesh.v1 import mesh_service_pb2 as mesh
from alarminati.v1 import alarm_service_pb2 as rpc
from alarminati.v1 import channel_service_pb2 as channels
from alarminati.v1 import silence_pb2
from alarminati.v1 import silence_service_pb2 as silences
from alarminati.v1 import subscription_pb2 as subs
from alarminati.wire.structs import struct_of
from tests.fuzz import seeds

STREAMS = frozenset(
    f"/alarminati.{name}"
    for name in (
        "v1.AlarmService/Subscribe",
        "v1.AlarmService/ReportStream",
        "mesh.v1.MeshService/Replicate",
    )
)
OURS = tuple(sorted(name for name in TABLE if name.startswith("/alarminati.")))
MESH = ("/alarminati.mesh.v1.MeshService/Exchange",)
CALLS = tuple(name for name in OURS if name not in STREAMS and name not in MESH)
STUMBLED = (grpc.StatusCode.UNKNOWN, grpc.StatusCode.INTERNAL)
# grpc cannot tell a status while a message is on its way: a stream that is refused just when an
# answer goes out ends with INTERNAL, and this in the log.
CROSSED = "ExecuteBatchError"
PATIENCE = 5.0  # seconds for an answer
LISTEN = 0.02  # seconds to hear what a stream says


class Complaints(logging.Handler):
    """Errors that were logged."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        said = self.format(record)
        if CROSSED not in said:
            self.said.append(said)


class AgentDoor:
    """Call it with bytes."""

    def __init__(self, methods: tuple[str, ...]) -> None:
        self._methods = methods
        self._folder = Path(tempfile.mkdtemp(prefix="alarminati-fuzz-"))
        self._loop = asyncio.new_event_loop()
        self._stack = AsyncExitStack()
        self._complaints = Complaints()
        logging.getLogger().addHandler(self._complaints)
        self._loop.run_until_complete(self._open())

    def __call__(self, data: bytes) -> None:
        """One call."""
        if data:
            method = self._methods[data[0] % len(self._methods)]
            self._loop.run_until_complete(self._call(method, data[1:]))
        assert not self._complaints.said, self._complaints.said

    def close(self) -> None:
        """Stop the agent and forget its journal."""
        self._loop.run_until_complete(self._stack.aclose())
        self._loop.close()
        logging.getLogger().removeHandler(self._complaints)
        shutil.rmtree(self._folder)

    @property
    def entries(self) -> int:
        """How many of the inputs became entries: they stay in memory, as they should."""
        return int(self.agent.store.count)

    async def _open(self) -> None:
        listen = {f"listen_{name}": "127.0.0.1:0" for name in ("grpc", "http", "health")}
        flags = {"tls_mode": "insecure", "data": str(self._folder), **listen}
        config = load(None, {}, flags)
        store = Store.open(config.data)
        self._stack.push_async_callback(store.close)
        self.agent = Agent(config, store, None)
        await self._stack.enter_async_context(self.agent.running())
        address = f"127.0.0.1:{self.agent.grpc_port}"
        channel = grpc.aio.insecure_channel(address)
        self._channel: Any = await self._stack.enter_async_context(channel)

    async def _call(self, method: str, request: bytes) -> None:
        code, details = grpc.StatusCode.OK, ""
        try:
            if method in STREAMS:
                await self._stream(method, request)
            else:
                await self._channel.unary_unary(method)(request, timeout=PATIENCE)
        except grpc.aio.AioRpcError as error:
            code, details = error.code(), error.details() or ""
        crossed = method in STREAMS and details == "Internal error from Core"
        assert code not in STUMBLED or crossed, f"{method}: {code.name} {details} for {request!r}"

    async def _stream(self, method: str, request: bytes) -> None:
        """Up to four messages of equal length, and a moment to hear the answers."""
        size = max(1, request[0] * 4) if request else 1
        pieces = [request[at : at + size] for at in range(1, len(request), size)][:4]
        open_: Any
        if method.endswith("Subscribe"):
            open_ = self._channel.unary_stream(method)(request)
        else:
            open_ = self._channel.stream_stream(method)(_each(pieces))
        try:
            async with asyncio.timeout(LISTEN):
                while await open_.read() is not grpc.aio.EOF:
                    pass
        except TimeoutError:
            pass
        finally:
            open_.cancel()


async def _each(pieces: list[bytes]) -> Any:
    for piece in pieces:
        yield piece


def _good() -> dict[str, list[bytes]]:
    """Good requests by the end of the method's name."""
    alarm = seeds.ENTRIES[0][2:] if len(seeds.ENTRIES[0]) < 130 else seeds.ENTRIES[0][3:]
    report = rpc.ReportRequest()
    report.alarm.ParseFromString(alarm)
    stream = rpc.ReportStreamRequest(alarms=[report.alarm], request_id="r").SerializeToString()
    silence = silence_pb2.Silence(
        id=seeds.PRINT, matchers=['a=~"b.*"'], end_time_ms=seeds.NOW * 2, comment="x"
    )
    channel = channels.Channel(
        name="ops",
        type="webhook",
        settings=struct_of({"url": "http://127.0.0.1:1/x"}),
        matchers=["team=web"],
    )
    subscribe = subs.SubscribeRequest(cursor=seeds.CURSORS[1])
    return {
        "Report": [report.SerializeToString()],
        "ReportStream": [bytes((len(stream) // 4 + 1,)) + stream],
        "Subscribe": [subscribe.SerializeToString(), b""],
        "ListAlarms": [rpc.ListAlarmsRequest(page_size=5, page_token="12.ab").SerializeToString()],
        "GetAlarm": [rpc.GetAlarmRequest(id=f"{seeds.ORIGIN}-1").SerializeToString()],
        "Acknowledge": [rpc.AcknowledgeRequest(ids=[seeds.PRINT], comment="x").SerializeToString()],
        "CreateSilence": [
            silences.CreateSilenceRequest(silence=silence, request_id="r").SerializeToString()
        ],
        "UpdateSilence": [silences.UpdateSilenceRequest(silence=silence).SerializeToString()],
        "ExpireSilence": [silences.ExpireSilenceRequest(id=seeds.PRINT).SerializeToString()],
        "ListSilences": [silences.ListSilencesRequest(include_expired=True).SerializeToString()],
        "CreateChannel": [
            channels.CreateChannelRequest(channel=channel, request_id="r").SerializeToString()
        ],
        "UpdateChannel": [
            channels.UpdateChannelRequest(channel=channel, allow_missing=True).SerializeToString()
        ],
        "Exchange": [_said(word) for word in seeds.WORDS],
        "Replicate": [_linked(frame) for frame in seeds.FRAMES],
    }


def _said(word: bytes) -> bytes:
    return mesh.ExchangeRequest(message=mesh.ElectionMessage.FromString(word)).SerializeToString()


def _linked(frame: bytes) -> bytes:
    message = mesh.ReplicateRequest(frame=mesh.Frame.FromString(frame)).SerializeToString()
    return bytes((min(255, len(message) // 4 + 1),)) + message


def calls(methods: tuple[str, ...]) -> tuple[bytes, ...]:
    """Good calls of every method."""
    good = _good()
    return tuple(
        bytes((place,)) + request
        for place, method in enumerate(methods)
        for request in good.get(method.rpartition("/")[2], [b""])
    )
