"""Summary, and the events of GET /api/events (text/event-stream).

Every event has `id:` with `seq`, `event:` with the name in lower case and `data:` with the JSON.
Give the last id as `Last-Event-ID` or `?after=`; what is not known any more is told as `reset`.
A comment line comes every 15 s.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field

from alarminati.ui.schema.acts import ActResult
from alarminati.ui.schema.alarms import AlarmRow, Group
from alarminati.ui.schema.clusters import ClusterChip
from alarminati.ui.schema.common import AlarmKey, SeverityCounts, TabCounts


class Storm(Struct):
    """Too many alarms to read one by one."""

    start_ms: int
    end_ms: int
    """0: it goes on."""
    total: int
    severities: SeverityCounts
    groups: list[Group]
    """The largest three."""
    total_groups: int
    first: AlarmRow
    rate: list[int]
    """New alarms in each of the last 12 minutes, oldest first."""
    peak: int
    """Most in a minute."""
    peak_ms: int


class Summary(Struct):
    """Everything that is on the screen whatever page is open."""

    seq: int
    build: str
    version: str
    time_ms: int
    """Clock of the app, to be compared with the page's."""
    tabs: TabCounts
    severities: SeverityCounts
    clusters: list[ClusterChip]
    """Silent ones first."""
    offline_ms: int
    """Since when this computer has no network; 0: it has."""
    resumed_ms: int
    """When it woke from sleep; 0: not within five minutes."""
    resumed_records: int
    """Records that came since then."""
    queue: int
    """Acts that wait for a cluster."""
    last_alarm_ms: int
    """Newest begin of an alarm anywhere."""
    today_bytes: int
    budget_bytes: int
    storm: Storm | None = None
    language: Literal["", "ko", "en"] = ""


class Hello(Struct):
    """`hello`: the first event of every connection."""

    seq: int
    build: str
    time_ms: int


class Changed(Struct):
    """`changed`: alarms are different now; at most four a second."""

    seq: int
    tabs: TabCounts
    severities: SeverityCounts
    ids: list[AlarmKey]
    """At most 100."""
    more: int
    """Further alarms that changed."""
    began: int
    """Of all, alarms that began to fire."""
    notify: list[AlarmRow] = field(default_factory=list)
    """New alarms that the settings say to notify of, at most 3; worst first."""
    notify_count: int = 0
    storm: Storm | None = None


class ClusterChanged(Struct):
    """`cluster`: the state of a cluster, or of the network of this computer, is another."""

    seq: int
    chip: ClusterChip
    offline_ms: int
    notify: bool = False
    """It fell silent, or came back."""
    records: int = 0
    """Records that came after a silence."""
    silence_ms: int = 0
    """Length of the silence that is over."""


class ActChanged(Struct):
    """`act`: results of an act that was sent or queued."""

    seq: int
    act: ActResult


class Reset(Struct):
    """`reset`: what came between is not known; ask for everything again."""

    seq: int
    reason: Literal["restart", "behind", "settings", "import"]
