"""The mesh on gRPC: words are unary calls, a link is one long stream. It decides nothing.

Channels are kept while a link uses them and for a while after a word, since a new TLS connection
costs as much as fifty beats; one on which a word failed is closed, so that the next really dials.

A replica whose certificate was revoked is not let in (see `agent.access`), and is not listened to
here: what it answers counts as no answer. gRPC does not say whose certificate answers, so this
goes by the replica's name and the certificate with which that replica called before. It keeps one
out that was retired or is honest; against one that lies about its name only a new authority helps.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, Final, Protocol

import grpc

from alarminati.agent.metrics import Counters
from alarminati.agent.rpc.authorization import caller, nobody_refused
from alarminati.core.election.messages import Ask, ElectionMessage, Loss, Problem
from alarminati.core.journal.replication import Frame
from alarminati.mesh.v1 import mesh_service_pb2 as pb
from alarminati.mesh.v1 import mesh_service_pb2_grpc as pb_grpc
from alarminati.v1 import channel_service_pb2 as channel_pb
from alarminati.v1 import channel_service_pb2_grpc as channel_pb_grpc
from alarminati.v1 import cluster_service_pb2 as cluster_pb
from alarminati.v1 import cluster_service_pb2_grpc as cluster_pb_grpc
from alarminati.wire import status
from alarminati.wire.background import attend, awaited, call_later, traced
from alarminati.wire.codec import Unreadable
from alarminati.wire.credentials import TlsError
from alarminati.wire.frames import FrameCodec, word_from_proto, word_to_proto
from alarminati.wire.identity import Role
from alarminati.wire.reasons import ErrorReason

IDLE = 30.0  # seconds a channel without a link is kept
OPENING = 2.0  # seconds for the upstream replica to say hello
REPLICAS: Final = 1000  # whose certificates are remembered
PASSED_ON: Final = "alarminati-passed-on"
"""Metadata of a question that a replica passes on; whoever is asked so answers by itself."""

log = logging.getLogger(__name__)


class Host(Protocol):
    """Whom the mesh works for; calls come on the event loop."""

    def word_heard(self, word: ElectionMessage) -> ElectionMessage: ...
    def word_answered(self, ask: Ask, word: ElectionMessage) -> None: ...
    def word_lost(self, ask: Ask, loss: Loss) -> None: ...
    def link_opened(self, link: int, upstream: bool) -> None: ...
    def link_closed(self, link: int) -> None: ...
    def link_never_opened(self) -> None: ...
    def frame_came(self, link: int, frame: Frame) -> None: ...
    def next_frame(self, link: int) -> Frame | None: ...


class _Wire:
    """One end of one link: says what the host wants said, and beats when it says nothing."""

    def __init__(
        self,
        number: int,
        host: Host,
        write: Callable[[pb.Frame | None], Awaitable[Any]],
        beat: float | None,
        tally: Counters,
    ) -> None:
        self.number = number
        self.task: asyncio.Task[None] | None = None
        self.dropped = ""  # why the host closed it
        self._host = host
        self._write = write
        self._beat = beat
        self._tally = tally
        self._wanted = asyncio.Event()
        self._spelling = FrameCodec()
        self._reading = FrameCodec()

    def wake(self) -> None:
        """There may be something to say."""
        self._wanted.set()

    async def talk(self) -> None:
        """Say everything, for ever."""
        while True:
            self._wanted.clear()
            while (frame := self._host.next_frame(self.number)) is not None:
                await self._write(self._spelling.frame_to_proto(frame))
            try:
                async with asyncio.timeout(self._beat):
                    await self._wanted.wait()
            except TimeoutError:
                await self._write(None)
                self._tally.keepalive("sent")

    def hear(self, message: pb.Frame) -> None:
        """A frame came. Raises ValueError when it makes no sense."""
        if not message.ByteSize():
            self._tally.keepalive("received")
        self._host.frame_came(self.number, self._reading.frame_from_proto(message))


class Mesh(pb_grpc.MeshServiceServicer):
    """All words and links of one replica."""

    def __init__(
        self,
        host: Host,
        cluster: str,
        dial: Callable[[str], grpc.aio.Channel],
        tally: Counters,
        *,
        beat: float,
        patience: float,
        refuses: Callable[[str, str], bool] = nobody_refused,
    ) -> None:
        """`patience`: seconds after which a word is lost. `refuses`: as for `access.judge`."""
        self._host = host
        self._cluster = cluster
        self.dial = dial
        self._tally = tally
        self._beat = beat
        self._patience = patience
        self._channels: dict[str, grpc.aio.Channel] = {}
        self._idle: dict[str, asyncio.TimerHandle] = {}
        self._wires: dict[int, _Wire] = {}
        self._links = 0
        self._upstream: asyncio.Task[None] | None = None
        self._upstream_address = ""
        self._upstream_name = ""
        self._refuses = refuses
        self._certified: dict[str, str] = {}  # replica: name in the certificate it called with
        self._tasks: set[asyncio.Task[Any]] = set()
        self._asking: set[asyncio.Task[Any]] = set()

    # Words.

    def ask(self, ask: Ask) -> None:
        """Say a word; the host hears the answer, or that there was none."""
        task = self._spawn(self._ask(ask))
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    async def quiet(self) -> None:
        """Wait until every word that was said is answered or lost."""
        while self._asking:
            await asyncio.wait(list(self._asking))

    async def _ask(self, ask: Ask) -> None:
        try:
            stub: Any = pb_grpc.MeshServiceStub(self._channel(ask.address))
            request = pb.ExchangeRequest(message=self._spell(ask.word))
            answer = await stub.Exchange(request, timeout=self._patience)
            word = word_from_proto(answer.message)
            self._require_good(word.name)
        except (grpc.aio.AioRpcError, TlsError, ValueError, OSError) as error:
            log.debug("%s did not answer: %s", ask.address, _reason(error))
            self._host.word_lost(ask, _loss(error))
            await self._let_go(ask.address)
        except Exception as error:  # the election waits for an answer or for none
            name = type(error).__name__
            log.error("asking %s failed unexpectedly (%s)%s", ask.address, name, traced(error))
            self._host.word_lost(ask, _loss(error))
        else:
            self._host.word_answered(ask, word)
            self._release_later(ask.address)

    async def Exchange(
        self, request: pb.ExchangeRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> pb.ExchangeResponse:
        """One word of the election."""
        if request.message.cluster != self._cluster:
            said = f"this agent is of cluster {self._cluster!r}, not {request.message.cluster!r}"
            await status.abort(context, status.refusal(ErrorReason.WRONG_CLUSTER, said))
        try:
            word = word_from_proto(request.message)
        except ValueError as error:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"word: {error}")
        if len(self._certified) < REPLICAS or word.name in self._certified:
            self._certified[word.name] = caller().name
        return pb.ExchangeResponse(message=self._spell(self._host.word_heard(word)))

    # Who is revoked.

    def sweep(self) -> None:
        """Somebody was revoked: let go of the upstream replica if it is that one."""
        if self._upstream is not None and self._is_revoked(self._upstream_name):
            self._upstream.cancel()

    def _require_good(self, replica: str) -> None:
        if self._is_revoked(replica):
            raise ValueError(f"the certificate of {replica} is revoked")

    def _is_revoked(self, replica: str) -> bool:
        return self._refuses(Role.AGENT, self._certified.get(replica, replica))

    def _spell(self, word: ElectionMessage) -> pb.ElectionMessage:
        message = word_to_proto(word)
        message.cluster = self._cluster
        return message

    # Channels.

    def _channel(self, address: str) -> grpc.aio.Channel:
        if handle := self._idle.pop(address, None):
            handle.cancel()
        if address not in self._channels:
            self._channels[address] = self.dial(address)
        return self._channels[address]

    def _release_later(self, address: str) -> None:
        if address == self._upstream_address or address not in self._channels:
            return
        if handle := self._idle.pop(address, None):
            handle.cancel()
        self._idle[address] = call_later(IDLE, lambda: self._spawn(self._let_go(address)))

    async def _let_go(self, address: str) -> None:
        if address == self._upstream_address:
            return
        if handle := self._idle.pop(address, None):
            handle.cancel()
        channel = self._channels.pop(address, None)
        if channel is not None:
            await channel.close()

    async def redial(self) -> None:
        """Let go of every channel but the link's, so that the next ones are dialled anew."""
        for address in [each for each in self._channels if each != self._upstream_address]:
            if handle := self._idle.pop(address, None):
                handle.cancel()
            # Words under way on it may end.
            self._spawn(self._channels.pop(address).close(self._patience))

    # The link to the upstream replica.

    def follow(self, address: str) -> None:
        """Open a link there, instead of any other."""
        self.unfollow()
        self._upstream_address = address
        self._upstream = self._spawn(self._follow(address))

    def unfollow(self) -> None:
        """Close the link to the upstream replica, or stop opening it."""
        if self._upstream is not None:
            self._upstream.cancel()
            self._upstream = None
            address, self._upstream_address = self._upstream_address, ""
            self._release_later(address)

    async def _follow(self, address: str) -> None:
        me = asyncio.current_task()
        try:
            stub: Any = pb_grpc.MeshServiceStub(self._channel(address))
        except TlsError as error:
            log.warning("cannot link to %s: %s", address, error)
            self._upstream, self._upstream_address = None, ""
            self._host.link_never_opened()
            return
        call = stub.Replicate(compression=grpc.Compression.Gzip)

        async def write(frame: pb.Frame | None) -> None:
            await call.write(pb.ReplicateRequest(frame=frame))

        wire = self._add(write, beat=None)
        self._host.link_opened(wire.number, upstream=True)
        try:
            async with asyncio.timeout(OPENING) as opening:
                async for message in call:
                    if opening.when() is not None:
                        opening.reschedule(None)
                        self._upstream_name = message.frame.handshake.name
                        self._require_good(self._upstream_name)
                    wire.hear(message.frame)
        except (grpc.aio.AioRpcError, ValueError, OSError) as error:
            log.info("the link to %s broke: %s", address, _reason(error))
        finally:
            call.cancel()
            self._remove(wire)
            if self._upstream is me:
                self._upstream, self._upstream_address = None, ""
                await self._let_go(address)
                self._host.link_closed(wire.number)

    async def upstream_view(self) -> cluster_pb.GetClusterResponse | None:
        """The cluster as the upstream replica sees it, asked on the link's connection; or None."""
        if not self._upstream_address:
            return None
        stub: Any = cluster_pb_grpc.ClusterServiceStub(self._channel(self._upstream_address))
        try:
            view: cluster_pb.GetClusterResponse = await stub.GetCluster(
                cluster_pb.GetClusterRequest(),
                timeout=self._patience,
                metadata=((PASSED_ON, "1"),),
            )
        except grpc.aio.AioRpcError as error:
            log.debug("%s did not say who is there: %s", self._upstream_address, _reason(error))
            return None
        return view

    async def upstream_channels(self) -> Sequence[channel_pb.Channel] | None:
        """Return the channels as the upstream replica sees them; None when it does not answer."""
        if not self._upstream_address:
            return None
        stub: Any = channel_pb_grpc.ChannelServiceStub(self._channel(self._upstream_address))
        found: list[channel_pb.Channel] = []
        request = channel_pb.ListChannelsRequest(page_size=1000)
        try:
            while True:
                view: channel_pb.ListChannelsResponse = await stub.ListChannels(
                    request, timeout=self._patience, metadata=((PASSED_ON, "1"),)
                )
                found += view.channels
                request.page_token = view.next_page_token
                if not view.next_page_token:
                    return found
        except grpc.aio.AioRpcError as error:
            log.debug("%s did not say its channels: %s", self._upstream_address, _reason(error))
            return None

    # Links from other replicas.

    async def Replicate(  # type: ignore[override]  # reads and writes by itself
        self,
        request_iterator: AsyncIterator[pb.ReplicateRequest],
        context: grpc.aio.ServicerContext[Any, Any],
    ) -> None:
        """One standby's link, until it ends."""
        context.set_compression(grpc.Compression.Gzip)

        under_way: asyncio.Future[None] | None = None

        async def write(frame: pb.Frame | None) -> None:
            nonlocal under_way
            under_way = awaited(context.write(pb.ReplicateResponse(frame=frame)))
            under_way.add_done_callback(_look_at)  # its writer may not be there any more
            await asyncio.shield(under_way)  # gRPC goes on with it though its writer is cancelled

        wire = self._add(write, beat=self._beat)
        self._host.link_opened(wire.number, upstream=False)
        reader = asyncio.current_task()
        assert reader is not None and wire.task is not None

        def written(_: asyncio.Task[None]) -> None:
            reader.cancel()

        wire.task.add_done_callback(written)
        problem = ""
        try:
            async for message in request_iterator:
                wire.hear(message.frame)
        except ValueError as error:
            problem = f"frame: {error}"
        except asyncio.CancelledError:
            if not wire.dropped:
                raise
            reader.uncancel()  # the other side must hear that it is over, and why
            problem = wire.dropped
        finally:
            wire.task.remove_done_callback(written)
            self._remove(wire)
            self._host.link_closed(wire.number)
            if under_way is not None:  # gRPC takes no status while an answer is being written
                await asyncio.wait([under_way], timeout=self._patience)
        if problem:
            code = grpc.StatusCode.ABORTED if wire.dropped else grpc.StatusCode.INVALID_ARGUMENT
            await context.abort(code, problem)

    def _add(self, write: Callable[[pb.Frame | None], Awaitable[Any]], beat: float | None) -> _Wire:
        self._links += 1
        wire = _Wire(self._links, self._host, write, beat, self._tally)
        self._wires[wire.number] = wire
        wire.task = self._spawn(self._talk(wire))
        return wire

    async def _talk(self, wire: _Wire) -> None:
        try:
            await wire.talk()
        except (grpc.aio.AioRpcError, asyncio.InvalidStateError, grpc.RpcError, OSError) as error:
            log.debug("cannot write on link %d: %s", wire.number, _reason(error))

    def _remove(self, wire: _Wire) -> None:
        self._wires.pop(wire.number, None)
        if wire.task is not None:
            wire.task.cancel()

    def wake(self, link: int) -> None:
        """The host may have something to say on that link."""
        if wire := self._wires.get(link):
            wire.wake()

    def drop(self, link: int, why: str = "closed") -> None:
        """Close that link; its other end is told `why`."""
        wire = self._wires.pop(link, None)
        if wire is not None:
            wire.dropped = why
        if wire is not None and wire.task is not None:
            wire.task.cancel()

    # The end.

    def _spawn(self, work: Any) -> asyncio.Task[None]:
        task: asyncio.Task[None] = attend(work, f"a link or a word ({work.__name__})")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def close(self) -> None:
        """End every word, link and channel."""
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for handle in self._idle.values():
            handle.cancel()
        for channel in list(self._channels.values()):
            await channel.close()


