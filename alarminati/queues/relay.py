"""Relay as a queue: one stream of webhooks, commits up to the highest contiguous one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import grpc

from alarminati.config.queues import QueueConfig
from alarminati.core.spool.ledger import InFlight
from alarminati.queues.port import Backlog, Message, QueueLost
from alarminati.relay.v1alpha1 import relay_service_pb2 as pb
from alarminati.relay.v1alpha1.relay_service_pb2_grpc import RelayServiceStub
from alarminati.wire.background import attend
from alarminati.wire.credentials import Tls, TlsError, dial_relay, require_loopback

TIMEOUT: Final = 5.0  # seconds for one answer
SILENCE: Final = 50.0  # seconds without an answer after which the stream is lost: three keepalives
READ_AHEAD: Final = 4  # answers


def open_queue(config: QueueConfig, own: Tls | None) -> RelayQueue:
    """Return the driver; `own` is what this agent shows. Nothing is connected yet."""
    return RelayQueue(config, own)


class RelayQueue:
    """Webhooks that a relay keeps for this cluster."""

    def __init__(self, config: QueueConfig, own: Tls | None) -> None:
        self._config, self._own = config, own
        self._name = ""
        self._channel: grpc.aio.Channel | None = None
        self._stub: Any = None
        self._reader: asyncio.Task[None] | None = None
        self._answers: asyncio.Queue[list[Message] | QueueLost] = asyncio.Queue(READ_AHEAD)
        self._ready: list[Message] = []  # received, and not fetched yet
        self._later: list[tuple[float, Message]] = []  # when to give it out again
        self._flight = InFlight()

    async def open(self) -> None:
        self._channel = self._dial()
        self._stub = RelayServiceStub(self._channel)
        answer = await self._ask(self._stub.GetRelay(pb.GetRelayRequest(), timeout=TIMEOUT))
        self._name = answer.relay
        self._reader = attend(self._read(), f"pulling from the relay {self._name}")

    async def fetch(self, most: int, patience: float) -> Sequence[Message]:
        now = asyncio.get_running_loop().time()
        due = [message for when, message in self._later if when <= now]
        if due:
            self._later = [each for each in self._later if each[0] > now]
            return due
        if not self._ready:
            soonest = min((when - now for when, _ in self._later), default=patience)
            try:
                async with asyncio.timeout(min(patience, soonest)):
                    answer = await self._answers.get()
            except TimeoutError:
                return []
            if isinstance(answer, QueueLost):
                raise answer
            self._ready = answer
        found, self._ready = self._ready[:most], self._ready[most:]
        self._flight.give(message.handle for message in found)
        return found

    async def ack(self, messages: Sequence[Message]) -> None:
        highest = self._flight.finish(message.handle for message in messages)
        if highest:
            await self._ask(self._stub.Commit(pb.CommitRequest(sequence=highest), timeout=TIMEOUT))

    async def again(self, messages: Sequence[Message], delay: float) -> None:
        when = asyncio.get_running_loop().time() + delay
        self._later += [(when, message) for message in messages]

    async def hold(self, messages: Sequence[Message]) -> None:
        """Do nothing: the relay waits for a commit as long as it takes."""

    async def bury(self, message: Message, reason: str) -> bool:
        request = pb.RejectRequest(sequence=message.handle, detail=reason[:500])
        await self._ask(self._stub.Reject(request, timeout=TIMEOUT))
        return True

    async def backlog(self) -> Backlog:
        answer = await self._ask(self._stub.GetRelay(pb.GetRelayRequest(), timeout=TIMEOUT))
        return Backlog(answer.pending, used=answer.used_ratio)

    async def close(self) -> None:
        if self._reader is not None:
            self._reader.cancel()
        if self._channel is not None:
            channel, self._channel = self._channel, None
            await channel.close()

    def _dial(self) -> grpc.aio.Channel:
        config, [server] = self._config, self._config.servers
        try:
            if not config.tls:
                require_loopback(server)
                return dial_relay(server, None, None, secured=False)
            if self._own is None:
                raise QueueLost("a relay with tls needs an agent with certificates")
            roots = config.ca.read_bytes() if config.ca else None
        except OSError as error:
            raise QueueLost(f"ca cannot be read: {error.strerror}") from error
        except TlsError as error:
            raise QueueLost(str(error)) from error
        return dial_relay(server, self._own, roots, secured=True)

    async def _read(self) -> None:
        """Read ahead of `fetch`, a few answers: then the relay waits."""
        call = self._stub.Pull(pb.PullRequest())
        try:
            while True:
                async with asyncio.timeout(SILENCE):
                    answer = await call.read()
                if not isinstance(answer, pb.PullResponse):
                    raise QueueLost("the relay ended the stream")
                if answer.webhooks:
                    await self._answers.put([self._message(each) for each in answer.webhooks])
        except QueueLost as error:
            await self._answers.put(error)
        except TimeoutError:
            await self._answers.put(QueueLost("the relay has gone silent"))
        except grpc.aio.AioRpcError as error:
            await self._answers.put(_lost(error))
        finally:
            call.cancel()

    def _message(self, webhook: pb.Webhook) -> Message:
        return Message(
            f"{self._name}/{webhook.sequence}",
            webhook.body,
            webhook.receive_time.ToMilliseconds(),
            dict(webhook.headers),
            webhook.sequence,
            source=webhook.source,
            path=webhook.path,
        )

    async def _ask(self, call: Any) -> Any:
        try:
            return await call
        except grpc.aio.AioRpcError as error:
            raise _lost(error) from error


def _lost(error: grpc.aio.AioRpcError) -> QueueLost:
    return QueueLost(f"relay: {error.code().name}: {error.details() or 'no reason'}"[:500])
