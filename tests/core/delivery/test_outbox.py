"""What the outbox tells, when, and in which message."""

from __future__ import annotations

from itertools import pairwise

import pytest

from alarminati.core.delivery.attempts import Attempt, Limits, Verdict
from alarminati.core.model.entries import Notification, NotificationItem, Result
from alarminati.core.model.matchers import Matcher
from alarminati.core.routing.routes import Route
from tests.core.stage import Stage, alarm, always, outcomes

FREE = Limits(rate=1000.0, burst=1000)
SLOW = Limits(rate=1.0, burst=3, max_items=10)


def two(**more: Limits) -> Stage:
    stage = Stage(limits={"ops": FREE, "team": FREE, **more})
    stage.one.lead()
    return stage


def test_g2_each_transition_is_told_once_on_each_channel() -> None:
    stage = two()
    stage.one.put(alarm("disk"))
    stage.one.put(alarm("disk"), alarm("disk"))
    stage.run(1.0)
    stage.one.put(alarm("disk", resolved=True))
    stage.one.put(alarm("disk", resolved=True))
    stage.run(1.0)
    stage.one.put(alarm("disk"))
    stage.run(1.0)
    for channel in ("ops", "team"):
        assert stage.messages(channel) == [["disk+"], ["disk-"], ["disk+"]]
    assert stage.one.outbox.pending == 0


def test_a_standby_plans_and_sends_nothing() -> None:
    stage = Stage()
    stage.one.put(alarm("disk"))
    outbox = stage.one.outbox
    assert (outbox.plan(stage.now, stage.wall), outbox.attempts(stage.now)) == ([], [])
    assert outbox.next_due(stage.now) is None


def test_g1_what_came_before_leading_is_told() -> None:
    stage = Stage()
    stage.one.put(alarm("disk"), alarm("cpu"), alarm("disk", resolved=True))
    stage.one.lead()
    stage.run(1.0)
    assert sorted(stage.lines()) == ["cpu+", "disk+", "disk-"]
    assert stage.lines().index("disk+") < stage.lines().index("disk-")


def test_an_alarm_that_came_and_went_untold_is_told_as_both_in_one_message() -> None:
    stage = Stage(limits={"ops": SLOW})
    stage.answers["ops"] = always(Verdict.retry("down"))
    stage.one.lead()
    stage.one.put(alarm("first"))
    stage.run(0.1)
    stage.one.put(alarm("blip"), alarm("blip", resolved=True))
    stage.run(30.0)
    del stage.answers["ops"]
    stage.run(60.0)
    assert stage.messages() == [["first+"], ["blip+", "blip-"]]


def test_resolved_is_told_only_where_firing_was() -> None:
    """A route that changed its mind: what was never told as firing is not told as over."""
    to_team = Route(("ops",), routes=(Route(("team",), (Matcher("severity", "=", "CRITICAL"),)),))
    stage = Stage(to_team, {"ops": FREE, "team": FREE})
    stage.one.lead()
    stage.one.put(alarm("disk"))
    stage.run(1.0)
    stage.one.put(alarm("disk", resolved=True))
    stage.run(1.0)
    assert stage.lines("ops") == ["disk+", "disk-"]
    assert stage.lines("team") == []


def test_resolved_without_firing_has_nothing_to_tell() -> None:
    stage = Stage()
    stage.one.lead()
    stage.one.put(alarm("disk", resolved=True))
    stage.run(1.0)
    assert stage.lines() == []


def test_g8_an_empty_bucket_makes_digests_that_list_everything() -> None:
    stage = Stage(limits={"ops": SLOW})
    stage.one.lead()
    stage.one.put(*(alarm(f"a{n:02}") for n in range(25)))
    stage.run(10.0)
    sizes = [len(message) for message in stage.messages()]
    assert sizes == [1, 1, 10, 10, 3]
    assert stage.lines() == [f"a{n:02}+" for n in range(25)]
    times = [at - 1000.0 for at in stage.sends["ops"]]
    assert times[3] == pytest.approx(1.0, abs=0.05)
    assert times[4] == pytest.approx(2.0, abs=0.05)


