"""An alarm that gets worse is told anew: who is told of an alarm learns how bad it was at worst."""

from __future__ import annotations

from itertools import permutations

import pytest

from alarminati.channels.message import item_of
from alarminati.core.alarms.book import AlarmBook
from alarminati.core.alarms.episodes import Report, thin
from alarminati.core.delivery.attempts import Limits, Verdict
from alarminati.core.model.entries import (
    Action,
    Alarm,
    Entry,
    EntryId,
    Notification,
    NotificationReason,
    Severity,
    Silence,
)
from alarminati.core.model.hlc import milliseconds
from alarminati.core.model.matchers import Matcher
from alarminati.core.routing.policy import Damping, Inhibition, Policy
from alarminati.core.routing.routes import Escalation, Route
from tests.core.stage import Stage, alarm, always

C, E, W, INFO = Severity.CRITICAL, Severity.ERROR, Severity.WARNING, Severity.INFO
FAST = Limits(rate=1000.0, burst=1000)
BOTH = {"team": FAST, "pager": FAST}


def at(severity: Severity) -> Alarm:
    return alarm("web", severity=severity)


def over(severity: Severity = W) -> Alarm:
    return alarm("web", resolved=True, severity=severity)


def by_severity(**more: object) -> Route:
    """CRITICAL goes to the pager, the rest to the team."""
    critical = Route(("pager",), (Matcher.parse("severity=CRITICAL"),))
    return Route(("team",), routes=(critical,), **more)  # type: ignore[arg-type]


def stage(route: Route | None = None, **more: object) -> Stage:
    made = Stage(route or by_severity(), BOTH, **more)  # type: ignore[arg-type]
    made.one.lead()
    return made


def test_g1_a_worse_alarm_is_told_where_it_now_belongs_and_where_it_was_told() -> None:
    world = stage()
    world.one.put(at(W))
    world.run(5)
    world.one.put(at(C))
    world.run(5)
    assert (world.lines("team"), world.lines("pager")) == (["web+", "web^"], ["web+"])
    world.one.put(over())
    world.run(5)
    assert (world.lines("team"), world.lines("pager")) == (
        ["web+", "web^", "web-"],
        ["web+", "web-"],
    )


def test_what_a_worse_alarm_is_told_about_is_the_report_that_says_so() -> None:
    world = stage()
    world.one.put(at(W))
    world.run(5)
    (worse,) = world.one.put(at(C))
    world.run(5)
    assert world.told["team"][1].item.alarm == world.told["pager"][0].item.alarm == worse.id
    keys = [telling.key for telling in world.told["team"]]
    assert len(set(keys)) == 2


def test_each_step_up_is_told_once_and_no_step_down() -> None:
    world = stage(Route(("team",)))
    for severity in (INFO, W, W, INFO, W, C, E, C, W):
        world.one.put(at(severity))
        world.run(5)
    assert world.lines("team") == ["web+", "web^", "web^"]
    state = world.one.book.find(at(W).fingerprint())
    assert state is not None
    assert (state.severity, state.peak.severity) == (W, C)


def test_g1_a_worse_report_that_comes_late_is_told_though_the_alarm_began_with_it() -> None:
    """The first report was cut off, and the channel was told of the second, which is milder."""
    world = stage(Route(("team",)))
    late = world.one.make(at(C))
    world.run(1)
    world.one.put(at(W))
    world.run(5)
    world.one.take(late)
    world.run(5)
    assert world.lines("team") == ["web+", "web^"]
    assert world.told["team"][1].item.alarm == late.id


def test_g1_what_got_worse_unknown_to_who_told_the_end_is_told_with_the_end_again() -> None:
    """A partition hid the worse report from the master that told the end."""
    world = stage()
    world.one.put(at(W))
    world.run(5)
    late = world.one.make(at(C))
    world.run(1)
    (end,) = world.one.put(over())
    world.run(5)
    assert world.lines("team") == ["web+", "web-"]
    world.one.take(late)
    world.run(5)
    assert (world.lines("team"), world.lines("pager")) == (
        ["web+", "web-", "web-"],
        ["web+", "web-"],
    )
    last, state = world.told["team"][-1].item, world.one.book.find(at(W).fingerprint())
    assert state is not None
    assert (last.alarm, last.resolved, last.reason) == (
        late.id,
        True,
        NotificationReason.STATE_CHANGED,
    )
    shown = item_of(state, last)
    assert (shown.alarm.severity, shown.until) == (C, milliseconds(end.stamp))
    assert len({each.key for each in world.told["team"]}) == 3
    world.one.lead()
    world.run(1000)
    assert len(world.lines("team")) == 3


