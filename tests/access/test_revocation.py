"""Who is revoked is out at once, streams and all; who starts anew lets nobody in too early (G7)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import grpc
import pytest

from alarminati.agent.rpc.authorization import Authorization
from alarminati.pki.authority import Authority
from alarminati.pki.folder import save_issued
from alarminati.wire import status
from alarminati.wire.credentials import Tls, bind, dial
from alarminati.wire.identity import Role
from alarminati.wire.options import SERVER
from tests.support.patience import until

SERVICE = "alarminati.v1.AlarmService"
BIG = b"x" * 65536


class Stage:
    """A server whose handlers never end by themselves, and a list of who is revoked."""

    def __init__(self, folder: Path) -> None:
        self.revoked: set[tuple[str, str]] = set()
        self.running = 0
        self.sent = 0  # answers that were handed to gRPC
        self.watch: Callable[[bytes, Any], Awaitable[None]] = self._written
        self.gate = Authorization("c", refuses=lambda role, name: (role, name) in self.revoked)
        self._folder = folder
        authority = Authority.create()
        for role, name in ((Role.AGENT, "a"), (Role.VIEWER, "v"), (Role.REPORTER, "r")):
            save_issued(authority.issue(role, name, days=1), folder / name)
        self.server = grpc.aio.server(interceptors=[self.gate], options=SERVER)
        one, stream = grpc.unary_unary_rpc_method_handler, grpc.unary_stream_rpc_method_handler
        handlers: dict[str, grpc.RpcMethodHandler[Any, Any]] = {
            "Subscribe": stream(self._flood),
            "ListAlarms": one(self._answer),
            "Report": one(self._answer),
        }
        self.server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler(SERVICE, handlers),)
        )
        watch: dict[str, grpc.RpcMethodHandler[Any, Any]] = {"Watch": stream(self._watch)}
        self.server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler("grpc.health.v1.Health", watch),)
        )
        link: grpc.RpcMethodHandler[Any, Any] = grpc.stream_stream_rpc_method_handler(self._flood)
        self.server.add_generic_rpc_handlers(
            (
                grpc.method_handlers_generic_handler(
                    "alarminati.mesh.v1.MeshService", {"Replicate": link}
                ),
            )
        )
        tls = Tls.load(folder / "a")
        self.port = bind(self.server, "127.0.0.1:0", lambda: tls)

    def dial(self, name: str) -> grpc.aio.Channel:
        return dial(f"127.0.0.1:{self.port}", Tls.load(self._folder / name))

    def revoke(self, role: Role, name: str) -> None:
        self.revoked.add((role, name))
        self.gate.sweep()

    async def _answer(self, request: bytes, context: Any) -> bytes:
        return b"well"

    async def _flood(self, request: Any, context: Any) -> AsyncIterator[bytes]:
        self.running += 1
        try:
            yield b"first"
            while request != b"fast":
                await asyncio.sleep(3600)
            while True:
                self.sent += 1
                yield BIG
        finally:
            self.running -= 1

    async def _watch(self, request: bytes, context: Any) -> None:
        await self.watch(request, context)

    async def _written(self, request: bytes, context: Any) -> None:
        self.running += 1
        try:
            await context.write(b"first")
            await asyncio.sleep(3600)
        finally:
            self.running -= 1


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    made = Stage(tmp_path)
    await made.server.start()
    yield made
    await made.server.stop(0)


def opened(channel: grpc.aio.Channel, path: str, request: bytes = b"slow") -> Any:
    if path.endswith("Replicate"):
        many: grpc.aio.StreamStreamMultiCallable[bytes, bytes] = channel.stream_stream(path)
        return many()
    one: grpc.aio.UnaryStreamMultiCallable[bytes, bytes] = channel.unary_stream(path)
    return one(request)


SUBSCRIBE = f"/{SERVICE}/Subscribe"


@pytest.mark.parametrize(
    ("path", "name", "role"),
    [
        (SUBSCRIBE, "v", Role.VIEWER),
        ("/grpc.health.v1.Health/Watch", "v", Role.VIEWER),
        ("/grpc.health.v1.Health/Watch", "r", Role.REPORTER),
        ("/alarminati.mesh.v1.MeshService/Replicate", "a", Role.AGENT),
    ],
)
async def test_every_kind_of_stream_ends_and_says_why(
    stage: Stage, path: str, name: str, role: Role
) -> None:
    async with stage.dial(name) as channel:
        call = opened(channel, path)
        assert await call.read() == b"first"
        assert stage.gate.streams(role, name) == 1
        stage.revoke(Role.OPERATOR, name)  # somebody else
        assert stage.running == 1
        stage.revoke(role, name)
        with pytest.raises(grpc.aio.AioRpcError) as ended:
            await asyncio.wait_for(call.read(), 5)
        problem = status.read(ended.value)
        assert (problem.code, problem.reason) == (
            grpc.StatusCode.PERMISSION_DENIED,
            "ACCESS_REVOKED",
        )
        await until("the handler has cleaned up", lambda: stage.running == 0)
        assert stage.gate.streams(role, name) == 0


async def stuck(stage: Stage) -> None:
    """Wait until nothing more goes out: the reader's window is full."""
    sent = 0
    while not sent or sent != stage.sent:
        sent = stage.sent
        await asyncio.sleep(0.2)


