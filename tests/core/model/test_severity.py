"""Numbers of severities: one numbering everywhere, and a higher number is worse."""

from __future__ import annotations

import pytest

from alarminati.core.model.entries import Severity
from alarminati.v1 import alarm_pb2


def test_has_the_numbers_of_the_proto() -> None:
    names = alarm_pb2.Severity.keys()
    assert {severity.name: severity.value for severity in Severity} == {
        name.removeprefix("SEVERITY_"): alarm_pb2.Severity.Value(name) for name in names[1:]
    }
    assert sorted(Severity) == [Severity.INFO, Severity.WARNING, Severity.ERROR, Severity.CRITICAL]


@pytest.mark.parametrize(
    ("number", "severity"),
    [
        (-5, Severity.INFO),
        (0, Severity.INFO),
        (10, Severity.INFO),
        (20, Severity.INFO),
        (25, Severity.INFO),
        (30, Severity.WARNING),
        (49, Severity.ERROR),
        (50, Severity.CRITICAL),
        (60, Severity.CRITICAL),
        (2**31 - 1, Severity.CRITICAL),
    ],
)
def test_takes_an_unknown_number_for_the_next_lower_known_one(
    number: int, severity: Severity
) -> None:
    assert Severity.at(number) is severity
