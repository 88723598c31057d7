"""Everything the demo runs: certificates, three agents, a sample application, a sink.

All of it lies in one folder, listens on loopback at free ports, and bears a cluster name of its
own, so that any number of demos run side by side.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import secrets
import shlex
import socket
import sysconfig
import time
import urllib.request
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from alarminati.client import Client
from alarminati.demo.crew import Crew, crew
from alarminati.pki.authority import Authority, default_hosts
from alarminati.pki.folder import save_issued
from alarminati.wire.background import attend
from alarminati.wire.identity import Role

NAMES = ("a1", "a2", "a3")
CHECK = "ws-api"
DAYS = 365  # that the certificates are good for: less would raise alarms of their end
LOOK = 0.03  # seconds between looks at what cannot be waited for
_READY = re.compile(rb"ready: gRPC on (\d+), HTTP on (\d+), health on (\d+)")
_MDNS = ("224.0.0.251", 5353)  # RFC 6762

CONFIG = """\
project: w-sharing
cluster: {cluster}
name: {name}
data: {name}
listen: {{grpc: "127.0.0.1:{grpc}", http: "127.0.0.1:{http}", health: "127.0.0.1:{health}"}}
discovery: {discovery}
tls: tls/{name}
channels:
  - {{name: team, type: slack, url: "{sink}", language: {language}}}
checks:
  - {{name: {check}, url: "{app}/healthz", interval: 1s, timeout: 1s, success_threshold: 2,
     failure_threshold: 2}}
"""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where an agent listens; 0: at any free port."""

    grpc: int = 0
    http: int = 0
    health: int = 0


@dataclass(frozen=True, slots=True)
class Message:
    """What the sink received."""

    at: float  # monotonic seconds, when we learnt of it
    body: bytes  # JSON

    def tells(self, words: str, resolved: bool) -> bool:
        """Whether it says that this fires, or that it is over."""
        text = self.body.decode()
        return words in text and ("✅" in text) == resolved


