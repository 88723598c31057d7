"""Port of a message queue: the little that intake asks of every one of them.

A driver keeps nothing that must survive: the queue holds messages until they are acknowledged, and
delivers them again otherwise. Drivers are imported when a configuration names them, since each
needs a library that agents without queues do not install.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from alarminati.core.model.entries import Entry


class QueueLost(Exception):
    """The queue cannot be reached or refuses us: one sentence without secrets."""


class DriverMissing(Exception):
    """The library of a queue is not installed: one sentence that says how to install it."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `id` is the queue's own identity of it, the same at every delivery."""

    id: str
    body: bytes = field(repr=False)
    time: int = 0  # milliseconds since 1970 when it was published; 0: not known
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)  # names in lower case
    handle: Any = field(default=None, repr=False, compare=False)  # what the driver acknowledges
    source: str = ""  # of a relay: the source whose webhook it is
    path: str = ""  # of a relay: the path behind the token


@dataclass(frozen=True, slots=True)
class Backlog:
    """Messages that wait in the queue for us."""

    pending: int | None = None  # None: the queue does not say
    lost: int = 0  # messages that retention removed before we came, since the last look
    used: float = 0.0  # part of the room of a relay that is in use


class Queue(Protocol):
    """One queue. Every method raises QueueLost, and gives up in bounded time."""

    async def open(self) -> None:
        """Connect, and create the subscription or consumer group if it is absent."""
        ...

    async def fetch(self, most: int, patience: float) -> Sequence[Message]:
        """Return up to `most` messages; none after `patience` seconds without one."""
        ...

    async def ack(self, messages: Sequence[Message]) -> None:
        """Acknowledge messages: they are never delivered again."""
        ...

    async def again(self, messages: Sequence[Message], delay: float) -> None:
        """Ask for another delivery of messages in `delay` seconds, or later."""
        ...

    async def hold(self, messages: Sequence[Message]) -> None:
        """Extend the time until messages that are still worked on are delivered again."""
        ...

    async def bury(self, message: Message, reason: str) -> bool:
        """Move a message to the dead letter queue; False where none is configured."""
        ...

    async def backlog(self) -> Backlog:
        """Return what waits."""
        ...

    async def close(self) -> None:
        """Close the connection; unacknowledged messages are delivered to somebody else."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """Last message of an origin in a copy of the journal."""

    last: int  # sequence of its last entry
    message: int  # number of the message in the stream


class JournalStore(Protocol):
    """A copy of the journal. Every method raises QueueLost, and gives up in bounded time."""

    places: dict[str, Place]  # by origin
    damaged: int  # messages that were read and are not sound

    async def open(self) -> None:
        """Connect, create the store if it is absent, and learn how far each origin goes."""
        ...

    def read(self) -> AsyncIterator[tuple[Entry, ...]]:
        """Yield all batches in the order in which they were stored, each of one origin."""
        ...

    async def publish(self, entries: Sequence[Entry]) -> None:
        """Append entries of one origin, in their order."""
        ...

    async def check(self) -> None:
        """Raise QueueLost when the store is not the one that was opened, or goes less far."""
        ...

    async def close(self) -> None:
        """Close the connection."""
        ...