def _look_at(done: asyncio.Future[None]) -> None:
    """Asyncio logs failures that nobody looked at."""
    if not done.cancelled():
        done.exception()


def _loss(error: BaseException) -> Loss:
    """Why a word was not answered, for people who look for a peer."""
    if not isinstance(error, grpc.aio.AioRpcError):
        return Loss(Problem.UNTRUSTED, _reason(error))
    problem, code = status.read(error), grpc.StatusCode
    if problem.reason == ErrorReason.WRONG_CLUSTER:
        return Loss(Problem.OTHER_CLUSTER, problem.message)
    if problem.reason == "NO_TRUST" or problem.code in (
        code.PERMISSION_DENIED,
        code.UNAUTHENTICATED,
    ):
        return Loss(Problem.UNTRUSTED, problem.message)
    if problem.code is code.DEADLINE_EXCEEDED:
        return Loss(Problem.UNREACHABLE, "no answer")
    if problem.code is code.UNIMPLEMENTED:
        return Loss(Problem.UNREACHABLE, "whoever answers there is no agent of Alarminati")
    return Loss(Problem.UNREACHABLE, problem.message)


def _reason(error: BaseException) -> str:
    if isinstance(error, grpc.aio.AioRpcError):
        return f"{error.code().name}: {error.details()}"
    if isinstance(error, Unreadable | ValueError):
        return f"it said what makes no sense ({error})"
    return str(error) or type(error).__name__
