"""A cluster of agents, each a real process with mutual TLS, and ways to ask and to hurt them."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import grpc
import httpcore
import msgspec

from alarminati.pki.authority import Authority
from alarminati.pki.folder import save_issued
from alarminati.v1 import cluster_service_pb2 as pb
from alarminati.v1 import cluster_service_pb2_grpc as pb_grpc
from alarminati.wire.credentials import Tls, dial
from alarminati.wire.identity import Role
from alarminati.wire.sealing import CLUSTER_KEY, new_key
from tests.support.patience import until
from tests.support.ports import free_port
from tests.support.process import Process
from tests.support.sink import Sink

CLUSTER = "test-1"
STORY = 60  # lines of each log that a failure shows

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """Where an agent lives: the address it listens on, and what its command begins with."""

    host: str = "127.0.0.1"
    ports: tuple[int, int, int] = field(
        default_factory=lambda: (free_port(), free_port(), free_port())
    )
    prefix: tuple[str, ...] = ()  # e.g. ip netns exec
    advertise: str = ""  # where the others reach it; empty: host


@dataclass(frozen=True, slots=True)
class Reply:
    """What an agent said to an HTTP request."""

    status: int
    json: Any
    headers: dict[str, str]
    at: float  # seconds since 1970 when the request was begun


class AgentProcess(Process):
    """One agent."""

    def __init__(self, name: str, place: Place, folder: Path) -> None:
        config = folder / f"{name}.yaml"
        command = [*place.prefix, sys.executable, "-m", "alarminati", "agent"]
        super().__init__([*command, "--config", str(config)], folder / f"{name}.log")
        self.name = name
        self.place = place
        self.config = config
        self.data = folder / name

    @property
    def grpc(self) -> str:
        """Where gRPC is."""
        return f"{self.place.host}:{self.place.ports[0]}"

    @property
    def peer(self) -> str:
        """Where the other replicas reach it."""
        return f"{self.place.advertise or self.place.host}:{self.place.ports[0]}"

    async def get(self, path: str) -> int:
        """The status of a page on the health port; 0 when nobody answers."""
        url = f"http://{self.place.host}:{self.place.ports[2]}{path}"
        try:
            async with asyncio.timeout(2), httpcore.AsyncConnectionPool() as pool:
                return (await pool.request("GET", url)).status
        except (httpcore.NetworkError, httpcore.RemoteProtocolError, TimeoutError):
            return 0

    async def ready(self) -> None:
        """Wait until it says it is well."""

        async def well() -> bool:
            assert self.running, f"{self.name} ended:\n{self.said}"
            return await self.get("/healthz") == 200

        await until(f"{self.name} is ready", well, 30)

    async def post(
        self, content: bytes, path: str = "/v1/alarms", headers: dict[str, str] | None = None
    ) -> Reply:
        """Post a body. Raises httpcore's errors when there is no answer."""
        url = f"http://{self.place.host}:{self.place.ports[1]}{path}"
        sent = {"Host": self.place.host, "Content-Type": "application/json"} | (headers or {})
        at = time.time()
        async with asyncio.timeout(20), httpcore.AsyncConnectionPool() as pool:
            answer = await pool.request("POST", url, headers=list(sent.items()), content=content)
        got = {name.decode().lower(): value.decode() for name, value in answer.headers}
        return Reply(answer.status, msgspec.json.decode(answer.content), got, at)

    async def report(self, message: str, **more: object) -> Reply:
        """Report an alarm; it must be acknowledged."""
        document = {"message": message, "severity": "CRITICAL", **more}
        reply = await self.post(msgspec.json.encode(document))
        assert reply.status == 200, f"{self.name} said {reply.status}: {reply.json}"
        return reply