def test_an_alarm_with_more_to_tell_than_fits_goes_on_in_the_next_digest() -> None:
    stage = Stage(limits={"ops": Limits(rate=1.0, burst=1, max_items=3)})
    flaps = [alarm("flap", resolved=n % 2 == 1) for n in range(8)]
    stage.one.put(*flaps)
    stage.one.lead()
    stage.run(10.0)
    assert [len(message) for message in stage.messages()] == [3, 3, 2]
    assert stage.lines() == ["flap+", "flap-"] * 4


def test_a_busy_channel_is_not_buried_in_single_notices() -> None:
    """One attempt takes long: so many are written meanwhile (`Bounds`), the rest goes together."""
    stage = Stage(limits={"ops": Limits(rate=1000.0, burst=1000, max_items=500)})
    stage.answers["ops"] = lambda now, attempt: (0.5, Verdict.delivered())
    stage.one.lead()
    stage.one.put(*(alarm(f"a{n}") for n in range(300)))
    assert stage.one.outbox.pending == 64
    stage.run(60.0)
    assert len(stage.lines()) == 300
    assert len(stage.messages()) < 70


def test_retry_after_is_honoured_to_the_moment() -> None:
    stage = Stage()
    answers = iter([(0.01, Verdict.retry("answered 429", after=7.5))])
    stage.answers["ops"] = lambda now, attempt: next(answers, (0.01, Verdict.delivered()))
    stage.one.lead()
    stage.one.put(alarm("disk"))
    stage.run(20.0)
    assert stage.sends["ops"] == [1000.0, pytest.approx(1007.51)]
    assert stage.sends["ops"][1] >= 1007.51
    assert stage.lines() == ["disk+"]


def test_what_a_channel_asked_for_outlives_a_change_of_leadership() -> None:
    stage = Stage()
    stage.answers["ops"] = always(Verdict.retry("answered 429", after=30.0))
    stage.one.lead()
    stage.one.put(alarm("disk"))
    stage.run(1.0)
    stage.one.rest()
    stage.one.lead()
    stage.run(20.0)
    assert len(stage.sends["ops"]) == 1
    stage.run(20.0)
    assert len(stage.sends["ops"]) == 2


def test_a_pause_that_never_ends_is_cut_at_giving_up() -> None:
    stage = Stage(limits={"ops": Limits(give_up_after=60.0)})
    stage.answers["ops"] = lambda now, attempt: (0.0, Verdict.retry("429", after=1e12))
    stage.one.lead()
    stage.one.put(alarm("disk"))
    stage.run(1.0)
    due = stage.one.outbox.next_due(stage.now)
    assert due == pytest.approx(1060.0)


@pytest.mark.parametrize("after", [0.0, -3.0, float("nan")])
def test_a_hint_that_makes_no_sense_is_none(after: float) -> None:
    stage = Stage(seed=3)
    stage.answers["ops"] = lambda now, attempt: (0.0, Verdict.retry("503", after))
    stage.one.lead()
    stage.one.put(alarm("disk"))
    stage.run(600.0)
    assert 10 < len(stage.sends["ops"]) < 60


def test_backoff_grows_to_its_ceiling_and_no_further() -> None:
    stage = Stage(limits={"ops": Limits(backoff_first=1.0, backoff_max=20.0)})
    stage.answers["ops"] = always(Verdict.retry("down"), delay=0.0)
    stage.one.lead()
    stage.one.put(alarm("disk"))
    stage.run(4000.0)
    gaps = [after - before for before, after in pairwise(stage.sends["ops"])]
    assert gaps[0] <= 1.0 and gaps[1] <= 2.0 and gaps[2] <= 4.0
    assert max(gaps) <= 20.0
    assert sum(gaps[10:]) / len(gaps[10:]) == pytest.approx(10.0, rel=0.2)


def test_what_comes_while_a_channel_is_down_goes_out_together() -> None:
    stage = Stage(limits={"ops": Limits(rate=100.0, burst=100)})
    stage.answers["ops"] = always(Verdict.retry("answered 500"))
    stage.one.lead()
    stage.one.put(alarm("first"))
    stage.run(1.0)
    for n in range(20):
        stage.one.put(alarm(f"later{n:02}"))
        stage.run(1.0)
    assert stage.one.outbox.pending == 1
    assert {outcome.result for outcome in outcomes(stage.one)} == {Result.RETRY}
    del stage.answers["ops"]
    stage.run(120.0)
    assert stage.messages() == [["first+"], [f"later{n:02}+" for n in range(20)]]
    stage.one.put(alarm("next"), alarm("last"))
    stage.run(1.0)
    assert stage.messages()[2:] == [["next+"], ["last+"]]


