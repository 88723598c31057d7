"""Reports many alarms on one stream: sent on without waiting, sent again until answered.

What was sent and not answered is kept, with its request id, and goes out first on the next stream:
a cut loses nothing and nothing is taken twice.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, Sequence
from contextlib import aclosing, suppress
from typing import Final

import grpc

from alarminati.client.answers import BatchReceipt
from alarminati.client.connection import Connection, Link, Silent, translate
from alarminati.client.errors import Overloaded, TooFewReplicas, Unreachable
from alarminati.client.messages import alarm_message, batch_receipt
from alarminati.core.model.entries import Alarm
from alarminati.v1 import alarm_service_pb2 as service
from alarminati.wire.background import attend, awaited

WINDOW: Final = 32  # batches under way
_PATIENCE: Final = 5.0  # seconds to wait for the next answer; a replica waits 1 s for a second copy

_Call = grpc.aio.StreamStreamCall[service.ReportStreamRequest, service.ReportStreamResponse]


def new_request_id() -> str:
    """Random, so that no two reporters ever make the same one."""
    return os.urandom(16).hex()


class Reporting:
    """One caller's batches on their way."""

    def __init__(
        self,
        connection: Connection,
        batches: AsyncIterable[Sequence[Alarm]],
        timeout: float,
        min_replicas: int = 0,
    ) -> None:
        self._min_replicas = min_replicas
        self._connection = connection
        self._timeout = timeout
        self._open: deque[service.ReportStreamRequest] = deque()
        self._answered = 0
        self._room = asyncio.Semaphore(WINDOW)
        self._news = asyncio.Event()
        self._feeder = awaited(self._feed(batches))

    async def run(self) -> AsyncGenerator[BatchReceipt, None]:
        """Yield the answers, in order, until all batches are answered.

        Raises what the batches' iterator raises, and AlarminatiError: Unreachable and Overloaded
        when no batch was answered for `timeout` seconds of trying, TooFewReplicas when every agent
        said so.
        """
        clock, failing = asyncio.get_running_loop().time, None
        try:
            while await self._open_or_end():
                async with self._connection.link() as link:
                    try:
                        async with aclosing(self._exchange(link)) as receipts:
                            async for receipt in receipts:
                                failing = None
                                yield receipt
                        break
                    except (Unreachable, Overloaded) as problem:
                        wait = self._connection.lost(link, problem)
                        failing = failing or clock()
                        if wait and isinstance(problem, TooFewReplicas):
                            raise
                        if clock() + wait - failing >= self._timeout:
                            raise
                await asyncio.sleep(wait)
            await self._feeder
        finally:
            self._feeder.cancel()

    async def _feed(self, batches: AsyncIterable[Sequence[Alarm]]) -> None:
        try:
            async for batch in batches:
                await self._room.acquire()
                alarms = [alarm_message(alarm) for alarm in batch]
                request = service.ReportStreamRequest(
                    alarms=alarms, request_id=new_request_id(), min_replicas=self._min_replicas
                )
                self._open.append(request)
                self._news.set()
        finally:
            self._news.set()

    async def _open_or_end(self) -> bool:
        """Wait until a batch is open (True) or there will be none (False)."""
        while not self._open:
            if self._feeder.done():
                return False
            self._news.clear()
            await self._news.wait()
        return True

    async def _exchange(self, link: Link) -> AsyncGenerator[BatchReceipt, None]:
        """Send and hear on one stream until every batch is answered."""
        call = link.alarms.ReportStream()
        sender = attend(self._send(call), "sending reports")
        try:
            while await self._open_or_end():
                async with asyncio.timeout(_PATIENCE):
                    answer = await call.read()
                if not isinstance(answer, service.ReportStreamResponse):
                    raise Unreachable(f"{link.address} ended the stream", link.address)
                count = len(self._open.popleft().alarms)
                self._answered += 1
                self._room.release()
                self._connection.rotation.worked()
                yield batch_receipt(answer, count)
        except TimeoutError as error:
            raise Silent(f"{link.address} did not answer in time", link.address) from error
        except grpc.aio.AioRpcError as error:
            raise translate(error, link.address) from error
        finally:
            sender.cancel()
            call.cancel()

    async def _send(self, call: _Call) -> None:
        sent = self._answered
        # A stream that ended is noticed, with its reason, where the answers are read.
        with suppress(grpc.aio.AioRpcError, asyncio.InvalidStateError):
            while True:
                while sent < self._answered + len(self._open):
                    await call.write(self._open[sent - self._answered])
                    sent += 1
                if self._feeder.done():
                    return
                self._news.clear()
                await self._news.wait()
