"""Networks of our own: namespaces on a bridge, in which every packet is counted.

A packet of a network is counted where it leaves its sender, so once, with its whole IP length; ARP
has a counter of its own. Segments are not joined (`gso_max_segs 1`), or several would count as one.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from bench.process import Place

# Where there is no router, the kernel would look for one all day, and that would be counted.
NO_IPV6 = "test ! -d /proc/sys/net/ipv6 || echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6"
RULES = """
table inet bench {
  counter sent {}
  counter received {}
  chain out { type filter hook output priority 0; oifname "eth0" counter name sent; }
  chain in { type filter hook input priority 0; iifname "eth0" counter name received; }
}
table arp bench {
  counter asked {}
  chain out { type filter hook output priority 0; counter name asked; }
}
"""


def run(*command: str, text: str | None = None) -> str:
    """Run a tool; its output. Raises RuntimeError with what it said."""
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


def possible() -> bool:
    """Whether this user may make networks."""
    return os.geteuid() == 0


@dataclass(frozen=True, slots=True)
class Count:
    """Packets and their bytes."""

    packets: int = 0
    bytes: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(self.packets + other.packets, self.bytes + other.bytes)

    def __sub__(self, other: Count) -> Count:
        return Count(self.packets - other.packets, self.bytes - other.bytes)


@dataclass(frozen=True, slots=True)
class Traffic:
    """What went through a network."""

    ip: Count = Count()
    arp: Count = Count()

    def __add__(self, other: Traffic) -> Traffic:
        return Traffic(self.ip + other.ip, self.arp + other.arp)

    def __sub__(self, other: Traffic) -> Traffic:
        return Traffic(self.ip - other.ip, self.arp - other.arp)


def both_ways(place: Place) -> Count:
    """What a place has sent and received so far, without ARP."""
    found = _counters(place)
    return found["sent"] + found["received"]


def _counters(place: Place) -> dict[str, Count]:
    told = json.loads(run(*place.prefix, "nft", "-j", "list", "counters"))
    counters = (item["counter"] for item in told["nftables"] if "counter" in item)
    return {each["name"]: Count(each["packets"], each["bytes"]) for each in counters}


class Network:
    """`size` places that reach each other and this machine (at `gateway`)."""

    _made = 0

    def __init__(self, size: int) -> None:
        Network._made += 1
        self._tag = f"al{os.getpid() % 100_000}{chr(96 + Network._made)}"
        subnet = f"10.{200 + Network._made % 50}.{os.getpid() % 250}"
        self.gateway = f"{subnet}.254"
        self._names = [f"{self._tag}{n}" for n in range(size)]
        self.places = [
            Place(f"{subnet}.{n + 1}", ("ip", "netns", "exec", name))
            for n, name in enumerate(self._names)
        ]
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            bridge = self._tag
            run("ip", "link", "add", bridge, "type", "bridge", "mcast_snooping", "0")
            stack.callback(run, "ip", "link", "del", bridge)
            run("ip", "addr", "add", f"{self.gateway}/24", "dev", bridge)
            run("ip", "link", "set", bridge, "up")
            for name, place in zip(self._names, self.places, strict=True):
                stack.enter_context(self._joined(name, place))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @contextmanager
    def _joined(self, name: str, place: Place) -> Iterator[None]:
        run("ip", "netns", "add", name)
        try:
            outer = f"{name}v"
            run("ip", "link", "add", outer, "type", "veth", "peer", "eth0", "netns", name)
            run("ip", "link", "set", outer, "master", self._tag, "up")
            ip = ("ip", "-n", name)
            run(*ip, "link", "set", "eth0", "gso_max_segs", "1", "up")
            run(*ip, "link", "set", "lo", "up")
            run(*place.prefix, "sh", "-c", NO_IPV6)
            run(*ip, "addr", "add", f"{place.host}/24", "dev", "eth0")
            run(*ip, "route", "add", "default", "via", self.gateway)
            run(*place.prefix, "nft", "-f", "-", text=RULES)
            yield
        finally:
            run("ip", "netns", "del", name)

    def traffic(self) -> Traffic:
        """What all places have sent so far."""
        total = Traffic()
        for place in self.places:
            found = _counters(place)
            total += Traffic(found["sent"], found["asked"])
        return total

    @contextmanager
    def name_server(self, address: str) -> Iterator[None]:
        """Have the places ask this name server (`ip netns exec` puts the file in place)."""
        folders = [Path("/etc/netns") / name for name in self._names]
        for folder in folders:
            folder.mkdir(parents=True)
            (folder / "resolv.conf").write_text(f"nameserver {address}\n")
        try:
            yield
        finally:
            for folder in folders:
                (folder / "resolv.conf").unlink()
                folder.rmdir()
