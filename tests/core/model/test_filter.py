"""What a reader sees: labels mean what they mean to matchers."""

from __future__ import annotations

import pytest

from alarminati.core.model.entries import Alarm, Pairs, Severity
from alarminati.core.model.filter import Filter
from tests.core.stage import alarm

PAGE = alarm("x", labels=(("severity", "page"),), severity=Severity.CRITICAL, source="prometheus")
LEVEL = alarm("x", labels=(("host", "a"),), severity=Severity.CRITICAL, source="http")
NONE = alarm("x", source="alertmanager")


@pytest.mark.parametrize(
    ("labels", "seen"),
    [
        ((), [PAGE, LEVEL, NONE]),
        ((("severity", "page"),), [PAGE]),
        ((("severity", "critical"),), [LEVEL]),
        ((("severity", "CRITICAL"), ("host", "a")), [LEVEL]),
        ((("severity", ""),), [NONE]),
        ((("source", "http"),), [LEVEL]),
        ((("project", "shop"),), [PAGE, LEVEL, NONE]),
        ((("project", "bank"),), []),
        ((("host", "b"),), []),
    ],
)
def test_labels(labels: Pairs, seen: list[Alarm]) -> None:
    passes = Filter(labels=labels).passes
    assert [each for each in (PAGE, LEVEL, NONE) if passes(each, "shop")] == seen


@pytest.mark.parametrize(
    ("severity", "passes"),
    [
        (Severity.INFO, False),
        (Severity.WARNING, False),
        (Severity.ERROR, True),
        (Severity.CRITICAL, True),
    ],
)
def test_alarms_below_the_least_severity_do_not_pass(severity: Severity, passes: bool) -> None:
    assert Filter(Severity.ERROR).passes(alarm("x", severity=severity), "shop") is passes
    assert Filter(Severity.ERROR).passes(alarm("x", True, severity=severity), "shop")
