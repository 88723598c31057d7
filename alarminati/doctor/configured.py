"""Examination of what an agent's configuration takes alarms from: its sources and relays."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import grpc

from alarminati.config import AgentConfig
from alarminati.config.edge import SourceConfig
from alarminati.config.queues import QueueConfig
from alarminati.doctor import network
from alarminati.doctor.findings import Finding, Grade, Sign, Step
from alarminati.relay.v1alpha1 import relay_service_pb2 as pb
from alarminati.relay.v1alpha1.relay_service_pb2_grpc import RelayServiceStub
from alarminati.wire.addresses import split
from alarminati.wire.credentials import Tls, dial_relay

NEARLY, FULL = 0.8, 0.95
"""Parts of a relay's room: from the first on it is an alarm, from the second on it refuses."""

_REASONS: Final = {
    Sign.PORT_REFUSED: "nothing listens there (connection refused)",
    Sign.PORT_SILENT: "no answer",
}


def examine_configured(
    config: AgentConfig, path: Path, patience: float
) -> Iterator[tuple[str, Finding]]:
    """Yield findings with the address they are about, empty for none.

    `patience`: seconds for each attempt to get an answer. Raises TlsError.
    """
    relays = [queue for queue in config.queues if queue.type == "relay"]
    if not config.sources and not relays:
        yield "", Finding(Step.SOURCES, Sign.NO_SOURCES, {"file": str(path)})
    for source in config.sources:
        yield "", examine_source(source, config.http.anonymous)
    files = config.tls.files
    for relay in relays:
        for finding in examine_relay(relay, files, patience):
            yield relay.servers[0], finding


def examine_source(source: SourceConfig, anonymous: str) -> Finding:
    """Return how a source is believed. What it cannot be was refused when the file was read."""
    given = (("token", source.token), ("hmac", source.hmac), ("SNS", source.topics))
    how = ", ".join(name for name, value in given if value)
    facts = {"source": source.name, "how": how, "anonymous": anonymous}
    return Finding(Step.SOURCES, Sign.SOURCE_WELL if how else Sign.SOURCE_OPEN, facts)


def examine_relay(
    queue: QueueConfig, files: tuple[Path, Path, Path] | None, patience: float
) -> Iterator[Finding]:
    """Examine a relay layer by layer; end at the first fault. `files`: ca, certificate, key."""
    [address] = queue.servers
    name = network.find_name(address)
    if name is not None:
        yield name
        if name.grade is Grade.TROUBLE:
            return
    port = network.knock(address, patience)
    facts = {"relay": queue.name, "address": address}
    if port.grade is Grade.TROUBLE:
        reason = _REASONS.get(port.sign) or str(port.facts["reason"])
        yield Finding(Step.RELAY, Sign.RELAY_UNREACHABLE, facts | {"reason": reason})
        return
    yield port
    if queue.tls:
        tls = _look(queue, address, patience)
        yield tls
        if tls.grade is Grade.TROUBLE:
            return
    own = Tls.load_files(*files) if files is not None else None
    yield asyncio.run(_ask(queue, own, facts, patience))


def _look(queue: QueueConfig, address: str, patience: float) -> Finding:
    facts: dict[str, str | int] = {"relay": queue.name, "address": address}
    try:
        context = ssl.create_default_context(cafile=queue.ca)
    except OSError as error:  # also what is no PEM
        reason = f"{queue.ca}: {error.strerror or 'no certificate in PEM'}"
        return Finding(Step.RELAY, Sign.RELAY_UNTRUSTED, facts | {"reason": reason})
    context.set_alpn_protocols(["h2"])
    host = split(address)[0]
    try:
        with (
            network.open_port(address, patience) as plain,
            context.wrap_socket(plain, server_hostname=host) as line,
        ):
            return Finding(Step.TLS, Sign.TLS_WELL, {"version": line.version() or "TLS"})
    except ssl.SSLCertVerificationError as error:
        facts["reason"] = error.verify_message
        return Finding(Step.RELAY, Sign.RELAY_UNTRUSTED, facts)
    except ssl.SSLError as error:
        facts["reason"] = error.reason or "no TLS"
    except (OSError, EOFError) as error:
        facts["reason"] = getattr(error, "strerror", "") or "no answer"
    return Finding(Step.RELAY, Sign.RELAY_NO_TLS, facts)


async def _ask(
    queue: QueueConfig, own: Tls | None, facts: dict[str, str], patience: float
) -> Finding:
    async with _dial(queue, own) as channel:
        stub: Any = RelayServiceStub(channel)
        try:
            said = await stub.GetRelay(pb.GetRelayRequest(), timeout=patience)
        except grpc.aio.AioRpcError as error:
            return _refusal(error, facts)
    percent = round(said.used_ratio * 100)
    state: dict[str, str | int] = {**facts, "relay": said.relay, "pending": said.pending}
    state |= {"rejected": said.rejected, "percent": percent}
    if said.used_ratio >= FULL:
        return Finding(Step.RELAY, Sign.RELAY_FULL, state)
    if said.used_ratio >= NEARLY:
        return Finding(Step.RELAY, Sign.RELAY_NEARLY_FULL, state)
    return Finding(Step.RELAY, Sign.RELAY_WELL, state)


def _refusal(error: grpc.aio.AioRpcError, facts: dict[str, str]) -> Finding:
    code = error.code()
    said = facts | {"reason": error.details() or code.name}
    if code in (grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.UNAUTHENTICATED):
        return Finding(Step.RELAY, Sign.RELAY_FORBIDS, said)
    if code is grpc.StatusCode.UNIMPLEMENTED:
        return Finding(Step.RELAY, Sign.NOT_A_RELAY, said)
    return Finding(Step.RELAY, Sign.RELAY_NO_ANSWER, said)


def _dial(queue: QueueConfig, own: Tls | None) -> grpc.aio.Channel:
    [address] = queue.servers
    roots = queue.ca.read_bytes() if queue.tls and queue.ca else None
    return dial_relay(address, own, roots, secured=queue.tls)
