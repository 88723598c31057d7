"""A name server that knows one name: a headless service whose addresses are a network's places."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import dns.flags
import dns.message
import dns.rdatatype
import dns.rrset

from bench.network import Network

NAME = "alarminati-agent-headless.alarms.svc.cluster.local"
TTL = 30  # seconds, as cluster DNS has it


class _Answers(asyncio.DatagramProtocol):
    def __init__(self, addresses: list[str]) -> None:
        self._addresses = addresses
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        question = dns.message.from_wire(data)
        answer = dns.message.make_response(question)
        answer.flags |= dns.flags.AA | dns.flags.RA
        asked = question.question[0]
        if asked.rdtype == dns.rdatatype.A:
            answer.answer.append(dns.rrset.from_text(asked.name, TTL, "IN", "A", *self._addresses))
        self._transport.sendto(answer.to_wire(), addr)


@asynccontextmanager
async def serving(network: Network) -> AsyncIterator[None]:
    """Serve `network`, whose places ask here."""
    addresses = [place.host for place in network.places]
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: _Answers(addresses), local_addr=(network.gateway, 53)
    )
    try:
        with network.name_server(network.gateway):
            yield
    finally:
        transport.close()
