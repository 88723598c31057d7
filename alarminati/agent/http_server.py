"""The HTTP door of an agent, made from its configuration."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from alarminati.agent.alertmanager_view import AlertmanagerView
from alarminati.agent.metrics import Counters
from alarminati.agent.relayed import Prepared, RelayedWebhooks
from alarminati.agent.runtime import LiveReplica, wall
from alarminati.agent.sns import Fetch, SnsProof
from alarminati.agent.sources import pages_of
from alarminati.config import Address, AgentConfig, ConfigError, HmacConfig, SourceConfig
from alarminati.config.edge import Anonymous as HttpConfig
from alarminati.config.refusal import suggestion
from alarminati.core.model.entries import Alarm, EntryId
from alarminati.edge.alertmanager import Judge
from alarminati.edge.alertmanager_api import AlertmanagerPages
from alarminati.edge.app import Change, Edge
from alarminati.edge.connection import Bounds
from alarminati.edge.gate import Anonymous, Gate, Source
from alarminati.edge.health import Health
from alarminati.edge.heartbeats import Desk, HeartbeatPages
from alarminati.edge.inlets import INLETS, WEBHOOKS, Inlets
from alarminati.edge.marks import MARKS, MarkDesk, MarkPage
from alarminati.edge.server import EdgeServer
from alarminati.edge.signatures import Signature
from alarminati.queues.port import Message

CONNECTIONS = "connections"
"""The door of clients that were turned away before it was clear what they wanted, for figures."""


def http_door(
    config: AgentConfig,
    address: Address,
    live: LiveReplica,
    health: Health,
    tally: Counters,
    reporting: Reporting,
    known: Callable[[Alarm], EntryId | None],
    judge: Judge,
    settings: Callable[[], HttpConfig],
    change: Callable[[Alarm, EntryId], Change],
    desk: Desk,
    channels: Callable[[], list[str]],
    marks: MarkDesk,
) -> EdgeServer:
    """What listens on `address`, not started."""
    limits = config.limits
    bounds = Bounds(
        body=int(limits.body_size),
        bodies=int(limits.total_body_size),
        connections=limits.connections,
        per_address=limits.connections_per_address,
    )
    view = AlertmanagerView(live, config.project, config.cluster, channels)
    edge = Edge(
        *(live, health, tally),
        now=wall,
        gate=reporting.gate,
        inlets=reporting.inlets,
        known=known,
        judge=judge,
        prefix=lambda: settings().prefix,
        change=change,
        beats=HeartbeatPages(desk, tally.refused),
        alarm_size=int(limits.alarm_size),
        reading=AlertmanagerPages(
            view, lambda: settings().readers, lambda: settings().silencers, wall
        ),
        marks=MarkPage(marks, tally.refused, wall),
    )
    return EdgeServer(
        edge,
        address.host,
        address.port,
        bounds=bounds,
        head=edge.head,
        room=lambda path: reporting.inlets.room(edge.placed(path), bounds.body, bounds.bodies),
        turned=lambda reason: tally.refused(CONNECTIONS, reason),
    )


class Reporting:
    """Rules by which programs may report over HTTP, and the pages. Raises ConfigError."""

    def __init__(self, config: AgentConfig, tally: Counters, fetch: Fetch) -> None:
        self._proof = SnsProof(fetch)
        self.inlets = Inlets(*pages_of(config, self._proof))
        self._relayed = self._relayed_of(config)
        self.gate = Gate(
            *reporters(config),
            ticks=time.monotonic,
            now=time.time,
            refused=lambda path, reason: tally.refused(self.inlets.source_of(path), reason),
            busy=self.inlets.busy,
        )

    def plan(self, config: AgentConfig) -> Callable[[], None]:
        """Return what puts another configuration into use, all of it. Raises ConfigError."""
        may_report, pages = reporters(config), pages_of(config, self._proof)
        relayed = self._relayed_of(config)

        def use() -> None:
            self._relayed = relayed
            self.gate.use(*may_report)
            self.inlets.use(*pages)

        return use

    def _relayed_of(self, config: AgentConfig) -> RelayedWebhooks:
        return RelayedWebhooks(config, pages_of(config, self._proof)[0], reporters(config)[0])

    async def relayed(self, message: Message) -> Prepared:
        """Prepare a webhook that came through a relay. Raises Invalid, Unavailable."""
        return await self._relayed.prepare(message, wall())


def reporters(config: AgentConfig) -> tuple[list[Source], Anonymous]:
    """Those who may, as a configuration has them. Raises ConfigError."""
    names = [source.name for source in config.sources if source.token]
    for key in ("readers", "silencers"):
        for name in getattr(config.http, key):
            if name not in names:
                problem = f"{name[:80]!r} is no source with a token{suggestion(name, names)}"
                raise ConfigError("", f"http.{key}", problem)
    anonymous = Anonymous(config.http.anonymous, config.http.rate, config.http.burst)
    known = [*(inlet.path for inlet in INLETS), MARKS]
    known += [page.route.path for page in pages_of(config)[0]]
    return list(_sources(config.sources, known)), anonymous


def _sources(sources: tuple[SourceConfig, ...], known: list[str]) -> Iterator[Source]:
    for place, source in enumerate(sources):
        for path in source.paths:
            if path not in known:
                problem = f"{path!r} takes no alarms{suggestion(path, known)}"
                raise ConfigError("", f"sources[{place}].paths", problem)
        yield Source(
            source.name,
            source.token.reveal() if source.token else "",
            _signature(source.hmac) if source.hmac else None,
            frozenset(source.paths),
            source.rate,
            source.burst,
            WEBHOOKS + source.name if source.topics and not source.token else "",
        )


def _signature(hmac: HmacConfig) -> Signature:
    return Signature(
        hmac.secret.reveal().encode(),
        hmac.style,
        hmac.header.lower(),
        hmac.timestamp_header.lower(),
        float(hmac.window),
    )
