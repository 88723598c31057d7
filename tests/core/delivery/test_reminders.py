"""What is told while an alarm fires: acknowledgements, repetitions, escalation, groups."""

from __future__ import annotations

import pytest

from alarminati.core.delivery.attempts import Limits, Verdict
from alarminati.core.model.entries import Action, Silence
from alarminati.core.routing.routes import Escalation, Route
from tests.core.stage import Stage, alarm, always

FREE = Limits(rate=1000.0, burst=1000)
ALL = {"ops": FREE, "boss": FREE, "ceo": FREE}


def led(route: Route, size: int = 1, **limits: Limits) -> Stage:
    stage = Stage(route, {**ALL, **limits}, size=size)
    stage.one.lead()
    return stage


def seen(name: str, by: str = "kim") -> Action:
    return Action.acknowledge(alarm(name).fingerprint(), by)


# Acknowledgements.


def test_an_acknowledgement_is_told_once_to_those_who_were_told_it_fires() -> None:
    stage = led(Route(("ops",)))
    stage.one.put(alarm("disk"))
    stage.run(1.0)
    stage.one.put(seen("disk"))
    stage.run(1.0)
    stage.one.put(seen("disk", by="lee"), alarm("disk"))
    stage.run(1.0)
    stage.one.put(alarm("disk", resolved=True))
    stage.run(1.0)
    assert stage.lines() == ["disk+", "disk!", "disk-"]
    assert stage.lines("boss") == []


def test_an_acknowledgement_ends_with_the_episode() -> None:
    stage = led(Route(("ops",), repeat_interval=60.0))
    stage.one.put(alarm("disk"))
    stage.run(1.0)
    stage.one.put(seen("disk"))
    stage.run(100.0)
    stage.one.put(alarm("disk", resolved=True), alarm("disk"))
    stage.run(70.0)
    assert stage.lines() == ["disk+", "disk!", "disk-", "disk+", "disk*1"]


def test_an_acknowledgement_of_what_is_not_told_yet_follows_it() -> None:
    stage = led(Route(("ops",)))
    stage.answers["ops"] = always(Verdict.retry("down"))
    stage.one.put(alarm("first"), alarm("disk"))
    stage.run(1.0)
    stage.one.put(alarm("cpu"), seen("cpu"))
    stage.answers.clear()
    stage.run(60.0)
    lines = stage.lines()
    assert lines.index("cpu+") < lines.index("cpu!")


def test_an_acknowledgement_of_what_is_over_is_not_told() -> None:
    stage = led(Route(("ops",)))
    stage.one.put(alarm("disk"))
    stage.run(1.0)
    stage.one.put(alarm("disk", resolved=True))
    stage.one.put(seen("disk"))
    stage.run(10.0)
    assert stage.lines() == ["disk+", "disk-"]


# Repetition.


def test_what_still_fires_is_told_again_every_so_often() -> None:
    stage = led(Route(("ops",), repeat_interval=3600.0))
    stage.one.put(alarm("disk"))
    stage.run(3 * 3600.0 + 60.0)
    assert stage.lines() == ["disk+", "disk*1", "disk*2", "disk*3"]
    times = [telling.at - 1000.0 for telling in stage.told["ops"]]
    assert times == [pytest.approx(n * 3600.0, abs=2.0 * n + 0.1) for n in range(4)]
    assert len({telling.key for telling in stage.told["ops"]}) == 4
    stage.one.put(alarm("disk", resolved=True))
    stage.run(3 * 3600.0)
    assert stage.lines()[4:] == ["disk-"]


def test_an_acknowledgement_stops_repetition() -> None:
    stage = led(Route(("ops",), repeat_interval=60.0))
    stage.one.put(alarm("disk"))
    stage.run(65.0)
    stage.one.put(seen("disk"))
    stage.run(600.0)
    assert stage.lines() == ["disk+", "disk*1", "disk!"]


def test_a_silence_stops_repetition_while_it_lasts() -> None:
    stage = led(Route(("ops",), repeat_interval=60.0))
    stage.one.put(alarm("disk"))
    stage.run(10.0)
    stage.one.put(Silence("s", ("severity=ERROR",), stage.wall, stage.wall + 500_000, "kim"))
    stage.run(499.0)
    assert stage.lines() == ["disk+"]
    stage.run(10.0)
    assert stage.lines() == ["disk+", "disk*1"]


def test_repetitions_go_together_when_the_bucket_says_so() -> None:
    stage = led(
        Route(("ops",), repeat_interval=600.0), ops=Limits(rate=0.1, burst=2, max_items=100)
    )
    stage.one.put(*(alarm(f"a{n:02}") for n in range(30)))
    stage.run(100.0)
    before = len(stage.messages())
    stage.run(600.0)
    again = stage.messages()[before:]
    assert sum(len(message) for message in again) == 30
    assert len(again) <= 4


