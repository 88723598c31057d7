"""What is told later on purpose is known, so that nobody calls it late."""

from __future__ import annotations

from alarminati.core.delivery.attempts import Limits
from alarminati.core.model.entries import Silence
from alarminati.core.model.matchers import Matcher
from alarminati.core.routing.routes import Escalation, Route
from tests.core.stage import Stage, alarm

FREE = Limits(rate=1000.0, burst=1000)
ROUTE = Route(
    ("ops",),
    escalate=(Escalation(900.0, ("boss",)),),
    routes=(Route(("team",), (Matcher("key", "=", "b"),), group_by=("key",), group_wait=30.0),),
)


def test_escalation_and_grouping_are_known_and_silences_too() -> None:
    stage = Stage(ROUTE, {"ops": FREE, "boss": FREE, "team": FREE})
    stage.one.lead()
    stage.one.put(alarm("a"), alarm("b", labels=(("key", "b"),)))
    first, second = (alarm(name).fingerprint() for name in "ab")
    outbox, now = stage.one.outbox, stage.wall
    assert outbox.queries.on_purpose("ops", first, now, True) == 0.0
    assert outbox.queries.on_purpose("boss", first, now, True) == 900.0
    assert outbox.queries.on_purpose("boss", first, now, False) == 0.0  # its end is told at once
    assert outbox.queries.on_purpose("team", second, now, True) == 30.0
    assert outbox.queries.on_purpose("ops", second, now, True) == 0.0  # not on its way
    assert outbox.queries.on_purpose("nowhere", first, now, True) == 0.0
    assert outbox.queries.on_purpose("ops", "0" * 16, now, True) == 0.0
    stage.one.put(Silence("s1", ('severity="ERROR"',), now - 1, now + 60_000, "kim"))
    assert outbox.queries.on_purpose("ops", first, now, True) == float("inf")
