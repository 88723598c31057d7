"""Channels to the agents of one cluster: one is used at a time, another when it fails.

Warm connections are what costs (7 kB each to make), so one is shared by every call and stream, kept
while it works, and given up only when it is known or suspected to be dead.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Final, TypeVar

import grpc

from alarminati.client.errors import (
    AlarminatiError,
    Forbidden,
    NotFound,
    Overloaded,
    Refused,
    TooFewReplicas,
    Unexpected,
    Unreachable,
)
from alarminati.client.rotation import Rotation
from alarminati.v1.access_service_pb2_grpc import AccessServiceStub
from alarminati.v1.alarm_service_pb2_grpc import AlarmServiceStub
from alarminati.v1.channel_service_pb2_grpc import ChannelServiceStub
from alarminati.v1.cluster_service_pb2_grpc import ClusterServiceStub
from alarminati.v1.mark_service_pb2_grpc import MarkServiceStub
from alarminati.v1.monitor_service_pb2_grpc import MonitorServiceStub
from alarminati.v1.silence_service_pb2_grpc import SilenceServiceStub
from alarminati.wire.credentials import Tls, TlsError, dial
from alarminati.wire.marks import Mark, mark
from alarminati.wire.reasons import ErrorReason

if TYPE_CHECKING:
    from alarminati.v1.access_service_pb2_grpc import AccessServiceAsyncStub
    from alarminati.v1.alarm_service_pb2_grpc import AlarmServiceAsyncStub
    from alarminati.v1.channel_service_pb2_grpc import ChannelServiceAsyncStub
    from alarminati.v1.cluster_service_pb2_grpc import ClusterServiceAsyncStub
    from alarminati.v1.mark_service_pb2_grpc import MarkServiceAsyncStub
    from alarminati.v1.monitor_service_pb2_grpc import MonitorServiceAsyncStub
    from alarminati.v1.silence_service_pb2_grpc import SilenceServiceAsyncStub
    from alarminati.wire.status import Problem

Request = TypeVar("Request")
Answer = TypeVar("Answer")

ATTEMPT: Final = 3.0
"""Seconds one replica gets when there are others; it may wait 1 s for a second copy itself."""

AT_ONCE: Final = 100
"""Calls under way on one connection; more wait for their turn. An agent takes 200 on each (see
`wire.options`), and gRPC fails those beyond with UNAVAILABLE. Half is left for streams and for
other clients in this process, which share the connection."""

LOST: Final = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.UNKNOWN,
    }
)
"""Another replica, or the same later, may do better."""


class Link:
    """One channel and the services behind it."""

    def __init__(self, address: str, channel: grpc.aio.Channel) -> None:
        self.address = address
        self.channel = channel
        self.users = 0
        self.turns = asyncio.Semaphore(AT_ONCE)
        self.alarms: AlarmServiceAsyncStub = AlarmServiceStub(channel)
        self.channels: ChannelServiceAsyncStub = ChannelServiceStub(channel)
        self.cluster: ClusterServiceAsyncStub = ClusterServiceStub(channel)
        self.marks: MarkServiceAsyncStub = MarkServiceStub(channel)
        self.monitors: MonitorServiceAsyncStub = MonitorServiceStub(channel)
        self.silences: SilenceServiceAsyncStub = SilenceServiceStub(channel)
        self.access: AccessServiceAsyncStub = AccessServiceStub(channel)


class Connection:
    """All channels of one client."""

    def __init__(self, tls: Path | Tls | None, rotation: Rotation, dice: Random) -> None:
        """`tls` is a folder as `alarminati pki issue` makes it, or read. Raises TlsError."""
        self.rotation = rotation
        self._folder = tls if isinstance(tls, Path) else None
        self._marks = _marks(self._folder)
        self._tls = Tls.load(tls) if isinstance(tls, Path) else tls
        self._dice = dice
        self._links: dict[str, Link] = {}

    @property
    def tls(self) -> Tls | None:
        """What is shown on the next connection: what the folder has now, or last had that was good.

        Open connections go on with what they were made with.
        """
        marks = _marks(self._folder)
        if self._folder is not None and marks != self._marks:
            try:
                self._tls = Tls.load(self._folder)
            except TlsError:
                return self._tls  # half written, perhaps: the next look will tell
            self._marks = marks
        return self._tls

    async def close(self) -> None:
        """Close every channel; calls under way end."""
        links, self._links = list(self._links.values()), {}
        for link in links:
            await link.channel.close()

    @asynccontextmanager
    async def link(self) -> AsyncIterator[Link]:
        """The channel to the current address, for the length of one call or stream."""
        address = self.rotation.current
        link = self._links.get(address)
        if link is None:
            link = self._links[address] = Link(address, dial(address, self.tls))
        link.users += 1
        try:
            yield link
        finally:
            link.users -= 1
            await self._bury(link)

    async def _bury(self, link: Link) -> None:
        if not link.users and self._links.get(link.address) is not link:
            await link.channel.close()

    def lost(self, link: Link, problem: AlarminatiError) -> float:
        """A call over this link failed in a way another may not: seconds to wait before it.

        The channel is given up unless it is plainly well: a new one connects at once, while the old
        one would first sit out its own growing pauses.
        """
        useless = isinstance(problem, Silent | Expired)
        if useless or link.channel.get_state() is not grpc.ChannelConnectivity.READY:
            self._forget(link)
        wait = self.rotation.failed(link.address)
        if wait and isinstance(problem, Overloaded):
            return problem.retry_after * self._dice.uniform(1.0, 1.2)
        return wait

    def _forget(self, link: Link) -> None:
        if self._links.get(link.address) is link:
            del self._links[link.address]

    async def call(
        self,
        method: Callable[[Link], grpc.aio.UnaryUnaryMultiCallable[Request, Answer]],
        request: Request,
        *,
        timeout: float,
    ) -> Answer:
        """Make a call that may safely be made twice, at one replica after the other.

        Gives up after `timeout` seconds in all. Raises AlarminatiError.
        """
        clock = asyncio.get_running_loop().time
        end = clock() + timeout
        said: Unreachable | Overloaded | None = None
        while True:
            async with self.link() as link:
                left = max(0.0, end - clock())
                if len(self.rotation) > 1:
                    left = min(left, ATTEMPT)
                try:
                    answer = await _ask(method(link), request, link, left)
                except (Unreachable, Overloaded) as problem:
                    if said is None or not isinstance(problem, Silent):
                        said = (
                            problem  # a last try that ran out of time tells less than those before
                        )
                    wait = self.lost(link, problem)
                    if wait and isinstance(problem, TooFewReplicas):
                        raise  # every agent had its turn, and its second
                else:
                    self.rotation.worked()
                    return answer
            if clock() + wait >= end:
                raise self._for_all(said)
            await asyncio.sleep(wait)

    def _for_all(self, said: Unreachable | Overloaded) -> AlarminatiError:
        if len(self.rotation) == 1 or isinstance(said, Overloaded | TooFewReplicas):
            return said
        sentence = f"none of {len(self.rotation)} agents could be asked: {said}"
        return Unreachable(sentence, said.address, said.reason)

    async def call_once(
        self,
        method: Callable[[Link], grpc.aio.UnaryUnaryMultiCallable[Request, Answer]],
        request: Request,
        *,
        timeout: float,
    ) -> Answer:
        """Make a call that must not be made twice, at the current replica."""
        async with self.link() as link:
            return await _ask(method(link), request, link, timeout)


def _marks(folder: Path | None) -> list[Mark]:
    """What tells whether the files of a folder were changed or replaced."""
    names = ("ca.crt", "tls.crt", "tls.key") if folder is not None else ()
    return [mark(folder / name) for name in names if folder is not None]


async def _ask(
    method: grpc.aio.UnaryUnaryMultiCallable[Request, Answer],
    request: Request,
    link: Link,
    timeout: float,
) -> Answer:
    clock = asyncio.get_running_loop().time
    end = clock() + timeout
    try:
        async with asyncio.timeout_at(end):
            await link.turns.acquire()
    except TimeoutError:
        raise Silent(f"{link.address} did not answer in time", link.address) from None
    try:
        return await method(request, timeout=max(0.0, end - clock()))
    except grpc.aio.AioRpcError as error:
        raise translate(error, link.address) from error
    finally:
        link.turns.release()


class Silent(Unreachable):
    """There was no answer at all, though the connection looks well."""


class Expired(Unreachable):
    """The certificate that a connection was made with has ended; there may be a new one by now."""


def translate(error: grpc.aio.AioRpcError, address: str) -> AlarminatiError:
    """What a failed call means to the caller."""
    from alarminati.wire.status import read

    problem = read(error)
    meaning = _meaning(problem, address)
    meaning.reason = meaning.reason or problem.reason
    return meaning


def _meaning(problem: Problem, address: str) -> AlarminatiError:
    code = grpc.StatusCode
    if problem.reason == ErrorReason.TOO_FEW_REPLICAS:
        ids = dict(problem.facts).get("ids", "")
        return TooFewReplicas(problem.message, address, ids.partition(",")[0])
    if problem.reason == ErrorReason.CERTIFICATE_EXPIRED:
        return Expired(f"{address} cannot be reached: {problem.message}", address)
    if problem.code is code.DEADLINE_EXCEEDED:
        return Silent(f"{address} did not answer in time", address)
    if problem.code in LOST:
        sentence = f"{address} cannot be reached: {problem.message}"
        return Unreachable(sentence, address, problem.reason)
    if problem.reason == ErrorReason.REQUEST_ID_REUSED:
        return Refused(problem.message, "request_id")
    match problem.code:
        case code.RESOURCE_EXHAUSTED:
            after = problem.retry_after
            return Overloaded(problem.message, 1.0 if after is None else after)
        case code.PERMISSION_DENIED | code.UNAUTHENTICATED:
            return Forbidden(problem.message)
        case code.NOT_FOUND:
            return NotFound(problem.message)
        case (
            code.INVALID_ARGUMENT
            | code.FAILED_PRECONDITION
            | code.OUT_OF_RANGE
            | code.ALREADY_EXISTS
        ):
            return Refused(problem.message, problem.fields[0][0] if problem.fields else "")
    return Unexpected(f"{address} answered {problem.code.name}: {problem.message}")
