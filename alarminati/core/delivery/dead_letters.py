"""Dead letters: notices that no channel took, kept to be looked at and told again.

A fold like the outbox, of which it is a part. A letter that was told again is gone: what became of
that is a notice of its own, which may die in its turn.
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
from alarminati.core.model.entries import EntryId, Notice, NoticeItem, Result


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A notice that was given up."""

    id: EntryId  # of the notice; of its twins, the one this replica heard of first
    notice: Notice
    stamp: int  # when it was given up, see `stamp`
    detail: str  # why, without any secret
    telling: DeliveryState

    @property
    def channel(self) -> str:
        """Where it was to go."""
        return self.notice.channel

    @property
    def items(self) -> tuple[NoticeItem, ...]:
        """What it was to tell."""
        return self.notice.items

    def again(self) -> Notice:
        """The notice that tells it again, the same whoever asks for it and how often."""
        key = blake2b(f"again\x1f{self.notice.key}\x1f{self.channel}".encode(), digest_size=16)
        return Notice(self.channel, self.items, key.hexdigest(), resends=self.id)


class DeadLetters:
    """The newest of them, oldest first. The alarms they name are kept for as long as they are."""

    def __init__(self, mentions: Mentions, bounds: Bounds = USUAL) -> None:
        self.forgotten = 0  # letters that had to go for newer ones
        self.heavy: Callable[[], bool] = lambda: False  # what they keep takes too many bytes
        self.items = 0  # alarms named in all of them together
        self._mentions = mentions
        self._bounds = bounds
        self._letters: OrderedDict[EntryId, DeadLetter] = OrderedDict()
        self._resent: BoundedMap[EntryId, bool] = BoundedMap(bounds.resent)

    def __len__(self) -> int:
        return len(self._letters)

    def __contains__(self, id: EntryId) -> bool:
        return id in self._letters

    def __iter__(self) -> Iterator[DeadLetter]:
        return iter(list(self._letters.values()))

    def get(self, id: EntryId) -> DeadLetter | None:
        """The letter of that notice."""
        return self._letters.get(id)

    def add(self, letter: DeadLetter) -> list[DeadLetter]:
        """Keep it; those that had to go instead. See `settle` for one that was told again."""
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

    def resent(self, id: EntryId) -> None:
        """This notice is told again, or a twin of it: see `settle`."""
        self._resent.put(id, True)

    def settle(self, telling: DeliveryState) -> None:
        """Let its letter go if it was delivered after all, or is told again, says any replica."""
        first = telling.notices[0]
        if first not in self._letters:
            return
        if telling.result is Result.DELIVERED or any(map(self._resent.get, telling.notices)):
            self._take(first)

    def _take(self, id: EntryId) -> DeadLetter:
        letter = self._letters.pop(id)
        self.items -= len(letter.items)
        self._mentions.remove(letter.notice)
        return letter
