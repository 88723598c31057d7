"""Why a channel is told of an alarm, or is not: a table of days, and the reason at their end."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from alarminati.core.delivery.attempts import Attempt, Limits, Verdict
from alarminati.core.delivery.decisions import ChannelState, Decision
from alarminati.core.delivery.reasons import NotifyReason as Reason
from alarminati.core.model.entries import Action, DeliveryCause, Severity, Silence
from alarminati.core.model.matchers import Matcher
from alarminati.core.routing.muting import Muted
from alarminati.core.routing.muting import Reason as MuteReason
from alarminati.core.routing.policy import Damping, Inhibition, Policy
from alarminati.core.routing.routes import Escalation, Route
from tests.core.stage import Stage, alarm, always

WIDE = Limits(rate=1000.0, burst=1000)
Limited = Mapping[str, Limits] | None
DISK = alarm("disk").fingerprint()


def decision(stage: Stage, channel: str = "ops", key: str = "disk") -> Decision:
    """What the channel is told of the alarm now."""
    replica = stage.one
    state = replica.book.find(alarm(key).fingerprint())
    assert state is not None
    found = replica.outbox.queries.decisions(state, stage.now, stage.wall)
    return next(each for each in found if each.channel == channel)


def at(stage: Stage, seconds: float) -> int:
    """The wall clock so many seconds from now."""
    return stage.wall + int(seconds * 1000)


def standby(route: Route | None = None, limits: Limited = None) -> Stage:
    """Nobody plans: what is to be told stays so."""
    return Stage(route, limits or {"ops": WIDE})


def master(
    route: Route | None = None, policy: Policy | None = None, limits: Limited = None
) -> Stage:
    stage = Stage(route, limits or {"ops": WIDE}, policy=policy)
    stage.one.lead()
    return stage


def told(route: Route | None = None, policy: Policy | None = None, limits: Limited = None) -> Stage:
    """The channel took it that the disk is in trouble."""
    stage = master(route, policy, limits)
    stage.one.put(alarm("disk", severity=Severity.ERROR))
    stage.run(1.0)
    return stage


def rest_and_put(stage: Stage, *bodies: object) -> Stage:
    """Something happens while nobody plans."""
    stage.one.rest()
    stage.run(1.0)
    stage.one.put(*bodies)  # type: ignore[arg-type]
    return stage


def put(stage: Stage, *bodies: object) -> Stage:
    stage.one.put(*bodies)  # type: ignore[arg-type]
    return stage


def raised_while_unplanned() -> Stage:
    return rest_and_put(told(), alarm("disk", severity=Severity.CRITICAL))


REPEATING = Route(("ops",), repeat_interval=600.0)
ESCALATING = Route(("web",), escalate=(Escalation(300.0, ("ops",)),))
BOTH = {"web": WIDE, "ops": WIDE}


def run(stage: Stage, seconds: float) -> Stage:
    stage.run(seconds)
    return stage


TOLD_NOW: list[tuple[Reason, Callable[[], Stage]]] = [
    (Reason.FIRST_NOTIFICATION, lambda: put(standby(), alarm("disk"))),
    (Reason.STATE_CHANGED, lambda: rest_and_put(told(), alarm("disk", True))),
    (Reason.STATE_CHANGED, lambda: rest_and_put(told(), alarm("disk", True), alarm("disk"))),
    (Reason.SEVERITY_RAISED, raised_while_unplanned),
    (Reason.ACKNOWLEDGED, lambda: rest_and_put(told(), Action.acknowledge(DISK, "kim"))),
    (Reason.REMINDER_DUE, lambda: run(rest_and_put(told(REPEATING)), 601.0)),
    (Reason.ESCALATION_DUE, lambda: run(rest_and_put(told(ESCALATING, limits=BOTH)), 301.0)),
]


@pytest.mark.parametrize(("reason", "day"), TOLD_NOW)
def test_what_is_to_be_told_now_has_a_reason(reason: Reason, day: Callable[[], Stage]) -> None:
    found = decision(day())
    assert (found.reason, found.next) == (reason, 0)
    assert reason.due and found.state is ChannelState.PENDING


NOT_TOLD: list[tuple[Reason, Callable[[], Stage]]] = [
    (Reason.NOT_ROUTED, lambda: told(Route(("web",)), limits=BOTH)),
    (
        Reason.ESCALATION_AVERTED,
        lambda: put(told(ESCALATING, limits=BOTH), Action.acknowledge(DISK, "kim")),
    ),
    (Reason.ESCALATION_AVERTED, lambda: put(told(ESCALATING, limits=BOTH), alarm("disk", True))),
    (
        Reason.RESOLVED_NOT_SENT,
        lambda: put(
            told(limits={"ops": Limits(rate=1000.0, burst=1000, resolved=False)}),
            alarm("disk", True),
        ),
    ),
]


@pytest.mark.parametrize(("reason", "day"), NOT_TOLD)
def test_what_is_not_told_has_a_reason(reason: Reason, day: Callable[[], Stage]) -> None:
    found = decision(day())
    assert (found.reason, found.next) == (reason, 0)
    assert not reason.due and found.state is ChannelState.NOT_DUE


def test_what_was_told_says_when() -> None:
    stage = told()
    assert decision(stage) == Decision("ops", Reason.ALREADY_NOTIFIED, at(stage, -1.0))


def test_a_reminder_to_come_says_when() -> None:
    stage = told(REPEATING)
    assert decision(stage) == Decision(
        "ops", Reason.REMINDER_NOT_DUE, at(stage, -1.0), at(stage, 599.0)
    )
    assert decision(stage).state is ChannelState.DELIVERED


def test_an_escalation_to_come_says_when() -> None:
    stage = told(ESCALATING, limits=BOTH)
    assert decision(stage) == Decision("ops", Reason.ESCALATION_NOT_DUE, 0, at(stage, 299.0))


def test_what_waits_for_its_group_says_until_when() -> None:
    stage = told(Route(("ops",), group_by=("host",), group_wait=30.0))
    assert decision(stage) == Decision("ops", Reason.GROUP_WAIT, 0, at(stage, 29.0))


def test_a_silence_says_whose_it_is_and_until_when() -> None:
    stage = master()
    matchers = ('source=""',)
    end = at(stage, 3600.0)
    stage.one.put(Silence("s1", matchers, stage.wall, end, "kim", "upgrade"), alarm("disk"))
    found = decision(stage)
    assert (found.reason, found.next) == (Reason.MUTED, end)
    assert found.muted is not None
    assert found.muted == Muted(MuteReason.SILENCED, "s1", end, "kim", "upgrade", ("silence", "s1"))


def test_an_inhibition_names_what_inhibits() -> None:
    source, target = Matcher.parse("role=source"), Matcher.parse("role=target")
    stage = master(policy=Policy(inhibitions=(Inhibition((source,), (target,)),)))
    cause = alarm("switch", labels=(("role", "source"),))
    stage.one.put(cause, alarm("disk", labels=(("role", "target"),)))
    stage.run(1.0)
    found = decision(stage)
    assert found.reason is Reason.MUTED and found.muted is not None
    assert (found.muted.reason, found.muted.subject) == (MuteReason.INHIBITED, cause.fingerprint())


def test_what_comes_and_goes_says_how_long_it_is_held_back() -> None:
    stage = master(policy=Policy(damping=Damping(count=2, window=600.0, calm=300.0)))
    for resolved in (False, True, False, True, False):
        stage.one.put(alarm("disk", resolved))
        stage.run(10.0)
    found = decision(stage)
    assert found.reason is Reason.MUTED and found.muted is not None
    assert (found.muted.reason, found.next) == (MuteReason.FLAPPING, at(stage, 290.0))


def test_what_was_muted_from_beginning_to_end_is_not_told() -> None:
    stage = master()
    end = at(stage, 60.0)
    stage.one.put(Silence("s1", ('source=""',), stage.wall, end, "kim", ""), alarm("disk"))
    stage.run(10.0)
    stage.one.put(alarm("disk", True))
    stage.run(100.0)
    assert decision(stage).reason is Reason.MUTED_THROUGHOUT
    assert decision(stage).state is ChannelState.MUTED


def test_what_was_over_before_the_channel_was_there_is_not_told() -> None:
    stage = told(Route(("web",)), limits={"web": WIDE})
    stage.one.put(alarm("disk", True))
    stage.run(2 * 3600.0)
    stage.one.put(alarm("later"))
    stage.run(1.0)
    stage.one.reconfigure(Route(("ops", "web")), BOTH)
    stage.run(1.0)
    assert stage.lines("ops") == ["later+"]
    assert decision(stage).reason is Reason.PREDATES_CHANNEL
    assert decision(stage, "web").reason is Reason.ALREADY_NOTIFIED


def test_what_is_being_sent_says_so() -> None:
    stage = master()
    stage.answers["ops"] = always(Verdict.delivered(), delay=5.0)
    stage.one.put(alarm("disk"))
    stage.run(1.0)
    assert decision(stage).reason is Reason.SENDING


def test_a_failing_channel_says_when_it_is_tried_again() -> None:
    stage = master()
    stage.answers["ops"] = always(Verdict.retry("answered 503", after=60.0))
    stage.one.put(alarm("disk"))
    stage.run(1.0)
    found = decision(stage)
    assert found.reason is Reason.CHANNEL_FAILING
    assert abs(found.next - at(stage, 59.0)) < 100


def test_what_waits_behind_a_failing_channel_says_the_same() -> None:
    stage = master()
    stage.answers["ops"] = always(Verdict.retry("answered 503", after=60.0))
    stage.one.put(alarm("other"))
    stage.run(1.0)
    stage.one.put(alarm("disk"))
    assert decision(stage).reason is Reason.CHANNEL_FAILING


def test_a_channel_that_asked_for_a_pause_says_until_when() -> None:
    stage = master()
    stage.answers["ops"] = always(Verdict.delivered(after=60.0))
    stage.one.put(alarm("other"))
    stage.run(1.0)
    stage.one.put(alarm("disk"))
    found = decision(stage)
    assert found.reason is Reason.CHANNEL_PAUSED
    assert abs(found.next - at(stage, 59.0)) < 100


def test_what_waits_for_its_turn_says_so() -> None:
    stage = master(limits={"ops": Limits(rate=0.01, burst=1)})
    stage.one.put(alarm("other"))
    stage.run(1.0)
    stage.one.put(alarm("disk"))
    assert decision(stage).reason is Reason.QUEUED


def test_what_no_channel_took_is_a_dead_letter() -> None:
    stage = master()
    stage.answers["ops"] = always(Verdict.dead("answered 404"))
    stage.one.put(alarm("disk"))
    stage.run(1.0)
    assert decision(stage) == Decision(
        "ops", Reason.GIVEN_UP, at(stage, -1.0), cause=DeliveryCause.REJECTED
    )
    assert decision(stage).state is ChannelState.FAILED


def test_what_is_planned_and_not_written_yet_is_being_sent() -> None:
    stage = standby()
    stage.one.put(alarm("disk"))
    stage.one.outbox.lead(stage.now, stage.wall)
    assert len(stage.one.outbox.plan(stage.now, stage.wall)) == 1
    assert decision(stage).reason is Reason.SENDING


def test_a_fallback_is_told_in_place_of_another() -> None:
    made: list[Attempt] = []

    def hangs(now: float, attempt: Attempt) -> tuple[float, Verdict]:
        made.append(attempt)
        return 1000.0, Verdict.retry("timeout")

    limits = {"web": Limits(fallback="ops"), "ops": WIDE}
    stage = master(Route(("web",)), limits=limits)
    stage.answers["web"] = hangs
    stage.one.put(alarm("disk"))
    assert decision(stage).reason is Reason.NOT_ROUTED
    outcome = stage.one.outbox.finished(stage.now, made[0], Verdict.dead("answered 404"))
    stage.one.store(stage.one.make(outcome))
    assert decision(stage) == Decision("ops", Reason.FALLBACK)
