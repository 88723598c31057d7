"""The living replica: owns the clock, performs what the core decides, tells it what happened."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial

from alarminati.agent.delivery.sender import Delivery
from alarminati.agent.mesh.recent_entries import RecentReader
from alarminati.agent.mesh.transport import Mesh
from alarminati.agent.metrics import Counters
from alarminati.agent.store import Store
from alarminati.core.delivery.attempts import Attempt, Limits, Verdict
from alarminati.core.effects import Drop, Effect, Leading, LoadRest, Send, Wake
from alarminati.core.effects import Store as StoreEffect
from alarminati.core.election.messages import (
    Ask,
    ElectionMessage,
    Follow,
    Loss,
    RefreshDiscovery,
    Unfollow,
)
from alarminati.core.journal.acks import Ack, Reject
from alarminati.core.journal.alive import AliveEntries
from alarminati.core.journal.ingest import Receipt, Stopping, StorageFull
from alarminati.core.journal.replication import Frame
from alarminati.core.model.entries import Alarm, Body, Entry, EntryId, RequestKey
from alarminati.core.replica import Replica
from alarminati.core.routing.policy import Policy
from alarminati.core.routing.routes import Router
from alarminati.wire.background import begin, call_at, when_done, whole

TICK = 0.001  # seconds; the timer is not run more often
WARN_AGAIN = 60.0  # seconds between two lines in the log that say the same
PEACE = 0.05  # seconds between two looks at whether all is sent, while stopping

log = logging.getLogger(__name__)


def wall() -> int:
    """Milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000


