"""What is not told for the time being, and what becomes of it afterwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alarminati.core.delivery.attempts import Limits, Verdict
from alarminati.core.model.entries import Alarm, IntervalText, Severity, Silence
from alarminati.core.model.matchers import Matcher
from alarminati.core.routing.intervals import Interval
from alarminati.core.routing.muting import Muted, Reason
from alarminati.core.routing.policy import Damping, Inhibition, Policy
from alarminati.core.routing.routes import Route
from tests.core.stage import Replica, Stage, alarm, always

FREE = Limits(rate=1000.0, burst=1000)
WEB = (("host", "web1"),)
HOUR = 3_600_000


def silence(
    stage: Stage, seconds: float, *matchers: str, begins: float = 0.0, id: str = "s1"
) -> Silence:
    starts = stage.wall + int(begins * 1000)
    texts = matchers or ('host="web1"',)
    return Silence(id, texts, starts, starts + int(seconds * 1000), "kim", "deploy")


def led(**more: Any) -> Stage:
    stage = Stage(**more)
    stage.one.lead()
    return stage


# Silences.


def test_what_is_silenced_is_told_when_it_still_fires_afterwards() -> None:
    stage = led()
    stage.one.put(silence(stage, 60.0))
    stage.one.put(alarm("disk", labels=WEB), alarm("cpu"))
    stage.run(59.0)
    assert stage.lines() == ["cpu+"]
    stage.run(2.0)
    assert stage.lines() == ["cpu+", "disk+"]
    stage.one.put(alarm("disk", resolved=True, labels=WEB))
    stage.run(1.0)
    assert stage.lines() == ["cpu+", "disk+", "disk-"]


def test_a_silence_with_times_mutes_within_them_only() -> None:
    stage = led()
    at = datetime.fromtimestamp(stage.wall / 1000, UTC)
    times = ((f"{at:%H:%M}", f"{at + timedelta(minutes=2):%H:%M}"),)
    stage.one.put(
        replace(silence(stage, 86400.0), intervals=(IntervalText(times),)),
        alarm("disk", labels=WEB),
    )
    rest = 120 - at.second
    stage.run(rest - 1.0)
    assert stage.lines() == []
    stage.run(2.0)
    assert stage.lines() == ["disk+"]
    stage.one.put(alarm("cpu", labels=WEB))
    stage.run(1.0)
    assert stage.lines() == ["disk+", "cpu+"]


def test_a_silence_whose_times_cannot_be_read_mutes_nothing() -> None:
    stage = led()
    odd = (IntervalText(location="Mars/Olympus"),)
    stage.one.put(replace(silence(stage, 60.0), intervals=odd), alarm("disk", labels=WEB))
    stage.run(1.0)
    assert stage.lines() == ["disk+"]


def test_what_came_and_went_under_a_silence_is_never_told_not_by_a_new_master_either() -> None:
    stage = Stage(size=2)
    one, other = stage.replicas
    one.lead()
    one.put(silence(stage, 600.0))
    stage.run(1.0)
    one.put(alarm("disk", labels=WEB))
    stage.run(10.0)
    one.put(alarm("disk", resolved=True, labels=WEB))
    stage.run(700.0)
    one.put(alarm("cpu"))
    stage.run(1.0)
    one.crash()
    other.lead()
    stage.run(700.0)
    assert stage.lines() == ["cpu+"]


def test_an_end_under_a_silence_is_told_when_the_silence_ends() -> None:
    stage = led()
    stage.one.put(alarm("disk", labels=WEB))
    stage.run(1.0)
    stage.one.put(silence(stage, 60.0))
    stage.run(10.0)
    stage.one.put(alarm("disk", resolved=True, labels=WEB))
    stage.run(48.0)
    assert stage.lines() == ["disk+"]
    stage.run(3.0)
    assert stage.lines() == ["disk+", "disk-"]


def test_what_began_before_a_silence_and_could_not_be_told_is_owed() -> None:
    """G1: it was not muted all along, so its end under the silence does not hush it."""
    stage = led()
    stage.answers["ops"] = always(Verdict.retry("down"))
    stage.one.put(alarm("first"), alarm("disk", labels=WEB))
    stage.run(10.0)
    stage.one.put(silence(stage, 60.0))
    stage.run(10.0)
    stage.one.put(alarm("disk", resolved=True, labels=WEB))
    stage.answers.clear()
    stage.run(120.0)
    assert [line for line in stage.lines() if line != "first+"] == ["disk+", "disk-"]


def test_what_outlived_its_silence_and_could_not_be_told_is_owed() -> None:
    """G1: it was muted when it began and is over by now, but was not muted all along."""
    stage = led()
    stage.answers["ops"] = always(Verdict.retry("down"))
    stage.one.put(alarm("first"), silence(stage, 60.0))
    stage.run(10.0)
    stage.one.put(alarm("disk", labels=WEB))
    stage.run(90.0)
    stage.one.put(alarm("disk", resolved=True, labels=WEB))
    stage.answers.clear()
    stage.run(120.0)
    assert stage.lines() == ["first+", "disk+", "disk-"]


def test_what_came_and_went_under_silences_that_follow_on_each_other_is_not_told() -> None:
    stage = led()
    stage.one.put(silence(stage, 60.0), silence(stage, 60.0, begins=50.0, id="s2"))
    stage.run(10.0)
    stage.one.put(alarm("disk", labels=WEB))
    stage.run(70.0)
    stage.one.put(alarm("disk", resolved=True, labels=WEB))
    stage.run(600.0)
    assert stage.lines() == []


def test_what_was_hushed_long_ago_stays_so_when_its_silence_is_forgotten() -> None:
    stage = led()
    stage.one.put(alarm("first"))
    stage.run(1.0)
    stage.one.put(silence(stage, 60.0))
    stage.one.put(alarm("disk", labels=WEB))
    stage.run(10.0)
    stage.one.put(alarm("disk", resolved=True, labels=WEB))
    stage.run(2 * 86_400.0)
    stage.one.put(alarm("cpu"))
    stage.run(10.0)
    later = Stage()
    later.one.origin = "later"
    for entry in stage.one.entries:
        if not isinstance(entry.body, Silence):
            later.one.store(entry)
    later.now, later.last_stamp = stage.now, stage.last_stamp
    later.one.lead()
    later.run(60.0)
    assert (stage.lines(), later.lines()) == (["first+", "cpu+"], [])


def test_a_silence_that_is_ended_early_lets_what_waits_go_at_once() -> None:
    stage = led()
    stage.one.put(silence(stage, 3600.0))
    stage.one.put(alarm("disk", labels=WEB))
    stage.run(10.0)
    now = stage.now
    stage.one.put(Silence("s1", ('host="web1"',), stage.wall - 10_000, stage.wall, "lee"))
    stage.run(2.0)
    assert stage.lines() == ["disk+"]
    assert stage.told["ops"][0].at <= now + 0.1


def test_a_silence_that_is_prolonged_goes_on() -> None:
    stage = led()
    stage.one.put(silence(stage, 60.0))
    stage.one.put(alarm("disk", labels=WEB))
    stage.run(30.0)
    stage.one.put(silence(stage, 60.0))
    stage.run(50.0)
    assert stage.lines() == []
    stage.run(20.0)
    assert stage.lines() == ["disk+"]


def test_a_silence_in_the_future_mutes_from_then_on() -> None:
    stage = led()
    stage.one.put(silence(stage, 60.0, begins=100.0))
    stage.one.put(alarm("disk", labels=WEB))
    stage.run(101.0)
    stage.one.put(alarm("cpu", labels=WEB))
    stage.run(50.0)
    assert stage.lines() == ["disk+"]
    stage.run(20.0)
    assert stage.lines() == ["disk+", "cpu+"]


def test_a_silence_mutes_what_waits_for_a_token() -> None:
    stage = led(limits={"ops": Limits(rate=0.1, burst=1)})
    for name in ("first", "disk"):
        stage.one.put(alarm(name, labels=WEB))
    stage.one.put(silence(stage, 60.0))
    stage.run(50.0)
    assert stage.lines() == ["first+"]
    stage.run(30.0)
    assert stage.lines() == ["first+", "disk+"]


def mutes(replica: Replica, name: str, wall: int = 0) -> list[Muted]:
    """All that mutes the alarm of that name, now or at that time."""
    state = replica.book.find(alarm(name).fingerprint())
    assert state is not None
    return replica.outbox.queries.mutes(state, wall or replica.stage.wall)


def test_who_reads_it_learns_why_nothing_is_told() -> None:
    stage = Stage()
    stage.one.put(alarm("disk", labels=WEB))
    assert mutes(stage.one, "disk") == []
    stage.one.put(silence(stage, 60.0), silence(stage, 90.0, id="s9"))
    longest, muted = mutes(stage.one, "disk")
    assert (longest.subject, longest.until) == ("s9", stage.wall + 90_000)
    assert (muted.reason, muted.created_by, muted.comment) == (Reason.SILENCED, "kim", "deploy")
    assert muted.until == stage.wall + 60_000
    assert mutes(stage.one, "disk", stage.wall + 60_000) == [longest]
    assert mutes(stage.one, "disk", stage.wall + 90_000) == []


def test_a_silence_nobody_can_read_silences_nothing() -> None:
    stage = led()
    stage.one.put(silence(stage, 60.0, "host=~[", 'host="web1"'), silence(stage, 60.0, id="s2"))
    stage.one.put(Silence("s3", (), stage.wall, stage.wall + HOUR, "kim"))
    stage.one.put(alarm("disk"), alarm("cpu", labels=WEB))
    stage.run(1.0)
    assert stage.lines() == ["disk+"]


def test_silences_outlive_retention() -> None:
    stage = led()
    (entry,) = stage.one.put(silence(stage, 3600.0))
    stage.one.put(*(alarm(f"a{n}") for n in range(20)))
    assert entry.id in set(stage.one.outbox.alive_ids())


# Inhibition.

CRITICAL = (Matcher("severity", "=", "CRITICAL"),)
WARNING = (Matcher("severity", "=", "WARNING"),)
RULE = Policy(inhibitions=(Inhibition(CRITICAL, WARNING, ("host",)),))


def critical(name: str, resolved: bool = False, host: str = "web1") -> Alarm:
    return alarm(name, resolved, severity=Severity.CRITICAL, labels=(("host", host),))


def warning(name: str, resolved: bool = False, host: str = "web1") -> Alarm:
    return alarm(name, resolved, severity=Severity.WARNING, labels=(("host", host),))


def test_a_critical_alarm_mutes_its_warnings_and_no_others() -> None:
    stage = led(policy=RULE)
    stage.one.put(critical("down"))
    stage.one.put(warning("slow"), warning("other", host="web2"))
    stage.run(10.0)
    assert stage.lines() == ["down+", "other+"]
    (muted,) = mutes(stage.one, "slow")
    assert (muted.reason, muted.subject) == (Reason.INHIBITED, alarm("down").fingerprint())
    stage.one.put(critical("down", resolved=True))
    stage.run(20.0)
    assert stage.lines() == ["down+", "other+", "down-", "slow+"]


def test_an_equal_severity_is_an_equal_word() -> None:
    rule = Inhibition((Matcher("kind", "=", "s"),), (Matcher("kind", "=", "t"),), ("severity",))
    stage = led(policy=Policy(inhibitions=(rule,)))

    def of(name: str, kind: str, word: str) -> Alarm:
        labels = (("kind", kind), ("severity", word))
        return alarm(name, severity=Severity.CRITICAL, labels=labels, source="prometheus")

    stage.one.put(of("s", "s", "page"))
    stage.one.put(of("same", "t", "page"), of("other", "t", "critical"))
    stage.run(10.0)
    assert stage.lines() == ["s+", "other+"]


def test_what_ends_with_its_cause_is_not_told() -> None:
    stage = Stage(policy=RULE, size=2)
    one, other = stage.replicas
    one.lead()
    one.put(critical("down"), warning("slow"))
    stage.run(10.0)
    one.put(critical("down", resolved=True))
    stage.run(3.0)
    one.put(warning("slow", resolved=True))
    stage.run(60.0)
    one.crash()
    other.lead()
    stage.run(60.0)
    assert stage.lines() == ["down+", "down-"]


def test_two_sources_inhibit_until_the_last_has_ended() -> None:
    stage = led(policy=RULE)
    stage.one.put(critical("down"), critical("fire"), warning("slow"))
    stage.run(1.0)
    stage.one.put(critical("down", resolved=True))
    stage.run(60.0)
    assert "slow+" not in stage.lines()
    stage.one.put(critical("fire", resolved=True))
    stage.run(60.0)
    assert stage.lines()[-1] == "slow+"


def test_an_alarm_does_not_inhibit_itself_nor_its_likes() -> None:
    """As Alertmanager: what is source and target is not inhibited by what is both, too."""
    rule = Inhibition((Matcher("host", "=", "web1"),), (Matcher("host", "=~", "web.*"),))
    stage = led(policy=Policy(inhibitions=(rule,)))
    stage.one.put(
        alarm("a", labels=WEB), alarm("b", labels=WEB), alarm("c", labels=(("host", "web2"),))
    )
    stage.run(10.0)
    assert stage.lines() == ["a+", "b+"]


def test_g8_asking_who_inhibits_does_not_grow_with_what_fires() -> None:
    """20,000 open sources at one place: each look asks the first of them only."""
    rule = Policy(inhibitions=(Inhibition(CRITICAL, WARNING),))
    stage = led(policy=rule, limits={"ops": Limits(rate=1.0, burst=1)})
    for n in range(20_000):
        stage.one.store(stage.one.make(critical(f"c{n}")))
    inhibitors = stage.one.outbox._claims.muting.inhibitors
    sources = next(iter(inhibitors._sources.values())).firing
    asked = 0

    class Counting(dict[str, int]):
        def items(self):  # type: ignore[no-untyped-def]
            nonlocal asked
            for each in super().items():
                asked += 1
                yield each

    next(iter(inhibitors._sources.values())).firing = Counting(sources)
    for n in range(100):
        stage.one.store(stage.one.make(warning(f"w{n}")))
    assert 100 <= asked <= 300


# Quiet hours.

NOON = int(datetime(2025, 10, 9, 12, 0, tzinfo=UTC).timestamp() * 1000)


def at_noon(**more: Any) -> Stage:
    """A stage whose clock shows noon, with a night from 22:00 to 06:00 UTC."""
    night = (Interval(times=((22 * 60, 24 * 60), (0, 6 * 60))),)
    work = (Interval(times=((9 * 60, 18 * 60),), weekdays=((1, 5),)),)
    stage = Stage(policy=Policy(intervals={"night": night, "work": work}), **more)
    stage.now += (NOON - stage.wall) / 1000 % 86_400
    stage.one.lead()
    return stage


def test_in_quiet_hours_a_route_waits_and_others_do_not() -> None:
    page = Route(("pager",), (Matcher("severity", "=", "CRITICAL"),))
    tree = Route(("ops",), muted=("night",), routes=(page,))
    stage = at_noon(route=tree, limits={"ops": FREE, "pager": FREE})
    stage.run(11 * 3600.0)  # 23:00
    stage.one.put(alarm("disk"), alarm("blip"), alarm("down", severity=Severity.CRITICAL))
    stage.run(3600.0)
    stage.one.put(alarm("blip", resolved=True))
    assert (stage.lines("ops"), stage.lines("pager")) == ([], ["down+"])
    (muted,) = mutes(stage.one, "disk")
    assert (muted.reason, muted.subject) == (Reason.TIME_INTERVAL, "night")
    stage.run(5.9 * 3600.0)
    assert stage.lines("ops") == []
    stage.run(0.2 * 3600.0)
    assert stage.lines("ops") == ["disk+"]


def test_a_route_with_active_times_tells_in_those_only() -> None:
    stage = at_noon(route=Route(("ops",), active=("work",)), limits={"ops": FREE})
    stage.one.put(alarm("disk"))
    stage.run(7 * 3600.0)  # 19:00 on a Thursday
    assert stage.lines() == ["disk+"]
    stage.one.put(alarm("cpu"))
    stage.run(13.9 * 3600.0)
    assert stage.lines() == ["disk+"]
    stage.run(0.2 * 3600.0)
    assert stage.lines() == ["disk+", "cpu+"]


# Flapping.

DAMPED = Policy(damping=Damping(count=3, window=600.0, calm=120.0))


def flap(stage: Stage, times: int, pause: float = 10.0, name: str = "flap") -> None:
    for _ in range(times):
        stage.one.put(alarm(name))
        stage.run(pause)
        stage.one.put(alarm(name, resolved=True))
        stage.run(pause)


def test_an_alarm_that_flaps_is_told_when_it_is_calm_as_it_stands_then() -> None:
    stage = led(policy=DAMPED)
    flap(stage, 7)
    assert stage.lines() == ["flap+", "flap-"] * 2
    assert mutes(stage.one, "flap") == []  # it is over; only what fires is said to be muted
    stage.run(100.0)
    assert len(stage.lines()) == 4
    stage.run(30.0)
    assert stage.lines() == ["flap+", "flap-", "flap+", "flap-", "flap-"]
    stage.run(3600.0)
    assert len(stage.lines()) == 5


def test_an_alarm_that_fires_when_it_calms_down_is_told_firing() -> None:
    stage = Stage(policy=DAMPED, size=2)
    one, other = stage.replicas
    one.lead()
    flap(stage, 4)
    one.put(alarm("flap"))
    stage.run(60.0)
    assert [each.reason for each in mutes(one, "flap")] == [Reason.FLAPPING]
    one.crash()
    other.lead()
    stage.run(55.0)
    assert stage.lines() == ["flap+", "flap-"] * 2
    stage.run(10.0)
    other.put(alarm("flap", resolved=True))
    stage.run(10.0)
    assert stage.lines() == ["flap+", "flap-", "flap+", "flap-", "flap+", "flap-"]


def test_an_alarm_that_comes_and_goes_seldom_does_not_flap() -> None:
    stage = led(policy=DAMPED)
    flap(stage, 5, pause=200.0)
    assert stage.lines() == ["flap+", "flap-"] * 5


@pytest.mark.parametrize("seed", range(30))
def test_g1_g2_mutes_lose_nothing_and_two_masters_agree(seed: int) -> None:
    """All mutes at once and a failover: in the evening a channel knows how every alarm stands."""
    policy = Policy(inhibitions=RULE.inhibitions, damping=DAMPED.damping)
    stage = Stage(policy=policy, seed=seed, size=2)
    one, other = stage.replicas
    dice = stage.dice
    one.lead()
    for step in range(300):
        at = one if one.running else other
        name, host = f"n{dice.randrange(12)}", f"web{dice.randrange(3)}"
        kind = critical if int(name[1:]) < 3 else warning
        at.put(kind(f"{name}-{host}", dice.random() < 0.5, host))
        if dice.random() < 0.05:
            seconds = dice.choice((0.0, 30.0, 300.0))
            at.put(silence(stage, seconds, f'host="{host}"', id=host))
        if step == 150:
            one.crash()
            stage.run(dice.uniform(0.01, 2.0))
            other.lead()
        stage.run(dice.expovariate(1 / 8.0))
    for n in range(9):  # what inhibits ends, so that no mute is left
        other.put(critical(f"n{n % 3}-web{n // 3}", True, f"web{n // 3}"))
    stage.run(3600.0)
    told = stage.told["ops"]
    last = {each.item.fingerprint: each.item.resolved for each in told}
    for state in other.book.remembered():
        if state.firing:
            assert last.get(state.fingerprint) is False, f"seed {seed}: {state.alarm.key}"
        elif state.fingerprint in last:
            assert last[state.fingerprint] is True, f"seed {seed}: {state.alarm.key}"
    lines = [(each.item.alarm, each.item.resolved) for each in told]
    assert max(lines.count(line) for line in lines) <= 2
    assert sum(lines.count(line) - 1 for line in set(lines)) <= 2
    assert other.outbox.pending == 0
