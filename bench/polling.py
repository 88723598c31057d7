"""Bytes of one look at an Alertmanager: what people pay who follow alarms by polling.

Plain HTTP over one kept connection, the cheapest there is; TLS adds some 60 B a look.
"""

from __future__ import annotations

import asyncio
import json
import sys
import urllib.request

from bench.alertmanager import Alertmanagers, alert, program
from bench.figure import Figure
from bench.network import Network, both_ways, possible
from bench.process import Place, until
from bench.setting import Setting

LOOKS = 100
FIRING = 20
LOOK = """
import http.client, sys
connection = http.client.HTTPConnection(sys.argv[1])
for _ in range(int(sys.argv[2])):
    connection.request("GET", "/api/v2/alerts")
    assert connection.getresponse().read()
"""


async def measure(setting: Setting) -> list[Figure]:
    """Bytes a look with nothing firing, and with some alerts."""
    if not possible() or program() is None:
        return []
    with Network(2) as network:
        room = setting.room("polling")
        # In the first network; whoever looks sits in the second.
        with Alertmanagers(room, "http://127.0.0.1:9", network.places[:1], peers=False) as running:
            running.start()
            node = running.nodes[0]
            await until(node.ready, "Alertmanager is ready")
            calm = await _looks(network.places[1], node.http)
            await asyncio.to_thread(_fire, node.http)
            busy = await _looks(network.places[1], node.http)
    name = "a look at Alertmanager's alerts over HTTP"
    return [
        Figure(f"{name}, nothing firing", (calm,), "B"),
        Figure(f"{name}, {FIRING} firing", (busy,), "B"),
    ]


def _fire(address: str) -> None:
    alerts = [each for number in range(FIRING) for each in alert(f"alert-{number}")]
    request = urllib.request.Request(
        f"http://{address}/api/v2/alerts",
        json.dumps(alerts).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 200


async def _looks(place: Place, address: str) -> float:
    before = both_ways(place).bytes
    looking = await asyncio.create_subprocess_exec(
        *place.prefix, sys.executable, "-c", LOOK, address, str(LOOKS)
    )
    assert await looking.wait() == 0
    return (both_ways(place).bytes - before) / LOOKS