class LiveReplica:
    """One replica at work; a `core.reception.Reception` and a `mesh.Host`.

    What is `whole` here either happens in full or ends the process: between what the core decides
    and what is done about it nothing may be lost, or the replica waits for it for ever.
    """

    def __init__(
        self,
        replica: Replica,
        store: Store,
        reader: RecentReader,
        delivery: Delivery,
        tally: Counters,
    ) -> None:
        self.replica = replica
        self.store = store
        self.led: Callable[[bool], None] = lambda leading: None
        self.looked: Callable[[], None] = lambda: None
        # What to do about a link to a copy of the journal: go on, and close it. Numbers below 0.
        self._copies: dict[int, tuple[Callable[[], None], Callable[[str], None]]] = {}
        # Told what was just folded; told of nothing once, when all that is on disk was.
        self.folded: list[Callable[[Sequence[Entry]], None]] = []
        self.mesh: Mesh
        self._delivery = delivery
        self._tally = tally
        self._loop = asyncio.get_running_loop()
        self._tickets: dict[int, asyncio.Future[Receipt]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = float("inf")
        self._warned: dict[str, float] = {}  # why links closed: not said again until
        self._master = ""  # the last one that was known
        self._stopped = self._given_up = False
        self._alive: AliveEntries | None = None
        self._rest: asyncio.Task[None] | None = None
        store.watch(reader.stored)

    def use(self, mesh: Mesh, looked: Callable[[], None], led: Callable[[bool], None]) -> None:
        """Whom to tell: `looked` asks discovery to look again, `led` follows the leadership."""
        self.mesh, self.looked, self.led = mesh, looked, led

    @property
    def trouble(self) -> str:
        """What keeps this replica from its work, one sentence; empty when nothing does."""
        return self.replica.trouble(self._loop.time())

    # Life.

    @whole
    def start(self) -> None:
        """Accept from now on."""
        self._do(self.replica.start(self._loop.time(), self.store.position))

    async def load(self) -> None:
        """Fold what is on disk and may still count, a piece at a time, then begin to send."""
        checkpoint, after = self.store.checkpoint(), 0
        if checkpoint is not None:
            self.replica.load_state.resume(checkpoint, wall())
            await self._fold(self.store.load_at(checkpoint))
            self.replica.load_state.leave_out(checkpoint)
            after = checkpoint.position
        await self._fold(self.store.load(after=after))
        whole = not after
        if self.replica.load_state.lacking:
            await self._fold(self.store.load())
            whole = True
        for tell in self.folded:
            tell(())
        self._do(self.replica.loaded(self._loop.time(), wall(), whole))

    async def _fold(self, chunks: Iterable[Sequence[Entry]]) -> None:
        for chunk in chunks:
            self.replica.load(chunk, self._loop.time(), wall())
            await asyncio.sleep(0)

    async def _load_rest(self) -> None:
        """Fold what was left out at the start, for something has come that belongs between it."""
        log.info("reading the whole journal: an entry came that is older than what was read")
        if self._alive is not None:
            self._alive.keep_everything()
        await self._fold(self.store.load())
        self._do(self.replica.loaded(self._loop.time(), wall(), whole=True))

    async def stop(self, patience: float) -> None:
        """Take nothing more in, let what is under way end, then hand over.

        In that order: a successor that took over earlier would send again what is under way.
        """
        if not self._stopped:
            await self._hand_over(patience)
        for future in self._tickets.values():
            if not future.done():
                future.set_exception(Stopping())

    def give_up(self) -> None:
        """Something failed that cannot be done without: decide nothing more."""
        self._given_up = True
        self._halt()

    def _halt(self) -> None:
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()

    async def _hand_over(self, patience: float) -> None:
        end = self._loop.time() + patience
        self._do(self.replica.quiesce(self._loop.time()))
        await self._delivery.drain(patience / 2)
        while self.replica.busy and self._loop.time() < end:  # noqa: ASYNC110
            await asyncio.sleep(PEACE)  # once in a life: no event is worth keeping for it
        self._do(self.replica.leave(self._loop.time()))
        await self.mesh.quiet()
        self._halt()

    # Reception.

    async def accept(
        self, alarms: Sequence[Alarm], *, request: RequestKey | None = None, min_replicas: int = 0
    ) -> Receipt:
        """See `core.reception.Reception`."""
        self.store.require_room()
        return await self._accepted(alarms, request, min_replicas)

    @whole
    def _accepted(
        self, alarms: Sequence[Alarm], request: RequestKey | None, min_replicas: int
    ) -> asyncio.Future[Receipt]:
        ticket, effects = self.replica.accept(
            self._loop.time(), wall(), alarms, request, min_replicas
        )
        return self._ticket(ticket, effects)

    async def confirm(self, ids: Sequence[EntryId], *, min_replicas: int = 0) -> Receipt:
        """See `core.reception.Reception`."""
        return await self._confirmed(ids, min_replicas)

    @whole
    def _confirmed(self, ids: Sequence[EntryId], min_replicas: int) -> asyncio.Future[Receipt]:
        return self._ticket(*self.replica.confirm(self._loop.time(), ids, min_replicas))

    async def write(self, *bodies: Body, request: RequestKey | None = None) -> Receipt:
        """Journal facts like reports, all or none; the same errors as `accept`."""
        return await self._written(bodies, request)

    @whole
    def _written(
        self, bodies: Sequence[Body], request: RequestKey | None
    ) -> asyncio.Future[Receipt]:
        return self._ticket(*self.replica.write(self._loop.time(), wall(), bodies, request))

    def _ticket(self, ticket: int, effects: Iterable[Effect]) -> asyncio.Future[Receipt]:
        future: asyncio.Future[Receipt] = self._loop.create_future()
        self._tickets[ticket] = future
        future.add_done_callback(lambda _: self._tickets.pop(ticket, None))
        self._do(effects)
        return future

    @whole
    def reconfigure(self, router: Router, policy: Policy, limits: Mapping[str, Limits]) -> None:
        """Go on with other routes, policy or channels; `limits` has one item for each channel."""
        now = self._loop.time()
        self._do(self.replica.reconfigure(now, wall(), router, policy, limits))
        if self._alive is not None:
            self._alive.keep_everything()

    @contextmanager
    def alive(self, horizon: int | None = None) -> Iterator[AliveEntries]:
        """Entries that retention must keep, or a checkpoint of that horizon.

        They are kept up to date within the block; for one at a time.
        """
        self._alive = self.replica.alive(horizon)
        self.folded.append(self._alive.folded)
        try:
            yield self._alive
        finally:
            self.folded.remove(self._alive.folded)
            self._alive = None

    # What the mesh says.

    @whole
    def word_heard(self, word: ElectionMessage) -> ElectionMessage:
        """A peer said a word; the answer."""
        reply, effects = self.replica.heard(self._loop.time(), wall(), word)
        self._do(effects)
        return reply

    @whole
    def word_answered(self, ask: Ask, word: ElectionMessage) -> None:
        """A peer answered."""
        self._do(self.replica.answered(self._loop.time(), wall(), ask, word))

    @whole
    def word_lost(self, ask: Ask, loss: Loss) -> None:
        """A peer did not answer."""
        self._do(self.replica.unreachable(self._loop.time(), wall(), ask, loss))

    @whole
    def link_opened(self, link: int, upstream: bool) -> None:
        """A stream to or from another replica is open."""
        self._do(self.replica.link_opened(self._loop.time(), link, upstream))

    @whole
    def link_closed(self, link: int) -> None:
        """That stream is gone."""
        self._do(self.replica.link_closed(self._loop.time(), link))

    @whole
    def link_never_opened(self) -> None:
        """The stream that Follow asked for did not come about."""
        self._do(self.replica.never_opened(self._loop.time()))

    @whole
    def copy_opened(
        self, link: int, wake: Callable[[], None], drop: Callable[[str], None], counts: bool
    ) -> None:
        """A copy of the journal is open; `wake` and `drop` are about its link."""
        self._copies[link] = (wake, drop)
        self._do(self.replica.link_opened(self._loop.time(), link, False, True, counts))

    @whole
    def copy_closed(self, link: int) -> None:
        """That copy is gone, if it was open."""
        if self._copies.pop(link, None) is not None:
            self._do(self.replica.link_closed(self._loop.time(), link))

    @whole
    def frame_came(self, link: int, frame: Frame) -> None:
        """A frame came in."""
        self._do(self.replica.frame(self._loop.time(), wall(), link, frame))

    @whole
    def next_frame(self, link: int) -> Frame | None:
        """The next frame to send."""
        return self.replica.pull(self._loop.time(), link)

    @whole
    def candidates(self, addresses: frozenset[str]) -> None:
        """Discovery says who might be there."""
        self._do(self.replica.candidates(self._loop.time(), addresses))

    # Effects.

    def _do(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            self._perform(effect)
        self._note_master(self.replica.election.master)
        if self.store.refill_needed and self.replica.election.eligible:
            self.store.refilled()
        self._arm()

    def _note_master(self, master: str) -> None:
        if master and master != self._master:
            self._tally.master_changes += bool(self._master)
            self._master = master

    def _perform(self, effect: Effect) -> None:
        match effect:
            case StoreEffect(entries):
                self._store(entries)
            case Ack(ticket, receipt):
                self._settle(ticket, receipt, None)
            case Reject(ticket, error):
                self._settle(ticket, None, error)
            case Wake(link):
                if link in self._copies:
                    self._copies[link][0]()
                else:
                    self.mesh.wake(link)
            case Drop(link, why, broken):
                self._said(link, why, broken)
                if link in self._copies:
                    self._copies[link][1](why)
                else:
                    self.mesh.drop(link, why)
            case Send(attempt):
                self._delivery.begin(attempt, self._sent)
            case Ask():
                self.mesh.ask(effect)
            case Follow(address, name):
                log.info("following %s at %s", name, address)
                self.mesh.follow(address)
            case Unfollow():
                self.mesh.unfollow()
            case LoadRest():
                self._rest = begin(self._load_rest(), "reading the rest of the journal")
            case RefreshDiscovery():
                self.looked()
            case Leading(leading):
                log.info("master of epoch %d" if leading else "no longer sending (epoch %d)",
                         self.replica.election.epoch)  # fmt: skip
                self.led(leading)

    def _said(self, link: int, why: str, broken: bool) -> None:
        """Say why a link is closed; aloud when the other side is to blame, but not all the time."""
        now = self._loop.time()
        aloud = broken and now >= self._warned.get(why, 0.0)
        if aloud:
            self._warned = {other: until for other, until in self._warned.items() if until > now}
            self._warned[why] = now + WARN_AGAIN
        log.log(logging.WARNING if aloud else logging.DEBUG, "closing link %d: %s", link, why)

    def _settle(self, ticket: int, receipt: Receipt | None, error: Exception | None) -> None:
        future = self._tickets.get(ticket)
        if future is None or future.done():
            return
        if receipt is not None:
            future.set_result(receipt)
        elif error is not None:
            future.set_exception(error)

    def _store(self, entries: Sequence[Entry]) -> None:
        self.store.adopt(self.replica.journal.extents())
        stored = partial(self._stored, entries)
        when_done(self.store.append(entries), stored)

    @whole
    def _stored(self, entries: Sequence[Entry], done: asyncio.Future[int]) -> None:
        now = self._loop.time()
        if done.cancelled() or self._given_up:
            return
        match done.exception():
            case None:
                self._do(self.replica.stored(now, wall(), done.result()))
                for tell in self.folded:
                    tell(entries)
            case StorageFull():
                log.warning("the disk is full: alarms are refused until there is room")
                self._do(self.replica.store_failed(now, wall()))
            case _:
                pass  # Store.failure ends the agent

    @whole
    def _sent(self, attempt: Attempt, verdict: Verdict, duration: int) -> None:
        if self._given_up:
            return
        self._tally.attempted(
            *(attempt.notice.channel, verdict.result, verdict.cause, duration / 1000),
            now=wall() / 1000,
        )
        self._do(self.replica.finished(self._loop.time(), wall(), attempt, verdict))

    # Time.

    def _arm(self) -> None:
        if self._stopped:
            return
        now = self._loop.time()
        at = max(self.replica.next_timer(now), now + TICK)
        if self._timer is not None:
            if self._timer_at <= at:
                return
            self._timer.cancel()
        self._timer_at = at
        self._timer = call_at(at, self._tick)

    @whole
    def _tick(self) -> None:
        self._timer = None
        self._do(self.replica.timer(self._loop.time(), wall()))
