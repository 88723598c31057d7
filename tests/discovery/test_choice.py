"""Which discovery runs, and that only its libraries are loaded."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from random import Random

import pytest

from alarminati.agent.mesh.discovery.candidates import Found, LocalPeer
from alarminati.agent.mesh.discovery.choice import discover
from alarminati.agent.mesh.discovery.static import CombinedDiscovery

ME = LocalPeer("c", "a1", "127.0.0.1:1")


async def told(mode: str, *peers: str) -> frozenset[str]:
    """The first candidates."""
    found: asyncio.Future[frozenset[str]] = asyncio.get_running_loop().create_future()
    discovery = discover(mode, ME, peers=peers, dice=Random(1))
    task = asyncio.create_task(discovery.run(found.set_result))
    try:
        return await found
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_configured_addresses_without_our_own_and_once() -> None:
    peers = ("127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:2", "a3.example:7443")
    assert await told("static", *peers) == {"127.0.0.1:2", "a3.example:7443"}
    assert await told("none") == frozenset()


async def test_configured_addresses_stay_whatever_else_is_found() -> None:
    class Other:
        asked = 0

        async def run(self, found: Found) -> None:
            found(frozenset({"b:2"}))
            found(frozenset())

        def ask_again(self) -> None:
            self.asked += 1

    heard: list[frozenset[str]] = []
    other = Other()
    joined = CombinedDiscovery(["a:1"], other)
    await joined.run(heard.append)
    joined.ask_again()
    assert heard == [{"a:1"}, {"a:1", "b:2"}, {"a:1"}]
    assert other.asked == 1


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(ValueError, match="'gossip' is not one of"):
        discover("gossip", ME, dice=Random(1))


@pytest.mark.parametrize(
    ("mode", "loaded"), [("static", ""), ("dns", "dns"), ("zeroconf", "zeroconf")]
)
def test_only_the_mode_in_use_is_loaded(mode: str, loaded: str) -> None:
    code = f"""
import sys
from random import Random
from alarminati.agent.mesh.discovery.candidates import LocalPeer
from alarminati.agent.mesh.discovery.choice import discover
discover({mode!r}, LocalPeer("c", "n", "h:1"), peers=["x:1"], service="s:1", dice=Random(1))
print(*sorted({{"dns", "zeroconf", "grpc", "cryptography"}} & set(sys.modules)))
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == loaded
