"""Stance of one replica in the election: its role, its master, its peers, and what it says of them.

The stance changes nothing by itself: `Election` decides. Effects are collected in order.
"""

from __future__ import annotations

from random import Random

from alarminati.core.election.messages import (
    Ask,
    DropFollowers,
    ElectionEffect,
    ElectionMessage,
    Kind,
    Role,
    Unfollow,
    priority_of,
)
from alarminati.core.election.namesakes import Namesakes
from alarminati.core.election.peers import PeerTable
from alarminati.core.election.poll import Poll
from alarminati.core.election.timing import Timing


class Stance:
    """Role, master and peers of one replica. `now` is monotonic seconds, its own."""

    def __init__(
        self,
        name: str,
        rank: int,
        timing: Timing,
        dice: Random,
        address: str = "",
        *,
        instance: str = "",
        started: int = 0,
    ) -> None:
        """Take `instance` and `started`, see `core.election.namesakes`."""
        self.names = Namesakes(name, instance, started)
        self.name = name  # the name in use: another one while an older process has it
        self.address = address
        self.role = Role.SEEKING
        self.epoch = 0
        self.master = ""
        self.eligible = True
        self.able = True  # the storage works, so that decisions can be written
        self.linked = False  # the link to the upstream replica is up
        self.followers: dict[str, bool] = {}  # peers linked to us: whether each has all we had
        self.roster = PeerTable(timing, dice)
        self._rank = self._given_rank = rank
        self._timing = timing
        self._dice = dice
        self._out: list[ElectionEffect] = []
        self._begun = 0.0
        self._last_seen_clock: float | None = None
        # end of grace, of the wait for a master, or of opening a link
        self._deadline: float | None = None
        self._round: Poll | None = None
        self._doubt: Poll | None = None
        self._probe: Ask | None = None  # question to our master whether it lives
        self._probe_for: dict[str, str] = {}  # peers that wait for the answer: name -> address
        # peers that rely on our answer about the master: until when
        self._vouched: dict[str, float] = {}
        self._suspect_after = 0.0
        self._heard_upstream = 0.0
        self._in_step_since: float | None = None
        self._distrusted: dict[str, float] = {}  # masters that did not answer us: until when
        self._leaving = False
        self._clear_master()

    @property
    def rank(self) -> int:
        """Return the rank in its messages; the lowest while it may not lead."""
        return self._rank if self._may_lead else 0

    @property
    def _may_lead(self) -> bool:
        return self.eligible and self.able and not self._leaving

    @property
    def leading(self) -> bool:
        """Return whether it is master and sure of it."""
        return self.role is Role.MASTER and self._doubt is None

    @property
    def alone(self) -> bool:
        """Return whether no peer was heard of or from lately, so that there is none to wait for."""
        return not self.followers and not self.linked and not self.roster.heard_lately

    @property
    def in_step_with_upstream(self) -> bool:
        """Return whether all that upstream held at the link's opening is here."""
        return self._in_step_since is not None

    def view(self, kind: Kind = Kind.STATUS, successor: str = "") -> ElectionMessage:
        """Return a message with its view."""
        known = self.role in (Role.MASTER, Role.STANDBY) and kind is not Kind.CHECKING_MASTER
        master = self.master if known else ""
        sure = self.role is Role.MASTER or (self.linked and self._probe is None)
        return ElectionMessage(
            kind=kind,
            name=self.name,
            rank=self.rank,
            epoch=self.epoch,
            master=master,
            master_rank=self.master_rank if master else 0,
            master_address=self.master_address if master else "",
            hops=self.hops if sure else 2,
            address=self.address,
            peers=self.roster.reached(),
            successor=successor,
            instance=self.names.instance,
            started=self.names.started,
            given=self.names.given if self.name != self.names.given else "",
        )

    def next_suspicion(self, at: float) -> float:
        """Return when a suspicion that arises at `at` is acted on."""
        return max(at, self._suspect_after)

    def next_timer(self, now: float) -> float:
        """Return when to call `timer`, at the latest."""
        times = [now + 60.0]
        if self._round is not None:
            times.append(self._round.deadline)
        if self._doubt is not None:
            times.append(self._doubt.deadline)
        if self._deadline is not None:
            times.append(self._deadline)
        if self.linked:
            times.append(self._heard_upstream + self._timing.silence)
            if self._wants_to_preempt and self._in_step_since is not None:
                times.append(self._in_step_since + self._timing.settle)
        if self.role is Role.MASTER and not self.roster.empty:
            times.append(now + self._timing.tick)
        due = self.roster.next_dial(self._missing())
        if due is not None:
            times.append(due)
        return max(now, min(times))

    def _take(self) -> list[ElectionEffect]:
        out, self._out = self._out, []
        return out

    def _ask(self, address: str, kind: Kind, successor: str = "") -> Ask:
        ask = Ask(address, self.view(kind, successor))
        self._out.append(ask)
        return ask

    def _ask_all(self, now: float, kind: Kind) -> Poll:
        asks = [self._ask(address, kind) for address in self.roster.worth_asking(now)]
        return Poll.of(now + self._timing.answer, asks)

    def _clear_master(self) -> None:
        self.master = ""
        self.master_rank = 0
        self.master_address = ""
        self.upstream = ""
        self.hops = 2
        self._probe = None
        self._probe_for = {}
        self._in_step_since = None

    def _unlink(self) -> None:
        if self.role is Role.STANDBY:
            self.linked = False
            self._out.append(Unfollow())

    def _disown(self) -> None:
        """Drop our followers: we are no longer the master or a relay to it."""
        if self.followers:
            self.followers.clear()
            self._out.append(DropFollowers())

    def _best_follower(self) -> str:
        in_step = [name for name, ready in sorted(self.followers.items()) if ready]
        return max(in_step, key=self.roster.rank, default="")

    @property
    def _wants_to_preempt(self) -> bool:
        return (
            self.role is Role.STANDBY
            and self._may_lead
            and priority_of(self._rank) > priority_of(self.master_rank)
        )

    def _missing(self) -> list[str]:
        """Return the addresses of missing peers."""
        if self._leaving:
            return []
        if self.role is Role.MASTER:
            return self.roster.others(but=self.followers)
        if self.role is Role.STANDBY:
            around = [self.master_address] if self.hops == 2 and self.master_address else []
            return [*around, *(a for a in self.roster.strangers() if a not in around)]
        return self.roster.others() if self.role is Role.SEEKING else []

    def _dial_missing(self, now: float) -> None:
        eager = self.role is not Role.STANDBY or self.hops == 2
        for address in self.roster.dial(now, self._missing(), eager):
            self._ask(address, Kind.PROBE)
