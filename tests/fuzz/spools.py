"""Targets for what a spool, a relay and the pages of silences read."""

from __future__ import annotations

import json

from alarminati.client.spooling import read_report
from alarminati.core.model.matchers import parse_matchers
from alarminati.core.model.validation import Invalid
from alarminati.core.spool.frames import encode, scan
from alarminati.edge.alertmanager_api import read_silence
from alarminati.relay_server.door import read_path
from alarminati.spool.segments import read_set_aside
from alarminati.v1 import alarm_service_pb2 as service
from tests.fuzz.shapes import Target

SILENCE = (
    b'{"matchers":[{"name":"a","value":"b.*","isRegex":true}],"startsAt":"2025-09-18T12:42:00Z",'
    b'"endsAt":"2025-09-18T13:42:00Z","comment":"c","createdBy":"kim"}'
)
FRAMES = encode(5, b"disk is full") + encode(6, b"") + encode(7, b"x" * 300)


def frames(data: bytes) -> None:
    """What is read is what was written: it makes the same bytes again."""
    found = scan(data, 5)
    assert b"".join(encode(*each) for each in found.messages) == data[: found.size]
    assert (
        scan(data, 5, most=100).messages == found.messages[: len(scan(data, 5, most=100).messages)]
    )


def set_aside(data: bytes) -> None:
    """Lines of the file of refused messages."""
    read_set_aside(data.decode(errors="replace"))


def paths(data: bytes) -> None:
    """Paths of the public door."""
    found = read_path(data.decode("latin-1"))
    assert found is None or data.decode("latin-1") == f"/w/{found[0]}{found[1]}"


def reports(data: bytes) -> None:
    """Reports in a sender's spool."""
    read_report(data)


def silences(data: bytes) -> None:
    """Silences as tools of Alertmanager post them."""
    try:
        _, matchers, _, _, _, _ = read_silence(data)
    except Invalid:
        return
    for text in matchers:
        parse_matchers(text)


def spool_targets() -> list[Target]:
    """All of them."""
    request = service.ReportRequest(request_id="r")
    request.alarm.message = "disk is full"
    line = {"sequence": 5, "time": 1, "detail": "no", "message": "ZGlzaw=="}
    return [
        Target("frames of a spool", (FRAMES,), frames),
        Target("set aside", (json.dumps(line).encode(),), set_aside, 0.3),
        Target("relay paths", (b"/w/alm_" + b"t" * 40 + b"/api/v2/alerts",), paths, 0.3),
        Target("posted silences", (SILENCE,), silences, 0.5),
        Target("spooled reports", (request.SerializeToString(),), reports, 0.3),
    ]
