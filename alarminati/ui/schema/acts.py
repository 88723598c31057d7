"""Acts of a person: on alarms, and silences."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct, field

from alarminati.ui.schema.alarms import AlarmRow
from alarminati.ui.schema.common import AlarmKey, Error, Tab, Text

ActKind: TypeAlias = Literal[
    "ack", "unack", "note", "assign", "resolve", "done", "undone", "snooze", "unsnooze", "seen"
]


class Selection(Struct):
    """All alarms that fit a search, as shown in the list."""

    tab: Tab = "todo"
    q: str = ""
    clusters: list[str] = field(default_factory=list)


class ActRequest(Struct):
    """Do something to alarms. The same `id` again returns the first answer."""

    id: str
    """Made by the caller, 1 to 64 characters."""
    kind: ActKind
    targets: list[AlarmKey] = field(default_factory=list)
    """At most 1000."""
    selection: Selection | None = None
    """Instead of targets."""
    comment: str = ""
    assignee: str = ""
    until_ms: int = 0
    """Of snooze."""


class TargetResult(Struct, frozen=True):
    """Result for one alarm."""

    cluster: str
    fingerprint: str
    state: Literal["ok", "sending", "queued", "refused", "cancelled"]
    error: Error | None = None


class ActResult(Struct):
    """Results of an act. Those that are sent or queued come by the event `act` later."""

    id: str
    kind: ActKind
    time_ms: int
    results: list[TargetResult]
    """The first 1000; `count` says how many there are."""
    count: int
    undo_until_ms: int = 0
    """DELETE /api/acts/{id} takes it back until then; 0: it cannot be taken back."""


class ActList(Struct):
    """Acts that are not through, oldest first."""

    acts: list[ActResult]


class SilenceSuggestion(Struct, frozen=True):
    """A matcher made of the selection."""

    name: str
    value: str
    on: bool
    values: int
    """Distinct values in the selection; over 1: it cannot be switched on."""


class PreviewRequest(Struct):
    """Ask which alarms a silence would keep back."""

    targets: list[AlarmKey] = field(default_factory=list)
    selection: Selection | None = None
    matchers: list[str] | None = None
    """As in Alertmanager, such as `env="prod"`; null: made of the targets."""
    clusters: list[str] = field(default_factory=list)
    """Empty: those of the targets."""


class PreviewCluster(Struct):
    """Preview for one cluster."""

    cluster: str
    count: int
    """Firing alarms that the matchers fit."""
    selected: int
    others: list[AlarmRow]
    """At most 10 that were not selected."""
    confirmed: bool
    """Counted by the cluster itself, not only in the history here."""
    error: Error | None = None


class SilencePreview(Struct):
    """Preview over all clusters involved."""

    suggestions: list[SilenceSuggestion]
    matchers: list[str]
    selected: int
    count: int
    clusters: list[PreviewCluster]


class SilenceRequest(Struct):
    """Create one silence in each cluster named."""

    id: str
    """Made by the caller; the same again creates no second silence."""
    clusters: list[str]
    matchers: list[str]
    end_ms: int
    comment: str
    start_ms: int = 0
    """0: now."""


class SilenceChange(Struct):
    """Change a silence; 0 and empty leave as it is."""

    end_ms: int = 0
    comment: str = ""


class SilenceResult(Struct):
    """Result for each cluster; `fingerprint` of a result is the id of the silence."""

    id: str
    results: list[TargetResult]


class Silence(Struct):
    """A silence."""

    cluster: str
    id: str
    matchers: list[str]
    start_ms: int
    end_ms: int
    by: str
    comment: str
    state: Literal["pending", "active", "expired"]
    matched: int
    """Firing alarms that it keeps back now."""
    mine: bool = False
    recurring: Text | None = None


class SilenceList(Struct):
    """Silences of all clusters: active, coming, and ended within seven days."""

    silences: list[Silence]
    stale: list[str]
    """Clusters whose silences are told from the history, since they do not answer."""
