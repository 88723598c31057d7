"""Ingest: the call by which every door (gRPC, HTTP, health checks) hands in alarms.

Doors validate (`validation`), then call `Ingest.accept`; they map the errors below to their own
statuses. There is no other way to hand in alarms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Protocol

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.model.entries import Alarm, EntryId, RequestKey


@dataclass(frozen=True, slots=True)
class Receipt:
    """The alarms are safe: on disk on `replicas` replicas when this was made."""

    ids: tuple[EntryId, ...]
    replicas: int
    refused: FiringLimit | None = None  # alarms of the call that were not accepted, and why


class ReportEffect(Enum):
    """Change made by a report. The values are those of the proto enum."""

    STARTED = 1
    REPEATED = 2
    RESOLVED = 3
    NOT_FIRING = 4


def effect(book: AlarmBook, alarm: Alarm, id: EntryId) -> ReportEffect:
    """Return the change made by the stored report with that id; equal for every call."""
    state = book.find(alarm.fingerprint())
    episodes = state.episodes() if state else []
    if alarm.resolved:
        ended = any(each.close is not None and each.close.id == id for each in episodes)
        return ReportEffect.RESOLVED if ended else ReportEffect.NOT_FIRING
    began = any(each.first.id == id for each in episodes)
    return ReportEffect.STARTED if began else ReportEffect.REPEATED


def as_severe(book: AlarmBook, alarm: Alarm) -> Alarm:
    """Give a resolving report the severity of its alarm: reporters mostly give none."""
    state = book.find(alarm.fingerprint()) if alarm.resolved else None
    if state is None or not state.firing or state.peak.severity is alarm.severity:
        return alarm
    return replace(alarm, severity=state.peak.severity)


class NotTaken(Exception):
    """Base of errors: no alarm was accepted."""


class NotAccepted(NotTaken):
    """No alarm was accepted; the whole call may be made again."""


class Overloaded(NotAccepted):
    """Too many reports wait; try again in `retry_after` seconds."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(f"too many alarms are waiting; try again in {retry_after:g} s")
        self.retry_after = retry_after


class FiringLimit(NotAccepted):
    """No further alarms may fire: those at `places` were not accepted, the others were.

    Alarms that fire already and resolving reports are always accepted. Try again in `retry_after`
    seconds.
    """

    def __init__(self, places: Sequence[int], why: str) -> None:
        some = "1 alarm that is" if len(places) == 1 else f"{len(places)} alarms that are"
        super().__init__(f"{some} new could not be taken: {why}")
        self.places = tuple(places)
        self.why = why
        self.retry_after = 60.0


class StorageFull(NotAccepted):
    """The disk is full; try again in `retry_after` seconds, since room is noticed by itself."""

    def __init__(self, retry_after: float = 5.0) -> None:
        super().__init__("the journal's disk is full; make room and try again")
        self.retry_after = retry_after


class Stalled(NotAccepted):
    """The disk does not answer; the alarms may be stored or not. Try another replica."""

    def __init__(self, retry_after: float = 5.0) -> None:
        super().__init__("the journal's disk of this replica does not answer; ask another")
        self.retry_after = retry_after


class Stopping(NotAccepted):
    """This replica is stopping; try another."""

    def __init__(self) -> None:
        super().__init__("this replica is stopping; ask another")


class RequestIdReused(NotTaken):
    """No alarm was accepted: this caller used the same request id for another content.

    Trying again will not help; another id will.
    """

    def __init__(self, id: str) -> None:
        super().__init__(
            f"request id {id!r} was used for something else before; use each for one request only"
        )


class TooFewReplicas(Exception):
    """The alarms are stored, but not on as many replicas in time as the reporter asked for."""

    def __init__(self, receipt: Receipt, wanted: int) -> None:
        super().__init__(
            f"kept on {receipt.replicas} replica(s), {wanted} were asked for; it travels on"
        )
        self.receipt = receipt
        self.wanted = wanted


class Ingest(Protocol):
    """Acceptance of alarms by one replica."""

    async def accept(
        self, alarms: Sequence[Alarm], *, request: RequestKey | None = None, min_replicas: int = 0
    ) -> Receipt:
        """Return once the alarms are on disk here and, if one is reachable within 1 s, on one
        more.

        A repeated `request` returns the first ids again, with the number of copies by now. Where
        no further alarms may fire, the rest is accepted, and `refused` names the others;
        FiringLimit is raised when there is no rest. Raises children of NotAccepted,
        RequestIdReused and TooFewReplicas.
        """
        ...

    async def confirm(self, ids: Sequence[EntryId], *, min_replicas: int = 0) -> Receipt:
        """Return like `accept` for entries that are on disk here already. Raises TooFewReplicas."""
        ...