class Cluster:
    """Agents a1, a2, ... with a sink. Use with `async with`; everything ends with the block."""

    def __init__(
        self,
        folder: Path,
        places: Sequence[Place] | None = None,
        *,
        sink: Sink | None = None,
        channel: Json | None = None,
        discovery: Callable[[list[AgentProcess], AgentProcess], Json] | None = None,
        priorities: Mapping[str, int] | None = None,
        keys: Json | None = None,
    ) -> None:
        """`channel` changes the settings of the one channel; `priorities` go by agents' names;
        `keys` are further keys of every agent's configuration."""
        self.folder = folder
        self.sink = sink or Sink(folder)
        self.cluster = f"{CLUSTER}-{uuid4().hex[:6]}"
        self.authority = Authority.create(self.cluster)
        self.key = new_key()
        spots = places if places is not None else [Place(), Place(), Place()]
        self.agents = [
            AgentProcess(f"a{number}", spot, folder) for number, spot in enumerate(spots, 1)
        ]
        self.tls = self.certificate(Role.OPERATOR, "tester")
        self._channel = {"name": "ops", "type": "webhook", "url": self.sink.url} | (channel or {})
        self._priorities = dict(priorities or {})
        self._keys = dict(keys or {})
        for agent in self.agents:
            self._configure(agent, (discovery or _static)(self.agents, agent))

    def certificate(self, role: Role, name: str) -> Path:
        """A folder with a certificate of this cluster."""
        out = self.folder / "tls" / name
        save_issued(self.authority.issue(role, name, days=60), out)  # shorter ones are an alarm
        return out

    def _configure(self, agent: AgentProcess, discovery: Json) -> None:
        host, (grpc_port, http_port, health_port) = agent.place.host, agent.place.ports
        document: Json = {
            "project": "w-sharing",
            "cluster": self.cluster,
            "name": agent.name,
            "data": str(agent.data),
            "listen": {
                "grpc": f"{host}:{grpc_port}",
                "http": f"{host}:{http_port}",
                "health": f"{host}:{health_port}",
            },
            "discovery": discovery,
            "tls": {"ca": "ca.crt", "cert": "tls.crt", "key": "tls.key"},
            "channels": [self._channel],
            "priority": self._priorities.get(agent.name, 0),
        } | self._keys
        if agent.place.advertise:
            document["advertise"] = agent.peer
            document["listen"] |= {"grpc": f"0.0.0.0:{grpc_port}"}
        if not host.startswith("127."):
            document.setdefault("http", {"anonymous": "any"})
        folder = self.certificate(Role.AGENT, agent.name)
        (folder / CLUSTER_KEY).write_text(f"{self.key}\n")
        document["tls"] = {
            key: str(folder / name)
            for key, name in (("ca", "ca.crt"), ("cert", "tls.crt"), ("key", "tls.key"))
        }
        agent.config.write_bytes(msgspec.json.encode(document))  # JSON is YAML

    # Life.

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            self.end()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            error.add_note(self.story())
        self.end()

    async def start(self) -> None:
        """Start the sink and every agent, and wait until all of them agree on a master."""
        if not self.sink.process.running:
            await self.sink.start()
        for agent in self.agents:
            agent.start()
        await asyncio.gather(*(agent.ready() for agent in self.agents))
        await self.agreed()

    def end(self) -> None:
        """Kill whatever runs."""
        for process in (*self.agents, self.sink.process):
            process.kill()

    def story(self) -> str:
        """The last of what every process said."""
        parts = []
        for process in (*self.agents, self.sink.process):
            lines = [line[:200] for line in process.said.splitlines()[-STORY:]]
            parts.append(f"--- {process.log.name}\n" + "\n".join(lines))
        return "\n".join(parts)

    # Asking.

    def dial(self, agent: AgentProcess, tls: Path | None = None) -> grpc.aio.Channel:
        """A gRPC channel to an agent; as operator, unless another certificate is given."""
        return dial(agent.grpc, Tls.load(tls or self.tls), self.cluster)

    async def standing(self, agent: AgentProcess) -> pb.GetClusterResponse:
        """What an agent says about the cluster. Raises AioRpcError."""
        async with self.dial(agent) as channel:
            stub: Any = pb_grpc.ClusterServiceStub(channel)
            answer: pb.GetClusterResponse = await stub.GetCluster(
                pb.GetClusterRequest(), timeout=2.0
            )
            return answer

    async def standings(self) -> list[pb.GetClusterResponse]:
        """What every running agent says; [] when one does not answer."""
        running = [agent for agent in self.agents if agent.running]
        try:
            return await asyncio.gather(*(self.standing(agent) for agent in running))
        except grpc.aio.AioRpcError:
            return []

    def named(self, name: str) -> AgentProcess:
        """The agent of that name."""
        return next(agent for agent in self.agents if agent.name == name)

    async def agreed(self, within: float = 20.0) -> AgentProcess:
        """The master, once every running agent names the same one and is linked to it."""

        async def one() -> str:
            said = await self.standings()
            names = {each.master for each in said}
            linked = not any(each.master_unreachable for each in said)
            return names.pop() if len(names) == 1 and linked else ""

        return self.named(await until("all agree on one master", one, within))

    async def master(self) -> AgentProcess:
        """The master, once all agree."""
        return await self.agreed()

    async def standbys(self) -> list[AgentProcess]:
        """The running agents that are not master, once all agree."""
        master = await self.agreed()
        return [agent for agent in self.agents if agent.running and agent is not master]

    async def settled(self, within: float = 20.0) -> None:
        """Wait until nothing is left to do: equal journals and nothing pending anywhere."""

        async def calm() -> bool:
            said = await self.standings()
            return (
                len({each.master for each in said}) == 1
                and len({each.journal.cursor for each in said}) == 1
                and not any(each.outbox.pending for each in said)
            )

        await until("every journal is the same and nothing is pending", calm, within)

    async def told(self, message: str, within: float = 20.0) -> int:
        """How often an alarm was delivered, once nothing more is to come.

        A later alarm has come through and every replica is at rest: what was owed before is told.
        """
        await self.sink.first(message, within)
        last = f"the last alarm {uuid4().hex}"
        await (await self.agreed()).report(last)
        await self.sink.first(last)
        await self.settled()
        return len(self.sink.delivered(message))


def _static(agents: list[AgentProcess], agent: AgentProcess) -> Json:
    peers = [other.peer for other in agents if other is not agent]
    return {"mode": "static", "peers": peers} if peers else {"mode": "none"}
