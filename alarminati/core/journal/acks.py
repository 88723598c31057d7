"""Acknowledgement of reports that wait for a second replica."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from alarminati.core.journal.ingest import FiringLimit, Receipt, TooFewReplicas
from alarminati.core.journal.replication import Link
from alarminati.core.model.entries import EntryId


@dataclass(frozen=True, slots=True)
class Ack:
    """Effect: acknowledge the alarms of this ticket."""

    ticket: int
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Reject:
    """Effect: refuse the ticket's report, with the reason."""

    ticket: int
    error: Exception


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A reporter whose alarms are on our disk."""

    ticket: int
    ids: tuple[EntryId, ...]
    # last entry of each origin: a replica that has it has them all
    ends: tuple[tuple[str, int], ...]
    refused: FiringLimit | None
    min_replicas: int
    deadline: float


class AckTracker:
    """Reports that are on our disk and not acknowledged yet."""

    def __init__(self, copy: float) -> None:
        self._copy = copy
        self._waiting: list[_Waiting] = []

    def add(
        self,
        now: float,
        tickets: Mapping[int, int],
        ids: tuple[EntryId, ...],
        refused: FiringLimit | None = None,
    ) -> None:
        """Add entries on our disk; `tickets` say how many replicas each reporter asked for."""
        deadline, lasts = now + self._copy, dict[str, int]()
        for origin, sequence in ids:
            lasts[origin] = max(sequence, lasts.get(origin, 0))
        ends = tuple(sorted(lasts.items()))
        self._waiting += [
            _Waiting(ticket, ids, ends, refused, min_replicas, deadline)
            for ticket, min_replicas in tickets.items()
        ]

    def settle(self, now: float, links: Iterable[Link], alone: bool) -> list[Ack | Reject]:
        """Return the reports to acknowledge now, given the disks at the links' other ends."""
        if not self._waiting:
            return []
        copies = list(links)
        out: list[Ack | Reject] = []
        still: list[_Waiting] = []
        for waiting in self._waiting:
            replicas = 1 + sum(
                all(link.holds(origin, sequence) for origin, sequence in waiting.ends)
                for link in copies
            )
            enough = replicas >= max(waiting.min_replicas, 1 if alone else 2)
            if enough or now >= waiting.deadline:
                out.append(_answer(waiting, replicas))
            else:
                still.append(waiting)
        self._waiting = still
        return out

    @property
    def next_deadline(self) -> float | None:
        """Return when the first waiting report times out."""
        return min((waiting.deadline for waiting in self._waiting), default=None)


def _answer(waiting: _Waiting, replicas: int) -> Ack | Reject:
    receipt = Receipt(waiting.ids, replicas, waiting.refused)
    if replicas < waiting.min_replicas:
        return Reject(waiting.ticket, TooFewReplicas(receipt, waiting.min_replicas))
    return Ack(waiting.ticket, receipt)
