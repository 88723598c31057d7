"""Fakes for the tests of the edge."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence

from alarminati.core.journal.ingest import FiringLimit, Receipt
from alarminati.core.model.entries import Alarm, EntryId, RequestKey


class FakeReception:
    """Keeps alarms in a list, or raises what it is told to."""

    def __init__(self) -> None:
        self.alarms: list[Alarm] = []
        self.calls: list[tuple[int, str, int]] = []  # alarms, request id, min_replicas
        self.confirmed: list[tuple[tuple[EntryId, ...], int]] = []
        self.keys: list[RequestKey | None] = []
        self.refused: FiringLimit | None = None
        self.error: Exception | None = None
        self.error_after: tuple[int, Exception] | None = None  # so many calls
        self.gate: asyncio.Event | None = None  # when set: wait for it
        self.waiting = asyncio.Event()  # set when a call waits

    async def accept(
        self, alarms: Sequence[Alarm], *, request: RequestKey | None = None, min_replicas: int = 0
    ) -> Receipt:
        self.calls.append((len(alarms), request.id if request else "", min_replicas))
        self.keys.append(request)
        if self.gate is not None:
            self.waiting.set()
            await self.gate.wait()
        if self.error is not None:
            raise self.error
        if self.error_after is not None and len(self.calls) > self.error_after[0]:
            raise self.error_after[1]
        first = len(self.alarms) + 1
        self.alarms += alarms
        ids = tuple(EntryId("origin00", first + place) for place in range(len(alarms)))
        return Receipt(ids, 2, self.refused)

    async def confirm(self, ids: Sequence[EntryId], *, min_replicas: int = 0) -> Receipt:
        self.confirmed.append((tuple(ids), min_replicas))
        if self.error is not None:
            raise self.error
        return Receipt(tuple(ids), 2)


class FakeWitness:
    """Counts."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def accepted(self, source: str, count: int) -> None:
        self.counts[f"accepted {source}"] += count

    def refused(self, source: str, reason: str) -> None:
        self.counts[f"refused {source} {reason}"] += 1

    def answered(self, route: str, seconds: float) -> None:
        assert seconds >= 0
        self.counts[f"answered {route}"] += 1