def test_g2_a_new_master_goes_on_repeating_where_the_old_one_stopped() -> None:
    stage = led(Route(("ops",), repeat_interval=600.0), size=2)
    one, other = stage.replicas
    one.put(alarm("disk"))
    stage.run(1500.0)
    one.crash()
    stage.run(2.0)
    other.lead()
    stage.run(200.0)
    assert stage.lines() == ["disk+", "disk*1", "disk*2"]
    stage.run(200.0)
    assert stage.lines() == ["disk+", "disk*1", "disk*2", "disk*3"]
    assert stage.told["ops"][-1].at == pytest.approx(2800.0, abs=10.0)


def test_g2_two_masters_that_repeat_the_same_use_the_same_key() -> None:
    stage = led(Route(("ops",), repeat_interval=600.0), size=2)
    one, other = stage.replicas
    one.put(alarm("disk"))
    stage.run(10.0)
    stage.cut = True
    other.lead()
    stage.run(600.0)
    keys = [telling.key for telling in stage.told["ops"]]
    assert stage.lines() == ["disk+", "disk*1", "disk*1"]
    assert keys[1] == keys[2]
    other.rest()
    stage.heal()
    stage.run(700.0)
    assert stage.lines()[3:] == ["disk*2"]


def test_a_channel_that_is_down_is_not_sent_one_repetition_after_the_other() -> None:
    stage = led(Route(("ops",), repeat_interval=60.0))
    stage.one.put(alarm("disk"))
    stage.run(1.0)
    stage.answers["ops"] = always(Verdict.retry("down"))
    stage.run(3600.0)
    stage.answers.clear()
    stage.run(100.0)
    assert stage.lines()[:2] == ["disk+", "disk*1"]
    assert len(stage.lines()) <= 4


def test_what_is_still_on_its_way_is_not_repeated() -> None:
    stage = led(Route(("ops",), repeat_interval=60.0))
    stage.answers["ops"] = lambda now, attempt: (50.0, Verdict.delivered())
    stage.one.put(*(alarm(f"a{n}") for n in range(5)))
    stage.run(130.0)
    assert stage.one.outbox.pending == 5  # a2, a3 and a4, and that a0 and a1 still fire


def test_a_channel_that_is_repeated_to_seldom_is_not_forgotten_for_those_that_are_often() -> None:
    """An alarm remembers so many of its notices, but the last of each channel."""
    often = Route(("ops",), (), go_on=True, repeat_interval=60.0)
    stage = led(Route(routes=(often, Route(("boss",), repeat_interval=7200.0))))
    stage.one.put(alarm("disk"))
    stage.run(7100.0)
    assert (len(stage.lines("ops")) > 100, stage.lines("boss")) == (True, ["disk+"])
    stage.run(200.0)
    assert stage.lines("boss") == ["disk+", "disk*1"]


def test_a_repetition_that_could_not_be_written_is_due_again() -> None:
    stage = led(Route(("ops",), repeat_interval=60.0))
    stage.one.put(alarm("disk"))
    stage.run(59.0)
    outbox = stage.one.outbox
    stage.one.running = False
    stage.now += 3.0
    planned = outbox.plan(stage.now, stage.wall)
    assert [item.reminder_number for notice in planned for item in notice.items] == [1]
    outbox.rest(stage.now)
    outbox.lead(stage.now, stage.wall)
    assert outbox.plan(stage.now, stage.wall) == planned


def test_a_clock_set_back_by_years_does_not_stop_repetition() -> None:
    stage = led(Route(("ops",), repeat_interval=600.0))
    stage.last_stamp = (stage.wall + 10**11) << 16  # our own clock was years ahead once
    stage.one.put(alarm("disk"))
    stage.run(1900.0)
    assert stage.lines() == ["disk+", "disk*1", "disk*2", "disk*3"]


# Escalation.

STEPS = Route(("ops",), escalate=(Escalation(300.0, ("boss",)), Escalation(900.0, ("ceo",))))


def test_what_nobody_acknowledges_goes_to_the_next_and_the_next() -> None:
    stage = led(STEPS)
    stage.one.put(alarm("disk"))
    stage.run(299.0)
    assert stage.lines("boss") == []
    stage.run(3.0)
    assert (stage.lines("boss"), stage.lines("ceo")) == (["disk+"], [])
    stage.run(600.0)
    assert stage.lines("ceo") == ["disk+"]
    stage.one.put(alarm("disk", resolved=True))
    stage.run(10.0)
    for channel in ("ops", "boss", "ceo"):
        assert stage.lines(channel) == ["disk+", "disk-"]


def test_an_acknowledgement_stops_escalation_and_is_told_to_whoever_was_told() -> None:
    stage = led(STEPS)
    stage.one.put(alarm("disk"))
    stage.run(400.0)
    stage.one.put(seen("disk"))
    stage.run(3600.0)
    assert stage.lines("ops") == stage.lines("boss") == ["disk+", "disk!"]
    assert stage.lines("ceo") == []


def test_what_is_over_in_time_goes_no_further() -> None:
    stage = led(STEPS)
    stage.one.put(alarm("disk"))
    stage.run(100.0)
    stage.one.put(alarm("disk", resolved=True))
    stage.run(3600.0)
    assert stage.lines("boss") == stage.lines("ceo") == []


