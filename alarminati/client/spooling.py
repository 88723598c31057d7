"""Spool of a sender: reports that no agent took are kept on disk, and sent later in their order.

A folder is opened for each look at it, so that programs and commands of one computer share it. A
report keeps its request id, so one that was taken without an answer is nothing new when it is sent
again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from alarminati.client.answers import Receipt
from alarminati.client.errors import Overloaded, Refused, SpoolProblem, TooFewReplicas, Unreachable
from alarminati.core.model.entries import Alarm, EntryId
from alarminati.core.model.validation import Invalid
from alarminati.core.spool.ledger import Bounds, MessageTooLarge, SpoolFull
from alarminati.spool.segments import Spool, SpoolBusy, SpoolUnusable
from alarminati.v1 import alarm_service_pb2 as service
from alarminati.wire.background import attend
from alarminati.wire.codec import alarm_from_proto
from alarminati.wire.intake_proto import report_from_proto

BOUNDS: Final = Bounds(total=64 << 20, segment=1 << 20, message=128 << 10)
ORIGIN: Final = "spool"
"""Origin in the id of a report that no agent has yet."""
BATCH: Final = 256 << 10  # bytes that are read at once
LOCK_PATIENCE: Final = 5.0  # seconds that another process may hold the folder
PAUSES: Final = (1.0, 60.0)  # seconds between attempts in the background, first and longest

T = TypeVar("T")
Send = Callable[[service.ReportRequest], Awaitable[Receipt]]


@dataclass(frozen=True, slots=True)
class SpooledReport:
    """A report in the spool. `refused` says why it is set aside; empty while it waits."""

    sequence: int
    alarm: Alarm | None  # None: nothing can read it
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Flushed:
    """Outcome of a flush. `problem` says why some still wait; empty when none does."""

    sent: int
    refused: int
    pending: int
    problem: str = ""


class SenderSpool:
    """Reports of this computer that wait for an agent.

    `wall` gives milliseconds since 1970. `timeout`: seconds in which `report` sends what waits, and
    then the new one.
    """

    def __init__(
        self, folder: Path, send: Send, wall: Callable[[], int], timeout: float = 10.0
    ) -> None:
        self._folder = folder
        self._send = send
        self._wall = wall
        self._timeout = timeout
        self._turn = asyncio.Lock()  # one flush at a time, so that the order stays
        self._waiting: bool | None = None  # None: not looked yet
        self._task: asyncio.Task[None] | None = None

    async def report(self, request: service.ReportRequest) -> Receipt:
        """Send what waits and then a report, or keep it. The receipt of a kept one has no replicas.

        Raises SpoolProblem when it can be neither sent nor kept.
        """
        request.alarm.timestamp_ms = request.alarm.timestamp_ms or self._wall()
        end = time.monotonic() + self._timeout
        if not await self._behind(end):
            try:
                return await self._within(end, request)
            except TooFewReplicas:
                raise  # an agent has it
            except (Unreachable, Overloaded):
                pass
        try:  # what is wrong is said now, for later nobody listens
            report_from_proto(request.alarm, self._wall(), "")
        except Invalid as error:
            raise Refused(str(error), error.field) from error
        message = request.SerializeToString()
        [sequence] = await self._use(lambda spool: spool.append([message]))
        self._waiting = True
        if not self._retries:
            self._task = attend(self._retry(), "sending what is in the spool")
        return Receipt(EntryId(ORIGIN, sequence), 0, "")

    async def _behind(self, end: float) -> bool:
        """Send what waits until `end`; return whether some still waits."""
        try:
            if self._waiting is None:
                self._waiting = await self._use(lambda spool: spool.ledger.pending > 0)
            if self._waiting and not self._retries:
                await self._catch_up(end)
        except SpoolProblem:
            return False  # a folder that cannot be used holds no new alarm back
        return bool(self._waiting)

    async def _catch_up(self, end: float) -> None:
        async with self._turn:
            if self._waiting and not self._retries:
                await self._flush(end)

    async def flush(self) -> Flushed:
        """Send what waits, in its order, until no agent takes it. Raises SpoolProblem."""
        async with self._turn:
            return await self._flush(None)

    async def _flush(self, end: float | None) -> Flushed:
        sent = refused = 0
        problem = ""
        while not problem:
            some = await self._use(lambda spool: spool.read(0, BATCH))
            if not some:
                break
            done = 0
            try:
                for sequence, message in some:
                    try:
                        await self._one(message, end)
                        sent += 1
                    except (Unreachable, Overloaded) as error:
                        problem = str(error)
                        break
                    except Refused as error:
                        refused += 1
                        await self._put_aside(sequence, message, str(error))
                    done = sequence
            finally:
                if done:
                    await self._acknowledge(done)
        pending = await self._use(lambda spool: spool.ledger.pending)
        self._waiting = pending > 0
        return Flushed(sent, refused, pending, problem)

    async def waiting(self) -> list[SpooledReport]:
        """Return the reports that wait, then those that are set aside. Raises SpoolProblem."""

        def look(spool: Spool) -> list[SpooledReport]:
            found: list[SpooledReport] = []
            while some := spool.read(found[-1].sequence if found else 0, BATCH):
                found += [SpooledReport(each, read_report(message)) for each, message in some]
            aside = spool.refused()
            return found + [
                SpooledReport(each.sequence, read_report(each.message), each.detail)
                for each in aside
            ]

        return await self._use(look)

    async def close(self) -> None:
        """Stop sending; what waits stays on disk."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    @property
    def _retries(self) -> bool:
        return self._task is not None and not self._task.done()

    async def _retry(self) -> None:
        pause, longest = PAUSES
        while self._waiting:
            await asyncio.sleep(pause)
            pause = min(pause * 2, longest)
            with suppress(SpoolProblem):
                before = await self.flush()
                pause = PAUSES[0] if before.sent else pause

    async def _one(self, message: bytes, end: float | None) -> None:
        try:
            request = service.ReportRequest.FromString(message)
        except Exception as error:  # protobuf raises its own, without a common parent
            raise Refused("nothing can read it") from error
        with suppress(TooFewReplicas):  # an agent has it
            await self._within(end, request)

    async def _within(self, end: float | None, request: service.ReportRequest) -> Receipt:
        left = None if end is None else end - time.monotonic()
        try:
            async with asyncio.timeout(left):
                return await self._send(request)
        except TimeoutError as error:
            raise Unreachable("no agent took it in time") from error

    async def _put_aside(self, sequence: int, message: bytes, detail: str) -> None:
        wall = self._wall()
        await self._use(lambda spool: spool.set_aside(sequence, message, detail, wall))

    async def _acknowledge(self, sequence: int) -> None:
        await self._use(lambda spool: spool.acknowledge(min(sequence, spool.ledger.last)))

    async def _use(self, work: Callable[[Spool], T]) -> T:
        return await asyncio.to_thread(self._blocking, work)

    def _blocking(self, work: Callable[[Spool], T]) -> T:
        end = time.monotonic() + LOCK_PATIENCE
        while True:
            try:
                with Spool(self._folder, BOUNDS) as spool:
                    return work(spool)
            except SpoolBusy as error:
                if time.monotonic() > end:
                    raise SpoolProblem(str(error)) from error
                time.sleep(0.02)
            except (SpoolUnusable, SpoolFull, MessageTooLarge) as error:
                raise SpoolProblem(str(error)) from error


def read_report(message: bytes) -> Alarm | None:
    """Return the alarm of a report in the spool; None: nothing can read it."""
    try:
        return alarm_from_proto(service.ReportRequest.FromString(message).alarm)
    except Exception:  # protobuf raises its own, without a common parent
        return None
