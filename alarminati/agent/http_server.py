"""The HTTP door of an agent, made from its configuration."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from alarminati.agent.metrics import Counters
from alarminati.agent.runtime import wall
from alarminati.config import Address, AgentConfig, ConfigError, HmacConfig, SourceConfig
from alarminati.core.journal.ingest import Ingest
from alarminati.core.model.entries import Alarm, EntryId
from alarminati.edge.alertmanager import Judge
from alarminati.edge.app import INLETS, Change, Edge, busy, room, source_of
from alarminati.edge.connection import Bounds
from alarminati.edge.gate import Anonymous, Gate, Source
from alarminati.edge.health import Health
from alarminati.edge.server import EdgeServer
from alarminati.edge.signatures import Signature

CONNECTIONS = "connections"
"""The door of clients that were turned away before it was clear what they wanted, for figures."""


def http_door(
    config: AgentConfig,
    address: Address,
    reception: Ingest,
    health: Health,
    tally: Counters,
    gate: Gate,
    known: Callable[[Alarm], EntryId | None],
    judge: Judge,
    prefix: Callable[[], str],
    change: Callable[[Alarm, EntryId], Change],
) -> EdgeServer:
    """What listens on `address`, not started."""
    limits = config.limits
    bounds = Bounds(
        body=int(limits.body_size),
        bodies=int(limits.total_body_size),
        connections=limits.connections,
        per_address=limits.connections_per_address,
    )
    edge = Edge(
        *(reception, health, tally),
        now=wall,
        gate=gate,
        known=known,
        judge=judge,
        prefix=prefix,
        change=change,
    )
    return EdgeServer(
        edge,
        address.host,
        address.port,
        bounds=bounds,
        head=edge.head,
        room=lambda path: room(edge.placed(path), bounds.body, bounds.bodies),
        turned=lambda reason: tally.refused(CONNECTIONS, reason),
    )


def gate_of(config: AgentConfig, tally: Counters) -> Gate:
    """Who may report by HTTP. Raises ConfigError."""
    return Gate(
        *reporters(config),
        ticks=time.monotonic,
        now=time.time,
        refused=lambda path, reason: tally.refused(source_of(path), reason),
        busy=busy,
    )


def reporters(config: AgentConfig) -> tuple[list[Source], Anonymous]:
    """Those who may, as a configuration has them. Raises ConfigError."""
    anonymous = Anonymous(config.http.anonymous, config.http.rate, config.http.burst)
    return list(_sources(config.sources)), anonymous


def _sources(sources: tuple[SourceConfig, ...]) -> Iterator[Source]:
    known = [inlet.path for inlet in INLETS]
    for place, source in enumerate(sources):
        for path in source.paths:
            if path not in known:
                problem = f"{path!r} takes no alarms (known: {', '.join(known)})"
                raise ConfigError("", f"sources[{place}].paths", problem)
        yield Source(
            source.name,
            source.token.reveal() if source.token else "",
            _signature(source.hmac) if source.hmac else None,
            frozenset(source.paths),
            source.rate,
            source.burst,
        )


def _signature(hmac: HmacConfig) -> Signature:
    return Signature(
        hmac.secret.reveal().encode(),
        hmac.style,
        hmac.header.lower(),
        hmac.timestamp_header.lower(),
        float(hmac.window),
    )
