"""Election of the master: a bully election that keeps a healthy master and never stalls an alarm.

Every message carries the sender's whole view, and both questions and answers are learned from. Of
two masters the later epoch wins, then the higher rank. A replica that cannot reach a living master
follows it through a neighbour that can. Nothing here is polled: messages are sent when a peer is
missing.
"""

from __future__ import annotations

from collections.abc import Collection

from alarminati.core.election.messages import (
    NO_ANSWER,
    Ask,
    BecomeMaster,
    ElectionEffect,
    ElectionMessage,
    Follow,
    Kind,
    Loss,
    RefreshDiscovery,
    Role,
    StopSending,
    priority_of,
    rank_apart,
)
from alarminati.core.election.stance import Stance

SUSPECT_AGAIN = 5.0  # seconds between two doubts about a master that answers but is slow
FRESH = 1.3  # seconds for which a peer that asked us about our master may rely on the answer
LAST_WORDS = 2.0  # seconds in which messages of the previous process may still come
LINK_PATIENCE = 1.5  # seconds for a link to come up before its other end counts as gone


class Election(Stance):
    """One replica's part in the election. `now` is monotonic seconds, its own."""

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

    # Decisions.

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

    def _hand_over(self, now: float, successor: str) -> None:
        self._clear_master()
        self.role = Role.CANDIDATE
        self._doubt = None
        self._out.append(StopSending())
        for name in sorted(self.followers):
            if address := self.roster.address(name):
                self._ask(address, Kind.RESIGN, successor)
        self._wait(now, self._timing.coordinator_timeout)

    def _claim_priority(self, now: float) -> None:
        since = self._in_step_since
        if since is None or now < since + self._timing.settle or not self._wants_to_preempt:
            return
        self._in_step_since = now
        self._ask(self.master_address, Kind.ELECTION)
