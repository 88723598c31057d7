"""Peer table: addresses from discovery and messages, when each was heard, when to dial again."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from random import Random

from alarminati.core.election.messages import NO_ANSWER, ElectionMessage, Loss
from alarminati.core.election.timing import Timing

LATELY = 5.0  # seconds
EAGER = 60.0  # seconds in which a follower dials unknown peers as often as a master does


@dataclass(frozen=True, slots=True)
class Missing:
    """An address that discovery names and that did not answer the last message."""

    address: str
    loss: Loss
    since: float  # last message, or first mention
    heard: bool = False  # ever
    name: str = ""  # name in that message


@dataclass(slots=True)
class _Peer:
    """State of one address."""

    listed: bool  # named by discovery now
    since: float  # first mention
    name: str = ""  # learned from its answers
    heard: float | None = None
    failed: float | None = None  # last failure, if later than the last message
    loss: Loss = NO_ANSWER  # why
    lost: float | None = None  # time when its link broke
    dial_at: float = 0.0
    backoff: float = 0.0


class PeerTable:
    """Peers of one replica."""

    def __init__(self, timing: Timing, dice: Random) -> None:
        self._timing = timing
        self._dice = dice
        self._peers: dict[str, _Peer] = {}
        self._ranks: dict[str, int] = {}
        self._addresses: dict[str, str] = {}
        self._mine: set[str] = set()
        self._now = 0.0

    @property
    def empty(self) -> bool:
        """Return whether no peer is known."""
        return not self._peers

    @property
    def mine(self) -> frozenset[str]:
        """Return the addresses that are known to be this replica's own."""
        return frozenset(self._mine)

    @property
    def listed(self) -> list[str]:
        """Return the addresses that discovery names now, without this replica's own."""
        return [address for address in sorted(self._peers) if self._peers[address].listed]

    @property
    def heard_lately(self) -> bool:
        """Return whether a peer sent a message within the last seconds."""
        return any(
            peer.heard is not None and self._now - peer.heard < LATELY
            for peer in self._peers.values()
        )

    def discovered(self, now: float, addresses: Collection[str]) -> None:
        """Set the addresses that discovery names now."""
        self._now = now
        for address in sorted(self._peers):
            peer = self._peers[address]
            peer.listed = address in addresses
            if not peer.listed and self._silent_for(now, peer) > self._timing.forget:
                del self._peers[address]
        for address in sorted(addresses):
            self._know(now, address, listed=True)

    def _know(self, now: float, address: str, listed: bool = False) -> _Peer | None:
        if not address or address in self._mine:
            return None
        peer = self._peers.get(address)
        if peer is None:
            peer = self._peers[address] = _Peer(listed, now, dial_at=now)
        return peer

    @staticmethod
    def _silent_for(now: float, peer: _Peer) -> float:
        return now - (peer.since if peer.heard is None else peer.heard)

    def is_me(self, address: str) -> None:
        """Mark an address as this replica's own."""
        self._mine.add(address)
        self._peers.pop(address, None)

    def heard(self, now: float, word: ElectionMessage, address: str) -> None:
        """Handle a message of a peer; `address` is where it can be reached, or empty."""
        self._now = now
        self._ranks[word.name] = word.rank
        peer = self._know(now, address) if address else None
        if peer is not None:
            peer.name, peer.heard, peer.failed = word.name, now, None
            self._addresses[word.name] = address
        for other in word.peers:
            self._know(now, other)
        if word.master_address:
            self._know(now, word.master_address)

    def answered(self, now: float, address: str, word: ElectionMessage) -> None:
        """Handle an answer from `address`; a peer that had the address before has moved."""
        peer = self._know(now, address)
        if peer is not None and peer.name and peer.name != word.name:
            self._addresses.pop(peer.name, None)

    def failed(self, now: float, address: str, loss: Loss = NO_ANSWER) -> None:
        """Handle a message to `address` that was not answered."""
        self._now = now
        peer = self._peers.get(address)
        if peer is not None:
            peer.failed, peer.loss = now, loss

    def missing(self, linked: Collection[str]) -> list[Missing]:
        """Return the peers that did not answer; the linked ones, by name, are there."""
        return [
            Missing(
                address,
                peer.loss,
                peer.since if peer.heard is None else max(peer.heard, peer.lost or 0.0),
                peer.heard is not None,
                peer.name,
            )
            for address, peer in sorted(self._peers.items())
            if peer.listed and peer.failed is not None and not (peer.name and peer.name in linked)
        ]

    def strangers(self) -> list[str]:
        """Return the addresses without an answer so far: those of discovery, others until
        one try."""
        return [
            address
            for address, peer in sorted(self._peers.items())
            if peer.heard is None and (peer.listed or peer.failed is None)
        ]

    def lost(self, now: float, name: str) -> None:
        """Handle a broken link to `name`: dial soon."""
        address = self._addresses.get(name, "")
        if (peer := self._peers.get(address)) is not None:
            peer.lost = now
        self.soon(now, address)

    def soon(self, now: float, address: str) -> None:
        """Dial that address soon, if it is missing at that time."""
        peer = self._peers.get(address)
        if peer is not None:
            peer.backoff = 0.0
            peer.dial_at = now + self._dice.uniform(0.5, 1.0) * self._timing.redial_first

    def address(self, name: str) -> str:
        """Return the last address of `name`; empty when unknown."""
        return self._addresses.get(name, "")

    def rank(self, name: str) -> int:
        """Return the last known rank of `name`; 0 when unknown."""
        return self._ranks.get(name, 0)

    def heard_of(self, name: str) -> bool:
        """Return whether `name` answered its last message, not long ago."""
        peer = self._peers.get(self._addresses.get(name, ""))
        if peer is None or peer.heard is None or peer.failed is not None:
            return False
        return self._now - peer.heard < 2 * self._timing.redial_most

    def names(self) -> list[str]:
        """Return the names of all known peers, sorted."""
        return sorted({peer.name for peer in self._peers.values() if peer.name})

    def reached(self) -> tuple[str, ...]:
        """Return the addresses that answered, to share with peers."""
        return tuple(a for a in sorted(self._peers) if self._peers[a].heard is not None)[:16]

    def others(self, but: Collection[str] = ()) -> list[str]:
        """Return all addresses except those of the named peers, sorted."""
        return [address for address in sorted(self._peers) if self._peers[address].name not in but]

    def worth_asking(self, now: float) -> list[str]:
        """Return all addresses except those that did not answer just now."""
        return [
            a
            for a in self.others()
            if (failed := self._peers[a].failed) is None or now - failed > self._timing.answer
        ]

    def next_dial(self, missing: Iterable[str]) -> float | None:
        """Return when to dial the next missing peer."""
        return min((self._peers[a].dial_at for a in missing if a in self._peers), default=None)

    def dial(self, now: float, missing: Iterable[str], eager: bool = True) -> list[str]:
        """Return which missing peers to dial now; each then waits longer.

        `eager`: they may be on the other side of a partition, and a rival of their master is here.
        """
        due = [a for a in missing if a in self._peers and self._peers[a].dial_at <= now]
        for address in due:
            self._back_off(now, self._peers[address], eager)
        return due

    def _back_off(self, now: float, peer: _Peer, eager: bool) -> None:
        timing = self._timing
        if peer.heard is not None and peer.failed is None:
            peer.backoff = 0.0
        peer.backoff = min(max(timing.redial_first, 2 * peer.backoff), timing.redial_most)
        hopeful = timing.forget if eager else EAGER
        if self._silent_for(now, peer) > hopeful:
            peer.backoff = timing.redial_given_up
        peer.dial_at = now + peer.backoff * self._dice.uniform(0.5, 1.0)
