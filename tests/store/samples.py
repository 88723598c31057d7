"""Entries to store, and a store that is closed whatever happens."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from pathlib import Path

from alarminati.agent.store import Store
from alarminati.agent.store.retention import truncate
from alarminati.core.model.entries import Alarm, Body, Entry, EntryId, Severity
from alarminati.wire import codec

OTHER = "0ther123"
START = 1_758_166_920_000  # 2025-09-18T12:42:00+09:00, milliseconds


def alarm(number: int, message: str = "[WS-API] Health check failed") -> Alarm:
    """One of many."""
    return Alarm(f"{message} {number}", Severity.CRITICAL, START + number, source="grpc")


def entry(origin: str, sequence: int, body: Body | None = None, at: int | None = None) -> Entry:
    """An entry as its origin would make it, stamped `at` milliseconds after START."""
    body = body or alarm(sequence)
    stamp = (START + (sequence if at is None else at)) << 16
    return Entry(origin, sequence, stamp, body, codec.encode(body))


def entries(origin: str, first: int, last: int) -> list[Entry]:
    """From one sequence to another."""
    return [entry(origin, sequence) for sequence in range(first, last + 1)]


@asynccontextmanager
async def opened(folder: Path, reserve: int = 0) -> AsyncIterator[Store]:
    """A store on `folder`, closed at the end."""
    store = Store.open(folder, reserve=reserve)
    try:
        yield store
    finally:
        await store.close()


def everything(store: Store) -> list[Entry]:
    """What is kept, in store order."""
    return [entry for chunk in store.load() for entry in chunk]


async def forget(
    store: Store,
    *,
    keep_after: int = 0,
    max_entries: int = 10**9,
    alive: Collection[EntryId] = frozenset(),
) -> int:
    """Truncate, keeping `alive`."""
    return await truncate(
        store, keep_after=keep_after, max_entries=max_entries, alive=alive.__contains__
    )
