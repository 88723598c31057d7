"""What people read of deliveries and silences."""

from __future__ import annotations

import click
import pytest

from alarminati.cli.lines import record_line
from alarminati.client import (
    Cause,
    EntryId,
    Notice,
    NoticeItem,
    Occasion,
    Outcome,
    Record,
    Result,
    Silence,
)
from alarminati.core.entries import Body
from tests.client.agents import NOW

ID, NOTICE = EntryId("a0000000", 1), EntryId("a0000000", 2)
PRINT = "0123456789abcdef"


def line(body: Body) -> str:
    """Without its time, and without colours."""
    told = record_line(Record(ID, body, "", 1, NOW, ""), {NOTICE: "ops"}.get)
    return click.unstyle(told).partition(" ")[2].partition(" ")[2]


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        (
            Outcome(NOTICE, Result.DELIVERED, 1, "a", 12, receipt="C1/2"),
            "ops: delivered (1, a, 12 ms) <C1/2>",
        ),
        (
            Outcome(NOTICE, Result.RETRY, 2, "b", 5, "too fast", "", 30_000, Cause.BUSY),
            "ops: retry [busy] (2, b, 5 ms) again in 30 s: too fast",
        ),
        (
            Outcome(ID, Result.DEAD, 3, "b", 5, "it\x1b answered 404", cause=Cause.REFUSED),
            "dead [refused] (3, b, 5 ms): it� answered 404",
        ),
    ],
)
def test_an_attempt(outcome: Outcome, told: str) -> None:
    assert line(outcome) == told


def test_what_is_to_be_sent() -> None:
    items = (
        NoticeItem(ID, PRINT, True),
        NoticeItem(ID, PRINT, False, Occasion.REPEATED, 2),
        NoticeItem(ID, PRINT, False, Occasion.ACKNOWLEDGED),
    )
    assert line(Notice("ops", items, "k")) == (
        f"to be sent to ops: {ID} resolved, {ID} still firing (2), {ID} acknowledged"
    )


def test_a_silence_and_its_end() -> None:
    silence = Silence(PRINT, ("a=b", 'c=~"d"'), NOW, NOW + 1000, "jane", "disks")
    assert line(silence).startswith("silenced by jane until ")
    assert line(silence).endswith(': disks (a=b, c=~"d")')
    ended = Silence(PRINT, ("a=b",), NOW - 5, NOW, "kim", "disks")
    assert line(ended) == "silence ended by kim (a=b)"
