"""Bytes to an agent's HTTP port, and what it says to them."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress

from tests.support.cluster import AgentProcess

PATIENCE = 15.0  # seconds; an agent closes what it does not understand after 2


async def ask(agent: AgentProcess, *pieces: bytes) -> bytes:
    """Send the pieces and read until it closes."""
    reader, writer = await asyncio.open_connection(agent.place.host, agent.place.ports[1])
    said = b""
    try:
        async with asyncio.timeout(PATIENCE):
            with suppress(ConnectionError):  # closed while we wrote
                for piece in pieces:
                    writer.write(piece)
                    await writer.drain()
                said = await reader.read()
    finally:
        await close(writer)
    return said


async def close(writer: asyncio.StreamWriter) -> None:
    """Close; the other end may have been first."""
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


def statuses(said: bytes) -> list[int]:
    """The statuses of all answers in it."""
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3})", said)]
