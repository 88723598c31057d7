"""The keys of the configuration, what they mean, and which of them fit together.

Descriptions are the help texts of the flags. Relations between keys are checked on construction and
name both values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from msgspec import Meta, Struct

from alarminati.config.edge import Anonymous, SourceConfig
from alarminati.config.quantities import Address, Duration, Size
from alarminati.config.secret import Secret
from alarminati.core import routing
from alarminati.core.entries import Severity
from alarminati.core.intake import PROJECT_LIMIT, Invalid, parse_severity
from alarminati.core.matching import Matcher
from alarminati.wire.sealing import BadKey, Seal

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?", re.ASCII)
FILES = {"ca": "ca.crt", "cert": "tls.crt", "key": "tls.key"}
"""Names in a folder that `alarminati pki issue` made."""
CLUSTER_KEY = "cluster.key"
"""Beside them, in an agent's folder: the key that all replicas share."""


class Listen(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where the agent is reached. Port 0 takes any free one."""

    grpc: Annotated[Address, Meta(description="gRPC: alarms, followers, the mesh")] = Address(
        "0.0.0.0", 7443
    )
    http: Annotated[
        Address | None, Meta(description="webhooks and POST /v1/alarms; off for none")
    ] = Address("0.0.0.0", 8080)
    health: Annotated[
        Address | None, Meta(description="plain gRPC health, /metrics, /h; off for none")
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


class Tls(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Certificates for mutual TLS; a folder stands for the three files in it."""

    mode: Annotated[
        Literal["mutual", "insecure"],
        Meta(description="insecure: no TLS at all, allowed on loopback only"),
    ] = "mutual"
    ca: Annotated[Path | None, Meta(description="certificate of the authority (PEM)")] = None
    cert: Annotated[Path | None, Meta(description="certificate of this replica (PEM)")] = None
    key: Annotated[Path | None, Meta(description="private key of this replica (PEM)")] = None
    authority: Annotated[
        Path | None,
        Meta(description="private key of the authority (PEM), for `alarminati invite`; see docs"),
    ] = None

    def __post_init__(self) -> None:
        given = [name for name in FILES if getattr(self, name) is not None]
        if self.insecure and self.authority is not None:
            given.append("authority")
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
    settings: dict[str, Any] = {}  # the other keys, for the channel's own Settings to check
    # Every text among them is a Secret already, wherever it came from.

    def __post_init__(self) -> None:
        _check_name(self.name)


class Route(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which alarms go where; see `core.routing.Route`."""

    channels: Annotated[
        tuple[str, ...], Meta(description="channels that get what no exception takes; default: all")
    ] = ()
    match: tuple[str, ...] = ()  # all must fit; see `core.routing.Matcher`
    group_by: Annotated[
        tuple[str, ...], Meta(description="labels whose alarms are told together")
    ] = ()
    group_wait: Annotated[
        Duration, Meta(description="how long to wait for more of a group before telling")
    ] = Duration(0)
    routes: Annotated[tuple[Route, ...], Meta(description="exceptions, first match decides")] = ()

    def __post_init__(self) -> None:
        for text in self.match:
            Matcher.parse(text)
        if self.group_wait > 3600:
            raise ValueError(f"group_wait ({self.group_wait}) must not exceed 1h")

    def tree(self) -> routing.Route:
        """The same for the core."""
        return routing.Route(
            self.channels,
            tuple(Matcher.parse(text) for text in self.match),
            self.group_by,
            float(self.group_wait),
            tuple(route.tree() for route in self.routes),
        )

    def all_channels(self) -> Iterator[str]:
        """Every channel named here or below."""
        yield from self.channels
        for route in self.routes:
            yield from route.all_channels()


class CheckConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An HTTP address that ought to answer."""

    name: str
    url: str
    every: Duration = Duration(15)
    timeout: Duration = Duration(5)
    up: Annotated[int, Meta(ge=1, le=100)] = 2  # good answers in a row until it is well again
    down: Annotated[int, Meta(ge=1, le=100)] = 3  # bad ones until it is an alarm
    severity: str = "CRITICAL"
    labels: dict[str, str] = {}

    def __post_init__(self) -> None:
        _check_name(self.name)
        _check_url(self.url)
        if self.every < 1:
            raise ValueError(f"every ({self.every}) must be at least 1s")
        if not 0 < self.timeout <= self.every:
            raise ValueError(
                f"timeout ({self.timeout}) must lie above 0 and not exceed every ({self.every})"
            )
        try:
            parse_severity(self.severity)
        except Invalid as error:
            raise ValueError(f"severity {error.problem}") from None

    @property
    def level(self) -> Severity:
        """The severity of its alarms."""
        return parse_severity(self.severity)


class Retention(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How much history is kept. What is still alive is kept beyond both."""

    age: Annotated[Duration, Meta(description="how old entries may become")] = Duration(30 * 86400)
    entries: Annotated[int, Meta(ge=1000, description="how many entries are kept")] = 200_000

    def __post_init__(self) -> None:
        if self.age < 3600:
            raise ValueError(f"age ({self.age}) must be at least 1h; followers resume from it")


class Limits(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Bounds beyond which reporters are told to come back later."""

    waiting: Annotated[int, Meta(ge=1, description="alarms that wait for the disk at once")] = (
        20_000
    )
    subscribers: Annotated[int, Meta(ge=1, description="followers at once")] = 1000
    connections: Annotated[int, Meta(ge=1, description="HTTP connections at once")] = 1000
    per_address: Annotated[
        int, Meta(ge=1, description="of these, for one address other than this machine's own")
    ] = 250
    body: Annotated[Size, Meta(description="one HTTP body")] = Size(4 * 2**20)
    bodies: Annotated[Size, Meta(description="all HTTP bodies being read, together")] = Size(
        32 * 2**20
    )

    def __post_init__(self) -> None:
        if not 1024 <= self.body <= self.bodies:
            raise ValueError(
                f"body ({self.body}) must be at least 1KiB and not exceed bodies ({self.bodies})"
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
    name: Annotated[str, Meta(description="name of this replica; default: the host name")]
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
    checks: Annotated[tuple[CheckConfig, ...], Meta(description="HTTP addresses to watch")] = ()
    edge: Anonymous = Anonymous()
    sources: Annotated[
        tuple[SourceConfig, ...], Meta(description="who may report by HTTP, by token or signature")
    ] = ()
    priority: Annotated[
        int, Meta(ge=0, le=1000, description="the highest one that is up becomes master")
    ] = 0
    seed: Annotated[
        str, Meta(description="shuffles who becomes master; the same on all replicas")
    ] = ""
    beat: Annotated[Duration, Meta(description="time between signs of life")] = Duration(15)
    retention: Retention = Retention()
    limits: Limits = Limits()
    log: Log = Log()

    def __post_init__(self) -> None:
        if not self.project or len(self.project) > PROJECT_LIMIT or not self.project.isprintable():
            raise ValueError(f"project must be 1 to {PROJECT_LIMIT} printable characters")
        _check_name(self.cluster, "cluster")
        _check_name(self.name)
        if not 1 <= self.beat <= 300:
            raise ValueError(f"beat ({self.beat}) must lie between 1s and 5m")
        _check_unique("channels", [channel.name for channel in self.channels])
        _check_unique("checks", [check.name for check in self.checks])
        _check_unique("sources", [source.name for source in self.sources])
        self._check_route()
        try:
            self.seal()
        except BadKey as error:
            raise ValueError(f"cluster_key {error}") from None
        if self.tls.insecure:
            self._check_loopback()
        if self.advertise is not None and not self.advertise.port:
            raise ValueError(f"advertise ({self.advertise}) needs a port that can be reached")

    def _check_route(self) -> None:
        if self.route.match:
            raise ValueError("route.match must be empty; put it into one of route.routes")
        known = {channel.name for channel in self.channels}
        for name in self.route.all_channels():
            if name not in known:
                listed = ", ".join(sorted(known)) or "none"
                raise ValueError(
                    f"route names the channel {name!r}, which is not in channels ({listed})"
                )

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
        http = self.listen.http
        if http is not None and not http.is_loopback and self.edge.anonymous == "any":
            found.append(
                f"edge.anonymous is any and listen.http is {http}; whoever reaches that port may"
                " report alarms, so let a firewall or NetworkPolicy say who that is"
            )
        return found


def _check_name(name: str, key: str = "name") -> None:
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"{key} {name[:80]!r} must be 1 to 64 letters, digits, dots, dashes or underscores"
        )


def _check_unique(key: str, names: list[str]) -> None:
    for place, name in enumerate(names):
        if name in names[:place]:
            raise ValueError(f"{key}[{place}] is named {name!r} like an earlier one; rename it")


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits = False
    if not fits or not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError("url is not an http or https address; write http://HOST/PATH")
    if "@" in parts.netloc:
        raise ValueError("url carries a user name or password, which everybody would see in alarms")
