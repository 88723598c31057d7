"""The JSON that is printed has exactly the keys that are documented."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from alarminati.cli.output.rendering import record_json
from alarminati.cli.output.statuses import delivery_json, mute_json, status_json
from alarminati.client import (
    Action,
    AlarmStatus,
    ChannelDelivery,
    ChannelState,
    DeliveryAttempt,
    EntryId,
    Mute,
    MuteReason,
    Notification,
    NotificationItem,
    NotifyReason,
    Record,
    Result,
    Severity,
    Silence,
)
from alarminati.core.model.entries import Body, DeadLetterDiscard, Mark
from tests.client.agents import NOW, sample

DOCS = (Path(__file__).resolve().parents[2] / "docs" / "cli.md").read_text()
ID = EntryId("a0000000", 1)
ROWS = dict(re.findall(r"^\| `(\w+)` \| (`id`.*) \|$", DOCS, re.MULTILINE))
BODIES: list[Body] = [
    sample(1),
    Action.acknowledge("0123456789abcdef", "jane"),
    Notification("ops", (NotificationItem(ID, "0123456789abcdef", False),), "k"),
    DeliveryAttempt(ID, Result.FAILED, 1, "a", 12, "it answered 404"),
    Silence("0123456789abcdef", ("host=db-1",), NOW, NOW + 1000, "jane", "new disks"),
    Mark("deploy", NOW, 0, "", (("service", "api"),), "", "ci"),
    DeadLetterDiscard((ID,), "jane", "old news"),
]


def documented(kind: str) -> list[str]:
    return re.findall(r"`(\w+)`", re.sub(r"\(.*?\)", "", ROWS[kind]))


@pytest.mark.parametrize("body", BODIES, ids=lambda body: type(body).__name__)
def test_records(body: Body) -> None:
    printed = record_json(Record(ID, body, "w-sharing", 1, NOW, "0123456789abcdef"))
    assert list(printed) == ["type", *documented(printed["type"])]


def test_every_kind_is_documented() -> None:
    assert list(ROWS) == [
        re.sub("(?<=.)(?=[A-Z])", "_", type(body).__name__).lower() for body in BODIES
    ]


def keys_of(heading: str) -> list[str]:
    """Keys of the table below a line that begins so."""
    table = DOCS.split(heading, 1)[1].split("|---|---|\n", 1)[1].split("\n\n", 1)[0]
    return [
        name for row in table.splitlines() for name in re.findall(r"`(\w+)`", row.split("|")[1])
    ]


def test_alarms_as_they_stand() -> None:
    status = AlarmStatus(sample(1), ID, "0123456789abcdef", True, Severity.ERROR, NOW)
    own = [name for name in documented("alarm") if name != "time"]
    assert list(status_json(status)) == [*own, *keys_of("`list --json` prints an array")]


def test_mutes_and_deliveries() -> None:
    assert list(mute_json(Mute(MuteReason.FLAPPING))) == keys_of("Each of `mutes`")
    delivery = ChannelDelivery("ops", ChannelState.PENDING, NotifyReason.QUEUED)
    assert list(delivery_json(delivery)) == keys_of("Each of `deliveries`")


def test_items_of_a_notice() -> None:
    printed = record_json(Record(ID, BODIES[2], "", 1, NOW, ""))
    (inner,) = re.findall(r"`items` \((.*?)\)", ROWS["notification"])
    assert list(printed["items"][0]) == re.findall(r"`(\w+)`", inner)
