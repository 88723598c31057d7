"""Which address to try next, and how long to wait before: failover without a stampede."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random


class Rotation:
    """Addresses in an order of one's own, so that many clients with one list spread out.

    Waits are full jitter (a random part of a doubling span), and only begin once every address had
    its turn: a failover to a living replica costs no wait.
    """

    def __init__(
        self, addresses: Sequence[str], dice: Random, *, first: float = 0.2, most: float = 15.0
    ) -> None:
        unique = list(dict.fromkeys(addresses))
        if not unique:
            raise ValueError("no agent to talk to: give at least one address (host:port)")
        if not 0 < first <= most:
            raise ValueError(f"the first wait ({first}) must lie between 0 and the last ({most})")
        dice.shuffle(unique)
        self._addresses = unique
        self._dice = dice
        self._first = first
        self._most = most
        self._at = 0
        self._failures = 0

    @property
    def current(self) -> str:
        """The address to use now."""
        return self._addresses[self._at]

    def __len__(self) -> int:
        return len(self._addresses)

    def worked(self) -> None:
        """The current address answered: stay with it."""
        self._failures = 0

    def failed(self, address: str) -> float:
        """An address did not answer: wait the seconds returned, then use `current`."""
        if address != self.current:
            return 0.0  # another call has turned away from it already
        self._at = (self._at + 1) % len(self._addresses)
        self._failures += 1
        rounds, rest = divmod(self._failures, len(self._addresses))
        if rest:
            return 0.0
        return self._dice.uniform(0.0, min(self._most, self._first * 2.0 ** min(rounds, 30)))
