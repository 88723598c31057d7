"""Why an alarm is told to channels, or is not: the explanation is what happens."""

from __future__ import annotations

from alarminati.core.delivery.attempts import Limits
from alarminati.core.delivery.explanations import Explanation
from alarminati.core.delivery.reasons import NotifyReason
from alarminati.core.model.entries import Alarm, Severity, Silence
from alarminati.core.model.matchers import Matcher
from alarminati.core.routing.intervals import Interval
from alarminati.core.routing.muting import Reason
from alarminati.core.routing.policy import Inhibition, Policy
from alarminati.core.routing.routes import Escalation, Route
from tests.core.stage import Stage, alarm

WIDE = Limits(rate=1000.0, burst=1000)
LIMITS = {"ops": Limits(rate=1000.0, burst=1000, fallback="boss"), "boss": WIDE, "lab": WIDE}
WEB = Route(
    ("ops",),
    (Matcher.parse("team=web"),),
    group_by=("host",),
    group_wait=30.0,
    escalate=(Escalation(900.0, ("boss",)),),
)
TREE = Route(("ops",), routes=(WEB,))
LABELS = (("host", "h1"), ("team", "web"))


def led(policy: Policy | None = None) -> Stage:
    stage = Stage(TREE, LIMITS, policy=policy)
    stage.one.lead()
    return stage


def kept(
    stage: Stage, key: str = "disk", labels: tuple[tuple[str, str], ...] = LABELS
) -> Explanation:
    state = stage.one.book.find(alarm(key, labels=labels).fingerprint())
    assert state is not None
    return stage.one.outbox.queries.explain(state, "p", stage.now, stage.wall)


def new(stage: Stage, severity: Severity = Severity.WARNING) -> Explanation:
    one = Alarm("new", severity, stage.wall, labels=LABELS)
    return stage.one.outbox.queries.explain_new(one, "p", stage.wall)


def test_routes_waits_and_reasons_of_an_alarm_that_is_kept() -> None:
    stage = led()
    stage.one.put(alarm("disk", labels=LABELS))
    stage.run(1.0)
    found = kept(stage)
    assert [branch.key for branch in found.routing.branches] == ["route.routes[0]"]
    ops, boss, lab = found.prospects
    assert ops.decision and ops.way and ops.fallback == "boss"
    assert ops.decision.reason is NotifyReason.GROUP_WAIT
    assert ops.way.group == (("host", "h1"),) and ops.next == ops.decision.next > stage.wall
    assert boss.way and boss.way.after == 900.0
    assert boss.decision and boss.decision.reason is NotifyReason.ESCALATION_NOT_DUE
    assert (lab.channel, lab.way) == ("lab", None)
    assert lab.decision and lab.decision.reason is NotifyReason.NOT_ROUTED
    stage.run(30.0)
    assert stage.lines() == ["disk+"]
    again = kept(stage).prospects[0].decision
    assert again and again.reason is NotifyReason.ALREADY_NOTIFIED


def test_mutes_are_named_for_all_channels_and_for_one() -> None:
    nights = Policy(
        intervals={"nights": (Interval(),)},
        inhibitions=(
            Inhibition((Matcher.parse("kind=power"),), (Matcher.parse("team=web"),), ("host",)),
        ),
    )
    tree = Route(("ops",), muted=("nights",))
    stage = Stage(tree, {"ops": WIDE}, policy=nights)
    stage.one.lead()
    power = (("host", "h1"), ("kind", "power"))
    silence = Silence("s1", ("host=h1",), stage.wall, stage.wall + 60_000, "kim", "disks")
    stage.one.put(alarm("power", labels=power), alarm("disk", labels=LABELS), silence)
    stage.run(1.0)
    for found in (kept(stage), new(stage)):
        assert [each.reason for each in found.mutes] == [Reason.SILENCED, Reason.INHIBITED]
        (ops,) = found.prospects
        assert ops.muted and (ops.muted.reason, ops.muted.subject) == (
            Reason.TIME_INTERVAL,
            "nights",
        )
        assert len(found.routing.inhibitions) == 1
    assert new(stage).prospects[0].next == 0, "an inhibition ends by an event"


def test_a_new_alarm_is_told_when_the_explanation_says() -> None:
    stage = led()
    found = new(stage)
    ops, boss, _ = found.prospects
    assert (ops.next, boss.next) == (stage.wall + 30_000, stage.wall + 930_000)
    assert ops.decision is None
    stage.one.put(Alarm("new", Severity.WARNING, stage.wall, labels=LABELS))
    stage.run(29.0)
    assert stage.lines() == []
    stage.run(2.0)
    assert len(stage.lines()) == 1


def test_a_new_alarm_within_a_silence_waits_for_its_end() -> None:
    stage = led()
    ends = stage.wall + 600_000
    stage.one.put(Silence("s1", ("host=h1",), stage.wall, ends, "kim", "disks"))
    assert new(stage).prospects[0].next == ends