class Stage:
    """The parts, and what can be done with them. Made by `staged`."""

    def __init__(self, folder: Path, crew: Crew, language: str, clients: AsyncExitStack) -> None:
        self.folder = folder
        self.crew = crew
        self.cluster = f"demo-{secrets.token_hex(3)}"
        self.zeroconf = multicast_works()
        self.messages: list[Message] = []
        self.news = asyncio.Condition()
        self.ports: dict[str, Ports] = {}
        self.clients: dict[str, Client] = {}
        self.everyone: Client
        self.app = self.sink = ""
        self._language = language
        self._closing = clients
        self._reading: asyncio.Task[None] | None = None

    # What runs.

    async def open(self) -> None:
        """Start everything. Raises EOFError when a process ends at once."""
        await asyncio.to_thread(self._certify)
        await self._open_helpers()
        if self.zeroconf:
            await asyncio.gather(*(self.start_agent(name) for name in NAMES))
        else:
            for name in NAMES:  # each knows those before it
                await self.start_agent(name)
        tls = self.folder / "tls" / "you"
        for name in NAMES:
            client = Client([self.address(name)], tls)
            self.clients[name] = await self._closing.enter_async_context(client)
        everyone = Client([self.address(name) for name in NAMES], tls)
        self.everyone = await self._closing.enter_async_context(everyone)
        self._write_env()

    def _certify(self) -> None:
        authority = Authority.create(self.cluster, days=DAYS)
        for name in NAMES:
            issued = authority.issue(Role.AGENT, name, hosts=default_hosts(name), days=DAYS)
            save_issued(issued, self.folder / "tls" / name)
        save_issued(authority.issue(Role.OPERATOR, "you", days=DAYS), self.folder / "tls" / "you")

    async def _open_helpers(self) -> None:
        log = self.folder / "sink.log"
        sink = await self.crew.start(
            "sink", log, "alarminati.demo.sink", "--port", "0", "--slack", helper=True
        )
        log = self.folder / "app.log"
        app = await self.crew.start("app", log, "alarminati.demo.app", helper=True)
        self.sink = f"http://127.0.0.1:{await sink.port()}"
        self.app = f"http://127.0.0.1:{await app.port()}"
        self._reading = attend(self._read(), "reading along")

    async def close(self) -> None:
        """Stop reading."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait({self._reading})

    async def start_agent(self, name: str) -> None:
        """Start an agent, again where it was before; returns when it is ready."""
        ports = self.ports.get(name, Ports())
        config = self.folder / f"{name}.yaml"
        config.write_text(self._config(name, ports), encoding="utf-8")
        log = self.folder / f"{name}.log"
        begin = log.stat().st_size if log.exists() else 0
        await self.crew.start(name, log, "alarminati", "agent", "--config", str(config))
        self.ports[name] = await _ready(log, begin)

    def _config(self, name: str, ports: Ports) -> str:
        others = [f'"{self.address(other)}"' for other in self.ports if other != name]
        if self.zeroconf:
            discovery = "{mode: zeroconf}"
        else:
            discovery = f"{{mode: static, peers: [{', '.join(others)}]}}" if others else "{}"
        return CONFIG.format(
            cluster=self.cluster,
            name=name,
            grpc=ports.grpc,
            http=ports.http,
            health=ports.health,
            discovery=discovery,
            sink=f"{self.sink}/services/T0/B0/demo",
            language=self._language,
            check=CHECK,
            app=self.app,
        )

    # What is asked of it.

    def address(self, name: str) -> str:
        """Where an agent takes gRPC."""
        return f"127.0.0.1:{self.ports[name].grpc}"

    async def masters(self, names: Sequence[str]) -> set[tuple[str, frozenset[str]]]:
        """What these agents say: who is master, and which of them it has a live path to."""
        answers = await asyncio.gather(*(self.clients[name].cluster() for name in names))
        return {
            (
                answer.master,
                frozenset(
                    one.name
                    for one in answer.replicas
                    if one.connected or one.name == answer.replica
                ),
            )
            for answer in answers
        }

    async def order_app(self, what: str) -> None:
        """Break or mend the sample application. Raises OSError."""
        order = urllib.request.Request(f"{self.app}/{what}", data=b"", method="POST")
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        await asyncio.to_thread(lambda: opener.open(order, timeout=5).close())

    async def message(self, words: str, *, resolved: bool = False) -> Message:
        """Wait for the sink to receive what tells this."""
        async with self.news:
            while not (found := self.told(words, resolved=resolved)):
                await self.news.wait()
        return found[0]

    def told(self, words: str, *, resolved: bool = False) -> list[Message]:
        """Messages received that tell this."""
        return [message for message in self.messages if message.tells(words, resolved)]

    async def _read(self) -> None:
        sink = self.crew.children["sink"]
        while line := await sink.line():
            told = msgspec.json.decode(line, type=dict[str, Any])
            async with self.news:
                if 200 <= told["status"] < 300:
                    body = msgspec.json.encode(told["body"])
                    self.messages.append(Message(time.monotonic(), body))
                self.news.notify_all()

    # What people type.

    @property
    def environ(self) -> dict[str, str]:
        """Variables for a terminal that speaks with these agents."""
        return {
            "ALARMINATI_AGENT": ",".join(self.address(name) for name in NAMES),
            "ALARMINATI_TLS": str(self.folder / "tls" / "you"),
            "ALARMINATI_CACHE": str(self.folder / "cache"),
        }

    def _write_env(self) -> None:
        lines = [f"export {name}={shlex.quote(value)}" for name, value in self.environ.items()]
        scripts = shlex.quote(sysconfig.get_path("scripts"))
        text = "\n".join([f'export PATH={scripts}:"$PATH"', *lines])
        (self.folder / "env").write_text(f"{text}\n", encoding="utf-8")

    def tail_line(self) -> str:
        """A command for another terminal that follows the alarms."""
        program = Path(sysconfig.get_path("scripts")) / "alarminati"
        environ = self.environ
        words = (str(program), "tail", "--no-cache", "--agent", environ["ALARMINATI_AGENT"])
        return shlex.join([*words, "--tls", environ["ALARMINATI_TLS"]])


@asynccontextmanager
async def staged(folder: Path, language: str) -> AsyncIterator[Stage]:
    """A stage in `folder`, not opened yet; closed and every process ended after the block."""
    async with crew() as processes, AsyncExitStack() as clients:
        stage = Stage(folder, processes, language, clients)
        try:
            yield stage
        finally:
            await stage.close()


async def _ready(log: Path, begin: int) -> Ports:
    """Wait until an agent has logged where it listens."""
    while True:
        if found := _READY.search(log.read_bytes(), begin):
            return Ports(*map(int, found.groups()))
        await asyncio.sleep(LOOK)


def multicast_works() -> bool:
    """Whether agents on loopback can find each other by zeroconf: a packet sent must come back."""
    here = socket.inet_aton("127.0.0.1")
    membership = socket.inet_aton(_MDNS[0]) + here
    with (
        contextlib.suppress(OSError),
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as shared,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as hearing,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as speaking,
    ):
        for name in ("SO_REUSEADDR", "SO_REUSEPORT"):
            if hasattr(socket, name):
                shared.setsockopt(socket.SOL_SOCKET, getattr(socket, name), 1)
        shared.bind(("", _MDNS[1]))
        hearing.bind(("", 0))
        hearing.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
        hearing.settimeout(0.5)
        speaking.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, here)
        word = secrets.token_bytes(8)
        speaking.sendto(word, (_MDNS[0], hearing.getsockname()[1]))
        return hearing.recv(64) == word
    return False