def test_g8_an_alarm_that_flaps_while_a_channel_is_down_waits_once() -> None:
    stage = Stage()
    stage.answers["ops"] = always(Verdict.retry("down"))
    stage.one.lead()
    stage.one.put(alarm("first"))
    for n in range(100):
        stage.one.put(alarm("flap", resolved=n % 2 == 1))
        stage.run(0.1)
    assert len(stage.one.outbox._lanes.get("ops").waiting) == 1


def test_every_attempt_of_a_notice_carries_the_same_key() -> None:
    keys: list[tuple[str, int]] = []

    def answer(now: float, attempt: Attempt) -> tuple[float, Verdict]:
        keys.append((attempt.notice.key, attempt.number))
        return 0.01, Verdict.retry("down") if len(keys) < 4 else Verdict.delivered()

    stage = Stage()
    stage.answers["ops"] = answer
    stage.one.lead()
    stage.one.put(alarm("disk"))
    stage.run(300.0)
    assert [number for _, number in keys] == [1, 2, 3, 4]
    assert len({key for key, _ in keys}) == 1


def test_two_masters_that_decide_the_same_use_the_same_key() -> None:
    stage = Stage(size=2)
    one, other = stage.replicas
    one.put(alarm("disk"), alarm("cpu"))
    stage.run(1.0)
    for replica in (one, other):
        replica.outbox.lead(stage.now, stage.wall)
    assert [n.key for n in one.outbox.plan(stage.now, stage.wall)] == [
        n.key for n in other.outbox.plan(stage.now, stage.wall)
    ]


def test_keys_differ_by_channel_state_and_report() -> None:
    stage = two()
    stage.one.put(alarm("disk"))
    stage.run(1.0)
    stage.one.put(alarm("disk", resolved=True))
    stage.run(1.0)
    stage.one.put(alarm("disk"))
    stage.run(1.0)
    keys = [telling.key for channel in ("ops", "team") for telling in stage.told[channel]]
    assert len(set(keys)) == 6


def test_a_dead_letter_is_final_and_counted_and_holds_nobody_up() -> None:
    stage = two()
    stage.answers["ops"] = lambda now, attempt: (
        0.01,
        Verdict.dead("answered 404") if attempt.number == 1 and now < 1001 else Verdict.delivered(),
    )
    stage.one.put(alarm("disk"))
    stage.run(5.0)
    assert (stage.one.outbox.dead, stage.one.outbox.pending) == (1, 0)
    stage.one.put(alarm("cpu"), alarm("disk", resolved=True))
    stage.run(5.0)
    assert stage.lines("ops") == ["cpu+", "disk-"]
    assert stage.lines("team") == ["disk+", "cpu+", "disk-"]
    assert stage.one.outbox.dead == 1


@pytest.mark.parametrize("limits", [Limits(max_attempts=4), Limits(give_up_after=30.0)])
def test_g1_giving_up_makes_a_visible_dead_letter(limits: Limits) -> None:
    stage = Stage(limits={"ops": limits})
    stage.answers["ops"] = always(Verdict.retry("connection refused"))
    stage.one.lead()
    stage.one.put(alarm("disk"))
    stage.run(200.0)
    last = outcomes(stage.one)[-1]
    assert last.result is Result.FAILED
    assert last.detail == f"given up after {last.attempt} attempts: connection refused"
    assert (stage.one.outbox.dead, stage.one.outbox.pending) == (1, 0)
    del stage.answers["ops"]
    stage.one.put(alarm("cpu"))
    stage.run(120.0)
    assert stage.lines() == ["cpu+"]


def test_by_default_nothing_is_given_up_within_three_days() -> None:
    stage = Stage(limits={"ops": Limits(backoff_max=600.0)})
    stage.answers["ops"] = always(Verdict.retry("down"))
    stage.one.lead()
    stage.one.put(alarm("disk"))
    stage.run(71.9 * 3600)
    assert stage.one.outbox.dead == 0
    stage.run(3600)
    assert stage.one.outbox.dead == 1


