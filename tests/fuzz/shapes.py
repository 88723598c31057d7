"""Targets for the readers of what other tools send."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from alarminati.core.model.entries import Severity
from alarminati.core.model.validation import Invalid, check
from alarminati.edge.bodies import Item
from alarminati.edge.shapes.inbound import Inbound, Shape
from alarminati.edge.shapes.mapping import Mapped, ResolvedRule, Rule, SeverityRule
from alarminati.edge.shapes.reading import read, unpacked
from alarminati.edge.shapes.table import PRESETS
from alarminati.wire import codec
from tests.fuzz import seeds

Feed = Callable[[bytes], None]


@dataclass(frozen=True)
class Target:
    """`share`: how many of a campaign's inputs it gets, in proportion."""

    name: str
    seeds: Sequence[bytes]
    feed: Feed
    share: float = 1.0


MAPPED = Mapped(
    message=Rule("[{{ host }}] {{ title | upper }} {{ values.cpu }}"),
    each="events",
    key=Rule("{{ id }}-{{ root.region }}"),
    severity=SeverityRule(Rule("level"), {"Disaster": Severity.CRITICAL}),
    resolved=ResolvedRule(Rule("status")),
    time=Rule("ts"),
    labels={"host": Rule("host"), "region": Rule("$.region")},
    all_labels=Rule("tags"),
    annotations={"all": Rule("{{ root }}")},
    link=Rule("url"),
)
DOCUMENT = {
    "region": "seoul",
    "events": [
        {"id": 17, "host": "db-1", "title": "disk is full", "level": "p1", "status": "OK",
         "ts": 1758166920, "values": {"cpu": 93.5}, "url": "https://mon.example/17",
         "tags": ["a:b", {"tag": "c", "value": "d"}, ["e"]]},
        {"title": "x", "ts": "2025-09-18 12:42:00+0900", "tags": "a:b, c"},
    ],
}  # fmt: skip
PAYLOADS = Path(__file__).parents[1] / "edge" / "payloads"
KINDS = (
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=b",
    "text/plain",
)


def webhook(items: Callable[[bytes, int], Iterator[Item]]) -> Feed:
    """A reader that yields checked alarms, and short sentences about what is none."""

    def feed(data: bytes) -> None:
        found: list[Item] = []
        try:
            found += items(data, seeds.NOW)
        except Invalid as error:
            found.append(error)
        for item in found:
            if isinstance(item, Invalid):
                assert len(str(item).encode()) < 2000, "an error repeats too much of what was sent"
            elif item is not None:
                assert check(item, seeds.NOW) is item
                codec.encode(item)

    return feed


def _shape(shape: Shape) -> Feed:
    def items(data: bytes, now: int) -> Iterator[Item]:
        kind = KINDS[data[0] % len(KINDS)] if data else ""
        headers = {"content-type": kind, "title": data[1:9].decode("latin-1"), "priority": "high"}
        yield from read(shape, unpacked(Inbound(data[1:], now, headers, source="x", used=set())))

    return webhook(items)


def shape_targets() -> list[Target]:
    """A target for mappings, and one for each preset."""
    mapped = json.dumps(DOCUMENT).encode()
    form = b"\x01data=%7B%22events%22%3A%5B%5D%7D"
    parts = b'\x02--b\r\nContent-Disposition: form-data; name="data"\r\n\r\n{}\r\n--b--\r\n'
    bodies = (b"\x00" + mapped, form, parts, b"\x03disk is full")
    targets = [Target("mapping", bodies, _shape(MAPPED))]
    for name, preset in PRESETS.items():
        recorded = tuple(b"\x00" + file.read_bytes() for file in sorted(PAYLOADS.glob(f"{name}*")))
        targets.append(Target(f"preset {name}", recorded or bodies, _shape(preset.shape), 0.3))
    return targets