def test_g2_a_new_master_escalates_in_time_and_once() -> None:
    stage = led(STEPS, size=2)
    one, other = stage.replicas
    one.put(alarm("disk"))
    stage.run(200.0)
    one.crash()
    other.lead()
    stage.run(99.0)
    assert stage.lines("boss") == []
    stage.run(3.0)
    assert stage.lines("boss") == ["disk+"]


# Groups.


def test_a_group_waits_its_interval_between_two_messages() -> None:
    route = Route(("ops",), group_by=("zone",), group_wait=5.0, group_interval=60.0)
    stage = led(route)
    for n in range(30):
        stage.one.put(alarm(f"a{n:02}"))
        stage.run(10.0)
    stage.run(60.0)
    times = [telling.at - 1000.0 for telling in stage.told["ops"]]
    assert times[0] == pytest.approx(5.0, abs=0.1)
    assert sorted({round(at) for at in times}) == [5, 65, 125, 185, 245, 305]
    assert sorted(stage.lines()) == [f"a{n:02}+" for n in range(30)]


def test_an_interval_without_a_wait_tells_the_first_at_once() -> None:
    stage = led(Route(("ops",), group_interval=60.0))
    stage.one.put(alarm("a"))
    stage.run(1.0)
    assert stage.lines() == ["a+"]
    stage.one.put(alarm("b"), alarm("c"))
    stage.run(50.0)
    assert stage.lines() == ["a+"]
    stage.run(10.0)
    assert stage.messages() == [["a+"], ["b+", "c+"]]
    stage.run(100.0)
    stage.one.put(alarm("d"))
    stage.run(1.0)
    assert stage.lines()[-1] == "d+"


# Settings that change.


def test_other_routes_count_from_now_on_and_tell_nothing_twice() -> None:
    stage = led(Route(("ops",)))
    stage.one.put(alarm("disk"))
    stage.run(1.0)
    stage.one.reconfigure(Route(("ops", "boss")), ALL)
    stage.run(1.0)
    assert (stage.lines("ops"), stage.lines("boss")) == (["disk+"], ["disk+"])
    stage.one.reconfigure(Route(("boss",)), ALL)
    stage.one.put(alarm("disk", resolved=True), alarm("cpu"))
    stage.run(1.0)
    assert stage.lines("ops") == ["disk+", "disk-"]
    assert stage.lines("boss") == ["disk+", "disk-", "cpu+"]


def test_a_channel_that_is_gone_gives_its_notices_up_and_one_that_comes_is_told_what_fires() -> (
    None
):
    stage = led(Route(("ops",)))
    gone = always(Verdict.dead("there is no channel of this name any more"))
    stage.answers["ops"] = always(Verdict.retry("down"))
    stage.one.put(alarm("disk"))
    stage.run(1.0)
    stage.answers["ops"] = gone
    stage.one.reconfigure(Route(("pager",)), {"pager": FREE})
    stage.run(100.0)
    assert stage.lines("pager") == ["disk+"]
    assert (stage.one.outbox.pending, stage.one.outbox.dead) == (0, 1)
    stage.one.put(alarm("disk", resolved=True))
    stage.run(10.0)
    assert stage.lines("pager") == ["disk+", "disk-"]
    assert stage.one.outbox.dead == 1  # nothing more is owed to a channel that is gone
    stage.answers.clear()
    stage.one.reconfigure(Route(("ops",)), ALL)
    stage.one.put(alarm("cpu"))
    stage.run(10.0)
    assert stage.lines("ops")[-1] == "cpu+"


def test_other_limits_hold_from_the_next_send_on() -> None:
    stage = led(Route(("ops",)), ops=Limits(rate=0.001, burst=1))
    stage.one.put(alarm("a"))
    stage.one.put(alarm("b"))
    stage.run(10.0)
    assert stage.lines() == ["a+"]
    stage.one.reconfigure(Route(("ops",)), {"ops": Limits(rate=1000.0, burst=1000)})
    stage.run(10.0)
    stage.one.put(alarm("c"))
    stage.run(1.0)
    assert sorted(stage.lines()) == ["a+", "b+", "c+"]


def test_g8_channels_that_come_and_go_leave_few_marks() -> None:
    stage = led(Route(("ops",)))
    stage.one.put(alarm("disk"))
    stage.run(1.0)
    for n in range(300):
        stage.one.reconfigure(Route(("ops", f"x{n}")), {"ops": FREE, f"x{n}": FREE})
        stage.run(1.0)
    state = stage.one.book.find(alarm("disk").fingerprint())
    assert state is not None
    assert state.opening.told.bit_length() <= 4 * 66
    assert stage.lines("x299") == ["disk+"]
    assert stage.lines() == ["disk+"]


def test_a_standby_that_is_reconfigured_plans_nothing() -> None:
    stage = Stage(Route(("ops",)), ALL)
    stage.one.put(alarm("disk"))
    stage.one.reconfigure(Route(("boss",)), ALL)
    stage.run(1.0)
    assert stage.told == {}
    stage.one.lead()
    stage.run(1.0)
    assert stage.lines("boss") == ["disk+"]
