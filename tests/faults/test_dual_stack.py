"""A name whose IPv6 address is a black hole is reached by its IPv4 address, quickly (RFC 8305)."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from alarminati.demo.sink import Sink
from tests.support.networks import Network

# Run in the namespace: how long each way to connect takes; -1: it did not within 3 s.
PROGRAM = """
import asyncio, json, sys, time
from alarminati.core.monitors.targets import Target
from alarminati.agent.master_tasks.probes import Prober
from alarminati.channels.http_client import HttpClient
from alarminati.channels.mail_session import Session
from alarminati.doctor.network import knock
from alarminati.wire.reaching import connect

port = int(sys.argv[1])
url = f"http://dual.example:{port}/"

async def check():
    prober = Prober()
    finding = await prober.probe(Target(url), 3)
    assert finding.well, finding
    await prober.close()

async def webhook():
    http = HttpClient()
    await http.post(url, b"{}", {}, timeout=3)
    await http.close()

async def mail():
    session = Session("dual.example", int(sys.argv[2]), 3)
    await asyncio.to_thread(session.open, "none", "", "")
    session.close()

async def socket():
    (await asyncio.to_thread(connect, "dual.example", port, 3)).close()

async def doctor():
    assert (await asyncio.to_thread(knock, f"dual.example:{port}", 3)).sign.name == "PORT_WELL"

async def plain():
    _, writer = await asyncio.open_connection("dual.example", port)
    writer.close()

async def main():
    taken = {}
    for way in (check, webhook, mail, socket, doctor, plain):
        begun = time.monotonic()
        try:
            async with asyncio.timeout(3):
                await way()
            taken[way.__name__] = time.monotonic() - begun
        except TimeoutError:
            taken[way.__name__] = -1
    print(json.dumps(taken))

asyncio.run(main())
"""


async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """As much of a mail server as a session needs to begin."""
    writer.write(b"220 mail.example\r\n250 mail.example\r\n")
    await reader.read()
    writer.close()


@pytest.fixture
def network(as_root: None, tool: Callable[[str], str]) -> Iterator[Network]:
    tool("ip")
    with Network(1) as network:
        network.give_dead_ipv6(1)
        yield network


async def test_every_connection_goes_round_a_dead_family(network: Network, tmp_path: Path) -> None:
    hosts = tmp_path / "hosts"
    hosts.write_text(f"{network.host} dual.example\n2001:db8:dead::1 dual.example\n")
    script = 'mount --bind "$0" /etc/hosts && exec "$@"'
    sink = Sink()
    await sink.start(network.host)
    mail = await asyncio.start_server(greet, network.host, 0)
    process = await asyncio.create_subprocess_exec(
        *("ip", "netns", "exec", network.namespace(1), "sh", "-c", script, str(hosts)),
        *(sys.executable, "-c", PROGRAM, str(sink.port), str(mail.sockets[0].getsockname()[1])),
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    await sink.stop()
    mail.close()
    taken = json.loads(out)
    assert taken.pop("plain") == -1, "the black hole is none"
    assert all(0 < seconds < 2 for seconds in taken.values()), taken
