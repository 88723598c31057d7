"""Replica: election, links, journal, fold and outbox, put together.

The shell reports events and performs the effects in the order given. Everything that the fold, the
links and the outbox see is on disk already: `accept` only queues, `stored` does the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from alarminati.core.admission import Admission
from alarminati.core.alarms.book import AlarmBook
from alarminati.core.bounded.bounds import USUAL, Bounds
from alarminati.core.delivery.attempts import Attempt, Limits, Verdict
from alarminati.core.delivery.outbox import Outbox
from alarminati.core.delivery.stalls import Stalls
from alarminati.core.effects import Drop, Effect, Send, Store, Wake
from alarminati.core.election.election import Election
from alarminati.core.election.messages import Ask, ElectionEffect, ElectionMessage, Loss
from alarminati.core.election.timing import Timing
from alarminati.core.journal.acks import AckTracker, Reject
from alarminati.core.journal.alive import AliveEntries
from alarminati.core.journal.commit_queue import CommitQueue, Encode, PendingReport
from alarminati.core.journal.extents import Journal, Reader
from alarminati.core.journal.ingest import (
    NotTaken,
    Overloaded,
    Stalled,
    Stopping,
    StorageFull,
    as_severe,
)
from alarminati.core.journal.replication import Broken, Contradicted, Frame, Link
from alarminati.core.journal.sides import Side, Sides
from alarminati.core.leadership import Leadership
from alarminati.core.loading import Loading
from alarminati.core.model.entries import Alarm, Body, Entry, EntryId, RequestKey
from alarminati.core.model.fold import Fold
from alarminati.core.model.hlc import HybridClock
from alarminati.core.monitors.contradictions import Contradictions
from alarminati.core.routing.policy import Policy
from alarminati.core.routing.routes import Router

FULL_PAUSE = 1.0  # seconds between two tries to write to a full disk


class Replica:
    """Decisions of one replica. `now` is monotonic seconds, `wall` milliseconds since 1970."""

    def __init__(
        self,
        *,
        project: str,
        journal: Journal,
        clock: HybridClock,
        election: Election,
        book: AlarmBook,
        outbox: Outbox,
        timing: Timing,
        reader: Reader,
        encode: Encode,
        folds: Sequence[Fold] = (),
        must_refill: bool = False,
        copy_wait: float = 0.0,
        bounds: Bounds = USUAL,
    ) -> None:
        self.journal = journal
        self.election = election
        self.book = book
        self.outbox = outbox
        self.folds = folds  # other folds; the book and the outbox do not use them
        self.full = self.stopping = False
        self._project = project
        self._clock = clock
        self._timing = timing
        self._reader = reader
        behind = [book.behind, outbox.silences.behind, *(fold.behind for fold in folds)]
        self._intray = CommitQueue(journal, clock, encode, behind)
        self._receipts = AckTracker(timing.copy)
        self.admission = Admission(
            *(journal, book, self._receipts, bounds, outbox.room.require, lambda: outbox.room.left)
        )
        self._sides, self._stalls = Sides(), Stalls()
        self._contradictions = Contradictions(book, election.name)
        self._leadership = Leadership(
            election, outbox, self._sides, self._intray, timing, copy_wait
        )
        self.load_state = Loading(outbox, clock)
        self._position = self._tickets = 0
        self._room, self._full_until = bounds.waiting, 0.0
        election.eligible = not (must_refill or copy_wait)

    # State, for callers.

    @property
    def leading(self) -> bool:
        """Return whether the replica sends."""
        return self._leadership.leading

    @property
    def busy(self) -> bool:
        """Return whether an entry is on its way to the disk, or to another replica's."""
        stores = self._intray.in_flight is not None or self._intray.has_own_business
        return stores or bool(self.outbox.early) or self._sides.waiting

    @property
    def loading(self) -> bool:
        """Return whether the start is not over: then it neither sends nor serves readers."""
        return not self.load_state.done

    def trouble(self, now: float) -> str:
        """Return one sentence on what prevents the replica's work; empty: nothing."""
        if self.stopping:
            return "stopping"
        if self.full:
            return "the journal's disk is full; alarms are refused until there is room"
        return self._stalls.trouble(now)

    def linked_names(self) -> dict[str, bool]:
        """Return the peer at the other end of a link, and whether it is our upstream."""
        return self._sides.names()

    # Start.

    def load(self, entries: Iterable[Entry], now: float, wall: int) -> None:
        """Fold entries from disk at the start; call once for each chunk."""
        for entry in entries:
            self._clock.witness(entry.stamp, wall)
            self._fold(entry, now)

    def _fold(self, entry: Entry, now: float) -> None:
        self.load_state.folding(entry.stamp)
        for fold in self.folds:
            fold.apply(entry)
        self.admission.fold(entry)
        self.book.apply(entry)
        self.outbox.apply(entry, now)

    def alive(self, horizon: int | None = None) -> AliveEntries:
        """Return the entries that retention must keep, however old, yet to be gathered.

        With `horizon`, those that a checkpoint keeps: see `RecentAlarms.parts`.
        """
        recent = self.outbox.recent.parts(horizon) if horizon is not None else ()
        others = (list(fold.alive_ids()) for fold in self.folds)
        return AliveEntries(chain(self.outbox.alive_parts(), recent, others), self.outbox.ledger)

    def start(self, now: float, position: int) -> list[Effect]:
        """Accept reports from now on; `position` is the last on disk."""
        self._position = position
        return self._elected(now, self.election.start(now))

    def loaded(self, now: float, wall: int, whole: bool = False) -> list[Effect]:
        """Take note that enough is folded, or (`whole`) everything: sending may begin."""
        self.load_state.end(whole)
        return self._go_on(now, wall, [])

    # Reports.

    def accept(
        self, now: float, wall: int, alarms: Sequence[Alarm], key: RequestKey | None, copies: int
    ) -> tuple[int, list[Effect]]:
        """Accept alarms of a reporter that wants so many copies; answered by Ack or Reject."""
        self._tickets += 1
        ticket = self._tickets
        try:
            if self.admission.asked_before(now, ticket, key, copies):
                return ticket, self._settled(now)
            self._require_room(now, alarms)
            alarms = [as_severe(self.book, alarm.within(self._project)) for alarm in alarms]
            alarms, refused = self.admission.admit(alarms)
        except NotTaken as error:
            return ticket, [Reject(ticket, error)]
        waiter = PendingReport({ticket: copies}, alarms, None if refused else key, refused=refused)
        self.admission.begins(waiter)
        self._intray.add(alarms, waiter)
        return ticket, self._store_next(now, wall)

    def confirm(
        self, now: float, ids: Sequence[EntryId], min_replicas: int
    ) -> tuple[int, list[Effect]]:
        """Acknowledge entries on disk with their number of copies, like a report."""
        self._tickets += 1
        self._receipts.add(now, {self._tickets: min_replicas}, tuple(ids))
        return self._tickets, self._settled(now)

    def write(
        self, now: float, wall: int, bodies: Sequence[Body], key: RequestKey | None = None
    ) -> tuple[int, list[Effect]]:
        """Write facts of an operator or a shell, all or none; answered like a report."""
        self._tickets += 1
        try:
            if self.admission.asked_before(now, self._tickets, key, 0):
                return self._tickets, self._settled(now)
            self._require_room(now, bodies)
        except NotTaken as error:
            return self._tickets, [Reject(self._tickets, error)]
        waiter = PendingReport({self._tickets: 0}, bodies, key)
        self.admission.begins(waiter)
        self._intray.add(bodies, waiter)
        return self._tickets, self._store_next(now, wall)

    def _require_room(self, now: float, bodies: Sequence[Body]) -> None:
        if self.stopping:
            raise Stopping
        if self.full and now < self._full_until:
            raise StorageFull(FULL_PAUSE)
        if self._stalls.disk_stands(now):
            raise Stalled(FULL_PAUSE)
        if not self._intray.has_room(bodies, self._room):
            raise Overloaded(1.0)

    def _settled(self, now: float) -> list[Effect]:
        alone = self.election.alone and not self._sides.copies_count
        return [*self._receipts.settle(now, self._sides.counting, alone)]

    # Disk.

    def _store_next(self, now: float, wall: int) -> list[Effect]:
        out: list[Effect] = []
        batch = self._intray.next_batch(wall)
        if batch is None:
            return out
        for link in sorted(set(batch.broken)):
            out += self._drop(now, link, "an entry before the one received is missing")
        if batch.entries:
            self._stalls.storing(now)
            out.append(Store(batch.entries))
        else:
            self._intray.done()
            out += self._store_next(now, wall)
        return out

    def stored(self, now: float, wall: int, position: int) -> list[Effect]:
        """Handle the commit of the last Store; its last entry is at `position`."""
        batch = self._intray.done()
        self._position = position
        self.full = False
        self._stalls.stored()
        for entry in batch.entries:
            self._fold(entry, now)
        for waiter in batch.waiters:
            self.admission.ended(waiter)
            self._receipts.add(now, waiter.tickets, waiter.ids, waiter.refused)
        out: list[Effect] = []
        for link, side in sorted(self._sides.items()):
            if side.link.storage_advanced():
                out += self._synced(now, link)
        # Decisions first: attempts and the next commit begin before links are written.
        return [*self._go_on(now, wall, out), *(Wake(link) for link in sorted(self._sides))]

    def store_failed(self, now: float, wall: int) -> list[Effect]:
        """Handle a full disk: refuse reports, keep our own bodies, let peers send again later."""
        batch = self._intray.failed()
        self._stalls.stored()
        self.full, self.election.able = True, False
        self._full_until = now + FULL_PAUSE
        out: list[Effect] = []
        if self._leadership.begun:  # while the links exist on which peers got in sync
            out += self._elected(now, self.election.step_aside(now))
        for waiter in batch.waiters + self._intray.refuse_all():
            self.admission.ended(waiter)
            out += [Reject(ticket, StorageFull(FULL_PAUSE)) for ticket in waiter.tickets]
        for link in sorted(set(batch.links)):
            out += self._drop(now, link, "no room on disk")
        return out

    # Links.

    def link_opened(
        self, now: float, link: int, upstream: bool, copy: bool = False, counts: bool = True
    ) -> list[Effect]:
        """Handle a new stream to (upstream) or from another replica, or to a copy."""
        made = Link(self.election.name, self.journal, self._reader, self._position)
        self._sides[link] = Side(made, upstream, copy, counts)
        return [Wake(link)]

    def link_closed(self, now: float, link: int) -> list[Effect]:
        """Handle the end of a stream. `now` is when the end is noticed."""
        side = self._sides.pop(link, None)
        if side is None:
            return []
        self._intray.forget(link)
        if side.upstream:
            return self._elected(now, self.election.link_down(now))
        if side.link.peer and not side.copy and side.link.peer not in self.linked_names():
            return self._elected(now, self.election.follower_down(now, side.link.peer))
        return []

    def never_opened(self, now: float) -> list[Effect]:
        """Handle the failure of the stream that Follow asked for."""
        return self._elected(now, self.election.link_down(now))

    def _drop(self, now: float, link: int, why: str, broken: bool = False) -> list[Effect]:
        return [Drop(link, why, broken), *self.link_closed(now, link)]

    def pull(self, now: float, link: int) -> Frame | None:
        """Return the next frame to send on that link; None when there is nothing to send."""
        side = self._sides.get(link)
        return side.link.pull(now) if side else None

    def frame(self, now: float, wall: int, link: int, frame: Frame) -> list[Effect]:
        """Handle a frame of that link."""
        side = self._sides.get(link)
        if side is None:
            return []
        if side.upstream:
            self.election.upstream_heard(now)
        try:
            out = self._take_frame(now, link, side, frame)
        except Broken as error:
            name = frame.hello.name if frame.hello is not None else ""
            peer, why = side.link.peer or name or "a replica", str(error)
            if isinstance(error, Contradicted):
                self._say(self._contradictions.found(peer, why, wall))
            out = self._drop(now, link, f"{peer}: {why}", broken=True)
        else:
            if side.link.greeted_both and side.link.caught_up and side.link.peer_caught_up:
                self._say(self._contradictions.agreed(side.link.peer, wall))
        return self._go_on(now, wall, out)

    def _say(self, alarms: Sequence[Alarm]) -> None:
        """Accept reports of our own."""
        if alarms:
            self._intray.add([alarm.within(self._project) for alarm in alarms])

    def _take_frame(self, now: float, link: int, side: Side, frame: Frame) -> list[Effect]:
        out: list[Effect] = []
        if frame.hello is not None:
            out += self._greeted(now, link, side, frame)
        side.link.floors_came(frame.floors)
        if frame.entries:
            side.link.receive(frame.entries)
            self._intray.receive(link, frame.entries)
        if frame.stored:
            side.link.acknowledged(frame.stored)
            out.append(Wake(link))
        if frame.caught_up:
            side.link.peer_has_sent_all()
        if side.link.storage_advanced():
            out.append(Wake(link))
        return out + self._synced(now, link)

    def _greeted(self, now: float, link: int, side: Side, frame: Frame) -> list[Effect]:
        assert frame.hello is not None
        side.link.greeted(frame.hello)
        if side.copy:
            return [Wake(link)]
        peer = frame.hello.name
        out: list[Effect] = []
        for other in self._sides.followers_of(peer, but=link):
            out.append(Drop(other, "the same replica opened another link"))
            self._sides.pop(other)
            self._intray.forget(other)
        if side.upstream:
            out += self._elected(now, self.election.link_up(now, peer))
        else:
            out += self._elected(now, self.election.follower_up(now, peer))
        return [*out, Wake(link)]

    def _synced(self, now: float, link: int) -> list[Effect]:
        """Handle a link that has sent us all, or was sent all."""
        side = self._sides.get(link)
        if side is None:
            return []
        out: list[Effect] = []
        if side.link.peer_caught_up and side.link.all_received_stored:
            self._sides.close_gaps(side, self.journal.own)
            self._leadership.merged(side.link.peer)
            self.election.eligible = True
            if side.upstream and not self.election.in_step_with_upstream:
                out += self._elected(now, self.election.in_step(now))
        if side.link.caught_up and not (side.upstream or side.copy):
            out += self._elected(now, self.election.follower_in_step(now, side.link.peer))
        return out

    # Election.

    def candidates(self, now: float, addresses: frozenset[str]) -> list[Effect]:
        """Handle the addresses that discovery found."""
        return self._elected(now, self.election.candidates(now, addresses))

    def heard(
        self, now: float, wall: int, word: ElectionMessage
    ) -> tuple[ElectionMessage, list[Effect]]:
        """Handle a message from a peer; return the reply and the effects."""
        reply, effects = self.election.heard(now, word)
        return reply, self._go_on(now, wall, self._elected(now, effects))

    def answered(self, now: float, wall: int, ask: Ask, word: ElectionMessage) -> list[Effect]:
        """Handle the reply of a peer."""
        return self._go_on(now, wall, self._elected(now, self.election.answered(now, ask, word)))

    def unreachable(self, now: float, wall: int, ask: Ask, loss: Loss) -> list[Effect]:
        """Handle a message that a peer did not answer in time."""
        said = self.election.unreachable(now, ask, loss)
        return self._go_on(now, wall, self._elected(now, said))

    def quiesce(self, now: float) -> list[Effect]:
        """Prepare to stop: accept nothing, start no attempts; attempts in flight may end."""
        self.stopping = True
        return self._leadership.rest(now)

    def leave(self, now: float) -> list[Effect]:
        """Hand over the leadership, once nothing is in flight."""
        return self._elected(now, self.election.leave(now))

    def _elected(self, now: float, effects: Iterable[ElectionEffect]) -> list[Effect]:
        return self._leadership.act(now, effects)

    # Settings and delivery.

    def reconfigure(
        self,
        now: float,
        wall: int,
        router: Router,
        policy: Policy,
        limits: Mapping[str, Limits],
    ) -> list[Effect]:
        """Use other routes, policy or channels; `limits` has one item for each channel."""
        self.outbox.reconfigure(now, wall, router, policy, limits, self.load_state.done)
        self.load_state.require()
        return self._go_on(now, wall, [])

    def finished(self, now: float, wall: int, attempt: Attempt, verdict: Verdict) -> list[Effect]:
        """Handle the end of a delivery attempt."""
        self._stalls.sent(attempt)
        outcome = self.outbox.finished(now, attempt, verdict)
        if bodies := self.outbox.early.answered(attempt.notice.key, outcome):
            self._intray.add(bodies)
        return self._go_on(now, wall, [])

    def _go_on(self, now: float, wall: int, out: list[Effect]) -> list[Effect]:
        """Return the effects that follow from the last change."""
        out += self._elected(now, self.election.awake(now))
        out += self._weigh(now)
        out += self._settled(now)
        out += self.load_state.ask()
        if self.load_state.enough:
            out += self._leadership.begin_if_merged(now, wall)
        if self.leading and self.load_state.enough:
            early, notices = self.outbox.send_early(self.outbox.plan(now, wall), now)
            bodies: list[Body] = [*notices, *self.outbox.give_up(now)]
            if bodies:
                self._intray.add(bodies)
            for attempt in (*early, *self.outbox.attempts(now)):
                self._stalls.sending(now, attempt)
                out.append(Send(attempt))
        if bodies := self.outbox.early.due(now):  # also when it leads no longer: they were sent
            self._intray.add(bodies)
        if not self.full or now >= self._full_until:
            out += self._store_next(now, wall)
        return out

    # Time.

    def timer(self, now: float, wall: int) -> list[Effect]:
        """Handle the passing of time."""
        out = self._elected(now, self.election.timer(now))
        since = self._sides.upstream_waiting_since
        if since is not None and now >= since + self._timing.copy:
            out += self._elected(now, self.election.suspect(now))
        self._leadership.regain_eligibility(now)
        return self._go_on(now, wall, out)

    def _weigh(self, now: float) -> list[Effect]:
        """Update whether the replica is able to lead; a stalled one hands over and refuses
        reports."""
        stands = bool(self._stalls.trouble(now))
        self.election.able = not (self.full or stands)
        if not stands:
            return []
        out = self._elected(now, self.election.step_aside(now, ready=False))
        if self._stalls.disk_stands(now):
            for waiter in self._intray.let_go() + self._intray.refuse_all():
                self.admission.ended(waiter)
                out += [Reject(ticket, Stalled(FULL_PAUSE)) for ticket in waiter.tickets]
                waiter.tickets = {}
        return out

    def next_timer(self, now: float) -> float:
        """Return when to call `timer`, at the latest."""
        times = [self.election.next_timer(now)]
        if (deadline := self._receipts.next_deadline) is not None:
            times.append(deadline)
        if self.load_state.enough:
            sends = self.outbox.next_due(now) if self.leading else None
            times += [due for due in (self._leadership.next_due, sends) if due is not None]
        for due in (self._stalls.next_due(now), self.outbox.early.next):
            if due is not None:
                times.append(due)
        if (since := self._sides.upstream_waiting_since) is not None:
            times.append(self.election.next_suspicion(since + self._timing.copy))
        if self.full and self._intray.has_own_business:
            times.append(self._full_until)
        if not self.election.eligible:
            times.append(now + 1.0)
        return max(now, min(times))
