"""A queue in memory, with the manners of a real one: what is not acknowledged comes again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from alarminati.queues.port import Backlog, Message, QueueLost


class MemoryQueue:
    """One queue; drivers of several agents may share it."""

    def __init__(self) -> None:
        self.waiting: list[Message] = []
        self.taken: dict[str, Message] = {}  # delivered and not acknowledged
        self.acked: list[str] = []
        self.buried: list[tuple[str, str]] = []
        self.asked_again: list[tuple[str, float]] = []
        self.held = 0
        self.lost = ""  # a sentence: it cannot be reached
        self.removed = 0  # messages that retention removed unseen
        self.burying = True
        self.opened = 0
        self.fail_ack = 0  # acknowledgements that are lost on the way
        self._news = asyncio.Event()

    def put(self, *bodies: bytes, time: int = 0) -> None:
        """Publish messages."""
        for body in bodies:
            number = len(self.waiting) + len(self.taken) + len(self.acked) + len(self.buried)
            self.waiting.append(Message(str(number), body, time))
        self._news.set()

    def release(self) -> None:
        """Deliver again what is not acknowledged, as after a time or a lost connection."""
        self.waiting[:0] = sorted(self.taken.values(), key=lambda each: int(each.id))
        self.taken.clear()
        self._news.set()

    def _reach(self) -> None:
        if self.lost:
            raise QueueLost(self.lost)

    async def open(self) -> None:
        self._reach()
        self.opened += 1
        self.release()

    async def fetch(self, most: int, patience: float) -> Sequence[Message]:
        while not self.waiting:
            self._reach()
            self._news.clear()
            await self._news.wait()
        self._reach()
        found, self.waiting = self.waiting[:most], self.waiting[most:]
        self.taken |= {message.id: message for message in found}
        return found

    async def ack(self, messages: Sequence[Message]) -> None:
        self._reach()
        if self.fail_ack:
            self.fail_ack -= 1
            raise QueueLost("the connection broke before the acknowledgement")
        for message in messages:
            if self.taken.pop(message.id, None) is not None:
                self.acked.append(message.id)

    async def again(self, messages: Sequence[Message], delay: float) -> None:
        self._reach()
        for message in messages:
            self.asked_again.append((message.id, delay))

    async def hold(self, messages: Sequence[Message]) -> None:
        self.held += 1

    async def bury(self, message: Message, reason: str) -> bool:
        if self.burying:
            self.buried.append((message.id, reason))
        return self.burying

    async def backlog(self) -> Backlog:
        lost, self.removed = self.removed, 0
        return Backlog(len(self.waiting) + len(self.taken), lost)

    async def close(self) -> None:
        pass
