"""Start of a subscription: what counts as seen before the first record is sent.

Reading happens in slices, so that a long journal holds up nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from alarminati.agent.store import Store
from alarminati.core.model.entries import Body
from alarminati.core.model.hlc import milliseconds
from alarminati.core.model.validation import Invalid
from alarminati.v1 import subscription_pb2 as pb
from alarminati.wire import cursor as cursors

NEWEST = 10_000  # records that a subscription may start with
SLICE = 200  # entries read in a row
HEADERS = 1000  # of entries, read in a row
STRANGE = 64  # origins of a cursor that nobody here has heard of: they may be made up


@dataclass(frozen=True, slots=True)
class Start:
    """Where a subscription begins."""

    position: dict[str, int] = field(default_factory=dict)
    """What the reader has seen, or does not want: by origin, up to this sequence."""
    floors: Mapping[str, int] = field(default_factory=dict)
    """Gaps below are not the reader's."""
    since: int = 0
    """Entries with an earlier time are not sent; milliseconds since 1970 UTC."""


Seek: TypeAlias = Generator[None, None, Start]
"""Reads a slice at each step, and returns the start."""


def start_of(
    store: Store, request: pb.SubscribeRequest, passes: Callable[[Body | None], bool]
) -> Start | Seek:
    """Return the start that a request asks for, or how to find it. Raises Invalid."""
    if request.cursor:
        return Start(_believed(_position(request.cursor), store.cursor()))
    match request.WhichOneof("start"):
        case "newest":
            if not 1 <= request.newest <= NEWEST:
                raise Invalid("newest", f"is {request.newest}; send 1 to {NEWEST}")
            return _newest(store, request.newest, passes)
        case "since_time":
            return _since(store, request.since_time.ToMilliseconds())
        case "from_now" if request.from_now:
            return Start(store.cursor())
        case _:
            return Start(floors=store.floors())


def _newest(store: Store, count: int, passes: Callable[[Body | None], bool]) -> Seek:
    """Go back until so many records pass."""
    position, place = store.cursor(), store.position + 1
    while count and (found := store.before(place, SLICE)):
        for stored in found:
            place, entry = stored.position, stored.entry
            position[entry.origin] = entry.sequence - 1
            count -= passes(entry.body)
            if not count:
                break
        yield
    return Start(position, store.floors())


def _since(store: Store, since: int) -> Seek:
    """Go on to the first entry of that time. Older ones may follow it: they came late."""
    position: dict[str, int] = {}
    place = 0
    while found := store.headers(place, HEADERS):
        for place, id, stamp in found:  # noqa: B007 - the next slice goes on from there
            if milliseconds(stamp) >= since:
                return Start(position, store.floors(), since)
            position[id.origin] = id.sequence
        yield
    return Start(position, store.floors(), since)


def _believed(position: dict[str, int], known: Mapping[str, int]) -> dict[str, int]:
    """The position less origins that are not known, beyond some: every answer repeats them all."""
    strange = sorted(origin for origin in position if origin not in known)
    for origin in strange[STRANGE:]:
        del position[origin]
    return position


def _position(cursor: bytes) -> dict[str, int]:
    try:
        return cursors.decode(cursor)
    except cursors.BadCursor as error:
        raise Invalid("cursor", str(error)) from error
