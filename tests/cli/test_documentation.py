"""The JSON that is printed has exactly the keys that are documented."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from alarminati.cli.output.rendering import record_json, status_json
from alarminati.client import (
    Action,
    AlarmStatus,
    DeliveryAttempt,
    EntryId,
    Notification,
    NotificationItem,
    Record,
    Result,
    Silence,
)
from alarminati.core.model.entries import Body
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


def test_alarms_as_they_stand() -> None:
    status = AlarmStatus(sample(1), ID, "0123456789abcdef", True, NOW, 0, 1, None)
    more = re.findall(
        r"^\| (`since`|`end_reason`|`count`|`worst_severity`|`acknowledgement`|`muted`)"
        r"(?:, (`\w+`))?",
        DOCS,
        re.MULTILINE,
    )
    names = [name.strip("`") for row in more for name in row if name]
    assert list(status_json(status)) == [*documented("alarm"), *names]


def test_items_of_a_notice() -> None:
    printed = record_json(Record(ID, BODIES[2], "", 1, NOW, ""))
    (inner,) = re.findall(r"`items` \((.*?)\)", ROWS["notification"])
    assert list(printed["items"][0]) == re.findall(r"`(\w+)`", inner)
