"""The front desk: what handing in alarms means to every door (gRPC, HTTP, checks).

Doors validate (`intake`), then call `Ingest.accept`; they map the errors below to their own
statuses. Nothing else takes alarms in.
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
    refused: FiringLimit | None = None  # what was not taken of it, and why


class ReportEffect(Enum):
    """What a report changed. The values are those of the proto enum."""

    STARTED = 1
    REPEATED = 2
    RESOLVED = 3
    NOT_FIRING = 4


def effect(book: AlarmBook, alarm: Alarm, id: EntryId) -> ReportEffect:
    """What the stored report with that id changed; the same when it is asked again."""
    state = book.find(alarm.fingerprint())
    episodes = state.episodes() if state else []
    if alarm.resolved:
        ended = any(each.close is not None and each.close.id == id for each in episodes)
        return ReportEffect.RESOLVED if ended else ReportEffect.NOT_FIRING
    began = any(each.first.id == id for each in episodes)
    return ReportEffect.STARTED if began else ReportEffect.REPEATED


def as_severe(book: AlarmBook, alarm: Alarm) -> Alarm:
    """An end has the severity of what ends, whatever it says: reporters mostly say none."""
    state = book.find(alarm.fingerprint()) if alarm.resolved else None
    if state is None or not state.firing or state.peak.severity is alarm.severity:
        return alarm
    return replace(alarm, severity=state.peak.severity)


class NotTaken(Exception):
    """Nothing was taken."""


class NotAccepted(NotTaken):
    """Nothing was taken; the whole call may be made again."""


class Overloaded(NotAccepted):
    """Too much waits already; come back in `retry_after` seconds."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(f"too many alarms are waiting; try again in {retry_after:g} s")
        self.retry_after = retry_after


class FiringLimit(NotAccepted):
    """No more alarms may fire: `places` of those handed in were not taken, the others were.

    What fires already and what is over is always taken. Come back in `retry_after` seconds.
    """

    def __init__(self, places: Sequence[int], why: str) -> None:
        some = "1 alarm that is" if len(places) == 1 else f"{len(places)} alarms that are"
        super().__init__(f"{some} new could not be taken: {why}")
        self.places = tuple(places)
        self.why = why
        self.retry_after = 60.0


class StorageFull(NotAccepted):
    """The disk is full; it goes on by itself when there is room. Come back in `retry_after` s."""

    def __init__(self, retry_after: float = 5.0) -> None:
        super().__init__("the journal's disk is full; make room and try again")
        self.retry_after = retry_after


class Stalled(NotAccepted):
    """The disk does not answer; what was handed in may be kept or not. Ask another replica."""

    def __init__(self, retry_after: float = 5.0) -> None:
        super().__init__("the journal's disk of this replica does not answer; ask another")
        self.retry_after = retry_after


class Stopping(NotAccepted):
    """This replica is stopping; ask another."""

    def __init__(self) -> None:
        super().__init__("this replica is stopping; ask another")


class RequestIdReused(NotTaken):
    """Nothing was taken: this caller had another content taken under the same request id.

    Asking again will not help; under another id it will.
    """

    def __init__(self, id: str) -> None:
        super().__init__(
            f"request id {id!r} was used for something else before; use each for one request only"
        )


class TooFewReplicas(Exception):
    """Taken and kept, but not on as many replicas in time as the reporter asked for."""

    def __init__(self, receipt: Receipt, wanted: int) -> None:
        super().__init__(
            f"kept on {receipt.replicas} replica(s), {wanted} were asked for; it travels on"
        )
        self.receipt = receipt
        self.wanted = wanted


class Ingest(Protocol):
    """Takes alarms in."""

    async def accept(
        self, alarms: Sequence[Alarm], *, request: RequestKey | None = None, min_replicas: int = 0
    ) -> Receipt:
        """Return once the alarms are on disk here and, if one is reachable within 1 s, on one more.

        A `request` taken before returns the first ids again, with the copies there are by now.
        Where no more may fire, the rest is taken, and `refused` says so; FiringLimit is raised when
        there is no rest. Raises children of NotAccepted, RequestIdReused and TooFewReplicas.
        """
        ...

    async def confirm(self, ids: Sequence[EntryId], *, min_replicas: int = 0) -> Receipt:
        """Return like `accept` for what is on disk here already. Raises TooFewReplicas."""
        ...
