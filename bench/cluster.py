"""Clusters of agents as users start them: certificates, a configuration, the command line."""

from __future__ import annotations

import asyncio
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml

from alarminati.client import Client
from bench.process import ALARMINATI, HERE, PATIENCE, Place, Process, environment, until

CLUSTER = "bench"
SIZE = 3


class Certificates:
    """An authority, with a certificate for each replica, an operator and a viewer."""

    def __init__(self, folder: Path, size: int = SIZE) -> None:
        self.operator = folder / "me"
        self.viewer = folder / "you"
        self._folder = folder
        _pki("init", "--out", str(folder / "ca"), "--cluster", CLUSTER)
        self._issue("operator", "me")
        self._issue("viewer", "you")
        for place in range(size):
            self._issue("agent", f"a{place + 1}")

    def _issue(self, role: str, name: str) -> None:
        out = str(self._folder / name)
        _pki("issue", "--ca", str(self._folder / "ca"), "--role", role, "--name", name,
             "--out", out)  # fmt: skip

    def of(self, name: str) -> dict[str, str]:
        """The `tls` part of a replica's configuration."""
        folder = self._folder / name
        return {
            "ca": str(folder / "ca.crt"),
            "cert": str(folder / "tls.crt"),
            "key": str(folder / "tls.key"),
        }


def _pki(*arguments: str) -> None:
    subprocess.run(
        [*ALARMINATI, "pki", *arguments], check=True, capture_output=True, env=environment()
    )


@dataclass(slots=True)
class Replica:
    """One agent, running or not."""

    name: str
    place: Place
    folder: Path
    grpc: str
    http: str
    health: str
    variables: Mapping[str, str] = field(default_factory=dict)  # of its environment
    process: Process | None = None

    @property
    def running(self) -> Process:
        """The process; it must have been started."""
        assert self.process is not None, f"{self.name} is not started"
        return self.process

    def start(self) -> None:
        """Start it; use `ready` to know when it is up."""
        command = (*ALARMINATI, "agent", "--config", str(self.folder / "agent.yaml"))
        log = self.folder / "agent.log"
        self.process = Process(command, log, self.place, self.variables)

    def stop(self) -> None:
        """Stop it if it runs."""
        if self.process is not None:
            self.process.stop()
            self.process = None

    def ready(self) -> bool:
        """Whether it says that it is well."""
        self.running.check()
        return page(f"http://{self.health}/healthz") is not None


def page(url: str) -> bytes | None:
    """A page, None when there is none now."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            body: bytes = answer.read()
            return body
    except (OSError, urllib.error.URLError):
        return None


class Cluster:
    """Some replicas of one cluster, mutual TLS on. A context manager: stops them at the end."""

    def __init__(
        self,
        folder: Path,
        certificates: Certificates,
        *,
        places: Sequence[Place] = (HERE,) * SIZE,
        sink: str = "",
        discovery: dict[str, Any] | None = None,
        variables: Mapping[str, str] | None = None,
        **keys: Any,
    ) -> None:
        """`sink` is a webhook's address; `discovery` is static when not given; `variables` are
        added to the environment; `keys` are further keys of the configuration."""
        self.certificates = certificates
        self._master = ""
        self.replicas = [_replica(folder / f"a{n + 1}", p) for n, p in enumerate(places)]
        for replica in self.replicas:
            replica.variables = variables or {}
            peers = [other.grpc for other in self.replicas if other is not replica]
            found = discovery or ({"mode": "static", "peers": peers} if peers else {"mode": "none"})
            listen = {"grpc": replica.grpc, "http": replica.http, "health": replica.health}
            config = {
                "project": "w-sharing",
                "cluster": CLUSTER,
                "name": replica.name,
                "data": str(replica.folder / "data"),
                "listen": listen,
                "discovery": found,
                "tls": certificates.of(replica.name),
                "log": {"level": "warning"},
                "http": {"anonymous": "any"},  # some of them live in networks of their own
                **keys,
            }
            if sink:
                config["channels"] = [{"name": "ops", "type": "webhook", "url": sink}]
            (replica.folder / "agent.yaml").write_text(yaml.safe_dump(config))

    def start(self) -> None:
        """Start all at once."""
        for replica in self.replicas:
            replica.start()

    async def up(self) -> None:
        """Start, and wait until one leads and the others hang on it."""
        self.start()
        for replica in self.replicas:
            await until(replica.ready, f"{replica.name} is ready")
        end = time.monotonic() + PATIENCE
        while not await self._whole():
            if time.monotonic() > end:
                raise TimeoutError("no master with all others linked")
            await asyncio.sleep(0.1)

    async def _whole(self) -> bool:
        """As the replicas say themselves; asking for /metrics would make them larger."""
        stands = []
        for replica in self.replicas:
            async with Client([replica.grpc], tls=self.certificates.operator) as client:
                stands.append(await client.cluster())
        self._master = stands[0].master
        one = bool(self._master) and all(stand.master == self._master for stand in stands)
        linked = [each for stand in stands if stand.replica == self._master
                  for each in stand.replicas if each.connected]  # fmt: skip
        return one and len(linked) == len(self.replicas)

    @property
    def master(self) -> Replica:
        """Who led when all were up."""
        return next(replica for replica in self.replicas if replica.name == self._master)

    @property
    def standbys(self) -> list[Replica]:
        """Who did not."""
        return [replica for replica in self.replicas if replica is not self.master]

    def seconds(self) -> float:
        """Return the processor time that all have used."""
        return sum(replica.running.seconds() for replica in self.replicas)

    def stop(self) -> None:
        """Stop all; standbys first, so that nobody has to be elected."""
        for replica in self.replicas:
            replica.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.stop()


def _replica(folder: Path, place: Place) -> Replica:
    folder.mkdir(parents=True)
    grpc, http, health = (f"{place.host}:{port}" for port in place.ports(3))
    return Replica(folder.name, place, folder, grpc, http, health)
