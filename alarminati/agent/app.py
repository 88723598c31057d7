"""One agent: every part made from the configuration, started in order, stopped in reverse."""

from __future__ import annotations

import asyncio
import logging
import os
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any

import grpc
from grpc_health.v1 import health_pb2_grpc
from grpc_health.v1.health import aio as grpc_health

from alarminati import __version__
from alarminati.agent.bulletins import Bulletins
from alarminati.agent.delivery.channels import ChannelSet, from_file, try_templates
from alarminati.agent.delivery.secret_store import SecretStore, Tokens
from alarminati.agent.delivery.sender import Delivery
from alarminati.agent.garbage import collect_seldom, uncollected
from alarminati.agent.housekeeping import Housekeeping
from alarminati.agent.http_server import Reporting, http_door
from alarminati.agent.journal_copy import JournalCopies
from alarminati.agent.master_tasks.heartbeats import HeartbeatDesk
from alarminati.agent.master_tasks.tasks import MasterTasks
from alarminati.agent.mesh.discovery.choice import discovery_of
from alarminati.agent.mesh.recent_entries import RecentReader
from alarminati.agent.mesh.transport import Mesh
from alarminati.agent.mesh.unreachable_peers import watch_of
from alarminati.agent.metrics import AgentStatus, Counters, Metrics
from alarminati.agent.reload import Again, Reload
from alarminati.agent.rpc.access import add_access
from alarminati.agent.rpc.alarms import Alarms
from alarminati.agent.rpc.authorization import Authorization
from alarminati.agent.rpc.channels import Channels
from alarminati.agent.rpc.cluster import ClusterFacts, add_cluster
from alarminati.agent.rpc.marks import MarkDesk, add_marks
from alarminati.agent.rpc.monitors import add_monitors
from alarminati.agent.rpc.reflection import add_reflection
from alarminati.agent.rpc.silences import add_silences
from alarminati.agent.runtime import LiveReplica, wall
from alarminati.agent.store import Store, require_usable
from alarminati.agent.subscriptions.feed import Feed
from alarminati.agent.supervisor import Supervisor, persistent
from alarminati.agent.systemd import READY, STOPPING, ServiceManager
from alarminati.agent.tls.certificates import Certificates
from alarminati.agent.tls.monitor import CertificateMonitor, warden_of
from alarminati.agent.tls.renewal import open_certificates
from alarminati.channels.http_client import HttpClient, fetched
from alarminati.channels.proxies import mistakes
from alarminati.config import Address, AgentConfig
from alarminati.core.access.sealed import SealedSecrets
from alarminati.core.access.trust import Trust
from alarminati.core.alarms.book import AlarmBook
from alarminati.core.alarms.dedup import known
from alarminati.core.alarms.ends import Ends
from alarminati.core.alarms.marks import Marks
from alarminati.core.bounded.bounds import Bounds
from alarminati.core.delivery.outbox import Outbox
from alarminati.core.election.election import Election
from alarminati.core.election.messages import rank
from alarminati.core.election.timing import Timing
from alarminati.core.journal.extents import Journal
from alarminati.core.journal.ingest import effect
from alarminati.core.model.entries import Alarm, EntryId
from alarminati.core.model.hlc import HybridClock
from alarminati.core.monitors.heartbeats import Heartbeats
from alarminati.core.monitors.reload_status import CONFIGURATION, ReloadStatus
from alarminati.core.replica import Replica
from alarminati.edge.health import Health
from alarminati.mesh.v1 import mesh_service_pb2_grpc
from alarminati.v1 import channel_service_pb2_grpc
from alarminati.wire import codec, credentials
from alarminati.wire.background import begin
from alarminati.wire.credentials import Tls
from alarminati.wire.options import SERVER

COPY_WAIT = 30.0  # seconds in which an empty journal is read from a copy before it leads
STOP_PATIENCE = 5.0  # seconds for what is under way, when stopping

log = logging.getLogger(__name__)


