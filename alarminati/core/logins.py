"""Logins of channels that end: which alarms to raise about them, and which are over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from alarminati.core.alarms import AlarmBook
from alarminati.core.entries import Alarm, Severity

SOURCE: Final = "channel"


def reports(book: AlarmBook, found: Mapping[str, str], wall: int) -> Iterator[Alarm]:
    """The reports to accept now. `found` has what people must see to, by channel; empty: nothing.

    Channels that are not in it keep their alarms: nobody knows how they are.
    """
    for name, detail in sorted(found.items()):
        alarm = Alarm(
            message=f"The login of channel {name} ends or has ended",
            severity=Severity.WARNING,
            timestamp=wall,
            resolved=not detail,
            labels=(("channel", name),),
            key=f"login:{name}",
            annotations=(("detail", detail),) if detail else (),
            source=SOURCE,
        )
        state = book.find(alarm.fingerprint())
        if bool(detail) != (state is not None and state.firing):
            yield alarm
