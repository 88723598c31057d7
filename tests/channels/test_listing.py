"""Listing of a digest: the order of its lines, and of the groups in its foot."""

from __future__ import annotations

from alarminati.channels.listing import listing
from alarminati.channels.message import Item
from alarminati.channels.plain_text import PLAIN
from alarminati.core.model.entries import NotificationReason, Severity
from tests.channels.samples import item, message

MIXED = [
    *(item(n, f"{s.name} {n}", s) for n, s in enumerate(sorted(Severity), 1)),
    item(5, "SEEN 5", Severity.CRITICAL, reason=NotificationReason.ACKNOWLEDGED),
    item(6, "OVER 6", Severity.CRITICAL, resolved=True),
]
WORST_FIRST = ["CRITICAL", "ERROR", "WARNING", "INFO", "SEEN", "OVER"]


def test_lists_the_worst_first_then_acknowledged_and_resolved_ones() -> None:
    listed = listing(message(*MIXED), PLAIN, "en", 4000, 400)
    assert [_word(line.items[0]) for line in listed.lines] == WORST_FIRST
    assert listed.worst.alarm.severity is Severity.CRITICAL
    assert _word(listed.worst) == "CRITICAL"


def test_counts_the_worst_first_where_there_is_no_room_for_lines() -> None:
    listed = listing(message(*MIXED), PLAIN, "en", 0, 400)
    signs = [part.split()[0] for part in listed.foot[0].split(": ", 1)[1].split(", ")]
    assert signs == ["🔴", "🟠", "🟡", "🔵", "👀", "✅"], listed.foot


def _word(one: Item) -> str:
    return one.alarm.message.split()[0]
