"""What a reader sees: labels mean what they mean to matchers."""

from __future__ import annotations

import pytest

from alarminati.core.model.entries import (
    Action,
    Alarm,
    Body,
    DeadLetterDiscard,
    DeliveryAttempt,
    EntryId,
    Mark,
    Notification,
    NotificationItem,
    Result,
    Severity,
    Silence,
)
from alarminati.core.model.filter import Filter, RecordType
from tests.core.stage import alarm

PAGE = alarm("x", labels=(("severity", "page"),), severity=Severity.CRITICAL, source="prometheus")
LEVEL = alarm("x", labels=(("host", "a"),), severity=Severity.CRITICAL, source="http")
NONE = alarm("x", source="alertmanager")


@pytest.mark.parametrize(
    ("matchers", "seen"),
    [
        ((), [PAGE, LEVEL, NONE]),
        (("severity=page",), [PAGE]),
        (("severity=critical",), [LEVEL]),
        (("severity=CRITICAL", 'host="a"'), [LEVEL]),
        (('severity=""',), [NONE]),
        (("source=http",), [LEVEL]),
        (("project=shop",), [PAGE, LEVEL, NONE]),
        (("project=bank",), []),
        (("host=b",), []),
        (('host=~"a|b"', "severity!=page"), [LEVEL]),
    ],
)
def test_matchers(matchers: tuple[str, ...], seen: list[Alarm]) -> None:
    passes = Filter(matchers=matchers).passes
    assert [each for each in (PAGE, LEVEL, NONE) if passes(each, "shop")] == seen


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("TROUBLE", [PAGE, LEVEL, NONE]),
        ("Host=A", [LEVEL]),
        ("prometheus", [PAGE]),
        ("shop", [PAGE, LEVEL, NONE]),
        ("nothing", []),
    ],
)
def test_text_in_any_case(text: str, seen: list[Alarm]) -> None:
    passes = Filter(text=text).passes
    assert [each for each in (PAGE, LEVEL, NONE) if passes(each, "shop")] == seen


BODIES: dict[RecordType, Body] = {
    RecordType.ALARM: PAGE,
    RecordType.ACTION: Action.acknowledge(PAGE.fingerprint(), "kim"),
    RecordType.NOTIFICATION: Notification(
        "ops", (NotificationItem(EntryId("a", 1), PAGE.fingerprint(), False),), "key"
    ),
    RecordType.DELIVERY_ATTEMPT: DeliveryAttempt(EntryId("a", 2), Result.DELIVERED, 1, "a", 1),
    RecordType.SILENCE: Silence("0" * 16, ("a=b",), 1, 2, "kim"),
    RecordType.MARK: Mark("deploy api 1.4.2", 1),
    RecordType.DEAD_LETTER_DISCARD: DeadLetterDiscard((EntryId("a", 3),), "kim"),
}


def test_types() -> None:
    def seen(*types: int) -> list[RecordType]:
        passes = Filter(types=types).passes
        return [type for type, body in BODIES.items() if passes(body, "shop")]

    usual = [RecordType.ALARM, RecordType.ACTION, RecordType.SILENCE, RecordType.MARK]
    assert seen() == usual
    assert [seen(type) for type in RecordType] == [[type] for type in RecordType]
    assert seen(*RecordType) == list(RecordType)
    assert seen(77) == []  # of a later version: nothing here is of that type
    assert Filter().passes(None, "shop")
    assert not Filter(types=(1,)).passes(None, "shop")


def test_fingerprints_are_those_of_alarms_actions_and_notifications() -> None:
    other = alarm("y").fingerprint()
    for type, body in BODIES.items():
        of_an_alarm = type <= RecordType.NOTIFICATION
        mine, others = (
            Filter(types=(type,), fingerprints=(each,)).passes(body, "shop")
            for each in (PAGE.fingerprint(), other)
        )
        assert (mine, others) == (True, not of_an_alarm), type


def test_a_fingerprint_does_not_depend_on_how_the_project_is_written() -> None:
    own = Filter(fingerprints=(alarm("x").fingerprint(),))
    assert own.passes(alarm("x", project="shop"), "shop")
    assert not own.passes(alarm("x", project="shop"), "bank")


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
