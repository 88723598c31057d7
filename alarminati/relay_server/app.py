"""A relay put together: its public door, and one port for the agents of each cluster."""

from __future__ import annotations

import asyncio
import logging
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Final

import grpc

from alarminati.config.refusal import ConfigError
from alarminati.config.relay import RelayCluster, RelayConfig, RelayPull
from alarminati.core.spool.ledger import Bounds
from alarminati.edge.connection import Bounds as DoorBounds
from alarminati.edge.health import Health
from alarminati.edge.server import EdgeServer
from alarminati.relay.v1alpha1.relay_service_pb2_grpc import add_RelayServiceServicer_to_server
from alarminati.relay_server.door import RelayDoor
from alarminati.relay_server.keeper import Keeper
from alarminati.relay_server.service import RelayServicer
from alarminati.wire import options
from alarminati.wire.reading import BadFile, read_file

log = logging.getLogger(__name__)

SEGMENT: Final = 4 << 20
HEADERS: Final = 64 << 10  # bytes beside the body


def wall() -> int:
    """Return milliseconds since 1970."""
    return time.time_ns() // 1_000_000


@dataclass(slots=True)
class Ports:
    """Ports in use, once the relay serves."""

    http: int = 0
    pull: dict[str, int] = field(default_factory=dict)  # by cluster


async def run(
    config: RelayConfig,
    until: Callable[[], asyncio.Future[None]],
    *,
    ready: Callable[[Ports], None] = lambda ports: None,
    step: Callable[[str], None] = lambda name: None,
) -> None:
    """Run a relay until `until` is done.

    Raises ConfigError, SpoolBusy, SpoolUnusable, CannotListen, OSError with a sentence for people.
    """
    ports = Ports()
    async with AsyncExitStack() as stack:
        room = int(config.room)
        # The newest segment stays when all is committed, so it must be a small part of the room.
        segment = min(SEGMENT, room // 8)
        bounds = Bounds(room, segment, int(config.body_size) + HEADERS)
        keepers: dict[str, Keeper] = {}
        for cluster in config.clusters:
            keeper = await asyncio.to_thread(Keeper, config.data / cluster.name, bounds, step)
            keepers[cluster.name] = keeper
            stack.push_async_callback(keeper.close)
            for path in keeper.spool.damaged:
                log.warning("%s is damaged; what follows the damage in it is lost", path)
        for cluster in config.clusters:
            server = _server(config, cluster, keepers[cluster.name], ports)
            await server.start()
            stack.push_async_callback(server.stop, 0.5)
        door: RelayDoor
        health = Health(
            lambda: next((each.problem for each in keepers.values() if each.problem), ""),
            lambda: (_figures(door, keepers).encode(), "text/plain; version=0.0.4"),
        )
        door = RelayDoor(config, keepers, health, now=time.monotonic, wall=wall)
        listen = config.http.listen
        http = EdgeServer(
            door,
            listen.host,
            listen.port,
            bounds=DoorBounds(body=int(config.body_size)),
            head=door.head,
            turned=lambda reason: door.refused.update([reason]),
            tls=_http_tls(config),
        )
        await http.start()
        stack.push_async_callback(http.stop, 2.0)
        ports.http = http.port
        log.info("ready: HTTP on %d, pull on %s", ports.http, ports.pull)
        ready(ports)
        await until()


def _server(
    config: RelayConfig, cluster: RelayCluster, keeper: Keeper, ports: Ports
) -> grpc.aio.Server:
    server = grpc.aio.server(options=options.SERVER)
    secured = cluster.ca is not None
    servicer = RelayServicer(config.name, cluster.name, keeper, wall, secured=secured)
    add_RelayServiceServicer_to_server(servicer, server)
    try:
        if cluster.ca is not None and config.pull is not None:
            credentials = _credentials(cluster, config.pull)
            port = server.add_secure_port(str(cluster.listen), credentials)
        else:
            port = server.add_insecure_port(str(cluster.listen))
    except RuntimeError as error:
        raise ConfigError(
            "", f"clusters.{cluster.name}.listen", f"cannot listen on {cluster.listen}"
        ) from error
    ports.pull[cluster.name] = port
    return server


def _credentials(cluster: RelayCluster, pull: RelayPull) -> grpc.ServerCredentials:
    assert cluster.ca is not None
    try:
        ca, cert, key = (read_file(each, 1 << 20) for each in (cluster.ca, pull.cert, pull.key))
        ssl.create_default_context().load_verify_locations(cadata=ca.decode())
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(pull.cert, pull.key)
    except BadFile as error:
        raise ConfigError("", "pull", f"a certificate cannot be read: {error}") from None
    except (ssl.SSLError, ValueError):
        raise ConfigError(
            "", "pull", "ca, cert or key is not PEM, or the key is of another certificate"
        ) from None
    return grpc.ssl_server_credentials([(key, cert)], ca, require_client_auth=True)


def _http_tls(config: RelayConfig) -> ssl.SSLContext | None:
    if config.http.cert is None or config.http.key is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(config.http.cert, config.http.key)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError("", "http.cert", f"cannot be used: {error.strerror}") from None
    return context


def _figures(door: RelayDoor, keepers: dict[str, Keeper]) -> str:
    return "\n".join(_lines(door, keepers)) + "\n"


def _lines(door: RelayDoor, keepers: dict[str, Keeper]) -> Iterator[str]:
    def family(name: str, kind: str, text: str) -> Iterator[str]:
        yield f"# HELP alarminati_relay_{name} {text}"
        yield f"# TYPE alarminati_relay_{name} {kind}"

    yield from family("webhooks_total", "counter", "Webhooks that are on disk, by source.")
    for source, count in sorted(door.accepted.items()):
        yield f'alarminati_relay_webhooks_total{{source="{source}"}} {count}'
    yield from family("refused_total", "counter", "Requests that were refused, by reason.")
    for reason, count in sorted(door.refused.items()):
        yield f'alarminati_relay_refused_total{{reason="{reason}"}} {count}'
    figures: tuple[tuple[str, str, Callable[[Keeper], float]], ...] = (
        ("pending", "Webhooks that no cluster has yet.", lambda k: k.spool.ledger.pending),
        ("rejected", "Webhooks that are set aside.", lambda k: k.rejected),
        ("used_ratio", "Part of the room that is in use.", lambda k: k.spool.ledger.used_ratio),
    )
    for name, text, figure in figures:
        yield from family(name, "gauge", text)
        for cluster, keeper in keepers.items():
            yield f'alarminati_relay_{name}{{cluster="{cluster}"}} {figure(keeper):g}'
