"""The keys of the configuration, what they mean, and which of them fit together.

Descriptions are the help texts of the flags. Relations between keys are checked on construction.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from msgspec import Meta, Struct, field

from alarminati.config.copies import CopyConfig
from alarminati.config.edge import Anonymous, SourceConfig
from alarminati.config.heartbeats import HeartbeatConfig
from alarminati.config.hours import TimeInterval
from alarminati.config.mapping import check_words
from alarminati.config.names import (
    check_known,
    check_name,
    check_plain_name,
    check_unique,
    check_url,
)
from alarminati.config.quantities import Address, Duration, Size
from alarminati.config.queues import QueueConfig
from alarminati.config.routing import (
    ROUTES_LIMIT,
    Flapping,
    Inhibition,
    Route,
    check_timeouts,
    matchers_of,
)
from alarminati.config.secret import Secret
from alarminati.core.model.entries import Severity
from alarminati.core.model.validation import ALARM_SIZE, PROJECT_LIMIT, Invalid, parse_severity
from alarminati.core.monitors.heartbeats import Heartbeat
from alarminati.core.monitors.targets import GOOD, Target, read_statuses
from alarminati.core.routing.policy import Policy
from alarminati.core.routing.routes import ChannelConditions
from alarminati.wire.sealing import BadKey, Seal

FILES = {"ca": "ca.crt", "cert": "tls.crt", "key": "tls.key"}
"""Names in a folder that `alarminati pki issue` made."""
_HEADER = re.compile(r"[A-Za-z0-9-]{1,64}", re.ASCII)
CHANNEL_KEYS = (
    *("name", "type", "match", "min_severity"),
    *("fallback", "fallback_after", "test_interval", "resolved"),
)
"""What every channel has; the other keys are those of its type."""
ROUTING_KEYS = (
    *("project", "channels", "route", "time_intervals", "inhibit_rules"),
    *("flapping", "resolve_timeouts"),
)  # what says where alarms go


class Listen(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where the agent is reached. Port 0 takes any free one."""

    grpc: Annotated[Address, Meta(description="gRPC: alarms, followers, the mesh")] = Address(
        "0.0.0.0", 7443
    )
    http: Annotated[
        Address | None, Meta(description="webhooks and POST /v1/alarms; off for none")
    ] = Address("0.0.0.0", 8080)
    health: Annotated[
        Address | None, Meta(description="plain /livez, /readyz, /metrics, /h; off for none")
    ] = Address("0.0.0.0", 8081)