async def test_a_slow_reader_gets_what_was_being_sent_and_the_reason(stage: Stage) -> None:
    async with stage.dial("v") as channel:
        call = opened(channel, SUBSCRIBE, b"fast")
        assert await call.read() == b"first"
        await stuck(stage)
        stage.revoke(Role.VIEWER, "v")
        sent = stage.sent
        with pytest.raises(grpc.aio.AioRpcError) as ended:
            await drained(call)
        assert status.read(ended.value).reason == "ACCESS_REVOKED"
        assert stage.sent == sent, "and nothing after it"
        await until("the handler has cleaned up", lambda: stage.running == 0, 5)


async def drained(call: Any) -> None:
    """Read to the end. Raises AioRpcError."""
    while await asyncio.wait_for(call.read(), 5) is not grpc.aio.EOF:
        continue


async def test_a_reader_who_does_not_read_at_all_is_out_in_time(stage: Stage) -> None:
    async with stage.dial("v") as channel:
        call = opened(channel, SUBSCRIBE, b"fast")
        assert await call.read() == b"first"
        await stuck(stage)
        stage.revoke(Role.VIEWER, "v")
        await until("the handler has cleaned up", lambda: stage.running == 0, 5)
        assert stage.gate.streams(Role.VIEWER, "v") == 0


async def test_a_caller_who_leaves_by_himself_is_forgotten(stage: Stage) -> None:
    async with stage.dial("v") as channel:
        call = opened(channel, SUBSCRIBE)
        assert await call.read() == b"first"
        call.cancel()
        await until("nobody is noted", lambda: not stage.gate.streams(Role.VIEWER, "v"))
        assert stage.running == 0


async def test_g3_until_revocations_are_known_reports_pass_and_readers_wait(stage: Stage) -> None:
    stage.gate.hold()
    async with stage.dial("v") as viewer, stage.dial("r") as reporter:
        watching = opened(viewer, "/grpc.health.v1.Health/Watch")
        assert await watching.read() == b"first"
        report: Any = reporter.unary_unary(f"/{SERVICE}/Report")
        assert await report(b"", timeout=5) == b"well"
        listing: Any = viewer.unary_unary(f"/{SERVICE}/ListAlarms")
        waiting = asyncio.ensure_future(listing(b"", timeout=10))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        stage.revoked.add((Role.VIEWER, "v"))  # as it turns out
        stage.gate.release()
        for refused in (waiting, watching.read()):
            with pytest.raises(grpc.aio.AioRpcError) as ended:
                await refused
            assert status.read(ended.value).reason == "ACCESS_REVOKED"


class _Slow:
    """A context whose answers take their time to be sent."""

    def __init__(self, context: Any) -> None:
        self._context = context
        self.under_way, self.sent = asyncio.Event(), asyncio.Event()
        self.broken_off = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)

    async def write(self, message: bytes) -> None:
        await self._context.write(message)
        self.under_way.set()
        try:
            await self.sent.wait()
        except asyncio.CancelledError:
            self.broken_off = True
            raise


async def test_an_answer_that_is_being_sent_is_not_broken_off(stage: Stage) -> None:
    """Its call ends behind it: gRPC cannot send the reason while it sends an answer."""
    slow: list[_Slow] = []

    async def watch(request: bytes, context: Any) -> None:
        slow.append(_Slow(context._context))
        context._context = slow[0]
        await context.write(b"first")
        pytest.fail("went on behind the answer")

    stage.watch = watch
    async with stage.dial("v") as channel:
        call = opened(channel, "/grpc.health.v1.Health/Watch")
        assert await call.read() == b"first"
        await slow[0].under_way.wait()
        stage.revoke(Role.VIEWER, "v")
        await asyncio.sleep(0)
        slow[0].sent.set()
        with pytest.raises(grpc.aio.AioRpcError) as ended:
            await asyncio.wait_for(call.read(), 5)
    assert status.read(ended.value).reason == "ACCESS_REVOKED"
    assert not slow[0].broken_off