def test_g1_an_end_is_not_told_again_while_the_alarm_is_known_to_fire_again() -> None:
    world = stage(Route(("team",)))
    world.one.put(at(W))
    world.run(5)
    late = world.one.make(at(C))
    for body in (over(), at(W)):
        world.one.put(body)
        world.run(5)
    world.one.take(late)
    world.run(5)
    assert world.lines("team") == ["web+", "web-", "web+"]
    world.one.put(over())
    world.run(5)
    assert world.lines("team") == ["web+", "web-", "web+", "web-", "web-"]


def test_what_got_worse_under_a_silence_is_not_told_with_the_end_again() -> None:
    world = stage(Route(("team",)))
    world.one.put(at(W))
    world.run(5)
    world.one.put(Silence("s", ("severity=CRITICAL",), world.wall, world.wall + 60_000, "kim"))
    world.run(1)
    late = world.one.make(at(C))
    world.run(1)
    world.one.put(over())
    world.run(5)
    world.one.take(late)
    world.run(500)
    assert world.lines("team") == ["web+", "web-"]


def test_what_got_worse_before_it_could_be_told_is_told_once_and_as_bad_as_it_is() -> None:
    world = Stage(Route(("team",)), BOTH)
    world.one.put(at(W), at(E))
    (worst,) = world.one.put(at(C))
    world.one.put(at(W))
    world.one.lead()
    world.run(5)
    assert world.lines("team") == ["web+"]
    assert world.told["team"][0].item.alarm == worst.id


def test_a_new_episode_begins_as_it_is() -> None:
    world = stage(Route(("team",)))
    for body in (at(C), over(), at(W), at(C)):
        world.one.put(body)
        world.run(5)
    assert world.lines("team") == ["web+", "web-", "web+", "web^"]


def test_a_worse_alarm_is_told_although_acknowledged_and_is_then_unacknowledged() -> None:
    boss = Route(("team",), escalate=(Escalation(60, ("pager",)),), repeat_interval=300)
    world = stage(boss)
    world.one.put(at(W))
    world.run(5)
    world.one.put(Action.acknowledge(at(W).fingerprint(), "kim"))
    world.run(100)
    assert (world.lines("team"), world.lines("pager")) == (["web+", "web!"], [])
    world.one.put(at(C))
    world.run(10)
    state = world.one.book.find(at(W).fingerprint())
    assert state is not None and state.acknowledgement is None
    world.run(300)
    assert world.lines("pager") == ["web+", "web*1"]
    assert world.lines("team") == ["web+", "web!", "web^", "web*1"]
    world.one.put(Action.acknowledge(at(W).fingerprint(), "lee"))
    world.run(2000)
    assert world.lines("team") == ["web+", "web!", "web^", "web*1", "web!"]


def test_no_reminder_comes_right_behind_the_news_that_it_got_worse() -> None:
    world = stage(Route(("team",), repeat_interval=100))
    world.one.put(at(W))
    world.run(90)
    world.one.put(at(C))
    world.run(95)
    assert world.lines("team") == ["web+", "web^"]
    world.run(10)
    assert world.lines("team") == ["web+", "web^", "web*1"]


def test_escalation_of_a_worse_alarm_counts_from_when_it_got_worse() -> None:
    step = Route((), (Matcher.parse("severity=CRITICAL"),), escalate=(Escalation(60, ("pager",)),))
    world = stage(Route(("team",), routes=(step,)))
    world.one.put(at(W))
    world.run(100)
    world.one.put(at(C))
    world.run(50)
    assert world.lines("pager") == []
    world.run(20)
    assert world.lines("pager") == ["web+"]


def test_a_silence_for_what_is_less_severe_does_not_hold_what_got_worse() -> None:
    world = stage(Route(("team",)))
    world.one.put(Silence("s", ("severity=WARNING",), world.wall, world.wall + 9_000_000, "kim"))
    world.one.put(at(W))
    world.run(50)
    assert world.lines("team") == []
    world.one.put(at(C))
    world.run(5)
    assert world.lines("team") == ["web+"]


def test_a_silence_holds_back_the_news_until_it_ends() -> None:
    world = stage(Route(("team",)))
    world.one.put(at(W))
    world.run(5)
    world.one.put(Silence("s", ('message=~".+"',), world.wall, world.wall + 60_000, "kim"))
    world.one.put(Silence("s", ("project=p",), world.wall, world.wall + 60_000, "kim"))
    world.one.put(at(C))
    world.run(50)
    assert world.lines("team") == ["web+"]
    world.run(20)
    assert world.lines("team") == ["web+", "web^"]


def test_what_got_worse_and_ended_under_a_silence_is_told_as_over_only() -> None:
    world = stage(Route(("team",)))
    world.one.put(at(W))
    world.run(5)
    world.one.put(Silence("s", ("project=p",), world.wall, world.wall + 60_000, "kim"))
    world.run(5)
    world.one.put(at(C))
    world.run(5)
    world.one.put(over())
    world.run(100)
    assert world.lines("team") == ["web+", "web-"]