class Discovery(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How other replicas are found. Peers are asked as well whatever the mode."""

    mode: Annotated[
        Literal["static", "zeroconf", "dns", "none"],
        Meta(description="how replicas find each other; default: as peers or service say"),
    ] = "none"
    peers: Annotated[tuple[Address, ...], Meta(description="addresses of other replicas")] = ()
    service: Annotated[
        Address | None, Meta(description="headless service whose DNS names the replicas")
    ] = None

    def __post_init__(self) -> None:
        if self.mode == "static" and not self.peers:
            raise ValueError("mode is static but peers is empty; list HOST:PORT of other replicas")
        if self.mode == "dns" and self.service is None:
            raise ValueError("mode is dns but service is missing; give HOST:PORT to look up")
        if self.mode == "none" and (self.peers or self.service):
            raise ValueError("mode is none but peers or service are given; use static or dns")
        if self.service is not None and self.mode != "dns":
            raise ValueError(f"service is given but mode is {self.mode}; use mode: dns")
        for peer in self.peers:
            if not peer.port:
                raise ValueError(f"peers has {peer}; port 0 cannot be reached")
            if peer.is_wildcard:
                raise ValueError(f"peers has {peer}, which names no machine; write its address")


class Tls(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Certificates for mutual TLS; a folder stands for the three files in it."""

    mode: Annotated[
        Literal["mutual", "insecure"],
        Meta(description="insecure: no TLS at all, allowed on loopback only"),
    ] = "mutual"
    ca: Annotated[Path | None, Meta(description="certificate of the authority (PEM)")] = None
    cert: Annotated[Path | None, Meta(description="certificate of this replica (PEM)")] = None
    key: Annotated[Path | None, Meta(description="private key of this replica (PEM)")] = None
    ca_key: Annotated[
        Path | None,
        Meta(description="private key of the authority (PEM), for `alarminati invite`; see docs"),
    ] = None

    def __post_init__(self) -> None:
        given = [name for name in FILES if getattr(self, name) is not None]
        if self.insecure and self.ca_key is not None:
            given.append("ca_key")
        if self.insecure and given:
            raise ValueError(f"mode is insecure but {given[0]} is given; remove one of them")
        if not self.insecure and len(given) < len(FILES):
            missing = ", ".join(name for name in FILES if name not in given)
            raise ValueError(
                f"{missing} missing; give ca, cert and key, or one folder that has them, or"
                " mode: insecure to try it on this machine alone"
            )

    @property
    def insecure(self) -> bool:
        """True: plain text, on loopback."""
        return self.mode == "insecure"

    @property
    def files(self) -> tuple[Path, Path, Path] | None:
        """Paths of authority, certificate and key; None when insecure."""
        if self.ca is None or self.cert is None or self.key is None:
            return None
        return self.ca, self.cert, self.key


class ChannelConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Somewhere alarms are delivered."""

    name: str  # unique
    type: str  # a key of channels.table.TYPES
    match: tuple[str, ...] | str = ()  # alarms that meet all of these are told, without a route
    min_severity: str = ""  # alarms of this severity or worse are, likewise
    fallback: str = ""  # the channel that is told, too, what this one does not take
    fallback_after: Duration = Duration(300)  # of not taking it; at once when it never will
    test_interval: Duration = Duration(0)  # between messages that test it; 0: never
    resolved: bool = True  # whether it is told that alarms are over
    settings: dict[str, Any] = {}  # the other keys, for the channel's own Settings to check
    # Every text among them is a Secret already, wherever it came from.

    def __post_init__(self) -> None:
        check_name(self.name)
        if not 1 <= self.fallback_after <= 86400:
            raise ValueError(f"fallback_after ({self.fallback_after}) must lie between 1s and 1d")
        if self.test_interval and not 60 <= self.test_interval <= 30 * 86400:
            raise ValueError(
                f"test_interval ({self.test_interval}) must be 0 or lie between 1m and 30d"
            )
        self.conditions()

    def conditions(self, registered: bool = False) -> ChannelConditions:
        """Return which alarms the channel asks for itself. Raises ValueError."""
        matchers = matchers_of("match", self.match)
        try:
            least = parse_severity(self.min_severity) if self.min_severity else None
        except Invalid as error:
            raise ValueError(f"min_severity {error.problem}") from None
        return ChannelConditions(matchers, least, registered)

    @property
    def has_conditions(self) -> bool:
        """Return whether the channel asks for alarms itself, so that it needs no route."""
        return bool(self.match or self.min_severity)


class CheckConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An address that ought to answer."""

    name: str
    url: str
    interval: Duration = Duration(15)
    timeout: Duration = Duration(5)
    success_threshold: Annotated[int, Meta(ge=1, le=100)] = 2  # good answers end its alarm
    failure_threshold: Annotated[int, Meta(ge=1, le=100)] = 3  # bad ones in a row are an alarm
    method: Literal["GET", "HEAD", "POST", "PUT", "OPTIONS"] = "GET"
    headers: dict[str, Secret] = {}
    status: tuple[int | str, ...] = ()  # 200, 2xx, 200-299; default: 200-399
    contains: str = ""  # text of the body; of a dns: address, one that the name must have
    ca: Secret | None = None  # certificates in PEM, or the file that holds them
    certificate_days: Annotated[int, Meta(ge=0, le=365)] = 0  # for which the certificate must hold
    severity: str = "CRITICAL"
    labels: dict[str, str] = {}

    def __post_init__(self) -> None:
        check_name(self.name)
        check_url(self.url)
        read_statuses(self.status)
        for name, value in self.headers.items():
            if not _HEADER.fullmatch(name) or not value.reveal().isprintable():
                raise ValueError(f"headers has {name[:80]!r}; one line of text each was expected")
        if not urlsplit(self.url).scheme.startswith("http"):
            self._check_other()
        if self.interval < 1:
            raise ValueError(f"interval ({self.interval}) must be at least 1s")
        if not 0 < self.timeout <= self.interval:
            raise ValueError(
                f"timeout ({self.timeout}) must lie above 0 and not exceed interval"
                f" ({self.interval})"
            )
        try:
            parse_severity(self.severity)
        except Invalid as error:
            raise ValueError(f"severity {error.problem}") from None

    def _check_other(self) -> None:
        given = [key for key in ("headers", "status") if getattr(self, key)]
        given += ["method"] if self.method != "GET" else []
        if given:
            raise ValueError(f"{given[0]} is for http and https only; remove it")

    def target(self) -> Target:
        """What is asked, and what is well."""
        return Target(
            self.url,
            self.method,
            tuple((name, value.reveal()) for name, value in self.headers.items()),
            read_statuses(self.status) or GOOD,
            self.contains,
            self.ca.reveal() if self.ca else "",
            self.certificate_days,
        )

    @property
    def level(self) -> Severity:
        """The severity of its alarms."""
        return parse_severity(self.severity)


class Retention(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How much history is kept. What is still alive is kept beyond both."""

    max_age: Annotated[Duration, Meta(description="how old entries may become")] = Duration(
        30 * 86400
    )
    max_entries: Annotated[int, Meta(ge=1000, description="how many entries are kept")] = 200_000

    def __post_init__(self) -> None:
        if self.max_age < 3600:
            raise ValueError(
                f"max_age ({self.max_age}) must be at least 1h; followers resume from it"
            )


class Limits(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Bounds beyond which reporters are told to come back later."""

    pending_alarms: Annotated[
        int, Meta(ge=1, description="alarms that wait for the disk at once, and as many KiB")
    ] = 20_000
    firing_alarms: Annotated[
        int, Meta(ge=100, le=10_000_000, description="alarms that may fire at once")
    ] = 200_000
    alarm_size: Annotated[Size, Meta(description="all texts of one alarm, at most 64KiB")] = Size(
        ALARM_SIZE
    )
    subscribers: Annotated[int, Meta(ge=1, description="followers at once")] = 1000
    connections: Annotated[int, Meta(ge=1, description="HTTP connections at once")] = 1000
    connections_per_address: Annotated[
        int, Meta(ge=1, description="of these, for one address other than this machine's own")
    ] = 250
    body_size: Annotated[Size, Meta(description="one HTTP body")] = Size(4 * 2**20)
    total_body_size: Annotated[Size, Meta(description="all HTTP bodies being read, together")] = (
        Size(32 * 2**20)
    )

    def __post_init__(self) -> None:
        if not 16 * 1024 <= self.alarm_size <= ALARM_SIZE:
            raise ValueError(f"alarm_size ({self.alarm_size}) must be 16KiB to 64KiB")
        if not 1024 <= self.body_size <= self.total_body_size:
            raise ValueError(
                f"body_size ({self.body_size}) must be at least 1KiB and not exceed"
                f" total_body_size ({self.total_body_size})"
            )


class Log(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the agent writes to standard error."""

    level: Annotated[
        Literal["debug", "info", "warning", "error"], Meta(description="how much is logged")
    ] = "info"
    format: Annotated[Literal["text", "json"], Meta(description="one line each, text or JSON")] = (
        "text"
    )


class AgentConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All of it."""

    project: Annotated[str, Meta(description="what your team calls the product")] = "default"
    cluster: Annotated[str, Meta(description="name of this mesh of replicas")] = "default"
    name: Annotated[str, Meta(description="name of this replica alone; default: the host name")]
    data: Annotated[Path, Meta(description="folder of the journal")]
    listen: Listen = Listen()
    advertise: Annotated[
        Address | None, Meta(description="where other replicas reach this one, when not found out")
    ] = None
    discovery: Discovery = Discovery()
    tls: Tls
    cluster_key: Annotated[
        tuple[Secret, ...],
        Meta(
            description="seals what operators register, the same on all replicas; default:"
            " cluster.key beside tls.key. The first seals, all open; file:PATH or env:NAME"
        ),
    ] = ()
    channels: Annotated[tuple[ChannelConfig, ...], Meta(description="where alarms are sent")] = ()
    route: Route = Route()
    time_intervals: Annotated[
        tuple[TimeInterval, ...], Meta(description="times of the week and year, by name")
    ] = ()
    inhibit_rules: Annotated[
        tuple[Inhibition, ...], Meta(description="which alarms keep which others quiet")
    ] = ()
    flapping: Flapping = Flapping()
    resolve_timeouts: dict[str, Duration] = field(
        default_factory=lambda: {"prometheus": Duration(900)}
    )  # by source: not reported again for so long, it is over
    checks: Annotated[tuple[CheckConfig, ...], Meta(description="addresses to watch")] = ()
    heartbeats: Annotated[
        tuple[HeartbeatConfig, ...], Meta(description="jobs that must be heard of")
    ] = ()
    http: Anonymous = Anonymous()
    sources: Annotated[
        tuple[SourceConfig, ...], Meta(description="who may report by HTTP, by token or signature")
    ] = ()
    severity_words: dict[str, str] = {}  # words of teams and tools: {p1: CRITICAL}
    queues: Annotated[
        tuple[QueueConfig, ...], Meta(description="message queues that alarms are taken from")
    ] = ()
    copies: Annotated[
        tuple[CopyConfig, ...], Meta(description="copies of the journal outside the replicas")
    ] = ()
    priority: Annotated[
        int, Meta(ge=0, le=1000, description="the highest one that is up becomes master")
    ] = 0
    seed: Annotated[
        str, Meta(description="shuffles who becomes master; the same on all replicas")
    ] = ""
    keepalive_interval: Annotated[
        Duration, Meta(description="time between signs of life of the replicas")
    ] = Duration(15)
    retention: Retention = Retention()
    limits: Limits = Limits()
    log: Log = Log()

    def __post_init__(self) -> None:
        if not self.project or len(self.project) > PROJECT_LIMIT or not self.project.isprintable():
            raise ValueError(f"project must be 1 to {PROJECT_LIMIT} printable characters")
        check_plain_name(self.cluster, "cluster")
        check_plain_name(self.name)
        if not 1 <= self.keepalive_interval <= 300:
            raise ValueError(
                f"keepalive_interval ({self.keepalive_interval}) must lie between 1s and 5m"
            )
        check_unique("channels", [channel.name for channel in self.channels])
        check_unique("checks", [check.name for check in self.checks])
        check_unique("heartbeats", [heartbeat.name for heartbeat in self.heartbeats])
        check_unique("sources", [source.name for source in self.sources])
        check_unique("copies", [copy.name for copy in self.copies])
        check_unique("queues", [queue.name for queue in self.queues])
        check_unique("time_intervals", [interval.name for interval in self.time_intervals])
        self._check_route()
        self._check_fallbacks()
        check_timeouts(self.resolve_timeouts)
        check_words(self.severity_words)
        try:
            self.seal()
        except BadKey as error:
            raise ValueError(f"cluster_key {error}") from None
        if self.tls.insecure:
            self._check_loopback()
        if self.advertise is not None and not self.advertise.port:
            raise ValueError(f"advertise ({self.advertise}) needs a port that can be reached")
        if self.advertise is not None and self.advertise.is_wildcard:
            raise ValueError(
                f"advertise is {self.advertise}, which names no machine; write an address of this"
                " one, or leave it out"
            )

    def _check_route(self) -> None:
        if self.route.conditions():
            raise ValueError("route.match must be empty; put it into one of route.routes")
        channels = sorted(channel.name for channel in self.channels)
        intervals = sorted(interval.name for interval in self.time_intervals)
        for count, (key, route) in enumerate(self.route.walk()):
            if count >= ROUTES_LIMIT:
                raise ValueError(f"route has more than {ROUTES_LIMIT} branches")
            for name, channel in route.named_channels():
                check_known(f"{key}.{name}", "channels", channel, channels)
            for name, interval in route.named_intervals():
                check_known(f"{key}.{name}", "time_intervals", interval, intervals)

    def _check_fallbacks(self) -> None:
        fallbacks = {channel.name: channel.fallback for channel in self.channels}
        for place, channel in enumerate(self.channels):
            if channel.fallback:
                key = f"channels[{place}].fallback"
                check_known(key, "channels", channel.fallback, sorted(fallbacks))
            chain = [channel.name]
            while after := fallbacks[chain[-1]]:
                if after in chain:
                    loop = " -> ".join([*chain[chain.index(after) :], after])
                    raise ValueError(f"channels: fallback goes in a circle ({loop}); cut it")
                chain.append(after)

    def policy(self) -> Policy:
        """What keeps alarms from being told."""
        return Policy(
            intervals={
                each.name: tuple(spec.interval() for spec in each.time_intervals)
                for each in self.time_intervals
            },
            inhibitions=tuple(each.rule() for each in self.inhibit_rules),
            damping=self.flapping.damping(),
            timeouts={name: float(after) for name, after in sorted(self.resolve_timeouts.items())},
        )

    def expected(self) -> list[Heartbeat]:
        """The jobs that must be heard of."""
        return [each.heartbeat() for each in self.heartbeats]

    def heartbeat_tokens(self) -> dict[str, str]:
        """Hashes of their tokens, by name."""
        return {each.name: each.token.reveal() for each in self.heartbeats if each.token}

    def seal(self) -> Seal:
        """What the replicas keep secrets in the journal with."""
        return Seal([key.reveal() for key in self.cluster_key])

    def _check_loopback(self) -> None:
        places = {"listen.grpc": self.listen.grpc, "listen.http": self.listen.http}
        places |= {f"discovery.peers[{i}]": peer for i, peer in enumerate(self.discovery.peers)}
        for key, address in places.items():
            if address is not None and not address.is_loopback:
                raise ValueError(
                    f"tls.mode is insecure but {key} is {address}; use 127.0.0.1 or certificates"
                )

    def warnings(self) -> list[str]:
        """What is allowed but hardly meant, a sentence each."""
        found = []
        if not self.channels:
            found.append("no channels are configured; alarms are kept and shown but sent nowhere")
        if self.tls.insecure:
            found.append("tls.mode is insecure; anybody on this machine may report and read alarms")
        found += self._unreachable_by_others()
        http = self.listen.http
        if http is not None and not http.is_loopback and self.http.anonymous == "any":
            found.append(
                f"http.anonymous is any and listen.http is {http}; whoever reaches that port may"
                " report alarms, so let a firewall or NetworkPolicy say who that is"
            )
        return found

    def _unreachable_by_others(self) -> Iterator[str]:
        found = self.discovery
        alone = {self.advertise, self.listen.grpc}
        if found.mode == "static" and alone.issuperset(found.peers):
            yield "discovery.peers names this replica alone; list the others, or use mode: none"
        elsewhere = any(not peer.is_loopback for peer in found.peers)
        if not elsewhere and (self.tls.insecure or found.mode not in ("dns", "zeroconf")):
            return
        if self.advertise is not None and self.advertise.is_loopback:
            yield (
                f"advertise is {self.advertise}, where replicas on other machines do not find this"
                " one; write an address of this machine that they reach"
            )
        elif self.advertise is None and self.listen.grpc.is_loopback:
            yield (
                f"listen.grpc is {self.listen.grpc}, where replicas on other machines do not reach"
                " this one; listen on :7443"
            )
