"""A network of namespaces that can be cut: one for each agent, and a way for the test to reach all.

Each namespace has two interfaces: `mesh`, through which agents talk to each other and which can be
cut, and `door`, through which the test and the sink are reached and which is never cut.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from tests.support.cluster import Place

# Addresses for trials between networks, which nobody else uses (RFC 2544).
_NETWORK = "198.18"


class Network:
    """Namespaces n1, n2, ... Use with `with`; needs root. Everything is removed with the block."""

    def __init__(self, size: int) -> None:
        self._tag = f"al{os.getpid() % 100_000}"
        self._bridges = {"mesh": f"{self._tag}m", "door": f"{self._tag}d"}
        self._third = os.getpid() % 250
        self.size = size

    @property
    def host(self) -> str:
        """The test's own address, which every namespace reaches."""
        return f"{_NETWORK}.{self._third}.254"

    def namespace(self, number: int) -> str:
        """The name of namespace `number`, from 1."""
        return f"{self._tag}n{number}"

    def place(self, number: int, resolv: Path | None = None) -> Place:
        """For an agent in namespace `number`; `resolv` stands for its /etc/resolv.conf."""
        prefix = ["ip", "netns", "exec", self.namespace(number)]
        if resolv is not None:
            # `ip netns exec` gives each command file systems of its own, so nobody else sees this.
            script = 'mount --bind "$0" /etc/resolv.conf && exec "$@"'
            prefix += ["sh", "-c", script, str(resolv)]
        return Place(
            f"{_NETWORK}.{self._third}.{number}",
            (7443, 8080, 8081),
            tuple(prefix),
            advertise=self.mesh_address(number),
        )

    def mesh_address(self, number: int) -> str:
        """Where the other namespaces reach it."""
        return f"10.{self._third}.77.{number}"

    def give_dead_ipv6(self, number: int) -> None:
        """Give it a global address and a way out of it on which every packet vanishes."""
        name = self.namespace(number)
        _ip("-n", name, "address", "add", "2001:db8:77::1/64", "dev", "mesh", "nodad")
        nobody = ("2001:db8:77::99", "lladdr", "02:00:00:00:00:99", "dev", "mesh")
        _ip("-n", name, "neighbour", "add", *nobody, "nud", "permanent")
        _ip("-n", name, "route", "add", "default", "via", "2001:db8:77::99")

    def cut(self, number: int) -> None:
        """Let nothing more through between it and the others; nobody is told."""
        _ip("link", "set", f"{self._tag}m{number}", "nomaster")

    def heal(self, number: int) -> None:
        """Connect it again."""
        _ip("link", "set", f"{self._tag}m{number}", "master", self._bridges["mesh"])

    def __enter__(self) -> Self:
        try:
            self._build()
        except subprocess.CalledProcessError as error:
            self.remove()
            pytest.skip(f"this machine does not let root make networks: {error.stderr.strip()}")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.remove()

    def _build(self) -> None:
        for bridge in self._bridges.values():
            _ip("link", "add", bridge, "type", "bridge")
            _ip("link", "set", bridge, "up")
        _ip("address", "add", f"{self.host}/24", "dev", self._bridges["door"])
        for number in range(1, self.size + 1):
            name = self.namespace(number)
            _ip("netns", "add", name)
            _ip("-n", name, "link", "set", "lo", "up")
            self._connect(number, "mesh", f"{self.mesh_address(number)}/24")
            self._connect(number, "door", f"{_NETWORK}.{self._third}.{number}/24")

    def _connect(self, number: int, kind: str, address: str) -> None:
        outside, name = f"{self._tag}{kind[0]}{number}", self.namespace(number)
        _ip("link", "add", outside, "type", "veth", "peer", "name", kind, "netns", name)
        _ip("link", "set", outside, "master", self._bridges[kind], "up")
        _ip("-n", name, "address", "add", address, "dev", kind)
        _ip("-n", name, "link", "set", kind, "up")

    def remove(self) -> None:
        """Take down whatever there is of it."""
        for number in range(1, self.size + 1):
            _ip("netns", "delete", self.namespace(number), check=False)
            for kind in self._bridges:  # gone with its namespace, unless that was never made
                _ip("link", "delete", f"{self._tag}{kind[0]}{number}", check=False)
        for bridge in self._bridges.values():
            _ip("link", "delete", bridge, check=False)


def _ip(*arguments: str, check: bool = True) -> None:
    subprocess.run(["ip", *arguments], check=check, capture_output=True, text=True, timeout=20)
