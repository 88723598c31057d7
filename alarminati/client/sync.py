"""The client for programs without asyncio: Django views, Celery tasks, cron scripts.

    with SyncClient(["10.0.0.5:7443"], tls=Path("certificates")) as client:
        client.report(alarm("disk is full", Severity.CRITICAL))

One thread runs an event loop with a `Client`, and any thread may call. The first call starts that
thread, so a server may fork its workers before it. A fork after the first call is not supported:
gRPC does not survive it.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from alarminati.client.answers import ClusterStatus, Receipt
from alarminati.client.client import Client
from alarminati.core.model.entries import Alarm
from alarminati.wire.background import run_in
from alarminati.wire.credentials import Tls

T = TypeVar("T")


class SyncClient:
    """Calls of a `Client` that block. A context manager; threads may share one."""

    def __init__(
        self, addresses: Sequence[str], tls: Path | Tls | None = None, *, timeout: float = 10.0
    ) -> None:
        """Take what `Client` takes. Nothing is connected and no thread runs before the first call.

        Raises TlsError, ValueError without an address.
        """
        self._make = partial(Client, addresses, tls, timeout=timeout)
        self._make()  # wrong arguments are told here, not at the first call
        self._lock = threading.Lock()
        self._running: _Running | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close connections and end the thread; calls under way end with an error."""
        with self._lock:
            running, self._running = self._running, None
        if running is not None and running.process == os.getpid():
            running.end()

    def report(self, alarm: Alarm, *, request_id: str = "", min_replicas: int = 0) -> Receipt:
        """Hand in one alarm; see `Client.report`."""
        return self.call(
            lambda client: client.report(alarm, request_id=request_id, min_replicas=min_replicas)
        )

    def cluster(self) -> ClusterStatus:
        """Return who is master, which replicas there are, and how they are."""
        return self.call(lambda client: client.cluster())

    def call(self, make: Callable[[Client], Coroutine[Any, Any, T]]) -> T:
        """Return what a call of `Client` returns: `client.call(lambda client: client.silences())`.

        Raises what that call raises.
        """
        running = self._started()
        return run_in(running.loop, make(running.client))

    def _started(self) -> _Running:
        with self._lock:
            if self._running is None or self._running.process != os.getpid():
                self._running = _Running(self._make)
            return self._running


class _Running:
    """A thread with a loop and a client in it, of the process that made it."""

    def __init__(self, make: Callable[[], Client]) -> None:
        self.process = os.getpid()
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="alarminati-client", daemon=True)
        self._thread.start()
        self.client = run_in(self.loop, _made(make))

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()
        self.loop.close()

    def end(self) -> None:
        run_in(self.loop, self._finish())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()

    async def _finish(self) -> None:
        await self.client.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


async def _made(make: Callable[[], Client]) -> Client:
    return make()
