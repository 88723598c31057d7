"""Run of the laboratory: reports, followers and looks go on while troubles come by a seed."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from pathlib import Path

import httpcore
import msgspec

from alarminati.client import AlarminatiError, Client, Record
from alarminati.core.model.entries import Alarm
from tests.laboratory.checker import LOOK, SETTLING
from tests.laboratory.history import Delivery, History, Look, Report, Sight, Trouble
from tests.laboratory.machine import Machine, build
from tests.laboratory.troubles import KINDS, Bench, Kind
from tests.support.cluster import AgentProcess, Cluster
from tests.support.networks import Network
from tests.support.patience import until
from tests.support.sink import Sink

AGENTS = 3
GAP = 0.15  # seconds between two alarms, on average
PATIENCE = 120.0  # seconds for the end: everything told, every journal the same
MEANTIME = (1.0, 6.0)  # seconds between two troubles


class Laboratory:
    """One run. Everything it starts ends with it."""

    def __init__(self, folder: Path, seed: int, kinds: tuple[Kind, ...] = KINDS) -> None:
        self.history = History(seed)
        self._folder = folder
        self._kinds = kinds
        self._dice = random.Random(seed)
        self._over = asyncio.Event()
        self._ill: dict[str, int] = {}  # troubles under way, by agent
        self._alone: set[str] = set()  # agents whose process is down or stands still

    async def run(self, seconds: float) -> History:
        """Let troubles come for so long, then wait until all is well, and return what was seen."""
        async with AsyncExitStack() as stack:
            network = stack.enter_context(Network(AGENTS))
            library = build(self._folder)
            machines = {
                f"a{n}": Machine(library, self._folder / f"a{n}.machine")
                for n in range(1, AGENTS + 1)
            }
            places = [
                replace(place, prefix=(*place.prefix, *machine.prefix))
                for place, machine in zip(
                    (network.place(n) for n in range(1, AGENTS + 1)), machines.values(), strict=True
                )
            ]
            sink = Sink(self._folder, network.host)
            cluster = await stack.enter_async_context(
                Cluster(self._folder, places, sink=sink, keys={"log": {"level": "warning"}})
            )
            bench = Bench(cluster, network, machines)
            await self._live(bench, seconds)
            self._take_deliveries(sink)
        return self.history

    async def _live(self, bench: Bench, seconds: float) -> None:
        cluster = bench.cluster
        work = [
            asyncio.create_task(self._report(cluster)),
            asyncio.create_task(self._look(cluster)),
            asyncio.create_task(self._restart(cluster)),
            *(asyncio.create_task(self._follow(cluster, f"f{n}")) for n in (1, 2)),
        ]
        reporting = work[0]
        try:
            await self._trouble(bench, seconds)
            self._over.set()
            await reporting
            await self._recovered(cluster)
        finally:
            self._over.set()
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)

    # What goes on all the time.

    async def _report(self, cluster: Cluster) -> None:
        for number in itertools.count():
            if self._over.is_set():
                return
            await self._hand_in(cluster, f"seed {self.history.seed} alarm {number:05}")
            await asyncio.sleep(self._dice.expovariate(1 / GAP))

    async def _hand_in(self, cluster: Cluster, message: str) -> None:
        """Report to one after the other, a few times; who takes it acknowledges it."""
        began = time.time()
        body = msgspec.json.encode({"message": message, "severity": "ERROR"})
        agents = self._dice.sample(cluster.agents, len(cluster.agents))
        for agent in agents * 3:
            with suppress(httpcore.NetworkError, httpcore.ProtocolError, TimeoutError):
                async with asyncio.timeout(3):
                    reply = await agent.post(body, headers={"Idempotency-Key": message})
                if reply.status == 200:
                    copies = int(reply.json["replicas"])
                    report = Report(message, began, time.time(), copies, agent.name)
                    self.history.reports.append(report)
                    return
        self.history.reports.append(Report(message, began))

    async def _look(self, cluster: Cluster) -> None:
        async with AsyncExitStack() as stack:
            clients = {
                agent.name: await stack.enter_async_context(
                    Client([agent.grpc], tls=cluster.tls, timeout=0.4)
                )
                for agent in cluster.agents
            }
            while True:
                at = time.time()
                lead = await asyncio.gather(*map(_leads, clients.values()))
                leaders = (name for name, leads in zip(clients, lead, strict=True) if leads)
                self.history.looks.append(Look(at, tuple(leaders)))
                await asyncio.sleep(LOOK)

    async def _follow(self, cluster: Cluster, name: str) -> None:
        addresses = [agent.grpc for agent in cluster.agents]
        async with Client(addresses, tls=cluster.tls) as client:
            async for event in client.subscribe():
                if isinstance(event, Record) and isinstance(event.body, Alarm):
                    sight = Sight(name, event.body.message, event.id.origin, event.id.sequence)
                    self.history.sights.append(sight)

    async def _restart(self, cluster: Cluster) -> None:
        """Start again what ended by itself, as a kubelet does."""
        while True:
            for agent in cluster.agents:
                if not agent.running and agent.name not in self._alone:
                    agent.start()
            await asyncio.sleep(0.5)

    # Troubles.

    async def _trouble(self, bench: Bench, seconds: float) -> None:
        end = time.monotonic() + seconds
        async with asyncio.TaskGroup() as under_way:
            while time.monotonic() < end:
                kind = self._dice.choice(self._kinds)
                agent = self._dice.choice(bench.cluster.agents)
                if self._may(kind, agent):
                    under_way.create_task(self._one(bench, kind, agent))
                await asyncio.sleep(self._dice.uniform(*MEANTIME))

    def _may(self, kind: Kind, agent: AgentProcess) -> bool:
        """Return whether the trouble may begin: one an agent, and one disk lost at a time."""
        if kind.name == "disk wiped" and (self._alone or self._recently_wiped()):
            return False
        return not self._ill.get(agent.name)

    def _recently_wiped(self) -> bool:
        """Return whether a disk is not filled again yet."""
        wiped = [each for each in self.history.troubles if each.kind == "disk wiped"]
        return bool(wiped) and time.time() < wiped[-1].ended + SETTLING

    async def _one(self, bench: Bench, kind: Kind, agent: AgentProcess) -> None:
        self._ill[agent.name] = self._ill.get(agent.name, 0) + 1
        if kind.alone:
            self._alone.add(agent.name)
        began = time.time()
        try:
            if not agent.running:
                return  # it ended by itself and is started again
            await kind.begin(bench, agent, self._dice)
            await asyncio.sleep(self._dice.uniform(*kind.seconds))
            if kind.name == "stop":
                await asyncio.to_thread(agent.wait, 30.0)
            await kind.end(bench, agent, self._dice)
        finally:
            self._alone.discard(agent.name)
            self._ill[agent.name] -= 1
            self.history.troubles.append(Trouble(kind.name, (agent.name,), began, time.time()))

    # The end.

    async def _recovered(self, cluster: Cluster) -> None:
        """Wait until everybody is up and agrees, and nothing is pending."""

        def up() -> bool:
            return all(agent.running for agent in cluster.agents)

        await until("every agent runs", up, PATIENCE)
        await asyncio.gather(*(agent.ready() for agent in cluster.agents))
        await cluster.agreed(PATIENCE)
        await cluster.settled(PATIENCE)
        acknowledged = {each.message for each in self.history.reports if each.answered}

        def seen() -> bool:
            found: dict[str, set[str]] = {"f1": set(), "f2": set()}
            for sight in self.history.sights:
                found[sight.follower].add(sight.message)
            return all(acknowledged <= each for each in found.values())

        with suppress(AssertionError, TimeoutError):  # the checker says which are missing
            await until("followers saw all", seen, 30)

    def _take_deliveries(self, sink: Sink) -> None:
        for arrival in sink.delivered(""):
            self.history.deliveries += [
                Delivery(alarm["message"], arrival.wall, arrival.key)
                for alarm in arrival.body["alarms"]
                if alarm["message"].startswith("seed ") and alarm.get("reason") != "reminder"
            ]


async def _leads(client: Client) -> bool:
    try:
        async with asyncio.timeout(0.4):
            said = await client.cluster()
    except (AlarminatiError, TimeoutError):
        return False
    return said.master == said.replica


def kinds_of(names: str) -> tuple[Kind, ...]:
    """Return the kinds with these names, comma-separated; all for "". Raises ValueError."""
    if not names:
        return KINDS
    known = {kind.name: kind for kind in KINDS}
    wanted = [name.strip() for name in names.split(",")]
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise ValueError(f"no trouble {unknown[0]!r}; there are: {', '.join(known)}")
    return tuple(known[name] for name in wanted)