def test_a_hanging_channel_delays_no_other() -> None:
    stage = two()
    stage.answers["ops"] = always(Verdict.retry("nothing within 10 s"), delay=10.0)
    for n in range(20):
        stage.one.put(alarm(f"a{n}"))
        stage.run(0.5)
        assert len(stage.lines("team")) == n + 1
    assert stage.lines("ops") == []


def test_order_is_kept_on_a_channel_that_fails_now_and_then() -> None:
    stage = Stage(seed=11)
    stage.answers["ops"] = lambda now, attempt: (
        stage.dice.uniform(0.0, 0.2),
        Verdict.delivered() if stage.dice.random() < 0.6 else Verdict.retry("answered 502"),
    )
    stage.one.lead()
    for n in range(30):
        stage.one.put(alarm("flap", resolved=n % 2 == 1))
        stage.run(2.0)
    stage.run(300.0)
    assert stage.lines() == ["flap+", "flap-"] * 15


def test_notices_for_a_channel_that_is_gone_are_attempted_all_the_same() -> None:
    """So that whoever sends says that there is no such channel: a dead letter, not silence."""
    stage = Stage()
    (report,) = stage.one.put(alarm("disk"))
    item = NotificationItem(report.id, alarm("disk").fingerprint(), False)
    stage.one.put(Notification("removed", (item,), "key"))
    stage.answers["removed"] = always(Verdict.dead("there is no channel of this name any more"))
    stage.one.lead()
    stage.run(1.0)
    assert stage.one.outbox.dead == 1
    assert stage.lines() == ["disk+"]


def test_a_group_waits_for_more_and_is_told_together() -> None:
    route = Route(("ops",), group_by=("zone",), group_wait=5.0)
    stage = Stage(route, {"ops": FREE})
    stage.one.lead()
    for n in range(4):
        stage.one.put(alarm(f"a{n}", labels=(("zone", "x"),)), alarm(f"b{n}"))
        stage.run(1.0)
    assert stage.lines() == []
    stage.run(2.0)
    assert sorted(stage.messages()) == [[f"a{n}+" for n in range(4)], [f"b{n}+" for n in range(4)]]
    assert stage.told["ops"][0].at == pytest.approx(1005.0)


def test_a_new_master_tells_groups_at_once() -> None:
    stage = Stage(Route(("ops",), group_wait=600.0), {"ops": FREE}, size=2)
    one, other = stage.replicas
    one.lead()
    one.put(alarm("a"), alarm("b"))
    stage.run(1.0)
    one.crash()
    other.lead()
    stage.run(1.0)
    assert stage.messages() == [["a+", "b+"]]


def test_limits_refuse_nonsense() -> None:
    for wrong in ({"rate": 0.0}, {"burst": 0}, {"timeout": float("inf")}, {"max_attempts": -1}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            Limits(**wrong)
    with pytest.raises(ValueError, match="backoff_max"):
        Limits(backoff_first=10.0, backoff_max=1.0)


def test_g1_g8_when_very_much_waits_digests_grow_so_that_it_is_told_within_minutes() -> None:
    chat = Limits(rate=0.25, burst=3, max_items=60, most_items=2000)
    paper = Limits(rate=0.25, burst=3, max_items=60)
    stage = Stage(limits={"chat": chat, "paper": paper})
    stage.one.lead()
    stage.one.put(*(alarm(f"a{n}") for n in range(5000)))
    stage.run(300.0)
    told = [name for message in stage.messages("chat") for name in message]
    assert sorted(told) == sorted(f"a{n}+" for n in range(5000)), "each once"
    sizes = [len(message) for message in stage.messages("chat")]
    assert 60 < max(sizes) <= 2000
    assert len(sizes) < 60
    assert max(len(message) for message in stage.messages("paper")) == 60, "it lists every alarm"


def test_g4_a_new_master_looks_at_its_alarms_in_small_pieces() -> None:
    """At all of them at once it would stand still so long that it must ask whether it still is one,
    and begin anew each time."""
    stage = Stage(limits={"ops": Limits(rate=0.001, burst=1)})
    for n in range(3000):
        stage.one.store(stage.one.make(alarm(f"a{n}")))
    outbox = stage.one.outbox
    outbox.lead(stage.now, stage.wall)
    pieces = 0
    while outbox.next_due(stage.now) == stage.now:
        outbox.plan(stage.now, stage.wall)
        pieces += 1
    assert 30 <= pieces <= 40
