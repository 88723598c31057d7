"""Figures for Prometheus.

Counting is adding to plain numbers (`Counters`); prometheus-client (40 ms, 2.4 MB) is loaded when
/metrics is first asked for, and turns the numbers into text then. No figure carries a secret:
labels are names from the configuration and words of ours.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from prometheus_client.core import HistogramMetricFamily, Metric

BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0)
"""Upper bounds in seconds: the goal is 2.5 ms; 1 s is how long a second copy is awaited."""


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
    deliveries: Counter[tuple[str, str]] = field(default_factory=Counter)  # by channel and result
    beats: Counter[str] = field(default_factory=Counter)  # by direction
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

    def delivered(self, channel: str, result: str, seconds: float) -> None:
        """An attempt to send ended: "delivered", "retry" or "dead"."""
        self.deliveries[channel, result] += 1
        if channel not in self.sends:
            self.sends[channel] = Durations()
        self.sends[channel].add(seconds)

    def beat(self, direction: str) -> None:
        """A sign of life went out ("sent") or came in ("received")."""
        self.beats[direction] += 1


@dataclass(frozen=True, slots=True)
class CertificateStatus:
    """How its certificate stands. Times are seconds since 1970 UTC; 0: not known."""

    reload_ok: bool
    ends: float
    authority_ends: float


@dataclass(frozen=True, slots=True)
class ConfigStatus:
    """How the configuration stands."""

    reload_ok: bool  # what the files say is in use
    restart_needed: bool  # but for keys that a running agent cannot follow


@dataclass(frozen=True, slots=True)
class AgentStatus:
    """How the replica stands at the moment of a scrape."""

    version: str
    master: bool
    epoch: int
    linked: bool  # it is the master, or has a path to it
    peers: int  # other replicas that are connected
    entries: int  # kept in the journal
    journal_bytes: int  # on disk
    pending: int  # notices without a final outcome
    dead: int  # notices no channel will ever take
    subscribers: int
    certificate: CertificateStatus | None = None  # None: no TLS
    config: ConfigStatus | None = None  # None: nobody watches its files
    firing: int = 0  # alarms
    firing_limit: int = 0
    firing_bytes: int = 0  # that they take in memory
    unreachable: int = 0  # other replicas that should be there and are not reached
    forgotten: int = 0  # dead letters that had to go for newer ones
    waiting: Mapping[str, int] = field(default_factory=dict)  # alarms that wait, by channel
    incomplete: bool = False  # damage took something from the journal that is not back


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
    yield from _counters(tally)
    yield from _gauges(standing)
    yield _histogram(
        "alarminati_request_duration_seconds",
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


def _counters(tally: Counters) -> Iterator[Metric]:
    from prometheus_client.core import CounterMetricFamily

    alarms = CounterMetricFamily(
        "alarminati_alarms_accepted", "Alarm reports that are safe, by door", labels=["source"]
    )
    for source, count in sorted(tally.alarms.items()):
        alarms.add_metric([source], count)
    yield alarms
    refusals = CounterMetricFamily(
        "alarminati_requests_refused",
        "Requests of which no alarm was taken, by door and reason",
        labels=["source", "reason"],
    )
    for refusal, count in sorted(tally.refusals.items()):
        refusals.add_metric(refusal, count)
    yield refusals
    deliveries = CounterMetricFamily(
        "alarminati_delivery_attempts",
        "Attempts to send a notice, by channel and what came of it (delivered, retry, dead)",
        labels=["channel", "result"],
    )
    for delivery, count in sorted(tally.deliveries.items()):
        deliveries.add_metric(delivery, count)
    yield deliveries
    beats = CounterMetricFamily(
        "alarminati_beats", "Signs of life on links, by direction", labels=["direction"]
    )
    for direction, count in sorted(tally.beats.items()):
        beats.add_metric([direction], count)
    yield beats


def _gauges(standing: AgentStatus) -> Iterator[Metric]:
    from prometheus_client.core import GaugeMetricFamily

    info = GaugeMetricFamily("alarminati_build_info", "Always 1; the version", labels=["version"])
    info.add_metric([standing.version], 1)
    yield info
    figures: list[tuple[str, str, float]] = [
        ("master", "1 when this replica is the master, the one that delivers", standing.master),
        ("epoch", "Grows with every election", standing.epoch),
        ("linked", "1 when this replica is the master or has a path to it", standing.linked),
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
        ("outbox_pending", "Notices without a final outcome", standing.pending),
        ("outbox_dead", "Notices that no channel will ever take", standing.dead),
        ("alarms_firing", "Alarms that fire", standing.firing),
        ("alarms_firing_limit", "How many may; what is new is refused then", standing.firing_limit),
        ("alarms_firing_bytes", "Memory that those take", standing.firing_bytes),
        (
            "outbox_dead_forgotten",
            "Dead letters that had to go for newer ones since the start",
            standing.forgotten,
        ),
        ("subscribers", "Followers that are connected", standing.subscribers),
    ]
    waiting = GaugeMetricFamily(
        "alarminati_channel_waiting_alarms",
        "Alarms that wait for a channel; only the master knows of more than notices name",
        labels=["channel"],
    )
    for channel, count in sorted(standing.waiting.items()):
        waiting.add_metric([channel], count)
    yield waiting
    if standing.config is not None:
        figures += _config(standing.config)
    if standing.certificate is not None:
        figures += _certificate(standing.certificate)
    for name, meaning, figure in figures:
        yield GaugeMetricFamily(f"alarminati_{name}", meaning, value=float(figure))


def _config(standing: ConfigStatus) -> list[tuple[str, str, float]]:
    return [
        (
            "config_reload_ok",
            "0 when the configuration as it is now is refused and an older one is in use",
            standing.reload_ok,
        ),
        (
            "config_restart_needed",
            "1 when the configuration has changes that only a restart brings into use",
            standing.restart_needed,
        ),
    ]


def _certificate(standing: CertificateStatus) -> list[tuple[str, str, float]]:
    return [
        (
            "certificate_reload_ok",
            "0 when the certificate files cannot be used and older ones are kept in use",
            standing.reload_ok,
        ),
        (
            "certificate_end_timestamp_seconds",
            "When the certificate in use ends, seconds since 1970 UTC",
            standing.ends,
        ),
        (
            "authority_end_timestamp_seconds",
            "When the authority that issued it ends, seconds since 1970 UTC; 0: not known",
            standing.authority_ends,
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
