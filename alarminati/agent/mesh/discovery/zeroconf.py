"""Candidates on the local network, by multicast DNS service discovery (RFC 6762, RFC 6763).

Each agent announces `_alarminati._tcp.local.` with its cluster and name, and hears the others'. An
announcement outlives a killed agent by over an hour, so links decide who is alive. At rest three
agents refresh each other with some 600 bytes an hour in all.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from hashlib import blake2b
from ipaddress import ip_address
from random import Random
from typing import Final

from zeroconf import Error, IPVersion, ServiceInfo, ServiceStateChange
from zeroconf import Zeroconf as Engine
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from alarminati.agent.mesh.discovery.candidates import Found, LocalPeer
from alarminati.agent.mesh.discovery.pace import Pace, Wish
from alarminati.wire.addresses import host_of, join, split
from alarminati.wire.background import attend

SERVICE: Final = "_alarminati._tcp.local."
ANSWER_MS: Final = 3000  # to wait for the details of an agent just heard of
MOST: Final = 64
"""Agents that are heard at once; the first ones stay, because anyone may announce anything."""

_log = logging.getLogger(__name__)


class Zeroconf:
    """Announces this agent and listens for others of its cluster."""

    def __init__(self, me: LocalPeer, dice: Random) -> None:
        self._me = me
        self._wish = Wish(Pace(dice))
        self._silent = False

    def ask_again(self) -> None:
        """Ask the network once more, in the end every 15 s; a few packets each."""
        self._wish.ask()

    async def run(self, found: Found) -> None:
        """Announce and listen until cancelled, then say goodbye."""
        while True:
            found(frozenset())
            try:
                await self._present(await _own_ip(self._me.address), found)
            except (OSError, Error) as error:
                self._complain(error)
                self._wish.asked()
                await self._wish.granted()

    def _complain(self, error: Exception) -> None:
        if not self._silent:  # once until it works again
            self._silent = True
            _log.warning(
                "zeroconf cannot be used on this network (%s); list the other agents under"
                " discovery.peers, or use dns",
                str(error) or type(error).__name__,
            )

    async def _present(self, here: str, found: Found) -> None:
        """Announce and listen until this computer has another address than `here`."""
        _require_multicast(here)
        version = IPVersion.V6Only if ":" in here else IPVersion.V4Only
        zeroconf = AsyncZeroconf(interfaces=[here], ip_version=version)
        hearing = _Hearing(self._me, zeroconf.zeroconf, found)
        try:
            await zeroconf.zeroconf.async_wait_for_start()
            announcement = _announcement(self._me, here)
            # Before announcing: those already there are heard within 30 ms.
            hearing.start(announcement.name)
            # Names are unique, so no probe for conflicts is needed (1.2 s).
            await zeroconf.async_register_service(announcement, cooperating_responders=True)
            self._silent = False
            while await _own_ip(self._me.address) == here:
                self._wish.asked()
                await self._wish.granted()
                await hearing.stop()
                hearing.start(announcement.name)  # a new browser asks the network at once
        finally:
            await hearing.stop()
            await zeroconf.async_close()


class _Hearing:
    """Candidates as announcements come and go."""

    def __init__(self, me: LocalPeer, engine: Engine, found: Found) -> None:
        self._me = me
        self._engine = engine
        self._found = found
        self._own = ""  # name of our own announcement
        self._browser: AsyncServiceBrowser | None = None
        self._announced = Announced()
        self._asking: dict[str, asyncio.Task[None]] = {}

    def start(self, own: str) -> None:
        """Ask the network and listen to all but our own announcement."""
        self._own = own
        self._browser = AsyncServiceBrowser(self._engine, SERVICE, handlers=[self._heard])

    def _heard(
        self, zeroconf: Engine, service_type: str, name: str, state_change: ServiceStateChange
    ) -> None:
        """Handle a change, on the event loop."""
        if asking := self._asking.pop(name, None):
            asking.cancel()
        if state_change is ServiceStateChange.Removed:
            self._change(name, frozenset())
            return
        info = AsyncServiceInfo(service_type, name)
        if info.load_from_cache(zeroconf):
            self._change(name, self._addresses_in(info))
        else:
            self._asking[name] = attend(
                self._ask(zeroconf, info), "asking the network for an agent"
            )

    async def stop(self) -> None:
        """Stop listening; known candidates stay."""
        if self._browser is not None:
            await self._browser.async_cancel()
            self._browser = None
        asking = list(self._asking.values())
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)

    async def _ask(self, zeroconf: Engine, info: AsyncServiceInfo) -> None:
        if await info.async_request(zeroconf, ANSWER_MS):
            self._change(info.name, self._addresses_in(info))
        del self._asking[info.name]

    def _addresses_in(self, info: ServiceInfo) -> frozenset[str]:
        said = info.decoded_properties
        if said.get("cluster") != self._me.cluster or info.name == self._own:
            return frozenset()
        return frozenset(join(ip, info.port or 0) for ip in info.parsed_scoped_addresses())

    def _change(self, name: str, addresses: frozenset[str]) -> None:
        if self._announced.change(name, addresses):
            self._found(self._announced.addresses)


class Announced:
    """Addresses by the name of the announcement."""

    def __init__(self) -> None:
        self._by_name: dict[str, frozenset[str]] = {}

    @property
    def addresses(self) -> frozenset[str]:
        """Return all announced addresses."""
        return frozenset().union(*self._by_name.values())

    def change(self, name: str, addresses: frozenset[str]) -> bool:
        """Handle an announcement, or its end (no addresses); return True when candidates
        changed."""
        before = self.addresses
        if addresses and (name in self._by_name or len(self._by_name) < MOST):
            self._by_name[name] = addresses
        else:
            self._by_name.pop(name, None)
        return self.addresses != before


def _announcement(me: LocalPeer, here: str) -> ServiceInfo:
    # The same after a restart, so that a new announcement replaces the old one; another one for
    # another machine that was given the same name. No label of a name may exceed 63 bytes.
    place = f"{me.cluster}/{me.name}/{join(here, split(me.address)[1])}"
    unique = blake2b(place.encode(), digest_size=8).hexdigest()
    return ServiceInfo(
        SERVICE,
        f"{unique}.{SERVICE}",
        port=split(me.address)[1],
        properties={"cluster": me.cluster, "name": me.name},
        server=f"{unique}.local.",
        parsed_addresses=[here],
    )


def _require_multicast(here: str) -> None:
    # The library leaves a socket open when it finds out itself. The group is that of RFC 6762.
    if ":" not in here:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            membership = socket.inet_aton("224.0.0.251") + socket.inet_aton(here)
            probe.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)


async def _own_ip(address: str) -> str:
    """Return the IP address to announce: the configured one, or for a wildcard that of the
    route."""
    host = host_of(address)
    try:
        ip = ip_address(host)
    except ValueError:
        loop = asyncio.get_running_loop()
        return str((await loop.getaddrinfo(host, None))[0][4][0])
    return str(ip) if not ip.is_unspecified else _way_out()


def _way_out() -> str:
    # Connecting a UDP socket sends nothing; it makes the kernel choose. The addresses are those
    # set aside for documentation (RFC 5737, RFC 3849).
    for family, elsewhere in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect((elsewhere, 9))
            except OSError:
                continue
            return str(probe.getsockname()[0])
    return "127.0.0.1"