def test_an_alarm_that_got_worse_inhibits_as_what_it_is_now() -> None:
    rule = Inhibition((Matcher.parse("severity=CRITICAL"),), (Matcher.parse("severity=INFO"),))
    world = stage(Route(("team",)), policy=Policy(inhibitions=(rule,)))
    world.one.put(at(W))
    world.one.put(alarm("before", severity=INFO))
    world.run(5)
    world.one.put(at(C))
    world.one.put(alarm("after", severity=INFO))
    world.run(5)
    assert world.lines("team") == ["web+", "before+", "web^"]
    world.one.put(over())
    world.run(30)
    assert world.lines("team") == ["web+", "before+", "web^", "web-", "after+"]


def test_an_alarm_that_got_worse_is_inhibited_no_more() -> None:
    rule = Inhibition((Matcher.parse("severity=ERROR"),), (Matcher.parse("severity=WARNING"),))
    world = stage(Route(("team",)), policy=Policy(inhibitions=(rule,)))
    world.one.put(alarm("cause", severity=E))
    world.one.put(at(W))
    world.run(5)
    world.one.put(at(C))
    world.run(5)
    assert world.lines("team") == ["cause+", "web+"]


def test_flapping_holds_back_the_news_and_tells_how_it_stands_after() -> None:
    world = stage(Route(("team",)), policy=Policy(damping=Damping(2, 600.0, 100.0)))
    for body in (at(W), over(), at(W), at(C)):
        world.one.put(body)
        world.run(5)
    assert world.lines("team") == ["web+", "web-"]
    world.run(200)
    assert world.lines("team") == ["web+", "web-", "web+"]


def test_the_news_waits_for_its_group_like_any() -> None:
    world = stage(Route(("team",), group_wait=10, group_interval=60))
    world.one.put(at(W))
    world.run(15)
    world.one.put(at(C))
    world.run(40)
    assert world.lines("team") == ["web+"]
    world.run(30)
    assert world.lines("team") == ["web+", "web^"]


def test_g2_two_masters_that_decide_alike_use_one_key() -> None:
    world = Stage(Route(("team",)), {"team": FAST}, size=2)
    world.one.lead()
    world.one.put(at(W))
    world.run(1)
    world.answers["team"] = always(Verdict.retry("down"), 1000.0)
    world.one.put(at(C))
    world.run(1)
    world.one.crash()
    other = world.replicas[1]
    del world.answers["team"]
    other.lead()
    world.run(60)
    assert world.lines("team") == ["web+", "web^"]
    plans = {entry.body.key for entry in other.entries if isinstance(entry.body, Notification)}
    assert len(plans) == 2


def test_a_new_master_comes_to_the_same_whatever_the_order_it_learned_in() -> None:
    bodies = [at(W), at(E), at(W), at(C)]
    entries = [Entry("aaaa", n + 1, (n + 1) << 16, body) for n, body in enumerate(bodies)]
    for order in permutations(entries):
        book = AlarmBook()
        for entry in order:
            book.apply(entry)
        state = book.find(at(W).fingerprint())
        assert state is not None
        levels = [level.id.sequence for level in state.episodes()[-1].levels]
        assert (state.peak.id, levels) == (EntryId("aaaa", 4), [1, 2, 4])
        assert state.severity is C


def test_the_fallback_is_told_what_got_worse() -> None:
    limits = {
        "team": Limits(rate=1000, burst=1000, fallback="pager", fallback_after=30),
        "pager": FAST,
    }
    world = Stage(Route(("team",)), limits)
    world.one.lead()
    world.one.put(at(W))
    world.run(5)
    world.answers["team"] = always(Verdict.retry("down"))
    world.one.put(at(C))
    world.run(60)
    assert world.lines("pager") == ["web+"]


@pytest.mark.parametrize("size", [2, 4, 6, 20])
def test_thinning_forgets_no_severity_and_no_telling(size: int) -> None:
    book = AlarmBook()
    for n in range(40):
        severity = (W, C, W, E)[n % 4]
        book.apply(Entry("aaaa", n + 1, (n + 1) << 16, at(severity)))
    state = book.find(at(W).fingerprint())
    assert state is not None
    reports: list[Report] = list(state.reports)
    reports[1].told |= 1  # the first that was CRITICAL
    reports[34].told |= 2  # WARNING
    thin(state.reports, size)
    assert len(state.reports) <= max(size, 5)
    episode = state.episodes()[-1]
    assert [level.severity for level in episode.levels] == [W, C]
    assert (episode.told, episode.known, state.count) == (3, 1, 40)
