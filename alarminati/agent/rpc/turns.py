"""Turns: who looks through all there is holds up nobody else.

A look at 200,000 alarms is a second of work. It is written as a generator that yields every few
milliseconds. Of one name one call is at work at a time, and names take turns, a slice each: so who
asks a hundred times at once waits for himself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Iterable, Iterator
from time import perf_counter
from typing import Any, Final, TypeVar

import grpc

from alarminati.agent.rpc import authorization
from alarminati.core.bounded.call_slots import CallSlots
from alarminati.wire.reasons import ErrorReason
from alarminati.wire.status import Problem, abort, refusal

MOST: Final = 64  # calls of one name at once
BREATH: Final = 0.005  # seconds of work after which others have their turn
ROOM: Final = 3 * 2**20  # bytes of an answer; at 4 MiB gRPC ends the call

_Found = TypeVar("_Found")
_Item = TypeVar("_Item")
_Context = grpc.aio.ServicerContext[Any, Any]


class Turns:
    """Of all callers of one service."""

    def __init__(self, most: int = MOST) -> None:
        self._slots = CallSlots(most)
        self._own: dict[str, asyncio.Lock] = {}
        self._slice = asyncio.Lock()

    async def do(self, work: Generator[None, None, _Found], context: _Context) -> _Found:
        """What the work comes to. Ends the call when its caller has too many under way."""
        who = str(authorization.caller())
        if not self._slots.enter(who):
            await abort(context, _busy(who, self._slots.most))
        own = self._own.setdefault(who, asyncio.Lock())
        try:
            async with own:
                return await self._through(work)
        finally:
            self._slots.leave(who)
            if not own.locked():
                self._own.pop(who, None)

    async def _through(self, work: Generator[None, None, _Found]) -> _Found:
        while True:
            async with self._slice:
                try:
                    next(work)
                except StopIteration as done:
                    found: _Found = done.value
                    return found
            await asyncio.sleep(0)


def breathing(items: Iterable[_Item]) -> Iterator[tuple[_Item, bool]]:
    """Each item, and whether it is time to yield before it."""
    start = perf_counter()
    for item in items:
        late = perf_counter() - start > BREATH
        yield item, late
        if late:
            start = perf_counter()


def _busy(who: str, most: int) -> Problem:
    sentence = f"{who} has {most} such calls under way; wait for their answers"
    return refusal(ErrorReason.LIMIT_REACHED, sentence)
