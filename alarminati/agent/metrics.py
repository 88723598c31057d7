"""Figures for Prometheus.

Counting is adding to plain numbers (`Counters`); prometheus-client (40 ms, 2.4 MB) is loaded when
/metrics is first asked for, and turns the numbers into text then. No figure carries a secret:
labels are names from the configuration and words of ours.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from alarminati.core.model.entries import DeliveryCause, Result, Severity
from alarminati.core.monitors.heartbeats import State
from alarminati.core.monitors.journal_copy import CopyStanding
from alarminati.core.monitors.queue_intake import QueueStanding

if TYPE_CHECKING:
    from prometheus_client.core import HistogramMetricFamily, Metric

BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0)
"""Upper bounds in seconds: the goal is 2.5 ms; 1 s is how long a second copy is awaited."""

# Words of the series, by the numbers of the proto enums.
RESULTS: Final = ("", "delivered", "retry", "failed")
CAUSES: Final = (
    *("", "unreachable", "rate_limited", "quota_exceeded", "misconfigured", "rejected"),
    *("expired", "channel_removed"),
)
HEARTBEATS: Final = tuple(state.value for state in State)
USUAL: Final = (
    ("delivered", ""),
    *(("retry", cause) for cause in CAUSES[1:5]),
    ("failed", "rejected"),
)
"""What attempts come to: each series of a channel is there from the start, at 0, for `rate()` does
not see the step from nothing to 1."""


class Durations:
    """A histogram of seconds."""

    __slots__ = ("counts", "sum")

    def __init__(self) -> None:
        self.counts = [0] * (len(BUCKETS) + 1)
        self.sum = 0.0

    def add(self, seconds: float) -> None:
        """One more."""
        self.counts[bisect_left(BUCKETS, seconds)] += 1
        self.sum += seconds

    def cumulative(self) -> list[tuple[str, float]]:
        """Bound and how many were at most that."""
        total = 0
        found: list[tuple[str, float]] = []
        for bound, count in zip((*map(str, BUCKETS), "+Inf"), self.counts, strict=True):
            total += count
            found.append((bound, total))
        return found


@dataclass(slots=True)
class Counters:
    """What was counted since the agent started."""

    alarms: Counter[str] = field(default_factory=Counter)  # by source
    refusals: Counter[tuple[str, str]] = field(default_factory=Counter)  # by source and reason
    # By channel, result and cause.
    deliveries: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    last_deliveries: dict[str, float] = field(default_factory=dict)  # by channel, since 1970 UTC
    keepalives: Counter[str] = field(default_factory=Counter)  # by direction
    master_changes: int = 0
    requests: dict[str, Durations] = field(default_factory=dict)  # by route
    sends: dict[str, Durations] = field(default_factory=dict)  # by channel

    def accepted(self, source: str, count: int) -> None:
        """So many alarms are safe."""
        self.alarms[source] += count

    def refused(self, source: str, reason: str) -> None:
        """A request was not taken."""
        self.refusals[source, reason] += 1

    def answered(self, route: str, seconds: float) -> None:
        """A request was answered."""
        if route not in self.requests:
            self.requests[route] = Durations()
        self.requests[route].add(seconds)

    def attempted(
        self, channel: str, result: Result, cause: DeliveryCause, seconds: float, now: float
    ) -> None:
        """An attempt to send ended at `now` (since 1970 UTC)."""
        self.deliveries[channel, RESULTS[result], CAUSES[cause]] += 1
        if result is Result.DELIVERED:
            self.last_deliveries[channel] = now
        if channel not in self.sends:
            self.sends[channel] = Durations()
        self.sends[channel].add(seconds)

    def keepalive(self, direction: str) -> None:
        """A sign of life went out ("sent") or came in ("received")."""
        self.keepalives[direction] += 1


@dataclass(frozen=True, slots=True)
class CertificateStatus:
    """How its certificate stands. Times are seconds since 1970 UTC; 0: not known."""

    reload_ok: bool
    expiration: float
    authority_expiration: float


@dataclass(frozen=True, slots=True)
class ConfigStatus:
    """How the configuration stands."""

    reload_ok: bool  # what the files say is in use
    restart_required: bool  # but for keys that a running agent cannot follow
    loaded: float = 0.0  # when it was last read and found good, since 1970 UTC; 0: not yet
    problem: str = ""  # why the files cannot be used


@dataclass(frozen=True, slots=True)
class AgentStatus:
    """How the replica stands at the moment of a scrape."""

    version: str
    master: bool
    epoch: int
    connected: bool  # it is the master, or has a path to it
    peers: int  # other replicas that are connected
    entries: int  # kept in the journal
    journal_bytes: int  # on disk
    subscribers: int
    channels: tuple[str, ...] = ()  # those there are: what they have none of is 0, not absent
    pending: Mapping[str, int] = field(default_factory=dict)  # notices not settled, by channel
    dead: Mapping[str, int] = field(default_factory=dict)  # dead letters, by channel
    certificate: CertificateStatus | None = None  # None: no TLS
    config: ConfigStatus | None = None  # None: nobody watches its files
    firing: Mapping[Severity, int] = field(default_factory=dict)  # alarms, at their worst
    firing_limit: int = 0
    firing_bytes: int = 0  # that they take in memory
    unreachable: int = 0  # other replicas that should be there and are not reached
    forgotten: int = 0  # dead letters that had to go for newer ones
    silences: int = 0  # in force
    heartbeats: Mapping[str, int] = field(default_factory=dict)  # by state
    waiting: Mapping[str, int] = field(default_factory=dict)  # alarms that wait, by channel
    incomplete: bool = False  # damage took something from the journal that is not back
    queues: Mapping[str, QueueStanding] = field(default_factory=dict)  # of the master, by name
    # By name of a copy of the journal: its state, and how many entries it lacks.
    copies: Mapping[str, tuple[CopyStanding, int]] = field(default_factory=dict)


class Metrics:
    """Makes the text of /metrics."""

    def __init__(self, tally: Counters, standing: Callable[[], AgentStatus]) -> None:
        self._tally = tally
        self._standing = standing
        self._make: Callable[[], bytes] | None = None

    def __call__(self) -> tuple[bytes, str]:
        """The text and its content type."""
        from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4  # every version reads it

        if self._make is None:
            self._make = _maker(lambda: families(self._tally, self._standing()))
        return self._make(), CONTENT_TYPE_PLAIN_0_0_4


def _maker(collect: Callable[[], Iterator[Metric]]) -> Callable[[], bytes]:
    from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
    from prometheus_client.registry import Collector

    class Figures(Collector):
        def collect(self) -> Iterator[Metric]:
            return collect()

    registry = CollectorRegistry()
    registry.register(Figures())
    ProcessCollector(registry=registry)  # CPU, memory and open files of the process
    return lambda: generate_latest(registry)


def families(tally: Counters, standing: AgentStatus) -> Iterator[Metric]:
    """Everything that is exported, with what it means."""
    yield from _counters(tally, standing)
    yield from _gauges(standing)
    yield from _queues(standing)
    yield _gauge(
        "copy_connected",
        "1 when a copy of the journal is connected; only the master writes to copies",
        "copy",
        {name: each.connected for name, (each, _) in standing.copies.items()},
    )
    yield _gauge(
        "copy_lag_entries",
        "Entries of the journal that a copy lacks",
        "copy",
        {name: behind for name, (_, behind) in standing.copies.items()},
    )
    yield from _channels(tally, standing)
    yield _histogram(
        "alarminati_http_request_duration_seconds",
        "From a request that is there in whole to its answer",
        "route",
        tally.requests,
    )
    yield _histogram(
        "alarminati_delivery_duration_seconds",
        "From the first byte of a send to the answer understood",
        "channel",
        tally.sends,
    )


def _counters(tally: Counters, standing: AgentStatus) -> Iterator[Metric]:
    yield _counter(
        "alarms_accepted",
        "Alarm reports that are safe, by door",
        ("source",),
        [((source,), count) for source, count in tally.alarms.items()],
    )
    yield _counter(
        "requests_refused",
        "Requests of which no alarm was taken, by door and reason",
        ("source", "reason"),
        tally.refusals.items(),
    )
    attempts = {(channel, *each): 0 for channel in standing.channels for each in USUAL}
    attempts |= tally.deliveries
    yield _counter(
        "delivery_attempts",
        "Attempts to send a notification, by what came of it (delivered, retry, failed) and why",
        ("channel", "result", "cause"),
        attempts.items(),
    )
    yield _counter(
        "keepalives",
        "Signs of life on links between replicas, by direction",
        ("direction",),
        [((way,), tally.keepalives[way]) for way in ("received", "sent")],
    )
    changes = [((), tally.master_changes)]
    yield _counter("master_changes", "Times another replica became master here", (), changes)
    yield _counter(
        "dead_letters_forgotten",
        "Dead letters that had to go for newer ones since the start",
        (),
        [((), standing.forgotten)],
    )


def _counter(
    name: str, meaning: str, labels: tuple[str, ...], counts: Iterable[tuple[tuple[str, ...], int]]
) -> Metric:
    from prometheus_client.core import CounterMetricFamily

    family = CounterMetricFamily(f"alarminati_{name}", meaning, labels=labels)
    for values, count in sorted(counts):
        family.add_metric(values, count)
    return family


def _gauge(name: str, meaning: str, label: str, figures: Mapping[str, float]) -> Metric:
    from prometheus_client.core import GaugeMetricFamily

    family = GaugeMetricFamily(f"alarminati_{name}", meaning, labels=[label])
    for value, figure in sorted(figures.items()):
        family.add_metric([value], figure)
    return family


def _channels(tally: Counters, standing: AgentStatus) -> Iterator[Metric]:
    """What is known of each channel."""
    none = dict.fromkeys(standing.channels, 0)
    yield _gauge(
        "notifications_pending",
        "Notifications without a final result",
        "channel",
        {**none, **standing.pending},
    )
    yield _gauge(
        "dead_letters",
        "Notifications that the channel will never take",
        "channel",
        {**none, **standing.dead},
    )
    yield _gauge(
        "channel_waiting_alarms",
        "Alarms that wait for a channel; only the master knows of more than notifications name",
        "channel",
        standing.waiting,
    )
    yield _gauge(
        "channel_last_delivery_timestamp_seconds",
        "When this replica last delivered something there, seconds since 1970 UTC",
        "channel",
        tally.last_deliveries,
    )


def _queues(standing: AgentStatus) -> Iterator[Metric]:
    """Yield the figures of the queues that the master takes from."""
    queues = standing.queues
    yield _gauge(
        "queue_connected",
        "1 when the queue is connected; only the master takes from queues",
        "queue",
        {name: each.connected for name, each in queues.items()},
    )
    yield _gauge(
        "queue_lag_messages",
        "Messages that wait in the queue or are not acknowledged",
        "queue",
        {name: each.pending for name, each in queues.items() if each.pending is not None},
    )
    yield _gauge(
        "queue_oldest_timestamp_seconds",
        "Time when the oldest message was published that was taken last; 0: none waits",
        "queue",
        {name: each.oldest / 1000 for name, each in queues.items()},
    )
    yield _counter(
        "queue_messages",
        "Messages taken from the queue: accepted, or dead because nobody understands them",
        ("queue", "result"),
        [
            count
            for name, each in queues.items()
            for count in (((name, "accepted"), each.accepted), ((name, "dead"), each.dead))
        ],
    )


def _gauges(standing: AgentStatus) -> Iterator[Metric]:
    from prometheus_client.core import GaugeMetricFamily

    yield _gauge("build_info", "Always 1; the version", "version", {standing.version: 1})
    firing = {each.name: standing.firing.get(each, 0) for each in Severity}
    yield _gauge(
        "alarms_firing", "Alarms that fire, by the worst they were since", "severity", firing
    )
    beats = {state: standing.heartbeats.get(state, 0) for state in HEARTBEATS}
    yield _gauge("heartbeats", "Jobs that must be heard of, by their state", "state", beats)
    figures: list[tuple[str, str, float]] = [
        ("master", "1 when this replica is the master, the one that delivers", standing.master),
        ("election_epoch", "Grows with every election", standing.epoch),
        (
            "connected_to_master",
            "1 when this replica is the master or has a path to it",
            standing.connected,
        ),
        ("peers_connected", "Other replicas that are connected", standing.peers),
        (
            "peers_unreachable",
            "Replicas that the configuration or discovery names and that are not reached",
            standing.unreachable,
        ),
        ("journal_entries", "Entries kept", standing.entries),
        ("journal_bytes", "Size of the journal on disk", standing.journal_bytes),
        (
            "journal_incomplete",
            "1 while what damage took from the journal has not come back from other replicas",
            standing.incomplete,
        ),
        ("alarms_firing_limit", "How many may; what is new is refused then", standing.firing_limit),
        ("alarms_firing_bytes", "Memory that those take", standing.firing_bytes),
        ("silences_active", "Silences in force", standing.silences),
        ("subscribers", "Followers that are connected", standing.subscribers),
    ]
    if standing.config is not None:
        figures += _config(standing.config)
    if standing.certificate is not None:
        figures += _certificate(standing.certificate)
    for name, meaning, figure in figures:
        yield GaugeMetricFamily(f"alarminati_{name}", meaning, value=float(figure))


def _config(standing: ConfigStatus) -> list[tuple[str, str, float]]:
    figures: list[tuple[str, str, float]] = [
        (
            "config_last_reload_successful",
            "0 when the configuration as it is now is refused and an older one is in use",
            standing.reload_ok,
        ),
        (
            "config_restart_required",
            "1 when the configuration has changes that only a restart brings into use",
            standing.restart_required,
        ),
    ]
    if standing.loaded:
        figures.append(
            (
                "config_last_reload_success_timestamp_seconds",
                "When the configuration was last read and found good, seconds since 1970 UTC",
                standing.loaded,
            )
        )
    return figures


def _certificate(standing: CertificateStatus) -> list[tuple[str, str, float]]:
    ends = [
        ("certificate", "When the certificate in use expires", standing.expiration),
        ("authority", "When the authority that issued it expires", standing.authority_expiration),
    ]
    return [
        (
            "certificate_last_reload_successful",
            "0 when the certificate files cannot be used and older ones are kept in use",
            standing.reload_ok,
        ),
        *(
            (f"{name}_expiration_timestamp_seconds", f"{meaning}, seconds since 1970 UTC", end)
            for name, meaning, end in ends
            if end
        ),
    ]


def _histogram(
    name: str, meaning: str, label: str, figures: dict[str, Durations]
) -> HistogramMetricFamily:
    from prometheus_client.core import HistogramMetricFamily

    family = HistogramMetricFamily(name, meaning, labels=[label])
    for value, durations in sorted(figures.items()):
        family.add_metric([value], durations.cumulative(), durations.sum)
    return family
