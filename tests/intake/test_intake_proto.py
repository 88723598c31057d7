"""Reports that come as proto messages."""

from __future__ import annotations

import pytest

from alarminati.core.model.entries import Alarm, Severity
from alarminati.core.model.validation import Invalid
from alarminati.v1 import alarm_pb2 as pb
from alarminati.wire.intake_proto import report_from_proto

NOW = 1_758_166_920_000


def test_a_whole_report() -> None:
    message = pb.Alarm(
        message="m",
        severity=pb.SEVERITY_ERROR,
        timestamp_ms=NOW - 5,
        resolved=True,
        labels={"b": "2", "a": "1"},
        project="p",
        key="k",
        annotations={"d": "e"},
        link="http://x",
    )
    assert report_from_proto(message, NOW, "grpc") == Alarm(
        "m",
        Severity.ERROR,
        NOW - 5,
        True,
        (("a", "1"), ("b", "2")),
        "p",
        "k",
        (("d", "e"),),
        "http://x",
        "grpc",
    )


def test_what_is_left_out() -> None:
    alarm = report_from_proto(pb.Alarm(message="m"), NOW, "grpc")
    assert (alarm.severity, alarm.timestamp) == (Severity.WARNING, NOW)


@pytest.mark.parametrize(
    ("number", "severity"),
    [(60, Severity.CRITICAL), (50, Severity.CRITICAL), (25, Severity.INFO), (7, Severity.INFO)],
)
def test_a_severity_of_a_later_version_is_the_next_lower_one(
    number: int, severity: Severity
) -> None:
    message = pb.Alarm(message="m", severity=number)  # type: ignore[arg-type]
    assert report_from_proto(message, NOW, "grpc").severity is severity


def test_what_only_a_replica_may_say_is_ignored() -> None:
    alarm = report_from_proto(pb.Alarm(message="m", source="x"), NOW, "grpc")
    assert alarm.source == "grpc"


@pytest.mark.parametrize(
    ("message", "field"),
    [
        (pb.Alarm(), "message"),
        (pb.Alarm(message="m", severity=-9), "severity"),  # type: ignore[arg-type]
        (pb.Alarm(message="m", timestamp_ms=1), "timestamp_ms"),
        (pb.Alarm(message="m", labels={"a": "v" * 2000}), "labels.a"),
    ],
)
def test_names_the_field_as_the_proto_does(message: pb.Alarm, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        report_from_proto(message, NOW, "grpc")
    assert caught.value.field == field
