"""Reporters that wait for a second copy: who is answered when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from alarminati.core.intray import Waiter
from alarminati.core.link import Link
from alarminati.core.reception import Receipt, TooFewReplicas


@dataclass(frozen=True, slots=True)
class Answer:
    """Effect: the alarms of this ticket are safe."""

    ticket: int
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Refuse:
    """Effect: tell the reporter of this ticket why not."""

    ticket: int
    error: Exception


class Receipts:
    """Everything that is on our disk and whose reporter still waits."""

    def __init__(self, copy: float) -> None:
        self._copy = copy
        self._waiting: list[Waiter] = []

    def add(self, now: float, waiter: Waiter) -> None:
        """The waiter's entries are on our disk."""
        waiter.deadline = now + self._copy
        self._waiting.append(waiter)

    def find(self, request_id: str) -> Waiter | None:
        """The waiter of that request, if it still waits."""
        return next((w for w in self._waiting if w.request_id == request_id), None)

    def settle(self, now: float, links: Iterable[Link], alone: bool) -> list[Answer | Refuse]:
        """Who can be answered now, given what is on the disks at the links' other ends?"""
        if not self._waiting:
            return []
        copies = list(links)
        out: list[Answer | Refuse] = []
        still: list[Waiter] = []
        for waiter in self._waiting:
            origin, sequence = waiter.ids[-1]
            replicas = 1 + sum(link.holds(origin, sequence) for link in copies)
            if replicas >= max(waiter.min_replicas, 1 if alone else 2) or now >= waiter.deadline:
                out += self._answer(waiter, replicas)
            else:
                still.append(waiter)
        self._waiting = still
        return out

    @staticmethod
    def _answer(waiter: Waiter, replicas: int) -> list[Answer | Refuse]:
        receipt = Receipt(waiter.ids, replicas)
        if replicas < waiter.min_replicas:
            error = TooFewReplicas(receipt, waiter.min_replicas)
            return [Refuse(ticket, error) for ticket in waiter.tickets]
        return [Answer(ticket, receipt) for ticket in waiter.tickets]

    @property
    def next_deadline(self) -> float | None:
        """When the first waiter's patience ends."""
        return min((waiter.deadline for waiter in self._waiting), default=None)
