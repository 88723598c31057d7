"""Processor time of an agent that looks at 1,000 addresses every 15 s, over kept connections."""

from __future__ import annotations

import asyncio
import sys

from bench.figure import Figure
from bench.process import ALARMINATI, HERE, Process, until
from bench.setting import Setting

EVERY = 15  # seconds between two looks at one address
GOAL = 15.0  # percent of one core
# Each address of loopback is a server of its own for who keeps connections.
SERVER = """
import asyncio, sys

def accept(reader, writer):
    asyncio.ensure_future(talk(reader, writer))

async def talk(reader, writer):
    try:
        while await reader.readuntil(b"\\r\\n\\r\\n"):
            writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 1\\r\\n\\r\\n1")
    except (OSError, asyncio.IncompleteReadError):
        writer.close()

async def main():
    async with await asyncio.start_server(accept, "0.0.0.0", int(sys.argv[1]), backlog=2048) as it:
        await it.serve_forever()

asyncio.run(main())
"""


async def measure(setting: Setting) -> list[Figure]:
    """Percent of one core in rounds of `EVERY` seconds."""
    room, count = setting.room("checks"), setting.times(1000, 50)
    port, grpc, http = HERE.ports(3)
    addresses = [f"127.1.{number // 250}.{number % 250 + 1}" for number in range(count)]
    checks = "".join(
        f'  - {{name: c{number}, url: "http://{address}:{port}/h", interval: {EVERY}s}}\n'
        for number, address in enumerate(addresses)
    )
    (room / "agent.yaml").write_text(
        f"name: a1\ndata: {room / 'data'}\ntls: {{mode: insecure}}\n"
        f"listen: {{grpc: '127.0.0.1:{grpc}', http: '127.0.0.1:{http}', health: 'off'}}\n"
        f"checks:\n{checks}"
    )
    server = Process((sys.executable, "-c", SERVER, str(port)), room / "server.log")
    agent = Process(
        (*ALARMINATI, "agent", "--config", str(room / "agent.yaml")), room / "agent.log"
    )
    try:
        await until(lambda: "master of epoch" in agent.log.read_text(), "the agent leads")
        await asyncio.sleep(setting.times(EVERY + 2, 1))  # every connection is there
        samples = []
        for _ in range(setting.times(3, 1)):
            before, length = agent.seconds(), setting.times(EVERY, 2)
            await asyncio.sleep(length)
            samples.append((agent.seconds() - before) / length * 100)
        agent.check()
    finally:
        agent.stop()
        server.stop()
    return [
        Figure(
            f"health checks of {count:,} addresses every {EVERY} s", tuple(samples), "% of a core",
            GOAL, note="HTTP, connections kept"
        )
    ]  # fmt: skip
