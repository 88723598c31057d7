"""Election of the master: a bully election that keeps a healthy master and never stalls an alarm.

Every message carries the sender's whole view, and both questions and answers are learned from. Of
two masters the later epoch wins, then the higher rank. A replica that cannot reach a living master
follows it through a neighbour that can. Nothing here is polled: messages are sent when a peer is
missing.
"""

from __future__ import annotations

from collections.abc import Collection
from random import Random

from alarminati.core.election.messages import (
    NO_ANSWER,
    Ask,
    BecomeMaster,
    DropFollowers,
    ElectionEffect,
    ElectionMessage,
    Follow,
    Kind,
    Loss,
    RefreshDiscovery,
    Role,
    StopSending,
    Unfollow,
    priority_of,
    rank_apart,
)
from alarminati.core.election.namesakes import Namesakes
from alarminati.core.election.peers import PeerTable
from alarminati.core.election.poll import Poll
from alarminati.core.election.timing import Timing

SUSPECT_AGAIN = 5.0  # seconds between two doubts about a master that answers but is slow
FRESH = 1.3  # seconds for which a peer that asked us about our master may rely on the answer
LAST_WORDS = 2.0  # seconds in which messages of the previous process may still come
LINK_PATIENCE = 1.5  # seconds for a link to come up before its other end counts as gone


