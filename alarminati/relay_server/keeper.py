"""Keeper of one cluster's webhooks: shares fsyncs, and wakes those who pull."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

from alarminati.core.spool.ledger import Bounds, MessageTooLarge, SpoolFull
from alarminati.relay.v1alpha1 import relay_service_pb2 as pb
from alarminati.spool.segments import Spool
from alarminati.wire.background import begin

T = TypeVar("T")

BATCH: int = 1000  # webhooks of one fsync
SMALL: int = 1024  # bytes of a small webhook with its headers
PRIVATE = frozenset({"authorization", "cookie", "proxy-authorization", "content-encoding"})
"""Headers that are not kept: credentials, and what no longer holds of the body."""


def webhook(
    source: str, body: bytes, headers: Mapping[str, str], path: str, wall: int
) -> pb.Webhook:
    """Return a webhook without its sequence; `wall` is milliseconds since 1970."""
    made = pb.Webhook(source=source, body=body, path=path)
    made.headers.update({name: value for name, value in headers.items() if name not in PRIVATE})
    made.receive_time.FromMilliseconds(wall)
    return made


class Keeper:
    """Spool of one cluster. All of its disk work runs in one thread."""

    def __init__(
        self, folder: Path, bounds: Bounds, step: Callable[[str], None] = lambda name: None
    ) -> None:
        """Open the spool. Raises SpoolBusy, SpoolUnusable."""
        self.spool = Spool(folder, bounds, step)
        self.rejected = len(self.spool.refused())
        self._thread = ThreadPoolExecutor(1, f"spool {folder.name}")
        self._queue: deque[tuple[bytes, asyncio.Future[int]]] = deque()
        self._writing: asyncio.Task[None] | None = None
        self._news = asyncio.Event()

    @property
    def last(self) -> int:
        """Sequence of the newest webhook."""
        return self.spool.ledger.last

    @property
    def problem(self) -> str:
        """Why no webhook can be kept now, one sentence; empty: there is room.

        A probe that fails keeps senders away, so this must not wait for the next webhook to end.
        """
        try:
            self.spool.ledger.admit(SMALL)
        except SpoolFull as error:
            return str(error)
        return ""

    async def append(self, message: bytes) -> int:
        """Keep a webhook; return its sequence once it is on disk. Raises SpoolFull,
        MessageTooLarge."""
        waiting = sum(len(each) for each, _ in self._queue)
        self.spool.ledger.admit(len(message), waiting)
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._queue.append((message, future))
        if self._writing is None:
            self._writing = begin(self._write(), "keeping webhooks")
        return await asyncio.shield(future)

    async def read(self, after: int, most: int) -> list[pb.Webhook]:
        """Return webhooks behind `after` that are not committed, at most `most` bytes."""
        found = await self._do(lambda: self.spool.read(after, most))
        return [_numbered(sequence, message) for sequence, message in found]

    async def wait(self, after: int, patience: float) -> bool:
        """Wait for a webhook behind `after`; False: none came in so many seconds."""
        if self.last > after:
            return True
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._news.wait()
        return self.last > after

    async def commit(self, sequence: int) -> None:
        """Give up all webhooks up to a sequence. Raises UnknownSequence, SpoolFull."""
        await self._do(lambda: self.spool.acknowledge(sequence))

    async def reject(self, sequence: int, detail: str, wall: int) -> None:
        """Set a webhook aside; one that is committed already is left. Raises SpoolFull."""

        def put() -> None:
            for found, message in self.spool.read(sequence - 1, 1)[:1]:
                if found == sequence:
                    self.spool.set_aside(sequence, message, detail, wall)
            self.rejected = len(self.spool.refused())

        await self._do(put)

    async def close(self) -> None:
        """Finish what is being written, and free the folder."""
        if self._writing is not None:
            await asyncio.wait([self._writing])
        self._thread.shutdown()
        self.spool.close()

    async def _write(self) -> None:
        try:
            while self._queue:
                some = [self._queue.popleft() for _ in range(min(len(self._queue), BATCH))]
                try:
                    sequences = await self._do(partial(self.spool.append, [m for m, _ in some]))
                except (SpoolFull, MessageTooLarge) as error:
                    for _, future in some:
                        if not future.done():
                            future.set_exception(error)
                            future.exception()  # its sender may be gone
                    continue
                for (_, future), sequence in zip(some, sequences, strict=True):
                    if not future.done():
                        future.set_result(sequence)
                news, self._news = self._news, asyncio.Event()
                news.set()
        finally:
            self._writing = None

    async def _do(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _numbered(sequence: int, message: bytes) -> pb.Webhook:
    made = pb.Webhook.FromString(message)  # its checksum was right, so it is what was written
    made.sequence = sequence
    return made
