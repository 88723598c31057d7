"""Unreachable peers: which missing replicas are reported, when, and in which words.

A replica that reaches no peer is master and looks well to itself, so the configuration must be
compared with the peers that were reached. Followers stay in touch with their master alone: they
report peers that they never reached, and the master reports peers that left.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.election.election import Election
from alarminati.core.election.messages import Problem, Role
from alarminati.core.model.entries import Alarm, Severity
from alarminati.core.monitors.orphans import strays

SOURCE: Final = "peers"
KEY: Final = "peer:"
WARNED: Final = 10.0  # seconds after which the log and `status` mention a peer
GONE_WARNED: Final = 60.0  # seconds for a peer that was there before: restarts are not mentioned
ALARMED: Final = 60.0  # seconds until an alarm for addresses of the configuration
FOUND_ALARMED: Final = 300.0
"""Seconds until an alarm for peers from discovery, and for peers that were there before.

A pod has its address before its image is there, and a computer may restart in that time.
"""
MOST: Final = 16  # peers reported at once
_TAKEN: Final = Problem.NAME_TAKEN
GONE: Final = "it is reached, or should not be there any more"
ABSENT: Final = "the replica that missed it is gone"


class Way(Enum):
    """Kind of discovery."""

    NONE = "none"
    STATIC = "static"
    DNS = "dns"
    ZEROCONF = "zeroconf"


@dataclass(frozen=True, slots=True)
class Sought:
    """Peers that the configuration names."""

    way: Way = Way.NONE
    peers: frozenset[str] = frozenset()  # addresses of the configuration, whatever the discovery
    service: str = ""  # DNS name of the service


@dataclass(frozen=True, slots=True)
class Peer:
    """A peer that is not reached. Times are seconds, monotonic."""

    address: str  # empty: discovery finds no peer at all
    way: Way
    problem: Problem
    detail: str
    since: float
    heard: float | None = None  # None: never
    name: str = ""

    @property
    def sentence(self) -> str:
        """Return what is wrong, and how to correct it."""
        if self.problem is _TAKEN:
            return (
                f"another replica, at {self.address or 'an unknown address'}, was given the same"
                f" name and goes by {self.name}; give each its own (name, by default the host name)"
            )
        if not self.address:
            return f"no other replica is found: {self.detail}"
        if self.problem is Problem.OTHER_CLUSTER:
            return f"{self.address} belongs to another cluster: {self.detail}"
        if self.problem is Problem.UNTRUSTED:
            return f"{self.address} was not trusted, or did not trust this replica: {self.detail}"
        if self.heard is not None:
            return f"{self.name} at {self.address} is gone: {self.detail}"
        if self.way is Way.STATIC:
            return (
                f"{self.address} was never reached: {self.detail}; is it spelled right, and does"
                " an agent run there?"
            )
        return f"{self.address} was never reached: {self.detail}"


class PeerBoard:
    """Decides what a replica reports about its peers. `now` is monotonic seconds, its own."""

    def __init__(self, book: AlarmBook, election: Election, sought: Sought, now: float) -> None:
        self._book = book
        self._election = election
        self._sought = sought
        self._begun = now
        self._led_since: float | None = None
        self._warned: dict[str, str] = {}  # by address

    def unreachable(self, now: float) -> list[Peer]:
        """Return the peers that are missing for long enough to be mentioned."""
        return [
            peer
            for peer in self._missed(now)
            if now - peer.since >= (WARNED if peer.heard is None else GONE_WARNED)
        ]

    def warnings(self, now: float) -> list[str]:
        """Return the news about them for the log, one sentence each."""
        found = {peer.address: peer.sentence for peer in self.unreachable(now)[:MOST]}
        new = [said for address, said in found.items() if self._warned.get(address) != said]
        self._warned = found
        return new

    def alarms(self, now: float, wall: int) -> list[Alarm]:
        """Return the reports to accept; firing alarms are in the book, so a report may come
        twice."""
        missed = self._missed(now)
        # Of two replicas with one name, the one that was renamed reports it for both.
        keeps = self._election.name == self._election.names.given
        said = [peer for peer in missed if not (keeps and peer.problem is _TAKEN)]
        late = [peer for peer in said if now - peer.since >= self._patience(peer)][:MOST]
        alarms = [self._alarm(peer, wall) for peer in late]
        new = [alarm for alarm in alarms if not self._fires(alarm.fingerprint())]
        return new + self._ends(now, wall, missed)

    def _fires(self, fingerprint: str) -> bool:
        state = self._book.find(fingerprint)
        return state is not None and state.firing

    def _ends(self, now: float, wall: int, missed: Sequence[Peer]) -> list[Alarm]:
        if now - self._begun < WARNED:
            return []  # too early to miss a peer
        mine = f"{KEY}{self._election.name}:"
        # Alarms that fire may be about peers that are not missed for long enough yet, or not
        # dialled.
        kept = {self._alarm(peer, 0).fingerprint() for peer in missed}
        for address in self._election.roster.strangers():
            untried = Peer(address, Way.NONE, Problem.UNREACHABLE, "", now)
            kept.add(self._alarm(untried, 0).fingerprint())
        ended = strays(self._book, SOURCE, mine, kept, wall, GONE)
        return ended + self._of_the_absent(now, wall)

    def _of_the_absent(self, now: float, wall: int) -> list[Alarm]:
        """Resolve, as master, the alarms of replicas that are gone and cannot do so."""
        election = self._election
        if self._led_since is None or now - self._led_since < ALARMED:
            return []
        there = {election.name, *election.roster.names(), *election.followers}
        firing = self._book.firing_from({SOURCE})
        owners = {dict(state.alarm.labels).get("replica", "") for state in firing}
        return [
            alarm
            for owner in sorted(owners - there)
            for alarm in strays(self._book, SOURCE, f"{KEY}{owner}:", set(), wall, ABSENT)
        ]

    def _missed(self, now: float) -> list[Peer]:
        self._mind_leading(now)
        namesakes = [
            Peer(
                other.address,
                self._way(other.address),
                _TAKEN,
                "",
                other.since,
                name=other.name,
            )
            for other in self._election.names.known()
        ]
        at = {peer.address for peer in namesakes}
        others = [peer for peer in self._not_reached() if peer.address not in at]
        return namesakes + others + self._nobody()

    def _not_reached(self) -> Iterator[Peer]:
        election = self._election
        linked = {*election.followers, *([election.upstream] if election.linked else [])}
        for each in election.roster.missing(linked):
            loss, way, heard = each.loss, self._way(each.address), None
            since = each.since
            if each.heard:
                if self._led_since is None:
                    continue  # followers do not ask for peers that they reached once
                heard, since = each.since, max(each.since, self._led_since)
            yield Peer(each.address, way, loss.problem, loss.detail, since, heard, each.name)

    def _mind_leading(self, now: float) -> None:
        if self._election.role is not Role.MASTER:
            self._led_since = None
        elif self._led_since is None:
            self._led_since = now

    def _nobody(self) -> list[Peer]:
        """Return the report that discovery finds no peer at all, where there should be one."""
        sought, election = self._sought, self._election
        if election.roster.listed or election.followers or election.linked:
            return []
        if sought.way is Way.ZEROCONF:
            detail = "no other one announces itself on this network"
        elif sought.way is Way.DNS and not election.roster.mine:
            detail = f"DNS names no address for {sought.service}"
        elif sought.way is Way.STATIC:
            detail = "discovery.peers names only this replica itself"
        else:  # a service that names this replica alone was scaled down to it
            return []
        return [Peer("", sought.way, Problem.UNREACHABLE, detail, self._begun)]

    def _way(self, address: str) -> Way:
        return Way.STATIC if address in self._sought.peers else self._sought.way

    @staticmethod
    def _patience(peer: Peer) -> float:
        sure = peer.way is Way.STATIC and peer.heard is None
        return ALARMED if sure or peer.problem is not Problem.UNREACHABLE else FOUND_ALARMED

    def _alarm(self, peer: Peer, wall: int) -> Alarm:
        election = self._election
        message = f"{election.name} does not reach {peer.address or 'any other replica'}"
        if peer.problem is _TAKEN:
            message = f"Two replicas were given the name {election.names.given}"
        return Alarm(
            message=message,
            severity=Severity.ERROR,
            timestamp=wall,
            labels=(("peer", peer.address), ("replica", election.name)),
            key=f"{KEY}{election.name}:{peer.address}",
            annotations=(("detail", peer.sentence),),
            source=SOURCE,
        )
