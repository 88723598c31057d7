"""Entries that retention must keep, collected in small steps and kept up to date.

Collecting them and removing the others takes seconds where 100,000 alarms fire, and other work goes
on meanwhile. An alarm that changes in that time keeps all its entries. After a reload of channels
or routes nothing is removed until the next run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from alarminati.core.model.entries import Action, Alarm, Body, Entry, EntryId, Notification

BITE = 100  # parts worked out in one go, mostly alarms: some 5 ms


class AliveEntries:
    """Set of the ids that retention must keep."""

    def __init__(
        self, parts: Iterator[Iterable[EntryId]], ledger: Callable[[str], Iterable[EntryId]]
    ) -> None:
        """Take `parts`, which does its work lazily; `ledger` returns all of one alarm."""
        self._rest = parts
        self._ledger = ledger
        self._found: dict[str, set[int]] = {}
        self.everything = False  # the settings changed: nothing is known to be dead

    def __contains__(self, id: EntryId) -> bool:
        return self.everything or id.sequence in self._found.get(id.origin, ())

    def gather(self, bite: int = BITE) -> bool:
        """Collect some more parts; return False when no part is left."""
        done = 0
        for part in islice(self._rest, bite):
            self._add(part)
            done += 1
        return done == bite

    def folded(self, entries: Sequence[Entry]) -> None:
        """Add the entries of all alarms that these stored entries are about."""
        for fingerprint in dict.fromkeys(each for one in entries for each in _about(one.body)):
            self._add(self._ledger(fingerprint))

    def keep_everything(self) -> None:
        """Keep every entry from now on: the settings changed."""
        self.everything = True

    def _add(self, ids: Iterable[EntryId]) -> None:
        for id in ids:
            self._found.setdefault(id.origin, set()).add(id.sequence)


def _about(body: Body | None) -> Iterator[str]:
    """Yield the fingerprints of the alarms that a body is about."""
    match body:
        case Alarm():
            yield body.fingerprint()
        case Action():
            yield from body.fingerprints
        case Notification():
            yield from (item.fingerprint for item in body.items)
        case _:
            pass
