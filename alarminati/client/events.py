"""What a subscription tells: records of the journal, and how the stream fares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from alarminati.core.model.entries import Action, Alarm, Body, EntryId


@dataclass(frozen=True, slots=True)
class Record:
    """One entry of the journal."""

    id: EntryId
    """Unique for ever; of an alarm it is the id that reporting it returned."""
    body: Body
    """What happened."""
    project: str
    """Of an alarm: its project, the cluster's own included. Otherwise empty."""
    received: int
    """Grows by the order of arrival; hand the last one handled to `subscribe(after=...)`. With a
    cache it stays the same across restarts, without one it counts from 1. Zero outside streams."""
    at: int
    """Milliseconds since 1970 UTC: when the cluster stored it. On streams and in caches that is not
    known of alarms, and it is when they arrived here; see `Alarm.timestamp`."""
    fingerprint: str
    """Identity of the alarm that was reported or acted on: 16 hexadecimal digits. Empty: none, or
    several, which the body names."""


def streamed(id: EntryId, body: Body, own_project: str, received: int, at: int) -> Record:
    """A record as streams and caches have it: the alarm's project may be left out in the body."""
    project = (body.project or own_project) if isinstance(body, Alarm) else ""
    return Record(id, body, project, received, at, identity(body))


def identity(body: Body) -> str:
    """The one alarm that a body reports or acts on; empty when there is none, or more."""
    match body:
        case Alarm():
            return body.fingerprint()
        case Action(fingerprints=(fingerprint,)):
            return fingerprint
    return ""


@dataclass(frozen=True, slots=True)
class Connected:
    """An agent answered; records follow."""

    address: str
    """Which, host:port."""
    cluster: str
    """Name of its cluster."""
    project: str
    """The cluster's own project."""
    replica: str
    """Name of the agent."""


@dataclass(frozen=True, slots=True)
class Reconnecting:
    """The stream broke, and goes on elsewhere or here in `wait` seconds. Nothing is lost."""

    address: str
    """Who was lost, host:port."""
    problem: str
    """One sentence."""
    wait: float
    """Seconds until the next try."""
    reason: str = ""
    """As `Unreachable.reason`; SILENT: nothing was heard for too long."""


@dataclass(frozen=True, slots=True)
class CacheShared:
    """Another process of this machine follows the agent; records come from the cache it keeps."""


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """All that was kept when the stream began has been told. Once for each connection."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Retention has cut away what was never told here. Comes before the records after it."""

    missed: int
    """How many records at the most."""


Event: TypeAlias = Record | Connected | Reconnecting | CacheShared | CaughtUp | Gap