class Election:
    """One replica's part in the election. `now` is monotonic seconds, its own."""

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

    # State, for callers.

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

    # Inputs. Each returns effects, in order.

    def start(self, now: float) -> list[ElectionEffect]:
        """Look for a master before becoming a candidate."""
        self._observe(now)
        self._begun = now
        self._deadline = now + self._timing.grace
        self._out.append(RefreshDiscovery())
        return self._take()

    def awake(self, now: float) -> list[ElectionEffect]:
        """Handle any event outside the election: check whether the replica was paused before it."""
        self._observe(now)
        return self._take()

    def candidates(self, now: float, addresses: frozenset[str]) -> list[ElectionEffect]:
        """Handle the addresses that discovery found."""
        self._observe(now)
        self.roster.discovered(now, addresses)
        self._dial_missing(now)
        return self._take()

    def heard(
        self, now: float, word: ElectionMessage
    ) -> tuple[ElectionMessage, list[ElectionEffect]]:
        """Handle a message from a peer; return the reply and the effects."""
        self._observe(now)
        if not self.names.mine(word) and not self._from_before(now, word):
            self.names.heard(now, word, word.address)
            self._mind_name(now)
        if word.name == self.name:  # itself, or a replica that has to use another name now
            return self.view(), self._take()
        if word.kind is Kind.RESIGN:
            self._left(now, word)  # before learning that it is not master, which counts as a loss
        self._learn(now, word, word.address)
        reply = self._judge(now, word) if word.kind is Kind.ELECTION else Kind.STATUS
        return self.view(reply), self._take()

    def answered(self, now: float, ask: Ask, word: ElectionMessage) -> list[ElectionEffect]:
        """Handle the answer of a peer to `ask`."""
        self._observe(now)
        if self.names.mine(word):
            self.roster.is_me(ask.address)
        else:
            self.names.heard(now, word, ask.address)
            self._mind_name(now)
            if word.name != self.name:
                self.roster.answered(now, ask.address, word)
                self._learn(now, word, ask.address)
        self._settle_ask(now, ask, word)
        return self._take()

    def unreachable(self, now: float, ask: Ask, loss: Loss = NO_ANSWER) -> list[ElectionEffect]:
        """Handle the failure of `ask`."""
        self._observe(now)
        self.roster.failed(now, ask.address, loss)
        self._settle_ask(now, ask, None)
        return self._take()

    def link_up(self, now: float, name: str) -> list[ElectionEffect]:
        """Handle the opening of the link that Follow asked for; the other side is `name`."""
        self._observe(now)
        if self.role is Role.STANDBY and name == self.upstream:
            self.linked = True
            self._deadline = None
            self._heard_upstream = now
        return self._take()

    def link_down(self, now: float) -> list[ElectionEffect]:
        """Handle the end, or the failure, of the link that Follow asked for."""
        self._observe(now)
        self.linked = False
        if self.role is Role.STANDBY:
            self._lose_master(now)
        return self._take()

    def in_step(self, now: float) -> list[ElectionEffect]:
        """Take note that all that the upstream replica held at the link's opening is here."""
        self._observe(now)
        self._in_step_since = now
        return self._take()

    def upstream_heard(self, now: float) -> None:
        """Take note of data on the upstream link: any data is a heartbeat."""
        self._heard_upstream = now

    def suspect(self, now: float) -> list[ElectionEffect]:
        """Ask the upstream replica, which does not do what it should."""
        self._observe(now)
        if self.role is Role.STANDBY and now >= self._suspect_after:
            self._suspect_after = now + SUSPECT_AGAIN
            self._verify(now)
        return self._take()

    def follower_up(self, now: float, name: str) -> list[ElectionEffect]:
        """Handle a link that `name` opened to us."""
        self._observe(now)
        self.followers[name] = False
        return self._take()

    def follower_in_step(self, now: float, name: str) -> list[ElectionEffect]:
        """Take note that `name` holds all that we held when it linked to us."""
        self._observe(now)
        if name in self.followers:
            self.followers[name] = True
        return self._take()

    def follower_down(self, now: float, name: str) -> list[ElectionEffect]:
        """Handle the end of the link of `name` to us."""
        self._observe(now)
        self.followers.pop(name, None)
        self.roster.lost(now, name)
        if self.role is Role.MASTER and not self._leaving:
            self._out.append(RefreshDiscovery())
        return self._take()

    def leave(self, now: float) -> list[ElectionEffect]:
        """Hand over the leadership: this replica stops, or has no room."""
        self._observe(now)
        if self.role is Role.MASTER:
            self._hand_over(now, self._best_follower())
        self._leaving = True
        return self._take()

    def step_aside(self, now: float, ready: bool = True) -> list[ElectionEffect]:
        """Hand over to a follower that is in sync, because this master cannot do its work.

        Without `ready`, the followers elect one of them.
        """
        self._observe(now)
        successor = self._best_follower()
        if self.role is Role.MASTER and (successor or (self.followers and not ready)):
            self._hand_over(now, successor)
        return self._take()

    @property
    def in_step_with_upstream(self) -> bool:
        """Return whether all that upstream held at the link's opening is here."""
        return self._in_step_since is not None

    def next_suspicion(self, at: float) -> float:
        """Return when a suspicion that arises at `at` is acted on."""
        return max(at, self._suspect_after)

    def timer(self, now: float) -> list[ElectionEffect]:
        """Handle the passing of time."""
        self._observe(now)
        if self._round is not None and now >= self._round.deadline:
            self._count(now)
        if self._doubt is not None and now >= self._doubt.deadline:
            self._sure()
        if self._deadline is not None and now >= self._deadline:
            self._overdue(now)
        if self.linked and now - self._heard_upstream >= self._timing.silence:
            self._heard_upstream = now
            self._verify(now)
        self._claim_priority(now)
        for address in self.names.passed(now):
            self._ask(address, Kind.PROBE)
        self._mind_name(now)
        self._dial_missing(now)
        return self._take()

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

    # Decisions.

    def _take(self) -> list[ElectionEffect]:
        out, self._out = self._out, []
        return out

    def _clear_master(self) -> None:
        self.master = ""
        self.master_rank = 0
        self.master_address = ""
        self.upstream = ""
        self.hops = 2
        self._probe = None
        self._probe_for = {}
        self._in_step_since = None

    def _from_before(self, now: float, word: ElectionMessage) -> bool:
        """Return whether it may be the last message of this replica's previous process."""
        return word.address == self.address != "" and now - self._begun < LAST_WORDS

    def _mind_name(self, now: float) -> None:
        """Use the name that namesakes leave to it, and start over under another name."""
        if self.name == self.names.name or self._leaving:
            return
        if self.role is Role.MASTER:
            self._hand_over(now, self._best_follower())
        elif self.role is not Role.SEEKING:
            self._unlink()
            self._clear_master()
            self.role = Role.CANDIDATE
            self._wait(now, 0.0)
        self._disown()
        self.name = self.names.name
        apart = self.name != self.names.given
        self._rank = (
            rank_apart(self._given_rank, self.names.instance) if apart else self._given_rank
        )

    def _observe(self, now: float) -> None:
        """Ask before sending again: a master that was paused may have been replaced meanwhile."""
        last, self._last_seen_clock = self._last_seen_clock, now
        if last is None or now - last <= self._timing.pause:
            return
        self._heard_upstream = max(self._heard_upstream, now - self._timing.silence / 2)
        if self.role is Role.MASTER and not self.roster.empty and self._doubt is None:
            self._out.append(StopSending(doubting=True))
            self._doubt = self._ask_all(now, Kind.PROBE)
            if not self._doubt.pending:
                self._sure()

    def _sure(self) -> None:
        self._doubt = None
        if self.role is Role.MASTER:
            self._out.append(BecomeMaster(self.epoch, ()))

    def _ask(self, address: str, kind: Kind, successor: str = "") -> Ask:
        ask = Ask(address, self.view(kind, successor))
        self._out.append(ask)
        return ask

    def _ask_all(self, now: float, kind: Kind) -> Poll:
        asks = [self._ask(address, kind) for address in self.roster.worth_asking(now)]
        return Poll.of(now + self._timing.answer, asks)

    def _learn(self, now: float, word: ElectionMessage, address: str) -> None:
        """Learn from a peer's view."""
        self.roster.heard(now, word, address)
        if not word.master:
            self._learn_of_none(now, word)
        elif word.master == self.name:
            return
        elif self.role is Role.MASTER:
            if (word.epoch, word.master_rank) > (self.epoch, self._rank):
                self._adopt(now, word, address)
            elif address:  # a lesser master, or its follower: it must learn of us at once
                self.roster.soon(now, address)
                self._ask(address, Kind.COORDINATOR)
        elif self.master == word.master:
            self.epoch = max(self.epoch, word.epoch)
            if self.hops == 2 and word.name == word.master and self.upstream != word.name:
                self._adopt(now, word, address)
        elif not self.master or (word.epoch, word.master_rank) > (self.epoch, self.master_rank):
            self._adopt(now, word, address)

    def _learn_of_none(self, now: float, word: ElectionMessage) -> None:
        if word.epoch > self.epoch:
            self.epoch = word.epoch
            if self.role is Role.MASTER and not self._leaving:
                self._declare(now, self.followers)
        if self.role is Role.STANDBY and self.linked and word.name == self.upstream:
            self._lose_master(now)

    def _adopt(self, now: float, word: ElectionMessage, address: str) -> None:
        """Follow the master that `word` names: the sender itself, or through the sender."""
        itself = word.name == word.master
        if itself:
            self._distrusted.pop(word.master, None)
        distrusted = self._distrusted.get(word.master, 0.0) > now
        direct = address if itself else word.master_address
        relayed = not itself and (distrusted or not direct)
        if self._leaving or not (address if relayed else direct) or (relayed and word.hops != 1):
            return
        was_leading = self.role is Role.MASTER
        self._unlink()
        self._disown()
        self._clear_master()
        self.role = Role.STANDBY
        self.epoch = max(self.epoch, word.epoch)
        self.master, self.master_rank = word.master, word.master_rank
        self.master_address = direct
        self.upstream = word.name if relayed else word.master
        self.hops = 2 if relayed else 1
        self._round = self._doubt = None
        self._deadline = now + LINK_PATIENCE
        self._suspect_after = 0.0
        if was_leading:
            self._out.append(StopSending())
        self._out.append(Follow(address if relayed else direct, self.upstream))

    def _unlink(self) -> None:
        if self.role is Role.STANDBY:
            self.linked = False
            self._out.append(Unfollow())

    def _disown(self) -> None:
        """Drop our followers: we are no longer the master or a relay to it."""
        if self.followers:
            self.followers.clear()
            self._out.append(DropFollowers())

    def _lose_master(self, now: float) -> None:
        """Ask all peers: the master, or the relay to it, is gone."""
        if self.master:
            self._distrusted[self.master] = now + SUSPECT_AGAIN
        self._unlink()
        self._disown()
        self._clear_master()
        self._out.append(RefreshDiscovery())
        self._elect(now)

    def _verify(self, now: float) -> None:
        """Ask the upstream replica about its state and its master."""
        address = self.master_address if self.hops == 1 else self.roster.address(self.upstream)
        if self._probe is None and address:
            self._probe = self._ask(address, Kind.PROBE)
        elif not address:
            self._lose_master(now)

    def _verified(self, now: float, alive: bool) -> None:
        waiting, self._probe_for = self._probe_for, {}
        self._probe = None
        if not alive:
            if self.role is Role.STANDBY:
                self._lose_master(now)
            return
        for name in sorted(waiting):
            self._vouched[name] = now + FRESH
            if waiting[name]:
                self._ask(waiting[name], Kind.PROBE)

    def _settle_ask(self, now: float, ask: Ask, word: ElectionMessage | None) -> None:
        """Record the answer (None: there was none) wherever it was waited for."""
        if ask is self._probe:
            self._verified(now, word is not None and word.master == self.master)
        answer = None if word is None or word.name == self.name else word
        if self._doubt is not None and self._doubt.count(ask, answer):
            self._sure()
        if self._round is not None and self._round.count(ask, answer):
            self._count(now)

    def _elect(self, now: float) -> None:
        self.role = Role.CANDIDATE
        self._deadline = None
        self._round = self._ask_all(now, Kind.ELECTION)
        if not self._round.pending:
            self._count(now)

    def _count(self, now: float) -> None:
        round, self._round = self._round, None
        if round is None or self.role is not Role.CANDIDATE:
            return
        if round.higher or not self._may_lead:
            self._wait(now, self._timing.coordinator_timeout)
        elif round.verifying:
            self._wait(now, self._timing.answer + 0.3)
        else:
            self._declare(now, round.answered)

    def _wait(self, now: float, patience: float) -> None:
        self._round = None
        self._deadline = now + patience + self._dice.uniform(0.0, 0.1)

    def _overdue(self, now: float) -> None:
        self._deadline = None
        if self.role is Role.STANDBY:
            if not self.linked:
                self._lose_master(now)
        elif self.role is not Role.MASTER:
            self._elect(now)

    def _declare(self, now: float, awaited: Collection[str]) -> None:
        self._unlink()
        if self.role is not Role.MASTER:
            self._disown()
        self._clear_master()
        self.role = Role.MASTER
        self.epoch += 1
        self.master, self.master_rank, self.hops = self.name, self._rank, 0
        self._round = self._doubt = self._deadline = None
        self._out.append(BecomeMaster(self.epoch, tuple(sorted(awaited))))
        for address in self.roster.others():
            self._ask(address, Kind.COORDINATOR)

    def _judge(self, now: float, word: ElectionMessage) -> Kind:
        """Answer a candidate."""
        if self.role is Role.MASTER:
            outranked = priority_of(word.rank) > priority_of(self._rank)
            if outranked and self.followers.get(word.name):
                self._hand_over(now, word.name)
            return Kind.STATUS
        if self.role is Role.STANDBY and word.name == self.master:
            self._lose_master(now)
        elif self.role is Role.STANDBY:
            if not self.linked or self.hops != 1 or self._vouched.get(word.name, 0.0) > now:
                return Kind.STATUS
            self._probe_for[word.name] = word.address or self.roster.address(word.name)
            self._verify(now)
            return Kind.CHECKING_MASTER
        return self._rival(now, word)

    def _rival(self, now: float, word: ElectionMessage) -> Kind:
        """Handle a candidate while there is no master."""
        if self.rank <= word.rank:
            self._wait(now, self._timing.coordinator_timeout)
            return Kind.STATUS
        if self._round is not None:
            self._round.stands(word.name)
        elif self.role is not Role.MASTER:
            self._elect(now)
        return Kind.ALIVE if self.role is Role.CANDIDATE else Kind.STATUS

    def _left(self, now: float, word: ElectionMessage) -> None:
        if self.role is not Role.STANDBY or self.master != word.name:
            return
        self._distrusted[word.name] = now + SUSPECT_AGAIN
        self._unlink()
        self._clear_master()
        self.role = Role.CANDIDATE
        if word.successor == self.name and self._may_lead:
            self._declare(now, [])
        else:
            self._wait(now, self._timing.coordinator_timeout)

    def _best_follower(self) -> str:
        in_step = [name for name, ready in sorted(self.followers.items()) if ready]
        return max(in_step, key=self.roster.rank, default="")

    def _hand_over(self, now: float, successor: str) -> None:
        self._clear_master()
        self.role = Role.CANDIDATE
        self._doubt = None
        self._out.append(StopSending())
        for name in sorted(self.followers):
            if address := self.roster.address(name):
                self._ask(address, Kind.RESIGN, successor)
        self._wait(now, self._timing.coordinator_timeout)

    @property
    def _wants_to_preempt(self) -> bool:
        return (
            self.role is Role.STANDBY
            and self._may_lead
            and priority_of(self._rank) > priority_of(self.master_rank)
        )

    def _claim_priority(self, now: float) -> None:
        since = self._in_step_since
        if since is None or now < since + self._timing.settle or not self._wants_to_preempt:
            return
        self._in_step_since = now
        self._ask(self.master_address, Kind.ELECTION)

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
