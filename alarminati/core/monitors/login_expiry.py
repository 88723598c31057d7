"""Login expiry of channels: which alarms to raise, and which are resolved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.model.entries import Alarm, Severity

SOURCE: Final = "channel"
KEY: Final = "login:"


def reports(book: AlarmBook, found: Mapping[str, str | None], wall: int) -> Iterator[Alarm]:
    """Return the reports to accept now.

    `found` has the required action by channel; empty: none. None: unknown, and its alarm stays as
    it is. A channel that is missing was removed.
    """
    gone = {name: "" for name in _told(book) if name not in found}
    for name, detail in sorted({**found, **gone}.items()):
        if detail is None:
            continue
        alarm = Alarm(
            message=f"The login of channel {name} ends or has ended",
            severity=Severity.WARNING,
            timestamp=wall,
            resolved=not detail,
            labels=(("channel", name),),
            key=KEY + name,
            annotations=(("detail", detail),) if detail else (),
            source=SOURCE,
        )
        state = book.find(alarm.fingerprint())
        if bool(detail) != (state is not None and state.firing):
            yield alarm


def _told(book: AlarmBook) -> Iterator[str]:
    """Return the channels about whose login an alarm fires."""
    for state in book.firing_from({SOURCE}):
        if state.alarm.source == SOURCE and state.alarm.key.startswith(KEY):
            yield state.alarm.key.removeprefix(KEY)
