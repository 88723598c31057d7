"""Channels that lead to one place: one limit, one peace, everybody's turn (G1, G2, G8)."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.alarms.episodes import DeliveryState
from alarminati.core.delivery.attempts import Attempt, Limits, Verdict
from alarminati.core.delivery.channel_queue import ChannelQueue, Pending
from alarminati.core.delivery.channel_queues import ChannelQueues
from alarminati.core.model.entries import Entry, EntryId, Notification, Severity
from alarminati.core.routing.routes import Route
from tests.core.stage import Answer, Stage, alarm, always

DAY = 86400.0
CHAT = Limits(rate=1.0, burst=3, max_items=5, shares="chat", backoff_max=10.0)
PAGER = Limits(rate=12 / DAY, burst=8, reserve=4, max_items=500, shares="phone")
OWN = Limits(rate=1.0, burst=3, max_items=5)


def together(stage: Stage, *channels: str) -> list[float]:
    """When anything was sent to these."""
    return sorted(at for channel in channels for at in stage.sends[channel])


def check(times: list[float], limits: Limits, why: str = "") -> None:
    """No window holds more than burst and rate allow."""
    for first in range(len(times)):
        for last in range(first, min(len(times), first + 60)):
            allowed = limits.burst + (times[last] - times[first]) * limits.rate
            assert last - first + 1 <= allowed + 1e-3, why


def led(limits: dict[str, Limits], size: int = 1) -> Stage:
    stage = Stage(limits=limits, size=size)
    stage.one.lead()
    return stage


def hand_over(stage: Stage, crash: bool = False) -> None:
    """The next one is master, and knows what the last one knew."""
    stage.heal()
    (stage.one.crash if crash else stage.one.rest)()
    stage.replicas.append(stage.replicas.pop(0))
    stage.one.lead()


def moody(dice: Random) -> Answer:
    """Takes it, fails, or is too busy for a while."""
    answers = [Verdict.delivered(), Verdict.delivered(), Verdict.retry("answered 500")]
    busy = Verdict.busy("answered 429", after=dice.uniform(0.5, 9.0))
    return lambda now, attempt: (dice.uniform(0.01, 0.5), dice.choice([*answers, busy]))


def test_two_channels_together_keep_to_one_limit() -> None:
    stage = led({"ops": CHAT, "team": CHAT, "mail": OWN})
    for number in range(60):
        stage.one.put(alarm(f"n{number}"))
        stage.run(0.2)
    stage.run(60.0)
    check(together(stage, "ops", "team"), CHAT)
    assert len(together(stage, "ops", "team", "mail")) > CHAT.burst + 12 * CHAT.rate  # mail's own
    for channel in ("ops", "team", "mail"):
        assert sorted(stage.lines(channel)) == sorted(f"n{number}+" for number in range(60))


def test_the_smallest_rate_and_burst_hold_for_all_of_them() -> None:
    slow = Limits(rate=0.5, burst=2, max_items=5, shares="chat")
    stage = led({"ops": CHAT, "team": slow})
    for number in range(40):
        stage.one.put(alarm(f"n{number}"))
        stage.run(0.5)
    stage.run(60.0)
    check(together(stage, "ops", "team"), slow)
    assert len(stage.lines("ops")) == len(stage.lines("team")) == 40


def test_a_flood_to_one_does_not_keep_the_other_waiting() -> None:
    """The flood alone would take 400 s; the other has its turn at once."""
    only_ops = Route(("ops",))
    stage = Stage(only_ops, {"ops": CHAT, "team": CHAT})
    stage.one.lead()
    stage.one.put(*(alarm(f"n{number}") for number in range(2000)))
    stage.run(30.0)
    stage.one.reconfigure(Route(("ops", "team")), {"ops": CHAT, "team": CHAT})
    stage.one.put(alarm("late"))
    stage.run(20.0)
    turns = sorted([(at, 0) for at in stage.sends["ops"]] + [(at, 1) for at in stage.sends["team"]])
    tail = [who for at, who in turns if at > stage.now - 18]
    assert abs(sum(tail) - len(tail) / 2) <= 1, "they take turns"
    check(together(stage, "ops", "team"), CHAT)


@pytest.mark.parametrize("verdict", [Verdict.retry("answered 500"), Verdict.retry("x", 300.0)])
def test_a_channel_that_fails_does_not_hold_up_the_other(verdict: Verdict) -> None:
    """A webhook that was deleted says nothing about another of the same space."""
    stage = led({"ops": CHAT, "team": CHAT})
    stage.answers["ops"] = always(verdict)
    for number in range(20):
        stage.one.put(alarm(f"n{number}"))
        stage.run(3.0)
        assert stage.lines("team")[-1] == f"n{number}+"
    check(together(stage, "ops", "team"), CHAT)


@pytest.mark.parametrize(
    "verdict", [Verdict.busy("429", 60.0), Verdict.quota("spent", 60.0), Verdict.delivered("", 60)]
)
@pytest.mark.parametrize("failover", [False, True])
def test_peace_that_was_asked_for_holds_for_all_of_them(verdict: Verdict, failover: bool) -> None:
    stage = led({"ops": CHAT, "team": CHAT, "mail": OWN}, size=2)
    stage.answers["ops"] = always(verdict)
    stage.answers["team"] = always(Verdict.retry("answered 500"))
    stage.one.put(alarm("first"))
    stage.run(1.0)
    stage.answers.clear()
    quiet = stage.now
    if failover:
        hand_over(stage, crash=True)
    stage.one.put(alarm("second"))
    stage.run(55.0)
    assert [at for at in together(stage, "ops", "team") if at > quiet] == []
    assert stage.lines("mail") == ["first+", "second+"]
    stage.run(60.0)
    for channel in ("ops", "team"):
        assert sorted(stage.lines(channel)) == ["first+", "second+"]


def test_a_day_of_two_has_one_budget_and_one_reserve_whoever_is_master() -> None:
    stage = led({"ops": PAGER, "team": PAGER}, size=2)
    for hour in range(48):
        for number in range(4):
            worst = Severity.CRITICAL if number % 2 else Severity.ERROR
            stage.one.put(alarm(f"n{hour}.{number}", severity=worst))
            stage.run(600)
        hand_over(stage)
        stage.run(1200)
    sends = together(stage, "ops", "team")
    assert all(sum(at <= other < at + DAY for other in sends) <= 20 for at in sends)
    stage.run(DAY)
    for channel in ("ops", "team"):
        assert len(set(stage.lines(channel))) == 192


def test_the_lesser_of_both_leave_the_reserve_alone() -> None:
    stage = led({"ops": PAGER, "team": PAGER})
    for number in range(20):
        stage.one.put(alarm(f"n{number}"))
        stage.run(60)
    assert len(together(stage, "ops", "team")) == PAGER.burst - PAGER.reserve
    stage.one.put(alarm("worst", severity=Severity.CRITICAL))
    stage.run(60)
    assert "worst+" in stage.lines("ops") and "worst+" in stage.lines("team")


def test_a_reserve_larger_than_anothers_burst_starves_nobody() -> None:
    stage = led({"ops": PAGER, "team": Limits(rate=12 / DAY, burst=2, shares="phone")})
    stage.one.put(alarm("minor"))
    stage.run(DAY)
    assert (stage.lines("ops"), stage.lines("team")) == (["minor+"], ["minor+"])


def test_what_was_spent_stays_spent_when_channels_come_together_and_part() -> None:
    slow = Limits(rate=0.001, burst=6, max_items=1)
    shared = Limits(rate=0.001, burst=6, max_items=1, shares="chat")
    apart, joined = {"ops": slow, "team": slow}, {"ops": shared, "team": shared}
    stage = led(apart, size=2)
    stage.one.put(alarm("a"), alarm("b"))
    stage.run(1.0)
    assert len(together(stage, "ops", "team")) == 4
    for replica in stage.replicas:
        replica.reconfigure(Route(("ops", "team")), joined)
    hand_over(stage)
    stage.one.put(alarm("c"), alarm("d"))
    stage.run(1.0)
    assert len(together(stage, "ops", "team")) == 6, "two were left"
    for replica in stage.replicas:
        replica.reconfigure(Route(("ops", "team")), apart)
    stage.run(1.0)
    assert len(together(stage, "ops", "team")) == 6


def test_a_new_channel_finds_what_the_others_spent() -> None:
    slow = Limits(rate=0.001, burst=3, max_items=1, shares="chat")
    stage = led({"ops": slow})
    stage.one.put(alarm("a"), alarm("b"))
    stage.run(1.0)
    stage.one.reconfigure(Route(("team",)), {"ops": slow, "team": slow})
    stage.one.put(alarm("c"), alarm("d"))
    stage.run(1.0)
    assert (len(stage.sends["ops"]), len(stage.sends["team"])) == (2, 1)


@pytest.mark.parametrize("seed", range(40))
def test_g1_g2_days_of_three_on_one_limit(seed: int) -> None:
    """Whatever channels answer and whoever is master: the limit holds, and all is told once."""
    limits = {"ops": CHAT, "team": CHAT, "mail": CHAT}
    stage = Stage(limits=limits, seed=seed, size=2)
    stage.one.lead()
    stage.answers = {name: moody(Random(stage.dice.random())) for name in ("ops", "team")}
    for number in range(150):
        stage.one.put(alarm(f"n{number}"))
        stage.run(stage.dice.expovariate(2.0))
        if stage.dice.random() < 0.05:
            stage.answers, kept = {}, stage.answers  # nothing is under way when it rests
            stage.run(1.0)
            hand_over(stage)
            stage.answers = kept
    stage.answers.clear()
    stage.run(400.0)
    for channel in limits:
        told = Counter(stage.lines(channel))
        assert told == {f"n{number}+": 1 for number in range(150)}, f"seed {seed}: {channel}"
    check(together(stage, *limits), CHAT, f"seed {seed}")
    assert stage.one.outbox.pending == 0


def test_each_tells_for_itself() -> None:
    """The same alarm on two channels to one place: both tell it, as they were told to."""
    attempts: list[Attempt] = []

    def note(now: float, attempt: Attempt) -> tuple[float, Verdict]:
        attempts.append(attempt)
        return 0.01, Verdict.delivered()

    stage = led({"ops": CHAT, "team": CHAT})
    stage.answers = {"ops": note, "team": note}
    stage.one.put(alarm("disk"))
    stage.run(1.0)
    assert sorted(each.notice.channel for each in attempts) == ["ops", "team"]


def pair(limits: Limits) -> tuple[ChannelQueue, ChannelQueue]:
    """Two lanes to one place; the first has its turn."""
    one, other = ChannelQueues({"ops": limits, "team": limits})
    return one, other


def write(lane: ChannelQueue, number: int) -> None:
    """So many notices are written and not sent."""
    for each in range(number):
        id = EntryId(lane.channel, each + 1)
        notice = Notification(lane.channel, (), f"key{each}")
        pending = Pending(id, notice, DeliveryState(lane.channel, (id,), key=notice.key), 0.0)
        lane.add((each, *id), pending, 0.0)


def queue(lane: ChannelQueue, severity: Severity) -> None:
    """An alarm waits."""
    book, report = AlarmBook(), alarm("disk", severity=severity)
    book.apply(Entry("origin-1", 1, 1, report))
    state = book.find(report.fingerprint())
    assert state is not None
    lane.wait(state)


def test_what_is_written_for_one_keeps_its_tokens_unless_it_fails() -> None:
    one, other = pair(CHAT)
    write(one, 2)
    assert other.room(0.0) == 1
    one.failures = 1
    assert other.room(0.0) == 3


def test_a_backlog_of_one_leaves_the_other_its_turn() -> None:
    one, other = pair(CHAT)
    write(one, 50)
    assert other.room(0.0) > 0


def test_the_lesser_alarm_of_one_does_not_keep_back_the_worst_of_the_other() -> None:
    one, other = pair(PAGER)
    for _ in range(7):
        one.place.bucket.take(0.0)
    queue(one, Severity.ERROR)
    queue(other, Severity.CRITICAL)
    assert (one.room(0.0) > 0, other.room(0.0)) == (False, 1)


def test_the_last_token_goes_to_whose_turn_it_is() -> None:
    one, other = pair(CHAT)
    one.place.bucket.take(0.0)
    one.place.bucket.take(0.0)
    write(one, 2)
    write(other, 2)
    assert other.start(0.0) is None
    assert other.next_send(0.0) > one.next_send(0.0)
    assert one.start(0.0) is not None
    one.in_flight = None
    assert one.start(1.0) is None
    assert other.start(1.0) is not None
