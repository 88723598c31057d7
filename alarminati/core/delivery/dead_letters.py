"""Dead letters: notices that no channel accepted, kept to be shown and sent again.

A fold like the outbox, of which it is a part. A letter that was sent again or discarded is removed.
The notice that sends it again has its own life, and may become a dead letter itself.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import blake2b

from alarminati.core.alarms.episodes import DeliveryState
from alarminati.core.bounded.bounded_map import BoundedMap
from alarminati.core.bounded.bounds import USUAL, Bounds
from alarminati.core.delivery.mentions import Mentions
from alarminati.core.model.entries import (
    DeliveryCause,
    EntryId,
    Notification,
    NotificationItem,
    Result,
)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A notice that was given up."""

    id: EntryId  # id of the notice; of its twins, the first that this replica received
    notice: Notification
    stamp: int  # when it was given up, see `hlc`
    detail: str  # reason, without any secret
    telling: DeliveryState
    cause: DeliveryCause = DeliveryCause.NONE

    @property
    def channel(self) -> str:
        """Return the channel of the notice."""
        return self.notice.channel

    @property
    def items(self) -> tuple[NotificationItem, ...]:
        """Return the items of the notice."""
        return self.notice.items

    def again(self) -> Notification:
        """Return the notice that sends it again, equal for every caller and repetition."""
        key = blake2b(f"again\x1f{self.notice.key}\x1f{self.channel}".encode(), digest_size=16)
        return Notification(self.channel, self.items, key.hexdigest(), dead_letter=self.id)


class DeadLetters:
    """Newest dead letters, oldest first. Their alarms are remembered for as long as they are."""

    def __init__(self, mentions: Mentions, bounds: Bounds = USUAL) -> None:
        self.forgotten = 0  # letters dropped for newer ones
        self.heavy: Callable[[], bool] = lambda: False  # the alarms of letters take too many bytes
        self.items = 0  # alarms in all letters
        self._mentions = mentions
        self._bounds = bounds
        self._letters: OrderedDict[EntryId, DeadLetter] = OrderedDict()
        self._over: BoundedMap[EntryId, bool] = BoundedMap(bounds.resent)

    def __len__(self) -> int:
        return len(self._letters)

    def __contains__(self, id: EntryId) -> bool:
        return id in self._letters

    def __iter__(self) -> Iterator[DeadLetter]:
        return iter(list(self._letters.values()))

    def get(self, id: EntryId) -> DeadLetter | None:
        """Return the letter of that notice, or None."""
        return self._letters.get(id)

    def add(self, letter: DeadLetter) -> list[DeadLetter]:
        """Add a letter; return those dropped for it. See `settle` for one that was sent again."""
        self._letters[letter.id] = letter
        self.items += len(letter.items)
        self._mentions.add(letter.notice)
        gone: list[DeadLetter] = []
        while self._too_many():
            gone.append(self._take(next(iter(self._letters))))
        if self.heavy() and len(self._letters) > 1:
            gone.append(self._take(next(iter(self._letters))))
        self.forgotten += len(gone)
        return gone

    def _too_many(self) -> bool:
        many = self.items > self._bounds.lettered and len(self._letters) > 1
        return many or len(self._letters) > self._bounds.letters

    def over(self, id: EntryId) -> None:
        """Take note that this notice, or a twin, is sent again or discarded: see `settle`."""
        self._over.put(id, True)

    def settle(self, telling: DeliveryState) -> None:
        """Remove the letter if it was delivered after all, is sent again or is discarded."""
        first = telling.notices[0]
        if first not in self._letters:
            return
        if telling.result is Result.DELIVERED or any(map(self._over.get, telling.notices)):
            self._take(first)

    def _take(self, id: EntryId) -> DeadLetter:
        letter = self._letters.pop(id)
        self.items -= len(letter.items)
        self._mentions.remove(letter.notice)
        return letter
