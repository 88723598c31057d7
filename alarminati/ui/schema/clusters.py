"""Clusters, companies, joining, diagnosis."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field

from alarminati.ui.schema.common import ClusterState, Error, SeverityCounts, Text


class ClusterChip(Struct):
    """A cluster in the strip."""

    id: str
    """Name of the cluster in this API; stays the same for ever."""
    name: str
    project: str
    company: str
    """Id of the company; empty: none was made."""
    mark: str
    """Two letters."""
    tint: int
    """Colour, 0 to 7."""
    environment: Literal["", "PROD", "STG", "DEV"]
    state: ClusterState
    heard_ms: int
    """Last sign of life; 0: never."""
    missed: int
    """Keepalives missed in a row."""
    silent_ms: int
    """Since when it is silent; 0: it is not."""
    firing: SeverityCounts
    todo: int
    me: str
    """Name in the certificate."""
    role: Literal["viewer", "operator", "reporter", ""]
    problem: Text | None = None


class ClusterReplica(Struct, frozen=True):
    """An agent as the cluster sees it."""

    name: str
    role: Literal["master", "standby", "unknown"]
    connected: bool
    address: str = ""


class Check(Struct, frozen=True):
    """A health check and its last looks, oldest first, at most 50."""

    name: str
    looks: list[Literal["ok", "slow", "failed", "unheard"]]


class Traffic(Struct, frozen=True):
    """Bytes between this computer and the cluster."""

    today_bytes: int = 0
    forecast_bytes: int = 0
    """Today's at midnight, at this pace."""
    budget_bytes: int = 0
    """A day; 0: none set."""
    days30_bytes: int = 0
    days30_won: float = 0.0
    keepalive_share: float = 0.0
    """Part of keepalives, 0 to 1."""


class Cluster(Struct):
    """A cluster in full. What only the cluster knows is as of `asked_ms`."""

    chip: ClusterChip
    agents: list[str]
    """host:port."""
    profile: str
    paused: bool
    keepalive_seconds: int
    """Interval of the sign of life; 0: saving, the app asks every 200 s."""
    certificate_end_ms: int
    records: int
    """In the history here."""
    oldest_ms: int
    store_bytes: int
    traffic: Traffic
    looks: list[Literal["ok", "late", "silent", "offline"]]
    """Last 50 intervals of the connection, oldest first."""
    gaps: int
    """Records that were never received, all gaps together."""
    asked_ms: int = 0
    master: str = ""
    version: str = ""
    replicas: list[ClusterReplica] = field(default_factory=list)
    unreachable: list[Text] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    journal_entries: int = 0
    journal_bytes: int = 0
    pending: int = 0
    dead_letters: int = 0
    health: str = ""


class Company(Struct):
    """An employer or customer: clusters that are looked at, archived and deleted together."""

    id: str
    name: str
    clusters: list[str]
    records: int = 0
    bytes: int = 0
    archived_ms: int = 0
    """Since when it is read-only; 0: it is not."""
    retention_days: int = 0
    """Records older than that are deleted; 0: kept until their owner deletes them."""


class ClusterList(Struct):
    """All clusters and companies."""

    clusters: list[Cluster]
    companies: list[Company]


class ClusterChange(Struct):
    """Change how a cluster is followed and shown; null leaves as it is."""

    company: str | None = None
    mark: str | None = None
    tint: int | None = None
    environment: Literal["", "PROD", "STG", "DEV"] | None = None
    keepalive_seconds: int | None = None
    budget_bytes: int | None = None
    paused: bool | None = None


class CompanyChange(Struct):
    """Create or change a company; null leaves as it is."""

    name: str | None = None
    clusters: list[str] | None = None
    archived: bool | None = None
    retention_days: int | None = None


class Finding(Struct, frozen=True):
    """One thing that the diagnosis looked at."""

    grade: Literal["ok", "warning", "error"]
    code: str
    text: Text
    hint: Text | None = None


class Diagnosis(Struct):
    """Diagnosis of one cluster."""

    cluster: str
    time_ms: int
    sentence: Text
    findings: list[Finding]


class JoinRequest(Struct):
    """Redeem an invitation."""

    invitation: str
    """The line as it was sent; other text around it is skipped."""
    company: str = ""


class JoinStep(Struct):
    """One line of the answer to POST /api/join, which is application/x-ndjson."""

    step: Literal["read", "reached", "key", "certificate", "records"]
    state: Literal["now", "done", "failed"]
    text: Text
    cluster: str = ""
    """Set once it is known."""
    records: int = 0
    bytes: int = 0
    error: Error | None = None


class DemoStatus(Struct):
    """The demo's own agents on this computer."""

    running: bool
    clusters: list[str] = field(default_factory=list)
    problem: Text | None = None