class Agent:
    """A replica with all its doors."""

    def __init__(
        self, config: AgentConfig, store: Store, certificates: Certificates | None
    ) -> None:
        """`store` is open; the caller closes it. No certificates: no TLS. Raises ConfigError."""
        self.config = config
        self.reload: Reload | None = None
        self.store = store
        self.tally = Counters()
        self._certificates = certificates
        self._dice = random.SystemRandom()
        self._vault = SecretStore(SealedSecrets(), config.seal())
        self.channels = ChannelSet(self._vault, from_file(config), config.route.tree())
        self._servicer = grpc_health.HealthServicer()
        self._http = HttpClient(os.environ)
        self._reporting = Reporting(config, self.tally, partial(fetched, self._http))
        for sentence in mistakes(os.environ):
            log.warning("%s", sentence)
        self._book = AlarmBook()
        self._trust = Trust()
        self._signals = Heartbeats()
        self._marks = Marks()
        self._access = Authorization(
            config.cluster, insecure=certificates is None, refuses=self._trust.refuses
        )
        self.grpc_port = self.http_port = self.health_port = 0
        self._build()

    def _build(self) -> None:
        config, outbox = self.config, self._outbox()
        self._delivery = self._delivery_of(outbox)
        reader = RecentReader(self.store)
        # Names and multicast take longer to answer than a list.
        grace = 0.7 if config.discovery.mode in ("dns", "zeroconf") else 0.4
        timing = Timing(beat=float(config.keepalive_interval), grace=grace)
        # A fresh origin for every process: see core.journal.
        journal = Journal(self.store.new_origin(), self.store.extents(), self.store.newest)
        election = Election(
            config.name,
            rank(config.seed, config.name, config.priority),
            timing,
            random.Random(self._dice.random()),
            instance=journal.own,
            started=wall(),
        )
        self.replica = Replica(
            project=config.project,
            journal=journal,
            clock=HybridClock(),
            election=election,
            book=self._book,
            outbox=outbox,
            timing=timing,
            reader=reader,
            encode=codec.encode,
            folds=[self._vault.registry, self._trust, self._signals, self._marks],
            must_refill=self.store.refill_needed,
            copy_wait=COPY_WAIT if config.copies and not self.store.count else 0.0,
            bounds=Bounds(waiting=config.limits.pending_alarms, firing=config.limits.firing_alarms),
        )
        self.live = LiveReplica(self.replica, self.store, reader, self._delivery, self.tally)
        self._vault.live = self.live
        self._bulletins = Bulletins(self.live, self._book, self._servicer, self.trouble)
        self.live.folded += [self.channels.folded]
        self.channels.changed.append(self._reconfigure)
        self.feed = Feed(self.store, config.cluster, config.project, config.name)
        self.heartbeats = HeartbeatDesk(config, self.live, self._book, self._signals, wall)
        self.duties = MasterTasks(
            self.heartbeats,
            *(config, self.live, self._book, self.channels, self._delivery, self._dice, wall),
            *(self._tls, self._reporting.relayed),
        )
        self.copies = JournalCopies(config, self.live, self._dice, wall)
        self.mesh = Mesh(
            self.live,
            config.cluster,
            lambda address: credentials.dial(address, self._tls(), config.cluster),
            self.tally,
            beat=timing.beat,
            patience=timing.answer,
            refuses=self._trust.refuses,
        )
        self.peers = watch_of(config, self.live)
        self._warden = self._warden_of(self._certificates) if self._certificates else None

    def _led(self, leading: bool) -> None:
        self.duties.led(leading)
        self.copies.led(leading)

    def _tls(self) -> Tls | None:
        """What to show on the next connection."""
        return self._certificates.current if self._certificates else None

    def _warden_of(self, certificates: Certificates) -> CertificateMonitor:
        host = self.config.listen.grpc
        return warden_of(
            self.config.name,
            certificates,
            self.live,
            self.mesh,
            self._book,
            lambda: str(Address("127.0.0.1" if host.is_wildcard else host.host, self.grpc_port)),
            random.Random(self._dice.random()),
        )

    def _outbox(self) -> Outbox:
        return Outbox(
            self._book,
            self.channels.router(),
            self.channels.limits(),
            random.Random(self._dice.random()),
            replica=self.config.name,
            project=self.config.project,
            policy=self.config.policy(),
        )

    def _delivery_of(self, outbox: Outbox) -> Delivery:
        return Delivery(
            self.channels,
            self._http,
            self._book,
            project=self.config.project,
            cluster=self.config.cluster,
            wall=wall,
            receipts=outbox.queries.receipt,
            planned=outbox.queries.on_purpose,
            keeper=Tokens(self._vault, self.config.name),
        )

    def _reconfigure(self) -> None:
        """Other channels or routes count from now on."""
        channels = self.channels
        self.live.reconfigure(channels.router(), self.config.policy(), channels.limits())

    def follow(self, again: Again) -> None:
        """Watch the configuration that `again` reads, once the journal is loaded."""
        self.reload = Reload(
            self.config,
            again,
            use=self._use,
            reloading=ReloadStatus(self._book, self.config.name, CONFIGURATION),
            report=lambda alarm: self.live.accept([alarm]),
            wall=wall,
        )

    def _use(self, config: AgentConfig) -> None:
        """This configuration counts from now on, or none of it. Raises ConfigError."""
        placed, admit = from_file(config), self._reporting.plan(config)
        self.config = config
        self._vault.use(config.seal())
        self.channels.use_file(placed, config.route.tree())
        admit()
        self.duties.use(config)
        logging.getLogger("alarminati").setLevel(config.log.level.upper())

    def _known(self, alarm: Alarm) -> EntryId | None:
        found = known(self._book, alarm, self.config.resolve_timeouts, wall())
        if found is not None:
            self.heartbeats.heard([alarm])
        return found

    def _change(self, alarm: Alarm, id: EntryId) -> tuple[str, str]:
        alarm = alarm.within(self.config.project)
        return alarm.fingerprint(), effect(self._book, alarm, id).name.lower()

    # Figures.

    def trouble(self) -> str:
        """What keeps this replica from serving, one sentence; empty when nothing does."""
        if trouble := self.live.trouble:
            return trouble
        if not self.store.has_room:
            return "the journal's disk is full; alarms are refused until there is room"
        return ""

    def warning(self) -> str:
        """Return what people should attend to although it serves; mostly empty."""
        return self.replica.admission.sentence

    def state(self) -> str:
        """Return what people should know although it serves; empty: nothing."""
        if self.replica.loading:
            return "loading: the journal is being read; alarms are taken, nothing is sent yet"
        return ""

    def standing(self) -> AgentStatus:
        """For /metrics."""
        election, outbox = self.replica.election, self.replica.outbox
        return AgentStatus(
            version=__version__,
            master=self.replica.leading,
            epoch=election.epoch,
            connected=self.replica.leading or election.linked,
            peers=len(self.replica.linked_names()),
            unreachable=len(self.peers.unreachable()),
            entries=self.store.count,
            journal_bytes=self.store.bytes,
            incomplete=self._bulletins.incomplete,
            queues=self.duties.queues,
            copies=self.copies.standings,
            channels=tuple(self.channels),
            pending=outbox.pending_by_channel(),
            dead=Counter(letter.channel for letter in outbox.queries.dead_letters()),
            forgotten=outbox.queries.dead_forgotten,
            waiting=outbox.queries.waiting(),
            silences=len(outbox.silences.active(wall())),
            heartbeats=Counter(each.state.value for each in self.heartbeats.list()),
            subscribers=self.feed.streams,
            firing=Counter(state.peak.severity for state in self._book.states(resolved=False)),
            firing_limit=self.config.limits.firing_alarms,
            firing_bytes=self._book.firing_bytes,
            certificate=self._warden.standing if self._warden else None,
            config=self.reload.standing if self.reload else None,
        )

    def _facts(self) -> ClusterFacts:
        """For GetCluster."""
        return ClusterFacts(
            self.config,
            self.reload.standing if self.reload else None,
            self._warden.standing if self._warden else None,
            self.duties.queues,
        )

    # Life.

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Serve within the block. Raises OSError or CannotListen when a port cannot be had."""
        async with AsyncExitStack() as stack:
            server = await self._serve(stack)
            stack.push_async_callback(self.copies.stop)
            stack.push_async_callback(self._hand_over)
            self._learn_address()
            discovery = discovery_of(
                self.config, self.grpc_port, random.Random(self._dice.random())
            )
            self.live.use(self.mesh, discovery.ask_again, self._led)
            self.live.start()
            self.copies.start()
            await self._bulletins.announce(True)
            run = partial(discovery.run, self.live.candidates)
            tasks = [
                begin(persistent("discovery", run), "looking for other replicas"),
                begin(self._load(), "reading the journal, or watching over files"),
                begin(Housekeeping(self.live, lambda: self.config).run(), "forgetting old entries"),
                begin(self._bulletins.run(), "telling how this replica is"),
            ]
            stack.push_async_callback(_end, tasks)
            log.info(
                "ready: gRPC on %d, HTTP %s, health %s",
                self.grpc_port,
                f"on {self.http_port}" if self.config.listen.http else "off",
                f"on {self.health_port}" if self.config.listen.health else "off",
            )
            yield
            del server

    async def _serve(self, stack: AsyncExitStack) -> grpc.aio.Server:
        config, listen = self.config, self.config.listen
        server = grpc.aio.server(interceptors=[self._access], options=SERVER)
        self._add_services(server)
        certificates = self._certificates
        self.grpc_port = credentials.bind(
            server, str(listen.grpc), (lambda: certificates.current) if certificates else None
        )
        health = Health(
            self.trouble,
            Metrics(self.tally, self.standing),
            state=self.state,
            warning=self.warning,
        )
        if listen.health is not None:
            from alarminati.agent.health import HealthPort

            reports = listen.http.port if listen.http else 0
            port = HealthPort(listen.health.host, listen.health.port, health, reports)
            await port.start()
            stack.push_async_callback(port.stop)
            self.health_port = port.port
        await server.start()
        stack.push_async_callback(self._stop_grpc, server)
        if listen.http is not None:
            edge = http_door(
                *(config, listen.http, self.live, health, self.tally, self._reporting),
                self._known,
                Ends(self._book, timeouts=lambda: self.config.resolve_timeouts).judge,
                lambda: self.config.http,
                self._change,
                self.heartbeats,
                lambda: list(self.channels),
                MarkDesk(self.live),
            )
            await edge.start()
            stack.push_async_callback(edge.stop, 1.0)
            self.http_port = edge.port
        return server

    def _add_services(self, server: grpc.aio.Server) -> None:
        config = self.config
        add_access(server, self.live, self._trust, self._access, config, self._tls)
        add_silences(server, self.live, self.replica.outbox.silences, config.project)
        alarms = Alarms(
            *(self.live, self.feed, self.tally, config.project),
            *(config.limits.subscribers, int(config.limits.alarm_size)),
        )
        server.add_generic_rpc_handlers((alarms.handlers(),))
        add_cluster(server, self.live, self.peers, self._facts)
        outbox = self.replica.outbox
        channels = Channels(
            *(self.live, self.channels, self._vault), *(self._delivery, outbox, config.name)
        )
        add_marks(server, self.live, self._marks, config.project)
        add_monitors(server, self.heartbeats)
        channel_service_pb2_grpc.add_ChannelServiceServicer_to_server(channels, server)
        mesh_service_pb2_grpc.add_MeshServiceServicer_to_server(self.mesh, server)
        health_pb2_grpc.add_HealthServicer_to_server(self._servicer, server)
        add_reflection(server)

    def _learn_address(self) -> None:
        """Where others reach us, once the port is known; empty when only they can find out."""
        listen = self.config.listen.grpc
        if self.config.advertise is not None:
            self.replica.election.address = str(self.config.advertise)
        elif not listen.is_wildcard:
            self.replica.election.address = str(Address(listen.host, self.grpc_port))

    async def _load(self) -> None:
        with uncollected():
            await self.live.load()
        self._access.release()
        if self.channels:
            await asyncio.to_thread(try_templates, list(self.channels.values()))
        collect_seldom()
        watches = [watch.run() for watch in (self._warden, self.reload, self.peers) if watch]
        await asyncio.gather(self.store.verify(), *watches)

    async def _hand_over(self) -> None:
        await self._bulletins.announce(False)
        await self.duties.stop()
        await self.live.stop(STOP_PATIENCE)
        self.feed.close()
        await self.mesh.close()
        await self._delivery.stop(0)

    async def _stop_grpc(self, server: grpc.aio.Server) -> None:
        await server.stop(0.5)


@asynccontextmanager
async def _told(manager: ServiceManager) -> AsyncIterator[None]:
    """Tell who started us that we serve, within the block, and after it that we stop."""
    manager.tell(READY)
    watching = begin(manager.watch(), "telling systemd that we are alive")
    try:
        yield
    finally:
        manager.tell(STOPPING)
        await _end([watching])


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def run(
    config: AgentConfig, until: Callable[[], asyncio.Future[None]], again: Again | None = None
) -> None:
    """Run an agent until `until` is done, or its journal cannot go on.

    With `again`, the configuration is followed as it changes.
    Raises ConfigError, StoreError, PartFailed, TlsError, CannotListen and OSError with a sentence
    for people.
    """
    certificates = None
    require_usable(config.data)  # certificates are kept there, too
    if config.tls.files is not None:
        certificates = await open_certificates(
            config.tls.files, config.data, config.cluster, config.tls.ca_key
        )
    for warning in config.warnings():
        log.warning("%s", warning)
    store, supervisor = Store.open(config.data), Supervisor()
    try:
        agent = Agent(config, store, certificates)
        if again is not None:
            agent.follow(again)
        with supervisor.watching():
            async with agent.running(), _told(ServiceManager(os.environ)):
                failures = (store.failure, supervisor.failure)
                either: set[asyncio.Future[Any]] = {until(), *failures}
                await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
                for failure in failures:
                    if failure.done():
                        agent.live.give_up()
                        raise failure.result()
    finally:
        await store.close()
