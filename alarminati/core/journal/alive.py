"""What retention must keep, while it is worked out and for as long as retention takes.

Both take seconds where 100,000 alarms fire, and others have their turn meanwhile. So whatever is
said of an alarm in that time keeps all that is remembered of it, and where other channels or routes
count, nothing more goes this time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from alarminati.core.model.entries import Acknowledgement, Alarm, Body, Entry, EntryId, Notice

BITE = 100  # parts worked out in one go, mostly alarms: some 5 ms


class AliveEntries:
    """Ids of entries whose effect is alive."""

    def __init__(
        self, parts: Iterator[Iterable[EntryId]], ledger: Callable[[str], Iterable[EntryId]]
    ) -> None:
        """`parts` are worked out as they are asked for; `ledger` is all of one alarm."""
        self._rest = parts
        self._ledger = ledger
        self._found: dict[str, set[int]] = {}
        self._everything = False

    def __contains__(self, id: EntryId) -> bool:
        return self._everything or id.sequence in self._found.get(id.origin, ())

    def gather(self, bite: int = BITE) -> bool:
        """Work out some more; False when that was all."""
        done = 0
        for part in islice(self._rest, bite):
            self._add(part)
            done += 1
        return done == bite

    def folded(self, entries: Sequence[Entry]) -> None:
        """These are on disk, and what is alive because of them is so from now on."""
        for fingerprint in dict.fromkeys(each for one in entries for each in _about(one.body)):
            self._add(self._ledger(fingerprint))

    def keep_everything(self) -> None:
        """Other settings count, by which anything may be alive: look again another time."""
        self._everything = True

    def _add(self, ids: Iterable[EntryId]) -> None:
        for id in ids:
            self._found.setdefault(id.origin, set()).add(id.sequence)


def _about(body: Body | None) -> Iterator[str]:
    """Fingerprints of the alarms that it says something about."""
    match body:
        case Alarm():
            yield body.fingerprint()
        case Acknowledgement():
            yield body.fingerprint
        case Notice():
            yield from (item.fingerprint for item in body.items)
        case _:
            pass
